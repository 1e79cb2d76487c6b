// Where a survey says that the decoder hardly moves: slopes beside their usual one, and beside what rows differ by.
import { expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { stillAt } from '../../src/engine/survey.ts';

/** Two rows at ± `half` in one column: their variance is half². */
const rows = (half: number) => matrix(2, 1, Float32Array.of(-half, half));

it('is still below a tenth of the usual slope', () => {
  // The root mean square of (1, 1, 1, s) is about 0.87 for a small s.
  expect([...stillAt(Float64Array.of(1, 1, 1, 0.08), rows(0.01))]).toEqual([0, 0, 0, 1]);
  expect([...stillAt(Float64Array.of(1, 1, 1, 0.1), rows(0.01))]).toEqual([0, 0, 0, 0]);
});

it('is still everywhere where codes explain less than a twentieth of the rows’ variance, however even the slopes are', () => {
  const slopes = Float64Array.of(0.1, 0.1, 0.1);
  expect([...stillAt(slopes, rows(1))]).toEqual([1, 1, 1]); // 0.1² is below 0.05
  expect([...stillAt(slopes, rows(0.4))]).toEqual([0, 0, 0]); // and above 0.05 × 0.16
});

it('has nothing to say of no slopes', () => expect(stillAt(new Float64Array(0), rows(1))).toHaveLength(0));
