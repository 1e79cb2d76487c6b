// What a choice or cure costs: its step beside the plain model's, windows of both in turn, since a machine's speed wanders more from minute to
// minute than most cures cost. Beside the time, how many times as many multiply-adds its products take: a factor in time far above that
// one says that something else than products takes it.
import { throwIfCancelled } from '../../base/errors.ts';
import type { Device } from '../../tracing/device.ts';
import { openStep } from './training-step.ts';
import type { CostRow } from './training-workloads.ts';

export interface Cost {
  readonly id: string;
  readonly title: string;
  readonly plain: string;
  readonly plainMs: number;
  readonly ms: number;
  /** The median of the windows' ratios. */
  readonly factor: number;
  readonly productsFactor: number;
  readonly compileMs: number;
}

export interface CostOptions {
  readonly windowMs: number;
  readonly repeats: number;
  readonly signal?: AbortSignal | undefined;
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export async function costOf(device: Device, row: CostRow, { windowMs, repeats, signal }: CostOptions): Promise<Cost> {
  const plain = await openStep(device, row.plain);
  const parts = row.parts ?? row.plain.parts;
  const own = await openStep(device, { ...row.plain, set: { ...row.plain.set, ...row.set }, ...(parts ? { parts } : {}) });
  const windows: { plainMs: number; ms: number }[] = [];
  for (const step of [plain, own]) for (let i = 0; i < 3; i++) await step.run();
  for (let repeat = 0; repeat < repeats; repeat++) {
    throwIfCancelled(signal);
    const plainMs = await plain.time(windowMs);
    windows.push({ plainMs, ms: await own.time(windowMs) });
  }
  const cost: Cost = {
    id: row.id,
    title: row.title,
    plain: row.plain.id,
    plainMs: median(windows.map((one) => one.plainMs)),
    ms: median(windows.map((one) => one.ms)),
    factor: median(windows.map((one) => one.ms / one.plainMs)),
    productsFactor: own.multiplyAdds() / plain.multiplyAdds(),
    compileMs: own.compileMs,
  };
  plain.dispose();
  own.dispose();
  return cost;
}
