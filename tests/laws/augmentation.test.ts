// What augmentations must hold to: a draw that says "nothing" changes no bit, known draws give pictures known in closed form, slopes are those
// of difference quotients, and the compiled device gives what tfjs gives.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { sampleSize, type SampleShape } from '../../src/datasets/dataset.ts';
import { generatedDatasets } from '../../src/datasets/generated.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { adaptiveAugment } from '../../src/regularisers/adaptive-augmentation.ts';
import { augment } from '../../src/regularisers/augmentation.ts';
import { diffAugment } from '../../src/regularisers/differentiable-augmentation.ts';
import { warpPictures } from '../../src/regularisers/picture-warp.ts';
import type { Device } from '../../src/tracing/device.ts';
import { noiseInputs, openNoise, type Noise } from '../../src/tracing/noise.ts';
import { float32, sizeOf, type Arrays, type Program, type Tensors } from '../../src/tracing/program.ts';
import { runEagerly } from '../tracing/run-eagerly.ts';
import { firstDifference } from './kernels/law.ts';
import { scalar, slopeError } from './finite-differences.ts';

const BATCH = 5;
const picture: SampleShape = { kind: 'picture', height: 7, width: 6, channels: 3 };
const square: SampleShape = { kind: 'picture', height: 6, width: 6, channels: 1 };
const vector: SampleShape = { kind: 'vector', size: 4 };

/** Rows in [0, 1]. */
const rowsOf = (sample: SampleShape, batch = BATCH): tf.Tensor2D =>
  tf.tensor2d(Rng.fromSeed(3).fillUniform(new Float32Array(batch * sampleSize(sample))), [batch, sampleSize(sample)]);

const drawn = (noise: Noise, seed = 1): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(openNoise(noise)(Rng.fromSeed(seed))).map(([name, values]) => [
      name,
      tf.tensor(values.slice(), [...noise[name]!.shape]),
    ]),
  );

/** Every draw of one value; `of` says which differ. */
const constant = (noise: Noise, value: number, of: Readonly<Record<string, readonly number[]>> = {}): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(noise).map(([name, { shape }]) => {
      const row = Object.entries(of).find(([end]) => name.endsWith(end))?.[1];
      const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => row?.[i % row.length] ?? value);
      return [name, tf.tensor(values, [...shape])];
    }),
  );

const largest = (a: tf.Tensor, b: tf.Tensor): number => scalar(tf.max(tf.abs(tf.sub(a, b))));
const pixel = (x: tf.Tensor, sample: SampleShape, row: number, y: number, across: number, channel = 0): number => {
  if (sample.kind === 'vector') throw new Error('not a picture');
  const at = ((row * sample.height + y) * sample.width + across) * sample.channels + channel;
  return x.dataSync()[at]!;
};

const everything = { flipHorizontal: true, flipVertical: true, shift: 0.3, crop: 0.4, colour: 0.8, noise: 0.05 };
const settings: readonly (readonly [name: string, sample: SampleShape, given: Record<string, unknown>])[] = [
  ['mirrored across', picture, { flipHorizontal: true }],
  ['mirrored down', picture, { flipVertical: true }],
  ['shifted', picture, { shift: 0.4 }],
  ['cropped', picture, { crop: 0.5 }],
  ['turned', picture, { rotate: 180 }],
  ['recoloured', picture, { colour: 1 }],
  ['jittered', picture, { noise: 0.1 }],
  ['everything but a turn', square, everything],
  ['everything', picture, { ...everything, rotate: 30 }],
  ['a jittered vector', vector, { noise: 0.2, flipHorizontal: true, rotate: 90 }],
];

beforeAll(() => tf.setBackend('cpu'));

