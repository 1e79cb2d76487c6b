// karst reproduce: trains what papers and reference programs report, several seeds each, and prints the figures side by side.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { KarstError } from '../base/errors.ts';
import type { Picture } from '../engine/png.ts';
import { command } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Where a checkout may have the digits beside it. */
const NEARBY_DIGITS = '../shared/data/mnist';

export const reproduce = command({
  name: 'reproduce',
  summary: 'trains published settings with several seeds and prints the figures side by side',
  positionals: [{ name: 'table', help: 'gan-2d, vae-mnist, pictures, collapse or recoveries' }],
  options: {
    data: { kind: 'text', value: 'DIR', help: 'a folder with MNIST’s t10k files, for tables of digits' },
    rows: { kind: 'text', value: 'TEXT', help: 'only rows whose title or section contains this' },
    write: {
      kind: 'text',
      value: 'FILE',
      help: 'also puts the table into this Markdown file, in place of the one there, and its pictures into pictures beside it',
    },
  },
  examples: ['karst reproduce gan-2d', 'karst reproduce vae-mnist --data path/to/mnist --write docs/reproductions.md'],
  async run({ positionals, options, terminal }) {
    const { checkBars, isFigures, PICTURES, toMarkdown } = await import('../node/reproduce/table.ts');
    const { machine, reproduce: run } = await import('../node/reproduce/reproduce.ts');
    const { tableOf } = await import('../node/reproduce/tables.ts');
    const digits = path.resolve(options.data ?? NEARBY_DIGITS);
    if (positionals[0] === 'collapse') return await reproduceCollapse(digits, options, terminal);
    if (positionals[0] === 'recoveries') return await reproduceRecoveries(digits, options, terminal);
    const whole = tableOf(positionals[0] as string, digits);
    const rows = whole.rows.filter(
      ({ title, section }) => options.rows === undefined || `${section} ${title}`.includes(options.rows),
    );
    if (rows.length === 0) {
      const known = whole.rows.map(({ section, title }) => `${section}: ${title}`).join('; ');
      throw new KarstError('usage', `no row of ${whole.id} contains "${options.rows}"; there are ${known}`);
    }
    if (rows.some(({ job }) => job.dataset === digits) && !existsSync(digits)) {
      throw new KarstError('not-found', `there is no folder ${digits}: name one with MNIST’s t10k files by --data`);
    }
    const table = { ...whole, rows };
    const startMs = performance.now();
    const grown = new Map<string, Picture>();
    const results = await run(table, {
      signal: terminal.interrupt.signal,
      onRun: ({ row, seed, text, done, of, growth }) => {
        if (growth && row.growth) grown.set(row.growth.file, growth);
        terminal.note(`${row.section}, ${row.title}, seed ${seed}: ${text}`);
        terminal.progress({ fraction: done / of, text: `${done} of ${of} runs` });
      },
    });
    const minutes = (performance.now() - startMs) / 60_000;
    const busyMinutes = results.reduce((sum, { row, seconds }) => sum + seconds * row.seeds.length, 0) / 60;
    const about = `Means and standard deviations over the seeds; ${minutes.toFixed(1)} minutes in all, ${busyMinutes.toFixed(1)} of processor time in training, on ${machine()}.`;
    const markdown = toMarkdown(table, results, about);
    if (options.write !== undefined) {
      await putPictures(path.join(path.dirname(options.write), PICTURES), grown);
      await putSection(options.write, table.id, markdown);
    }
    const bars = options.rows === undefined ? checkBars(table, results) : [];
    terminal.result({ table: table.id, minutes, results, bars }, () => markdown);
    const failed = results.flatMap(({ runs }) => runs.filter((one) => !isFigures(one)));
    if (failed.length > 0) throw new KarstError('internal', `${failed.length} runs failed; the notes above say why`);
  },
});

