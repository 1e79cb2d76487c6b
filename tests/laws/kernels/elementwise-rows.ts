// Rows of the law for element-wise kernels. Integers and truth values, as operand or as outcome, have no gradient.
import * as tf from '@tensorflow/tfjs';
import type { Operand, Row } from './law.ts';
import { binaryCases, broadcastPair, shape, unaryCases } from './shapes.ts';

type Range = Omit<Operand, 'shape'>;
const positive: Range = { low: 0.1, high: 3 };
const unit: Range = { low: -0.9, high: 0.9 };
const whole: Range = { dtype: 'int32', low: -5, high: 6 };
const truth: Range = { dtype: 'bool', low: 0, high: 2 };

const unary = (
  kernel: string,
  apply: (x: tf.Tensor) => tf.Tensor,
  range: Range = {},
  gradient: Row['gradient'] = 'cpu',
): Row => ({
  name: `${kernel}${range.dtype ? ` of ${range.dtype}` : ''}`,
  kernels: [kernel],
  cases: unaryCases(apply, range),
  gradient,
});
const binary = (
  kernel: string,
  apply: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  rangeA: Range = {},
  rangeB: Range = rangeA,
  gradient: Row['gradient'] = rangeA.dtype ? 'none' : 'cpu',
): Row => ({
  name: `${kernel}${rangeA.dtype ? ` of ${rangeA.dtype}` : ''}`,
  kernels: [kernel],
  cases: binaryCases(apply, rangeA, rangeB),
  gradient,
});

/** Two lattices that never meet: a quotient spans no place where a and b change places. */
const even: Range = { lattice: [0.25, 0] };
const odd: Range = { lattice: [0.25, 0.125] };