describe('data augmentation', () => {
  it('is off unless asked for, and then leaves rows as they are', () => {
    const off = augment.make();
    const x = rowsOf(picture);
    expect(off.isOn).toBe(false);
    expect(off.noise(BATCH, picture)).toEqual({});
    expect(off.apply(x, picture, {})).toBe(x);
  });

  it.each(settings)('%s: draws that mean nothing change no bit', (_, sample, given) => {
    const made = augment.make(given);
    const x = rowsOf(sample);
    const still = constant(made.noise(BATCH, sample), 0.5, { 'augment.crop': [0, 0.5, 0.5], 'augment.noise': [0] });
    expect(made.isOn).toBe(true);
    expect(made.apply(x, sample, still).dataSync()).toEqual(x.dataSync());
    const moved = made.apply(x, sample, drawn(made.noise(BATCH, sample)));
    expect(moved.shape).toEqual(x.shape);
    expect(largest(moved, x)).toBeGreaterThan(0.01);
  });

  it('shifts by half a pixel to the average of two, and repeats the border', () => {
    const made = augment.make({ shift: 0.5 });
    const x = rowsOf(square);
    // A sixth of ±3 pixels from the middle: half a pixel across, none down.
    const moved = made.apply(x, square, constant(made.noise(BATCH, square), 0, { 'augment.shift': [0.5, 0.5 + 1 / 12] }));
    for (let across = 0; across < 6; across++) {
      const mean = (pixel(x, square, 2, 4, across) + pixel(x, square, 2, 4, Math.min(5, across + 1))) / 2;
      expect(pixel(moved, square, 2, 4, across)).toBeCloseTo(mean, 6);
    }
  });

  it('mirrors exactly, each row by a draw of its own', () => {
    const made = augment.make({ flipHorizontal: true, flipVertical: true });
    const draws = { 'augment.flip': tf.tensor2d([0, 0, 0, 1, 1, 0, 1, 1, 0.49, 0.5], [BATCH, 2]) };
    const moved = made.apply(rowsOf(picture), picture, draws);
    const whole = tf.reshape(rowsOf(picture), [BATCH, 7, 6, 3]);
    const turns = [[1, 2], [1], [2], [], [1]];
    turns.forEach((axes, row) => {
      const one = tf.slice(whole, [row, 0, 0, 0], [1, 7, 6, 3]);
      const expected = axes.length > 0 ? tf.reverse(one, axes) : one;
      expect(tf.slice(moved, [row, 0], [1, -1]).dataSync()).toEqual(expected.dataSync());
    });
  });

  it('turns by quarter turns exactly, clockwise', () => {
    const made = augment.make({ rotate: 180 });
    const x = rowsOf(square);
    const moved = made.apply(x, square, { 'augment.rotate': tf.tensor2d([0.75, 1, 0.25, 0, 0.5], [BATCH, 1]) }); // 90, 180, -90, -180, 0 degrees
    const source: readonly ((y: number, across: number) => [number, number])[] = [
      (y, across) => [5 - across, y],
      (y, across) => [5 - y, 5 - across],
      (y, across) => [across, 5 - y],
      (y, across) => [5 - y, 5 - across],
      (y, across) => [y, across],
    ];
    source.forEach((from, row) => {
      for (let y = 0; y < 6; y++)
        for (let across = 0; across < 6; across++)
          expect(Math.abs(pixel(moved, square, row, y, across) - pixel(x, square, row, ...from(y, across)))).toBeLessThan(2e-6);
    });
  });

  it('reads a sloping picture where crop, mirror, shift and turn say', () => {
    const [side, tilt] = [9, Math.PI / 7];
    const plane = (y: number, across: number): number => 0.03 * y + 0.05 * across + 0.2;
    const x = tf.tensor4d(
      Float32Array.from({ length: side * side }, (_, i) => plane(Math.floor(i / side) - 4, (i % side) - 4)),
      [1, side, side, 1],
    );
    const axes = {
      y: { scale: tf.tensor1d([0.7]), offset: tf.tensor1d([0.4]) },
      x: { scale: tf.tensor1d([-0.6]), offset: tf.tensor1d([-0.9]) },
    };
    const [still, tilted] = [warpPictures(x, axes, 'edge'), warpPictures(x, { ...axes, angle: tf.tensor1d([tilt]) }, 'edge')];
    let inside = 0;
    for (let y = -4; y <= 4; y++) {
      for (let across = -4; across <= 4; across++) {
        const at = (y + 4) * side + across + 4;
        expect(still.dataSync()[at]).toBeCloseTo(plane(0.7 * y + 0.4, -0.6 * across - 0.9), 6);
        const fromY = 0.7 * (Math.cos(tilt) * y - Math.sin(tilt) * across) + 0.4;
        const fromX = -0.6 * (Math.sin(tilt) * y + Math.cos(tilt) * across) - 0.9;
        if (Math.max(Math.abs(fromY), Math.abs(fromX)) > 4) continue;
        inside++;
        expect(tilted.dataSync()[at]).toBeCloseTo(plane(fromY, fromX), 6);
      }
    }
    expect(inside).toBeGreaterThan(70);
  });

  it('takes two products where nothing is turned, and gets what looking up four pixels gets', () => {
    const rng = Rng.fromSeed(5);
    const draw = (low: number, high: number): tf.Tensor1D =>
      tf.tensor1d(Array.from({ length: BATCH }, () => low + (high - low) * rng.uniform()));
    const axes = { y: { scale: draw(-1, 1), offset: draw(-4, 4) }, x: { scale: draw(0.3, 1), offset: draw(-4, 4) } };
    const x: tf.Tensor4D = tf.reshape(rowsOf(picture), [BATCH, 7, 6, 3]);
    const looked = warpPictures(x, { ...axes, angle: tf.zeros([BATCH]) }, 'edge');
    expect(largest(warpPictures(x, axes, 'edge'), looked)).toBeLessThan(2e-6);
  });

  it('crops a window of the size drawn, at the place drawn', () => {
    const made = augment.make({ crop: 0.5 });
    const sample: SampleShape = { kind: 'picture', height: 8, width: 8, channels: 1 };
    const ramp = tf.tensor2d(
      Array.from({ length: 64 }, (_, i) => (i % 8) / 8),
      [1, 64],
    );
    // Three quarters of the side, to the very right: from 2 to 8, pixel middles at 2.375, 3.125, …
    const moved = made.apply(ramp, sample, { 'augment.crop': tf.tensor2d([[0.5, 0.5, 1]]) });
    for (let across = 0; across < 7; across++)
      expect(pixel(moved, sample, 0, 3, across)).toBeCloseTo((1.875 + 0.75 * across) / 8, 6);
    expect(pixel(moved, sample, 0, 3, 7)).toBeCloseTo(7 / 8, 6); // the window's last pixel reaches past the last middle
  });

  it('recolours by the equations and stays within 0 and 1', () => {
    const made = augment.make({ colour: 1 });
    const x = rowsOf(picture);
    const moved = made.apply(x, picture, constant(made.noise(BATCH, picture), 0, { 'augment.colour': [0.6, 0.25, 0.9] }));
    const lit = Array.from(tf.slice(x, [1, 0], [1, -1]).dataSync(), (v) => v + 0.05);
    const saturated = lit.map((v, i) => {
      const start = i - (i % 3);
      const grey = (lit[start]! + lit[start + 1]! + lit[start + 2]!) / 3;
      return grey + 0.5 * (v - grey);
    });
    const mean = saturated.reduce((sum, v) => sum + v, 0) / saturated.length;
    const got = tf.slice(moved, [1, 0], [1, -1]).dataSync();
    saturated.forEach((v, i) => expect(got[i]).toBeCloseTo(Math.min(1, Math.max(0, mean + 1.4 * (v - mean))), 5));
    const wild = made.apply(x, picture, constant(made.noise(BATCH, picture), 0.999));
    expect([scalar(tf.min(wild)), scalar(tf.max(wild))]).toEqual([0, 1]);
  });

  it('jitters by the deviation asked for; vectors by nothing else', () => {
    const made = augment.make({ noise: 0.2, flipHorizontal: true });
    const x = rowsOf(vector, 4000);
    const noise = made.noise(4000, vector);
    expect(Object.keys(noise)).toEqual(['augment.noise']);
    const added = tf.sub(made.apply(x, vector, drawn(noise)), x);
    expect(scalar(tf.sqrt(tf.mean(tf.square(added))))).toBeCloseTo(0.2, 2);
    expect(Math.abs(scalar(tf.mean(added)))).toBeLessThan(0.01);
  });

  it('has a parameter for everything that datasets declare to suit them', () => {
    for (const { id, make } of generatedDatasets) {
      const { augmentations = [], sample } = make({ rows: 3 });
      expect(augmentations.length, id).toBeGreaterThan(0);
      for (const name of augmentations) expect(Object.keys(augment.params)).toContain(name);
      if (sample.kind === 'vector') expect(augmentations).toEqual(['noise']);
    }
  });
});

