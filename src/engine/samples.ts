// Rows of floats, as datasets and decoders give them, as the records that a page shows.
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';
import type { SamplesRecord } from '../protocol/records.ts';

/** [count, sampleSize] → pictures in 8 bits (values are clamped to [0, 1]) or vectors as they are. */
export function toSamples(shape: SampleShape, values: Float32Array): SamplesRecord {
  const count = values.length / sampleSize(shape);
  if (shape.kind === 'vector') {
    return { kind: 'vectors', count, size: shape.size, ...(shape.names ? { names: shape.names } : {}), data: values };
  }
  const data = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = Math.round(Math.min(1, Math.max(0, values[i] as number)) * 255);
  return { kind: 'pictures', count, height: shape.height, width: shape.width, channels: shape.channels, data };
}

/** Samples `indices` of a record, in that order. */
export function pickSamples(samples: SamplesRecord, indices: readonly number[]): SamplesRecord {
  const size = samples.kind === 'pictures' ? samples.height * samples.width * samples.channels : samples.size;
  if (samples.kind === 'pictures') {
    const data = new Uint8Array(indices.length * size);
    indices.forEach((index, i) => data.set(samples.data.subarray(index * size, (index + 1) * size), i * size));
    return { ...samples, count: indices.length, data };
  }
  const data = new Float32Array(indices.length * size);
  indices.forEach((index, i) => data.set(samples.data.subarray(index * size, (index + 1) * size), i * size));
  return { ...samples, count: indices.length, data };
}

/** Some records of one shape, one after another. */
export function joinSamples(parts: readonly SamplesRecord[]): SamplesRecord {
  const first = parts[0];
  if (!first) throw new RangeError('no samples to join');
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const length = parts.reduce((sum, part) => sum + part.data.length, 0);
  let offset = 0;
  if (first.kind === 'pictures') {
    const data = new Uint8Array(length);
    for (const part of parts) {
      data.set(part.data, offset);
      offset += part.data.length;
    }
    return { ...first, count, data };
  }
  const data = new Float32Array(length);
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { ...first, count, data };
}
