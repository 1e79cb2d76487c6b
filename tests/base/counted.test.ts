// Nouns and verbs agree with their numbers.
import { expect, it } from 'vitest';
import { counted, partOf } from '../../src/base/counted.ts';

it('a noun follows its number, and of a part the noun the whole and the verb the part', () => {
  expect([0, 1, 2].map((n) => counted(n, 'cell'))).toEqual(['0 cells', '1 cell', '2 cells']);
  expect(counted(2, 'class', 'classes')).toBe('2 classes');
  const of = (part: number, whole: number): string => partOf(part, whole, 'dimension', ['moves', 'move']);
  expect(of(1, 1)).toBe('1 of 1 dimension moves');
  expect(of(1, 8)).toBe('1 of 8 dimensions moves');
  expect(of(0, 1)).toBe('0 of 1 dimension move');
  expect(of(3, 8)).toBe('3 of 8 dimensions move');
  expect(partOf(1, 10, 'class', ['has', 'have'], 'classes')).toBe('1 of 10 classes has');
});
