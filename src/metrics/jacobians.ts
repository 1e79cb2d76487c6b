// Slopes of a decoder as arrays: what the measures of its geometry are taken of. They come block by block, since all of them at once may not fit
// into memory: 1000 points of 64 × 64 colour pictures at 64 dimensions are 3 GB.

/** J = ∂g/∂z at some points, a column of J after another. */
export interface Jacobians {
  readonly points: number;
  readonly latentSize: number;
  readonly sampleSize: number;
  /** [points, latent, sample]: `data[(i · latent + j) · sample + k]` = ∂g_k/∂z_j at point i. */
  readonly data: Float32Array;
}
