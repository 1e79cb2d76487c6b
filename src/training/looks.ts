// Looks at a model while it trains: reports with held-out figures and codes of the sample, brief looks for collapse, now and then one for copies,
// measures of everything at checkpoints, and the warnings that come of them. They move no weight and draw from streams of their own, so that how
// often they happen changes nothing that is learnt; those for collapse keep their share of the time.
import { breathe as giveWay } from '../base/breathe.ts';
import type { Values } from '../base/params.ts';
import type { Rng } from '../base/rng.ts';
import type { Moment } from '../collapse/cause.ts';
import { circumstancesOf } from '../collapse/circumstances.ts';
import { isLook, momentOf } from '../collapse/moments.ts';
import { Monitor } from '../collapse/monitor.ts';
import { evenly } from '../datasets/split.ts';
import { dotted } from '../models/recipe.ts';
import type { ReportRecord } from '../protocol/records.ts';
import type { MemorySigns } from '../protocol/signs.ts';
import type { TrainingPosition } from '../runs/checkpoint.ts';
import type { LatentSample } from '../runs/latents.ts';
import type { DeviceState } from '../tracing/device.ts';
import { openLoading } from '../tracing/loading.ts';
import type { Averages } from './averages.ts';
import type { TrainingEvent, TrainingSetup } from './contract.ts';
import { activeUnits, openEvaluator, type Evaluation } from './evaluate.ts';
import { numbersOf } from './knobs.ts';
import { Pace } from './pace.ts';
import type { trainParams } from './train-params.ts';
import { openWatch } from './watch.ts';

export type TrainingEvents = AsyncGenerator<TrainingEvent, void, undefined>;

/** Where training stands. */
export type Standing = Omit<TrainingPosition, 'rollbacks'>;

export interface Looks {
  /** Tells the averages since the last report; with an evaluation, held-out rows are scored and the sample encoded. */
  report(at: Standing, averages: Averages, evaluation?: 'brief' | 'last'): TrainingEvents;
  /** Whether a checkpoint may be measured now. */
  isMeasureDue(step: number): boolean;
  /** Of weights that have just been saved: every metric. */
  measure(at: Standing): TrainingEvents;
  /** Forgets what was seen after `step`. */
  rewind(step: number): void;
  /** Whether evaluations leave codes. */
  readonly hasCodes: boolean;
  dispose(): void;
}

/** Between measures of everything. What the first may take is told by a look for copies, which is made of the same parts. */
const MEASURE_SECONDS = 30;
const MEASURE_MS = { least: 4000, ofCopies: 40 };
/** Between looks for copies: seconds, and looks where evaluations are a number of steps apart. */
const COPIES_SECONDS = 10;
const COPIES_LOOKS = 4;

