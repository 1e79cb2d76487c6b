// Every kernel that can be compiled, held to the law of tests/laws/kernels/law.ts: one row a kernel or a special range of it.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device } from '../../src/tracing/device.ts';
import { trace } from '../../src/tracing/trace.ts';
import { ADAM_UPDATE } from '../../src/tracing/adam-update.ts';
import { TRACING } from '../../src/tracing/tracing-backend.ts';

import { composedRows } from './kernels/composed-rows.ts';
import { elementwiseRows } from './kernels/elementwise-rows.ts';
import { gatherRows } from './kernels/gather-rows.ts';
import { violations, type Row } from './kernels/law.ts';
import { layoutRows } from './kernels/layout-rows.ts';
import { productRows } from './kernels/product-rows.ts';
import { reductionRows } from './kernels/reduction-rows.ts';
import { windowRows } from './kernels/window-rows.ts';

const rows = [...composedRows, ...elementwiseRows, ...gatherRows, ...layoutRows, ...productRows, ...reductionRows];

describe('compiled kernels give what tfjs gives, value and gradient', () => {
  let device: Device;
  /** Kernels that were recorded since it was last emptied. */
  const met = new Set<string>();
  beforeAll(async () => {
    await tf.setBackend('cpu');
    device = await openOnnxDevice({ threads: 1 });
    trace({ name: 'first', state: {}, inputs: {}, body: () => ({ outputs: { y: tf.scalar(1) } }) }); // maps the kernels
    for (const kernel of tf.getKernelsForBackend(TRACING)) {
      tf.unregisterKernel(kernel.kernelName, TRACING);
      tf.registerKernel({
        ...kernel,
        kernelFunc: (call) => {
          met.add(kernel.kernelName);
          return kernel.kernelFunc(call);
        },
      });
    }
  });
  afterAll(() => device.dispose());

  async function holds(row: Row, on: Device): Promise<void> {
    const tensors = tf.memory().numTensors;
    met.clear();
    expect(await violations(on, row, 20260101)).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
    // A row may not claim a kernel that it never meets.
    expect(row.kernels.filter((name) => !met.has(name))).toEqual([]);
  }
  const named = (list: readonly Row[]): [string, Row][] => list.map((row) => [row.name, row]);

  it.each(named(rows))('%s', (_, row) => holds(row, device));

  for (const convolutions of ['patches', 'winograd', 'onnx'] as const)
    it.each(named(windowRows))(`%s, convolutions written as ${convolutions}`, async (_, row) => {
      const other = await openOnnxDevice({ threads: 1, convolutions });
      await holds(row, other);
      await other.dispose();
    });

  it('leaves no mapped kernel without a row', () => {
    const held = new Set([...rows.concat(windowRows).flatMap((row) => row.kernels), ADAM_UPDATE]); // Adam has its own test
    const mapped = tf.getKernelsForBackend(TRACING).map((kernel) => kernel.kernelName);
    expect(mapped.filter((name) => !held.has(name))).toEqual([]);
  });
});
