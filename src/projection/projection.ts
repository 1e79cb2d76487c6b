// A Projection lays codes out in two or three dimensions. It is written as a generator of progress, which gives three tempos: run to the
// end, run with a callback that may stop it (both by `fit`), or step by hand (`steps`).
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import { checkFinite } from '../base/neighbours.ts';
import type { Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';

interface StepsOptions {
  readonly dims: 2 | 3;
  readonly rng: Rng;
  /** Where to start from, [rows, dims]: an earlier layout of the same rows. Ignored by methods that have no starting point. */
  readonly initial?: Matrix;
}

interface FitProgress {
  /** 0 … 1 */
  readonly fraction: number;
  readonly text: string;
  /** A copy of the layout as it stands, once there is one. */
  readonly positions?: () => Matrix;
}

/** An affine map that a linear projection has learnt: position = components · (code - mean). Rows of `components` are orthonormal. */
export interface LinearMap {
  /** [cols] */
  readonly mean: Float32Array;
  /** [dims, cols]; a row of zeros where the codes have fewer dimensions than the map. */
  readonly components: Float32Array;
  /** Variance along each component, descending, [dims]. */
  readonly variances: Float32Array;
  /** Sum of the variances of all columns. */
  readonly totalVariance: number;
}

export interface Fitted {
  /** [rows, dims] */
  readonly positions: Matrix;
  /** There for linear methods only: new codes are placed, and places turned into codes, exactly. */
  readonly linear?: LinearMap;
  /** Length of one latent unit on the map (one standard deviation of a standard normal prior); absent where the map has no global scale. */
  readonly unitsPerSd?: number;
}

export interface Projection {
  steps(codes: Matrix, options: StepsOptions): Generator<FitProgress, Fitted, void>;
}

export interface FitOptions extends StepsOptions {
  readonly signal?: AbortSignal;
  /** Called at every step; answering false ends the fit with the layout as it stands, if there is one. */
  readonly onProgress?: (progress: FitProgress) => boolean | void;
}

export function fit(projection: Projection, codes: Matrix, options: FitOptions): Fitted {
  checkFinite('the codes to project', codes);
  const { initial, dims } = options;
  if (initial && (initial.rows !== codes.rows || initial.cols !== dims)) {
    throw new KarstError(
      'usage',
      `the layout to start from must be ${codes.rows} × ${dims} like the map, got ${initial.rows} × ${initial.cols}`,
    );
  }
  if (initial) checkFinite('the layout to start from', initial);
  const steps = projection.steps(codes, options);
  for (;;) {
    throwIfCancelled(options.signal);
    const step = steps.next();
    if (step.done) return step.value;
    if (options.onProgress?.(step.value) === false && step.value.positions) {
      steps.return({ positions: step.value.positions() });
      return { positions: step.value.positions() };
    }
  }
}
