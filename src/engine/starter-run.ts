// The first start: where the library is empty, a run on `shapes` begins by itself, so that there is a landscape to look at within a minute.
// At its end it says the verdict so far and where its first sample grid was saved.
import { engineMethods, type Engine, type EngineEvents } from '../protocol/engine-api.ts';
import type { ReportRecord, RunRecord } from '../protocol/records.ts';
import { localClient } from '../protocol/rpc.ts';

/** Long enough for a landscape of shapes to settle on two cores. */
const STARTER_SECONDS = 90;

/** A map of fewer points is encoded in a fraction of the time, and so comes that much more often. */
const FEW_ROWS = { 'train.latentRows': 1000, 'train.heldOutRows': 300 };

/** Who may want to hear of it; a window that shows the run anyway does not. */
export interface StarterListener {
  readonly signal?: AbortSignal;
  readonly note?: (text: string) => void;
  readonly reported?: (report: ReportRecord, fraction: number) => void;
}

export async function followStarterRun(engine: Engine, { signal, note, reported }: StarterListener): Promise<void> {
  const client = localClient(engineMethods, engine.api);
  try {
    if (!(await client.about({})).firstStart) return;
    note?.('The library is empty: a first run on shapes begins.');
    const request = {
      dataset: 'shapes',
      preset: 'shapes-quick',
      name: 'first-shapes',
      seconds: STARTER_SECONDS,
      seed: 1,
      set: FEW_ROWS,
    };
    const run = await client.startRun(request, signal ? { signal } : {});
    const ended = await new Promise<RunRecord>((resolve) => {
      const unsubscribe = engine.subscribe((name, event) => {
        if (name === 'reported') {
          const { run: id, reports } = event as EngineEvents['reported'];
          const last = reports.at(-1);
          if (id === run.id && last) reported?.(last, Math.min(1, last.elapsedSeconds / STARTER_SECONDS));
        }
        if (name === 'runChanged') {
          const changed = event as RunRecord;
          const isUnderWay = changed.status === 'training' || changed.status === 'starting' || changed.status === 'pausing';
          if (changed.id !== run.id || isUnderWay) return;
          unsubscribe();
          resolve(changed);
        }
      });
    });
    if (ended.status !== 'finished') return note?.(`The first run is ${ended.status} at step ${ended.step}.`);
    const measured = await client.measure({ run: run.id });
    const grid = await client.grid({ run: run.id, kind: 'prior', seed: 1, scale: 2, save: true });
    const { verdict, heldOut, step } = measured;
    note?.(
      `${verdict.sentence} ${heldOut.elbo === undefined ? 'Measured' : `ELBO ${heldOut.elbo.toFixed(1)} nats`} at step ${step}.`,
    );
    note?.(`A first sample grid is in ${grid.path}`);
  } catch (thrown) {
    if (!signal?.aborted) note?.(`The first run failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
