// Element-wise functions of one or two arguments, comparisons, logic and selection.
import type { Value, ValueType } from '../graph.ts';
import type { Operators } from '../operators.ts';
import { expm1, log1p } from './activation.ts';
import { mapKernel, need } from './kernel.ts';

/** tfjs's name → ONNX's, where they mean the same. */
const UNARY: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Round: 'Round',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
};
const COMPARISON: Readonly<Record<string, string>> = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
};
const LOGIC: Readonly<Record<string, string>> = { LogicalAnd: 'And', LogicalOr: 'Or' };

/** ONNX computes with numbers only: truth values count as 0 and 1. */
const numeric = (o: Operators, x: Value): Value => (x.type === 'bool' ? o.cast(x, 'int32') : x);

function arithmetic(o: Operators, op: string, a: Value, b: Value): Value {
  const out = o.binary(op, numeric(o, a), numeric(o, b));
  return a.type === 'bool' && b.type === 'bool' ? o.cast(out, 'bool') : out;
}

/** True where the remainder r of a truncating division has the wrong sign for a flooring one. */
function overshoots(o: Operators, r: Value, b: Value): Value {
  const zero = o.scalar(0, r.type);
  const signsDiffer = o.binary('Xor', o.compare('Less', r, zero), o.compare('Less', b, zero), 'bool');
  return o.binary('And', o.unary('Not', o.compare('Equal', r, zero)), signsDiffer, 'bool');
}

/** An integer division by zero would end the process; tfjs gives zero. */
function guarded(o: Operators, b: Value, quotient: (divisor: Value) => Value): Value {
  const isZero = o.compare('Equal', b, o.scalar(0, b.type));
  return o.where(isZero, o.scalar(0, b.type), quotient(o.where(isZero, o.scalar(1, b.type), b)));
}

function floorDiv(o: Operators, a: Value, b: Value): Value {
  if (a.type === 'float32') return o.cast(o.unary('Floor', o.binary('Div', a, b)), 'int32'); // tfjs answers integers
  return guarded(o, b, (divisor) => {
    const quotient = o.binary('Div', a, divisor);
    const r = o.binary('Sub', a, o.binary('Mul', quotient, divisor));
    return o.where(overshoots(o, r, divisor), o.binary('Sub', quotient, o.scalar(1, a.type)), quotient);
  });
}

function mod(o: Operators, a: Value, b: Value): Value {
  const remainder = (divisor: Value): Value => {
    const shape = o.binary('Add', a, divisor).shape;
    const r = o.graph.node('Mod', [a, divisor], shape, a.type, { fmod: { int: 1 } });
    return o.where(overshoots(o, r, divisor), o.binary('Add', r, divisor), r);
  };
  return a.type === 'float32' ? remainder(b) : guarded(o, b, remainder);
}

/** The angle of (x, y): atan(y / x), turned by π on the left half-plane. */
function atan2(o: Operators, y: Value, x: Value): Value {
  const zero = o.scalar(0);
  const turn = o.where(o.compare('Less', y, zero), o.scalar(-Math.PI), o.scalar(Math.PI));
  const slope = o.unary('Atan', o.binary('Div', y, x));
  const upright = o.binary('Mul', o.unary('Sign', y), o.scalar(Math.PI / 2));
  const turned = o.where(o.compare('Less', x, zero), o.binary('Add', slope, turn), slope);
  return o.where(o.compare('Equal', x, zero), upright, turned);
}

/** More than any slope, so that a product with it tells x > 0 from the rest; smaller numbers than its reciprocal do not occur. */
const STEEP = 1e38;

/**
 * Where x > 0 the slope itself, elsewhere `alpha` times it (0 < alpha < 1), as the gradient of leakyRelu has it: three plain passes, while
 * a selection by conditions takes twice the time.
 */
function leakySlope(o: Operators, condition: Value, yes: Value, no: Value): Value | undefined {
  const [x, zero] = condition.node?.op === 'Greater' ? condition.node.inputs : [];
  const [kept, factor] = no.node?.op === 'Mul' ? no.node.inputs : [];
  const alpha = factor?.splat;
  if (!x || zero?.splat !== 0 || x.type !== 'float32' || kept !== yes || alpha === undefined || alpha <= 0 || alpha >= 1)
    return undefined;
  const share = o.graph.node('Clip', [o.binary('Mul', x, o.scalar(STEEP)), o.scalar(alpha), o.scalar(1)], x.shape, 'float32');
  return o.binary('Mul', yes, share);
}

