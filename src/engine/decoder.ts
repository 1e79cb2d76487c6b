// The decoder's side of its contract. A run's model is compiled once and kept; moving to another checkpoint of the same run only writes
// its weights. Few runs are kept at a time, the least lately used given back first. Calls run one after another: a device does one thing.
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import { matrix, takeEvenly } from '../base/matrix.ts';
import { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import { splitRows } from '../datasets/split.ts';
import type { Moment } from '../collapse/cause.ts';
import { circumstancesOf, type Circumstances } from '../collapse/circumstances.ts';
import { isLook, momentOf } from '../collapse/moments.ts';
import { verdictOf } from '../collapse/verdict.ts';
import type { DataRows } from '../metrics/data-metric.ts';
import { latentSigns } from '../metrics/latent-signs.ts';
import { fitFeatures } from '../metrics/sample-features.ts';
import { INVERSION_BATCH, invert } from '../models/inversion.ts';
import type { Model } from '../models/model.ts';
import { splitRecipe } from '../models/recipe.ts';
import type { DecoderApi } from '../protocol/decoder-api.ts';
import { openRun, type RunDescription, type RunFolder } from '../runs/run-folder.ts';
import { openEvaluator } from '../training/evaluate.ts';
import { FEWEST_SCORED, openSampleScorer } from '../training/sample-quality.ts';
import type { Device, DeviceState, Executable } from '../tracing/device.ts';
import { writeOnnx } from '../tracing/onnx-writer.ts';
import { sizeOf, type Program } from '../tracing/program.ts';
import { trace } from '../tracing/trace.ts';
import { makeModel } from './catalogue.ts';
import type { ComputeHost } from './engine-host.ts';
import { dataSigns, measureAll, memorySigns } from './full-measure.ts';
import { latentsNear } from './latent-sample.ts';
import { toSamples } from './samples.ts';

const KEPT_RUNS = 4;
const KEPT_DATASETS = 3;
/** Batches that programs are compiled for: few latents answer quickly, many go through the large one. */
const SMALL_BATCH = 8;
const LARGE_BATCH = 64;

interface Loaded {
  readonly folder: RunFolder;
  readonly description: RunDescription;
  readonly model: Model;
  readonly state: DeviceState;
  readonly executables: Map<string, Executable>;
  step: number;
}

export interface Decoder {
  readonly api: DecoderApi;
  close(): Promise<void>;
}

export function createDecoder(host: ComputeHost): Decoder {
  const loaded = new Map<string, Loaded>(); // by folder, the least lately used first
  const datasets = new Map<string, Promise<Dataset>>();
  let device: Promise<Device> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when everything asked before is done. */
  function inTurn<Result>(signal: AbortSignal | undefined, task: () => Promise<Result>): Promise<Result> {
    const run = async (): Promise<Result> => {
      throwIfCancelled(signal);
      return await task();
    };
    const turn = last.then(run, run);
    last = turn.catch(() => {});
    return turn;
  }

  function release(path: string): void {
    const run = loaded.get(path);
    if (!run) return;
    loaded.delete(path);
    for (const executable of run.executables.values()) executable.dispose();
    run.state.dispose();
  }

  async function load(path: string, step: number | undefined): Promise<Loaded> {
    const files = host.files(path);
    let run = loaded.get(path);
    if (!run) {
      const folder = await openRun(files);
      const description = await folder.describe();
      const model = makeModel(description.model, description.params, description.dataset.sample);
      const checkpoint = await folder.loadCheckpoint(step, model.state);
      device ??= host.openDevice();
      const state = await (await device).createState(model.state, checkpoint.values);
      run = { folder, description, model, state, executables: new Map(), step: checkpoint.position.step };
    } else {
      const wanted = step ?? (await run.folder.checkpoints()).at(-1);
      if (wanted !== run.step) {
        const checkpoint = await run.folder.loadCheckpoint(step, run.model.state);
        await run.state.write(checkpoint.values);
        run.step = checkpoint.position.step;
      }
      loaded.delete(path);
    }
    loaded.set(path, run);
    for (const oldest of loaded.keys()) {
      if (loaded.size <= KEPT_RUNS) break;
      release(oldest);
    }
    return run;
  }

  async function executable(run: Loaded, name: string, program: () => Program): Promise<Executable> {
    const known = run.executables.get(name);
    if (known) return known;
    const made = await (await (device as Promise<Device>)).load(program(), run.state);
    run.executables.set(name, made);
    return made;
  }

  /**
   * Runs rows through a program of a fixed batch, the last batch padded with zeros; joins each output. `inputs` are [count, width] each,
   * with the widths in `widths`; `what` names the program among those of the run.
   */
  async function inBatches(
    run: Loaded,
    what: string,
    program: (batch: number) => Program,
    inputs: Readonly<Record<string, Float32Array>>,
    widths: Readonly<Record<string, number>>,
    { batch: forced, signal }: { readonly batch?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<Record<string, Float32Array>> {
    const counts = Object.entries(inputs).map(([name, values]) => values.length / (widths[name] as number));
    const count = counts[0] as number;
    if (!Number.isInteger(count) || counts.some((one) => one !== count)) {
      const expected = Object.entries(widths).map(([name, width]) => `${name} in rows of ${width} values`);
      const found = Object.entries(inputs).map(([name, values]) => `${values.length} of ${name}`);
      throw new KarstError('usage', `expected ${expected.join(' and ')}, got ${found.join(' and ')}`);
    }
    const batch = forced ?? (count <= SMALL_BATCH ? SMALL_BATCH : LARGE_BATCH);
    const ready = await executable(run, `${what} ${batch}`, () => program(batch));
    const joined: Record<string, Float32Array> = {};
    for (let start = 0; start < count; start += batch) {
      throwIfCancelled(signal);
      const size = Math.min(batch, count - start);
      const padded = Object.entries(inputs).map(([name, values]) => {
        const width = widths[name] as number;
        const part = new Float32Array(batch * width);
        part.set(values.subarray(start * width, (start + size) * width));
        return [name, part] as const;
      });
      const outputs = await ready.run(Object.fromEntries(padded));
      for (const [name, values] of Object.entries(outputs)) {
        const each = values.length / batch;
        joined[name] ??= new Float32Array(count * each);
        joined[name].set((values as Float32Array).subarray(0, size * each), start * each);
      }
    }
    return joined;
  }

  function datasetOf(description: RunDescription, signal: AbortSignal | undefined): Promise<Dataset> {
    const { id, params, fingerprint } = description.dataset;
    const known = datasets.get(fingerprint);
    if (known) return known;
    const opening = host.openDataset(id, { params, ...(signal ? { signal } : {}) }).then(({ dataset }) => {
      if (dataset.fingerprint === fingerprint) return dataset;
      throw new KarstError('bad-data', `${dataset.title} is not the dataset this run was trained on: it has changed since`);
    });
    datasets.set(fingerprint, opening);
    opening.catch(() => datasets.delete(fingerprint)); // the next call may have more luck
    for (const oldest of datasets.keys()) {
      if (datasets.size <= KEPT_DATASETS) break;
      datasets.delete(oldest);
    }
    return opening;
  }

  function checkRows(dataset: Dataset, rowIds: Int32Array): void {
    for (const row of rowIds) {
      if (row < 0 || row >= dataset.rows)
        throw new KarstError('not-found', `${dataset.title} has rows 0 to ${dataset.rows - 1}, not ${row}`);
    }
  }

  const need = (values: Record<string, Float32Array>, name: string): Float32Array => {
    const found = values[name];
    if (!found) throw new KarstError('internal', `the model put out no ${name}`);
    return found;
  };

  const api: DecoderApi = {
    decode: ({ folder, step, latents, batch, weights = 'average' }, { signal }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const { model } = run;
        const shown = model.hasAverage ? weights : 'average';
        const [inputs, widths] = [{ z: latents }, { z: model.latentSize }];
        const outputs = await inBatches(run, `decode ${shown}`, (size) => model.decode(size, shown), inputs, widths, {
          batch,
          signal,
        });
        return { step: run.step, samples: toSamples(run.model.sample, need(outputs, 'x')) };
      }),
    encode: ({ folder, step, rowIds }, { signal }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const dataset = await datasetOf(run.description, signal);
        checkRows(dataset, rowIds);
        const rows = readRows(dataset, rowIds);
        const [inputs, widths] = [{ x: rows }, { x: sampleSize(dataset.sample) }];
        const outputs = await inBatches(run, 'encode', (size) => run.model.encode(size), inputs, widths, { signal });
        return { step: run.step, mean: need(outputs, 'mean'), logVariance: need(outputs, 'logVariance') };
      }),
    samplePrior: ({ folder, step, eps, u }, { signal }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const { model } = run;
        if (!model.prior) return { step: run.step, latents: eps };
        const outputs = await inBatches(
          run,
          'prior',
          (size) => (model.prior as NonNullable<Model['prior']>)(size),
          { eps, u },
          { eps: model.latentSize, u: 1 },
          { signal },
        );
        return { step: run.step, latents: need(outputs, 'z') };
      }),
    place: ({ folder, step, rowIds, starts, steps, seed }, { signal, onProgress }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const dataset = await datasetOf(run.description, signal);
        checkRows(dataset, rowIds);
        const rows = readRows(dataset, rowIds);
        const rng = Rng.fromSeed(seed).stream('place');
        const stop = signal ? { signal } : {};
        const calls = Math.ceil((rowIds.length * starts) / INVERSION_BATCH) * (steps + 1);
        let done = 0;
        const breathe = (): Promise<void> => {
          onProgress?.({ fraction: ++done / calls, text: 'searching the latent space' });
          return new Promise((resolve) => setTimeout(resolve, 0));
        };
        const opened = (await device) as Device;
        const found = await invert(run.model, opened, run.state, rows, rng, { starts, steps, breathe, ...stop });
        const encoded = await invert(run.model, opened, run.state, rows, rng, { starts: 1, steps: 0, ...stop });
        const size = sampleSize(dataset.sample);
        const perValue = (residual: Float32Array): Float32Array => residual.map((squares) => Math.sqrt(squares / size));
        const placed = {
          latents: found.z,
          residuals: perValue(found.residual),
          encoded: encoded.z,
          encodedResiduals: perValue(encoded.residual),
        };
        return { step: run.step, ...placed };
      }),
    async originals({ folder, rowIds }, { signal }) {
      const description = loaded.get(folder)?.description ?? (await (await openRun(host.files(folder))).describe());
      const dataset = await datasetOf(description, signal);
      checkRows(dataset, rowIds);
      const { labels, labelNames } = dataset;
      const named = labels && labelNames && Array.from(rowIds, (row) => labelNames[labels[row] as number] ?? '');
      return { samples: toSamples(dataset.sample, readRows(dataset, rowIds)), ...(named ? { labels: named } : {}) };
    },
    evaluate: ({ folder, step, importanceSamples = 0 }, { signal, onProgress }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const { description, model } = run;
        const dataset = await datasetOf(description, signal);
        const share = splitRecipe(description.params)['train']?.['heldOut'];
        const { heldOut: rows } = splitRows(dataset, description.seed, typeof share === 'number' ? share : undefined);
        const rng = Rng.fromSeed(description.seed).stream('evaluate');
        const evaluator = await openEvaluator(model, await (device as Promise<Device>), run.state, rng);
        const scorer =
          rows.length < FEWEST_SCORED
            ? undefined
            : await openSampleScorer(model, (await device) as Device, run.state, dataset, rows, rng.stream('samples'));
        try {
          const { heldOut, klPerDimension, mean, logVariance, logLikelihood } = await evaluator.evaluate(dataset, rows, {
            importanceSamples,
            ...(signal ? { signal } : {}),
            onProgress: (fraction) => onProgress?.({ fraction, text: 'scoring held-out rows' }),
          });
          const samples = model.hasBound ? undefined : await scorer?.score('average');
          const rawSamples = model.hasAverage ? await scorer?.score('raw') : undefined;
          const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
          const { latentSize } = model;
          const posteriors = {
            mean: matrix(rows.length, latentSize, mean),
            logVariance: matrix(rows.length, latentSize, logVariance),
          };
          const latent = latentSigns(posteriors, rng.stream('evidence'));
          const { activeUnits, effectiveRank, participationRatio, mutualInformation } = latent;
          const sets = await scorer?.sets('average');
          const { labels, labelNames } = dataset;
          const metrics = await measureAll(
            {
              ...(model.hasBound ? { posteriors } : {}),
              ...(sets ? { sets } : {}),
              data: dataRows(dataset, run.model, rng.stream('data')),
            },
            rng.stream('metrics'),
            {
              breathe,
              ...(signal ? { signal } : {}),
              onProgress: (fraction) => onProgress?.({ fraction, text: 'measuring codes, samples and data' }),
            },
          );
          const memory = memorySigns(metrics);
          const classes = labels && labelNames ? { of: labels, count: labelNames.length } : undefined;
          const moment: Moment = {
            step: run.step,
            epoch: Infinity,
            signs: {
              ...(samples ? { samples: { quality: samples } } : { latent }),
              ...(memory ? { memory } : {}),
              data: dataSigns(metrics, dataset.rows, classes),
              ...(await trainingUpTo(run.folder, run.step)),
            },
          };
          return {
            model: description.model,
            step: run.step,
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
            verdict: verdictOf([moment], aboutOf(description)),
            metrics,
          };
        } finally {
          evaluator.dispose();
          scorer?.dispose();
        }
      }),
    judge: ({ folder, step }, { signal }) =>
      inTurn(signal, async () => {
        const run = await openRun(host.files(folder));
        const [description, sample, reports] = [await run.describe(), await latentsNear(run, step), await run.reports()];
        const history = reports.filter((report) => report.step <= sample.step && isLook(report)).map(momentOf);
        const last = history.at(-1);
        if (last?.signs.samples) return { step: sample.step, verdict: verdictOf(history, aboutOf(description)) };
        const { count, latentSize, mean, logVariance } = sample;
        const posteriors = { mean: matrix(count, latentSize, mean), logVariance: matrix(count, latentSize, logVariance) };
        const latent = latentSigns(posteriors, Rng.fromSeed(description.seed).stream('evidence'));
        const moment = { step: sample.step, epoch: last?.epoch ?? Infinity, signs: { ...last?.signs, latent } };
        return { step: sample.step, verdict: verdictOf([...history.slice(0, -1), moment], aboutOf(description)) };
      }),
    exportModel: ({ folder, step, what }, { signal }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const { description, model } = run;
        const program = what === 'decoder' ? model.decode(1) : model.encode(1);
        const weights = await run.state.read(Object.keys(program.state));
        const { bytes } = writeOnnx(trace(program, { convolutions: 'onnx' }), { weights });
        const shapes = what === 'decoder' ? `z [1, ${model.latentSize}] → x` : 'x → mean, logVariance';
        return { step: run.step, bytes, summary: `${what} of ${description.title} at step ${run.step}, ONNX, ${shapes}` };
      }),
    forget: ({ folder }) =>
      inTurn(undefined, async () => {
        release(folder);
        return null;
      }),
  };

  return {
    api,
    close: async () => {
      await last;
      for (const path of [...loaded.keys()]) release(path);
      await (await device)?.dispose();
    },
  };
}

