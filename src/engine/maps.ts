// The landscape of a run: its codes laid out, one aligned map for all of its steps. A quick layout is answered at once; a slower one that
// was asked for comes as an event when it is ready, starting from the layout before it, so that points move only where codes do.
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import type { ParamValues } from '../base/params.ts';
import { applySimilarity, procrustes, undoSimilarity, type Similarity } from '../projection/align.ts';
import { carryOver, usualDistance } from '../projection/inverse.ts';
import { fromPositions, toPositions } from '../projection/pca.ts';
import type { LinearMap } from '../projection/projection.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { MapRecord } from '../protocol/records.ts';
import type { LatentSample } from '../runs/latents.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import type { EngineHost, Projected } from './engine-host.ts';
import { shownCodes, type CodesShown } from './latent-sample.ts';

interface MapRequest extends CodesShown {
  readonly run: string;
  readonly step?: number | undefined;
  readonly method: string;
  readonly dims: 2 | 3;
  readonly params: ParamValues;
}

interface Job {
  readonly step: number;
  readonly made: Promise<LaidOut>;
  readonly stop: AbortController;
  /** Calls that wait for the layout and are told how far it is. */
  readonly heard: Set<NonNullable<CallOptions['onProgress']>>;
}

/** A layout with what is needed to go both ways between map and codes. */
export interface LaidOut {
  readonly record: MapRecord;
  /** What the points stand for, means or draws, [count, latent]. */
  readonly codes: Matrix;
  readonly positions: Matrix;
  readonly linear?: LinearMap;
  /** How the layout was turned onto the one before it. */
  readonly turned: Similarity;
}

export interface Maps {
  /** `wait`: the layout itself rather than a quick one before it; the caller's signal ends it. */
  get(request: MapRequest & { readonly wait?: boolean }, options: CallOptions): Promise<MapRecord>;
  /** The layout that a page looks at: the newest of this run, method, codes and seed, whatever its step. */
  shown(
    request: Omit<MapRequest, 'dims' | 'params'> & { readonly dims?: 2 | 3 | undefined },
    options: CallOptions,
  ): Promise<LaidOut>;
  /** A training run has new codes: maps that pages look at are made again and told as events. */
  refresh(run: string): void;
  forget(run: string): void;
  close(): void;
}

/** Layouts kept in memory, over all runs. */
const KEPT = 48;
/** Maps of a run that are followed while it trains: those asked for last. */
const FOLLOWED = 2;
/** Methods that answer within a moment, and so at once. */
const QUICK = 'pca';

const keyOf = ({ run, method, dims, seed, params, codes }: MapRequest): string =>
  JSON.stringify([run, method, dims, seed, params, codes]);

