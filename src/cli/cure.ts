// karst cure: what may be tried against what a run suffers from, and, with --apply, a branch of the run that tries it.
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { runReference } from './run-reference.ts';
import { followTraining } from './training-view.ts';

export const cure = command({
  name: 'cure',
  summary: 'lists the cures on offer for a run, or trains a branch of it with one of them',
  positionals: [{ name: 'run', help: 'its folder, or its name in the library' }],
  options: {
    apply: {
      kind: 'text',
      value: 'ID',
      help: 'the cure to apply; the run stays as it is, a branch goes on from its last good checkpoint',
    },
  },
  examples: ['karst cure runs/first', 'karst cure runs/first --apply lower-beta'],
  async run({ positionals, options, terminal }) {
    const run = runReference(positionals[0] as string);
    const { apply } = options;
    return await withEngine(options.home, async (session) => {
      if (apply !== undefined)
        return await followTraining(session, terminal, (client, callOptions) => client.cure({ run, cure: apply }, callOptions));
      const { verdict, step } = await session.client.measure(
        { run },
        { signal: terminal.interrupt.signal, onProgress: (progress) => terminal.progress(progress) },
      );
      const warnings = await session.client.warnings({ run });
      const { causes } = verdict;
      terminal.result({ run, step, verdict, warnings }, () =>
        [
          verdict.sentence,
          ...warnings.map((warning) => `Told at step ${warning.step}: ${warning.text}`),
          ...causes.flatMap(({ title, confidence, cures }) => [
            '',
            `${title}, ${Math.round(100 * confidence)} % sure`,
            ...cures.map(({ id, title: what, why, from, changes }) =>
              Object.keys(changes).length > 0
                ? `  --apply ${id}: ${what}, ${from === 'start' ? 'from the start' : 'from the last good checkpoint'}. ${why}`
                : `  ${what}. ${why}`,
            ),
          ]),
        ].join('\n'),
      );
      return 0;
    });
  },
});
