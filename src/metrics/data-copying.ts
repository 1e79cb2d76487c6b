// C_T, the data-copying test (Meehan, Chaudhuri & Dasgupta 2020). k-means cuts the space into cells by the training rows; in each, the distances of
// samples from the nearest training row there are compared with those of held-out rows by Mann & Whitney's z (mann-whitney.ts), and
//   C_T = Σ_c P(c) z_c / Σ_c P(c)   over the cells with enough samples, P(c) the held-out rows' share of cell c.
// Below -3 the samples are too near to the training rows: copies. Above 3 they are farther than the data are: underfit. By cell, because samples
// that crowd where the data are dense are near to training rows without being copies. On digits (2,000 of each set) one class alone scores -47 in one
// cell, -5 to -12 in ten, -2 to -6 in twenty, and true copies -55, -17 and -12: so twenty, not the paper's five to ten. Where most held-out rows lie in
// cells without samples the answer is of little, and says so.
import { counted } from '../base/counted.ts';
import { member } from '../base/family.ts';
import { takeRows, type Matrix } from '../base/matrix.ts';
import { nearestTo, type SearchOptions } from '../base/neighbours.ts';
import type { Rng } from '../base/rng.ts';
import { kMeans, nearestCentre } from './k-means.ts';
import { mannWhitney } from './mann-whitney.ts';
import { told, type SampleMetric } from './sample-metric.ts';

export interface DataCopying {
  readonly ct: number;
  /** Of all rows in one cell. */
  readonly global: number;
  /** Share of the held-out rows that lie in cells that were compared. */
  readonly compared: number;
  /** Of each cell; NaN where it has too few samples, or no held-out row. */
  readonly z: Float64Array;
  readonly ofReal: Int32Array;
  readonly ofFake: Int32Array;
}

/** `fewest`: samples that a cell needs to be compared. */
export function dataCopying(
  { train, real, fake }: { readonly train: Matrix; readonly real: Matrix; readonly fake: Matrix },
  cells: number,
  fewest: number,
  rng: Rng,
  options: SearchOptions = {},
): DataCopying {
  const { centres, of: ofTrain } = kMeans(train, cells, rng, options);
  const [ofReal, ofFake] = [nearestCentre(centres, real, options), nearestCentre(centres, fake, options)];
  const within = (m: Matrix, of: Int32Array, cell: number): Matrix =>
    takeRows(
      m,
      Array.from(of.keys()).filter((i) => of[i] === cell),
    );
  const compare = (t: Matrix, x: Matrix, y: Matrix): number =>
    mannWhitney(nearestTo(t, y, 1, options).distances, nearestTo(t, x, 1, options).distances);
  const global = compare(train, real, fake);
  const z = new Float64Array(centres.rows).fill(NaN);
  let [weighted, weight] = [0, 0];
  for (let cell = 0; cell < centres.rows; cell++) {
    const [t, x, y] = [within(train, ofTrain, cell), within(real, ofReal, cell), within(fake, ofFake, cell)];
    if (y.rows < fewest || x.rows === 0 || t.rows === 0) continue;
    z[cell] = compare(t, x, y);
    weighted += x.rows * (z[cell] as number);
    weight += x.rows;
  }
  return { ct: weight > 0 ? weighted / weight : global, global, compared: weight / real.rows, z, ofReal, ofFake };
}

/** Cells have so many times as many rows as they need, on average: they are not all of one size. */
const ROOM = 5;
/** Where less of the held-out rows is compared, it is told. */
const MOST = 0.75;

export const dataCopyingTest = member({
  id: 'data-copying',
  title: 'Data-copying test C_T',
  summary: 'are samples nearer to the training rows than held-out rows are? below −3 they are copies, above 3 underfit',
  formula: 'C_T = Σ_c P(c) z_c / Σ_c P(c), z_c Mann & Whitney’s z of distances from the training rows of cell c',
  paper: 'Meehan, Chaudhuri & Dasgupta 2020, arXiv 2004.05675',
  params: {
    cells: {
      kind: 'int',
      default: 20,
      min: 1,
      max: 200,
      help: 'cells that the training rows are cut into, fewer where rows are few',
    },
    fewest: { kind: 'int', default: 20, min: 2, max: 1000, help: 'samples that a cell needs to be compared' },
  },
  make:
    ({ cells: asked, fewest }): SampleMetric =>
    (sets, rng, options) => {
      const most = Math.max(1, Math.floor(Math.min(sets.train.rows, sets.fake.rows) / (ROOM * fewest)));
      const cells = Math.min(asked, most);
      const found = dataCopying(sets, cells, fewest, rng.stream('cells'), options);
      const z = found.z.filter((one) => !Number.isNaN(one));
      const zOf = (of: Int32Array): Float32Array => Float32Array.from(of, (cell) => found.z[cell] as number);
      const percent = `${Math.round(100 * found.compared)} %`;
      const note =
        z.length === 0
          ? `no cell has ${fewest} samples and a held-out row: all rows were compared as one cell`
          : `only ${percent} of the held-out rows lie in cells with ${fewest} samples or more: samples are missing elsewhere, and C_T tells of these cells alone`;
      return {
        value: found.ct,
        unit: 'z-score',
        expected: 0,
        rows: sets.fake.rows,
        beside: [
          { title: 'of all rows as one cell', value: found.global, unit: 'z-score' },
          ...(z.length > 0 ? [{ title: 'of the cell most copied', value: Math.min(...z), unit: 'z-score' } as const] : []),
          { title: 'held-out rows in the cells compared', value: found.compared, unit: 'share' },
        ],
        perPoint: [
          { of: 'samples', title: 'z of the sample’s cell', values: zOf(found.ofFake) },
          { of: 'heldOut', title: 'z of the row’s cell', values: zOf(found.ofReal) },
        ],
        ...told(
          sets,
          cells < asked ? `${counted(cells, 'cell')}, not ${asked}: there are too few rows for more` : undefined,
          found.compared < MOST ? note : undefined,
        ),
      };
    },
});
