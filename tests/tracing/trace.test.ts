import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KarstError } from '../../src/base/errors.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { liveNodes } from '../../src/tracing/onnx-writer.ts';
import { float32, int32, type Program } from '../../src/tracing/program.ts';
import { trace } from '../../src/tracing/trace.ts';
import { denseVaeStep } from './dense-vae.ts';

const simple = (body: Program['body'], inputs: Program['inputs'] = { x: float32(2, 3) }): Program => ({
  name: 'test.program',
  state: {},
  inputs,
  body,
});

async function runOnce(
  program: Program,
  inputs: Record<string, Float32Array>,
): Promise<Readonly<Record<string, ArrayLike<number>>>> {
  const device = await openOnnxDevice({ threads: 1 });
  const executable = await device.load(program, await device.createState({}, {}));
  const outputs = await executable.run(inputs);
  await device.dispose();
  return outputs;
}

describe('tracing', () => {
  let tensors = 0;
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('names the kernel and the program where a kernel is not mapped', () => {
    const program = simple((_, { x }) => ({ outputs: { y: tf.diag(x!) } }));
    expect(() => trace(program)).toThrow(/test\.program uses the TensorFlow\.js kernel Diag/);
  });

  it('refuses to read a value back, naming the program', () => {
    const program = simple((_, { x }) => {
      const first = x!.dataSync()[0] as number;
      return { outputs: { y: tf.mul(x!, first) } };
    });
    expect(() => trace(program)).toThrow(/test\.program reads a value back/);
  });

  it('passes on an error of the program with its name, and goes back to the backend before', () => {
    const program = simple((_, { x }) => ({ outputs: { y: tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D) } }));
    expect(() => trace(program)).toThrow(KarstError);
    expect(() => trace(program)).toThrow(/test\.program/);
  });

  it('leaks no tensors, neither of tfjs nor of the tracing backend', () => {
    const program = denseVaeStep({ pixels: 12, hidden: 8, latent: 2, batch: 4 });
    trace(program);
    const before = tf.memory().numDataBuffers;
    for (let i = 0; i < 3; i++) trace(program);
    expect(tf.memory().numDataBuffers).toBe(before);
  });

  it('takes one value under several shapes', async () => {
    const program = simple((_, { x }) => {
      const flat = tf.reshape(x!, [6]);
      const tall = tf.reshape(flat, [3, 2]);
      return { outputs: { flat: tf.mul(flat, 2), product: tf.matMul(x as tf.Tensor2D, tall), tall } };
    });
    const outputs = await runOnce(program, { x: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(outputs).toEqual({
      flat: Float32Array.of(2, 4, 6, 8, 10, 12),
      product: Float32Array.of(22, 28, 49, 64),
      tall: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  it('takes captured tensors, constants and inputs as outputs, twice over', async () => {
    const captured = tf.tensor1d([1, 2, 3]);
    const program = simple((_, { x }) => ({
      outputs: { same: x!, again: x!, constant: tf.tensor1d([7, 8]), shifted: tf.add(x!, captured), zeros: tf.zeros([300]) },
    }));
    const outputs = await runOnce(program, { x: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(outputs['again']).toEqual(outputs['same']);
    expect(outputs['constant']).toEqual(Float32Array.of(7, 8));
    expect(outputs['shifted']).toEqual(Float32Array.of(2, 4, 6, 5, 7, 9));
    expect(outputs['zeros']).toEqual(new Float32Array(300));
    expect(captured.arraySync()).toEqual([1, 2, 3]); // the captured tensor is still its owner's
    captured.dispose();
  });

  it('records equal computations once and leaves out what nothing needs', () => {
    const graph = trace(
      simple((_, { x }) => {
        tf.exp(tf.add(x!, 5)); // nobody asks for it
        return { outputs: { y: tf.add(tf.sigmoid(tf.mul(x!, 2)), tf.sigmoid(tf.mul(x!, 2))) } };
      }),
    );
    expect(liveNodes(graph).map((node) => node.op)).toEqual(['Mul', 'Sigmoid', 'Add']);
  });

  it('checks what a program answers against what it declares', () => {
    const state = { w: float32(3) };
    const wrong: Program = { ...simple(() => ({ state: { w: tf.zeros([4]) }, outputs: {} })), state };
    expect(() => trace(wrong)).toThrow(/declares state w as float32 \[3\] and answers float32 \[4\]/);
    const unknown: Program = { ...simple(() => ({ state: { v: tf.zeros([4]) }, outputs: {} })), state };
    expect(() => trace(unknown)).toThrow(/changes state v, which it does not declare; declared: w/);
  });

  it('checks what an executable is given', async () => {
    const device = await openOnnxDevice({ threads: 1 });
    const program = simple((_, { x, ids }) => ({ outputs: { y: tf.gather(x!, ids as tf.Tensor1D) } }), {
      x: float32(2, 3),
      ids: int32(1),
    });
    const executable = await device.load(program, await device.createState({}, {}));
    const x = new Float32Array(6);
    await expect(executable.run({ x })).rejects.toThrow(/needs input ids: 1 values in a Int32Array/);
    await expect(executable.run({ x, ids: new Float32Array(1) })).rejects.toThrow(
      /input ids .* must be 1 values in a Int32Array .* got 1 in a Float32Array/,
    );
    await expect(executable.run({ x: new Float32Array(5), ids: new Int32Array(1) })).rejects.toThrow(
      /input x .* must be 6 values/,
    );
    await expect(executable.run({ x, ids: new Int32Array(1), z: x })).rejects.toThrow(/has no input z; known: x, ids/);
    expect((await executable.run({ x: x.map((_, i) => i), ids: Int32Array.of(1) }))['y']).toEqual(Float32Array.of(3, 4, 5));
    await device.dispose();
    await expect(executable.run({ x, ids: new Int32Array(1) })).rejects.toThrow(/after it was disposed/);
  });
});
