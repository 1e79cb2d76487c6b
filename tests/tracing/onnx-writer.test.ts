import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { writeOnnx } from '../../src/tracing/onnx-writer.ts';
import { float32, sizeOf, type Program } from '../../src/tracing/program.ts';
import { trace } from '../../src/tracing/trace.ts';
import { firstDifference } from '../laws/kernels/law.ts';
import { runEagerly } from './run-eagerly.ts';

/** z [2, 5] → x [2, 8 · 8 · 1] by a dense layer and two transposed convolutions. */
const decoder: Program = {
  name: 'decoder',
  state: { w: float32(5, 2 * 2 * 6), f1: float32(4, 4, 4, 6), b1: float32(4), f2: float32(4, 4, 1, 4), unused: float32(3) },
  inputs: { z: float32(2, 5) },
  body: ({ w, f1, b1, f2 }, { z }) => {
    const seed = tf.reshape(tf.relu(tf.matMul(z as tf.Tensor2D, w as tf.Tensor2D)), [2, 2, 2, 6]);
    const grown = tf.relu(tf.add(tf.conv2dTranspose(seed as tf.Tensor4D, f1 as tf.Tensor4D, [2, 4, 4, 4], 2, 'same'), b1!));
    const picture = tf.conv2dTranspose(grown as tf.Tensor4D, f2 as tf.Tensor4D, [2, 8, 8, 1], 2, 'same');
    return { outputs: { x: tf.reshape(tf.sigmoid(picture), [2, 64]) } };
  },
};

describe('a written model', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it.each(['onnx', 'patches'] as const)(
    'with its weights inside runs in a plain session to the same picture (%s)',
    async (convolutions) => {
      const rng = Rng.fromSeed(4);
      const draw = (name: string, shape: readonly number[]): Float32Array =>
        rng.stream(name).fillNormal(new Float32Array(sizeOf(shape)));
      const weights = Object.fromEntries(Object.entries(decoder.state).map(([name, { shape }]) => [name, draw(name, shape)]));
      const model = writeOnnx(trace(decoder, { convolutions }), { weights });
      const session = await InferenceSession.create(model.bytes);
      expect(session.inputNames).toEqual(['z']);
      expect(session.outputNames).toEqual(['x']);
      const z = draw('z', [2, 5]);
      const { x } = await session.run({ z: new Tensor('float32', z, [2, 5]) });
      expect(x!.dims).toEqual([2, 64]);
      expect(firstDifference(x!.data as Float32Array, runEagerly(decoder, weights, { z }).outputs['x']!)).toBeUndefined();
      await session.release();
    },
  );

  it('is the same bytes for the same program', () => {
    expect(writeOnnx(trace(decoder)).bytes).toEqual(writeOnnx(trace(decoder)).bytes);
  });
});
