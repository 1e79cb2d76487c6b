// State of an ONNX device on the host: every tensor lives at a fixed place of one WebAssembly memory, where ONNX Runtime reads it as it
// is and the optimiser's kernel changes it in place. Behind the tensors lies scratch space for gradients, shared by all programs, since
// calls never overlap.
import { fromBase64 } from '../../base/bytes.ts';
import { KarstError } from '../../base/errors.ts';
import { sizeOf, type Arrays, type Specs, type TensorSpec, type TensorValues } from '../../tracing/program.ts';
import adamWasm from '../../tracing/adam.wasm.ts';
import type { DeviceState } from '../../tracing/device.ts';

const PAGE = 65536;
const ALIGNMENT = 64; // a cache line, and enough for any SIMD load
const MAX_PAGES = 65536; // 4 GiB, what 32-bit addresses reach

type AdamKernel = (
  parameter: number, gradient: number, m: number, v: number, size: number,
  beta1: number, a1: number, beta2: number, a2: number, step: number, root: number, epsilon: number, keep: number,
) => void; // prettier-ignore

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

let adamModule: WebAssembly.Module | undefined;

export class StateMemory implements DeviceState {
  readonly specs: Specs;
  readonly adam: AdamKernel;
  readonly #memory: WebAssembly.Memory;
  readonly #offsets = new Map<string, number>();
  readonly #scratchStart: number;
  #views = new Map<string, TensorValues>();
  #disposed = false;

  constructor(specs: Specs, values: Arrays) {
    this.specs = specs;
    let end = ALIGNMENT;
    for (const [name, spec] of Object.entries(specs)) {
      this.#offsets.set(name, end);
      end += aligned(sizeOf(spec.shape) * (spec.dtype === 'bool' ? 1 : 4));
    }
    this.#scratchStart = end;
    const pages = Math.max(1, Math.ceil(end / PAGE));
    if (pages > MAX_PAGES)
      throw new KarstError(
        'too-large',
        `the model's state needs ${Math.ceil(end / 2 ** 20)} MiB; this device holds at most 4096 MiB`,
      );
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES });
    adamModule ??= new WebAssembly.Module(fromBase64(adamWasm));
    this.adam = new WebAssembly.Instance(adamModule, { env: { memory: this.#memory } }).exports['adam'] as AdamKernel;
    this.#put(values);
    for (const name of Object.keys(specs))
      if (!values[name])
        throw new KarstError(
          'usage',
          `state ${name} has no first value; expected one for each of ${Object.keys(specs).join(', ')}`,
        );
  }

  /** Changes whenever the memory has grown: views taken before are dead then. */
  get generation(): ArrayBuffer {
    return this.#memory.buffer;
  }

  offset(name: string): number {
    return this.#offsets.get(name) as number;
  }

  /** The tensor itself, not a copy. */
  view(name: string): TensorValues {
    if (this.#disposed) throw new KarstError('internal', 'the state of a device was used after it was disposed');
    const spec = this.specs[name];
    if (!spec) throw new KarstError('usage', `no state is named ${name}; known: ${Object.keys(this.specs).join(', ')}`);
    const held = this.#views.get(name);
    if (held && held.buffer === this.#memory.buffer) return held;
    const made = this.at(this.offset(name), spec);
    this.#views.set(name, made);
    return made;
  }

  at(offset: number, spec: TensorSpec): TensorValues {
    const kind = spec.dtype === 'float32' ? Float32Array : spec.dtype === 'int32' ? Int32Array : Uint8Array;
    return new kind(this.#memory.buffer, offset, sizeOf(spec.shape));
  }

  /** Offsets of float arrays of these sizes in the scratch space, which grows where it must. */
  scratch(sizes: readonly number[]): number[] {
    let end = this.#scratchStart;
    const offsets = sizes.map((size) => {
      const offset = end;
      end += aligned(4 * size);
      return offset;
    });
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / PAGE);
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch {
        throw new KarstError(
          'too-large',
          `the gradients need ${Math.ceil(end / 2 ** 20)} MiB beside the state, more than there is`,
        );
      }
    }
    return offsets;
  }

  #put(values: Arrays): void {
    for (const [name, given] of Object.entries(values)) {
      const view = this.view(name);
      if (given.constructor !== view.constructor || given.length !== view.length)
        throw new KarstError(
          'usage',
          `state ${name} must be ${view.length} values in a ${view.constructor.name}, got ${given.length} in a ${given.constructor.name}`,
        );
      view.set(given);
    }
  }

  async read(names: readonly string[] = Object.keys(this.specs)): Promise<Arrays> {
    return Object.fromEntries(names.map((name) => [name, this.view(name).slice()]));
  }

  async write(values: Arrays): Promise<void> {
    this.#put(values);
  }

  dispose(): void {
    this.#disposed = true;
    this.#views = new Map();
  }
}
