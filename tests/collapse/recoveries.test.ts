// Recoveries: small runs that fall ill, are warned of, cured by the first cure on offer and measured beside the same run without it; what the table
// makes of them, and that it leaves no cause out. The large set is `npm run reproduce -- recoveries`.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/collapse/causes.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import { TABLE } from '../../src/node/reproduce/known-case.ts';
import { recoveryCases } from '../../src/node/reproduce/recoveries.ts';
import { figures } from '../../src/node/reproduce/recovery-figures.ts';
import { recoveryMerits, recoveryTable, type ToldRecovery } from '../../src/node/reproduce/recovery-table.ts';
import { recover, type Outcome, type Recovery, type RecoveryCase } from '../../src/node/reproduce/recovery.ts';

const points = {
  'net.width': 32,
  'train.batchSize': 60,
  'model.latentSize': 2,
  'train.heldOut': 0.4,
  'model.learningRate': 3e-3,
};
const vae = { dataset: 'ring', datasetParams: { rows: 300, sd: 0.05 }, model: 'vae', seed: 1, steps: 400, looks: 10 } as const;
const players = {
  'net.width': 32,
  'train.batchSize': 64,
  'model.latentSize': 8,
  'model.standardise': false,
  'train.heldOut': 0.4,
};
const gan = { dataset: 'ring', datasetParams: { rows: 400, sd: 0.05 }, model: 'gan', seed: 1, steps: 600, looks: 20 } as const;
const rates = (generator: number, discriminator = generator) => ({
  'model.learningRate': generator,
  'model.discriminatorLearningRate': discriminator,
});

interface Small extends RecoveryCase {
  /** The cure that is on offer first. */
  readonly expected: string;
  /** Between them lie the figures without the cure and with it. */
  readonly bounds: readonly [without: number, cured: number];
}

const small: readonly Small[] = [
  {
    ...{ ...vae, title: 'a rate that was turned up', cause: 'divergence', figure: 'loss', expected: 'slower', bounds: [20, 3] },
    set: { ...points, 'net.activation': 'tanh' },
    moves: [{ step: 200, values: { learningRate: 2 } }],
  },
  {
    ...{ ...vae, title: 'beta 30', cause: 'posterior-collapse', figure: 'information', expected: 'lower-beta', bounds: [0.1, 1] },
    ...{ datasetParams: { rows: 500, sd: 0.05 }, looks: 12 },
    set: {
      ...points,
      ...{ 'model.beta': 30, 'net.activation': 'tanh', 'net.width': 64, 'train.batchSize': 100, 'train.heldOut': 0.3 },
    },
  },
  {
    ...{ ...vae, title: 'a noisy decoder', cause: 'ignored-code', figure: 'gap', expected: 'learned-noise', bounds: [0.1, 5] },
    ...{ steps: 240, looks: 12 },
    set: {
      ...{ ...points, 'model.latentSize': 8, 'model.freeBits': 0.5, 'model.likelihood': 'gaussian' },
      ...{ 'likelihood.variance': 'fixed', 'likelihood.sigma': 8 },
    },
  },
  {
    ...{ ...vae, title: 'twelve dimensions', cause: 'partial-collapse', figure: 'unitShare', bounds: [0.2, 0.3] },
    expected: 'narrower-latent',
    set: { ...points, 'model.latentSize': 12, 'model.beta': 0.5 },
  },
  {
    ...{ ...gan, title: 'hasty players', cause: 'rotating-modes', figure: 'modes', expected: 'calmer', bounds: [4, 5] },
    set: { ...players, ...rates(5e-3), 'model.beta1': 0.9 },
  },
  {
    ...{
      ...gan,
      title: 'a fast discriminator',
      cause: 'mode-collapse',
      figure: 'modes',
      expected: 'relativistic',
      bounds: [4, 5],
    },
    set: { ...players, ...rates(5e-4, 8e-3), 'model.criticSteps': 3 },
  },
];

const ids = ({ verdict }: Outcome): readonly string[] => verdict.causes.map(({ id }) => id);

