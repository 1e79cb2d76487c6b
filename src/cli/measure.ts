// karst measure: the figures of a checkpoint on the held-out rows, and what they say about its latent space.
import type { MeasureRecord } from '../protocol/records.ts';
import { byInformation } from '../latent/traversal.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { runReference } from './run-reference.ts';

export const measure = command({
  name: 'measure',
  summary: 'scores the held-out rows and says whether the latent space has collapsed',
  positionals: [{ name: 'run', help: 'its folder, or its name in the library' }],
  options: { step: { kind: 'whole', value: 'N', min: 0, help: 'the checkpoint of this step; the newest otherwise' } },
  examples: ['karst measure runs/first --json'],
  async run({ positionals, options, terminal }) {
    const { step } = options;
    const run = runReference(positionals[0] as string);
    await withEngine(options.home, async ({ client }) => {
      terminal.progress({ text: 'scoring the held-out rows' });
      const measured = await client.measure(
        { run, ...(step === undefined ? {} : { step }) },
        { signal: terminal.interrupt.signal },
      );
      terminal.result(measured, () => describe(measured));
    });
  },
});

function describe(measured: MeasureRecord): string {
  const {
    step,
    heldOut,
    klPerDimension,
    activeUnits,
    latentSize,
    effectiveRank,
    participationRatio,
    mutualInformation,
    verdict,
  } = measured;
  const order = byInformation(klPerDimension);
  const perLine = 10;
  const kl = order.map((dimension) => `z${dimension} ${(klPerDimension[dimension] as number).toFixed(2)}`);
  const lines = Array.from(
    { length: Math.ceil(kl.length / perLine) },
    (_, i) => `    ${kl.slice(i * perLine, (i + 1) * perLine).join('  ')}`,
  );
  return [
    verdict.sentence,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    '',
    `Step ${step}, ${heldOut.rows} held-out rows, nats a row:`,
    `  ELBO ${heldOut.elbo.toFixed(2)} = -(reconstruction ${heldOut.reconstruction.toFixed(2)} + KL ${heldOut.kl.toFixed(2)})`,
    `  active units ${activeUnits} of ${latentSize}, effective rank ${effectiveRank.toFixed(2)}, participation ratio ${participationRatio.toFixed(2)}`,
    `  mutual information ${mutualInformation.nats.toFixed(2)} (at most ${mutualInformation.capNats.toFixed(2)} with ${mutualInformation.rows} rows)`,
    `  KL by dimension, largest first:`,
    ...lines,
  ].join('\n');
}
