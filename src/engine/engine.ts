// The engine: one object that implements EngineApi over a host. It reads run folders, keeps trainers, maps and a decoder, and tells what
// changes. It is longer than other files because the whole contract is here, each method in a line or a few.
import { KarstError } from '../base/errors.ts';
import type { Engine, EngineApi, EngineEvents, EngineListener, TrainRequest } from '../protocol/engine-api.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import { presetParams, type Preset } from '../models/preset.ts';
import type { MemberRecord, ReportRecord, RunRecord, SamplesRecord } from '../protocol/records.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import { openAutopilot } from './autopilot.ts';
import { familyRecords, models } from './catalogue.ts';
import { planCure } from './cures.ts';
import { openDatasetShelf } from './dataset-shelf.ts';
import type { DecoderProcess, EngineHost } from './engine-host.ts';
import { openExports } from './exports.ts';
import { openGrids } from './grids.ts';
import { openIdleMeasuring } from './idle-measuring.ts';
import { inspectPath } from './inspection.ts';
import { momentNear } from './latent-sample.ts';
import { checkName, openLibrary } from './library.ts';
import { openMaps } from './maps.ts';
import { openMeasures } from './measures.ts';
import { openReports } from './reports.ts';
import { runRecord } from './run-records.ts';
import { openSampling } from './sampling.ts';
import { openSurveys } from './surveys.ts';
import { openTrainings } from './trainings.ts';
import { warningsOf } from './warnings.ts';

/** How many of the newest runs get pictures and a verdict when the library is listed. */
const LOOKED_AT = 24;

export interface EngineOptions {
  /** `server`, `desktop`, `command line`. */
  readonly hostName: string;
  /** Refuses to read runs or write files outside the library, for hosts whose caller is a page in a browser. */
  readonly isConfined?: boolean;
  /** Measures the devices in the background once nothing has trained for so long, if they never were; not unless told. */
  readonly measureAfterMs?: number;
}

