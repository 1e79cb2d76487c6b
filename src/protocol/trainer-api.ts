// The contract between the engine and a trainer: one process a run. A trainer writes the run's folder itself and tells what it wrote; the
// engine reads. It is told to begin once, and ends when its run does.
import { z } from 'zod';
import type { ErrorRecord } from '../base/errors.ts';
import { trainRequest } from './engine-api.ts';
import { method, type ApiOf, type ClientOf } from './methods.ts';
import type { EventMerge } from './pacing.ts';
import type { ReportRecord } from './records.ts';

const folder = z.string().min(1).max(4096);

export const trainerMethods = {
  /** Opens dataset, model and device, makes the run's folder, and trains. Resolves when the folder is there; training goes on. */
  begin: method<null>()(z.strictObject({ folder, id: z.string().min(1), request: trainRequest })),
  /** The same from the newest checkpoint. Stop rules given here replace the run's. */
  resume: method<null>()(
    z.strictObject({
      folder,
      steps: z.int().positive().optional(),
      seconds: z.number().positive().optional(),
      set: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
    }),
  ),
  /**
   * The run in folder `parent` once more, with parameters changed: from its checkpoint of `step`, whose weights go on where they fit, or from the
   * start. `note` says why, in the branch's history.
   */
  branch: method<null>()(
    z.strictObject({
      folder,
      id: z.string().min(1),
      parent: z.strictObject({ folder, id: z.string().min(1), step: z.int().min(0).optional() }),
      cure: z.string().min(1),
      title: z.string().min(1).max(200),
      changes: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
      note: z.string(),
    }),
  ),
  /** Resolves when the checkpoint is saved and training has ended. */
  pause: method<null>()(z.strictObject({})),
  setKnobs: method<null>()(z.strictObject({ values: z.record(z.string(), z.number()) })),
} as const;

export interface TrainerEvents {
  readonly reported: { readonly reports: readonly ReportRecord[] };
  readonly latentsSaved: { readonly step: number };
  readonly checkpointed: { readonly step: number };
  /** A checkpoint has been measured with every metric. */
  readonly measured: { readonly step: number };
  /** Something a person should read: a rollback, a warning; of a warning of the monitor, cures that set something, the first thing to try first. */
  readonly warned: { readonly text: string; readonly cures?: readonly string[] };
  /** The last event. */
  readonly ended: { readonly step: number; readonly reason: 'finished' | 'paused' | 'failed'; readonly error?: ErrorRecord };
}

export type TrainerApi = ApiOf<typeof trainerMethods>;
export type TrainerClient = ClientOf<typeof trainerMethods>;

export const trainerEventMerge: EventMerge<TrainerEvents> = {
  reported: { subject: () => '', join: (older, newer) => ({ reports: [...older.reports, ...newer.reports] }) },
  latentsSaved: { subject: () => '' },
  checkpointed: { subject: () => '' },
  measured: { subject: () => '' },
  warned: { subject: () => undefined },
  ended: { subject: () => undefined },
};
