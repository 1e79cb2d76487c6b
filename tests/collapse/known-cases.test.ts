// Known cases: what is made of what they told, and a few small ones trained for good. The large set is `npm run reproduce -- collapse`.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaults } from '../../src/base/params.ts';
import { causes } from '../../src/collapse/causes.ts';
import type { SampleShape } from '../../src/datasets/dataset.ts';
import { CsvReader } from '../../src/datasets/csv.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import { declineOf, leadOf, merits, namedCause, namings, type Told } from '../../src/node/reproduce/case-merits.ts';
import { caseTable } from '../../src/node/reproduce/case-table.ts';
import { runCase, TABLE, type CaseResult, type KnownCase } from '../../src/node/reproduce/known-case.ts';
import { knownCases } from '../../src/node/reproduce/known-cases.ts';
import { tableOfTwoFactors } from '../../src/node/reproduce/known-table.ts';
import { changeKnobs } from '../../src/training/knobs.ts';

const known = (truth: readonly string[], model = 'gan'): KnownCase => ({
  ...{ title: `has ${truth[0] ?? 'nothing'}`, truth, dataset: 'ring', model, set: {}, steps: 100, seed: 1 },
});
const result = (
  healths: readonly number[],
  warnings: readonly (readonly [step: number, id: string])[] = [],
  said?: string,
): CaseResult => ({
  health: healths.map((value, i) => ({ step: 10 * i, value })),
  warnings: warnings.map(([step, id]) => ({ step, since: step - 20, id, state: 'watch', confidence: 0.8 })),
  verdict: {
    ...{ state: said ? 'collapsed' : 'healthy', sentence: '', reasons: [] },
    causes: said ? [{ id: said, confidence: 0.9 } as never] : [],
  },
  steps: 100,
  seconds: 1,
  watchShare: 0.1,
});