export function openMaps(
  host: EngineHost,
  open: (run: string) => Promise<RunFolder>,
  told: (map: MapRecord) => void,
  failed: (run: string, thrown: unknown) => void,
): Maps {
  const layouts = new Map<string, LaidOut>(); // by key and step, the least lately made first
  const newest = new Map<string, LaidOut>(); // by key: what the next one is turned onto
  const followed = new Map<string, MapRequest[]>();
  const jobs = new Map<string, Job>();
  const refreshing = new Map<string, 'once' | 'again'>();

  async function latentsOf(run: string, step: number | undefined): Promise<{ folder: RunFolder; step: number }> {
    const folder = await open(run);
    const steps = await folder.latents();
    const chosen = step === undefined ? steps.at(-1) : (steps.findLast((one) => one <= step) ?? steps[0]);
    if (chosen === undefined)
      throw new KarstError('not-found', `"${run}" has no codes yet: they come with its first report`, { run });
    return { folder, step: chosen };
  }

  /** Lays out the codes of one step; a request for the same layout joins the one under way. */
  function layOut(request: MapRequest, folder: RunFolder, step: number, options: CallOptions): Promise<LaidOut> {
    const key = keyOf(request);
    const kept = layouts.get(`${key} ${step}`);
    if (kept) return Promise.resolve(kept);
    const running = jobs.get(key);
    if (running?.step === step) {
      if (options.onProgress) running.heard.add(options.onProgress);
      return running.made;
    }
    const stop = new AbortController();
    const heard = new Set(options.onProgress ? [options.onProgress] : []);
    const make = async (): Promise<LaidOut> => {
      const [sample, { dataset }] = [await folder.loadLatents(step), await folder.describe()];
      const codes = shownCodes(sample, request);
      const before = newest.get(key);
      const initial = before && sameRows(before, sample) ? before.positions : undefined;
      const { method, params, dims, seed } = request;
      const projected = await host.project(
        { method, params, codes, dims, seed, ...(initial ? { initial } : {}) },
        { signal: stop.signal, onProgress: (progress) => heard.forEach((hear) => hear(progress)) },
      );
      const { kl, ...rest } = sample;
      const shown = kl && (await hasBound(folder)) ? sample : rest;
      const laidOut = turn(request, shown, dataset.labelNames, codes, projected, before);
      layouts.set(`${key} ${step}`, laidOut);
      if (layouts.size > KEPT) layouts.delete(layouts.keys().next().value as string);
      newest.set(key, laidOut);
      return laidOut;
    };
    const made = make().finally(() => {
      if (jobs.get(key)?.made === made) jobs.delete(key);
    });
    jobs.set(key, { step, made, stop, heard });
    return made;
  }

  function follow(request: MapRequest): void {
    const key = keyOf(request);
    const others = (followed.get(request.run) ?? []).filter((one) => keyOf(one) !== key);
    followed.set(request.run, [request, ...others].slice(0, FOLLOWED));
  }

  async function refreshOnce(run: string): Promise<void> {
    for (const request of followed.get(run) ?? []) {
      if (request.step !== undefined) continue;
      const { folder, step } = await latentsOf(run, undefined);
      told((await layOut(request, folder, step, {})).record);
    }
  }

  const maps: Maps = {
    async get({ wait = false, ...request }, options) {
      follow({ ...request, step: undefined });
      const { folder, step } = await latentsOf(request.run, request.step);
      const kept = layouts.get(`${keyOf(request)} ${step}`);
      if (kept) return kept.record;
      if (request.method === QUICK) return (await layOut(request, folder, step, options)).record;
      if (wait) {
        const made = layOut(request, folder, step, options);
        const job = jobs.get(keyOf(request));
        options.signal?.addEventListener('abort', () => job?.stop.abort(options.signal?.reason));
        return (await made).record;
      }
      layOut(request, folder, step, {}).then(
        (laidOut) => told(laidOut.record),
        (thrown: unknown) => failed(request.run, thrown),
      );
      const before = newest.get(keyOf(request));
      if (before) return { ...before.record, provisional: true };
      const quick = await layOut({ ...request, method: QUICK, params: {} }, folder, step, options);
      return { ...quick.record, method: request.method, provisional: true };
    },

    async shown({ run, step, method, seed, codes, dims }, options) {
      const isMeant = (one: MapRequest): boolean =>
        one.method === method && one.seed === seed && one.codes === codes && (dims === undefined || one.dims === dims);
      const request = followed.get(run)?.find(isMeant) ?? { run, method, dims: dims ?? 3, seed, params: {}, codes };
      if (step === undefined) {
        const last = newest.get(keyOf(request));
        if (last) return last;
      }
      const found = await latentsOf(run, step);
      return await layOut(request, found.folder, found.step, options);
    },

    refresh(run) {
      if (refreshing.has(run)) return void refreshing.set(run, 'again');
      if (!followed.has(run)) return;
      refreshing.set(run, 'once');
      void refreshOnce(run)
        .catch((thrown: unknown) => failed(run, thrown))
        .finally(() => {
          const again = refreshing.get(run) === 'again';
          refreshing.delete(run);
          if (again) maps.refresh(run);
        });
    },

    forget(run) {
      followed.delete(run);
      const isOfRun = (key: string): boolean => key.startsWith(`[${JSON.stringify(run)},`);
      for (const [key, { stop }] of jobs) if (isOfRun(key)) stop.abort(new KarstError('cancelled', 'the run was removed'));
      for (const kept of [layouts, newest]) for (const key of [...kept.keys()]) if (isOfRun(key)) kept.delete(key);
    },

    close() {
      followed.clear();
      for (const { stop } of jobs.values()) stop.abort(new KarstError('cancelled', 'the engine is closing'));
    },
  };
  return maps;
}

