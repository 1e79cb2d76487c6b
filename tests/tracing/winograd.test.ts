// Convolutions by Winograd's method: how much they multiply, where they are chosen, and what rounding makes of many channels. That they
// are convolutions at all, with their gradients, is the law of kernels.
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Graph } from '../../src/tracing/graph.ts';
import { liveNodes } from '../../src/tracing/onnx-writer.ts';
import type { Convolutions } from '../../src/tracing/operators.ts';
import { float32, sizeOf, type Program } from '../../src/tracing/program.ts';
import { trace } from '../../src/tracing/trace.ts';

interface Layer {
  readonly side: number;
  readonly channels: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
}

/** A layer with both of its gradients, as a step of training needs them. */
const learning = ({ side, channels, out, kernel, stride }: Layer): Program => ({
  name: 'layer',
  state: {},
  inputs: { x: float32(64, side, side, channels), filter: float32(kernel, kernel, channels, out) },
  body: (_, { x, filter }) => {
    const loss = (picture: tf.Tensor, weights: tf.Tensor): tf.Scalar =>
      tf.sum(tf.square(tf.conv2d(picture as tf.Tensor4D, weights as tf.Tensor4D, stride, 'same')));
    const [dx, dFilter] = tf.grads(loss)([x!, filter!]) as [tf.Tensor, tf.Tensor];
    return { outputs: { dx, dFilter } };
  },
});

/** Multiplications in products of matrices. */
const multiplications = (graph: Graph): number =>
  liveNodes(graph)
    .filter((node) => ['Gemm', 'MatMul', 'FusedMatMul'].includes(node.op))
    .reduce((sum, node) => {
      const transposed = (name: string): boolean => JSON.stringify(node.attributes[name]) === '{"int":1}';
      const inner = node.inputs[0]!.shape.at(transposed('transA') ? -2 : -1)!;
      return sum + inner * sizeOf(node.outputs[0]!.shape);
    }, 0);

const written = (layer: Layer, convolutions: Convolutions): Graph => trace(learning(layer), { convolutions });

describe("Winograd's method", () => {
  it.each<[Layer, number]>([
    [{ side: 14, channels: 64, out: 128, kernel: 4, stride: 2 }, 0.75], // a DCGAN's inner layer: 7 × 7 do not fill tiles of 4 × 4
    [{ side: 16, channels: 32, out: 64, kernel: 4, stride: 2 }, 0.75],
    [{ side: 8, channels: 128, out: 128, kernel: 3, stride: 1 }, 0.5],
  ])('multiplies less in %j', (layer, share) => {
    const [fast, plain] = [written(layer, 'cheapest'), written(layer, 'patches')].map(multiplications) as [number, number];
    expect(fast / plain).toBeLessThan(share);
  });

  it.each<Layer>([
    { side: 28, channels: 1, out: 64, kernel: 4, stride: 2 }, // too few channels
    { side: 8, channels: 64, out: 64, kernel: 5, stride: 1 }, // of five taps
    { side: 8, channels: 64, out: 64, kernel: 3, stride: 2 }, // of one stride and a half
  ])('is left alone in %j', (layer) => {
    expect(multiplications(written(layer, 'cheapest'))).toBe(multiplications(written(layer, 'patches')));
  });

  it.each([
    [3, 1],
    [4, 2],
    [6, 3],
  ])('keeps five digits over many channels, with filters of %i at stride %i', async (kernel, stride) => {
    const [side, channels, out] = [13, 96, 5];
    const rng = Rng.fromSeed(8);
    const x = rng.fillNormal(new Float32Array(side * side * channels));
    const filter = rng.fillNormal(new Float32Array(kernel * kernel * channels * out));
    const program: Program = {
      name: 'rounding',
      state: {},
      inputs: { x: float32(1, side, side, channels), filter: float32(kernel, kernel, channels, out) },
      body: (_, t) => ({ outputs: { y: tf.conv2d(t['x'] as tf.Tensor4D, t['filter'] as tf.Tensor4D, stride, 'valid') } }),
    };
    const device = await openOnnxDevice({ threads: 1, convolutions: 'winograd' });
    const executable = await device.load(program, await device.createState({}, {}));
    const y = (await executable.run({ x, filter }))['y'] as Float32Array;
    await device.dispose();
    const places = Math.floor((side - kernel) / stride) + 1;
    let [most, worst] = [0, 0];
    for (let place = 0; place < places * places; place++)
      for (let o = 0; o < out; o++) {
        const [top, left] = [Math.floor(place / places) * stride, (place % places) * stride];
        let sum = 0; // in double precision
        for (let i = 0; i < kernel; i++)
          for (let j = 0; j < kernel; j++)
            for (let c = 0; c < channels; c++)
              sum += x[((top + i) * side + left + j) * channels + c]! * filter[((i * kernel + j) * channels + c) * out + o]!;
        most = Math.max(most, Math.abs(sum));
        worst = Math.max(worst, Math.abs(sum - y[place * out + o]!));
      }
    expect(worst / most).toBeLessThan(2e-5);
  });
});
