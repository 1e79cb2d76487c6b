// THE contract between a page (or a command line) and the engine. One table: each method's argument schema and result type. The client,
// the server and the check at the engine's door are derived from it. Every method takes one argument object; a caller may add a cancel
// signal and a progress listener.
import { z } from 'zod';
import { method, type ApiOf, type ClientOf } from './methods.ts';
import type { EventMerge } from './pacing.ts';
import type {
  ArtefactRecord,
  DatasetRecord,
  DeviceRecord,
  FamilyRecord,
  GridRecord,
  InspectionRecord,
  MapRecord,
  MeasureRecord,
  NeighboursRecord,
  PathRecord,
  PlacedRecord,
  PointRecord,
  ReconstructionsRecord,
  ReportRecord,
  RunRecord,
  SamplesRecord,
  WarningRecord,
} from './records.ts';
import type { SurveyRecord } from './survey.ts';
import type { ComparisonPage, PageRecord } from './reports.ts';

const nothing = z.strictObject({});
const runId = z.string().min(1).max(4096);
const step = z.int().min(0).optional();
const seed = z.number().default(0);
const paramValues = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
const floats = z.instanceof(Float32Array);
/** What stands for a row among codes: the mean of its posterior, or one draw from it. */
const codesShown = z.enum(['mean', 'sample']).default('mean');
const mapDims = z.union([z.literal(2), z.literal(3)]);
const ofRun = z.strictObject({ run: runId });

export const trainRequest = z.strictObject({
  /** A dataset's id or a path. */
  dataset: z.string().min(1).max(4096),
  datasetParams: paramValues.default({}),
  model: z.string().default('vae'),
  preset: z.string().optional(),
  /** Dotted names, as on the command line: `model.beta`, `net.hidden`, `train.batchSize`. */
  set: paramValues.default({}),
  seed,
  device: z.string().optional(),
  /** Stop after this many steps, epochs or seconds: at most one; a default from the preset otherwise. */
  steps: z.int().positive().optional(),
  epochs: z.number().positive().optional(),
  seconds: z.number().positive().optional(),
  /** The run's folder name, or an absolute path outside the library; made up from dataset and model otherwise. */
  name: z.string().max(4096).optional(),
});
export type TrainRequest = z.infer<typeof trainRequest>;

export const gridKinds = ['prior', 'reconstruction', 'traversal', 'interpolation', 'corners', 'history'] as const;
/** A plot a cell, or, where rows are places in the plane, one plot of all. */
export const gridViews = ['cells', 'together'] as const;
/** Ink on paper, or paper on ink. */
export const gridThemes = ['light', 'dark'] as const;
export type GridTheme = (typeof gridThemes)[number];
export const gridRequest = z.strictObject({
  run: runId,
  step,
  kind: z.enum(gridKinds),
  rows: z.int().min(1).max(100).default(8),
  cols: z.int().min(1).max(100).default(8),
  /** Each sample pixel becomes scale × scale pixels; plots of vectors are drawn that much finer. */
  scale: z.int().min(1).max(32).default(1),
  view: z.enum(gridViews).default('cells'),
  theme: z.enum(gridThemes).default('light'),
  seed,
  /** Factor on draws from the prior (Kingma & Dhariwal 2018): less than 1 is safer and less varied. */
  temperature: z.number().min(0).max(10).default(1),
  /** Draws beyond so many standard deviations are drawn again (Brock et al. 2019). */
  truncation: z.number().min(0.01).optional(),
  /** Of a generator that keeps a moving average of its weights: that average, or the weights as they are. */
  weights: z.enum(['average', 'raw']).default('average'),
  /** Dataset rows to start from: ends of an interpolation, corners, rows to reconstruct. Chosen by seed otherwise. */
  rowIds: z.array(z.int().min(0)).max(10_000).optional(),
  /** Those that rows are chosen among by seed, in place of all: a selection. */
  among: z.instanceof(Int32Array).optional(),
  /** Saved under this path, or in the run's exports folder with `save`. */
  out: z.string().max(4096).optional(),
  save: z.boolean().default(false),
});
export type GridRequest = z.infer<typeof gridRequest>;

