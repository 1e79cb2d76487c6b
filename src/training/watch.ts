// What the monitor looks at while training runs, a small part of all that can be measured: how much codes tell, what a row loses with another
// row's code, how samples compare with the data, what the discriminator makes of held-out rows. Now and then it looks for copies: a quarter of the
// samples and held-out rows of a whole measure, among the same training rows (4,000 at most), so that its bounds hold. A distance from the nearest
// of fewer training rows is larger for samples and held-out rows alike, and all three figures set one beside the other: C_T is a standard normal
// deviation whatever the numbers, shares of 250 sway by 0.03. What fewer rows cost is sight: of samples that copy, only those show whose row is
// among the rows. It moves no weight, draws from streams of its own, and keeps its part of the time: time spent here over time since the start, told
// with every look.
import { throwIfCancelled } from '../base/errors.ts';
import { matrix } from '../base/matrix.ts';
import type { ParamValues } from '../base/params.ts';
import type { Rng } from '../base/rng.ts';
import { sampleSize } from '../datasets/dataset.ts';
import { evenly } from '../datasets/split.ts';
import { authenticity } from '../metrics/authenticity.ts';
import { dataCopyingTest } from '../metrics/data-copying.ts';
import { decoderMetrics } from '../metrics/decoder-metrics.ts';
import { briefExtent, latentSigns } from '../metrics/latent-signs.ts';
import { attempt, type Measured } from '../metrics/metric.ts';
import { nearestTrainingRatio } from '../metrics/nearest-training-ratio.ts';
import { trainingMetrics } from '../metrics/training-metrics.ts';
import type { Model } from '../models/model.ts';
import type { ReportRecord } from '../protocol/records.ts';
import type { MemorySigns } from '../protocol/signs.ts';
import type { Device, DeviceState } from '../tracing/device.ts';
import { openLoading } from '../tracing/loading.ts';
import { openCodeFindings } from './code-findings.ts';
import type { Evaluation } from './evaluate.ts';
import { signsOfFigures } from './figure-signs.ts';
import type { BatchOptions } from './in-batches.ts';
import { FEWEST_SCORED, openSampleScorer, type SampleScorer } from './sample-quality.ts';
import { openTrainingFindings, type TrainingRowsKinds } from './training-findings.ts';

/** What a look adds to a report. */
export type Look = Pick<ReportRecord, 'latent' | 'samples' | 'rawSamples' | 'signs'>;

export interface Watch {
  /** `sample`: codes of the rows that make the map. */
  look(step: number, knobs: ParamValues, sample: Evaluation | undefined, options?: BatchOptions): Promise<Look>;
  /** Makes ready what samples are compared with, once. */
  prepareCopies(): Promise<void>;
  /** What that takes, about. */
  readonly preparationMs: number;
  /** At once: it was needed for something else, or there are too few rows for it. */
  readonly isPrepared: boolean;
  /** Are samples training rows over again? Nothing where there are too few rows to say. */
  copies(options?: BatchOptions): Promise<MemorySigns | undefined>;
  dispose(): void;
}

/** Rows that get another row's code. */
const SHUFFLED = 250;
/** Samples, and as many held-out rows, that are looked for among the training rows: a tenth of a second. */
const COPIES = 250;
/** Of a row, of larger ones fewer are described; and what each takes: 5.8 s were measured for 3,072 values on two cores. */
const PREPARED = { values: 4000, msEach: 2 };
const copyMetrics = [dataCopyingTest, nearestTrainingRatio, authenticity];

/** `rng` is the run's own: streams are taken from it by name. `batch`: rows of a training step. */
export async function openWatch(
  model: Model,
  device: Device,
  state: DeviceState,
  data: TrainingRowsKinds,
  rng: Rng,
  batch: number,
): Promise<Watch> {
  const { dataset, trainRows, heldOutRows } = data;
  const { load, keep, dispose } = openLoading(device, state);
  try {
    const isScored = heldOutRows.length >= FEWEST_SCORED && trainRows.length >= 2 * FEWEST_SCORED;
    const openScorer = async (): Promise<SampleScorer> =>
      keep(await openSampleScorer(model, device, state, dataset, heldOutRows, rng.stream('samples')));
    const scorer = model.hasBound || heldOutRows.length < FEWEST_SCORED ? undefined : await openScorer();
    let copyist = scorer;
    const seen = heldOutRows.length > 1 ? heldOutRows : trainRows;
    const codes =
      model.hasBound && seen.length > 1
        ? await openCodeFindings(model, load, dataset, evenly(seen, SHUFFLED), SHUFFLED, rng.stream('watched codes'))
        : undefined;
    const players = model.hasBound
      ? undefined
      : await openTrainingFindings(model, state, load, data, { batch, batches: 1 }, rng.stream('watched players'));

    return {
      async look(step, knobs, sample, options = {}) {
        const figures: Record<string, Measured> = {};
        const measure = (id: string, run: () => Measured): void => {
          const found = attempt(run);
          if (!('lacks' in found)) figures[id] = found;
        };
        if (codes) {
          const { distortions } = await codes(options);
          measure('shuffled-gap', () => decoderMetrics.make('shuffled-gap')({ distortions }));
        }
        if (players) {
          const findings = await players(step, knobs, options);
          for (const { id, make } of trainingMetrics.members) measure(id, () => make()(findings));
        }
        const samples = await scorer?.score('average');
        const rawSamples = model.hasAverage ? await scorer?.score('raw') : undefined;
        return {
          ...(sample && model.hasBound ? { latent: latentSignsOf(sample, model, rng.stream('signs')) } : {}),
          ...(samples ? { samples } : {}),
          ...(rawSamples ? { rawSamples } : {}),
          signs: signsOfFigures(figures),
        };
      },
      preparationMs: PREPARED.msEach * Math.min(PREPARED.values, sampleSize(dataset.sample)),
      isPrepared: !isScored || scorer !== undefined,
      async prepareCopies() {
        if (isScored) copyist ??= await openScorer();
      },
      async copies(options = {}) {
        if (!copyist) return undefined;
        const sets = await copyist.sets('average', COPIES);
        const figures: Record<string, Measured> = {};
        for (const { id, make } of copyMetrics) {
          throwIfCancelled(options.signal);
          const found = attempt(() => make()(sets, rng.stream('copies').stream(id)));
          if (!('lacks' in found)) figures[id] = found;
          await options.breathe?.();
        }
        return signsOfFigures(figures).memory;
      },
      dispose,
    };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}

function latentSignsOf(
  { mean, logVariance, heldOut, codebook }: Evaluation,
  model: Model,
  rng: Rng,
): NonNullable<Look['latent']> {
  const { latentSize } = model;
  const rows = mean.length / latentSize;
  const gaussians = { mean: matrix(rows, latentSize, mean), logVariance: matrix(rows, latentSize, logVariance) };
  const posteriors = { ...gaussians, ...(codebook ? { codebook } : {}) };
  return latentSigns(posteriors, rng, briefExtent(latentSize), model.density ? heldOut.kl : undefined);
}
