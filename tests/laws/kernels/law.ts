// The law of kernels: a compiled kernel gives the value and the gradient that an independent truth gives, over random shapes and
// attributes. Many cases become one program, so that a row of the table costs one compilation.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { Rng } from '../../../src/base/rng.ts';
import type { Device } from '../../../src/tracing/device.ts';
import { sizeOf, type Arrays, type DType, type Program, type TensorValues } from '../../../src/tracing/program.ts';
import { runEagerly } from '../../tracing/run-eagerly.ts';

/** Where random values are drawn from: uniform on an interval, or integers of one. */
export interface Operand {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly low?: number;
  readonly high?: number;
}

/** Operands by name, as a case's function gets them. */
export type Given = Readonly<Record<string, tf.Tensor>>;

export interface Case {
  readonly operands: Readonly<Record<string, Operand>>;
  readonly apply: (t: Given) => tf.Tensor;
  /** For the message of a failure. */
  readonly note?: unknown;
}

type Truth = 'cpu' | 'differences' | 'none';

export interface Row {
  readonly name: string;
  /** tfjs kernels that this row holds to the law. */
  readonly kernels: readonly string[];
  readonly cases: fc.Arbitrary<Case>;
  readonly runs?: number;
  /** Truth of the gradient: tfjs's cpu backend, central differences where that is wrong, or none where tfjs has no gradient. */
  readonly gradient?: Truth | undefined;
}

const differentiable = (operand: Operand): boolean => (operand.dtype ?? 'float32') === 'float32';

/** Inputs `i.name` and the weights `i.dy` of the scalar that is differentiated; outputs `i.y` and `i.d.name`. */
function programOf(name: string, cases: readonly Case[], withGradient: boolean): Program {
  const shapes = cases.map((one) =>
    tf.tidy(() => {
      const zeros = Object.entries(one.operands).map(([key, operand]) => [
        key,
        tf.zeros([...operand.shape], operand.dtype ?? 'float32'),
      ]);
      const y = one.apply(Object.fromEntries(zeros) as Record<string, tf.Tensor>);
      return { shape: y.shape, dtype: y.dtype };
    }),
  );
  const inputs: Record<string, { shape: readonly number[]; dtype: DType }> = {};
  cases.forEach((one, i) => {
    for (const [key, operand] of Object.entries(one.operands))
      inputs[`${i}.${key}`] = { shape: operand.shape, dtype: operand.dtype ?? 'float32' };
    inputs[`${i}.dy`] = { shape: shapes[i]!.shape, dtype: 'float32' };
  });
  return {
    name,
    state: {},
    inputs,
    body: (_, given) => {
      const outputs: Record<string, tf.Tensor> = {};
      cases.forEach((one, i) => {
        const operands = Object.fromEntries(Object.keys(one.operands).map((key) => [key, given[`${i}.${key}`]!]));
        outputs[`${i}.y`] = one.apply(operands);
        const names = Object.entries(one.operands)
          .filter(([, operand]) => differentiable(operand))
          .map(([key]) => key);
        if (!withGradient || names.length === 0 || shapes[i]!.dtype !== 'float32') return;
        const weighted = (...list: tf.Tensor[]): tf.Scalar => {
          const varied = Object.fromEntries(names.map((key, at) => [key, list[at]!]));
          return tf.sum(tf.mul(one.apply({ ...operands, ...varied }), given[`${i}.dy`]!));
        };
        tf.grads(weighted)(names.map((key) => operands[key]!)).forEach((gradient, at) => {
          outputs[`${i}.d.${names[at]!}`] = gradient;
        });
      });
      return { outputs };
    },
  };
}

function drawInputs(program: Program, cases: readonly Case[], rng: Rng): Arrays {
  return Object.fromEntries(
    Object.entries(program.inputs).map(([key, { shape, dtype }]): [string, TensorValues] => {
      const [index, name] = key.split('.') as [string, string];
      const operand: Operand = name === 'dy' ? { shape } : cases[Number(index)]!.operands[name]!;
      const low = operand.low ?? (dtype === 'float32' ? -2 : 0);
      const high = operand.high ?? 2;
      const uniforms = rng.stream(key).fillUniform(new Float32Array(sizeOf(shape)));
      if (dtype === 'float32') return [key, uniforms.map((u) => low + u * (high - low))];
      const whole = Array.from(uniforms, (u) => Math.floor(low + u * (high - low)));
      return [key, dtype === 'int32' ? Int32Array.from(whole) : Uint8Array.from(whole)];
    }),
  );
}

/** Relative to the value, with a floor relative to the tensor's largest: cancellation is no fault. */
export function firstDifference(got: TensorValues, expected: TensorValues, tolerance = 1e-4): string | undefined {
  if (got.length !== expected.length) return `${got.length} values instead of ${expected.length}`;
  let most = 0;
  for (const value of expected) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i]!, expected[i]!];
    if (Object.is(a, b) || a === b) continue;
    if (!(Math.abs(a - b) <= tolerance * (Math.abs(b) + 0.02 * most) + 1e-7)) return `at ${i}: ${a} instead of ${b}`;
  }
  return undefined;
}

/** Gradient of Σ dy · y by central differences of the eager forward pass, in steps that suit float32. */
function differences(program: Program, forward: Program, inputs: Arrays): Arrays {
  const step = 1 / 64;
  const out: Record<string, Float32Array> = {};
  const dotted = (values: Arrays, index: string): number => {
    const only = { ...forward, inputs: forward.inputs };
    const y = runEagerly(only, {}, values).outputs[`${index}.y`]!;
    const dy = values[`${index}.dy`]!;
    let sum = 0;
    y.forEach((value, i) => (sum += value * dy[i]!));
    return sum;
  };
  for (const [key, { dtype }] of Object.entries(program.inputs)) {
    const [index, name] = key.split('.') as [string, string];
    if (dtype !== 'float32' || name === 'dy') continue;
    const at = inputs[key] as Float32Array;
    out[`${index}.d.${name}`] = at.map((value, i) => {
      const moved = (to: number): Arrays => ({ ...inputs, [key]: at.map((other, j) => (j === i ? to : other)) });
      return (dotted(moved(value + step), index) - dotted(moved(value - step), index)) / (2 * step);
    });
  }
  return out;
}

/** What was broken, or nothing. */
export async function violations(device: Device, row: Row, seed: number): Promise<string[]> {
  const cases = fc.sample(row.cases, { numRuns: row.runs ?? 10, seed });
  const gradient = row.gradient ?? 'cpu';
  const program = programOf(row.name, cases, gradient !== 'none');
  const inputs = drawInputs(program, cases, Rng.fromSeed(seed).stream(row.name));
  const state = await device.createState({}, {});
  const executable = await device.load(program, state);
  const got = await executable.run(inputs);
  executable.dispose();
  const forward = programOf(row.name, cases, false);
  const expected =
    gradient === 'differences'
      ? { ...runEagerly(forward, {}, inputs).outputs, ...differences(program, forward, inputs) }
      : runEagerly(program, {}, inputs).outputs;
  const faults: string[] = [];
  for (const [name, values] of Object.entries(expected)) {
    const fault = got[name]
      ? firstDifference(got[name], values, gradient === 'differences' && name.includes('.d.') ? 1e-3 : 1e-4)
      : 'missing';
    if (!fault) continue;
    const one = cases[Number(name.split('.')[0])]!;
    const shapes = Object.entries(one.operands).map(([key, { shape }]) => `${key}[${shape.join()}]`);
    faults.push(`${row.name} ${name} ${shapes.join(' ')} ${JSON.stringify(one.note) ?? ''} ${fault}`);
  }
  return faults;
}