const paper = { translation: 0.125, colour: 1, cutout: 0.5 };
const wide: SampleShape = { kind: 'picture', height: 8, width: 16, channels: 3 };

describe('differentiable augmentation', () => {
  it('is off unless asked for', () => {
    const off = diffAugment.make();
    expect(off.isOn).toBe(false);
    expect(off.noise(BATCH, wide, 'real')).toEqual({});
    expect(off.noise(BATCH, vector, 'real')).toEqual({});
    const x = rowsOf(wide);
    expect(off.apply(x, wide, {}, 'real').dataSync()).toEqual(x.dataSync());
  });

  it('moves by whole pixels up to the share, all as likely, and uncovers grey', () => {
    const made = diffAugment.make({ translation: 0.125 });
    const x: tf.Tensor2D = tf.add(rowsOf(wide), 1); // never zero
    const moved = made.apply(x, wide, constant(made.noise(BATCH, wide, 'real'), 0, { translation: [0, 0.99, 0.5] }), 'real');
    for (let y = 0; y < 8; y++) expect(pixel(moved, wide, 3, y, 5)).toBeCloseTo(y === 7 ? 0 : pixel(x, wide, 3, y + 1, 5), 6);
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 100; i++) {
      const draws = constant(made.noise(1, wide, 'real'), 0, { translation: [0, 0.5, (i + 0.5) / 100] });
      const one = made.apply(tf.slice(x, [0, 0], [1, -1]), wide, draws, 'real');
      const to = [-2, -1, 0, 1, 2].findIndex((by) => Math.abs(pixel(one, wide, 0, 2, 8) - pixel(x, wide, 0, 2, 8 + by)) < 1e-6);
      counts[to]!++;
    }
    expect(counts).toEqual([20, 20, 20, 20, 20]);
  });

  it('cuts a hole of the share of each side, wherever its middle lies', () => {
    const made = diffAugment.make({ cutout: 0.5 });
    const x: tf.Tensor2D = tf.ones([BATCH, 8 * 16 * 3]);
    const holes = (down: number, across: number): number => {
      const draws = constant(made.noise(BATCH, wide, 'real'), 0, { cutout: [0, down, across] });
      return tf.util.sizeFromShape([8, 16]) - scalar(tf.sum(tf.slice(made.apply(x, wide, draws, 'real'), [2, 0], [1, -1]))) / 3;
    };
    expect(holes(0.5, 0.5)).toBe(4 * 8);
    expect(holes(0, 0.5)).toBe(2 * 8); // its middle on the upper border
    expect(holes(0.999, 0.999)).toBe(2 * 4);
  });

  it('recolours as the paper: brightness ±0.5 where pictures go from -1 to 1', () => {
    const made = diffAugment.make({ colour: 1 });
    const flat: tf.Tensor2D = tf.fill([BATCH, 8 * 16 * 3], 0.1);
    const at = (u: number): number =>
      pixel(made.apply(flat, wide, constant(made.noise(BATCH, wide, 'fake'), u), 'fake'), wide, 0, 3, 3);
    expect([at(0), at(0.5), at(0.75)].map((v) => Math.round(1e5 * v) / 1e5)).toEqual([-0.4, 0.1, 0.35]);
  });

  it('changes each row by its own chance: none at strength 0, all at 1, bit for bit the others', () => {
    const made = diffAugment.make(paper);
    const many = 400;
    const x: tf.Tensor2D = tf.sub(tf.mul(2, rowsOf(wide, many)), 1);
    const noise = drawn(made.noise(many, wide, 'real'));
    const share = (p: number): number => {
      const moved = made.apply(x, wide, noise, 'real', tf.scalar(p));
      return scalar(tf.mean(tf.cast(tf.any(tf.notEqual(moved, x), 1), 'float32')));
    };
    expect(share(0)).toBe(0);
    expect(share(1)).toBe(1);
    expect(share(0.3)).toBeCloseTo(1 - 0.7 ** 3, 1);
    expect(made.apply(x, wide, noise, 'real', tf.scalar(1)).dataSync()).toEqual(made.apply(x, wide, noise, 'real').dataSync());
    const jittered = diffAugment.make({ jitter: 0.1 });
    const rows = rowsOf(vector);
    const apart = drawn(jittered.noise(BATCH, vector, 'real'));
    expect(jittered.apply(rows, vector, apart, 'real', tf.scalar(0)).dataSync()).toEqual(rows.dataSync());
    expect(largest(jittered.apply(rows, vector, apart, 'real'), rows)).toBeGreaterThan(0.05);
  });

  it('draws for each role under names of its own', () => {
    const made = diffAugment.make(paper);
    const names = ['real', 'fake'].flatMap((role) => Object.keys(made.noise(BATCH, wide, role)));
    expect(new Set(names).size).toBe(6);
    expect(names.every((name) => /^(real|fake)\.diffAugment\./.test(name))).toBe(true);
  });
});

