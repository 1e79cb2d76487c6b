// A survey of a checkpoint: what is told of single rows, samples and draws, for the map to show where a model has collapsed. The figures are
// those of the metrics, taken on the rows of the map; so a number in the legend is the number of the layer. Two thousand rows and as many
// samples at most: with as many of each, real rows expect a coverage of 1 - 2⁻⁵.
import { breathe } from '../base/breathe.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import { nearestNeighbours, nearestTo } from '../base/neighbours.ts';
import { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import { evenly } from '../datasets/split.ts';
import { authenticity } from '../metrics/authenticity.ts';
import { classCoverage } from '../metrics/class-coverage.ts';
import { coverage } from '../metrics/coverage.ts';
import { findDuplicates } from '../metrics/duplicate-rows.ts';
import { attempt, type Measured } from '../metrics/metric.ts';
import { modesCovered } from '../metrics/mode-coverage.ts';
import { comparable, nearDuplicates, nearParams } from '../metrics/near-duplicates.ts';
import { nearestTrainingRatio } from '../metrics/nearest-training-ratio.ts';
import { precision } from '../metrics/precision.ts';
import { priorHoles } from '../metrics/prior-holes.ts';
import { pullbackOf, type Pullback } from '../metrics/pullback.ts';
import { fitFeatures } from '../metrics/sample-features.ts';
import type { SampleMetric, SampleSets } from '../metrics/sample-metric.ts';
import { NEAREST } from '../metrics/sample-scores.ts';
import { sampleReference, sampleSets } from '../metrics/sample-sets.ts';
import { sinkholes, totalSlopes } from '../metrics/sinkholes.ts';
import { openDecoderSlopes } from '../models/jacobian.ts';
import type { Model } from '../models/model.ts';
import type { MetricRecord, ProgressRecord } from '../protocol/records.ts';
import type { SurveyedMode, SurveyedRecord } from '../protocol/survey.ts';
import type { RunDescription } from '../runs/run-folder.ts';
import { openCodeFindings } from '../training/code-findings.ts';
import { inBatches } from '../training/in-batches.ts';
import type { Device, DeviceState, Executable } from '../tracing/device.ts';
import { openLoading } from '../tracing/loading.ts';
import type { Program } from '../tracing/program.ts';
import { recordOf } from './full-measure.ts';
import { splitOf } from './run-split.ts';

export interface SurveyedRun {
  readonly description: RunDescription;
  readonly model: Model;
  readonly state: DeviceState;
  readonly step: number;
}

export interface SurveyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ProgressRecord) => void) | undefined;
}

const MOST_ROWS = 2000;
/** Of the training rows, among which copies are looked for. */
const MOST_TRAIN = 8000;
/** Values that are held at once: bounds time and memory where rows are large. */
const MOST_VALUES = 16_000_000;
const BATCH = 100;
const FITTED_ROWS = 1000;
const POSTERIORS = 1000;
const DRAWS = 1000;
/** Draws at which the decoder's slopes are taken: each costs as many passes as there are dimensions. */
const SLOPES = 500;
/**
 * The decoder hardly moves below this part of its usual slope (as in the metric), or where codes explain less than this part of the rows'
 * variance: codes that differ by sd_j along dimension j move what is drawn at a place by Σ_j |∂g/∂z_j|² sd_j² in the mean square. Where all of
 * the decoder is flat, its usual slope says nothing; and where all codes are alike, no slope, however steep, is ever walked.
 */
const STILL = { ofUsual: 0.1, ofVariance: 0.05 };
/** Of what is due, below which a class is rare. */
const RARE = 0.25;
/** d₁ / d₂ below which a sample is a replica, as in its metric. */
const REPLICA = 1 / 3;

