// The whole measure of a checkpoint as its run keeps it (measures/step-*.json). Measuring takes seconds and gives the same figures each time, so
// that what was measured of the same weights in the same way is told again. What hangs on the course of the run up to there, its rollbacks and the
// verdict, is made anew whenever a measure is told: a measure that came to lie before it may say more of a decline, and costs no time. Nothing is
// written while a run is trained, in this process or another: its trainer may go back, and take what was measured beyond with it.
import { KarstError } from '../base/errors.ts';
import type { Moment } from '../collapse/cause.ts';
import { circumstancesOf } from '../collapse/circumstances.ts';
import { momentOf } from '../collapse/moments.ts';
import { verdictOf } from '../collapse/verdict.ts';
import type { FullLookRecord, MadeRecord, MeasureRecord } from '../protocol/records.ts';
import type { SignsRecord } from '../protocol/signs.ts';
import { looksOf, readableMeasure } from '../runs/looks.ts';
import type { RunDescription, RunFolder } from '../runs/run-folder.ts';
import { signsOfFigures } from '../training/figure-signs.ts';

/** Raised whenever any figure of a measure is made in another way, or one is added: older ones are made again. */
export const MEASURE_FORMAT = 2;

/** What a measure must have been made of, and how. */
export type Wanted = Omit<MadeRecord, 'format' | 'device'> & { readonly step: number };

export const aboutOf = ({ model, params, dataset }: RunDescription): ReturnType<typeof circumstancesOf> =>
  circumstancesOf(model, params, dataset.sample.kind);

/** What was measured at a step, with what the course of the run up to there says, and the verdict on both. */
export async function judged(
  folder: RunFolder,
  description: RunDescription,
  {
    step,
    epoch,
    measure,
    ...look
  }: Pick<FullLookRecord, 'step' | 'epoch' | 'signs'> & { readonly measure: Omit<MeasureRecord, 'run' | 'verdict'> },
): Promise<Pick<FullLookRecord, 'signs' | 'measure'>> {
  const training = { ...(await trainingUpTo(folder, step)), ...signsOfFigures(measure.metrics).training };
  const signs: SignsRecord = { ...look.signs, training };
  const verdict = verdictOf([...(await looksOf(folder, step, step)), { step, epoch, signs }], aboutOf(description));
  return { signs, measure: { ...measure, verdict } };
}

/** What training told last up to `step`, and how often it went back. */
async function trainingUpTo(folder: RunFolder, step: number): Promise<NonNullable<Moment['signs']['training']>> {
  const report = (await folder.reports()).findLast((one) => one.step <= step);
  const rollbacks = (await folder.events()).filter((event) => event.kind === 'rolledBack' && event.step <= step).length;
  return { ...(report ? momentOf(report).signs.training : {}), rollbacks };
}

/** The measure as it would be made now; nothing where it was not kept, is damaged, or was made of other weights or in another way. */
export async function keptMeasure(
  folder: RunFolder,
  { step, importanceSamples, karst, weights }: Wanted,
): Promise<FullLookRecord['measure'] | undefined> {
  if (!(await folder.measures()).includes(step)) return undefined;
  const look = await readableMeasure(folder, step);
  const made = look?.made;
  if (!look || made?.format !== MEASURE_FORMAT || made.karst !== karst || made.weights !== weights) return undefined;
  // One that was made with the bound holds all that one without it does.
  if (importanceSamples > 0 && made.importanceSamples !== importanceSamples) return undefined;
  const { measure } = await judged(folder, await folder.describe(), look);
  if (importanceSamples > 0) return measure;
  const { logLikelihood: _, ...withoutBound } = measure;
  return withoutBound;
}

/** Whether it was kept. A folder that cannot be written keeps nobody from an answer. */
export async function keepMeasure(folder: RunFolder, look: FullLookRecord): Promise<boolean> {
  if (await folder.isTraining()) return false;
  try {
    await folder.saveMeasure(look);
    return true;
  } catch (thrown) {
    if (thrown instanceof KarstError && thrown.code === 'disk') return false;
    throw thrown;
  }
}
