// Draws samples of a model and scores them beside held-out rows: do they look like the data, and is all of the data there? The same noise each
// time, so that scores compare between steps, and the same for the moving average of the weights as for the raw ones. What is fitted or
// measured on the data alone (features, balls, bars) is done once, when the scorer is opened: about a second for colour pictures of 32 × 32.
import { KarstError } from '../base/errors.ts';
import { matrix, takeEvenly, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import { evenly } from '../datasets/split.ts';
import { kMeans, nearestCentre } from '../metrics/k-means.ts';
import { modeCoverage } from '../metrics/mode-coverage.ts';
import { neighbourBalls } from '../metrics/precision-recall.ts';
import { fitFeatures } from '../metrics/sample-features.ts';
import type { SampleReference, SampleSets } from '../metrics/sample-metric.ts';
import { NEAREST, scoreReal, scoreSamples } from '../metrics/sample-scores.ts';
import { sampleReference, sampleSets } from '../metrics/sample-sets.ts';
import type { Model, WeightsShown } from '../models/model.ts';
import type { ModesRecord, SampleQualityRecord } from '../protocol/records.ts';
import type { Device, DeviceState, Executable } from '../tracing/device.ts';
import { openLoading } from '../tracing/loading.ts';
import type { TensorValues } from '../tracing/program.ts';

/** What samples are drawn with. */
type Generator = Pick<Model, 'latentSize' | 'hasAverage' | 'decode' | 'prior'>;

export interface SampleScorer {
  /** Of the weights as they are now; `average` is raw where the model keeps no average. */
  score(weights: WeightsShown): Promise<SampleQualityRecord>;
  /** The same samples, held-out and training rows as features, for every other metric of samples; of samples and held-out rows `most` each. */
  sets(weights: WeightsShown, most?: number): Promise<SampleSets>;
  dispose(): void;
}

/** More sharpen no score that is shown. */
const MOST_ROWS = 1000;
const BATCH = 100;
const BLOCK = 250;
/** Values of the rows that features are fitted to: bounds the time where rows are large. */
const FITTED_VALUES = 3_072_000;
const FEWEST_FITTED = 250;
/** Parts of the data whose service is followed: as many as classes and modes usually are, and large enough to be met by chance. */
const BINS = 16;
/** Rows that stand in for samples are drawn from so many times as many; and of so many, where they are, none is left out: it may be what is copied. */
const POOL = 4;
const MOST_TRAIN = 4000;

/** With fewer held-out or other rows nothing can be scored. */
export const FEWEST_SCORED = NEAREST + 1;

/** `heldOutRows`: what samples are compared with, at most `most` of them; the dataset's other rows are what features are fitted to. */
export async function openSampleScorer(
  model: Generator,
  device: Device,
  state: DeviceState,
  dataset: Dataset,
  heldOutRows: Int32Array,
  rng: Rng,
  most = MOST_ROWS,
): Promise<SampleScorer> {
  const size = sampleSize(dataset.sample);
  const heldOut = new Set(heldOutRows);
  const others = Int32Array.from({ length: dataset.rows }, (_, row) => row).filter((row) => !heldOut.has(row));
  const count = Math.min(most, heldOutRows.length, Math.floor(others.length / 2));
  if (count < FEWEST_SCORED) {
    const found = `${heldOutRows.length} and ${others.length}`;
    throw new KarstError(
      'usage',
      `samples are scored beside at least ${FEWEST_SCORED} held-out rows and twice as many others, got ${found}`,
    );
  }
  const rowsOf = (rows: Int32Array): Matrix => matrix(rows.length, size, readRows(dataset, rows));
  const fitted = Math.min(MOST_ROWS, Math.max(FEWEST_FITTED, Math.floor(FITTED_VALUES / size)));
  const features = fitFeatures(dataset.sample, rowsOf(evenly(others, fitted)), rng.stream('features'));
  /** A block at a time: rows may be far larger than their features. */
  const featuresOf = (rows: Int32Array): Matrix => {
    const blocks = Array.from({ length: Math.ceil(rows.length / BLOCK) }, (_, i) =>
      features(rowsOf(rows.subarray(i * BLOCK, (i + 1) * BLOCK))),
    );
    const joined = matrix(rows.length, (blocks[0] as Matrix).cols);
    blocks.forEach((block, i) => joined.data.set(block.data, i * BLOCK * block.cols));
    return joined;
  };
  const real = neighbourBalls(featuresOf(evenly(heldOutRows, count)), NEAREST);
  const trainRows = evenly(others, Math.max(POOL * count, MOST_TRAIN));
  const train = featuresOf(trainRows);
  const ofReal = scoreReal(real, train, count, rng.stream('real'));
  const references = new Map<number, SampleReference>(); // by the number of held-out rows
  const { centres, of: binsOfTrain } = kMeans(train, BINS, rng.stream('bins'));
  const sharesOf = (bins: Int32Array): number[] => {
    const counts = new Array<number>(centres.rows).fill(0);
    for (const bin of bins) counts[bin] = (counts[bin] as number) + 1;
    return counts.map((one) => one / bins.length);
  };
  const realShares = sharesOf(binsOfTrain);

  const { load, dispose } = openLoading(device, state);
  const loaded = async (): Promise<{ prior: Executable | undefined; raw: Executable; average: Executable }> => {
    const prior = model.prior && (await load(model.prior(BATCH)));
    const raw = await load(model.decode(BATCH, 'raw'));
    return { prior, raw, average: model.hasAverage ? await load(model.decode(BATCH, 'average')) : raw };
  };
  const { prior, ...decoders } = await loaded().catch((thrown: unknown) => {
    dispose();
    throw thrown;
  });

  /** Rows of data as the model draws them, [drawn, sampleSize]. */
  async function draw(weights: WeightsShown, drawn = count): Promise<Matrix> {
    const decoder = decoders[weights];
    const samples = matrix(drawn, size);
    for (let start = 0; start < drawn; start += BATCH) {
      const eps = rng.stream('eps', start).fillNormal(new Float32Array(BATCH * model.latentSize));
      const u = rng.stream('u', start).fillUniform(new Float32Array(BATCH));
      const z = prior ? take(await prior.run({ eps, u }), 'z', prior) : eps;
      const x = take(await decoder.run({ z }), 'x', decoder);
      samples.data.set(x.subarray(0, Math.min(BATCH, drawn - start) * size), start * size);
    }
    const bad = samples.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new KarstError('diverged', `a sample of the model holds ${samples.data[bad]}: its weights are beyond use`);
    return samples;
  }

  return {
    async score(weights) {
      const samples = await draw(weights);
      const made = features(samples);
      const scores = scoreSamples(real, made);
      const bins = { samples: sharesOf(nearestCentre(centres, made)), real: realShares };
      return { ...scores, rows: count, real: ofReal, bins, ...(dataset.modes ? { modes: modesOf(samples, dataset.modes) } : {}) };
    },
    async sets(weights, atMost = count) {
      const { labels, labelNames, modes } = dataset;
      const rows = Math.min(atMost, count);
      const reference =
        references.get(rows) ??
        sampleReference({
          real: takeEvenly(real.points, rows),
          train,
          ...(labels && labelNames
            ? { labels: { train: trainRows.map((row) => labels[row] as number), names: labelNames } }
            : {}),
          ...(modes ? { modes } : {}),
        });
      references.set(rows, reference);
      const samples = await draw(weights, rows);
      return sampleSets(reference, features(samples), modes ? samples : undefined);
    },
    dispose,
  };
}

function modesOf(samples: Matrix, modes: NonNullable<Dataset['modes']>): ModesRecord {
  const { captured, of, highQuality, reverseKlNats } = modeCoverage(samples, modes);
  return { captured, of, highQuality, ...(captured > 0 ? { reverseKlNats } : {}) };
}

function take(outputs: Readonly<Record<string, TensorValues>>, name: string, { program }: Executable): Float32Array {
  const values = outputs[name];
  if (!(values instanceof Float32Array)) throw new KarstError('internal', `${program.name} has no float32 output ${name}`);
  return values;
}
