// Everything that can be measured of a checkpoint, and the verdict on it: the held-out rows scored, codes, slopes and training diagnosed, samples
// compared with the data, the data looked at by themselves. What a metric lacks (labels, known modes, enough rows) leaves that one out, and the
// others as they are.
import { breathe } from '../base/breathe.ts';
import type { Family } from '../base/family.ts';
import { matrix } from '../base/matrix.ts';
import type { ParamValues } from '../base/params.ts';
import { Rng } from '../base/rng.ts';
import { totalKl } from '../collapse/latent-levels.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { DataRows } from '../metrics/data-metric.ts';
import { dataMetrics } from '../metrics/data-metrics.ts';
import { latentSigns } from '../metrics/latent-signs.ts';
import { attempt, type Measured } from '../metrics/metric.ts';
import { metrics as latentMetrics } from '../metrics/metrics.ts';
import type { SampleSets } from '../metrics/sample-metric.ts';
import { sampleMetrics } from '../metrics/sample-metrics.ts';
import type { Model } from '../models/model.ts';
import { splitRecipe } from '../models/recipe.ts';
import type { FullLookRecord, MetricRecord, ProgressRecord } from '../protocol/records.ts';
import type { LatentSigns } from '../protocol/signs.ts';
import type { RunDescription, RunFolder } from '../runs/run-folder.ts';
import { openDiagnosis, type Diagnosed } from '../training/diagnosis.ts';
import { openEvaluator } from '../training/evaluate.ts';
import { signsOfFigures } from '../training/figure-signs.ts';
import { FEWEST_SCORED, openSampleScorer } from '../training/sample-quality.ts';
import { trainParams } from '../training/train-params.ts';
import type { Device, DeviceState } from '../tracing/device.ts';
import { openLoading } from '../tracing/loading.ts';
import { dataRows, dataSigns } from './data-look.ts';
import { modelFingerprint } from './grid-provenance.ts';
import { judged, MEASURE_FORMAT } from './kept-measure.ts';
import { splitOf } from './run-split.ts';

/** A run's model with the weights of one of its checkpoints. */
export interface MeasuredRun {
  readonly folder: RunFolder;
  readonly description: RunDescription;
  readonly model: Model;
  readonly state: DeviceState;
  readonly step: number;
  readonly epoch: number;
  readonly knobs: ParamValues;
}

export interface MeasureOptions {
  readonly importanceSamples: number;
  /** Karst's version, for the record. */
  readonly karst?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ProgressRecord) => void) | undefined;
}

type Metrics = Readonly<Record<string, MetricRecord>>;

