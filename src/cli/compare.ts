// karst compare: checkpoints side by side, of one run or of several: every figure with its difference from the first, verdicts, what was asked differently.
import { KarstError } from '../base/errors.ts';
import type { ComparisonPage } from '../protocol/reports.ts';
import { betterWord, comparedGroups } from '../report/comparison-words.ts';
import { count } from '../report/words.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { checkpointReference, placeOf } from './run-reference.ts';

export const compare = command({
  name: 'compare',
  summary: 'sets checkpoints side by side, of one run or of several, and says what forbids comparing them',
  positionals: [
    { name: 'run', help: 'its folder or its name in the library, its newest checkpoint; with @STEP the checkpoint of that step' },
    { name: 'other', help: 'as the first, up to seven of them; differences are from the first', isRepeated: true },
  ],
  options: {
    html: {
      kind: 'file',
      value: 'FILE.html',
      ending: 'html',
      help: 'as one page that stands by itself, too; in the first run’s exports unless told where',
    },
  },
  examples: ['karst compare first@500 first@2000', 'karst compare runs/plain runs/cured --html both.html'],
  async run({ positionals, options, terminal }) {
    const { html } = options;
    if (positionals.length > 8)
      throw new KarstError('usage', `karst compare takes up to 8 checkpoints, got ${positionals.length}`);
    const of = positionals.map(checkpointReference);
    await withEngine(options.home, async ({ client }) => {
      const compared = await client.compare(html === undefined ? { of } : { of, page: true, ...placeOf(html) }, {
        signal: terminal.interrupt.signal,
        onProgress: (progress) => terminal.progress(progress),
      });
      terminal.result(compared, () => describe(compared));
    });
  },
});

function describe(compared: ComparisonPage): string {
  const { sides, caveats, params, path } = compared;
  const names = sides.map(({ title }) => title);
  return [
    ...caveats.flatMap((caveat) => [caveat, '']),
    ...sides.flatMap(({ title, step, verdict }) => [
      `${title}, step ${count(step)}: ${verdict.sentence}`,
      ...verdict.causes.map((cause) => `  ${cause.title}, ${Math.round(100 * cause.confidence)} % sure`),
    ]),
    ...comparedGroups(compared).flatMap(({ title, rows }) => [
      '',
      ...table([
        [title, ...names, ''],
        ...rows.map(({ title: name, better, cells }) => [
          name,
          ...cells.map(({ value, difference, isBetter }) =>
            [value, difference && `(${[difference, betterWord(isBetter)].filter(Boolean).join(', ')})`].filter(Boolean).join(' '),
          ),
          better,
        ]),
      ]),
    ]),
    ...(params.length === 0
      ? ['', 'Every parameter is the same.']
      : [
          '',
          ...table([
            ['Asked differently', ...names],
            ...params.map(({ name, values }) => [name, ...values.map((value) => String(value ?? '–'))]),
          ]),
        ]),
    ...(path === undefined ? [] : ['', `Written to ${path}`]),
  ].join('\n');
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}