export const elementwiseRows: readonly Row[] = [
  unary('Abs', tf.abs),
  unary('Abs', tf.abs, whole, 'none'),
  unary('Acos', tf.acos, unit),
  unary('Acosh', tf.acosh, { low: 1.1, high: 4 }),
  unary('Asin', tf.asin, unit),
  unary('Asinh', tf.asinh),
  unary('Atan', tf.atan),
  unary('Atanh', tf.atanh, unit),
  unary('Ceil', tf.ceil),
  unary('Cos', tf.cos, { low: -6, high: 6 }),
  unary('Cosh', tf.cosh),
  unary('Erf', tf.erf),
  unary('Exp', tf.exp, {}, 'differences'),
  unary('Expm1', tf.expm1),
  { ...unary('Expm1', tf.expm1, { low: -1e-4, high: 1e-4 }), name: 'Expm1 near zero' },
  { ...unary('Expm1', tf.expm1, { low: -30, high: 30 }), name: 'Expm1 far from zero' },
  unary('Floor', tf.floor),
  unary('Log', tf.log, positive),
  unary('Log1p', tf.log1p, { low: -0.9, high: 20 }),
  { ...unary('Log1p', tf.log1p, { low: -1e-4, high: 1e-4 }), name: 'Log1p near zero' },
  unary('Neg', tf.neg),
  unary('Neg', tf.neg, whole, 'none'),
  unary('Reciprocal', tf.reciprocal, positive),
  unary('Round', tf.round, { low: -4, high: 4 }),
  unary('Rsqrt', tf.rsqrt, positive),
  unary('Sign', tf.sign),
  unary('Sin', tf.sin, { low: -6, high: 6 }),
  unary('Sinh', tf.sinh),
  unary('Sqrt', tf.sqrt, positive),
  unary('Square', tf.square),
  unary('Tan', tf.tan, { low: -1.3, high: 1.3 }),
  unary('Tanh', tf.tanh, {}, 'differences'),
  unary('Sigmoid', tf.sigmoid, { low: -4, high: 4 }, 'differences'),
  { ...unary('Sigmoid', tf.sigmoid, { low: -30, high: 3 }), name: 'Sigmoid in its tail' },
  unary('Relu', tf.relu),
  unary('Relu6', tf.relu6, { low: -3, high: 9 }),
  unary('Elu', tf.elu, { lattice: [0.25, 0.125] }, 'differences'),
  unary('Selu', tf.selu),
  unary('LeakyRelu', (x) => tf.leakyRelu(x, 0.3)),
  unary('Softplus', tf.softplus),
  { ...unary('Softplus', tf.softplus, { low: -15, high: 30 }), name: 'Softplus in its tails' },
  unary('Step', (x) => tf.step(x, 0.25)),
  unary('ClipByValue', (x) => tf.clipByValue(x, -0.7, 1.1)),
  unary('IsNan', (x) => tf.isNaN(tf.sqrt(x)), {}, 'none'),
  unary('IsInf', (x) => tf.isInf(tf.exp(tf.mul(x, 1000))), {}, 'none'),
  unary('IsFinite', (x) => tf.isFinite(tf.log(x)), {}, 'none'),
  unary('LogicalNot', tf.logicalNot, truth, 'none'),
  unary('Cast', (x) => tf.cast(x, 'int32'), { low: -9, high: 9 }, 'none'),
  unary('Cast', (x) => tf.cast(x, 'float32'), whole, 'none'),
  unary('Cast', (x) => tf.cast(x, 'float32'), truth, 'none'),
  { ...unary('Cast', (x) => tf.cast(x, 'bool'), whole, 'none'), name: 'Cast to bool' },
  unary('Identity', (x) => tf.mul(tf.clone(x), 2)),
  unary('ZerosLike', (x) => tf.add(x, tf.zerosLike(x))),
  unary('OnesLike', (x) => tf.add(x, tf.onesLike(x))),
  unary('Square', tf.square, whole, 'none'),

  binary('Add', tf.add),
  binary('Add', tf.add, whole),
  binary('Sub', tf.sub),
  binary('Sub', tf.sub, whole),
  binary('Multiply', tf.mul),
  binary('Multiply', tf.mul, whole),
  binary('RealDiv', tf.div, {}, positive),
  binary('FloorDiv', tf.floorDiv, {}, positive, 'none'), // of real numbers, too, an integer comes out
  {
    ...binary(
      'FloorDiv',
      (a, b) => tf.cast(tf.floorDiv(a, b), 'float32'),
      { lattice: [0.5, 0.25] },
      { low: 1, high: 1 },
      'differences',
    ),
    name: 'FloorDiv, as a real number',
  },
  binary('FloorDiv', tf.floorDiv, whole, { dtype: 'int32', low: 1, high: 4 }),
  { ...binary('FloorDiv', tf.floorDiv, whole, { dtype: 'int32', low: -4, high: 0 }), name: 'FloorDiv by negative int32' },
  binary('Mod', tf.mod, { low: 1.3, high: 1.6 }, { low: 0.9, high: 1 }, 'differences'),
  { ...binary('Mod', tf.mod, { low: -9, high: 9 }, positive), name: 'Mod far from zero' },
  { ...binary('Mod', tf.mod, {}, { low: -3, high: -0.1 }), name: 'Mod by negatives' },
  binary('Mod', tf.mod, whole, { dtype: 'int32', low: 1, high: 4 }),
  binary('Maximum', tf.maximum, even, odd, 'differences'),
  binary('Maximum', tf.maximum, whole),
  binary('Minimum', tf.minimum, even, odd, 'differences'),
  binary('Minimum', tf.minimum, whole),
  binary('Pow', tf.pow, { low: 0.5, high: 3 }, { low: -2, high: 3 }, 'differences'),
  { ...binary('Pow', tf.pow, positive), name: 'Pow near zero' },
  binary('SquaredDifference', tf.squaredDifference, {}, {}, 'differences'),
  binary('Atan2', tf.atan2),
  binary('Prelu', (a, b) => tf.prelu(tf.add(a, tf.zerosLike(b)), b)),
  binary('Equal', tf.equal, whole),
  binary('Equal', tf.equal, truth),
  binary('NotEqual', tf.notEqual, whole),
  binary('Greater', tf.greater, {}, {}, 'none'),
  binary('Greater', tf.greater, whole),
  binary('GreaterEqual', tf.greaterEqual, whole),
  binary('Less', tf.less, {}, {}, 'none'),
  binary('Less', tf.less, truth),
  binary('LessEqual', tf.lessEqual, whole),
  binary('LogicalAnd', tf.logicalAnd, truth),
  binary('LogicalOr', tf.logicalOr, truth),
  { ...binary('LogicalXor', tf.logicalXor, truth), kernels: [] }, // tfjs makes it of the others
  {
    name: 'AddN',
    kernels: ['AddN'],
    cases: shape().map((sides) => ({
      operands: { a: { shape: sides }, b: { shape: sides }, c: { shape: sides } },
      apply: ({ a, b, c }) => tf.addN([a!, b!, c!]),
    })),
  },
  {
    name: 'Select',
    kernels: ['Select'],
    // tfjs does not broadcast to nothing.
    cases: broadcastPair(1).map(([a, b]) => ({
      operands: { condition: { shape: a, ...truth }, yes: { shape: b }, no: { shape: a } },
      apply: ({ condition, yes, no }) => tf.where(condition!, yes!, no!),
    })),
  },
];