describe('a known case', () => {
  it('declines from its best look until nine tenths of what it loses are gone', () => {
    expect(declineOf(result([0, 0.8, 0.7, 0.5, 0.3, 0.1, 0.06, 0.05]), 'gan')).toEqual({ from: 10, to: 50 });
    expect(declineOf(result([0, 0.5, 0.8, 0.7, 0.75]), 'gan'), 'it sways').toBeUndefined();
    expect(declineOf(result([0, 0.1, 0.05, 0]), 'gan'), 'it never was healthy').toBeUndefined();
  });

  it('is still as at its best while it sways by a twentieth', () => {
    expect(declineOf(result([0, 0.8, 0.76, 0.79, 0.77, 0.5, 0.3, 0.1, 0.06, 0.05]), 'gan')).toEqual({ from: 40, to: 70 });
  });

  it('is warned of early in the first third of the decline, late after it, and else before it began', () => {
    const falling = [0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0];
    const lead = (step: number) => leadOf(known(['mode-collapse']), result(falling, [[step, 'mode-collapse']]));
    expect(lead(30)).toEqual({ warned: 30, decline: { from: 10, to: 100 }, leadSteps: 70, when: 'early' });
    expect(lead(60)).toMatchObject({ leadSteps: 40, when: 'late' });
    expect(lead(0)).toMatchObject({ leadSteps: 100, when: 'before' });
    expect(lead(10), 'at its last best look nothing is lost yet').toMatchObject({ when: 'before' });
    expect(
      leadOf(known(['mode-collapse']), result(falling, [[30, 'memorisation']])),
      'another name is no warning',
    ).toBeUndefined();
  });

  it('counts for what Karst is judged by', () => {
    const told = (knownCase: KnownCase, one: CaseResult): Told => ({ known: knownCase, result: one });
    const fine = [
      told(known([]), result([0, 1])),
      told(known(['lost-modes']), result([0, 1], [[10, 'lost-modes']], 'lost-modes')),
    ];
    expect(merits(fine).map(({ holds }) => holds)).toEqual([true, true, true, true]);
    expect(merits([...fine, told(known([]), result([0, 1], [[10, 'lost-modes']]))])[0]).toMatchObject({ holds: false });
    const misnamed = told(known(['lost-modes']), result([0, 1], [], 'memorisation'));
    expect(merits([...fine, misnamed]).map(({ holds }) => holds)).toEqual([true, false, false, true]);
    const text = caseTable([...fine, misnamed], 'About.');
    expect(text).toContain('| lost-modes |  | 1 | 1 |'); // said: healthy never, lost-modes once, memorisation once
    expect(text).toContain('right name of what the run has, 1 of 2: not has lost-modes.');
    const falling = [0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0];
    const early = told(known(['lost-modes']), result(falling, [[0, 'lost-modes']], 'lost-modes'));
    expect(merits([early])[3]?.text).toContain('1 of 1 (1 of them before it began: has lost-modes)');
  });

  it('stands in the matrix by what it has, whatever other right name was said', () => {
    const lost = known(['mode-collapse', 'lost-modes']);
    const other: Told = { known: lost, result: result([0, 1], [[10, 'lost-modes']], 'lost-modes') };
    const exact: Told = { known: lost, result: result([0, 1], [[10, 'lost-modes']], 'mode-collapse') };
    const text = caseTable([other, exact], 'About.');
    expect(text).toContain('| it has, Karst says | lost-modes | mode-collapse |');
    expect(text).toContain('| mode-collapse | 1 | 1 |');
    expect(text).not.toMatch(/^\| lost-modes \|/m); // no run has it
    expect(merits([other, exact])[1]).toMatchObject({ holds: true });
    expect(namings([other, exact])).toEqual([
      expect.stringMatching(/1 of 2; otherwise: has mode-collapse \(lost-modes; mode-collapse is not among its causes\)$/),
      expect.stringMatching(/1 of 2$/),
    ]);
  });

  it('is not named by what was warned of where its last verdict does not judge, or finds it healthy again', () => {
    const warned = result([0, 1], [[10, 'lost-modes']]);
    const unjudged: CaseResult = { ...warned, verdict: { ...warned.verdict, state: 'unknown' } };
    expect(namedCause(unjudged)).toBe('unknown');
    expect(namedCause(warned)).toBe('healthy');
    const told = [unjudged, warned].map((one): Told => ({ known: known(['lost-modes']), result: one }));
    expect(merits(told).map(({ holds }) => holds)).toEqual([true, false, true, true]);
    expect(caseTable(told, 'About.')).toContain('| lost-modes | 1 |  | 1 |'); // healthy once, unknown once
  });

  it('is one of at least 24, of which six were never looked at, and all can be made', () => {
    const all = knownCases('mnist');
    expect(all.length).toBeGreaterThanOrEqual(24);
    expect(all.filter(({ isUnseen }) => isUnseen).length).toBeGreaterThanOrEqual(6);
    const ids = causes.map(({ id }) => id);
    const vector = (size: number): SampleShape => ({ kind: 'vector', size });
    const picture = (side: number, channels: 1 | 3): SampleShape => ({ kind: 'picture', height: side, width: side, channels });
    const shapes: Record<string, SampleShape> = {
      ...{ ring: vector(2), grid: vector(2), [TABLE]: vector(8), shapes: picture(32, 3), mnist: picture(28, 1) },
    };
    for (const { title, truth, model: id, set, dataset, moves = [], steps } of all) {
      for (const cause of truth) expect(ids).toContain(cause);
      const model = makeModel(id, set, shapes[dataset] as SampleShape);
      expect(model.latentSize).toBeGreaterThan(0);
      for (const { step, values } of moves) {
        expect(step, title).toBeLessThan(steps);
        changeKnobs(model, defaults(model.knobs), values); // refuses what is no knob, or no value of it
      }
      if (moves.length > 0) expect(moves[0]?.step, title).toBeGreaterThan(steps / 4); // healthy first
    }
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  });

  it('of a table is made of two factors, and read as any CSV file is', () => {
    const reader = new CsvReader('table.csv');
    reader.push(new TextEncoder().encode(tableOfTwoFactors(400, 1)));
    const table = reader.finish('table', 'Table');
    expect(table).toMatchObject({ rows: 400, sample: { kind: 'vector', size: 8 } });
    const row = new Float32Array(8);
    let off = 0;
    for (let i = 0; i < table.rows; i++) {
      table.copyRow(i, row, 0);
      const [u = NaN, v = NaN, product = NaN, difference = NaN] = row;
      off += (product - u * v) ** 2 + (difference - (u - v)) ** 2;
    }
    // Noise of 0.05 in u, v and the column: (1 + 1/3 + 1/3) and (1 + 1 + 1) times its variance.
    expect(off / table.rows / 0.05 ** 2).toBeCloseTo(14 / 3, 0);
  });

  it('of the large set stands in the document, each with its answer', () => {
    const text = readFileSync('docs/collapse.md', 'utf8');
    for (const { title, seed, steps } of knownCases('mnist')) expect(text).toMatch(row(title, seed, steps));
  });

  it('that is collapsed is named while it trains, and at its end', async () => {
    const small = { dataset: 'ring', datasetParams: { rows: 400 }, model: 'vae', steps: 120, seed: 1, heldOut: 0.4, looks: 8 };
    const set = { 'net.width': 32, 'train.batchSize': 50, 'model.beta': 30 };
    const answer = await runCase({ ...small, title: 'collapsed', truth: [], set });
    expect(answer.warnings[0]).toMatchObject({ id: 'posterior-collapse', state: 'collapsed' });
    expect(namedCause(answer)).toBe('posterior-collapse');
    expect(answer.verdict.state).toBe('collapsed');
    expect(answer.health).toHaveLength(9);
  });
});

const row = (title: string, seed: number, steps: number): RegExp =>
  new RegExp(`\\| ${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')} +\\| ${seed} +\\| ${steps} +\\|`);
