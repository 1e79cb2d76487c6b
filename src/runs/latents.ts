// Codes of a fixed sample of the data at one step, as a safetensors file: what the landscape is drawn from.
import { KarstError } from '../base/errors.ts';
import { float32, int32, type TensorSpec, type TensorValues } from '../tracing/program.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

export interface LatentSample {
  readonly step: number;
  readonly count: number;
  readonly latentSize: number;
  /** Row of the dataset that each code is of. */
  readonly rowIds: Int32Array;
  /** Class of each row, -1 where unknown; absent where nothing is labelled. */
  readonly labels?: Int32Array;
  /** Posterior means and log-variances, [count, latentSize]. */
  readonly mean: Float32Array;
  readonly logVariance: Float32Array;
  /** Reconstruction error of each row, nats, and its KL where the model has a bound that KL is part of. */
  readonly reconstruction: Float32Array;
  readonly kl?: Float32Array;
}

const FORMAT = 'karst-latents-1';

export function writeLatents(sample: LatentSample): Uint8Array<ArrayBuffer> {
  const { count, latentSize } = sample;
  const tensors: { name: string; spec: TensorSpec; values: TensorValues }[] = [
    { name: 'mean', spec: float32(count, latentSize), values: sample.mean },
    { name: 'logVariance', spec: float32(count, latentSize), values: sample.logVariance },
    { name: 'reconstruction', spec: float32(count), values: sample.reconstruction },
    { name: 'rowIds', spec: int32(count), values: sample.rowIds },
  ];
  if (sample.kl) tensors.push({ name: 'kl', spec: float32(count), values: sample.kl });
  if (sample.labels) tensors.push({ name: 'labels', spec: int32(count), values: sample.labels });
  return writeSafetensors(tensors, { format: FORMAT, step: String(sample.step) });
}

export function readLatents(where: string, bytes: Uint8Array): LatentSample {
  const file = readSafetensors(where, bytes);
  if (file.metadata['format'] !== FORMAT) {
    throw new KarstError(
      'bad-data',
      `${where}: expected latents of format ${FORMAT}, found "${file.metadata['format'] ?? 'none'}"`,
    );
  }
  const step = Number(file.metadata['step']);
  if (!Number.isSafeInteger(step) || step < 0)
    throw new KarstError('bad-data', `${where}: expected a step, found ${file.metadata['step']}`);
  const shape = file.tensors.find((tensor) => tensor.name === 'mean')?.spec.shape ?? [];
  const [count, latentSize] = shape;
  if (shape.length !== 2 || count === undefined || latentSize === undefined) {
    throw new KarstError('bad-data', `${where}: expected mean [count, latent], found [${shape.join(', ')}]`);
  }
  const take = (name: string, spec: TensorSpec): TensorValues | undefined => {
    const tensor = file.tensors.find((one) => one.name === name);
    if (!tensor) return undefined;
    if (tensor.spec.dtype !== spec.dtype || tensor.spec.shape.join() !== spec.shape.join()) {
      const text = (s: TensorSpec): string => `${s.dtype} [${s.shape.join(', ')}]`;
      throw new KarstError('bad-data', `${where}: expected ${name} ${text(spec)}, found ${text(tensor.spec)}`);
    }
    return tensor.values;
  };
  const need = (name: string, spec: TensorSpec): TensorValues => {
    const values = take(name, spec);
    if (!values) throw new KarstError('bad-data', `${where}: expected a tensor ${name}, found none`);
    return values;
  };
  const [labels, kl] = [take('labels', int32(count)), take('kl', float32(count))];
  return {
    step,
    count,
    latentSize,
    rowIds: need('rowIds', int32(count)) as Int32Array,
    ...(labels ? { labels: labels as Int32Array } : {}),
    mean: need('mean', float32(count, latentSize)) as Float32Array,
    logVariance: need('logVariance', float32(count, latentSize)) as Float32Array,
    reconstruction: need('reconstruction', float32(count)) as Float32Array,
    ...(kl ? { kl: kl as Float32Array } : {}),
  };
}
