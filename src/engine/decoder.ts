// The decoder's side of its contract. A run's model is compiled once and kept; moving to another checkpoint of the same run only writes
// its weights. Few runs are kept at a time, the least lately used given back first. Calls run one after another: a device does one thing.
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import { matrix } from '../base/matrix.ts';
import { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import { splitRows } from '../datasets/split.ts';
import { gatherEvidence, verdict } from '../metrics/collapse.ts';
import type { Model } from '../models/model.ts';
import { splitRecipe } from '../models/recipe.ts';
import type { DecoderApi } from '../protocol/decoder-api.ts';
import { openRun, type RunDescription, type RunFolder } from '../runs/run-folder.ts';
import { openEvaluator } from '../training/evaluate.ts';
import type { Device, DeviceState, Executable } from '../tracing/device.ts';
import { writeOnnx } from '../tracing/onnx-writer.ts';
import type { Program } from '../tracing/program.ts';
import { trace } from '../tracing/trace.ts';
import { makeModel } from './catalogue.ts';
import type { ComputeHost } from './engine-host.ts';
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

  /** Runs rows [count, width] through a program of a fixed batch, the last batch padded with zeros; joins each output. */
  async function inBatches(
    run: Loaded,
    what: 'decode' | 'encode',
    rows: Float32Array,
    width: number,
    forced: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, Float32Array>> {
    const count = rows.length / width;
    if (!Number.isInteger(count)) throw new KarstError('usage', `expected rows of ${width} values, got ${rows.length} in all`);
    const batch = forced ?? (count <= SMALL_BATCH ? SMALL_BATCH : LARGE_BATCH);
    const ready = await executable(run, `${what} ${batch}`, () =>
      what === 'decode' ? run.model.decode(batch) : run.model.encode(batch),
    );
    const joined: Record<string, Float32Array> = {};
    for (let start = 0; start < count; start += batch) {
      throwIfCancelled(signal);
      const size = Math.min(batch, count - start);
      const padded = new Float32Array(batch * width);
      padded.set(rows.subarray(start * width, (start + size) * width));
      const outputs = await ready.run(what === 'decode' ? { z: padded } : { x: padded });
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
    decode: ({ folder, step, latents, batch }, { signal }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const outputs = await inBatches(run, 'decode', latents, run.model.latentSize, batch, signal);
        return { step: run.step, samples: toSamples(run.model.sample, need(outputs, 'x')) };
      }),
    encode: ({ folder, step, rowIds }, { signal }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const dataset = await datasetOf(run.description, signal);
        checkRows(dataset, rowIds);
        const rows = readRows(dataset, rowIds);
        const outputs = await inBatches(run, 'encode', rows, sampleSize(dataset.sample), undefined, signal);
        return { step: run.step, mean: need(outputs, 'mean'), logVariance: need(outputs, 'logVariance') };
      }),
    async originals({ folder, rowIds }, { signal }) {
      const description = loaded.get(folder)?.description ?? (await (await openRun(host.files(folder))).describe());
      const dataset = await datasetOf(description, signal);
      checkRows(dataset, rowIds);
      const { labels, labelNames } = dataset;
      const named = labels && labelNames && Array.from(rowIds, (row) => labelNames[labels[row] as number] ?? '');
      return { samples: toSamples(dataset.sample, readRows(dataset, rowIds)), ...(named ? { labels: named } : {}) };
    },
    evaluate: ({ folder, step }, { signal }) =>
      inTurn(signal, async () => {
        const run = await load(folder, step);
        const { description, model } = run;
        const dataset = await datasetOf(description, signal);
        const share = splitRecipe(description.params).train['heldOut'];
        const { heldOut: rows } = splitRows(dataset, description.seed, typeof share === 'number' ? share : undefined);
        const rng = Rng.fromSeed(description.seed).stream('evaluate');
        const evaluator = await openEvaluator(model, await (device as Promise<Device>), run.state, rng);
        try {
          const { heldOut, klPerDimension, mean, logVariance } = await evaluator.evaluate(
            dataset,
            rows,
            signal ? { signal } : {},
          );
          const { latentSize } = model;
          const posteriors = {
            mean: matrix(rows.length, latentSize, mean),
            logVariance: matrix(rows.length, latentSize, logVariance),
          };
          const evidence = gatherEvidence(posteriors, rng.stream('evidence'));
          const { activeUnits, effectiveRank, participationRatio, mutualInformation } = evidence;
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
            verdict: verdict(evidence, { noun: nounOf(description) }),
          };
        } finally {
          evaluator.dispose();
        }
      }),
    judge: ({ folder, step }, { signal }) =>
      inTurn(signal, async () => {
        const run = await openRun(host.files(folder));
        const [description, sample, reports] = [await run.describe(), await latentsNear(run, step), await run.reports()];
        const { count, latentSize, mean, logVariance } = sample;
        const posteriors = { mean: matrix(count, latentSize, mean), logVariance: matrix(count, latentSize, logVariance) };
        const evidence = gatherEvidence(posteriors, Rng.fromSeed(description.seed).stream('evidence'));
        const epoch = reports.findLast((report) => report.step <= sample.step)?.epoch;
        const options = { noun: nounOf(description), ...(epoch === undefined ? {} : { epoch }) };
        return { step: sample.step, verdict: verdict(evidence, options) };
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

const nounOf = (description: RunDescription): string => (description.dataset.sample.kind === 'picture' ? 'pictures' : 'rows');
