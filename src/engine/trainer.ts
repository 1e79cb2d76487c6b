// The trainer's side of its contract: opens what a run needs, trains it into its folder and tells what was written. One a process.
import { counted } from '../base/counted.ts';
import { defaults, resolve, type ParamValues, type Values } from '../base/params.ts';
import { KarstError, toErrorRecord } from '../base/errors.ts';
import { Rng } from '../base/rng.ts';
import { changesLoss } from '../collapse/same-loss.ts';
import { splitRows } from '../datasets/split.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { Model } from '../models/model.ts';
import { dotted, splitRecipe } from '../models/recipe.ts';
import type { TrainRequest } from '../protocol/engine-api.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { ReportRecord } from '../protocol/records.ts';
import type { Subscribe } from '../protocol/rpc.ts';
import type { TrainerApi, TrainerEvents } from '../protocol/trainer-api.ts';
import type { TrainingPosition } from '../runs/checkpoint.ts';
import type { Lock } from '../runs/file-port.ts';
import { looksOf } from '../runs/looks.ts';
import { prepareResume, record, warningText } from '../runs/record.ts';
import { createRun, openRun, type RunDescription, type RunFolder } from '../runs/run-folder.ts';
import { graft } from '../training/graft.ts';
import type { TrainingSetup } from '../training/contract.ts';
import { train } from '../training/train.ts';
import { trainParams } from '../training/train-params.ts';
import type { Device } from '../tracing/device.ts';
import { makeModel } from './catalogue.ts';
import { firstLook } from './data-look.ts';
import type { ComputeHost } from './engine-host.ts';
import { measureRun } from './full-measure.ts';

/** Where training stops when nobody says. */
const DEFAULT_EPOCHS = 30;
/** The fewest that a model is measured on: of a single row there is nothing to tell. */
const LEAST_ROWS = 2;

export interface Trainer {
  readonly api: TrainerApi;
  readonly subscribe: Subscribe<TrainerEvents>;
  /** Resolves when the run has ended, however it did, and everything is written. */
  readonly ended: Promise<void>;
}

