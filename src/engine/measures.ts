// Figures and verdicts on runs. They are made in the decoder's process; the newest verdict of each run is kept and made again, in the
// background, when its codes have changed.
import type { DecoderClient } from '../protocol/decoder-api.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { MeasureRecord, VerdictRecord } from '../protocol/records.ts';
import type { RunFolder } from '../runs/run-folder.ts';

export interface MeasuresNeeds {
  readonly open: (run: string) => Promise<RunFolder>;
  readonly folderOf: (run: string) => string;
  readonly decoder: () => Promise<DecoderClient>;
  /** A run's verdict is another one now. */
  readonly judged: (run: string) => void;
}

export interface Measures {
  measure(
    run: string,
    at: { step?: number | undefined; importanceSamples?: number | undefined },
    options: CallOptions,
  ): Promise<MeasureRecord>;
  /** What is known now. */
  verdict(run: string): VerdictRecord;
  /** Judges the run's newest codes if they have not been, and tells when that changes the verdict. */
  judge(run: string): void;
  forget(run: string): void;
}

const unknown: VerdictRecord = { state: 'unknown', sentence: 'Not measured yet.', reasons: [], causes: [] };

export function openMeasures({ open, folderOf, decoder, judged }: MeasuresNeeds): Measures {
  const kept = new Map<string, { step: number; verdict: VerdictRecord }>();
  const judging = new Map<string, 'once' | 'again'>();

  async function judgeOnce(run: string): Promise<void> {
    const newest = (await (await open(run)).latents()).at(-1);
    if (newest === undefined || kept.get(run)?.step === newest) return;
    const { step, verdict } = await (await decoder()).judge({ folder: folderOf(run), step: newest });
    const before = kept.get(run)?.verdict;
    kept.set(run, { step, verdict });
    if (JSON.stringify(before) !== JSON.stringify(verdict)) judged(run);
  }

  const measures: Measures = {
    async measure(run, { step, importanceSamples }, options) {
      await open(run);
      const at = {
        folder: folderOf(run),
        ...(step === undefined ? {} : { step }),
        ...(importanceSamples === undefined ? {} : { importanceSamples }),
      };
      return { run, ...(await (await decoder()).evaluate(at, options)) };
    },
    verdict: (run) => kept.get(run)?.verdict ?? unknown,
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
    forget: (run) => void kept.delete(run),
  };
  return measures;
}
