// The gradient of a tfjs kernel as the repairs in this folder state it, and what most of them need.
import * as tf from '@tensorflow/tfjs';

/** From the outcome's slope and the saved inputs, in order, to each input's slope, computed only where it is asked for. */
export type Gradient<Attributes, Slope = tf.Tensor> = (
  dy: Slope,
  saved: readonly tf.Tensor[],
  attrs: Attributes,
) => Record<string, () => tf.Tensor>;

/** What stands in tfjs's registry instead of what it came with. */
export type Repair = tf.GradConfig;

/** `inputs` are saved, in this order; `all` is for kernels that take a list. */
export const repair = <Attributes, Slope>(
  kernelName: string,
  inputs: readonly string[] | 'all',
  gradient: Gradient<Attributes, Slope>,
): Repair => ({
  kernelName,
  ...(inputs === 'all' ? { saveAllInputs: true } : { inputsToSave: [...inputs] }),
  gradFunc: gradient as unknown as tf.GradFunc,
});

/** `x` summed down to `shape`, which was broadcast to it. */
export function unbroadcast(x: tf.Tensor, shape: number[]): tf.Tensor {
  const added = x.rank - shape.length;
  const axes = [...x.shape.keys()].filter((axis) => axis < added || (shape[axis - added] === 1 && x.shape[axis] !== 1));
  return tf.reshape(axes.length > 0 ? tf.sum(x, axes) : x, shape);
}

/** Runs a kernel that tfjs has no function for. */
export const runKernel = <Attributes extends object>(
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: Attributes,
): tf.Tensor => tf.engine().runKernel(name, { ...inputs }, { ...attrs } as unknown as tf.NamedAttrMap);