/** `mapRows`: the rows whose codes make the map. */
export async function surveyRun(
  { description, model, state, step }: SurveyedRun,
  mapRows: Int32Array,
  device: Device,
  dataset: Dataset,
  { signal, onProgress }: SurveyOptions = {},
): Promise<SurveyedRecord> {
  const rng = Rng.fromSeed(description.seed).stream('survey');
  const options = { ...(signal ? { signal } : {}), breathe };
  const search = signal ? { signal } : {};
  const size = sampleSize(dataset.sample);
  const rowIds = evenly(mapRows, Math.min(MOST_ROWS, Math.floor(MOST_VALUES / size)));
  const split = splitOf(dataset, description);
  const trainIds = evenly(split.train, Math.min(MOST_TRAIN, Math.floor((4 * MOST_VALUES) / size)));
  const { load, keep, dispose } = openLoading(device, state);
  const rowsOf = (rows: Int32Array): Matrix => matrix(rows.length, size, readRows(dataset, rows));
  try {
    onProgress?.({ fraction: 0, text: 'drawing samples' });
    const drawer = await openDrawer(model, load);
    const { z, x } = await drawer(rowIds.length, rng.stream('samples'), options);
    const samples = matrix(rowIds.length, size, x);

    onProgress?.({ fraction: 0.3, text: 'comparing samples with rows' });
    const features = fitFeatures(dataset.sample, rowsOf(evenly(trainIds, FITTED_ROWS)), rng.stream('features'));
    const [real, train, fake] = [features(rowsOf(rowIds)), features(rowsOf(trainIds)), features(samples)];
    const { labels, labelNames, modes } = dataset;
    const named = labels && labelNames ? { labels: { train: trainIds.map((row) => labels[row] as number), names: labelNames } } : {}; // prettier-ignore
    const reference = sampleReference({ real, train, ...named, ...(modes ? { modes } : {}) });
    const sets = sampleSets(reference, fake, modes && samples);
    const figures: Record<string, MetricRecord> = {};
    const taken = (id: string, measure: () => Measured): Measured | undefined => {
      const found = attempt(measure);
      if ('lacks' in found) return undefined;
      figures[id] = recordOf(found);
      return found;
    };
    const ofSamples = (
      metric: { readonly id: string; readonly make: () => SampleMetric },
      of: SampleSets = sets,
    ): Measured | undefined => taken(metric.id, () => metric.make()(of, rng.stream(metric.id), search));
    const perRow = (found: Measured | undefined): Float32Array => found?.perPoint?.[0]?.values ?? new Float32Array(0);
    const covered = Uint8Array.from(perRow(ofSamples(coverage)));
    const isOff = Uint8Array.from(perRow(ofSamples(precision)), (on) => 1 - on);
    const balls = sets.realSearches.balls(NEAREST, search);
    const nearest = nearestTo(fake, real, 1, search).distances;
    await breathe();
    const repeats = ofSamples(nearDuplicates) ? pairsOf(sets, search) : new Int32Array(0);
    // Rows of the map are training rows, too: what real rows get is told by those that were held out.
    const strangers = split.heldOut.length > 1 ? features(rowsOf(evenly(split.heldOut, FITTED_ROWS))) : real;
    const beside = sampleSets(sampleReference({ real: strangers, train }), fake);
    const ofReal = attempt(() => precision.make()(sampleSets(reference, strangers), rng.stream('real'), search));
    const ofFake = figures[precision.id];
    if (ofFake && !('lacks' in ofReal)) figures[precision.id] = { ...ofFake, expected: ofReal.value };
    ofSamples(authenticity, beside);
    const copies = ofSamples(nearestTrainingRatio, beside) ? copiesOf(beside, trainIds, search) : new Int32Array(0);
    const ofModes = ofSamples(modesCovered) ?? ofSamples(classCoverage);
    await breathe();

    onProgress?.({ fraction: 0.6, text: 'walking the latent space' });
    const codes = await openCodeFindings(model, load, dataset, evenly(rowIds, POSTERIORS), DRAWS, rng.stream('codes'));
    const { posteriors } = await codes(options);
    const draws = posteriors.prior.z.data;
    const slopes = await openDecoderSlopes(model, device, state, { points: SLOPES });
    keep(slopes);
    const pullback = await pullbackOf(slopes.jacobians(draws.subarray(0, Math.min(SLOPES, DRAWS) * model.latentSize), options));
    const spread = model.hasBound ? spreadOf(posteriors.mean) : new Float64Array(model.latentSize).fill(1);
    const isStill = stillAt(totalSlopes(pullback), walkedSlopes(pullback, spread), rowsOf(evenly(trainIds, FITTED_ROWS)));
    const ofSlopes = taken(sinkholes.id, () => sinkholes.make()({ pullback }));
    if (ofSlopes) figures[sinkholes.id] = stillRecord(recordOf(ofSlopes), isStill);
    const holes = model.hasBound
      ? taken(priorHoles.id, () => priorHoles.make()(posteriors, rng.stream(priorHoles.id)))
      : undefined;
    return {
      step,
      latentSize: model.latentSize,
      hasBound: model.hasBound,
      rowIds,
      covered,
      distance: nearest.map((far, i) => far / Math.max(balls.radii[i] as number, Number.EPSILON)),
      sampleCodes: await drawer.codesOf(z, x, options),
      isOff,
      copies,
      repeats,
      modes: modesOf(perRow(ofModes), dataset),
      drawCodes: await drawer.codesOf(draws, undefined, options),
      isStill,
      isEmpty: Uint8Array.from(perRow(holes), (nats) => Number(nats < 0)),
      figures,
    };
  } finally {
    dispose();
  }
}

interface Drawer {
  (count: number, rng: Rng, options: object): Promise<{ z: Float32Array; x: Float32Array }>;
  /** Where draws belong on a map of codes: they are codes, or, where the encoder stands beside the model, what it makes of what is drawn. */
  codesOf(z: Float32Array, x: Float32Array | undefined, options: object): Promise<Float32Array>;
}

