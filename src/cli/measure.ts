// karst measure: the figures of a checkpoint on the held-out rows, and what they say about its latent space.
import type { CauseRecord, MeasureRecord, ProgressRecord, SampleQualityRecord } from '../protocol/records.ts';
import { byInformation } from '../latent/traversal.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { placeOf, runReference } from './run-reference.ts';

export const measure = command({
  name: 'measure',
  summary: 'scores the held-out rows and says whether the latent space has collapsed',
  positionals: [{ name: 'run', help: 'its folder, or its name in the library' }],
  options: {
    step: { kind: 'whole', value: 'N', min: 0, help: 'the checkpoint of this step; the newest otherwise' },
    html: {
      kind: 'file',
      value: 'FILE.html',
      ending: 'html',
      help: 'the report as one page that stands by itself; in the run’s exports unless told where',
    },
    'importance-samples': {
      kind: 'whole',
      value: 'K',
      min: 2,
      max: 10_000,
      help: 'also the importance-weighted bound on log p(x), with K draws a row',
    },
    again: { kind: 'flag', help: 'measures now, even where the run keeps what was measured of these weights before' },
  },
  examples: [
    'karst measure runs/first --json',
    'karst measure runs/first --html first.html',
    'karst measure runs/first --importance-samples 64',
  ],
  async run({ positionals, options, terminal }) {
    const { step, html, again, 'importance-samples': importanceSamples } = options;
    const run = runReference(positionals[0] as string);
    await withEngine(options.home, async ({ client }) => {
      terminal.progress({ text: 'scoring the held-out rows' });
      const asked = {
        run,
        again,
        ...(step === undefined ? {} : { step }),
        ...(importanceSamples === undefined ? {} : { importanceSamples }),
      };
      const listening = {
        signal: terminal.interrupt.signal,
        onProgress: (progress: ProgressRecord) => terminal.progress(progress),
      };
      if (html === undefined) {
        const measured = await client.measure(asked, listening);
        terminal.result(measured, () => describe(measured));
      } else {
        const { measure: measured, path } = await client.report({ ...asked, ...placeOf(html) }, listening);
        terminal.result({ ...measured, html: path }, () => `${describe(measured)}\n\nWritten to ${path}`);
      }
    });
  },
});

function qualityWords({ precision, recall, density, coverage, rows, modes }: SampleQualityRecord): string {
  const figures = Object.entries({ precision, recall, density, coverage }).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  const covered = modes
    ? `; ${modes.captured} of ${modes.of} modes, ${(100 * modes.highQuality).toFixed(1)} % of high quality, reverse KL ${modes.reverseKlNats?.toFixed(2) ?? '–'} nats`
    : '';
  return `${figures.join(', ')} over ${rows} rows${covered}`;
}

/** What is the matter, what speaks for it (+) and against it (-), and what to try. */
function causeLines({ title, confidence, sentence, evidence, cures, paper }: CauseRecord): readonly string[] {
  const settings = (changes: CauseRecord['cures'][number]['changes']): string =>
    Object.entries(changes)
      .map(([name, value]) => `--set ${name}=${value}`)
      .join(' ');
  return [
    '',
    `${title}, ${Math.round(100 * confidence)} % sure: ${sentence} (${paper})`,
    ...evidence.map(({ text, speaksFor }) => `  ${speaksFor ? '+' : '-'} ${text}`),
    ...cures.flatMap((cure, i) => [
      `  ${i + 1}. ${cure.title}${Object.keys(cure.changes).length > 0 ? `: ${settings(cure.changes)}` : ''}`,
      `     ${cure.why}`,
    ]),
  ];
}

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
    logLikelihood,
    samples,
    rawSamples,
    verdict,
  } = measured;
  const { elbo, kl: klNats, reconstruction } = heldOut;
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
    ...verdict.causes.flatMap(causeLines),
    '',
    `Step ${step}, ${heldOut.rows} held-out rows, nats a row:`,
    elbo === undefined || klNats === undefined
      ? `  half the squared residual of a row drawn again from its code ${reconstruction.toFixed(2)}`
      : `  ELBO ${elbo.toFixed(2)} = -(reconstruction ${reconstruction.toFixed(2)} + KL ${klNats.toFixed(2)})`,
    ...(logLikelihood
      ? [`  log p(x) at least ${logLikelihood.nats.toFixed(2)} (importance-weighted, ${logLikelihood.importanceSamples} draws)`]
      : []),
    ...(samples ? [`  samples: ${qualityWords(samples)}`] : []),
    ...(rawSamples ? [`  samples by the raw weights: ${qualityWords(rawSamples)}`] : []),
    `  active units ${activeUnits} of ${latentSize}, effective rank ${effectiveRank.toFixed(2)}, participation ratio ${participationRatio.toFixed(2)}`,
    `  mutual information ${mutualInformation.nats.toFixed(2)} (at most ${mutualInformation.capNats.toFixed(2)} with ${mutualInformation.rows} rows)`,
    `  KL by dimension, largest first:`,
    ...lines,
  ].join('\n');
}