export async function measureRun(
  { folder, description, model, state, step, epoch, knobs }: MeasuredRun,
  device: Device,
  dataset: Dataset,
  { importanceSamples, karst = 'unknown', signal, onProgress }: MeasureOptions,
): Promise<FullLookRecord> {
  const batchSize = splitRecipe(description.params)['train']?.['batchSize'];
  const split = splitOf(dataset, description);
  const rows = split.heldOut;
  const rng = Rng.fromSeed(description.seed).stream('evaluate');
  const options = { ...(signal ? { signal } : {}), breathe };
  const { keep, dispose } = openLoading(device, state);
  try {
    const evaluator = keep(await openEvaluator(model, device, state, rng));
    const scorer =
      rows.length < FEWEST_SCORED
        ? undefined
        : keep(await openSampleScorer(model, device, state, dataset, rows, rng.stream('samples')));
    const { heldOut, klPerDimension, mean, logVariance, codebook, logLikelihood } = await evaluator.evaluate(dataset, rows, {
      ...options,
      importanceSamples,
      onProgress: (fraction) => onProgress?.({ fraction, text: 'scoring held-out rows' }),
    });
    const { latentSize } = model;
    const posteriors = { mean: matrix(rows.length, latentSize, mean), logVariance: matrix(rows.length, latentSize, logVariance) };
    const coded = codebook ? { ...posteriors, codebook } : posteriors;
    const ofCodes = latentSigns(coded, rng.stream('evidence'), undefined, model.density ? heldOut.kl : undefined);
    const samples = model.hasBound ? undefined : await scorer?.score('average');
    const rawSamples = model.hasAverage ? await scorer?.score('raw') : undefined;

    onProgress?.({ text: 'diagnosing codes, slopes and training' });
    const seen = { dataset, trainRows: split.train, heldOutRows: rows };
    const batch = typeof batchSize === 'number' ? batchSize : trainParams.batchSize.default;
    const diagnoser = keep(await openDiagnosis(model, device, state, seen, rng.stream('diagnosis'), { batch }));
    const { figures } = await diagnoser.diagnose(step, knobs, options);
    const latent = withDraws(ofCodes, figures);
    const { activeUnits, effectiveRank, participationRatio, mutualInformation } = latent;
    const metrics = {
      ...recordsOf(Object.entries(figures).filter(([id]) => model.hasBound || !isLatent(id))), // an encoder beside a GAN is no part of it
      ...(await measureData(await scorer?.sets('average'), dataRows(dataset, model, rng.stream('data')), rng.stream('metrics'), {
        ...options,
        onProgress: (fraction) => onProgress?.({ fraction, text: 'measuring samples and data' }),
      })),
    };
    const { decoder, prior, memory } = signsOfFigures(metrics);
    const signs = {
      ...(samples ? { samples } : { latent }),
      ...(model.hasBound && decoder ? { decoder } : {}), // an encoder beside a GAN is no part of it
      ...(prior ? { prior } : {}),
      ...(memory ? { memory } : {}),
      data: dataSigns(dataset, metrics['repeated-rows']?.value),
    };
    const measure = {
      model: description.model,
      step,
      heldOut,
      klPerDimension,
      activeUnits,
      latentSize,
      effectiveRank,
      participationRatio,
      mutualInformation,
      ...(logLikelihood === undefined ? {} : { logLikelihood: { nats: logLikelihood, importanceSamples } }),
      ...(samples ? { samples } : {}),
      ...(rawSamples ? { rawSamples } : {}),
      metrics,
    };
    const weights = modelFingerprint({ values: await state.read() });
    const made = { format: MEASURE_FORMAT, karst, importanceSamples, weights, device: device.id };
    return { step, epoch, ...(await judged(folder, description, { step, epoch, signs, measure })), made };
  } finally {
    dispose();
  }
}

/** What hangs on draws of codes is told as its metric has it: no figure has two values. */
function withDraws(latent: LatentSigns, figures: Diagnosed['figures']): LatentSigns {
  const { 'mutual-information': information, 'aggregate-kl': aggregate } = figures;
  if (!information) return latent;
  const { value: nats, cap: capNats = Math.log(information.rows), rows } = information;
  const aggregateKl = aggregate?.value ?? totalKl(latent) - nats;
  return { ...latent, mutualInformation: { nats, capNats, rows }, aggregateKl };
}

const isLatent = (id: string): boolean => latentMetrics.members.some((one) => one.id === id);

async function measureData(
  sets: SampleSets | undefined,
  data: DataRows,
  rng: Rng,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress: (fraction: number) => void },
): Promise<Metrics> {
  const search = signal ? { signal } : {};
  const all = <Made>(family: Family<Made>, run: (metric: Made, own: Rng) => Measured) =>
    family.members.map(({ id, make }) => ({ id, measure: () => run(make(), rng.stream(id)) }));
  const tasks = [
    ...(sets ? all(sampleMetrics, (metric, own) => metric(sets, own, search)) : []),
    ...all(dataMetrics, (metric, own) => metric(data, own, search)),
  ];
  const found: [string, Measured][] = [];
  for (const [i, { id, measure }] of tasks.entries()) {
    const one = attempt(measure);
    if (!('lacks' in one)) found.push([id, one]);
    onProgress((i + 1) / tasks.length);
    await breathe();
  }
  return recordsOf(found);
}

const recordsOf = (measured: readonly (readonly [string, Measured])[]): Metrics =>
  Object.fromEntries(measured.map(([id, one]) => [id, recordOf(one)]));

/** Rows stay behind: they are many, and a person asks for them on the map. */
export function recordOf({ value, unit, cap, expected, rows, notes, beside, perDimension }: Measured): MetricRecord {
  return {
    value,
    unit,
    rows,
    ...(cap === undefined ? {} : { cap }),
    ...(expected === undefined ? {} : { expected }),
    ...(notes ? { notes } : {}),
    ...(beside ? { beside } : {}),
    ...(perDimension ? { perDimension: Array.from(perDimension) } : {}),
  };
}