/** Runs whose ailment is known: is it named, and early? Cases of digits are left out where there are none. */
async function reproduceCollapse(
  digits: string,
  options: { readonly rows: string | undefined; readonly write: string | undefined },
  terminal: Terminal,
): Promise<void> {
  const { knownCases } = await import('../node/reproduce/known-cases.ts');
  const { merits, namedCause, namings } = await import('../node/reproduce/case-merits.ts');
  const { caseTable } = await import('../node/reproduce/case-table.ts');
  const { machine, runCases } = await import('../node/reproduce/reproduce.ts');
  const all = knownCases(existsSync(digits) ? digits : undefined);
  const cases = all.filter(({ title }) => options.rows === undefined || title.includes(options.rows));
  if (cases.length === 0)
    throw new KarstError('usage', `no case contains "${options.rows}"; there are ${all.map(({ title }) => title).join('; ')}`);
  const startMs = performance.now();
  const told = await runCases(cases, {
    signal: terminal.interrupt.signal,
    onCase: ({ known, result }, done) => {
      const said = 'error' in result ? `failed: ${result.error}` : namedCause(result);
      terminal.note(`${known.title}, seed ${known.seed}: has ${known.truth[0] ?? 'nothing'}, Karst says ${said}`);
      terminal.progress({ fraction: done / cases.length, text: `${done} of ${cases.length} cases` });
    },
  });
  const minutes = (performance.now() - startMs) / 60_000;
  const without = existsSync(digits) ? '' : ' Cases of digits were left out: name a folder with MNIST’s t10k files by --data.';
  const about = `${cases.length} runs whose ailment is known by how they are made, each looked at ${LOOKS_WORDS}; ${minutes.toFixed(1)} minutes on ${machine()}.${without}`;
  const markdown = caseTable(told, about);
  if (options.write !== undefined) await putSection(options.write, 'collapse', markdown);
  terminal.result({ table: 'collapse', minutes, told, merits: merits(told), namings: namings(told) }, () => markdown);
  const failed = told.filter(({ result }) => 'error' in result);
  if (failed.length > 0) throw new KarstError('internal', `${failed.length} cases failed; the notes above say why`);
}

/** Every cause of collapse: warned of, cured by the first cure on offer, and measured beside the same run without it. */
async function reproduceRecoveries(
  digits: string,
  options: { readonly rows: string | undefined; readonly write: string | undefined },
  terminal: Terminal,
): Promise<void> {
  const { recoveryCases } = await import('../node/reproduce/recoveries.ts');
  const { recoveryMerits, recoveryTable } = await import('../node/reproduce/recovery-table.ts');
  const { machine, runRecoveries } = await import('../node/reproduce/reproduce.ts');
  const all = recoveryCases(existsSync(digits) ? digits : undefined);
  const cases = all.filter(({ title }) => options.rows === undefined || title.includes(options.rows));
  if (cases.length === 0)
    throw new KarstError('usage', `no case contains "${options.rows}"; there are ${all.map(({ title }) => title).join('; ')}`);
  const startMs = performance.now();
  const told = await runRecoveries(cases, {
    signal: terminal.interrupt.signal,
    onCase: ({ known, result }, done) => {
      const said = 'error' in result ? `failed: ${result.error}` : `${result.cure}, then ${result.cured.verdict.state}`;
      terminal.note(`${known.title}, ${known.cause}: ${said}`);
      terminal.progress({ fraction: done / cases.length, text: `${done} of ${cases.length} cases` });
    },
  });
  const minutes = (performance.now() - startMs) / 60_000;
  const without = existsSync(digits) ? '' : ' Cases of digits were left out: name a folder with MNIST’s t10k files by --data.';
  const about = `${cases.length} runs, each trained until it is warned of, then as a branch with the cure and, without it, to the same step; ${minutes.toFixed(1)} minutes on ${machine()}.${without}`;
  const markdown = recoveryTable(told, about);
  if (options.write !== undefined) await putSection(options.write, 'recoveries', markdown);
  terminal.result({ table: 'recoveries', minutes, told, merits: recoveryMerits(told) }, () => markdown);
  const failed = told.filter(({ result }) => 'error' in result);
  if (failed.length > 0) throw new KarstError('internal', `${failed.length} cases failed; the notes above say why`);
}

const LOOKS_WORDS = 'some twenty to seventy times and measured whole at the end';

async function putPictures(folder: string, pictures: ReadonlyMap<string, Picture>): Promise<void> {
  if (pictures.size === 0) return;
  const { writePng } = await import('../engine/png.ts');
  await mkdir(folder, { recursive: true });
  for (const [name, picture] of pictures) await writeFile(path.join(folder, `${name}.png`), writePng(picture));
}

/** Puts a table between its marks in a Markdown file, or at its end where it has none yet. */
async function putSection(file: string, id: string, markdown: string): Promise<void> {
  const [begin, end] = [`<!-- ${id} -->`, `<!-- /${id} -->`];
  const text = existsSync(file) ? await readFile(file, 'utf8') : '# Reproductions\n';
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  const section = `${begin}\n\n${markdown.trimEnd()}\n\n${end}`;
  const put =
    from >= 0 && to > from ? text.slice(0, from) + section + text.slice(to + end.length) : `${text.trimEnd()}\n\n${section}\n`;
  await writeFile(file, put);
}
