import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Device } from '../../src/tracing/device.ts';
import { openEagerDevice } from '../../src/tracing/eager-device.ts';
import { float32, int32, type Program } from '../../src/tracing/program.ts';

const opened: Device[] = [];
async function open(): Promise<Device> {
  const device = await openEagerDevice({ id: 'cpu', backend: 'cpu', title: 'tfjs, JavaScript' });
  opened.push(device);
  return device;
}
afterEach(async () => {
  for (const device of opened.splice(0)) await device.dispose();
});

const counter: Program = {
  name: 'counter',
  state: { total: float32(2), calls: int32() },
  inputs: { x: float32(2) },
  body: ({ total, calls }, { x }) => {
    const next = tf.add(total!, x!);
    return {
      state: { total: next, calls: tf.add(calls!, tf.scalar(1, 'int32')) },
      outputs: { total: next, large: tf.greater(next, 4) },
    };
  },
};
const start = () => ({ total: Float32Array.of(1, 2), calls: Int32Array.of(0) });
const x = (...values: number[]) => ({ x: Float32Array.from(values) });

describe('eager device', () => {
  it('differentiates twice: (tanh)″ = -2 tanh (1 - tanh²)', async () => {
    const curvature: Program = {
      name: 'curvature',
      state: {},
      inputs: { x: float32(3) },
      body: (_, inputs) => {
        const slope = tf.grad((value: tf.Tensor) => tf.sum(tf.tanh(value)));
        return { outputs: { second: tf.grad((value: tf.Tensor) => tf.sum(slope(value)))(inputs['x']!) } };
      },
    };
    const device = await open();
    const executable = await device.load(curvature, await device.createState({}, {}));
    const { second } = await executable.run(x(-0.5, 0.2, 1));
    const expected = [-0.5, 0.2, 1].map((value) => -2 * Math.tanh(value) * (1 - Math.tanh(value) ** 2));
    expected.forEach((value, i) => expect(second![i]).toBeCloseTo(value, 5));
  });

  it('carries state from call to call and returns every dtype', async () => {
    const device = await open();
    const state = await device.createState(counter.state, start());
    const step = await device.load(counter, state);
    expect(await step.run(x(1, 1))).toEqual({ total: Float32Array.of(2, 3), large: Uint8Array.of(0, 0) });
    expect(await step.run(x(1, 2))).toEqual({ total: Float32Array.of(3, 5), large: Uint8Array.of(0, 1) });
    expect(await state.read()).toEqual({ total: Float32Array.of(3, 5), calls: Int32Array.of(2) });
    expect(await state.read(['calls'])).toEqual({ calls: Int32Array.of(2) });
  });

  it('names the program, the device and the kernel where a backend lacks one, and goes on afterwards', async () => {
    const device = await open();
    const lacking: Program = {
      name: 'lacking',
      state: {},
      inputs: { x: float32(2) },
      body: (_, inputs) => ({ outputs: { y: tf.engine().runKernel<tf.Tensor>('NoSuchKernel', { x: inputs['x']! }) } }),
    };
    const empty = await device.createState({}, {});
    const before = tf.memory().numTensors;
    await expect((await device.load(lacking, empty)).run(x(1, 2))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/lacking.*cpu.*NoSuchKernel.*karst doctor/) as string,
    });
    expect(tf.memory().numTensors).toBe(before);
    const state = await device.createState(counter.state, start());
    expect((await (await device.load(counter, state)).run(x(1, 1)))['total']).toEqual(Float32Array.of(2, 3));
  });

  it('shares one state between programs', async () => {
    const device = await open();
    const state = await device.createState(counter.state, start());
    const step = await device.load(counter, state);
    const double: Program = {
      name: 'double',
      state: { total: float32(2) },
      inputs: {},
      body: ({ total }) => ({ state: { total: tf.mul(total!, 2) }, outputs: { before: total! } }),
    };
    const doubled = await device.load(double, state);
    await step.run(x(0, 0));
    expect(await doubled.run({})).toEqual({ before: Float32Array.of(1, 2) });
    expect((await step.run(x(1, 1))).total).toEqual(Float32Array.of(3, 5));
  });

  it('lets programs swap, repeat and hand back their tensors without losing or leaking any', async () => {
    const device = await open();
    const swap: Program = {
      name: 'swap',
      state: { a: float32(1), b: float32(1), c: float32(1) },
      inputs: { x: float32(1) },
      body: ({ a, b, c }, { x: given }) => ({ state: { a: b!, b: a!, c: c! }, outputs: { x: given!, again: given!, a: a! } }),
    };
    const state = await device.createState(swap.state, { a: Float32Array.of(1), b: Float32Array.of(2), c: Float32Array.of(3) });
    const executable = await device.load(swap, state);
    await executable.run(x(7));
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) await executable.run(x(7));
    expect(tf.memory().numTensors).toBe(before);
    expect(await executable.run(x(7))).toEqual({ x: Float32Array.of(7), again: Float32Array.of(7), a: Float32Array.of(1) });
    expect(await state.read()).toEqual({ a: Float32Array.of(2), b: Float32Array.of(1), c: Float32Array.of(3) }); // seven swaps
  });

  it('keeps no reference to what it is given and gives none away', async () => {
    const device = await open();
    const given = start();
    const state = await device.createState(counter.state, given);
    given.total.fill(99);
    const read = await state.read();
    read.total!.fill(99);
    expect((await state.read()).total).toEqual(Float32Array.of(1, 2));
    await state.write({ total: Float32Array.of(5, 6) });
    expect(await state.read()).toEqual({ total: Float32Array.of(5, 6), calls: Int32Array.of(0) });
  });

  it('runs calls one after another in the order they were made', async () => {
    const device = await open();
    const state = await device.createState(counter.state, start());
    const step = await device.load(counter, state);
    const results = await Promise.all([step.run(x(1, 1)), step.run(x(1, 1)), state.read(), step.run(x(1, 1))]);
    expect(results.map((one) => one.total![0])).toEqual([2, 3, 3, 4]);
  });

  it('leaves the active backend and the tensor count as they were, also when a body throws', async () => {
    tf.registerBackend('elsewhere', tf.findBackendFactory('cpu'));
    await tf.setBackend('elsewhere');
    const before = tf.memory().numTensors;
    const device = await open();
    const state = await device.createState(counter.state, start());
    const faulty: Program = {
      name: 'faulty',
      state: counter.state,
      inputs: {},
      body: ({ total }) => {
        tf.grad((t: tf.Tensor) => tf.sum(tf.square(t)))(total!);
        throw new Error('in the middle');
      },
    };
    await expect((await device.load(faulty, state)).run({})).rejects.toThrow('in the middle');
    expect(tf.getBackend()).toBe('elsewhere');
    expect((await (await device.load(counter, state)).run(x(1, 1))).total).toEqual(Float32Array.of(2, 3));
    await device.dispose();
    expect(tf.getBackend()).toBe('elsewhere');
    expect(tf.memory().numTensors).toBe(before);
    tf.removeBackend('elsewhere');
  });

  it('names what was expected and what came', async () => {
    const device = await open();
    const state = await device.createState(counter.state, start());
    const step = await device.load(counter, state);
    await expect(step.run({})).rejects.toThrow('inputs of counter: "x" is missing; needed: x');
    await expect(step.run({ ...x(1, 2), y: Float32Array.of(1) })).rejects.toThrow('unknown tensor "y"; known: x');
    await expect(step.run(x(1))).rejects.toThrow('"x" must be a Float32Array of 2 for float32 [2], got a Float32Array of 1');
    await expect(step.run({ x: Int32Array.of(1, 2) })).rejects.toThrow('got a Int32Array of 2');
    await expect(device.createState(counter.state, { total: Float32Array.of(1, 2) })).rejects.toThrow('"calls" is missing');
    await expect(state.write({ totals: Float32Array.of(1, 2) })).rejects.toThrow('unknown tensor "totals"; known: total, calls');
    await expect(state.read(['totals'])).rejects.toThrow('no tensor "totals"; known: total, calls');
    await expect(device.load({ ...counter, state: { total: float32(3) } }, state)).rejects.toThrow(
      'needs state "total" as float32 [3]; the state has float32 [2]',
    );
    await expect(device.load(counter, await (await open()).createState(counter.state, start()))).rejects.toThrow(
      'another device',
    );
    const wrong = await device.load(
      { ...counter, body: ({ total }) => ({ state: { total: tf.sum(total!) }, outputs: {} }) },
      state,
    );
    await expect(wrong.run(x(1, 2))).rejects.toThrow('counter returned state "total" as float32 [], declared float32 [2]');
    state.dispose();
    await expect(step.run(x(1, 2))).rejects.toThrow('disposed');
    await expect(openEagerDevice({ id: 'abacus', backend: 'abacus', title: '' })).rejects.toThrow(
      'abacus: tfjs has no backend "abacus"',
    );
  });
});
