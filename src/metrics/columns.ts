// Columns that say nothing or say it twice, and what a reader must know of them. A constant column adds nothing to any distance; one that
// repeats another makes it weigh twice. O(rows · columns), every candidate compared.
import type { Matrix } from '../base/matrix.ts';

export interface IdleColumns {
  readonly constant: readonly number[];
  /** Columns that are equal, row by row, to one before them; constant ones are not counted again. */
  readonly repeated: readonly number[];
}

export function idleColumns({ rows, cols, data }: Matrix): IdleColumns {
  const hashes = new Int32Array(cols).fill(0x811c9dc5);
  const varies = new Uint8Array(cols);
  const float = new Float32Array(1);
  const bits = new Int32Array(float.buffer);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, at++) {
      if (data[at] !== data[j]) varies[j] = 1;
      float[0] = (data[at] as number) + 0; // -0 + 0 is 0
      const hash = Math.imul((hashes[j] as number) ^ (bits[0] as number), 0x01000193);
      hashes[j] = hash ^ (hash >>> 15);
    }
  }
  const isSame = (a: number, b: number): boolean => {
    for (let at = 0; at < rows * cols; at += cols) if (data[at + a] !== data[at + b]) return false;
    return true;
  };
  const constant: number[] = [];
  const repeated: number[] = [];
  const alike = new Map<number, number[]>();
  for (let j = 0; j < cols; j++) {
    if (!varies[j]) {
      constant.push(j);
      continue;
    }
    const candidates = alike.get(hashes[j] as number) ?? [];
    if (candidates.some((candidate) => isSame(candidate, j))) repeated.push(j);
    else alike.set(hashes[j] as number, [...candidates, j]);
  }
  return { constant, repeated };
}

/** In words; nothing where there is nothing to tell. */
export function describeColumns(m: Matrix): string[] {
  const { constant, repeated } = idleColumns(m);
  const say = (count: number, one: string, many: string): string =>
    `${count} of ${m.cols} ${m.cols === 1 ? 'column' : 'columns'} ${count === 1 ? one : many}`;
  return [
    ...(constant.length > 0 ? [say(constant.length, 'is constant and adds', 'are constant and add') + ' nothing'] : []),
    ...(repeated.length > 0 ? [say(repeated.length, 'repeats', 'repeat') + ' another, which weighs more for it'] : []),
  ];
}