export function mapElementwise(): void {
  for (const [kernel, op] of Object.entries(UNARY)) mapKernel(kernel, ({ o, inputs }) => o.unary(op, need(inputs, 'x')));
  mapKernel('Expm1', ({ o, inputs }) => expm1(o, need(inputs, 'x')));
  mapKernel('Log1p', ({ o, inputs }) => log1p(o, need(inputs, 'x')));
  mapKernel('Rsqrt', ({ o, inputs }) => o.unary('Reciprocal', o.unary('Sqrt', need(inputs, 'x'))));
  mapKernel('Square', ({ o, inputs }) => o.binary('Mul', need(inputs, 'x'), need(inputs, 'x')));
  mapKernel('IsNan', ({ o, inputs }) => o.unary('IsNaN', need(inputs, 'x'), {}, 'bool'));
  mapKernel('IsInf', ({ o, inputs }) => o.unary('IsInf', need(inputs, 'x'), {}, 'bool'));
  mapKernel('IsFinite', ({ o, inputs }) => {
    const x = need(inputs, 'x');
    return o.unary('Not', o.binary('Or', o.unary('IsNaN', x, {}, 'bool'), o.unary('IsInf', x, {}, 'bool'), 'bool'));
  });

  for (const [kernel, op] of Object.entries(ARITHMETIC))
    mapKernel(kernel, ({ o, inputs }) => arithmetic(o, op, need(inputs, 'a'), need(inputs, 'b')));
  mapKernel('SquaredDifference', ({ o, inputs }) => {
    const difference = arithmetic(o, 'Sub', need(inputs, 'a'), need(inputs, 'b'));
    return o.binary('Mul', difference, difference);
  });
  mapKernel('FloorDiv', ({ o, inputs }) => floorDiv(o, need(inputs, 'a'), need(inputs, 'b')));
  mapKernel('Mod', ({ o, inputs }) => mod(o, need(inputs, 'a'), need(inputs, 'b')));
  mapKernel('Atan2', ({ o, inputs }) => atan2(o, need(inputs, 'a'), need(inputs, 'b')));
  mapKernel('AddN', ({ o, list }) => list.reduce((sum, one) => o.binary('Add', sum, one)));

  for (const [kernel, op] of Object.entries(COMPARISON))
    mapKernel(kernel, ({ o, inputs }) => o.compare(op, numeric(o, need(inputs, 'a')), numeric(o, need(inputs, 'b'))));
  mapKernel('NotEqual', ({ o, inputs }) =>
    o.unary('Not', o.compare('Equal', numeric(o, need(inputs, 'a')), numeric(o, need(inputs, 'b')))),
  );
  for (const [kernel, op] of Object.entries(LOGIC))
    mapKernel(kernel, ({ o, inputs }) =>
      o.binary(op, o.cast(need(inputs, 'a'), 'bool'), o.cast(need(inputs, 'b'), 'bool'), 'bool'),
    );
  mapKernel('LogicalNot', ({ o, inputs }) => o.unary('Not', o.cast(need(inputs, 'x'), 'bool'), {}, 'bool'));

  mapKernel('Select', ({ o, inputs }) => {
    const condition = o.cast(need(inputs, 'condition'), 'bool');
    const yes = need(inputs, 't');
    // A vector condition chooses whole rows of what it selects from.
    const rows = condition.shape.length === 1 && yes.shape.length > 1;
    const fitted = rows ? o.reshape(condition, [condition.shape[0] as number, ...yes.shape.slice(1).map(() => 1)]) : condition;
    const no = need(inputs, 'e');
    if (yes.type !== 'bool') return leakySlope(o, fitted, yes, no) ?? o.where(fitted, yes, no);
    return o.cast(o.where(fitted, o.cast(yes, 'int32'), o.cast(no, 'int32')), 'bool');
  });
  mapKernel<{ dtype: ValueType }>('Cast', ({ o, inputs, attrs }) => o.cast(need(inputs, 'x'), attrs.dtype));
}
