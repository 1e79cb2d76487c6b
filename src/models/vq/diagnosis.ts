// What an evaluation asks of a VQ-VAE's training; see ../autoencoder-diagnosis.ts. What pulls against the reconstruction is the commitment.
import type * as tf from '@tensorflow/tfjs';
import type { ParamValues } from '../../base/params.ts';
import { noiseInputs, openNoise } from '../../tracing/noise.ts';
import { float32 } from '../../tracing/program.ts';
import { autoencoderGradients } from '../autoencoder-diagnosis.ts';
import type { Diagnosis } from '../model.ts';
import { vqLoss, type VqParts } from './vq-step.ts';

/** What each part of it learns; the likelihood's own weights count as the decoder's. */
export function vqPlayers({ encoder, decoder, likelihood, codebook }: VqParts): Readonly<Record<string, readonly string[]>> {
  const codes = Object.keys(codebook.learned);
  return {
    encoder: Object.keys(encoder.weights),
    decoder: Object.keys({ ...decoder.weights, ...likelihood.weights }),
    ...(codes.length > 0 ? { codebook: codes } : {}),
  };
}

export function vqDiagnosis(batch: number, built: VqParts): Diagnosis {
  const noise = built.view.noise(batch, true);
  const draw = openNoise(noise);
  return {
    program: {
      name: 'vq-vae.diagnosis',
      state: { ...built.learned, ...built.view.state, ...built.codebook.state, ...built.use.state },
      inputs: { x: float32(batch, built.size), ...noiseInputs(noise), commitment: float32() },
      body: (tensors, inputs) => {
        const x = built.view.seen(tensors, inputs, true);
        const commitment = inputs['commitment'] as tf.Scalar;
        const outputs = autoencoderGradients(tensors, vqPlayers(built), {
          whole: (using) => vqLoss(built, using, x, commitment).loss,
          reconstruction: (using) => vqLoss(built, using, x, commitment).told.reconstruction,
        });
        return { outputs };
      },
    },
    inputs: (_step, rng, values: ParamValues) => ({ ...draw(rng), commitment: Float32Array.of(Number(values['commitment'])) }),
  };
}