export const engineMethods = {
  about: method<{ version: string; home: string; host: string; firstStart: boolean }>()(nothing),
  doctor: method<readonly DeviceRecord[]>()(nothing),
  families: method<readonly FamilyRecord[]>()(nothing),

  datasets: method<readonly DatasetRecord[]>()(nothing),
  /** Opens a path as a dataset and keeps it in the library. */
  openDataset: method<DatasetRecord>()(z.strictObject({ path: z.string().min(1).max(4096) })),
  inspect: method<InspectionRecord>()(z.strictObject({ path: z.string().min(1).max(4096) })),

  runs: method<readonly RunRecord[]>()(nothing),
  run: method<RunRecord>()(ofRun),
  startRun: method<RunRecord>()(trainRequest),
  /** Saves a checkpoint and ends the trainer. */
  pauseRun: method<RunRecord>()(ofRun),
  resumeRun: method<RunRecord>()(
    z.strictObject({
      run: runId,
      steps: z.int().positive().optional(),
      seconds: z.number().positive().optional(),
      set: paramValues.default({}),
    }),
  ),
  /** Applies a cure of the verdict's: the run is kept as it is (paused where it trains), and a branch of it that trains with the cure comes back. */
  cure: method<RunRecord>()(z.strictObject({ run: runId, cure: z.string().min(1) })),
  /** Changes knobs of a running trainer; recorded in events.jsonl. */
  setKnobs: method<RunRecord>()(z.strictObject({ run: runId, values: z.record(z.string(), z.number()) })),
  renameRun: method<RunRecord>()(z.strictObject({ run: runId, title: z.string().min(1).max(200) })),
  /** Moves the run to the library's trash; `restoreRun` brings it back. */
  removeRun: method<{ trashed: string }>()(ofRun),
  restoreRun: method<RunRecord>()(z.strictObject({ trashed: z.string().min(1).max(4096) })),
  reports: method<readonly ReportRecord[]>()(ofRun),
  /** What training was warned of, newest first. */
  warnings: method<readonly WarningRecord[]>()(ofRun),
  /** As it was measured before, where that is known; `again`: measured now, all the same. */
  measure: method<MeasureRecord>()(
    z.strictObject({
      run: runId,
      step,
      importanceSamples: z.int().min(0).max(10_000).optional(),
      again: z.boolean().optional(),
    }),
  ),
  /** The collapse report of a checkpoint as one page that stands by itself: saved under `out`, or in the run's exports with `save`, else given back. */
  report: method<PageRecord>()(
    z.strictObject({
      run: runId,
      step,
      importanceSamples: z.int().min(0).max(10_000).optional(),
      again: z.boolean().optional(),
      out: z.string().min(1).max(4096).optional(),
      save: z.boolean().default(false),
    }),
  ),
  /** Checkpoints side by side, of one run or of several; with `page` as a page, too, kept as a report is (in the first run's exports). */
  compare: method<ComparisonPage>()(
    z.strictObject({
      of: z
        .array(z.strictObject({ run: runId, step }))
        .min(2)
        .max(8),
      page: z.boolean().default(false),
      out: z.string().min(1).max(4096).optional(),
      save: z.boolean().default(false),
    }),
  ),

  /** The newest map of the run (or of a checkpoint), projected if it has not been. A later better layout comes as a mapUpdated event.
   * With `wait` the answer is the layout asked for itself, with its progress; taking the call back ends the layout. */
  map: method<MapRecord>()(
    z.strictObject({
      run: runId,
      step,
      method: z.string().default('pca'),
      dims: mapDims.default(3),
      seed,
      params: paramValues.default({}),
      codes: codesShown,
      wait: z.boolean().default(false),
    }),
  ),
  /** What is told of single points, samples and places, laid on the map that is named: where the model has collapsed. Kept by step. */
  survey: method<SurveyRecord>()(
    z.strictObject({ run: runId, step, map: z.string().default('pca'), dims: mapDims.default(3), codes: codesShown, seed }),
  ),
  /** One point's original, reconstruction and posterior. */
  point: method<PointRecord>()(z.strictObject({ run: runId, step, rowId: z.int().min(0) })),
  originals: method<SamplesRecord>()(z.strictObject({ run: runId, rowIds: z.instanceof(Int32Array) })),
  /** Rows as they are, and decoded from their codes as the map shows them. */
  reconstruct: method<ReconstructionsRecord>()(
    z.strictObject({ run: runId, step, rowIds: z.instanceof(Int32Array), codes: codesShown, seed }),
  ),
  /** Decodes latents, [count, latentSize]. */
  decode: method<SamplesRecord>()(
    z.strictObject({ run: runId, step, latents: floats, weights: z.enum(['average', 'raw']).default('average') }),
  ),
  /** Finds the code of a row by searching the latent space from several starts, the encoder's code among them, and where it lies on a map. */
  place: method<PlacedRecord>()(
    z.strictObject({
      run: runId,
      step,
      rowId: z.int().min(0),
      starts: z.int().min(1).max(64).default(8),
      steps: z.int().min(1).max(5000).default(300),
      map: z.string().optional(),
      dims: mapDims.optional(),
      codes: codesShown,
      seed,
    }),
  ),
  /** Decodes a place on the map: exact for PCA, from the nearest codes otherwise; `residual` in units of the usual neighbour distance. */
  decodeAt: method<{ samples: SamplesRecord; latent: Float32Array; residual: number }>()(
    z.strictObject({ run: runId, step, method: z.string(), codes: codesShown, seed, position: floats }),
  ),
  /** A path between the codes of two rows, as the map that is named shows them (its `method`, `dims`, `codes` and `seed`). */
  interpolate: method<PathRecord>()(
    z.strictObject({
      run: runId,
      step,
      from: z.int().min(0),
      to: z.int().min(0),
      method: z.string().default('slerp'),
      count: z.int().min(2).max(64).default(8),
      map: z.string().optional(),
      dims: mapDims.optional(),
      codes: codesShown,
      seed,
    }),
  ),
  /** Each of the `top` most informative dimensions moved from -range to +range standard deviations around a row's code or the origin. */
  traverse: method<{
    dimensions: readonly number[];
    klPerDimension: readonly number[];
    values: readonly number[];
    samples: SamplesRecord;
  }>()(
    z.strictObject({
      run: runId,
      step,
      rowId: z.int().min(0).optional(),
      top: z.int().min(1).max(64).default(8),
      count: z.int().min(3).max(33).default(9),
      range: z.number().positive().default(3),
    }),
  ),
  neighbours: method<NeighboursRecord>()(
    z.strictObject({ run: runId, step, rowId: z.int().min(0), k: z.int().min(1).max(200).default(12) }),
  ),

  grid: method<GridRecord>()(gridRequest),
  /** Draws a grid again from its own PNG: the same pixels, or an error that says what is not there any more. `isSame`: the very bytes of
   * the file. Only a run that has moved since needs to be named. */
  redrawGrid: method<GridRecord & { readonly isSame: boolean }>()(
    z.strictObject({
      path: z.string().min(1).max(4096),
      run: runId.optional(),
      out: z.string().max(4096).optional(),
      save: z.boolean().default(false),
    }),
  ),
  exportRun: method<ArtefactRecord>()(
    z.strictObject({
      run: runId,
      step,
      what: z.enum(['decoder', 'encoder', 'latents']),
      codes: codesShown,
      seed,
      out: z.string().min(1).max(4096).optional(),
    }),
  ),
} as const;

