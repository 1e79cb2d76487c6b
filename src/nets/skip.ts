// Skip connections from the code (Dieng, Kim, Rush & Blei 2019, Skip-VAE): every layer of a decoder sees z, not the first alone, as if z
// were laid beside its inputs: [h, z] W = h W_h + z W_z. A deep decoder then cannot forget the code on the way. W_z starts as those rows of
// W would, by the fan-in of both together; the rest of the layer stays as it is without.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import { weightOf, type Weights } from '../tracing/weights.ts';
import { startOf, type InitialisationName } from './initialisation.ts';

/** W_z of the layer `name`, whose own inputs have the fan-in `fanIn`. */
export function skipWeights(
  name: string,
  codeSize: number,
  outputs: number,
  fanIn: number,
  initialisation: InitialisationName,
): Weights {
  const start = startOf(initialisation, fanIn + codeSize, 1).kernel;
  return { [`${name}.skip`]: { shape: [codeSize, outputs], start } };
}

/** z W_z: [batch, outputs] */
export const skipFrom = (name: string, tensors: Tensors, z: tf.Tensor2D): tf.Tensor2D =>
  tf.matMul(z, weightOf<tf.Tensor2D>(tensors, `${name}.skip`));
