// Golden values of other implementations (tests/fixtures/projection/make.py says how they were made) and small made data.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { matrix, type Matrix } from '../../src/base/matrix.ts';
import type { Rng } from '../../src/base/rng.ts';

export interface GoldenQuality {
  readonly k: number;
  readonly trustworthiness: number;
  readonly continuity: number;
  readonly recall: number;
}

interface Golden {
  readonly digits: { readonly variances: number[]; readonly quality: GoldenQuality[]; readonly labelAccuracy: number };
  readonly small: {
    readonly rows: number;
    readonly cols: number;
    readonly data: number[];
    readonly k: number;
    readonly indices: number[];
    readonly distances: number[];
    readonly sigmas: number[];
    readonly rhos: number[];
    readonly edges: [number, number, number][];
    readonly variances: number[];
    readonly components: number[];
    readonly positions: number[];
    readonly quality: GoldenQuality;
    readonly moved: number[];
    readonly disparity: number;
  };
  readonly curves: { readonly minDist: number; readonly spread: number; readonly a: number; readonly b: number }[];
}

const at = (name: string): URL => new URL(`../fixtures/projection/${name}`, import.meta.url);

export const golden = JSON.parse(readFileSync(at('golden.json'), 'utf8')) as Golden;
export const small: Matrix = matrix(golden.small.rows, golden.small.cols, Float32Array.from(golden.small.data));

/** 1,797 handwritten digits, 8 × 8, values 0 … 1. */
export function digits(): { codes: Matrix; labels: Int32Array } {
  const bytes = gunzipSync(readFileSync(at('digits.bin.gz')));
  const rows = bytes.length / 65;
  return {
    codes: matrix(
      rows,
      64,
      Float32Array.from(bytes.subarray(0, rows * 64), (value) => value / 16),
    ),
    labels: Int32Array.from(bytes.subarray(rows * 64)),
  };
}

export function normalMatrix(rows: number, cols: number, rng: Rng): Matrix {
  const m = matrix(rows, cols);
  rng.fillNormal(m.data);
  return m;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = difference; // keeps NaN
  }
  return largest;
}
