// Pooling over windows. An average counts only what lies inside the picture, forward and backward (tfjs's own gradient divides by the
// whole window even at the edge); the gradient of a maximum goes to the first of equal values.
import * as tf from '@tensorflow/tfjs';
import type { Value } from '../graph.ts';
import { typed, type Operators } from '../operators.ts';
import { mapKernel, need } from './kernel.ts';
import { gatherPatches, placesOf, scatterPatches, tapsInside, tapsOf, windowOf, type Window } from './patches.ts';

interface PoolAttrs {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const windowFor = (x: Value, { filterSize, strides, pad, dimRoundingMode }: PoolAttrs): Window =>
  windowOf(
    tf.backend_util.computePool2DInfo(
      [...x.shape] as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    ),
  );

const outShape = (w: Window): number[] => [w.batch, w.outHeight, w.outWidth, w.channels];

/** [places, taps, channels] */
const patchesOf = (o: Operators, x: Value, w: Window, fill: number): Value =>
  o.reshape(gatherPatches(o, x, w, fill), [placesOf(w), tapsOf(w), w.channels]);

/** [1, outHeight, outWidth, 1] */
const shares = (o: Operators, w: Window): Value =>
  o.graph.constant(
    'float32',
    [1, w.outHeight, w.outWidth, 1],
    tapsInside(w).map((count) => 1 / count),
  );

function scatter(o: Operators, patches: Value, w: Window, x: Value): Value {
  return o.reshape(scatterPatches(o, patches, w), x.shape);
}

export function mapPooling(): void {
  mapKernel<PoolAttrs>('MaxPool', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const w = windowFor(x, attrs);
    return o.reshape(o.reduce('ReduceMax', patchesOf(o, x, w, -Infinity), [1]), outShape(w));
  });
  mapKernel<PoolAttrs>('MaxPoolGrad', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'input');
    const w = windowFor(x, attrs);
    const places = [placesOf(w), 1, w.channels];
    const first = o.graph.node('ArgMax', [patchesOf(o, x, w, -Infinity)], places, 'int64', { axis: { int: 1 } });
    const taps = o.graph.constant('int64', [1, tapsOf(w), 1], typed('int64', [...Array(tapsOf(w)).keys()]));
    const chosen = o.compare('Equal', first, taps);
    return scatter(o, o.where(chosen, o.reshape(need(inputs, 'dy'), places), o.scalar(0)), w, x);
  });
  mapKernel<PoolAttrs>('AvgPool', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const w = windowFor(x, attrs);
    const sums = o.reshape(o.reduce('ReduceSum', patchesOf(o, x, w, 0), [1]), outShape(w));
    return o.binary('Mul', sums, shares(o, w));
  });
  mapKernel<PoolAttrs>('AvgPoolGrad', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'input');
    const w = windowFor(x, attrs);
    const share = o.reshape(o.binary('Mul', need(inputs, 'dy'), shares(o, w)), [placesOf(w), 1, w.channels]);
    return scatter(o, o.expand(share, [placesOf(w), tapsOf(w), w.channels]), w, x);
  });
}