/** `rng` is the run's own: streams are taken from it by name. */
export async function openLooks(
  setup: TrainingSetup,
  params: Values<typeof trainParams>,
  state: DeviceState,
  rng: Rng,
): Promise<Looks> {
  const { model, dataset, trainRows, heldOutRows, device, signal, breathe = giveWay } = setup;
  const { evaluateEvery, measureEvery, watchShare } = params;
  const sampleRows = rng.stream('latents').permutation(dataset.rows).slice(0, params.latentRows).sort();
  const fewHeldOut = evenly(heldOutRows, params.heldOutRows);
  const looking = { breathe, ...(signal ? { signal } : {}) };

  const { keep, dispose } = openLoading(device, state);
  try {
    const evaluator = keep(await openEvaluator(model, device, state, rng.stream('evaluate')));
    const watched = { dataset, trainRows, heldOutRows };
    const watch = keep(await openWatch(model, device, state, watched, rng, params.batchSize));

    const monitor = new Monitor(
      circumstancesOf(model.id, { ...model.params, ...dotted('train', params) }, dataset.sample.kind),
      setup.data ? { data: setup.data } : {},
    );
    for (const moment of setup.seen ?? []) monitor.look(moment); // told in earlier sessions

    const startMs = performance.now();
    let watchMs = 0;
    const pace = (seconds: number, share: number, steps: number, expectedMs = 0): Pace =>
      new Pace({ steps, seconds, share: share * watchShare, expectedMs, nowMs: startMs });
    const watchPace = pace(0, 3 / 8, evaluateEvery);
    // Made ready once, and out of the half that nothing is measured with yet.
    const copiesPace = pace(COPIES_SECONDS, 1 / 8, COPIES_LOOKS * evaluateEvery, watch.isPrepared ? 0 : watch.preparationMs / 4);
    const measurePace = pace(MEASURE_SECONDS, 1 / 2, measureEvery, MEASURE_MS.least + watch.preparationMs);

    /** Nothing where a pause was asked for meanwhile. */
    const ifNotPaused = async <Result>(look: () => Promise<Result>): Promise<Result | undefined> => {
      try {
        return await look();
      } catch (thrown) {
        if (signal?.aborted) return undefined;
        throw thrown;
      }
    };
    const evaluate = async (rows: Int32Array): Promise<Evaluation | undefined> =>
      rows.length > 0 ? await ifNotPaused(() => evaluator.evaluate(dataset, rows, looking)) : undefined;

    const lookForCopies = async (): Promise<MemorySigns | undefined> => {
      await ifNotPaused(() => watch.prepareCopies());
      const copiesMs = performance.now(); // what is done once is no part of what each look costs
      const memory = await ifNotPaused(() => watch.copies(looking));
      const endMs = performance.now();
      copiesPace.done(copiesMs, endMs);
      measurePace.expect(MEASURE_MS.least + watch.preparationMs + MEASURE_MS.ofCopies * (endMs - copiesMs));
      return memory;
    };

    /** `sample`: codes of the map's rows. */
    const lookForCollapse = async (
      { step, epoch, knobs }: Standing,
      sample: Evaluation | undefined,
    ): Promise<Partial<ReportRecord>> => {
      const lookMs = performance.now();
      const look = await ifNotPaused(() => watch.look(step, knobs, sample, looking));
      const endMs = performance.now();
      if (look) watchPace.done(lookMs, endMs);
      const isForCopies = look && epoch >= 1 && copiesPace.isDue(step, endMs); // nothing is known by heart before
      const memory = isForCopies ? await lookForCopies() : undefined;
      const nowMs = performance.now();
      watchMs += nowMs - lookMs;
      if (!look) return {};
      return { ...look, signs: { ...look.signs, ...(memory ? { memory } : {}) }, watchShare: watchMs / (nowMs - startMs) };
    };

    function* warn(moment: Moment): Generator<TrainingEvent> {
      for (const warning of monitor.look(moment)) yield { kind: 'warned', warning };
    }

    return {
      async *report(at, averages, evaluation) {
        const { step, epoch, elapsedSeconds, knobs } = at;
        const isWatched = evaluation === 'last' || (evaluation && watchPace.isDue(step, performance.now()));
        const { losses, klPerDimension, rowsPerSecond, scalars } = averages.take();
        const scored = evaluation && (await evaluate(evaluation === 'last' ? heldOutRows : fewHeldOut));
        const sample = evaluation && (await evaluate(sampleRows));
        const report: ReportRecord = {
          ...{ step, epoch, elapsedSeconds, imagesPerSecond: rowsPerSecond, losses },
          knobs: { ...numbersOf(knobs), ...scalars },
          ...(klPerDimension ? { klPerDimension } : {}),
          ...(scored ? { heldOut: scored.heldOut } : {}),
          ...(sample ? { activeUnits: activeUnits(sample.mean, model.latentSize) } : {}),
          ...(isWatched ? await lookForCollapse(at, sample) : {}),
        };
        yield { kind: 'reported', report };
        if (isLook(report)) yield* warn(momentOf(report));
        if (sample) yield { kind: 'latentsEncoded', sample: latentsOf(setup, step, sampleRows, sample) };
      },
      isMeasureDue: (step) => measurePace.isDue(step, performance.now()),
      async *measure({ step, epoch, knobs }) {
        const { measure } = setup;
        if (!measure) return;
        const measureMs = performance.now();
        const look = await ifNotPaused(() => measure({ state, step, epoch, knobs }));
        if (!look) return;
        const endMs = performance.now();
        measurePace.done(measureMs, endMs);
        watchMs += endMs - measureMs;
        yield { kind: 'measured', look };
        yield* warn(look);
      },
      rewind: (step) => monitor.rewind(step),
      hasCodes: sampleRows.length > 0,
      dispose,
    };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}

function latentsOf({ model, dataset }: TrainingSetup, step: number, rowIds: Int32Array, scores: Evaluation): LatentSample {
  const { labels } = dataset;
  return {
    step,
    count: rowIds.length,
    latentSize: model.latentSize,
    rowIds,
    ...(labels ? { labels: rowIds.map((row) => labels[row] as number) } : {}),
    mean: scores.mean,
    logVariance: scores.logVariance,
    reconstruction: scores.reconstruction,
    ...(model.hasBound ? { kl: scores.kl } : {}),
  };
}
