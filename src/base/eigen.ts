// Eigenvalues and vectors of real symmetric matrices, and the singular value decomposition of small ones. Cyclic Jacobi rotations
// (Jacobi 1846; Golub & Van Loan, Matrix Computations, 8.5) for up to 32 columns, as accurate as can be had; above that Householder
// tridiagonalisation and the implicit QL iteration (Wilkinson & Reinsch 1971, tred2 and tql2), O(n³). All in float64, row-major.
import { KarstError } from './errors.ts';

export interface Eigen {
  /** Descending. */
  readonly values: Float64Array;
  /** Row j is the unit eigenvector of value j; the entry of largest magnitude is positive. [n, n] */
  readonly vectors: Float64Array;
}

const JACOBI_LIMIT = 32;
/** Without vectors, where Jacobi's extra digits of the small values are rarely worth ten times the time. */
const JACOBI_VALUES_LIMIT = 8;

/** Of a symmetric matrix [n, n]; only what it holds on and below the diagonal is trusted. */
export function symmetricEigen(a: Float64Array, n: number): Eigen {
  checkSquare(a, n);
  const { values, columns } = n <= JACOBI_LIMIT ? jacobi(a, n) : householderQl(a, n);
  const order = Array.from(values.keys()).sort((i, j) => (values[j] as number) - (values[i] as number) || i - j);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    let largest = 0;
    for (let i = 0; i < n; i++) {
      const value = columns[i * n + from] as number;
      // Magnitudes equal to rounding count as equal, so the first of them decides.
      if (Math.abs(value) > Math.abs(largest) * (1 + 1e-9)) largest = value;
    }
    for (let i = 0; i < n; i++) vectors[to * n + i] = (columns[i * n + from] as number) * (largest < 0 ? -1 : 1);
  });
  return { values: Float64Array.from(order, (i) => values[i] as number), vectors };
}

/** Its eigenvalues alone, descending: a fraction of the time of a large matrix. */
export function symmetricEigenvalues(a: Float64Array, n: number): Float64Array {
  if (n <= JACOBI_VALUES_LIMIT) return symmetricEigen(a, n).values;
  checkSquare(a, n);
  const z = a.slice();
  const { e } = tridiagonalise(z, n);
  const d = Float64Array.from({ length: n }, (_, i) => z[i * n + i] as number);
  implicitQl(d, e, new Float64Array(0), n, 0);
  return d.sort().reverse();
}

function checkSquare(a: Float64Array, n: number): void {
  if (a.length !== n * n) throw new KarstError('internal', `an ${n} × ${n} matrix needs ${n * n} values, got ${a.length}`);
  if (a.some((value) => !Number.isFinite(value))) throw new KarstError('bad-data', 'eigenvalues need finite numbers');
}

interface Raw {
  readonly values: Float64Array;
  /** Column j belongs to value j. */
  readonly columns: Float64Array;
}

function jacobi(given: Float64Array, n: number): Raw {
  const a = given.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const rotate = (m: Float64Array, i: number, j: number, c: number, s: number): void => {
    const x = m[i] as number;
    const y = m[j] as number;
    m[i] = c * x - s * y;
    m[j] = s * x + c * y;
  };
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[q * n + p] as number;
        const app = a[p * n + p] as number;
        const aqq = a[q * n + q] as number;
        if (Math.abs(apq) <= 1e-16 * Math.sqrt(Math.abs(app * aqq)) || Math.abs(apq) < 1e-300) continue;
        rotated = true;
        const theta = (aqq - app) / (2 * apq);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let i = 0; i < n; i++) {
          rotate(v, i * n + p, i * n + q, c, s);
          if (i === p || i === q) continue;
          const low = Math.max(i, p) * n + Math.min(i, p);
          const high = Math.max(i, q) * n + Math.min(i, q);
          rotate(a, low, high, c, s);
        }
        a[p * n + p] = app - t * apq;
        a[q * n + q] = aqq + t * apq;
        a[q * n + p] = 0;
      }
    }
    if (!rotated) break;
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i] as number), columns: v };
}

interface Tridiagonal {
  /** Half the squared length of each reflected row, 0 where none was reflected. */
  readonly h: Float64Array;
  /** Below the diagonal, from 1. */
  readonly e: Float64Array;
}

