// What the monitor warned of while a run trained, each warning with the checkpoints that show it: the last one that is kept from before the
// trouble was first seen, and the first one from the warning on.
import type { WarningRecord } from '../protocol/records.ts';
import type { RunFolder } from '../runs/run-folder.ts';

/** Newest first. */
export async function warningsOf(folder: RunFolder): Promise<readonly WarningRecord[]> {
  const [events, checkpoints] = [await folder.events(), await folder.checkpoints()];
  return events
    .flatMap(({ kind, step, since = step, text, cause }): WarningRecord[] => {
      if (kind !== 'warned' || !cause) return [];
      const before = lastBefore(checkpoints, since);
      const newest = checkpoints.findLast((one) => one >= since); // shows the trouble, though the warning came later
      const after = checkpoints.find((one) => one >= step) ?? newest;
      return [
        { step, since, text, cause, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) },
      ];
    })
    .reverse();
}

/** The newest of checkpoints, in ascending order, from before `step`. */
export const lastBefore = (checkpoints: readonly number[], step: number): number | undefined =>
  checkpoints.findLast((one) => one < step);
