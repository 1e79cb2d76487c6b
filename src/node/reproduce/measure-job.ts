// One run of a table from data to figures, in memory, on one thread of the processor.
import process from 'node:process';
import { matrix } from '../../base/matrix.ts';
import { resolve } from '../../base/params.ts';
import { Rng } from '../../base/rng.ts';
import { latentBounds } from '../../collapse/latent-levels.ts';
import { readRows } from '../../datasets/dataset.ts';
import { splitRows } from '../../datasets/split.ts';
import { makeModel } from '../../engine/catalogue.ts';
import { effectiveRankOf, spectrum } from '../../metrics/effective-rank.ts';
import { measureActiveUnits } from '../../metrics/active-units.ts';
import { splitRecipe } from '../../models/recipe.ts';
import type { SampleQualityRecord, SampleScores } from '../../protocol/records.ts';
import { openEvaluator } from '../../training/evaluate.ts';
import { openSampleScorer } from '../../training/sample-quality.ts';
import { train } from '../../training/train.ts';
import { trainParams } from '../../training/train-params.ts';
import type { Arrays } from '../../tracing/program.ts';
import { openDataset } from '../datasets/open.ts';
import { openOnnxDevice } from '../devices/onnx.ts';
import { CELL_COUNT, drawSamples, pixelsOf, sideBySide } from './growth.ts';
import type { Answer } from './reproduce-process.ts';
import type { Figures, Job } from './table.ts';

/** Draws a row of the importance-weighted bound. */
const IMPORTANCE_SAMPLES = 64;
/** Samples that modes are counted in. */
const MODE_SAMPLES = 2_500;
const PICTURE_SAMPLES = 500;

export async function measureJob(job: Job): Promise<Answer> {
  const { dataset } = await openDataset(job.dataset, { params: job.datasetParams });
  const model = makeModel(job.model, job.set, dataset.sample);
  const { train: others, heldOut: heldOutRows } = splitRows(dataset, job.seed, job.heldOut);
  const root = Rng.fromSeed(job.seed);
  const trainRows = some(others, job.trainRows, root.stream('few'));
  const device = await openOnnxDevice({ provider: 'cpu', threads: 1 });
  const params = resolve('train', trainParams, {
    ...splitRecipe(job.set)['train'],
    latentRows: 0,
    heldOutRows: 0,
    reportEvery: 200,
    evaluateEvery: 1e9,
    checkpointEvery: Math.min(1e9, ...(job.drawAt ?? [])),
  });
  const before = process.cpuUsage();
  let values: Arrays = {};
  let losses: Figures = {};
  const drawn = new Map<number, Uint8Array>();
  const stop = {
    ...(job.steps === undefined ? {} : { steps: job.steps }),
    ...(job.epochs === undefined ? {} : { epochs: job.epochs }),
  };
  for await (const event of train({
    model,
    dataset,
    trainRows,
    heldOutRows: new Int32Array(0),
    device,
    seed: job.seed,
    params,
    stop,
  })) {
    if (event.kind === 'checkpointed') {
      ({ values } = event.checkpoint);
      const { step } = event.checkpoint.position;
      if (job.drawAt?.includes(step)) drawn.set(step, await drawSamples(model, device, values, root.stream('growth')));
    }
    if (event.kind === 'reported' && 'loss' in event.report.losses) ({ losses } = event.report);
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6; // of the processor: a busy machine does not stretch them
  const state = await device.createState(model.state, values);
  const rng = root.stream('measure');
  try {
    if (job.measurement === 'bound') {
      const evaluator = await openEvaluator(model, device, state, rng);
      const { heldOut, klPerDimension, mean, logVariance, logLikelihood } = await evaluator.evaluate(dataset, heldOutRows, {
        importanceSamples: IMPORTANCE_SAMPLES,
      });
      evaluator.dispose();
      const of = (data: Float32Array): ReturnType<typeof matrix> => matrix(heldOutRows.length, model.latentSize, data);
      const posteriors = { mean: of(mean), logVariance: of(logVariance) };
      const figures = {
        elbo: heldOut.elbo ?? NaN,
        reconstruction: heldOut.reconstruction,
        kl: heldOut.kl ?? NaN,
        activeUnits: measureActiveUnits(posteriors).value,
        // Of a sampled KL no dimension has a part of its own.
        ...(model.hasSampledKl
          ? {}
          : { carryingUnits: klPerDimension.filter((nats) => nats >= latentBounds.carryingNats).length }),
        effectiveRank: effectiveRankOf(spectrum(posteriors)),
        logLikelihood: logLikelihood ?? NaN,
      };
      return { figures, seconds };
    }
    const count = job.measurement === 'modes' ? MODE_SAMPLES : PICTURE_SAMPLES;
    const scorer = await openSampleScorer(model, device, state, dataset, heldOutRows, rng, count);
    const shown = await scorer.score('average');
    const raw = await scorer.score('raw');
    scorer.dispose();
    if (job.measurement === 'data') return { figures: scores(shown.real.mean), seconds };
    const figures = { ...scores(shown), ...modesOf(shown, raw), ...losses };
    if (drawn.size === 0) return { figures, seconds };
    const real = pixelsOf(dataset.sample, readRows(dataset, trainRows.subarray(0, CELL_COUNT)));
    return { figures, seconds, growth: sideBySide(dataset.sample, [...drawn.values(), real]) };
  } finally {
    state.dispose();
    await device.dispose();
  }
}

const scores = ({ precision, recall, density, coverage, covarianceRatio }: SampleScores): Figures => ({
  precision,
  recall,
  density,
  coverage,
  covarianceRatio,
});

/** `count` of `rows` by chance, or all of them. */
const some = (rows: Int32Array, count: number | undefined, rng: Rng): Int32Array =>
  count === undefined
    ? rows
    : rng
        .permutation(rows.length)
        .slice(0, count)
        .sort()
        .map((at) => rows[at] as number);

const modesOf = ({ modes }: SampleQualityRecord, { modes: raw }: SampleQualityRecord): Figures =>
  modes && raw
    ? {
        modes: modes.captured,
        highQuality: 100 * modes.highQuality,
        ...(modes.reverseKlNats === undefined ? {} : { reverseKlNats: modes.reverseKlNats }),
        rawModes: raw.captured,
        rawHighQuality: 100 * raw.highQuality,
      }
    : {};