async function openDrawer(model: Model, load: (program: Program) => Promise<Executable>): Promise<Drawer> {
  const prior = model.prior && (await load(model.prior(BATCH)));
  const decode = await load(model.decode(BATCH, 'average'));
  const encode = model.hasBound ? undefined : await load(model.encode(BATCH));
  const decoded = async (z: Float32Array, options: object): Promise<Float32Array> =>
    (await inBatches(decode, { z }, options))['x'] as Float32Array;
  const draw = async (count: number, rng: Rng, options: object): Promise<{ z: Float32Array; x: Float32Array }> => {
    const eps = rng.stream('eps').fillNormal(new Float32Array(count * model.latentSize));
    const u = rng.stream('u').fillUniform(new Float32Array(count));
    const z = prior ? ((await inBatches(prior, { eps, u }, options))['z'] as Float32Array) : eps;
    return { z, x: await decoded(z, options) };
  };
  return Object.assign(draw, {
    codesOf: async (z: Float32Array, x: Float32Array | undefined, options: object): Promise<Float32Array> =>
      encode ? ((await inBatches(encode, { x: x ?? (await decoded(z, options)) }, options))['mean'] as Float32Array) : z,
  });
}

/** Each pair once, the lower first. */
function pairsOf(sets: SampleSets, search: { readonly signal?: AbortSignal }): Int32Array {
  const { fake, threshold } = comparable(sets, nearParams.percent.default, search);
  const { indices, distances } = nearestNeighbours(fake, 1, search);
  const pairs: number[] = [];
  distances.forEach((far, i) => {
    const other = indices[i] as number;
    const isMutual = indices[other] === i;
    if (far <= threshold && !(isMutual && other < i)) pairs.push(Math.min(i, other), Math.max(i, other));
  });
  return Int32Array.from(pairs);
}

/** The row that each sample is a replica of, -1 where it is none. */
function copiesOf(sets: SampleSets, trainIds: Int32Array, search: { readonly signal?: AbortSignal }): Int32Array {
  const { distinct } = findDuplicates(sets.train);
  const { rows, k, indices, distances } = sets.searches.nearestTraining(2, search);
  return Int32Array.from({ length: rows }, (_, i) => {
    const [first, second] = [distances[i * k] as number, distances[i * k + 1] as number];
    return first < REPLICA * second || second === 0 ? (trainIds[distinct[indices[i * k] as number] as number] as number) : -1;
  });
}

/** `of`: the mode or class of each sample, -1 where it could not be told. */
function modesOf(of: Float32Array, { labels, labelNames }: Dataset): SurveyedMode[] {
  if (!labels || !labelNames || of.length === 0) return [];
  const known = new Float64Array(labelNames.length);
  for (const label of labels) if (label >= 0) known[label] = (known[label] as number) + 1;
  const drawn = new Float64Array(labelNames.length);
  for (const label of of) if (label >= 0) drawn[label] = (drawn[label] as number) + 1;
  const [all, told] = [known, drawn].map((counts) => counts.reduce((sum, count) => sum + count, 0)) as [number, number];
  return labelNames.flatMap((name, label) => {
    const count = known[label] as number;
    if (count === 0) return [];
    const due = ((drawn[label] as number) * all) / (Math.max(1, told) * count);
    return [{ label, name, due, state: due === 0 ? ('dropped' as const) : due < RARE ? ('rare' as const) : ('drawn' as const) }];
  });
}

/** 1 where the decoder hardly moves: beside its usual slope, or, by as much as codes differ, beside what rows differ by. */
export function stillAt(slopes: Float64Array, walked: Float64Array, rows: Matrix): Uint8Array {
  const usual = Math.sqrt(slopes.reduce((sum, slope) => sum + slope * slope, 0) / Math.max(1, slopes.length));
  const variance = spreadOf(rows).reduce((sum, sd) => sum + sd * sd, 0);
  const least = Math.sqrt(STILL.ofVariance * variance);
  return Uint8Array.from(slopes, (slope, i) => Number(slope < STILL.ofUsual * usual || (walked[i] as number) < least));
}

/** √ Σ_j |∂g/∂z_j|² sd_j² at each point. */
export const walkedSlopes = ({ points, latentSize, slopes }: Pullback, spread: Float64Array): Float64Array =>
  Float64Array.from({ length: points }, (_, i) =>
    Math.hypot(...spread.map((sd, j) => sd * (slopes[i * latentSize + j] as number))),
  );

/** Standard deviation of each column. */
export function spreadOf({ rows, cols, data }: Matrix): Float64Array {
  return Float64Array.from({ length: cols }, (_, j) => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const value = data[i * cols + j] as number;
      [sum, squares] = [sum + value, squares + value * value];
    }
    return Math.sqrt(Math.max(0, squares / rows - (sum / rows) ** 2));
  });
}

/** The metric as the map shows it: flat places, and those whose slopes no code walks; the metric alone beside it. */
function stillRecord(metric: MetricRecord, isStill: Uint8Array): MetricRecord {
  const flat = { title: 'flat by the slope alone', value: metric.value, unit: metric.unit };
  return {
    ...metric,
    value: isStill.reduce((sum, one) => sum + one, 0) / Math.max(1, isStill.length),
    beside: [flat, ...(metric.beside ?? [])],
    notes: [
      ...(metric.notes ?? []),
      'and places where codes, as far as rows’ codes differ, move less than a twentieth of the rows’ variance',
    ],
  };
}
