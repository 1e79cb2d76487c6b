// Stands for tfjs_binding.node: holds tensors by number and computes TensorFlow's operators with the kernels of tfjs's CPU backend. With it
// the loader, the kernels of @tensorflow/tfjs-node-gpu and the eager device run where TensorFlow's library cannot be had.
import * as tf from '@tensorflow/tfjs';
import { openTensorflowDevice, type TensorflowBinding, type TensorflowId } from '../../src/node/devices/tensorflow.ts';
import { referenceProgram } from '../../src/node/devices/reference-program.ts';
import type { TensorValues } from '../../src/tracing/program.ts';

interface Attribute {
  readonly name: string;
  readonly value: unknown;
}
interface Held {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: TensorValues;
}

const dtypeNumbers = { float32: 1, int32: 3, bool: 10 } as const;
const dtypeOf = (number: number): Held['dtype'] => (number === 1 ? 'float32' : number === 3 ? 'int32' : 'bool');

/** TensorFlow's name → kernel, its inputs' names, and attributes made of TensorFlow's attributes and of inputs that are constants. */
type Mapping = [
  kernel: string,
  inputs: string[],
  attributes?: (given: Readonly<Record<string, unknown>>, constant: (index: number) => number[]) => object,
];
const binary = (kernel: string): Mapping => [kernel, ['a', 'b']];
const unary = (kernel: string): Mapping => [kernel, ['x']];
const operators: Readonly<Record<string, Mapping>> = {
  Add: binary('Add'),
  AddV2: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Multiply'),
  Div: binary('RealDiv'),
  RealDiv: binary('RealDiv'),
  Greater: binary('Greater'),
  Neg: unary('Neg'),
  Exp: unary('Exp'),
  Sqrt: unary('Sqrt'),
  Square: unary('Square'),
  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
  Softplus: unary('Softplus'),
  Identity: unary('Identity'),
  ZerosLike: unary('ZerosLike'),
  OnesLike: unary('OnesLike'),
  BatchMatMulV2: ['BatchMatMul', ['a', 'b'], (given) => ({ transposeA: given['adj_x'], transposeB: given['adj_y'] })],
  Reshape: ['Reshape', ['x'], (_, constant) => ({ shape: constant(1) })],
  Slice: ['Slice', ['x'], (_, constant) => ({ begin: constant(1), size: constant(2) })],
  Sum: ['Sum', ['x'], (given, constant) => ({ axis: constant(1), keepDims: given['keep_dims'] })],
  Mean: ['Mean', ['x'], (given, constant) => ({ axis: constant(1), keepDims: given['keep_dims'] })],
  Cast: ['Cast', ['x'], (given) => ({ dtype: dtypeOf(given['DstT'] as number) })],
  Tile: ['Tile', ['x'], (_, constant) => ({ reps: constant(1) })],
  PadV2: ['PadV2', ['x'], (_, constant) => ({ paddings: pairs(constant(1)), constantValue: constant(2)[0] })],
};
const pairs = (flat: number[]): number[][] => Array.from({ length: flat.length / 2 }, (_, i) => flat.slice(2 * i, 2 * i + 2));

export class StubBinding implements TensorflowBinding {
  readonly TF_Version = '2.9.1';
  readonly TF_FLOAT = 1;
  readonly TF_INT32 = 3;
  readonly TF_INT64 = 9;
  readonly TF_BOOL = 10;
  readonly TF_ATTR_TYPE = 4;
  readonly TF_ATTR_BOOL = 3;
  readonly TF_ATTR_INT = 1;
  readonly executed = new Set<string>();
  readonly #usesGpu: boolean;
  readonly #tensors = new Map<number, Held>();
  #next = 0;

  constructor(usesGpu: boolean) {
    this.#usesGpu = usesGpu;
  }

  isUsingGpuDevice(): boolean {
    return this.#usesGpu;
  }

  get held(): number {
    return this.#tensors.size;
  }

  createTensor(shape: number[], dtype: number, values: TensorValues): number {
    this.#tensors.set(this.#next, { shape: [...shape], dtype: dtypeOf(dtype), values: values.slice() });
    return this.#next++;
  }

  deleteTensor(id: number): void {
    if (!this.#tensors.delete(id)) throw new Error(`tensor ${String(id)} is deleted twice`);
  }

  tensorDataSync(id: number): TensorValues {
    return this.#of(id).values.slice();
  }

  executeOp(name: string, attributes: readonly Attribute[], ids: readonly number[], count: number): object[] {
    const mapping = operators[name];
    if (!mapping || count !== 1) throw new Error(`the stub has no operator ${name}`);
    this.executed.add(name);
    const [kernelName, inputNames, attributesOf] = mapping;
    const given = Object.fromEntries(attributes.map((one) => [one.name, one.value]));
    const attrs = attributesOf?.(given, (index) => Array.from(this.#of(ids[index] ?? -1).values)) ?? {};
    const backend = tf.findBackend('cpu') as tf.KernelBackend & {
      makeTensorInfo(shape: number[], dtype: string, values: TensorValues): tf.TensorInfo;
    };
    const infos = inputNames.map((_, i) => {
      const { shape, dtype, values } = this.#of(ids[i] ?? -1);
      return backend.makeTensorInfo(shape, dtype, values.slice());
    });
    const inputs = Object.fromEntries(inputNames.map((one, i) => [one, infos[i] as tf.TensorInfo]));
    const kernel = tf.getKernel(kernelName, 'cpu');
    const result = kernel.kernelFunc({ inputs, attrs: attrs as tf.NamedAttrMap, backend }) as tf.TensorInfo;
    const dtype = dtypeNumbers[result.dtype as Held['dtype']];
    const id = this.createTensor(result.shape, dtype, backend.readSync(result.dataId) as TensorValues);
    for (const info of [...infos, result]) backend.disposeData(info.dataId);
    return [{ id, shape: result.shape, dtype }];
  }

  #of(id: number): Held {
    const found = this.#tensors.get(id);
    if (!found) throw new Error(`tensor ${String(id)} is not there`);
    return found;
  }
}

/** Losses of the first steps of a small reference program, and how many tensors each side holds before and after a hundred more. */
export async function runThroughStub(
  id: TensorflowId,
  stub: StubBinding,
): Promise<{ losses: number[]; grown: number; title: string }> {
  const device = await openTensorflowDevice(id, { binding: stub });
  const { program, initial, inputs } = referenceProgram({ data: 12, hidden: 8, latent: 2, batch: 5 });
  const executable = await device.load(program, await device.createState(program.state, initial));
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) losses.push((await executable.run(inputs(step)))['loss']?.[0] ?? NaN);
  const before = stub.held;
  for (let step = 3; step < 23; step++) await executable.run(inputs(step));
  const grown = stub.held - before;
  await device.dispose();
  return { losses, grown, title: device.title };
}
