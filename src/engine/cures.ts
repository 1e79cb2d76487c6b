// A cure applied: the run as it is stays, and a branch of it goes on with the cure from the last checkpoint before the trouble began (or from the
// start, where weights must be learnt anew). Taking it back is leaving the branch.
import { KarstError } from '../base/errors.ts';
import { causes } from '../collapse/causes.ts';
import { circumstancesOf } from '../collapse/circumstances.ts';
import type { Cure } from '../collapse/cure.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import { lastBefore } from './warnings.ts';

export interface Plan {
  readonly cure: Cure;
  /** Parameters that it sets; never empty. */
  readonly changes: NonNullable<ReturnType<Cure['changes']>>;
  /** The checkpoint to go on from; the start where absent. */
  readonly step?: number;
}

/** What applying `id` to the run comes to. */
export async function planCure(folder: RunFolder, id: string): Promise<Plan> {
  const { model, params, dataset } = await folder.describe();
  const all = new Map(causes.flatMap((cause) => cause.cures).map((cure) => [cure.id, cure]));
  const cure = all.get(id);
  if (!cure) throw new KarstError('usage', `unknown cure "${id}"; known: ${[...all.keys()].join(', ')}`);
  const changes = cure.changes(circumstancesOf(model, params, dataset.sample.kind));
  if (!changes)
    throw new KarstError(
      'usage',
      `${cure.title} is in force in this run already, or has no place in a ${model}; choose another cure`,
    );
  if (Object.keys(changes).length === 0)
    throw new KarstError('usage', `${cure.title} is advice: there is nothing to set. ${cure.why}`);
  return { cure, changes, ...(cure.from === 'start' ? {} : await lastGood(folder, id)) };
}

/**
 * The newest checkpoint from before the first look that found what the cure is against, the newest of all where nothing was told; where none from
 * before is kept, the start.
 */
async function lastGood(folder: RunFolder, id: string): Promise<{ step?: number }> {
  const [events, checkpoints] = [await folder.events(), await folder.checkpoints()];
  const newest = checkpoints.at(-1);
  if (newest === undefined)
    throw new KarstError(
      'not-found',
      'the run has no checkpoint to go on from yet; the first one comes within seconds of its start',
    );
  const told = events.filter(({ cause }) => cause?.cures.some((one) => one.id === id));
  const since = Math.min(...told.map((one) => one.since ?? one.step));
  const step = lastBefore(checkpoints, since);
  return step === undefined ? {} : { step };
}
