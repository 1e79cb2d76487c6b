// Activations. Their gradients are built from element-wise kernels, by tfjs or by src/tracing/gradients.
import type { Value } from '../graph.ts';
import type { Operators } from '../operators.ts';
import { mapKernel, need } from './kernel.ts';

/** 1 where x > 0, `alpha` elsewhere; NaN stays NaN only through what it is multiplied with. */
function step(o: Operators, x: Value, alpha: number): Value {
  const positive = o.compare('Greater', x, o.scalar(0, x.type));
  if (alpha === 0) return o.cast(positive, x.type);
  return o.where(positive, o.scalar(1, x.type), o.scalar(alpha, x.type));
}

const prelu = (o: Operators, x: Value, alpha: Value): Value =>
  o.where(o.compare('Less', x, o.scalar(0, x.type)), o.binary('Mul', x, alpha), x);

const clip = (o: Operators, x: Value, low: number, high: number): Value =>
  o.graph.node('Clip', [x, o.scalar(low, x.type), o.scalar(high, x.type)], x.shape, x.type);

/** exp(x) - 1 without cancellation: 2 t / (1 - t) with t = tanh(x / 2) where x is small. */
export function expm1(o: Operators, x: Value): Value {
  const t = o.unary('Tanh', o.binary('Mul', x, o.scalar(0.5)));
  const small = o.binary('Div', o.binary('Add', t, t), o.binary('Sub', o.scalar(1), t));
  const isSmall = o.compare('Less', o.unary('Abs', x), o.scalar(0.5));
  return o.where(isSmall, small, o.binary('Sub', o.unary('Exp', x), o.scalar(1)));
}

/** exp(-|x|), as stable losses have it, lies in [0, 1]. */
const isDecay = (x: Value): boolean =>
  x.node?.op === 'Exp' && x.node.inputs[0]?.node?.op === 'Neg' && x.node.inputs[0].node.inputs[0]?.node?.op === 'Abs';

/**
 * log(1 + x) without cancellation: with u = fl(1 + x), log(u) + (x - (u - 1)) / u to first order where x is in [0, 1] and the divisor
 * does not matter; elsewhere log(u) · x / (u - 1), and x itself where u = 1 (Kahan).
 */
export function log1p(o: Operators, x: Value): Value {
  if (isDecay(x)) {
    const sum = o.binary('Add', x, o.scalar(1));
    const lost = o.binary('Sub', x, o.binary('Sub', sum, o.scalar(1)));
    return o.binary('Add', o.unary('Log', sum), lost);
  }
  const u = o.binary('Add', x, o.scalar(1));
  const log = o.unary('Log', u);
  const excess = o.binary('Sub', u, o.scalar(1));
  const near = o.where(o.compare('Equal', excess, o.scalar(0)), x, o.binary('Mul', log, o.binary('Div', x, excess)));
  return o.where(o.compare('Less', x, o.scalar(1)), near, log);
}

/** What tfjs's fused kernels may end with. */
export function activate(o: Operators, x: Value, name: string, preluWeights: Value | undefined, leakyReluAlpha: number): Value {
  switch (name) {
    case 'linear':
      return x;
    case 'relu':
      return o.unary('Relu', x);
    case 'elu':
      return o.unary('Elu', x);
    case 'sigmoid':
      return o.unary('Sigmoid', x);
    case 'relu6':
      return clip(o, x, 0, 6);
    case 'leakyrelu':
      return o.unary('LeakyRelu', x, { alpha: { float: leakyReluAlpha } });
    case 'prelu':
      if (preluWeights) return prelu(o, x, preluWeights);
  }
  throw new Error(`fused activation ${name} is not known; known: linear, relu, elu, sigmoid, relu6, leakyrelu, prelu`);
}

export function mapActivations(): void {
  mapKernel('Relu', ({ o, inputs }) => o.unary('Relu', need(inputs, 'x')));
  mapKernel('Relu6', ({ o, inputs }) => clip(o, need(inputs, 'x'), 0, 6));
  mapKernel('Elu', ({ o, inputs }) => {
    const x = need(inputs, 'x');
    return o.where(o.compare('Less', x, o.scalar(0)), expm1(o, x), x);
  });
  mapKernel('Selu', ({ o, inputs }) => {
    const x = need(inputs, 'x');
    const scale = 1.0507009873554805;
    const scaleAlpha = 1.7580993408473768;
    return o.where(
      o.compare('Less', x, o.scalar(0)),
      o.binary('Mul', expm1(o, x), o.scalar(scaleAlpha)),
      o.binary('Mul', x, o.scalar(scale)),
    );
  });
  mapKernel<{ alpha: number }>('LeakyRelu', ({ o, inputs, attrs }) =>
    o.unary('LeakyRelu', need(inputs, 'x'), { alpha: { float: attrs.alpha } }),
  );
  mapKernel('Prelu', ({ o, inputs }) => prelu(o, need(inputs, 'x'), need(inputs, 'alpha')));
  mapKernel('Sigmoid', ({ o, inputs }) => o.unary('Sigmoid', need(inputs, 'x')));
  mapKernel('Softplus', ({ o, inputs }) => {
    // max(x, 0) + log(1 + exp(-|x|)): exact in both tails.
    const x = need(inputs, 'x');
    return o.binary('Add', o.unary('Relu', x), log1p(o, o.unary('Exp', o.unary('Neg', o.unary('Abs', x)))));
  });
  mapKernel<{ alpha: number }>('Step', ({ o, inputs, attrs }) => step(o, need(inputs, 'x'), attrs.alpha ?? 0));
  mapKernel<{ clipValueMin: number; clipValueMax: number }>('ClipByValue', ({ o, inputs, attrs }) =>
    clip(o, need(inputs, 'x'), attrs.clipValueMin, attrs.clipValueMax),
  );
  mapKernel<{ dim: number }>('Softmax', ({ o, inputs, attrs }) =>
    o.unary('Softmax', need(inputs, 'logits'), { axis: { int: attrs.dim } }),
  );
}