/** What training told last up to `step`, beside samples and codes. */
async function trainingUpTo(folder: RunFolder, step: number): Promise<Pick<Moment['signs'], 'training'>> {
  const report = (await folder.reports()).findLast((one) => one.step <= step);
  return { training: (report && momentOf(report).signs.training) ?? {} };
}

/** Every weight that is learned has a moment of its own. */
const learnedWeights = ({ state }: Model): number =>
  Object.entries(state).reduce((sum, [name, { shape }]) => (name.startsWith('adam.m.') ? sum + sizeOf(shape) : sum), 0);

/** Values of rows that are looked at for copies and variety: they bound the time where rows are large. */
const DATA_VALUES = 8_000_000;
const FITTED_ROWS = 250;

function dataRows(dataset: Dataset, model: Model, rng: Rng): DataRows {
  const size = sampleSize(dataset.sample);
  const count = Math.min(dataset.rows, Math.max(100, Math.floor(DATA_VALUES / size)));
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * dataset.rows) / count));
  const { labels, labelNames } = dataset;
  const asTheyAre = matrix(count, size, readRows(dataset, rows));
  const features = fitFeatures(dataset.sample, takeEvenly(asTheyAre, FITTED_ROWS), rng);
  return {
    rows: asTheyAre,
    features: features(asTheyAre),
    ...(count === dataset.rows ? { parameters: learnedWeights(model) } : {}), // of a part of the rows it would say too little
    ...(labels && labelNames ? { labels: { of: rows.map((row) => labels[row] as number), names: labelNames } } : {}),
  };
}

const aboutOf = ({ model, params, dataset }: RunDescription): Circumstances =>
  circumstancesOf(model, params, dataset.sample.kind);