/** Files of runs whose model has no bound held a KL in earlier versions; their reports say that it is none. */
async function hasBound(folder: RunFolder): Promise<boolean> {
  const heldOut = (await folder.reports()).findLast((report) => report.heldOut)?.heldOut;
  return heldOut === undefined || heldOut.elbo !== undefined;
}

function sameRows(before: LaidOut, sample: LatentSample): boolean {
  const { rowIds } = before.record;
  return rowIds.length === sample.count && rowIds.every((row, i) => row === sample.rowIds[i]);
}

/** Lays the new layout onto the one before. Linear maps keep their scale, which is true to the codes. */
function turn(
  request: MapRequest,
  sample: LatentSample,
  labelNames: readonly string[] | undefined,
  codes: Matrix,
  projected: Projected,
  before: LaidOut | undefined,
): LaidOut {
  const { run, method, dims, seed } = request;
  const drawn = request.codes === 'sample' ? ({ codes: 'sample' } as const) : {};
  const fitted = matrix(sample.count, dims, projected.positions);
  const reference = before?.positions ?? fitted;
  const rows = { layout: sample.rowIds, earlier: before?.record.rowIds ?? sample.rowIds };
  const found = procrustes(fitted, reference, rows);
  const turned = projected.linear ? { ...found, scale: 1 } : found;
  const positions = before ? applySimilarity(turned, fitted) : fitted;
  const { labels, reconstruction, kl, rowIds, step, count } = sample;
  const unitsPerSd = projected.unitsPerSd === undefined ? undefined : projected.unitsPerSd * (before ? turned.scale : 1);
  return {
    codes,
    positions,
    ...(projected.linear ? { linear: projected.linear } : {}),
    turned: before ? turned : procrustes(fitted, fitted),
    record: {
      run,
      step,
      method,
      dims,
      seed,
      ...drawn,
      count,
      positions: positions.data,
      rowIds,
      ...(labels ? { labels } : {}),
      ...(labels && labelNames ? { labelNames } : {}),
      reconstruction,
      ...(kl ? { kl } : {}),
      ...(projected.quality ? { quality: projected.quality } : {}),
      ...(unitsPerSd === undefined ? {} : { unitsPerSd }),
      provisional: false,
    },
  };
}

/** The code at a place on the map: exact for a linear map, from the nearest points otherwise. */
export function codeAt(laidOut: LaidOut, position: Float32Array): { latent: Float32Array; residual: number } {
  const { positions, codes, linear, turned } = laidOut;
  if (position.length !== positions.cols) {
    throw new KarstError('usage', `a place on this map has ${positions.cols} coordinates, got ${position.length}`);
  }
  const place = matrix(1, position.length, position);
  const carried = carryOver(positions, codes, place, usualDistance(positions));
  const exact = linear && fromPositions(linear, undoSimilarity(turned, place));
  return { latent: (exact ?? carried.rows).data, residual: carried.residuals[0] ?? 0 };
}

/** Where codes lie on the map, [count, dims]. */
export function placesOf(laidOut: LaidOut, codes: Matrix): Float32Array {
  const { linear, turned } = laidOut;
  if (linear) return applySimilarity(turned, toPositions(linear, codes)).data;
  return carryOver(laidOut.codes, laidOut.positions, codes).rows.data;
}
