// A Device runs Programs. Two kinds exist: compiled (the program is traced once and run as one ONNX graph) and eager (a tfjs backend
// executes it kernel by kernel). Both give the same numbers to 1e-3, and are repeatable bit for bit on their own.
import type { Arrays, Program, Specs } from './program.ts';

/** State on a device, shared by every program loaded with it (the training step, the encoder, the decoder). */
export interface DeviceState {
  readonly specs: Specs;
  /** Copies of the named tensors, or of all. */
  read(names?: readonly string[]): Promise<Arrays>;
  /** Overwrites the named tensors; shapes must match. */
  write(values: Arrays): Promise<void>;
  dispose(): void;
}

export interface Executable {
  readonly program: Program;
  /** Time from program to ready session, milliseconds. */
  readonly compileMs: number;
  /** One call: reads the inputs, replaces changed state, returns fresh copies of the outputs. Calls on one device do not overlap. */
  run(inputs: Arrays): Promise<Arrays>;
  dispose(): void;
}

export interface Device {
  /** onnx-cpu, onnx-webgpu, onnx-cuda, onnx-directml, onnx-coreml, tensorflow-gpu, tensorflow, wasm, cpu */
  readonly id: string;
  readonly kind: 'compiled' | 'eager';
  /** What a person reads: "ONNX Runtime 1.30, 2 threads". */
  readonly title: string;
  createState(specs: Specs, values: Arrays): Promise<DeviceState>;
  load(program: Program, state: DeviceState): Promise<Executable>;
  dispose(): Promise<void>;
}
