// A Program is a pure function of arrays, written as ordinary TensorFlow.js code: (state, inputs) → (new state, outputs). Nothing inside
// draws a random number, reads a value back or looks at the clock: noise and every knob that may move come in as inputs. So a program
// can be run eagerly by any tfjs backend, or traced once and compiled (DESIGN section 3).
import type * as tf from '@tensorflow/tfjs';

export type DType = 'float32' | 'int32' | 'bool';

export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export type Specs = Readonly<Record<string, TensorSpec>>;
export type Tensors = Readonly<Record<string, tf.Tensor>>;
/** float32 values, int32 values, or bool as 0 and 1. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;
export type Arrays = Readonly<Record<string, TensorValues>>;

export interface Program {
  /** For errors and profiles: `vae.train`. */
  readonly name: string;
  /** Tensors that live on the device between calls: weights, optimiser slots, running statistics. */
  readonly state: Specs;
  /** Tensors that come in with every call: a batch, noise, scalars (shape []). */
  readonly inputs: Specs;
  /** Runs inside tf.tidy. `state` in the answer names only what changed; shapes and dtypes must be those declared. */
  readonly body: (state: Tensors, inputs: Tensors) => { readonly state?: Tensors; readonly outputs: Tensors };
}

export const float32 = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
export const int32 = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' });

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
