// The first start: where the library is empty, a run on `shapes` begins by itself, so that there is a landscape to look at within a minute.
// The terminal follows it and, at its end, says the verdict so far and where its first sample grid was saved.
import { engineMethods, type Engine } from '../protocol/engine-api.ts';
import type { ReportRecord, RunRecord } from '../protocol/records.ts';
import { localClient } from '../protocol/rpc.ts';
import { reportLine } from './report-line.ts';
import type { Terminal } from './terminal.ts';

/** Long enough for a landscape of shapes to settle on two cores. */
const STARTER_SECONDS = 90;

export async function followStarterRun(engine: Engine, terminal: Terminal): Promise<void> {
  const client = localClient(engineMethods, engine.api);
  try {
    if (!(await client.about({})).firstStart) return;
    terminal.note('The library is empty: a first run on shapes begins.');
    const run = await client.startRun(
      { dataset: 'shapes', name: 'first-shapes', seconds: STARTER_SECONDS, seed: 1 },
      { signal: terminal.interrupt.signal, onProgress: (progress) => terminal.progress(progress) },
    );
    const ended = await new Promise<RunRecord>((resolve) => {
      const unsubscribe = engine.subscribe((name, event) => {
        if (name === 'reported') {
          const { run: id, reports } = event as { run: string; reports: readonly ReportRecord[] };
          const last = reports.at(-1);
          if (id === run.id && last)
            terminal.progress({ fraction: Math.min(1, last.elapsedSeconds / STARTER_SECONDS), text: reportLine(last) });
        }
        if (name === 'runChanged') {
          const changed = event as RunRecord;
          const isOver = changed.status !== 'training' && changed.status !== 'starting' && changed.status !== 'pausing';
          if (changed.id !== run.id || !isOver) return;
          unsubscribe();
          resolve(changed);
        }
      });
    });
    if (ended.status !== 'finished') return terminal.note(`The first run is ${ended.status} at step ${ended.step}.`);
    const measured = await client.measure({ run: run.id });
    const grid = await client.grid({ run: run.id, kind: 'prior', seed: 1, scale: 2, save: true });
    terminal.note(`${measured.verdict.sentence} ELBO ${measured.heldOut.elbo.toFixed(1)} nats at step ${measured.step}.`);
    terminal.note(`A first sample grid is in ${grid.path}`);
  } catch (thrown) {
    if (!terminal.interrupt.signal.aborted)
      terminal.note(`The first run failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
