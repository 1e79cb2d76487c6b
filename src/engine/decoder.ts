// The decoder's side of its contract. A run's model is compiled once and kept; moving to another checkpoint of the same run only writes
// its weights. Few runs are kept at a time, the least lately used given back first. Calls run one after another: a device does one thing.
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import type { ParamValues } from '../base/params.ts';
import { matrix } from '../base/matrix.ts';
import { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import { verdictOf } from '../collapse/verdict.ts';
import { latentSigns } from '../metrics/latent-signs.ts';
import { INVERSION_BATCH, invert } from '../models/inversion.ts';
import type { Model } from '../models/model.ts';
import type { DecoderApi } from '../protocol/decoder-api.ts';
import { looksOf } from '../runs/looks.ts';
import { openRun, type RunDescription, type RunFolder } from '../runs/run-folder.ts';
import { inBatches } from '../training/in-batches.ts';
import type { Device, DeviceState, Executable } from '../tracing/device.ts';
import { writeOnnx } from '../tracing/onnx-writer.ts';
import type { Program } from '../tracing/program.ts';
import { trace } from '../tracing/trace.ts';
import { makeModel } from './catalogue.ts';
import type { ComputeHost } from './engine-host.ts';
import { measureRun } from './full-measure.ts';
import { aboutOf } from './kept-measure.ts';
import { latentsNear } from './latent-sample.ts';
import { toSamples } from './samples.ts';
import { surveyRun } from './survey.ts';

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
  epoch: number;
  knobs: ParamValues;
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
      run = {
        folder,
        description,
        model,
        state,
        executables: new Map(),
        step: checkpoint.position.step,
        epoch: checkpoint.position.epoch,
        knobs: checkpoint.position.knobs,
      };
    } else {
      const wanted = step ?? (await run.folder.checkpoints()).at(-1);
      if (wanted !== run.step) {
        const checkpoint = await run.folder.loadCheckpoint(step, run.model.state);
        await run.state.write(checkpoint.values);
        ({ step: run.step, epoch: run.epoch, knobs: run.knobs } = checkpoint.position);
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
   * Runs rows through a program of the batch that suits their number. `inputs` are [count, width] each, with the widths in `widths`; `what` names
   * the program among those of the run.
   */
  async function runRows(
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
    return count === 0 ? {} : await inBatches(ready, inputs, signal ? { signal } : {});
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
        const outputs = await runRows(run, `decode ${shown}`, (size) => model.decode(size, shown), inputs, widths, {
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
        const outputs = await runRows(run, 'encode', (size) => run.model.encode(size), inputs, widths, { signal });
        return { step: run.step, mean: need(outputs, 'mean'), logVariance: need(outputs, 'logVariance') };
      }),
    samplePrior: ({ folder, step, eps, u }, { signal }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const { model } = run;
        if (!model.prior) return { step: run.step, latents: eps };
        const outputs = await runRows(
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
        const dataset = await datasetOf(run.description, signal);
        const options = { importanceSamples, karst: host.versions['karst'], signal, onProgress };
        return await measureRun(run, await (device as Promise<Device>), dataset, options);
      }),
    survey: ({ folder, step, rowIds }, { signal, onProgress }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const dataset = await datasetOf(run.description, signal);
        checkRows(dataset, rowIds);
        return await surveyRun(run, rowIds, await (device as Promise<Device>), dataset, { signal, onProgress });
      }),
    judge: ({ folder, step }, { signal }) =>
      inTurn(signal, async () => {
        const run = await openRun(host.files(folder));
        const [description, sample] = [await run.describe(), await latentsNear(run, step)];
        const history = await looksOf(run, sample.step);
        const last = history.at(-1);
        const hasCodebook = 'model.codes' in description.params; // entries are not told from what is saved of them
        if (last?.signs.samples || hasCodebook) return { step: sample.step, verdict: verdictOf(history, aboutOf(description)) };
        const { count, latentSize, mean, logVariance, kl } = sample;
        const posteriors = { mean: matrix(count, latentSize, mean), logVariance: matrix(count, latentSize, logVariance) };
        const isLearned = (description.params['model.prior'] ?? 'normal') !== 'normal';
        const learnedKl = isLearned && kl ? kl.reduce((sum, one) => sum + one, 0) / count : undefined;
        const latent = latentSigns(posteriors, Rng.fromSeed(description.seed).stream('evidence'), undefined, learnedKl);
        const moment = { step: sample.step, epoch: last?.epoch ?? Infinity, signs: { ...last?.signs, latent } };
        const before = history.filter((one) => one.step < sample.step);
        return { step: sample.step, verdict: verdictOf([...before, moment], aboutOf(description)) };
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
