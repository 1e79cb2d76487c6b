// Rows that are the same, value by value (0 and -0 count as one). Found by hashing, every candidate compared: exact, O(rows · columns).
import type { Matrix } from '../base/matrix.ts';

export interface Duplicates {
  /** For each row, the first row that is the same: itself where there is none before it. */
  readonly first: Int32Array;
  /** The first of each, ascending. */
  readonly distinct: Int32Array;
}

export function findDuplicates({ rows, cols, data }: Matrix): Duplicates {
  const first = new Int32Array(rows);
  const distinct: number[] = [];
  const alike = new Map<number, number[]>(); // by hash, the distinct rows that have it
  const float = new Float32Array(1);
  const bits = new Int32Array(float.buffer);
  const isSame = (a: number, b: number): boolean => {
    for (let x = a * cols, y = b * cols, end = x + cols; x < end; x++, y++) if (data[x] !== data[y]) return false;
    return true;
  };
  for (let i = 0; i < rows; i++) {
    let hash = 0x811c9dc5;
    for (let at = i * cols, end = at + cols; at < end; at++) {
      float[0] = (data[at] as number) + 0; // -0 + 0 is 0
      hash = Math.imul(hash ^ (bits[0] as number), 0x01000193);
      hash ^= hash >>> 15; // products alone never bring the upper bits down
    }
    const candidates = alike.get(hash);
    const found = candidates?.find((candidate) => isSame(candidate, i));
    first[i] = found ?? i;
    if (found !== undefined) continue;
    distinct.push(i);
    if (candidates) candidates.push(i);
    else alike.set(hash, [i]);
  }
  return { first, distinct: Int32Array.from(distinct) };
}

export function repeats(what: string, count: number, of: number): string | undefined {
  return count === 0 ? undefined : `${count} of ${of} ${what} ${count === 1 ? 'repeats' : 'repeat'} another exactly`;
}
