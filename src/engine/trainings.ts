// Runs that train now: one trainer process each. A trainer that ends without saying so was interrupted; its run resumes from its newest
// checkpoint. Closing saves a checkpoint of each and ends them.
import { KarstError, type ErrorRecord } from '../base/errors.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { ReportRecord, RunStatus } from '../protocol/records.ts';
import type { TrainerClient, TrainerEvents } from '../protocol/trainer-api.ts';
import type { EngineHost, TrainerProcess } from './engine-host.ts';

/** How long a trainer may take to save and end before it is ended. */
const SAVE_LIMIT_MS = 25_000;

export interface Training {
  readonly id: string;
  status: Extract<RunStatus, 'starting' | 'training' | 'pausing'>;
  step: number;
  lastReport?: ReportRecord;
}

export interface TrainingListener {
  /** The run's record may have changed. */
  readonly changed: (id: string) => void;
  readonly reported: (id: string, reports: readonly ReportRecord[]) => void;
  readonly latentsSaved: (id: string, step: number) => void;
  readonly measured: (id: string, step: number) => void;
  readonly warned: (id: string, text: string, cures: readonly string[] | undefined) => void;
  /** `error` is there where training failed or its process died. */
  readonly ended: (id: string, reason: TrainerEvents['ended']['reason'] | 'interrupted', error?: ErrorRecord) => void;
}

export interface Trainings {
  get(id: string): Training | undefined;
  /** Nothing trains or is about to. */
  isIdle(): boolean;
  /** Starts a trainer and tells it to begin; resolves when it trains. */
  start(id: string, begin: (client: TrainerClient) => Promise<unknown>): Promise<void>;
  pause(id: string, options: CallOptions): Promise<void>;
  setKnobs(id: string, values: Readonly<Record<string, number>>): Promise<void>;
  /** Resolves when the run's trainer is gone. */
  gone(id: string): Promise<void>;
  close(): Promise<void>;
}

interface Live extends Training {
  readonly process: TrainerProcess;
  readonly gone: Promise<void>;
}

export function openTrainings(host: EngineHost, listener: TrainingListener): Trainings {
  const live = new Map<string, Live>();
  const reserved = new Set<string>();
  let closing = false;

  const need = (id: string): Live => {
    const training = live.get(id);
    if (!training) throw new KarstError('not-found', `"${id}" is not training`, { run: id });
    return training;
  };

  async function start(id: string, begin: (client: TrainerClient) => Promise<unknown>): Promise<void> {
    if (closing) throw new KarstError('cancelled', 'the engine is closing');
    if (live.has(id) || reserved.has(id)) throw new KarstError('exists', `"${id}" is training already`, { run: id });
    reserved.add(id);
    let process: TrainerProcess;
    try {
      process = await host.startTrainer();
    } finally {
      reserved.delete(id);
    }
    let told: TrainerEvents['ended'] | undefined;
    const gone = process.gone.then((fault) => {
      live.delete(id);
      if (training.status === 'starting' && !told) return; // `begin` was rejected; whoever asked is told
      const error: ErrorRecord = { code: 'internal', message: `the trainer ended unexpectedly${fault ? `: ${fault}` : ''}` };
      if (told) listener.ended(id, told.reason, told.error);
      else listener.ended(id, 'interrupted', error);
    });
    const training: Live = { id, status: 'starting', step: 0, process, gone };
    live.set(id, training);
    process.connection.onEvent((name, event) => {
      switch (name) {
        case 'reported': {
          const { reports } = event as TrainerEvents['reported'];
          const last = reports.at(-1);
          if (last) {
            training.lastReport = last;
            training.step = last.step;
          }
          listener.reported(id, reports);
          return listener.changed(id);
        }
        case 'latentsSaved':
          return listener.latentsSaved(id, (event as TrainerEvents['latentsSaved']).step);
        case 'checkpointed':
          return listener.changed(id);
        case 'measured':
          return listener.measured(id, (event as TrainerEvents['measured']).step);
        case 'warned': {
          const { text, cures } = event as TrainerEvents['warned'];
          return listener.warned(id, text, cures);
        }
        case 'ended':
          told = event as TrainerEvents['ended'];
          process.connection.close(); // it has nothing more to say, and ends when nobody listens
      }
    });
    try {
      await begin(process.connection.client);
    } catch (thrown) {
      process.kill();
      await gone;
      throw thrown;
    }
    if (training.status === 'starting') training.status = 'training';
    listener.changed(id);
  }

  async function pause(id: string, options: CallOptions): Promise<void> {
    const training = need(id);
    training.status = 'pausing';
    listener.changed(id);
    const stubborn = new Promise<void>((resolve) => {
      setTimeout(resolve, SAVE_LIMIT_MS);
    }).then(() => {
      if (live.get(id) === training) training.process.kill();
    });
    await Promise.race([training.process.connection.client.pause({}, options).catch(ignoreDisconnect), stubborn]);
    await training.gone;
  }

  return {
    get: (id) => live.get(id),
    isIdle: () => live.size === 0 && reserved.size === 0,
    start,
    pause,
    setKnobs: async (id, values) => void (await need(id).process.connection.client.setKnobs({ values: { ...values } })),
    gone: async (id) => await live.get(id)?.gone,
    close: async () => {
      closing = true;
      await Promise.all([...live.keys()].map((id) => pause(id, {}).catch(ignoreDisconnect)));
    },
  };
}

/** A trainer that is done may be gone before its answer arrives. */
function ignoreDisconnect(thrown: unknown): void {
  if (!(thrown instanceof KarstError && thrown.code === 'disconnected')) throw thrown;
}
