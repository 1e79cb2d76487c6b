// Principal component analysis, exact (Pearson 1901; Hotelling 1933): the eigenvectors of the covariance of the codes, in float64. Signs
// are fixed by making each component's entry of largest magnitude positive, so the same codes always give the same map. Where there are
// more columns than rows the same components come from the rows' Gram matrix (Turk & Pentland 1991), at the cost of the smaller side.
import { member } from '../base/family.ts';
import { symmetricEigen } from '../base/eigen.ts';
import { columnMeans, covariance, matrix, type Matrix } from '../base/matrix.ts';
import type { LinearMap, Projection } from './projection.ts';

export function principalComponents(codes: Matrix, dims: number): LinearMap {
  const { rows, cols } = codes;
  const mean = columnMeans(codes);
  const components = new Float32Array(dims * cols);
  const variances = new Float32Array(dims);
  const found: LinearMap = { mean: Float32Array.from(mean), components, variances, totalVariance: 0 };
  if (rows < 2 || cols === 0) return found;
  if (cols <= rows || cols <= 64) {
    const cov = covariance(codes, mean);
    const { values, vectors } = symmetricEigen(cov, cols);
    for (let k = 0; k < Math.min(dims, cols); k++) {
      variances[k] = Math.max(0, values[k] as number);
      for (let j = 0; j < cols; j++) components[k * cols + j] = vectors[k * cols + j] as number;
    }
    let totalVariance = 0;
    for (let j = 0; j < cols; j++) totalVariance += cov[j * cols + j] as number;
    return { ...found, totalVariance };
  }
  return { ...found, totalVariance: fromGram(codes, mean, dims, components, variances) };
}

/** Fills components and variances; gives the total variance. */
function fromGram(codes: Matrix, mean: Float64Array, dims: number, components: Float32Array, variances: Float32Array): number {
  const { rows, cols } = codes;
  const centred = Float64Array.from(codes.data, (value, at) => value - (mean[at % cols] as number));
  const gram = new Float64Array(rows * rows);
  let totalVariance = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += (centred[i * cols + c] as number) * (centred[j * cols + c] as number);
      gram[i * rows + j] = gram[j * rows + i] = sum / (rows - 1);
    }
    totalVariance += gram[i * rows + i] as number;
  }
  const { values, vectors } = symmetricEigen(gram, rows);
  for (let k = 0; k < Math.min(dims, rows - 1); k++) {
    const value = values[k] as number;
    if (value <= 1e-12 * totalVariance) break;
    const component = new Float64Array(cols);
    for (let i = 0; i < rows; i++) {
      const weight = vectors[k * rows + i] as number;
      for (let c = 0; c < cols; c++) component[c] = (component[c] as number) + weight * (centred[i * cols + c] as number);
    }
    const size = Math.sqrt(value * (rows - 1));
    const largest = component.reduce((most, one) => (Math.abs(one) > Math.abs(most) * (1 + 1e-9) ? one : most), 0);
    for (let c = 0; c < cols; c++) components[k * cols + c] = ((component[c] as number) / size) * Math.sign(largest);
    variances[k] = value;
  }
  return totalVariance;
}

/** Places codes on the map, [rows, dims]. */
export function toPositions(linear: LinearMap, codes: Matrix): Matrix {
  const dims = linear.variances.length;
  const cols = linear.mean.length;
  const positions = matrix(codes.rows, dims);
  for (let i = 0; i < codes.rows; i++) {
    for (let k = 0; k < dims; k++) {
      let sum = 0;
      for (let j = 0; j < cols; j++) {
        const offset = (codes.data[i * cols + j] as number) - (linear.mean[j] as number);
        sum += (linear.components[k * cols + j] as number) * offset;
      }
      positions.data[i * dims + k] = sum;
    }
  }
  return positions;
}

/** Turns places on the map into codes: the one code in the map's plane that is laid out there. */
export function fromPositions(linear: LinearMap, positions: Matrix): Matrix {
  const dims = linear.variances.length;
  const cols = linear.mean.length;
  const codes = matrix(positions.rows, cols);
  for (let i = 0; i < positions.rows; i++) {
    for (let j = 0; j < cols; j++) {
      let sum = linear.mean[j] as number;
      for (let k = 0; k < dims; k++) {
        sum += (positions.data[i * dims + k] as number) * (linear.components[k * cols + j] as number);
      }
      codes.data[i * cols + j] = sum;
    }
  }
  return codes;
}

export const pca = member({
  id: 'pca',
  title: 'PCA',
  summary: 'the directions of largest variance; instant, exact, the same every time, distances keep their meaning',
  paper: 'Hotelling 1933, Analysis of a complex of statistical variables into principal components',
  params: {},
  make: (): Projection => ({
    *steps(codes, { dims }) {
      yield { fraction: 0, text: 'finding the directions of largest variance' };
      const linear = principalComponents(codes, dims);
      return { positions: toPositions(linear, codes), linear, unitsPerSd: 1 };
    },
  }),
});
