// Figures and verdicts on runs: THE place that answers what the measure of a run is at a step. One that the run keeps is told again; another is
// made in the decoder's process, and kept. The newest verdict of each run is held and made again, in the background, when its codes have changed.
import { throwIfCancelled } from '../base/errors.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { MeasureRecord, VerdictRecord } from '../protocol/records.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import { modelFingerprint } from './grid-provenance.ts';
import { keepMeasure, keptMeasure } from './kept-measure.ts';

export interface MeasuresNeeds {
  readonly open: (run: string) => Promise<RunFolder>;
  readonly folderOf: (run: string) => string;
  readonly decoder: () => Promise<DecoderClient>;
  /** Karst's version. */
  readonly karst: string;
  /** A run's verdict is another one now. */
  readonly judged: (run: string) => void;
}

export interface Measures {
  measure(
    run: string,
    at: { step?: number | undefined; importanceSamples?: number | undefined; again?: boolean | undefined },
    options: CallOptions,
  ): Promise<MeasureRecord>;
  /** What is known now. */
  verdict(run: string): VerdictRecord;
  /** Judges the run's newest codes if they have not been, and tells when that changes the verdict. */
  judge(run: string): void;
  forget(run: string): void;
}

const unknown: VerdictRecord = { state: 'unknown', sentence: 'Not measured yet.', reasons: [], causes: [] };

export function openMeasures({ open, folderOf, decoder, karst, judged }: MeasuresNeeds): Measures {
  const held = new Map<string, { step: number; verdict: VerdictRecord }>();
  const last = new Map<string, Promise<unknown>>(); // of each run: who asks second finds what the first kept
  const judging = new Map<string, 'once' | 'again'>();

  async function judgeOnce(run: string): Promise<void> {
    const newest = (await (await open(run)).latents()).at(-1);
    if (newest === undefined || held.get(run)?.step === newest) return;
    const { step, verdict } = await (await decoder()).judge({ folder: folderOf(run), step: newest });
    const before = held.get(run)?.verdict;
    held.set(run, { step, verdict });
    if (JSON.stringify(before) !== JSON.stringify(verdict)) judged(run);
  }

  function inTurn<Result>(run: string, task: () => Promise<Result>): Promise<Result> {
    const turn = (last.get(run) ?? Promise.resolve()).then(task, task);
    last.set(run, turn);
    void turn.catch(() => {}).finally(() => last.get(run) === turn && last.delete(run));
    return turn;
  }

  const measures: Measures = {
    measure: (run, { step: asked, importanceSamples = 0, again = false }, options) =>
      inTurn(run, async () => {
        throwIfCancelled(options.signal);
        const folder = await open(run);
        const checkpoint = await folder.loadCheckpoint(asked);
        const { step } = checkpoint.position;
        const wanted = { step, importanceSamples, karst, weights: modelFingerprint(checkpoint) };
        const kept = again ? undefined : await keptMeasure(folder, wanted);
        if (kept) return { run, ...kept };
        const look = await (await decoder()).evaluate({ folder: folderOf(run), step, importanceSamples }, options);
        if (await keepMeasure(folder, look)) {
          held.delete(run);
          measures.judge(run); // the verdict may rest on what has just been measured
        }
        return { run, ...look.measure };
      }),
    verdict: (run) => held.get(run)?.verdict ?? unknown,
    judge(run) {
      if (judging.has(run)) return void judging.set(run, 'again');
      judging.set(run, 'once');
      void judgeOnce(run)
        .catch(() => {}) // a run that cannot be judged has no verdict; opening it says why
        .finally(() => {
          const again = judging.get(run) === 'again';
          judging.delete(run);
          if (again) measures.judge(run);
        });
    },
    forget: (run) => void held.delete(run),
  };
  return measures;
}