/** Leaves the diagonal in place in z, the vector of reflection i in row i, and over h in column i. Reads z by rows, in order of memory. */
function tridiagonalise(z: Float64Array, n: number): Tridiagonal {
  const h = new Float64Array(n);
  const e = new Float64Array(n);
  for (let i = n - 1; i >= 1; i--) {
    const u = z.subarray(i * n, i * n + i);
    let size = 0;
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(u[k] as number);
    if (i === 1 || scale === 0) {
      e[i] = u[i - 1] as number;
      continue;
    }
    for (let k = 0; k < i; k++) {
      const value = (u[k] as number) / scale;
      u[k] = value;
      size += value * value;
    }
    const f = u[i - 1] as number;
    const g = f >= 0 ? -Math.sqrt(size) : Math.sqrt(size);
    e[i] = scale * g;
    size -= f * g;
    u[i - 1] = f - g;
    h[i] = size;
    // e ← A u / h of the rows above, each read once: its part of the sums to its left, and of its own.
    e.fill(0, 0, i);
    for (let j = 0, at = 0; j < i; j++, at += n) {
      const uj = u[j] as number;
      let dot = (z[at + j] as number) * uj;
      for (let k = 0; k < j; k++) {
        const value = z[at + k] as number;
        dot += value * (u[k] as number);
        e[k] = (e[k] as number) + value * uj;
      }
      e[j] = dot;
    }
    let sum = 0;
    for (let j = 0; j < i; j++) {
      z[j * n + i] = (u[j] as number) / size;
      e[j] = (e[j] as number) / size;
      sum += (e[j] as number) * (u[j] as number);
    }
    const half = sum / (size + size);
    for (let j = 0, at = 0; j < i; j++, at += n) {
      const uj = u[j] as number;
      const w = (e[j] as number) - half * uj;
      e[j] = w;
      for (let k = 0; k <= j; k++) {
        z[at + k] = (z[at + k] as number) - (uj * (e[k] as number) + w * (u[k] as number));
      }
    }
  }
  return { h, e };
}

function householderQl(given: Float64Array, n: number): Raw {
  const z = given.slice();
  const { h: d, e } = tridiagonalise(z, n);
  for (let i = 0; i < n; i++) {
    if (d[i] !== 0) {
      const weights = new Float64Array(i);
      for (let k = 0; k < i; k++) {
        const u = z[i * n + k] as number;
        for (let j = 0; j < i; j++) weights[j] = (weights[j] as number) + u * (z[k * n + j] as number);
      }
      for (let k = 0; k < i; k++) {
        const u = z[k * n + i] as number;
        for (let j = 0; j < i; j++) z[k * n + j] = (z[k * n + j] as number) - (weights[j] as number) * u;
      }
    }
    d[i] = z[i * n + i] as number;
    z[i * n + i] = 1;
    for (let j = 0; j < i; j++) {
      z[j * n + i] = 0;
      z[i * n + j] = 0;
    }
  }
  implicitQl(d, e, z, n);
  return { values: d, columns: z };
}

