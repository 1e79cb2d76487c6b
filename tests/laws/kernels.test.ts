// Every kernel that can be compiled, held to the law of tests/laws/kernels/law.ts: one row a kernel or a special range of it.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device } from '../../src/tracing/device.ts';
import { ADAM_UPDATE } from '../../src/tracing/adam-update.ts';
import { TRACING } from '../../src/tracing/tracing-backend.ts';
import { arrayRows } from './kernels/array-rows.ts';
import { elementwiseRows } from './kernels/elementwise-rows.ts';
import { violations } from './kernels/law.ts';
import { windowRows } from './kernels/window-rows.ts';

const rows = [...elementwiseRows, ...arrayRows, ...windowRows];

describe('compiled kernels give what tfjs gives, value and gradient', () => {
  let device: Device;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    device = await openOnnxDevice({ threads: 1 });
  });
  afterAll(() => device.dispose());

  it.each(rows.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const tensors = tf.memory().numTensors;
    expect(await violations(device, row, 20260101)).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each(windowRows.map((row) => [row.name, row] as const))("%s, by ONNX's own convolutions", async (_, row) => {
    const other = await openOnnxDevice({ threads: 1, convolutions: 'onnx' });
    expect(await violations(other, row, 20260102)).toEqual([]);
    await other.dispose();
  });

  it('leaves no mapped kernel without a row', () => {
    const held = new Set([...rows.flatMap((row) => row.kernels), ADAM_UPDATE]); // Adam has its own test
    const mapped = tf.getKernelsForBackend(TRACING).map((kernel) => kernel.kernelName);
    expect(mapped.filter((name) => !held.has(name))).toEqual([]);
  });
});
