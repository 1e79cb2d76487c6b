// A recovery: a run trains until Karst warns of what ails it, the first cure on offer that can be set is applied as `karst cure --apply` does, and the
// branch trains to the step where the run was to stop. So does the run itself, without the cure: what it is then is what the cure is measured against.
// All in one process, by the engine's own trainer, in a folder that is thrown away.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { KarstError } from '../../base/errors.ts';
import type { ParamValues } from '../../base/params.ts';
import { carrying } from '../../collapse/cause.ts';
import { causes } from '../../collapse/causes.ts';
import { momentOf } from '../../collapse/moments.ts';
import { planCure } from '../../engine/cures.ts';
import type { TrainRequest } from '../../protocol/engine-api.ts';
import type { FullLookRecord, VerdictRecord } from '../../protocol/records.ts';
import { openRun, type RunFolder } from '../../runs/run-folder.ts';
import { openFiles } from '../files.ts';
import { TABLE, type Copies } from './known-case.ts';
import { writeTable } from './known-table.ts';
import { figures, type FigureId, type Looked } from './recovery-figures.ts';
import { computeHere, toItsEnd, type Move } from './recovery-trainers.ts';

export interface RecoveryCase {
  readonly title: string;
  /** The cause that must be warned of. */
  readonly cause: string;
  readonly figure: FigureId;
  readonly dataset: string;
  readonly datasetParams?: ParamValues;
  readonly model: string;
  readonly set: ParamValues;
  readonly steps: number;
  readonly seed: number;
  /** Looks, evenly spaced. */
  readonly looks?: number;
  /** For the reader of the table: what was found of the cures, or of the case. */
  readonly note?: string;
  readonly moves?: readonly Move[];
  /** Rows that are copies of a few others; the deed that mends it has none. */
  readonly flaw?: Copies;
  /** Where what mends is a person's deed: the id of that advice, and what the data then are. */
  readonly deed?: { readonly cure: string; readonly dataset?: string; readonly datasetParams?: ParamValues };
}

/** One run at one step: the figure that tells the ailment, and the verdict. */
export interface Outcome {
  readonly step: number;
  readonly figure: number;
  readonly verdict: VerdictRecord;
}

export interface Recovery {
  readonly warning: { readonly step: number; readonly since: number; readonly confidence: number; readonly figure: number };
  /** What the run was warned of first; other causes may show before this one does. */
  readonly namedFirst: string;
  /** Ids on offer before the one that was applied: advice that only a person can follow. */
  readonly advised: readonly string[];
  readonly cure: string;
  readonly changes: ParamValues;
  /** The step that the branch left the run at. */
  readonly from: number;
  readonly without: Outcome;
  readonly cured: Outcome;
  readonly seconds: number;
}

/** Enough to see a warning early, at a small part of the time. */
const LOOKS = 30;

