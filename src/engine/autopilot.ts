// Goes on by itself when training warns: the first cure on offer that has not been tried is applied, and training goes on in a branch. The run as
// it was stays, so that a person can take it back. After a few cures it leaves the rest to a person: what three have not mended, a fourth
// guess hardly will.
import { counted } from '../base/counted.ts';
import type { RunFolder } from '../runs/run-folder.ts';

const MOST_CURES = 3;

export interface AutopilotNeeds {
  readonly open: (run: string) => Promise<RunFolder>;
  /** Applies a cure; resolves with the branch. */
  readonly cure: (run: string, cure: string) => Promise<{ readonly id: string; readonly title: string }>;
  readonly notice: (text: string, run: string) => void;
  readonly failed: (run: string, thrown: unknown) => void;
}

/** To be told of every warning with its cures, the first thing to try first. */
export function openAutopilot({ open, cure, notice, failed }: AutopilotNeeds): (run: string, cures: readonly string[]) => void {
  const flown = new Set<string>(); // of several warnings at once the first is answered

  async function answer(run: string, cures: readonly string[]): Promise<void> {
    const folder = await open(run);
    const { params } = await folder.describe();
    if (params['train.autopilot'] !== true || flown.has(run)) return;
    flown.add(run);
    const tried = await curesOf(folder);
    const next = cures.find((id) => !tried.includes(id));
    if (tried.length >= MOST_CURES || next === undefined) {
      const why =
        next === undefined
          ? 'every cure on offer has been tried'
          : `${counted(tried.length, 'cure')} ${tried.length === 1 ? 'has' : 'have'} been tried`;
      notice(`Autopilot leaves ${run} as it is: ${why} (${tried.join(', ') || 'none can be set'}).`, run);
      return;
    }
    const branch = await cure(run, next);
    notice(`Autopilot went on in ${branch.id}: ${branch.title}. ${run} is kept as it was.`, branch.id);
  }

  /** What the run and those that it is a branch of have tried, the newest first. */
  async function curesOf(folder: RunFolder): Promise<readonly string[]> {
    const { branchOf } = await folder.describe();
    if (!branchOf) return [];
    const parent = await open(branchOf.run).catch(() => undefined); // it may be gone
    return [branchOf.cure, ...(parent ? await curesOf(parent) : [])];
  }

  return (run, cures) => {
    answer(run, cures).catch((thrown: unknown) => failed(run, thrown));
  };
}
