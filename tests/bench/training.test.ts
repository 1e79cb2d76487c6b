import { expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { multiplyAdds } from '../../src/node/bench/multiply-adds.ts';
import { withPublishedWasm } from '../../src/node/bench/published-wasm.ts';
import { findTorch } from '../../src/node/bench/torch.ts';
import { benchTraining } from '../../src/node/bench/training.ts';
import { chosenRows, costRows, trainingWorkloads } from '../../src/node/bench/training-workloads.ts';
import { float32 } from '../../src/tracing/program.ts';

const quick = { windowMs: 1, repeats: 1, pythons: ['no-such-python'] };

test(
  'the training bench measures what it is asked for, and the published wasm backend beside our own',
  { timeout: 240_000 },
  async () => {
    const lines: string[] = [];
    const { measured, ratios, costs, productGflops } = await benchTraining({
      ...quick,
      only: 'torch,encoder,free-bits',
      onLine: (line) => lines.push(line),
    });
    const ofDense = measured.filter((one) => one.workload === 'mlp-vae').map((one) => one.engine);
    expect(ofDense.filter((engine) => engine.startsWith('published'))).toHaveLength(1);
    expect(ofDense.filter((engine) => engine.includes('WebAssembly'))).toHaveLength(1);
    expect(measured.every((one) => one.imagesPerSecond > 0)).toBe(true);
    expect(lines.filter((line) => line.startsWith('no PyTorch in no-such-python'))).toHaveLength(1);
    const [dense, ...others] = ratios;
    expect(dense?.toPublishedWasm).toBeGreaterThan(0);
    expect(dense?.toWasm).toBeGreaterThan(0);
    expect(others).toEqual(['conv-vae', 'dcgan', 'dcgan-28'].map((workload) => ({ workload })));
    expect(Object.values(productGflops).every((one) => one > 0)).toBe(true);
    // Free bits are a maximum; an encoder's step is a third net forward and back, after a generator forward.
    expect(costs.map(({ id }) => id)).toEqual(['free-bits', 'encoder']);
    expect(costs[0]?.productsFactor).toBe(1);
    expect(costs[1]?.productsFactor).toBeGreaterThan(1.1);
    expect(costs[1]?.productsFactor).toBeLessThan(1.5);
    // Our kernels are registered now: what would be measured is no longer what is published.
    await expect(withPublishedWasm(() => Promise.resolve())).rejects.toThrow(/fresh one/);
  },
);

test('rows are chosen by name and by group, and unknown ones refused', () => {
  expect(chosenRows()).toEqual({ workloads: trainingWorkloads, costs: costRows });
  const { workloads, costs } = chosenRows('dcgan, flows,r1');
  expect(workloads.map(({ id }) => id)).toEqual(['dcgan']);
  expect(costs.map(({ id }) => id)).toEqual(['mixture', 'vamp', 'realnvp', 'glow', 'planar', 'iaf', 'r1']);
  expect(() => chosenRows('dcgan,flow')).toThrow(/no row "flow"; it has torch, mlp-vae/);
  expect(new Set(costRows.map(({ id }) => id)).size).toBe(costRows.length);
});

test('multiply-adds of products are counted as they are compiled', () => {
  const count = (body: (t: Readonly<Record<string, tf.Tensor>>) => tf.Tensor): number =>
    multiplyAdds({
      name: 'count',
      state: {},
      inputs: { a: float32(3, 4, 5), b: float32(3, 5, 6), x: float32(2, 8, 8, 3), filter: float32(3, 3, 3, 7) },
      body: (_, t) => ({ outputs: { y: count1(body(t)) } }),
    });
  const count1 = (y: tf.Tensor): tf.Tensor => tf.add(y, 1);
  expect(count(({ a, b }) => tf.matMul(a!, b!))).toBe(3 * 4 * 5 * 6);
  expect(count(({ a, b }) => tf.matMul(b!, a!, true, true))).toBe(3 * 6 * 5 * 4);
  expect(count(({ a }) => tf.matMul(tf.reshape(a!, [12, 5]), tf.reshape(a!, [12, 5]), true))).toBe(5 * 12 * 5);
  expect(count(({ a }) => tf.add(a!, 1))).toBe(0);
});

test('a Python without PyTorch is passed by', async () => {
  expect(await findTorch(['no-such-python', process.execPath])).toBeUndefined();
});