export async function recover(known: RecoveryCase): Promise<Recovery> {
  const { cause: id, set, steps, looks = LOOKS, figure } = known;
  const home = await mkdtemp(path.join(os.tmpdir(), 'karst-recovery-'));
  const host = computeHere(known.flaw);
  const before = process.cpuUsage();
  const every = Math.max(1, Math.round(steps / looks));
  const { datasetParams = {} } = known;
  const request: TrainRequest = {
    ...(known.dataset === TABLE
      ? { dataset: await writeTable(home, datasetParams), datasetParams: {} }
      : { dataset: known.dataset, datasetParams }),
    model: known.model,
    set: {
      'train.heldOut': 0.2,
      'train.latentRows': 500,
      'train.evaluateEvery': every,
      'train.checkpointEvery': every,
      'train.measureEvery': steps, // at the end
      ...set,
    },
    seed: known.seed,
    steps,
  };
  const [ill, branch] = [path.join(home, 'ill'), path.join(home, 'cured')];
  try {
    const cause = causes.find((one) => one.id === id);
    if (!cause) throw new KarstError('usage', `there is no cause "${id}"; there are ${causes.map((one) => one.id).join(', ')}`);
    await toItsEnd(host, (api) => api.begin({ folder: ill, id: 'ill', request }, {}), {
      until: `${cause.title} (`,
      ...(known.moves ? { moves: known.moves } : {}),
    });
    const folder = await openRun(openFiles(ill));
    const warned = (await folder.events()).filter((event) => event.kind === 'warned' && event.cause);
    const own = warned.find((event) => event.cause?.id === id);
    if (own?.cause === undefined) {
      const others = warned.map(({ step, cause: other }) => `${other?.id ?? ''} at step ${step}`).join(', ');
      throw new KarstError('internal', `${known.title}: no warning of ${id} in ${steps} steps, but of ${others || 'nothing'}`);
    }
    const [first] = warned as [typeof own];
    const offered = own.cause.cures;
    const settable = offered.findIndex(({ changes }) => Object.keys(changes).length > 0);
    const advised = offered.slice(0, settable < 0 ? offered.length : settable).map((cure) => cure.id);

    let [applied, changes, from] = ['', {} as ParamValues, 0];
    if (known.deed) {
      const { cure, dataset, datasetParams } = known.deed;
      if (!offered.some((one) => one.id === cure)) throw new KarstError('internal', `${known.title}: ${cure} is not on offer`);
      const anew = { ...request, ...(dataset ? { dataset } : {}), ...(datasetParams ? { datasetParams } : {}) };
      await toItsEnd(computeHere(), (api) => api.begin({ folder: branch, id: 'cured', request: anew }, {}));
      applied = cure;
    } else {
      const next = offered[settable];
      if (!next) throw new KarstError('internal', `${known.title}: of ${advised.join(', ')} nothing can be set`);
      const plan = await planCure(folder, next.id);
      const parent = { folder: ill, id: 'ill', ...(plan.step === undefined ? {} : { step: plan.step }) };
      const told = { id: 'cured', title: plan.cure.title, note: plan.cure.title };
      await toItsEnd(host, (api) =>
        api.branch({ folder: branch, parent, cure: plan.cure.id, changes: { ...plan.changes }, ...told }, {}),
      );
      [applied, changes, from] = [plan.cure.id, plan.changes, plan.step ?? 0];
    }
    if ((await folder.checkpoints()).at(-1) !== steps) await toItsEnd(host, (api) => api.resume({ folder: ill, set: {} }, {}));

    return {
      warning: {
        step: own.step,
        since: own.since ?? own.step,
        confidence: own.cause.confidence,
        figure: figures[figure].of(await lookAt(folder, own.step)),
      },
      namedFirst: first.cause?.id ?? id,
      ...{ advised, cure: applied, changes, from },
      without: outcomeOf(await lastLook(folder), figure),
      cured: outcomeOf(await lastLook(await openRun(openFiles(branch))), figure),
      seconds: secondsSince(before),
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** What was known at `step`: by a report, a measurement, or both, and by the last measurement what is measured seldom. */
async function lookAt(folder: RunFolder, step: number): Promise<Looked> {
  const report = (await folder.reports()).find((one) => one.step === step);
  const latest = (await folder.measures()).findLast((one) => one <= step);
  const measured = latest === undefined ? undefined : await folder.loadMeasure(latest);
  const signs = { ...(report ? momentOf(report).signs : {}), ...(latest === step ? measured?.signs : {}) };
  return carrying(measured, { step, epoch: Infinity, signs }).signs;
}

async function lastLook(folder: RunFolder): Promise<FullLookRecord> {
  return await folder.loadMeasure((await folder.measures()).at(-1) ?? 0);
}

const outcomeOf = ({ step, signs, measure }: FullLookRecord, figure: FigureId): Outcome => ({
  step,
  figure: figures[figure].of(signs),
  verdict: measure.verdict,
});

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