type EngineMethods = typeof engineMethods;

/** What the engine implements: arguments already checked. */
export type EngineApi = ApiOf<EngineMethods>;

/** What a page calls: defaults may be left out. */
export type EngineClient = ClientOf<EngineMethods>;

/** Everything the engine tells without being asked. At most one event of a kind and run each animation frame. */
export interface EngineEvents {
  readonly runChanged: RunRecord;
  readonly runRemoved: { readonly run: string };
  /** Every report since the last such event, oldest first: none is lost when several come within a frame. */
  readonly reported: { readonly run: string; readonly reports: readonly ReportRecord[] };
  readonly mapUpdated: MapRecord;
  readonly datasetsChanged: readonly DatasetRecord[];
  /** Something a person should read once. */
  readonly noticed: { readonly level: 'info' | 'warning' | 'error'; readonly text: string; readonly run?: string };
}
type EventName = keyof EngineEvents;
export type EngineListener = <Name extends EventName>(name: Name, event: EngineEvents[Name]) => void;

export const engineEventMerge: EventMerge<EngineEvents> = {
  runChanged: { subject: (run) => run.id },
  runRemoved: { subject: () => undefined },
  reported: {
    subject: ({ run }) => run,
    join: (older, newer) => ({ run: newer.run, reports: [...older.reports, ...newer.reports] }),
  },
  mapUpdated: { subject: (map) => `${map.run} ${map.method} ${map.dims} ${map.codes ?? 'mean'}` },
  datasetsChanged: { subject: () => '' },
  noticed: { subject: () => undefined },
};

/** An engine as a host holds it. */
export interface Engine {
  readonly api: EngineApi;
  /** Returns what takes the listener away. */
  subscribe(listener: EngineListener): () => void;
  /** Saves a checkpoint of every running training, ends the trainers and gives everything back. */
  close(): Promise<void>;
}
