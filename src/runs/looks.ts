// What a run has told of itself so far, in order, as moments to be judged: reports with an evaluation, and checkpoints that were measured with
// every metric.
import { carrying, type Moment } from '../collapse/cause.ts';
import { isLook, momentOf } from '../collapse/moments.ts';
import type { RunFolder } from './run-folder.ts';

/** Up to `step`, itself included. */
export async function looksOf(folder: RunFolder, step = Infinity): Promise<readonly Moment[]> {
  const measured = (await folder.measures()).filter((at) => at <= step);
  const full: Moment[] = [];
  for (const at of measured) full.push(await folder.loadMeasure(at));
  const told = (await folder.reports()).filter((report) => report.step <= step && isLook(report)).map(momentOf);
  const inOrder = [...told, ...full].sort((a, b) => a.step - b.step); // of one step, the report comes first, as it did
  const looks: Moment[] = [];
  for (const look of inOrder) looks.push(carrying(looks.at(-1), look));
  return looks;
}
