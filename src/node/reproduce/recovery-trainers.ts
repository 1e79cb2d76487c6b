// The trainers of a recovery: each trains one run, in this very process, as the engine's own trainer does in a process of its own.
import { KarstError } from '../../base/errors.ts';
import type { ComputeHost } from '../../engine/engine-host.ts';
import { createTrainer } from '../../engine/trainer.ts';
import type { TrainerApi, TrainerEvents } from '../../protocol/trainer-api.ts';
import { openComputeHost } from '../compute-host.ts';
import { openOnnxDevice } from '../devices/onnx.ts';
import { withCopies, type Copies } from './known-case.ts';

/** Knobs that a person moves when a report has come this far. */
export interface Move {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** This machine with one thread, and each dataset opened once, with the flaw it has. */
export function computeHere(flaw?: Copies): ComputeHost {
  const host = openComputeHost();
  type Opened = Awaited<ReturnType<ComputeHost['openDataset']>>;
  const opened = new Map<string, Promise<Opened>>();
  const flawed = (one: Opened): Opened => (flaw ? { ...one, dataset: withCopies(one.dataset, flaw) } : one);
  return {
    ...host,
    openDataset: (id, options) => {
      const key = JSON.stringify([id, options.params]);
      const dataset = opened.get(key) ?? host.openDataset(id, options).then(flawed);
      opened.set(key, dataset);
      return dataset;
    },
    openDevice: () => openOnnxDevice({ provider: 'cpu', threads: 1 }),
  };
}

/** A trainer of its own, until it has ended; paused at the first warning that begins with `until`. */
export async function toItsEnd(
  host: ComputeHost,
  begin: (api: TrainerApi) => Promise<null>,
  { until, moves = [] }: { readonly until?: string; readonly moves?: readonly Move[] } = {},
): Promise<void> {
  const trainer = createTrainer(host);
  let failed: TrainerEvents['ended']['error'];
  let waiting = moves;
  trainer.subscribe((name, event) => {
    if (name === 'ended') failed = (event as TrainerEvents['ended']).error;
    if (name === 'warned' && until !== undefined && (event as TrainerEvents['warned']).text.startsWith(until))
      void trainer.api.pause({}, {});
    if (name !== 'reported') return;
    const { step = 0 } = (event as TrainerEvents['reported']).reports.at(-1) ?? {};
    for (const { values } of waiting.filter((move) => move.step <= step)) void trainer.api.setKnobs({ values }, {});
    waiting = waiting.filter((move) => move.step > step);
  });
  await begin(trainer.api);
  await trainer.ended;
  if (failed) throw new KarstError(failed.code, failed.message, failed.facts);
}