describe.each(small)('a run with $title', (known) => {
  it(`is warned of ${known.cause}, and ${known.expected} mends it where time alone does not`, async () => {
    const { warning, cure, from, without, cured } = await recover(known);
    expect(cure).toBe(known.expected);
    expect(warning.since).toBeLessThanOrEqual(warning.step);
    expect(warning.step).toBeLessThan(known.steps);
    expect(from).toBeLessThan(warning.since);
    const way = figures[known.figure].better === 'more' ? 1 : -1;
    expect(way * without.figure).toBeLessThanOrEqual(way * known.bounds[0]);
    expect(way * cured.figure).toBeGreaterThanOrEqual(way * known.bounds[1]);
    expect([without.step, cured.step]).toEqual([known.steps, known.steps]);
    expect(ids(without)).toContain(known.cause);
    expect(ids(cured)).not.toContain(known.cause);
  });
});

describe('the table of recoveries', () => {
  const outcome = (figure: number, ...found: readonly string[]): Outcome => ({
    ...{ step: 100, figure },
    verdict: {
      state: found.length > 0 ? 'collapsed' : 'healthy',
      sentence: '',
      reasons: [],
      causes: found.map((id) => ({ id }) as never),
    },
  });
  const known: RecoveryCase = {
    ...{ ...gan, title: 'one', cause: 'mode-collapse', figure: 'modes', set: {}, note: 'of it something is noted.' },
  };
  const result = (without: Outcome, cured: Outcome): Recovery => ({
    ...{ warning: { step: 40, since: 20, confidence: 0.8, figure: 2 }, namedFirst: 'mode-collapse', advised: [] },
    ...{ cure: 'relativistic', changes: { 'model.beta1': 0 }, from: 10, without, cured, seconds: 3 },
  });
  const told = (without: Outcome, cured: Outcome): ToldRecovery => ({ known, result: result(without, cured) });

  it('says what does not hold: a figure that is no better, a cause that goes by itself or stays', () => {
    const holds = (...all: readonly ToldRecovery[]): readonly boolean[] => recoveryMerits(all).map((one) => one.holds);
    const good = told(outcome(3, 'mode-collapse'), outcome(8));
    expect(holds(good)).toEqual([true, true, true, true]);
    expect(holds(good, told(outcome(8, 'mode-collapse'), outcome(8)))).toEqual([true, false, true, true]);
    expect(holds(told(outcome(3), outcome(8)))).toEqual([true, true, false, true]);
    expect(holds(told(outcome(3, 'mode-collapse'), outcome(8, 'mode-collapse')))).toEqual([true, true, true, false]);
    expect(holds({ known, result: { error: 'no warning' } })).toEqual([false, false, false, false]);
    const text = recoveryTable([good], 'About.');
    expect(text).toMatch(
      /\| `mode-collapse` \| one \| 600 \| 40 \| mode-collapse \| `relativistic` \| step 10 \| .* \| 2 → 3 → 8 \|/,
    );
    expect(text).toContain('- one: of it something is noted.');
  });

  it('has a case of every cause, and all can be made', () => {
    const all = recoveryCases('mnist');
    expect([...new Set(all.map(({ cause }) => cause))].toSorted()).toEqual(causes.map(({ id }) => id).toSorted());
    expect(recoveryCases(undefined).every(({ dataset }) => ['ring', 'grid', 'shapes', TABLE].includes(dataset))).toBe(true);
    for (const { model, set, dataset } of all) {
      const picture = { kind: 'picture', height: 28, width: 28, channels: dataset === 'shapes' ? 3 : 1 } as const;
      const columns = { ring: 2, grid: 2, [TABLE]: 8 }[dataset];
      const sample = columns === undefined ? picture : ({ kind: 'vector', size: columns } as const);
      expect(makeModel(model, set, sample).latentSize).toBeGreaterThan(0);
    }
  });

  it('stands in the document, each case with its answer', () => {
    const lines = readFileSync('docs/collapse.md', 'utf8').split('\n');
    for (const { cause, title, steps } of recoveryCases('mnist')) {
      const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
      const row = cells.find((one) => one[1] === `\`${cause}\`` && one[2] === title && one[3] === String(steps));
      expect(row?.[4], title).toMatch(/^\d+$/); // it was warned of
    }
  });
});