describe('adaptive augmentation', () => {
  it('moves p by the sign of r_t - target, from nothing to full over the horizon, within 0 and 1', () => {
    const made = adaptiveAugment.make({ target: 0.6, horizon: 50_000 });
    const after = (p: number, rt: number, batch: number): number => scalar(made.update(tf.scalar(p), tf.scalar(rt), batch));
    expect([adaptiveAugment.make().isOn, made.isOn, made.target]).toEqual([false, true, 0.6]);
    expect(after(0.2, 0.9, 500)).toBeCloseTo(0.21, 6);
    expect(after(0.2, 0.1, 500)).toBeCloseTo(0.19, 6);
    expect(after(0, -1, 500)).toBe(0);
    expect(after(1, 1, 500)).toBe(1);
    let p = tf.scalar(0);
    for (let i = 0; i < 50; i++) p = made.update(p, tf.scalar(0.7), 500);
    expect(scalar(p)).toBeCloseTo(0.5, 5);
  });
});

describe('on a device', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openOnnxDevice({ threads: 1 });
  });
  afterAll(() => device.dispose());

  interface Case {
    readonly name: string;
    readonly sample: SampleShape;
    readonly noise: Noise;
    readonly apply: (x: tf.Tensor2D, noise: Tensors) => tf.Tensor2D;
  }
  const strengthened = diffAugment.make({ ...paper, jitter: 0.1 });
  const cases: readonly Case[] = [
    ...settings.map(([name, sample, given]): Case => {
      const made = augment.make(given);
      return { name, sample, noise: made.noise(BATCH, sample), apply: (x, noise) => made.apply(x, sample, noise) };
    }),
    ...[wide, vector].flatMap((sample) =>
      [undefined, 0.6].map((p): Case => ({
        name: `differentiable, ${sample.kind}, strength ${p ?? 'unsaid'}`,
        sample,
        noise: strengthened.noise(BATCH, sample, 'fake'),
        apply: (x, noise) => strengthened.apply(x, sample, noise, 'fake', p === undefined ? undefined : tf.scalar(p)),
      })),
    ),
  ];

  it.each(cases)('$name: slopes are those of difference quotients', ({ sample, noise, apply }) => {
    const draws = drawn(noise);
    const x = tf.add(0.25, tf.mul(0.5, rowsOf(sample)));
    const weights = tf.tensor(Rng.fromSeed(8).fillNormal(new Float32Array(x.size)), x.shape);
    // Steps within one colour clip: rows lie well inside 0 and 1.
    expect(slopeError((rows) => tf.sum(tf.mul(apply(rows as tf.Tensor2D, draws), weights)), [x], 3, 0.02)).toBeLessThan(0.02);
  });

  it.each(cases)(
    '$name: compiled, it gives what tfjs gives, slope of a slope included',
    async ({ name, sample, noise, apply }) => {
      const shape = [BATCH, sampleSize(sample)];
      const program: Program = {
        name,
        state: {},
        inputs: { x: float32(...shape), w: float32(...shape), ...noiseInputs(noise) },
        body: (_, inputs) => {
          const critic = (rows: tf.Tensor): tf.Scalar =>
            tf.sum(tf.tanh(tf.sum(tf.mul(apply(rows as tf.Tensor2D, inputs), inputs['w']!), 1)));
          const slope = (rows: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.grad(critic)(rows)));
          const x = inputs['x']!;
          return { outputs: { rows: apply(x as tf.Tensor2D, inputs), slope: tf.grad(critic)(x), bend: tf.grad(slope)(x) } };
        },
      };
      const rng = Rng.fromSeed(4);
      const inputs: Arrays = {
        x: rng.fillUniform(new Float32Array(sizeOf(shape))),
        w: rng.fillNormal(new Float32Array(sizeOf(shape))).map((v) => v / Math.sqrt(shape[1]!)),
        ...openNoise(noise)(rng),
      };
      const executable = await device.load(program, await device.createState({}, {}));
      const compiled = await executable.run(inputs);
      executable.dispose();
      const eager = runEagerly(program, {}, inputs).outputs;
      for (const output of ['rows', 'slope', 'bend'])
        expect(firstDifference(compiled[output]!, eager[output]!, 1e-5, 1), output).toBeUndefined();
    },
  );
});
