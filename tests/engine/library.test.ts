// The library's run folders stay open, but never tell of a run that is not there any more.
import { afterAll, expect, it } from 'vitest';
import { openLibrary } from '../../src/engine/library.ts';
import { openEngineHost } from '../../src/node/engine-host.ts';
import type { ReportRecord } from '../../src/protocol/records.ts';
import { createRun, type RunFolder } from '../../src/runs/run-folder.ts';
import { description } from '../runs/toy-run.ts';
import { makeHome } from './tiny-run.ts';

const { home, remove } = makeHome();
afterAll(remove);
const host = openEngineHost(home);
const library = openLibrary(host, false);

async function makeRun(name: string, losses: readonly number[]): Promise<RunFolder> {
  const made = await createRun(host.files(`${home}/runs/${name}`), { ...description, id: name });
  for (const [step, loss] of losses.entries()) await made.appendReport(report(step, loss));
  return made;
}
const report = (step: number, loss: number): ReportRecord => ({
  step,
  epoch: 0,
  elapsedSeconds: 0,
  imagesPerSecond: 1,
  losses: { loss },
  knobs: {},
});
const lossesOf = async (name: string): Promise<readonly (number | undefined)[]> =>
  (await (await library.open(name)).reports()).map(({ losses }) => losses['loss']);

it('reads on where others append, and anew where another run has the name', async () => {
  const trainer = await makeRun('first', [3, 2]);
  const opened = await library.open('first');
  expect(await lossesOf('first')).toEqual([3, 2]);
  await trainer.appendReport(report(2, 1));
  expect(await library.open('first')).toBe(opened);
  expect(await lossesOf('first')).toEqual([3, 2, 1]);
  await trainer.rewind(1);
  await trainer.appendReport(report(2, 4)); // as long as the line that was cut
  expect(await lossesOf('first')).toEqual([3, 2, 4]);

  const trashed = await library.trash('first');
  await expect(library.open('first')).rejects.toMatchObject({ code: 'not-found' });
  await makeRun('first', [9, 8, 7, 6]);
  expect(await lossesOf('first')).toEqual([9, 8, 7, 6]);
  await library.trash('first');
  await library.restore(trashed);
  expect(await lossesOf('first')).toEqual([3, 2, 4]);
});
