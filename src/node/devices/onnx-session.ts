// One session of ONNX Runtime: opened on a provider, run, and both their refusals put into words.
import { createRequire } from 'node:module';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import { KarstError } from '../../base/errors.ts';
import type { OnnxModel } from '../../tracing/onnx-writer.ts';
import type { HostUpdate } from '../../tracing/passes/adam.ts';
import { sizeOf, type Arrays, type Program, type TensorValues } from '../../tracing/program.ts';

export interface Place {
  readonly name: string;
  readonly kind: 'state' | 'call';
  readonly value: { readonly shape: readonly number[]; readonly type: string };
}

/** Which of a model's inputs and outputs are what. */
export interface Plan {
  readonly inputs: readonly (Place & { readonly onnx: string | undefined })[];
  readonly outputs: readonly (Place & { readonly onnx: string })[];
  readonly updates: readonly HostUpdate[];
}

export interface Runtime {
  readonly binding: {
    readonly InferenceSession: Binding.InferenceSessionConstructor;
    listSupportedBackends(): Binding.SupportedBackend[];
  };
  readonly Tensor: typeof OrtTensor;
  readonly version: string;
}

/** Opens a session for a model; outputs named in `onDevice` stay in the device's memory. */
export type OpenSession = (name: string, model: OnnxModel, onDevice?: readonly string[]) => Binding.InferenceSession;

let runtime: Runtime | undefined;

/** Loads ONNX Runtime; throws where it has no library for this machine. */
export function loadRuntime(): Runtime {
  if (runtime) return runtime;
  const require = createRequire(import.meta.url);
  try {
    const { binding, initOrt } = require('onnxruntime-node/dist/binding.js') as {
      binding: Runtime['binding'];
      initOrt: () => void;
    };
    const { Tensor } = require('onnxruntime-node') as { Tensor: typeof OrtTensor };
    const { version } = require('onnxruntime-node/package.json') as { version: string };
    initOrt();
    runtime = { binding, Tensor, version };
    return runtime;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new KarstError(
      'device',
      `ONNX Runtime cannot be loaded on ${process.platform} ${process.arch}: ${reason}. Take another device, for example wasm`,
      {},
      thrown,
    );
  }
}

export const arrayOf = (type: string): typeof Float32Array | typeof Int32Array | typeof Uint8Array =>
  type === 'float32' ? Float32Array : type === 'int32' ? Int32Array : Uint8Array;

/** A tensor of the runtime over the very values. */
export const tensorOver = ({ Tensor }: Runtime, { value }: Pick<Place, 'value'>, data: TensorValues): OrtTensor =>
  new Tensor(value.type as 'float32', data as Float32Array, value.shape);

export function runSession(
  name: string,
  session: Binding.InferenceSession,
  feeds: Readonly<Record<string, OrtTensor>>,
  fetches: Readonly<Record<string, OrtTensor | null>>,
): Record<string, OrtTensor> {
  try {
    return session.run(feeds, fetches, {});
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new KarstError('device', `program ${name} failed while it ran: ${reason}`, { program: name }, thrown);
  }
}

/** Throws unless `inputs` are exactly those that the program declares. */
export function checkInputs({ name, inputs: specs }: Program, inputs: Arrays): void {
  for (const given of Object.keys(inputs))
    if (!specs[given])
      throw new KarstError('usage', `program ${name} has no input ${given}; known: ${Object.keys(specs).join(', ') || 'none'}`);
  for (const [input, spec] of Object.entries(specs)) {
    const given = inputs[input];
    const size = sizeOf(spec.shape);
    const expected = arrayOf(spec.dtype).name;
    if (!given) throw new KarstError('usage', `program ${name} needs input ${input}: ${size} values in a ${expected}`);
    if (given.constructor.name !== expected || given.length !== size)
      throw new KarstError(
        'usage',
        `input ${input} of program ${name} must be ${size} values in a ${expected} (shape [${spec.shape.join()}]), got ${given.length} in a ${given.constructor.name}`,
      );
  }
}
