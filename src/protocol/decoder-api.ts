// The contract between the engine and its decoder: a process that holds runs' models at a checkpoint and their datasets, so that what a
// person asks for (decode here, score these rows) never waits for anything else, nor makes anything else wait.
import { z } from 'zod';
import { method, type ApiOf, type ClientOf } from './methods.ts';
import type { FullLookRecord, SamplesRecord, VerdictRecord } from './records.ts';
import type { SurveyedRecord } from './survey.ts';

/** The run's folder and a checkpoint's step; the newest without one. */
const at = { folder: z.string().min(1).max(4096), step: z.int().min(0).optional() };
const rowIds = z.custom<Int32Array>((value) => value instanceof Int32Array, 'expected an Int32Array');
const weightsShown = z.enum(['average', 'raw']);
const floats = z.custom<Float32Array>((value) => value instanceof Float32Array, 'expected a Float32Array');

export const decoderMethods = {
  /** latents [count, latentSize] → samples. A program of `batch` rows is used, so that the same latent gives the same bits every time. */
  decode: method<{ step: number; samples: SamplesRecord }>()(
    z.strictObject({ ...at, latents: floats, batch: z.int().min(1).max(1024).optional(), weights: weightsShown.optional() }),
  ),
  /** Draws from the model's prior, [count, latentSize], made of standard normal eps [count, latentSize] and uniform u [count]. */
  samplePrior: method<{ step: number; latents: Float32Array }>()(z.strictObject({ ...at, eps: floats, u: floats })),
  /** Codes of rows found by searching the latent space and as encoded, [count, latentSize], and what is left of each row: root mean square error a value. */
  place: method<{
    step: number;
    latents: Float32Array;
    residuals: Float32Array;
    encoded: Float32Array;
    encodedResiduals: Float32Array;
  }>()(z.strictObject({ ...at, rowIds, starts: z.int().min(1).max(64), steps: z.int().min(1).max(5000), seed: z.number() })),
  /** Posterior means and log-variances of rows, [count, latentSize]. */
  encode: method<{ step: number; mean: Float32Array; logVariance: Float32Array }>()(z.strictObject({ ...at, rowIds })),
  /** The rows themselves, as the model sees them. */
  originals: method<{ samples: SamplesRecord; labels?: readonly string[] }>()(z.strictObject({ folder: at.folder, rowIds })),
  /** Measures a checkpoint with every metric. */
  evaluate: method<FullLookRecord>()(z.strictObject({ ...at, importanceSamples: z.int().min(0).max(10_000).optional() })),
  /** What is told of single rows, samples and draws; `rowIds`: of the map that it is for. */
  survey: method<SurveyedRecord>()(z.strictObject({ ...at, rowIds })),
  /** The verdict on the codes of the run's latent sample. */
  judge: method<{ step: number; verdict: VerdictRecord }>()(z.strictObject(at)),
  /** The decoder or encoder as an ONNX model that any ONNX runtime runs. */
  exportModel: method<{ step: number; bytes: Uint8Array; summary: string }>()(
    z.strictObject({ ...at, what: z.enum(['decoder', 'encoder']) }),
  ),
  /** Gives back whatever is held of a run. */
  forget: method<null>()(z.strictObject({ folder: at.folder })),
} as const;

export type DecoderApi = ApiOf<typeof decoderMethods>;
export type DecoderClient = ClientOf<typeof decoderMethods>;
