// The ways round what ONNX Runtime is slow at, against sums and broadcasts written out in double precision.
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { liveNodes } from '../../src/tracing/onnx-writer.ts';
import { float32, sizeOf, type Program } from '../../src/tracing/program.ts';
import { trace } from '../../src/tracing/trace.ts';

async function valuesOf(program: Program, inputs: Record<string, Float32Array>): Promise<Float32Array> {
  const device = await openOnnxDevice({ threads: 2 });
  const executable = await device.load(program, await device.createState({}, {}));
  const { y } = await executable.run(inputs);
  await device.dispose();
  return y as Float32Array;
}

const normals = (name: string, shape: readonly number[]): Float32Array =>
  Rng.fromSeed(5)
    .stream(name)
    .fillNormal(new Float32Array(sizeOf(shape)));

describe('sums down long columns', () => {
  const sum = (shape: readonly number[], axes: number[], keepDims: boolean): Program => ({
    name: 'sum',
    state: {},
    inputs: { x: float32(...shape) },
    body: (_, { x }) => ({ outputs: { y: tf.sum(x as tf.Tensor, axes, keepDims) } }),
  });

  it.each([
    { shape: [2048, 3], axes: [0], stages: 2 },
    { shape: [64, 5, 7, 6], axes: [0, 1, 2], stages: 2 },
    { shape: [3, 701, 4], axes: [0, 1], stages: 2 }, // three parts of a prime
    { shape: [2003, 4], axes: [0], stages: 1 }, // a prime
    { shape: [1023, 4], axes: [0], stages: 1 }, // not long
    { shape: [2048, 3], axes: [1], stages: 1 }, // along rows
    { shape: [64, 64, 3], axes: [0, 2], stages: 1 }, // down and along
    { shape: [4096, 1], axes: [0], stages: 1 }, // nothing beside the column
    { shape: [5, 30, 30, 1], axes: [0, 1, 2], stages: 1 }, // to one number
    { shape: [5, 30, 30], axes: [0, 1, 2], stages: 1 },
  ])('$shape over $axes takes $stages', async ({ shape, axes, stages }) => {
    const x = normals('x', shape);
    for (const keepDims of [false, true]) {
      const program = sum(shape, axes, keepDims);
      expect(liveNodes(trace(program)).filter((node) => node.op === 'ReduceSum')).toHaveLength(stages);
      const truth = new Map<string, number>();
      x.forEach((value, at) => {
        const place = shape.map((side, axis) => Math.floor(at / sizeOf(shape.slice(axis + 1))) % side);
        const key = place.filter((_, axis) => !axes.includes(axis)).join();
        truth.set(key, (truth.get(key) ?? 0) + value);
      });
      const y = await valuesOf(program, { x });
      expect(y).toHaveLength(truth.size);
      [...truth.values()].forEach((value, i) => expect(y[i]).toBeCloseTo(value, 3));
    }
  });
});

describe('broadcasts whose last sides are of length one', () => {
  const shape = [3, 40, 30, 1];
  const x = normals('x', shape);
  const operands: readonly (readonly number[])[] = [[], [1], [1, 1, 1], [30, 1], [40, 1, 1], [3, 1, 1, 1], [1, 40, 30, 1]];
  const at = (values: Float32Array, of: readonly number[], place: number): number => {
    let [index, stride] = [0, 1];
    for (let axis = 0; axis < of.length; axis++) {
      const side = of[of.length - 1 - axis] as number;
      const whole = shape.length - 1 - axis;
      const coordinate = Math.floor(place / sizeOf(shape.slice(whole + 1))) % (shape[whole] as number);
      index += (side === 1 ? 0 : coordinate) * stride;
      stride *= side;
    }
    return values[index] as number;
  };

  it.each(operands.map((of) => ({ of })))('with $of', async ({ of }) => {
    const other = normals('other', of);
    const program: Program = {
      name: 'broadcast',
      state: {},
      inputs: { x: float32(...shape), other: float32(...of) },
      body: (_, t) => {
        const [a, b] = [t['x'] as tf.Tensor, t['other'] as tf.Tensor];
        const chosen = tf.where(tf.greater(a, b), tf.sub(b, a), tf.mul(a, b)); // subtraction: the order of operands matters
        return { outputs: { y: tf.where(tf.less(tf.broadcastTo(b, shape), 0), chosen, tf.div(chosen, 2)) } };
      },
    };
    const y = await valuesOf(program, { x, other });
    for (let i = 0; i < y.length; i++) {
      const [a, b] = [x[i] as number, at(other, of, i)];
      const chosen = a > b ? b - a : a * b;
      expect(y[i]).toBeCloseTo(b < 0 ? chosen : chosen / 2, 5);
    }
    // None is left that would go element by element.
    const slow = liveNodes(trace(program)).filter(
      ({ op, inputs, outputs }) =>
        ['Sub', 'Mul', 'Div', 'Greater', 'Less', 'Where'].includes(op) &&
        outputs[0]?.shape.at(-1) === 1 &&
        inputs.some((input) => input?.shape.join() !== outputs[0]?.shape.join()),
    );
    expect(slow).toEqual([]);
  });
});