export function openEngine(host: EngineHost, { hostName, isConfined = false, measureAfterMs }: EngineOptions): Engine {
  const listeners = new Set<EngineListener>();
  const emit: EngineListener = (name, event) => {
    for (const listener of listeners) listener(name, event);
  };
  const library = openLibrary(host, isConfined);
  const shelf = openDatasetShelf(host);
  const thumbnails = new Map<string, { step: number; samples: SamplesRecord }>();
  let closed = false;

  // The decoder is a process of its own, started when first needed and again after it died.
  let decoding: Promise<DecoderProcess> | undefined;
  const decoder = async (): Promise<DecoderClient> => {
    if (closed) throw new KarstError('cancelled', 'the engine is closing');
    decoding ??= host.startDecoder().then((process) => {
      void process.gone.then(() => (decoding = undefined));
      return process;
    });
    return await decoding.then(
      ({ client }) => client,
      (thrown: unknown) => {
        decoding = undefined;
        throw thrown;
      },
    );
  };

  const notice = (level: EngineEvents['noticed']['level'], text: string, run?: string): void => {
    emit('noticed', { level, text, ...(run === undefined ? {} : { run }) });
  };
  const failed = (run: string, thrown: unknown): void => {
    if (thrown instanceof KarstError && thrown.code === 'cancelled') return; // somebody wanted it so
    if (closed || (thrown instanceof KarstError && thrown.code === 'cancelled')) return;
    notice('error', thrown instanceof Error ? thrown.message : String(thrown), run);
  };
  const open = (run: string): Promise<RunFolder> => library.open(run);
  const maps = openMaps(host, open, (map) => emit('mapUpdated', map), failed);
  const measures = openMeasures({
    open,
    folderOf: library.folderOf,
    decoder,
    karst: host.versions['karst'] ?? 'unknown',
    judged: (id) => changed(id),
  });

  const trainings = openTrainings(host, {
    changed: (id) => changed(id),
    reported: (id, reports: readonly ReportRecord[]) => emit('reported', { run: id, reports }),
    latentsSaved: (id) => {
      maps.refresh(id);
      measures.judge(id);
    },
    measured: (id) => {
      measures.forget(id);
      measures.judge(id);
    },
    warned: (id, text, cures) => {
      notice('warning', text, id);
      if (cures) autopilot(id, cures);
    },
    ended: (id, _reason, error) => {
      if (error) notice('error', `${id}: ${error.message}`, id);
      if (trainings.isIdle()) measuring.quiet();
      void finishThumbnails(id).then(() => changed(id));
    },
  });

  const autopilot = openAutopilot({
    open,
    cure: (run, cure) => api.cure({ run, cure }, {}),
    notice: (text, run) => notice('info', text, run),
    failed,
  });

  const measuring = openIdleMeasuring({
    host,
    quietMs: measureAfterMs,
    isQuiet: async () => {
      if (!trainings.isIdle()) return false;
      for (const id of await library.ids()) {
        const isTraining = open(id).then((folder) => folder.isTraining()); // in another process, perhaps
        if (await isTraining.catch(() => false)) return false;
      }
      return true;
    },
  });

  /** Tells what measures devices to make way first. */
  async function startTraining(...given: Parameters<typeof trainings.start>): Promise<void> {
    measuring.busy();
    try {
      await trainings.start(...given);
    } catch (thrown) {
      if (trainings.isIdle()) measuring.quiet();
      throw thrown;
    }
  }

  async function record(id: string): Promise<RunRecord> {
    const folder = await open(id);
    return await runRecord(id, folder, {
      training: trainings.get(id),
      verdict: measures.verdict(id),
      thumbnails: thumbnails.get(id)?.samples,
    });
  }

  /** Tells the run's new record; one that is being read already is read once more afterwards. */
  const telling = new Map<string, 'once' | 'again'>();
  function changed(id: string): void {
    if (closed) return;
    if (telling.has(id)) return void telling.set(id, 'again');
    telling.set(id, 'once');
    void record(id)
      .then((run) => emit('runChanged', run))
      .catch((thrown: unknown) => {
        if (!(thrown instanceof KarstError && thrown.code === 'not-found')) failed(id, thrown); // removed meanwhile
      })
      .finally(() => {
        const again = telling.get(id) === 'again';
        telling.delete(id);
        if (again) changed(id);
      });
    void finishThumbnails(id);
  }

  /** Four rows of the newest latent sample, decoded by the weights that made them; made in the background, at most one at a time a run. */
  const making = new Set<string>();
  async function finishThumbnails(id: string): Promise<void> {
    if (making.has(id) || closed) return;
    making.add(id);
    try {
      const folder = await open(id);
      const newest = (await folder.latents()).at(-1);
      if (newest === undefined || thumbnails.get(id)?.step === newest) return;
      const { sample, checkpoint } = await momentNear(folder, newest);
      const { latentSize, mean, count } = sample;
      const shown = Array.from({ length: Math.min(4, count) }, (_, i) => Math.floor((i * count) / 4));
      const latents = new Float32Array(shown.length * latentSize);
      shown.forEach((row, i) => latents.set(mean.subarray(row * latentSize, (row + 1) * latentSize), i * latentSize));
      const { samples } = await (await decoder()).decode({ folder: library.folderOf(id), step: checkpoint, latents });
      thumbnails.set(id, { step: newest, samples });
      if (!trainings.get(id)) emit('runChanged', await record(id));
    } catch {
      // A run without codes yet, or with a checkpoint that cannot be read: it has no pictures, and whoever opens it is told why.
    } finally {
      making.delete(id);
    }
  }

  /** Pictures and verdicts of listed runs, one run after another. */
  async function lookAt(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (!thumbnails.has(id)) await finishThumbnails(id);
      measures.judge(id);
    }
  }

  /** The preset's values under those that were given; its stop where none was. */
  async function withPreset(given: TrainRequest): Promise<TrainRequest> {
    if (given.preset === undefined) return given;
    const presets = await host.presets();
    const preset = presets.find((one) => one.id === given.preset);
    if (!preset)
      throw new KarstError('usage', `unknown preset "${given.preset}"; known: ${presets.map((one) => one.id).join(', ')}`);
    const hasStop = given.steps !== undefined || given.epochs !== undefined || given.seconds !== undefined;
    const stop = hasStop || preset.epochs === undefined ? {} : { epochs: preset.epochs };
    return { ...given, ...stop, model: preset.model, set: { ...preset.set, ...given.set } };
  }

  /** Of a run that lies outside the library. */
  async function freePath(wanted: string): Promise<string> {
    for (let n = 1; ; n++) {
      const path = n === 1 ? wanted : `${wanted}-${n}`;
      if (!(await library.exists(path))) return path;
    }
  }

  async function startRun(given: TrainRequest, options: Parameters<EngineApi['startRun']>[1]): Promise<RunRecord> {
    const stops = [given.steps, given.epochs, given.seconds].filter((stop) => stop !== undefined);
    if (stops.length > 1) throw new KarstError('usage', 'stop after steps, epochs or seconds: give one of them');
    models.get(given.model);
    const request = { ...(await withPreset(given)), dataset: shelf.resolve(given.dataset) };
    if (given.name !== undefined && !host.isAbsolute(given.name)) checkName(given.name);
    const id = given.name ?? (await library.freeName(suggestedName(request.dataset, given.model)));
    if (await library.exists(id)) {
      throw new KarstError('exists', `there is a run "${id}" already; resume it with karst resume, or choose another name`, {
        run: id,
      });
    }
    await startTraining(id, (client) => client.begin({ folder: library.folderOf(id), id, request }, options));
    return await record(id);
  }

  const sampling = openSampling({ open, folderOf: library.folderOf, decoder, maps });
  const surveys = openSurveys({ open, folderOf: library.folderOf, decoder, maps });
  const grids = openGrids({ host, open, folderOf: library.folderOf, decoder, isConfined });
  const exports = openExports({ host, open, folderOf: library.folderOf, decoder, isConfined });

  const reports = openReports({
    host,
    open,
    folderOf: library.folderOf,
    measures,
    grid: (request, options) => grids.make(request, options),
    families: familyRecords,
    isConfined,
  });

  const api: EngineApi = {
    about: async () => ({
      version: host.versions['karst'] ?? 'unknown',
      home: host.home,
      host: hostName,
      firstStart: (await library.ids()).length === 0,
    }),
    doctor: (_, options) => measuring.examine(options),
    families: async () => [...familyRecords(), { name: 'preset', members: (await host.presets()).map(presetMember) }],

    datasets: () => shelf.list(),
    openDataset: async ({ path }, options) => {
      const { record: opened } = await shelf.open(path, true, options);
      emit('datasetsChanged', await shelf.list());
      return opened;
    },
    inspect: ({ path }, options) => inspectPath(path, options, { host, library, shelf, record, isConfined }),

    async runs() {
      const records: RunRecord[] = [];
      for (const id of await library.ids()) {
        try {
          records.push(await record(id));
        } catch (thrown) {
          failed(id, thrown); // a run that cannot be read hides no other
        }
      }
      records.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
      void lookAt(records.slice(0, LOOKED_AT).map(({ id }) => id));
      return records;
    },
    run: ({ run }) => record(run),
    startRun,
    async pauseRun({ run }, options) {
      await trainings.pause(run, options);
      return await record(run);
    },
    async resumeRun({ run, steps, seconds, set }, options) {
      await open(run);
      await startTraining(run, (client) =>
        client.resume(
          {
            folder: library.folderOf(run),
            set,
            ...(steps === undefined ? {} : { steps }),
            ...(seconds === undefined ? {} : { seconds }),
          },
          options,
        ),
      );
      return await record(run);
    },
    async cure({ run, cure: id }, options) {
      const folder = await open(run);
      await planCure(folder, id); // a cure that is refused leaves training alone
      if (trainings.get(run)) await trainings.pause(run, options); // its newest weights are saved, and it may go on later
      const { cure, changes, step } = await planCure(folder, id);
      const { title } = await folder.describe();
      const branch = host.isAbsolute(run) ? await freePath(`${run}-${id}`) : await library.freeName(`${run.slice(0, 80)}-${id}`);
      const note = `Branched from ${run}${step === undefined ? '' : ` at step ${step}`} to try: ${cure.title.toLowerCase()}.`;
      const parent = { folder: library.folderOf(run), id: run, ...(step === undefined ? {} : { step }) };
      await startTraining(branch, (client) =>
        client.branch(
          {
            folder: library.folderOf(branch),
            id: branch,
            parent,
            cure: id,
            title: `${title.slice(0, 150)}: ${cure.title.toLowerCase()}`,
            changes,
            note,
          },
          options,
        ),
      );
      return await record(branch);
    },
    async setKnobs({ run, values }) {
      await trainings.setKnobs(run, values);
      return await record(run);
    },
    async renameRun({ run, title }) {
      await (await open(run)).amend({ title });
      changed(run);
      return await record(run);
    },
    async removeRun({ run }, options) {
      if (trainings.get(run)) await trainings.pause(run, options);
      const trashed = await library.trash(run);
      if (decoding) await (await decoder()).forget({ folder: library.folderOf(run) });
      maps.forget(run);
      measures.forget(run);
      surveys.forget(run);
      thumbnails.delete(run);
      emit('runRemoved', { run });
      return { trashed };
    },
    async restoreRun({ trashed }) {
      const restored = await record(await library.restore(trashed));
      changed(restored.id);
      return restored;
    },
    reports: async ({ run }) => await (await open(run)).reports(),
    warnings: async ({ run }) => await warningsOf(await open(run)),
    measure: ({ run, ...at }, options) => measures.measure(run, at, options),
    report: (request, options) => reports.make(request, options),
    compare: (request, options) => reports.compare(request, options),
    map: (request, options) => maps.get(request, options),
    survey: (request, options) => surveys.survey(request, options),
    ...sampling,
    grid: (request, options) => grids.make(request, options),
    redrawGrid: (request, options) => grids.redraw(request, options),
    exportRun: (request, options) => exports.make(request, options),
  };

  return {
    api,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await measuring.close();
      await trainings.close();
      closed = true;
      maps.close();
      await (await decoding)?.close();
    },
  };
}

const presetMember = (preset: Preset): MemberRecord => {
  const { id, title, summary, paper, set, epochs } = preset;
  const stated = { ...(paper === undefined ? {} : { paper }), ...(epochs === undefined ? {} : { epochs }) };
  return { id, title, summary, params: presetParams(preset), sets: set, ...stated };
};

/** `shapes`, `vae` → `shapes-vae`; of a path, its last part. */
function suggestedName(dataset: string, model: string): string {
  const last = dataset.split(/[\\/]/).findLast((part) => part !== '') ?? 'dataset';
  const plain = last
    .replace(/\.[^.]+$/, '')
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}._+=-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+|-+$/gu, '');
  return `${plain.slice(0, 80) || 'dataset'}-${model}`;
}
