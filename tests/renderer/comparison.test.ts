// Two checkpoints side by side: which are offered, that a choice undoes what was found, and the cells of the table against arithmetic done here.
import { afterEach, expect, it } from 'vitest';
import { Comparison } from '../../renderer/state/comparison.svelte.ts';
import { Library } from '../../renderer/state/library.svelte.ts';
import type { EngineApi } from '../../src/protocol/engine-api.ts';
import type { RunRecord } from '../../src/protocol/records.ts';
import { compare, type Side } from '../../src/report/comparison.ts';
import { comparedGroups } from '../../src/report/comparison-words.ts';
import { families, measureOf } from '../report/known-report.ts';
import { stage, until, type Stage } from './stage.ts';

let open: Stage | undefined;
afterEach(() => open?.connection.close());

/** The real comparison, of measures whose ELBO is minus the step; runs other than `digits-beta-4` saw other data. */
async function opened(): Promise<{ readonly comparison: Comparison; readonly runs: readonly RunRecord[] }> {
  open = stage();
  const compared: EngineApi['compare'] = async ({ of }) =>
    compare(
      of.map(({ run, step = 0 }): Side => {
        const heldOut = { elbo: -step, reconstruction: step - 10, kl: 10, rows: 1000 };
        const dataset = { title: 'digits', fingerprint: run === 'digits-beta-4' ? 'same' : 'other' };
        return { measure: measureOf({ run, step, heldOut }), title: run, dataset, seed: 1, params: { 'model.beta': 4 } };
      }),
      families,
    );
  Object.assign(open.engine.api, { compare: compared });
  const library = new Library(open.connection);
  open.connection.start();
  await until(() => library.isLoaded, 'the library');
  return { comparison: new Comparison(open.connection, library, true), runs: library.runs };
}

const cellsOf = (comparison: Comparison, id: string) =>
  comparison.found && comparedGroups(comparison.found).flatMap(({ rows }) => rows).find((row) => row.id === id)?.cells; // prettier-ignore

it('offers another run of the same data, and tells the difference of two checkpoints of one run', async () => {
  const { comparison, runs } = await opened();
  const [run] = runs.filter(({ id }) => id === 'digits-beta-4');
  comparison.open(run as RunRecord);
  expect(comparison.sides).toEqual([{ run: 'digits-cyclic', step: 10_000 }, { run: 'digits-beta-4', step: 4000 }]); // prettier-ignore

  comparison.choose([{ run: 'digits-beta-4', step: 500 }, { run: 'digits-beta-4', step: 4000 }]); // prettier-ignore
  await comparison.compare();
  expect(comparison.found?.caveats).toEqual([]);
  expect(cellsOf(comparison, 'elbo')?.[1]).toMatchObject({ difference: expect.stringMatching(/^.3,?500/) as string, isBetter: false }); // prettier-ignore
  expect(cellsOf(comparison, 'kl')?.[1]?.difference).toBe('same');

  comparison.choose([{ run: 'digits-beta-4', step: 1000 }, { run: 'digits-beta-4', step: 4000 }]); // prettier-ignore
  expect(comparison.found).toBeUndefined(); // it was of other checkpoints
});

it('says why figures of other data stand beside each other without a difference', async () => {
  const { comparison } = await opened();
  comparison.choose([{ run: 'digits-cyclic', step: 500 }, { run: 'digits-beta-4', step: 4000 }]); // prettier-ignore
  await comparison.compare();
  expect(comparison.found?.caveats).toEqual([expect.stringMatching(/^Not comparable: the runs saw different data/)]);
  const [, to] = cellsOf(comparison, 'elbo') ?? [];
  expect([to?.value, to?.difference, to?.isBetter]).toEqual(['−4,000 nats', 'not compared: other data', null]);
});

it('has the same checkpoint on both sides where there is no other, and only runs with a checkpoint', async () => {
  const { runs } = await opened();
  const one = { ...(runs[0] as RunRecord), checkpoints: [500] };
  const comparison = new Comparison((open as Stage).connection, { runs: [one, { ...one, id: 'new', checkpoints: [] }] }, true);
  expect(comparison.runs.map(({ id }) => id)).toEqual([one.id]);
  comparison.open(one);
  expect(comparison.sides).toEqual([{ run: one.id, step: 500 }, { run: one.id, step: 500 }]); // prettier-ignore
  expect(comparison.isSame).toBe(true);
});
