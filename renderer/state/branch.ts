// Where a branch comes from, in words: the run that it left, the step, the cure that it tries.
import type { RunRecord } from '../../src/protocol/records.ts';
import { membersOf } from './form-fields.ts';
import type { Library } from './library.svelte.ts';
import { count, title } from './words.ts';

type Origin = NonNullable<RunRecord['branchOf']>;
type Known = Pick<Library, 'runs' | 'families'>;

/** The parent's name; its folder's where it is no longer in the library. */
export const parentTitle = ({ runs }: Known, { run }: Origin): string => runs.find(({ id }) => id === run)?.title ?? run;

/** As the parent's verdict calls the cure, or else as the model does that has it. */
export function cureTitle({ runs, families }: Known, { run, cure }: Origin): string {
  const offered = runs.find(({ id }) => id === run)?.verdict.causes.flatMap(({ cures }) => cures) ?? [];
  const parts = membersOf(families, 'model').flatMap((model) => model.parts ?? []);
  return [...offered, ...parts].find(({ id }) => id === cure)?.title ?? title(cure);
}

export const branchWords = (known: Known, origin: Origin): string =>
  `Branch of ${parentTitle(known, origin)} at step ${count(origin.step)}, trying “${cureTitle(known, origin)}”`;
