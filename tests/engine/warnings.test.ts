// Warnings out of a run's events, with the checkpoints that are still there to show them.
import { describe, expect, it } from 'vitest';
import { posteriorCollapse } from '../../src/collapse/causes/posterior-collapse.ts';
import { warningsOf } from '../../src/engine/warnings.ts';
import type { RunEvent, RunFolder } from '../../src/runs/run-folder.ts';

const { id, title, summary, paper } = posteriorCollapse;
const cause = { id, title, summary, paper, state: 'watch', sentence: 'so', confidence: 1, evidence: [], cures: [] } as const;
const warned = (step: number, since?: number): RunEvent => ({
  ...{ at: '2026-01-02T03:04:05.000Z', step, kind: 'warned', text: `told at ${step}`, cause },
  ...(since === undefined ? {} : { since }),
});
/** As far as warnings need it. */
const folderOf = (events: readonly RunEvent[], checkpoints: readonly number[]): RunFolder =>
  ({ events: () => Promise.resolve(events), checkpoints: () => Promise.resolve(checkpoints) }) as Partial<RunFolder> as RunFolder;

const shown = async (event: RunEvent, checkpoints: readonly number[]): Promise<readonly (number | undefined)[]> =>
  (await warningsOf(folderOf([event], checkpoints))).flatMap(({ before, after }) => [before, after]);

describe('warnings', () => {
  it('come newest first, without other notices', async () => {
    const other: RunEvent = { at: '', step: 60, kind: 'warned', text: 'The checkpoint of step 50 is damaged.' };
    const warnings = await warningsOf(folderOf([warned(40, 20), other, warned(90)], []));
    expect(warnings).toEqual([
      { step: 90, since: 90, text: 'told at 90', cause },
      { step: 40, since: 20, text: 'told at 40', cause },
    ]);
  });

  it('are shown by the last checkpoint from before the trouble and the first one from the warning on', async () => {
    expect(await shown(warned(40, 20), [0, 10, 20, 30, 45, 50])).toEqual([10, 45]);
    expect(await shown(warned(40, 20), [0, 10, 20, 40])).toEqual([10, 40]);
    // Until there is one, by the newest that has the trouble; never by one and the same.
    expect(await shown(warned(40, 20), [0, 10, 20, 30])).toEqual([10, 30]);
    expect(await shown(warned(40, 20), [0, 10])).toEqual([10, undefined]);
    expect(await shown(warned(40, 20), [25, 60])).toEqual([undefined, 60]);
    expect(await shown(warned(40, 0), [0, 60])).toEqual([undefined, 60]);
  });
});
