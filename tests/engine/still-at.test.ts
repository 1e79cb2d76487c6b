// Where a survey says that the decoder hardly moves: slopes beside their usual one, and beside what rows differ by.
import { expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { spreadOf, stillAt, walkedSlopes } from '../../src/engine/survey.ts';

/** Where codes differ as the prior does, slopes are walked as they are. */
const still = (slopes: Float64Array, data: ReturnType<typeof rows>) => stillAt(slopes, slopes, data);
/** Two rows at ± `half` in one column: their variance is half². */
const rows = (half: number) => matrix(2, 1, Float32Array.of(-half, half));

it('is still below a tenth of the usual slope', () => {
  // The root mean square of (1, 1, 1, s) is about 0.87 for a small s.
  expect([...still(Float64Array.of(1, 1, 1, 0.08), rows(0.01))]).toEqual([0, 0, 0, 1]);
  expect([...still(Float64Array.of(1, 1, 1, 0.1), rows(0.01))]).toEqual([0, 0, 0, 0]);
});

it('is still everywhere where codes explain less than a twentieth of the rows’ variance, however even the slopes are', () => {
  const slopes = Float64Array.of(0.1, 0.1, 0.1);
  expect([...still(slopes, rows(1))]).toEqual([1, 1, 1]); // 0.1² is below 0.05
  expect([...still(slopes, rows(0.4))]).toEqual([0, 0, 0]); // and above 0.05 × 0.16
});

it('has nothing to say of no slopes', () => expect(still(new Float64Array(0), rows(1))).toHaveLength(0));

it('is still everywhere where all codes are alike, however steep the decoder is: posterior collapse is a hollow', () => {
  const steep = {
    points: 2,
    latentSize: 2,
    sampleSize: 1,
    rank: 1,
    eigenvalues: Float64Array.of(25, 25),
    slopes: Float64Array.of(3, 4, 4, 3),
    still: 0,
  };
  const [healthy, collapsed] = [
    matrix(2, 2, Float32Array.of(-1, 1, 1, -1)),
    matrix(2, 2, Float32Array.of(-0.01, 0.01, 0.01, -0.01)),
  ];
  const of = (codes: typeof healthy) => walkedSlopes(steep, spreadOf(codes));
  expect([...of(healthy)]).toEqual([5, 5]);
  expect([...of(collapsed)].map((one) => one.toFixed(4))).toEqual(['0.0500', '0.0500']);
  const slopes = Float64Array.of(5, 5);
  expect([...stillAt(slopes, of(healthy), rows(5))]).toEqual([0, 0]);
  expect([...stillAt(slopes, of(collapsed), rows(5))]).toEqual([1, 1]);
});
