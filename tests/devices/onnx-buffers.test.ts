// State that stays in a WebGPU device's memory. Runs where a driver is found; with Chromium's software one by
//   LD_LIBRARY_PATH=/usr/lib/chromium VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npx vitest run tests/devices/onnx-buffers
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device } from '../../src/tracing/device.ts';
import { float32, int32, type Program } from '../../src/tracing/program.ts';

const specs = { w: float32(3, 2), bias: float32(), count: int32(2), untouched: float32(4) };
const first = {
  w: Float32Array.of(1, 2, 3, 4, 5, 6),
  bias: Float32Array.of(0.5),
  count: Int32Array.of(7, -8),
  untouched: Float32Array.of(9, 8, 7, 6),
};

const step: Program = {
  name: 'step',
  state: { w: specs.w, bias: specs.bias, count: specs.count },
  inputs: { x: float32(2) },
  body: ({ w, bias, count }, { x }) => ({
    state: { w: tf.add(tf.mul(w!, x!), bias!), bias: tf.mul(bias!, 2), count: tf.add(count!, tf.scalar(1, 'int32')) },
    outputs: { total: tf.sum(w!), before: tf.clone(bias!) },
  }),
};
const look: Program = {
  name: 'look',
  state: { w: specs.w, untouched: specs.untouched },
  inputs: {},
  body: ({ w, untouched }) => ({ outputs: { both: tf.add(tf.sum(w!), tf.sum(untouched!)) } }),
};

async function present(): Promise<Device | undefined> {
  try {
    const device = await openOnnxDevice({ provider: 'webgpu' });
    (await device.createState(specs, first)).dispose();
    return device;
  } catch {
    return undefined; // no driver here
  }
}
const device = await present();

describe.runIf(device !== undefined)('state in the memory of a GPU', () => {
  it('is what was put there, changes with a step and is seen by other programs', async () => {
    const state = await device!.createState(specs, first);
    expect(await state.read()).toEqual(first);
    const [stepping, looking] = [await device!.load(step, state), await device!.load(look, state)];
    expect(await looking.run({})).toEqual({ both: Float32Array.of(51) });
    expect(await stepping.run({ x: Float32Array.of(1, 10) })).toEqual({
      total: Float32Array.of(21),
      before: Float32Array.of(0.5),
    });
    expect(await stepping.run({ x: Float32Array.of(1, 1) })).toMatchObject({ before: Float32Array.of(1) });
    expect(await state.read()).toEqual({
      ...first,
      w: Float32Array.of(2.5, 21.5, 4.5, 41.5, 6.5, 61.5),
      bias: Float32Array.of(2),
      count: Int32Array.of(9, -6),
    });
    expect(await state.read(['bias'])).toEqual({ bias: Float32Array.of(2) });
    expect((await looking.run({}))['both']).toEqual(Float32Array.of(168));
    stepping.dispose();
    expect((await looking.run({}))['both']).toEqual(Float32Array.of(168)); // the step's outputs outlive its session
    looking.dispose();
    state.dispose();
  });

  it('is overwritten in part, and copied from what the caller keeps', async () => {
    const given = { ...first, w: first.w.slice() };
    const state = await device!.createState(specs, given);
    given.w.fill(0);
    await state.write({ bias: Float32Array.of(-1) });
    expect(await state.read()).toEqual({ ...first, bias: Float32Array.of(-1) });
    state.dispose();
  });

  it('refuses what does not fit, by name', async () => {
    const state = await device!.createState(specs, first);
    await expect(state.write({ w: Float32Array.of(1) })).rejects.toThrow(/state w must be 6 values in a Float32Array, got 1/);
    await expect(state.write({ v: Float32Array.of(1) })).rejects.toThrow(/no state is named v; known: w, bias, count, untouched/);
    await expect(state.read(['v'])).rejects.toThrow(/no state is named v/);
    await expect(device!.createState(specs, { w: first.w })).rejects.toThrow(/state bias has no first value/);
    state.dispose();
    await expect(state.read()).rejects.toThrow(/after it was disposed/);
  });
});