export function createTrainer(host: ComputeHost): Trainer {
  const listeners = new Set<(name: keyof TrainerEvents, event: never) => void>();
  const emit = <Name extends keyof TrainerEvents>(name: Name, event: TrainerEvents[Name]): void => {
    for (const listener of listeners) listener(name, event as never);
  };
  const pausing = new AbortController();
  let waitingKnobs: ParamValues | undefined;
  let begun = false;
  let tellEnded: () => void = () => {};
  const ended = new Promise<void>((resolve) => (tellEnded = resolve));

  async function prepare(description: RunDescription | undefined, request: TrainRequest, options: CallOptions) {
    if (begun) throw new KarstError('internal', 'a trainer trains one run');
    begun = true;
    const opened = await host.openDataset(request.dataset, { params: request.datasetParams, ...options });
    const { dataset } = opened;
    if (description && description.dataset.fingerprint !== dataset.fingerprint) {
      throw new KarstError(
        'bad-data',
        `${dataset.title} is not the dataset this run was trained on: its fingerprint is ${dataset.fingerprint}, the run's ${description.dataset.fingerprint}`,
      );
    }
    if (dataset.rows < LEAST_ROWS) {
      throw new KarstError(
        'bad-data',
        `${dataset.title} has ${counted(dataset.rows, 'row')}, and training needs ${LEAST_ROWS} or more, since codes tell how rows differ: add rows to it, or choose another dataset`,
      );
    }
    options.onProgress?.({ text: 'preparing the model' });
    const model = makeModel(request.model, request.set, dataset.sample);
    const train = resolve('train', trainParams, splitRecipe(request.set)['train']);
    const device = await host.openDevice(request.device);
    return { dataset, model, train, device };
  }

  /** Trains in the background; every end is told by `ended`. */
  async function run(
    folder: RunFolder,
    {
      dataset,
      model,
      train: params,
      device,
    }: { dataset: Dataset; model: Model; train: Values<typeof trainParams>; device: Device },
    description: RunDescription,
    more: Pick<TrainingSetup, 'from' | 'replay' | 'seen'>,
    lock: Lock,
  ): Promise<void> {
    const split = splitRows(dataset, description.seed, params.heldOut);
    const setup: TrainingSetup = {
      model,
      dataset,
      trainRows: split.train,
      heldOutRows: split.heldOut,
      device,
      seed: description.seed,
      params,
      stop: description.stop,
      signal: pausing.signal,
      takeKnobs: () => {
        const taken = waitingKnobs;
        waitingKnobs = undefined;
        return taken;
      },
      data: firstLook(dataset),
      measure: async (at) => {
        const options = { importanceSamples: 0, karst: host.versions['karst'], signal: pausing.signal };
        return await measureRun({ folder, description, model, ...at }, device, dataset, options);
      },
      ...more,
    };
    const trained = async (): Promise<void> => {
      let step = more.from?.position.step ?? 0;
      try {
        for await (const event of record(folder, train(setup), { now: () => host.now() })) {
          if (event.kind === 'reported') {
            step = event.report.step;
            emit('reported', { reports: [event.report] });
          } else if (event.kind === 'latentsEncoded') emit('latentsSaved', { step: event.sample.step });
          else if (event.kind === 'checkpointed') emit('checkpointed', { step: event.checkpoint.position.step });
          else if (event.kind === 'rolledBack') {
            const text = `At step ${event.fromStep} ${event.found}: went back to step ${event.toStep} with half the learning rate (${event.count} of 3).`;
            emit('warned', { text });
          } else if (event.kind === 'measured') emit('measured', { step: event.look.step });
          else if (event.kind === 'warned') {
            const { cures } = event.warning.cause;
            const settable = cures.filter(({ changes }) => Object.keys(changes).length > 0);
            emit('warned', { text: warningText(event.warning), cures: settable.map(({ id }) => id) });
          } else if (event.kind === 'ended') emit('ended', { step: event.step, reason: event.reason });
        }
      } catch (thrown) {
        emit('ended', { step, reason: 'failed', error: toErrorRecord(thrown) });
      } finally {
        await lock.release();
        await device.dispose();
        tellEnded();
      }
    };
    void trained();
  }

  const api: TrainerApi = {
    async begin({ folder, id, request }, options) {
      const prepared = await prepare(undefined, request, options);
      const { dataset, model, device } = prepared;
      const stops = { steps: request.steps, epochs: request.epochs, seconds: request.seconds };
      const stop = Object.fromEntries(Object.entries(stops).filter(([, value]) => value !== undefined));
      const description: RunDescription = {
        format: 'karst-run-1',
        id,
        title: id.split(/[\\/]/).at(-1) ?? id,
        createdAt: host.now().toISOString(),
        dataset: {
          id: dataset.id,
          params: request.datasetParams,
          title: dataset.title,
          fingerprint: dataset.fingerprint,
          rows: dataset.rows,
          sample: dataset.sample,
          ...(dataset.labelNames ? { labelNames: dataset.labelNames } : {}),
        },
        model: request.model,
        params: { ...model.params, ...dotted('train', prepared.train) },
        ...(request.preset ? { preset: request.preset } : {}),
        latentSize: model.latentSize,
        seed: request.seed,
        device: { id: device.id, title: device.title },
        stop: Object.keys(stop).length > 0 ? stop : { epochs: DEFAULT_EPOCHS },
        versions: host.versions,
      };
      const made = await createRun(host.files(folder), description);
      await run(made, prepared, description, {}, await made.lock());
      return null;
    },

    async branch({ folder, id, parent, cure, title, changes, note }, options) {
      const of = await openRun(host.files(parent.folder));
      const described = await of.describe();
      const { dataset: data, branchOf: _, ...same } = described;
      const params = withChanges(described.params, changes);
      const request: TrainRequest = {
        dataset: data.id,
        datasetParams: data.params,
        model: described.model,
        set: params,
        seed: described.seed,
        device: described.device.id,
      };
      const prepared = await prepare(described, request, options);
      const { dataset, model, train } = prepared;
      const saved = parent.step === undefined ? undefined : await of.loadCheckpoint(parent.step);
      const step = saved?.position.step ?? 0;
      const description: RunDescription = {
        ...same,
        dataset: data,
        id,
        title,
        createdAt: host.now().toISOString(),
        params: { ...model.params, ...dotted('train', train) },
        latentSize: model.latentSize,
        stop: saved ? stopBeyond(described.stop, saved.position) : described.stop,
        branchOf: { run: parent.id, step, cure },
        versions: host.versions,
      };
      const made = await createRun(host.files(folder), description);
      const lock = await made.lock();
      const text = (renewed: number): string =>
        renewed > 0 ? `${note} ${counted(renewed, 'tensor')} ${renewed === 1 ? 'begins' : 'begin'} anew.` : note;
      const intervened = (renewed: number): Promise<void> =>
        made.appendEvent({ at: host.now().toISOString(), step, kind: 'intervened', text: text(renewed), values: changes });
      if (!saved) {
        await intervened(0);
        await run(made, prepared, description, {}, lock);
        return null;
      }
      const rows = splitRows(dataset, description.seed, train.heldOut).train;
      const { checkpoint, renewed } = graft(saved, {
        state: model.state,
        fresh: model.initialise(Rng.fromSeed(description.seed).stream('weights'), { dataset, rows }),
        before: makeModel(described.model, described.params, dataset.sample).knobs,
        after: model.knobs,
      });
      const reports = (await of.reports()).filter((report) => report.step <= step);
      const told: Partial<ReportRecord> = changesLoss(changes) ? { isOfOtherLoss: true } : {};
      for (const report of reports) await made.appendReport({ ...report, ...told });
      await made.saveCheckpoint(checkpoint);
      await intervened(renewed.length);
      await run(made, prepared, description, { from: checkpoint, seen: await looksOf(made, step) }, lock);
      return null;
    },

    async resume({ folder, steps, seconds, set }, options) {
      const opened = await openRun(host.files(folder));
      // Before anything is changed: the run may be training in another process.
      const lock = await opened.lock();
      try {
        let description = await opened.describe();
        const last = (await opened.reports()).at(-1);
        // New stops count from where the run stands; the knobs that were set apply from the first step on.
        if (steps !== undefined)
          description = await opened.amend({ stop: { steps: (await opened.loadCheckpoint()).position.step + steps } });
        if (seconds !== undefined) description = await opened.amend({ stop: { seconds: (last?.elapsedSeconds ?? 0) + seconds } });
        const request: TrainRequest = {
          dataset: description.dataset.id,
          datasetParams: description.dataset.params,
          model: description.model,
          set: description.params,
          seed: description.seed,
          device: description.device.id,
        };
        const prepared = await prepare(description, request, options);
        if (Object.keys(set).length > 0) waitingKnobs = knobsFrom(prepared.model, set);
        const { from, replay } = await prepareResume(opened, { now: () => host.now() });
        await run(opened, prepared, description, { from, replay, seen: await looksOf(opened, from.position.step) }, lock);
      } catch (thrown) {
        await lock.release();
        throw thrown;
      }
      return null;
    },

    async pause() {
      pausing.abort(new KarstError('cancelled', 'training was paused'));
      if (begun) await ended;
      return null;
    },

    async setKnobs({ values }) {
      waitingKnobs = { ...waitingKnobs, ...values };
      return null;
    },
  };

  return {
    api,
    ended,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Where the run stops; as much again where that is behind it, or a branch of a finished run would end at once. */
function stopBeyond(stop: RunDescription['stop'], { step, epoch, elapsedSeconds }: TrainingPosition): RunDescription['stop'] {
  const beyond = (wanted: number, reached: number): number => (wanted > reached ? wanted : reached + wanted);
  return {
    ...(stop.steps === undefined ? {} : { steps: beyond(stop.steps, step) }),
    ...(stop.epochs === undefined ? {} : { epochs: beyond(stop.epochs, epoch) }),
    ...(stop.seconds === undefined ? {} : { seconds: beyond(stop.seconds, elapsedSeconds) }),
  };
}

/** A member that is exchanged (`model.objective`) takes the parameters of the old one (`objective.*`) with it. */
function withChanges(params: ParamValues, changes: ParamValues): ParamValues {
  const exchanged = Object.keys(changes).flatMap((name) =>
    name.startsWith('model.') ? [`${name.slice('model.'.length)}.`] : [],
  );
  const kept = Object.entries(params).filter(([name]) => !exchanged.some((section) => name.startsWith(section)));
  return { ...Object.fromEntries(kept), ...changes };
}

/** Of a stopped run only what may move can be set anew; names may carry their group (`model.beta`, `train.learningRate`). */
function knobsFrom(model: Model, set: ParamValues): ParamValues {
  const known = defaults(model.knobs);
  return Object.fromEntries(
    Object.entries(set).map(([name, value]) => {
      const short = name.split('.').at(-1) ?? name;
      if (!Object.hasOwn(known, short)) {
        throw new KarstError(
          'usage',
          `${name} cannot change in a run that has begun; what can: ${Object.keys(known).join(', ')}`,
        );
      }
      return [short, value];
    }),
  );
}
