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
  /** Distance and start of the lattice that values are moved to, so that no difference quotient spans a kink. */
  readonly lattice?: readonly [spacing: number, start: number];
}

/** Operands by name, as a case's function gets them. */
export type Given = Readonly<Record<string, tf.Tensor>>;

export interface Case {
  readonly operands: Readonly<Record<string, Operand>>;
  readonly apply: (t: Given) => tf.Tensor;
  /** For the message of a failure. */
  readonly note?: unknown;
}

/**
 * What the gradient is compared with: tfjs's cpu backend, whose own gradient functions the compiled step uses as well; difference quotients
 * of the forward pass where those functions are ours (src/tracing/gradients) or the backend is wrong; over long steps, exact, where the
 * function is linear in each operand; nothing where operands or outcome are no real numbers.
 */
type Truth = 'cpu' | 'differences' | 'linear' | 'none';

export interface Row {
  readonly name: string;
  /** tfjs kernels that this row holds to the law. */
  readonly kernels: readonly string[];
  readonly cases: fc.Arbitrary<Case>;
  readonly runs?: number;
  readonly gradient?: Truth | undefined;
}

const ARRAY: Readonly<Record<string, string>> = { float32: 'Float32Array', int32: 'Int32Array', bool: 'Uint8Array' };

const differentiable = (operand: Operand): boolean => (operand.dtype ?? 'float32') === 'float32';

/** Shape and type of what comes out, as tfjs's cpu backend has them. */
const outcomeOf = (one: Case): { shape: readonly number[]; dtype: tf.DataType } =>
  tf.tidy(() => {
    const zeros = Object.entries(one.operands).map(([key, operand]): [string, tf.Tensor] => [
      key,
      tf.zeros([...operand.shape], operand.dtype ?? 'float32'),
    ]);
    const { shape, dtype } = one.apply(Object.fromEntries(zeros));
    return { shape, dtype };
  });

/** Inputs `i.name` and the weights `i.dy` of the scalar that is differentiated; outputs `i.y` and `i.d.name`. */
function programOf(name: string, cases: readonly Case[], withGradient: boolean): Program {
  const shapes = cases.map(outcomeOf);
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
      const [spacing, start] = operand.lattice ?? [0, 0];
      const onLattice = (x: number): number => (spacing === 0 ? x : start + spacing * Math.round((x - start) / spacing));
      if (dtype === 'float32') return [key, uniforms.map((u) => onLattice(low + u * (high - low)))];
      const whole = Array.from(uniforms, (u) => Math.floor(low + u * (high - low)));
      return [key, dtype === 'int32' ? Int32Array.from(whole) : Uint8Array.from(whole)];
    }),
  );
}

/** Relative to the value, with a floor relative to the tensor's largest: cancellation is no fault. */
export function firstDifference(
  got: TensorValues,
  expected: TensorValues,
  tolerance = 1e-4,
  floor = 0.02,
  slack = 1e-7,
): string | undefined {
  if (got.length !== expected.length) return `${got.length} values instead of ${expected.length}`;
  let most = 0;
  for (const value of expected) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i]!, expected[i]!];
    if (Object.is(a, b) || a === b) continue;
    if (!(Math.abs(a - b) <= tolerance * (Math.abs(b) + floor * most) + slack)) return `at ${i}: ${a} instead of ${b}`;
  }
  return undefined;
}

/**
 * Gradient of Σ dy · y in each operand of one case, from the eager forward pass. Central differences are exact over any step where the
 * function is linear; elsewhere Richardson's extrapolation of two of them leaves an error of the fourth order.
 */
function differences(one: Case, index: number, inputs: Arrays, linear: boolean): Arrays {
  const forward = programOf('forward', [one], false);
  const given = Object.fromEntries(Object.keys(forward.inputs).map((key) => [key, inputs[key.replace('0', String(index))]!]));
  const dy = given['0.dy']!;
  const dotted = (values: Arrays): number => {
    let sum = 0;
    runEagerly(forward, {}, values).outputs['0.y']!.forEach((value, i) => (sum += value * dy[i]!));
    return sum;
  };
  const step = linear ? 1 : 1 / 16;
  const out: Record<string, Float32Array> = {};
  for (const [name, operand] of Object.entries(one.operands)) {
    if (!differentiable(operand)) continue;
    const at = given[`0.${name}`] as Float32Array;
    out[`${index}.d.${name}`] = at.map((value, i) => {
      const moved = (by: number): number =>
        dotted({ ...given, [`0.${name}`]: at.map((other, j) => (j === i ? value + by : other)) });
      const slope = (by: number): number => (moved(by) - moved(-by)) / (2 * by);
      return linear ? slope(step) : (4 * slope(step / 2) - slope(step)) / 3;
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
  const byQuotients = gradient === 'differences' || gradient === 'linear';
  const expected: Record<string, TensorValues> = {
    ...runEagerly(byQuotients ? programOf(row.name, cases, false) : program, {}, inputs).outputs,
  };
  if (byQuotients)
    cases.forEach((one, i) => {
      if (program.inputs[`${i}.dy`]) Object.assign(expected, differences(one, i, inputs, gradient === 'linear'));
    });
  const faults: string[] = [];
  cases.forEach((one, i) => {
    const { dtype } = outcomeOf(one);
    const answer = got[`${i}.y`];
    if (answer && answer.constructor.name !== ARRAY[dtype])
      faults.push(`${row.name} ${i} answers a ${answer.constructor.name}, tfjs ${dtype}`);
  });
  for (const [name, values] of Object.entries(expected)) {
    // What float32 leaves of a quotient.
    const [floor, slack] = byQuotients && name.includes('.d.') ? [1, 1e-5] : [];
    const fault = got[name] ? firstDifference(got[name], values, 1e-4, floor, slack) : 'missing';
    if (!fault) continue;
    const one = cases[Number(name.split('.')[0])]!;
    const shapes = Object.entries(one.operands).map(([key, { shape }]) => `${key}[${shape.join()}]`);
    faults.push(`${row.name} ${name} ${shapes.join(' ')} ${JSON.stringify(one.note) ?? ''} ${fault}`);
  }
  return faults;
}