/** Diagonalises the tridiagonal matrix (d, e from index 1), turning the columns of z along. Also what a Lanczos iteration ends with. */
export function implicitQl(d: Float64Array, e: Float64Array, z: Float64Array, n: number, zRows = n): void {
  // The vectors are turned as rows of a transposed copy: the inner loop then runs over memory in order.
  const vt = new Float64Array(n * zRows);
  for (let i = 0; i < zRows; i++) for (let j = 0; j < n; j++) vt[j * zRows + i] = z[i * n + j] as number;
  for (let i = 1; i < n; i++) e[i - 1] = e[i] as number;
  e[n - 1] = 0;
  // Below the rounding of the whole matrix nothing is told apart: of a matrix of low rank the rest is noise that need not converge.
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i] as number) + Math.abs(e[i] as number));
  const noise = Number.EPSILON * norm;
  for (let l = 0; l < n; l++) {
    for (let turn = 0; ; turn++) {
      let m = l;
      for (; m < n - 1; m++) {
        const size = Math.abs(d[m] as number) + Math.abs(d[m + 1] as number);
        if (Math.abs(e[m] as number) <= Math.max(noise, Number.EPSILON * size)) break;
      }
      if (m === l) break;
      if (turn === 100) throw new KarstError('internal', `eigenvalue ${l} of ${n} did not converge in 100 turns`);
      let g = ((d[l + 1] as number) - (d[l] as number)) / (2 * (e[l] as number));
      let r = Math.hypot(g, 1);
      g = (d[m] as number) - (d[l] as number) + (e[l] as number) / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * (e[i] as number);
        const b = c * (e[i] as number);
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] = (d[i + 1] as number) - p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = (d[i + 1] as number) - p;
        r = ((d[i] as number) - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        const at = i * zRows;
        for (let k = at, next = at + zRows; k < at + zRows; k++, next++) {
          const upper = vt[next] as number;
          const lower = vt[k] as number;
          vt[next] = s * lower + c * upper;
          vt[k] = c * lower - s * upper;
        }
      }
      if (r === 0 && i >= l) continue;
      d[l] = (d[l] as number) - p;
      e[l] = g;
      e[m] = 0;
    }
  }
  for (let i = 0; i < zRows; i++) for (let j = 0; j < n; j++) z[i * n + j] = vt[j * zRows + i] as number;
}

export interface Singular {
  /** Columns are left vectors, [n, n]. */
  readonly u: Float64Array;
  /** Descending, none negative. */
  readonly values: Float64Array;
  /** Columns are right vectors, [n, n]. */
  readonly v: Float64Array;
}

/** A = U diag(values) Vᵀ of a small square matrix, by one-sided Jacobi rotations (Hestenes 1958); rank may be deficient. */
export function singularValues(a: Float64Array, n: number): Singular {
  const w = a.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const dot = (p: number, q: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (w[i * n + p] as number) * (w[i * n + q] as number);
    return sum;
  };
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const cross = dot(p, q);
        const pp = dot(p, p);
        const qq = dot(q, q);
        if (Math.abs(cross) <= 1e-15 * Math.sqrt(pp * qq) || cross === 0) continue;
        rotated = true;
        const theta = (qq - pp) / (2 * cross);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        for (const m of [w, v]) {
          for (let i = 0; i < n; i++) {
            const x = m[i * n + p] as number;
            const y = m[i * n + q] as number;
            m[i * n + p] = c * x - t * c * y;
            m[i * n + q] = t * c * x + c * y;
          }
        }
      }
    }
    if (!rotated) break;
  }
  const sizes = Array.from({ length: n }, (_, j) => Math.sqrt(dot(j, j)));
  const order = sizes.map((_, j) => j).sort((i, j) => (sizes[j] as number) - (sizes[i] as number) || i - j);
  const out: Singular = { u: new Float64Array(n * n), values: new Float64Array(n), v: new Float64Array(n * n) };
  const tiny = 1e-14 * (sizes[order[0] ?? 0] ?? 0);
  order.forEach((from, to) => {
    const size = sizes[from] as number;
    out.values[to] = size;
    for (let i = 0; i < n; i++) {
      out.v[i * n + to] = v[i * n + from] as number;
      out.u[i * n + to] = size > tiny ? (w[i * n + from] as number) / size : 0;
    }
    if (size <= tiny) completeColumn(out.u, n, to);
  });
  return out;
}

/** Fills column `j` with a unit vector at right angles to the columns before it. */
function completeColumn(u: Float64Array, n: number, j: number): void {
  for (let axis = 0; axis < n; axis++) {
    const candidate = new Float64Array(n);
    candidate[axis] = 1;
    for (let pass = 0; pass < 2; pass++) {
      for (let q = 0; q < j; q++) {
        let along = 0;
        for (let i = 0; i < n; i++) along += (candidate[i] as number) * (u[i * n + q] as number);
        for (let i = 0; i < n; i++) candidate[i] = (candidate[i] as number) - along * (u[i * n + q] as number);
      }
    }
    const size = Math.hypot(...candidate);
    if (size < 0.5 / Math.sqrt(n)) continue;
    for (let i = 0; i < n; i++) u[i * n + j] = (candidate[i] as number) / size;
    return;
  }
}
