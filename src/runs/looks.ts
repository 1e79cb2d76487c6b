// What a run has told of itself so far, in order, as moments to be judged: reports with an evaluation, and checkpoints that were measured with
// every metric.
import { KarstError } from '../base/errors.ts';
import { carrying, type Moment } from '../collapse/cause.ts';
import { isLook, momentOf } from '../collapse/moments.ts';
import type { FullLookRecord } from '../protocol/records.ts';
import type { RunFolder } from './run-folder.ts';

/** Up to `step`, itself included; `without` the measure of a step that is just being made or told. One that is damaged is passed over. */
export async function looksOf(folder: RunFolder, step = Infinity, without?: number): Promise<readonly Moment[]> {
  const measured = (await folder.measures()).filter((at) => at <= step && at !== without);
  const full: Moment[] = [];
  for (const at of measured) {
    const look = await readableMeasure(folder, at);
    if (look) full.push(look);
  }
  const told = (await folder.reports()).filter((report) => report.step <= step && isLook(report)).map(momentOf);
  const inOrder = [...told, ...full].sort((a, b) => a.step - b.step); // of one step, the report comes first, as it did
  const looks: Moment[] = [];
  for (const look of inOrder) looks.push(carrying(looks.at(-1), look));
  return looks;
}

/** Nothing where it is damaged: it can be made again at any time. */
export async function readableMeasure(folder: RunFolder, step: number): Promise<FullLookRecord | undefined> {
  try {
    return await folder.loadMeasure(step);
  } catch (thrown) {
    if (thrown instanceof KarstError && thrown.code === 'bad-data') return undefined;
    throw thrown;
  }
}
