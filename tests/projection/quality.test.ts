import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { principalComponents, toPositions } from '../../src/projection/pca.ts';
import { mapQuality, neighbourLabelAccuracy } from '../../src/projection/quality.ts';
import { digits, golden, normalMatrix, small, type GoldenQuality } from './fixtures.ts';

function expectAgreement(found: ReturnType<typeof mapQuality>, wanted: GoldenQuality, digits: number): void {
  expect(found?.k).toBe(wanted.k);
  expect(found?.trustworthiness).toBeCloseTo(wanted.trustworthiness, digits);
  expect(found?.continuity).toBeCloseTo(wanted.continuity, digits);
  expect(found?.recall).toBeCloseTo(wanted.recall, digits);
}

describe('trustworthiness, continuity and recall', () => {
  it('of PCA on the digits are those of scikit-learn', () => {
    const { codes, labels } = digits();
    const positions = toPositions(principalComponents(codes, 2), codes);
    // Equal distances between digits of few grey levels are ordered differently: hence three places, not all.
    for (const wanted of golden.digits.quality) expectAgreement(mapQuality(codes, positions, { k: wanted.k }), wanted, 3);
    expect(neighbourLabelAccuracy(positions, labels)).toBeCloseTo(golden.digits.labelAccuracy, 3);
  });

  it('of a small map are those of scikit-learn', () => {
    const positions = toPositions(principalComponents(small, 2), small);
    expectAgreement(mapQuality(small, positions, { k: golden.small.k - 1 }), golden.small.quality, 9);
  });

  it('are 1 for a map that keeps all, and fall to the value of chance for one that keeps nothing', () => {
    const codes = normalMatrix(400, 3, Rng.fromSeed(1));
    expect(mapQuality(codes, codes)).toEqual({ trustworthiness: 1, continuity: 1, recall: 1, k: 15, rows: 400 });
    const chance = mapQuality(codes, normalMatrix(400, 3, Rng.fromSeed(2)));
    expect(chance?.trustworthiness).toBeCloseTo(0.5, 1);
    expect(chance?.recall).toBeLessThan(0.06);
  });

  it('are measured on a seeded share of many rows, and not at all on too few', () => {
    const codes = normalMatrix(900, 4, Rng.fromSeed(1));
    const positions = toPositions(principalComponents(codes, 2), codes);
    const part = mapQuality(codes, positions, { rows: 500, rng: Rng.fromSeed(9) });
    expect(part?.rows).toBe(500);
    expect(part).toEqual(mapQuality(codes, positions, { rows: 500, rng: Rng.fromSeed(9) }));
    expect(part?.trustworthiness).toBeCloseTo(mapQuality(codes, positions)?.trustworthiness ?? 0, 1);
    expect(mapQuality(matrix(30, 2), matrix(30, 2))).toBeUndefined();
    expect(() => mapQuality(matrix(30, 2), matrix(31, 2))).toThrow(/one position a code, got 31 for 30/);
  });
});
