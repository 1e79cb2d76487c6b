// Runs any number of rows through a program that was compiled for a batch of them: the last row fills the last batch up, what comes out is joined.
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import type { Executable } from '../tracing/device.ts';
import { sizeOf } from '../tracing/program.ts';

export interface BatchOptions {
  readonly signal?: AbortSignal;
  /** Lets the host's other work run between batches. */
  readonly breathe?: () => Promise<void>;
}

/** `inputs`: [rows, …] each, all of the program's; every output must have a row for each. */
export async function inBatches(
  executable: Executable,
  inputs: Readonly<Record<string, Float32Array>>,
  { signal, breathe }: BatchOptions = {},
): Promise<Record<string, Float32Array>> {
  const { program } = executable;
  const widths = Object.fromEntries(
    Object.entries(program.inputs).map(([name, { shape }]) => [name, sizeOf(shape.slice(1))] as const),
  );
  const [batch = 0] = Object.values(program.inputs)[0]?.shape ?? [];
  const counts = Object.entries(widths).map(([name, width]) => (inputs[name]?.length ?? 0) / width);
  const count = counts[0] ?? 0;
  if (batch === 0 || count === 0 || !Number.isInteger(count) || counts.some((one) => one !== count)) {
    const found = Object.entries(inputs).map(([name, { length }]) => `${length} of ${name}`);
    throw new KarstError(
      'internal',
      `${program.name} needs ${Object.keys(widths).join(', ')} of as many rows, got ${found.join(', ')}`,
    );
  }
  const joined: Record<string, Float32Array> = {};
  for (let start = 0; start < count; start += batch) {
    throwIfCancelled(signal);
    const size = Math.min(batch, count - start);
    const given: Record<string, Float32Array> = {};
    for (const [name, width] of Object.entries(widths)) {
      const values = inputs[name] as Float32Array;
      const part = new Float32Array(batch * width);
      part.set(values.subarray(start * width, (start + size) * width));
      for (let i = size; i < batch; i++) part.set(values.subarray((count - 1) * width, count * width), i * width);
      given[name] = part;
    }
    for (const [name, values] of Object.entries(await executable.run(given))) {
      const each = values.length / batch;
      joined[name] ??= new Float32Array(count * each);
      joined[name].set((values as Float32Array).subarray(0, size * each), start * each);
    }
    await breathe?.();
  }
  return joined;
}
