// The training loop, top to bottom: shuffle, assemble a batch, run the model's programs, report, encode the sample, save. It yields what
// happened and never writes anything itself; whoever takes the events may (runs/record.ts does). The next batch is assembled while the
// device is busy. Everything random comes from streams named by step or epoch, so a resumed run draws what an uninterrupted one drew;
// evaluations draw from streams of their own, so how often they happen changes no weight. Longer than other files because the order of
// saving, reporting and rolling back is the point: it reads in one piece.
import { breathe as giveWay } from '../base/breathe.ts';
import { KarstError } from '../base/errors.ts';
import { checkValue, defaults, type ParamValues, type Values } from '../base/params.ts';
import { Rng } from '../base/rng.ts';
import type { Moment } from '../collapse/cause.ts';
import { circumstancesOf } from '../collapse/circumstances.ts';
import { isLook, momentOf } from '../collapse/moments.ts';
import { Monitor, type Warning } from '../collapse/monitor.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { evenly } from '../datasets/split.ts';
import type { Control, Model } from '../models/model.ts';
import { dotted } from '../models/recipe.ts';
import type { FullLookRecord, ReportRecord } from '../protocol/records.ts';
import type { DataSigns, MemorySigns } from '../protocol/signs.ts';
import type { Checkpoint } from '../runs/checkpoint.ts';
import type { LatentSample } from '../runs/latents.ts';
import type { Device, DeviceState, Executable } from '../tracing/device.ts';
import type { Arrays, TensorValues } from '../tracing/program.ts';
import { Averages, findInsane } from './averages.ts';
import { openBatches } from './batches.ts';
import { activeUnits, openEvaluator, type Evaluation } from './evaluate.ts';
import { Pace } from './pace.ts';
import { openWatch } from './watch.ts';

export const trainParams = {
  batchSize: { kind: 'int', default: 128, min: 1, max: 65_536, scale: 'log', help: 'rows a step' },
  heldOut: {
    kind: 'float',
    default: 0.1,
    min: 0,
    max: 0.9,
    help: 'share of the rows never trained on, for the held-out figures',
  },
  reportEvery: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 1e9,
    unit: 'steps',
    help: 'steps between reports; 0 for about one a second',
  },
  evaluateEvery: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 1e9,
    unit: 'steps',
    help: 'steps between held-out figures and maps of the sample; 0 lets them come often at first, then so that they cost about a tenth of the time',
  },
  checkpointEvery: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 1e9,
    unit: 'steps',
    help: 'steps between checkpoints besides those saved with each map; 0 for about four a minute',
  },
  latentRows: { kind: 'int', default: 3_000, min: 0, max: 1_000_000, help: 'rows whose codes make the map' },
  heldOutRows: {
    kind: 'int',
    default: 2_000,
    min: 0,
    max: 1_000_000,
    help: 'at most this many held-out rows are scored while training',
  },
  watchShare: {
    kind: 'float',
    default: 0.05,
    min: 0.001,
    max: 1,
    help: 'at most this part of the time goes to looking for collapse, half of it at evaluations and half at checkpoints; evaluateEvery and measureEvery overrule it',
  },
  measureEvery: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 1e9,
    unit: 'steps',
    help: 'steps between checkpoints that are measured with every metric; 0 for as often as watchShare allows',
  },
  autopilot: {
    kind: 'bool',
    default: false,
    help: 'when training warns of a collapse, go on in a branch with the first cure on offer',
  },
} as const;

/** Where to stop, counted from the very start of the run, whichever comes first; none: until the signal. */
export interface StopRule {
  readonly steps?: number;
  readonly epochs?: number;
  /** Seconds of training, earlier sessions included. */
  readonly seconds?: number;
}

export interface KnobChange {
  /** The first iteration that runs with the new values. */
  readonly step: number;
  readonly values: ParamValues;
}

export interface TrainingSetup {
  readonly model: Model;
  readonly dataset: Dataset;
  readonly trainRows: Int32Array;
  readonly heldOutRows: Int32Array;
  readonly device: Device;
  readonly seed: number;
  readonly params?: Partial<Values<typeof trainParams>>;
  readonly stop: StopRule;
  /** Where to go on; from scratch otherwise. */
  readonly from?: Checkpoint;
  /** Aborting it pauses: the step under way ends, a checkpoint is yielded, then `ended`. */
  readonly signal?: AbortSignal;
  /** Asked before every step for knobs that a person moved since it was last asked. */
  readonly takeKnobs?: () => ParamValues | undefined;
  /** What the monitor saw in earlier sessions, up to `from`. */
  readonly seen?: readonly Moment[];
  /** What is known of the data before any training. */
  readonly data?: DataSigns;
  /** Measures the weights of a checkpoint with every metric. */
  readonly measure?: (at: MeasuredState) => Promise<FullLookRecord>;
  /** Changes that were made after `from` was saved, to be made again at their steps. */
  readonly replay?: readonly KnobChange[];
  /** Lets the host's other work run (messages, timers); called about twenty times a second. */
  readonly breathe?: () => Promise<void>;
}

/** A model as a checkpoint saved it, still on its device. */
export interface MeasuredState {
  readonly state: DeviceState;
  readonly step: number;
  readonly epoch: number;
  readonly knobs: ParamValues;
}

export type TrainingEvent =
  | { readonly kind: 'started'; readonly step: number; readonly compileMs: number; readonly isResumed: boolean }
  | { readonly kind: 'reported'; readonly report: ReportRecord }
  /** A cause of collapse has shown itself in several looks running. */
  | { readonly kind: 'warned'; readonly warning: Warning }
  /** A checkpoint has been measured with every metric. */
  | { readonly kind: 'measured'; readonly look: FullLookRecord }
  | { readonly kind: 'latentsEncoded'; readonly sample: LatentSample }
  | { readonly kind: 'checkpointed'; readonly checkpoint: Checkpoint; readonly reason: 'start' | 'regular' | 'pause' | 'end' }
  | { readonly kind: 'knobsChanged'; readonly step: number; readonly values: ParamValues; readonly isReplayed: boolean }
  | {
      readonly kind: 'rolledBack';
      readonly fromStep: number;
      readonly toStep: number;
      /** What was found: "kl is NaN". */
      readonly found: string;
      readonly count: number;
      readonly knobs: ParamValues;
    }
  | { readonly kind: 'ended'; readonly step: number; readonly reason: 'finished' | 'paused' };

/** After this many rollbacks the next NaN ends the run. */
const MAX_ROLLBACKS = 3;
const BREATHE_EVERY_MS = 50;
/** Between reports that are paced by the clock, in milliseconds of training. */
const REPORT_MS = 1000;
/** Steps after which a new run is evaluated in any case. */
const EARLY: readonly number[] = [5, 15, 30];
/** Between measures of everything. What the first may take is told by a look for copies, which is made of the same parts. */
const MEASURE_SECONDS = 30;
const MEASURE_MS = { least: 4000, ofCopies: 40 };
/** Between looks for copies: seconds, and looks where evaluations are a number of steps apart. */
const COPIES_SECONDS = 10;
const COPIES_LOOKS = 4;

export async function* train(setup: TrainingSetup): AsyncGenerator<TrainingEvent, void, undefined> {
  const { model, dataset, trainRows, device, stop, signal, from } = setup;
  const params = { ...defaults(trainParams), ...setup.params };
  const { breathe = giveWay } = setup;
  if (trainRows.length === 0) throw new KarstError('bad-data', `${dataset.title} has no rows to train on`);

  const root = Rng.fromSeed(setup.seed);
  const noise = root.stream('noise');
  const batches = openBatches(dataset, trainRows, params.batchSize, root.stream('batches'));
  const otherBatches = openBatches(dataset, trainRows, params.batchSize, root.stream('other batches')); // of parts that take several turns
  const sampleRows = root.stream('latents').permutation(dataset.rows).slice(0, params.latentRows).sort();
  const fewHeldOut = evenly(setup.heldOutRows, params.heldOutRows);

  const parts = model.training(params.batchSize);
  const initial = from?.values ?? model.initialise(root.stream('weights'), { dataset, rows: trainRows });
  const state = await device.createState(model.state, initial);
  const open: { dispose(): void }[] = [state];
  try {
    const executables: Executable[] = [];
    for (const part of parts) {
      const executable = await device.load(part.program, state);
      open.unshift(executable);
      executables.push(executable);
    }
    const evaluator = await openEvaluator(model, device, state, root.stream('evaluate'));
    open.unshift(evaluator);
    const watched = { dataset, trainRows, heldOutRows: setup.heldOutRows };
    const watch = await openWatch(model, device, state, watched, root, params.batchSize);
    open.unshift(watch);
    const compileMs = executables.reduce((sum, one) => sum + one.compileMs, 0);

    let step = from?.position.step ?? 0;
    let knobs: ParamValues = from?.position.knobs ?? defaults(model.knobs);
    let rollbacks = from?.position.rollbacks ?? 0;
    let control = controlOf(model, initial);
    const startedMs = performance.now() - 1000 * (from?.position.elapsedSeconds ?? 0);
    const elapsedSeconds = (): number => (performance.now() - startedMs) / 1000;
    yield { kind: 'started', step, compileMs, isResumed: from !== undefined };

    const monitor = new Monitor(circumstancesOf(model.id, { ...model.params, ...dotted('train', params) }, dataset.sample.kind), {
      ...(setup.data ? { data: setup.data } : {}),
    });
    for (const moment of setup.seen ?? []) monitor.look(moment); // told in earlier sessions

    const averages = new Averages();
    let rowsSinceReport = 0;
    let busyMsSinceReport = 0;
    let lastScalars: Readonly<Record<string, number>> = {};
    let breathedMs = performance.now();
    const nowMs = performance.now();
    // A person who watches the first minute wants to see movement at once, later on training matters more.
    const evaluatePace = new Pace({
      steps: params.evaluateEvery,
      seconds: 2,
      share: 0.12,
      nowMs,
      ...(from ? {} : { shareAtFirst: 0.4, early: EARLY }),
    });
    const watchPace = new Pace({ steps: params.evaluateEvery, seconds: 0, share: (3 / 8) * params.watchShare, nowMs });
    const copiesPace = new Pace({
      steps: COPIES_LOOKS * params.evaluateEvery,
      seconds: COPIES_SECONDS,
      share: params.watchShare / 8,
      expectedMs: watch.preparationMs / 4, // once, and out of the half that nothing is measured with yet
      nowMs,
    });
    const measurePace = new Pace({
      steps: params.measureEvery,
      seconds: MEASURE_SECONDS,
      share: params.watchShare / 2,
      expectedMs: MEASURE_MS.least,
      nowMs,
    });
    let watchMs = 0;
    const checkpointPace = new Pace({ steps: params.checkpointEvery, seconds: 15, share: 0.05, nowMs });

    /** The inputs of iteration `index`, one record a part, empty for parts that take turns. They alternate between two sets of buffers. */
    const assemble = (index: number): readonly Arrays[] => {
      const x = batches.fill(index);
      return parts.map((part) => (part.turns ? {} : { ...part.inputs(index, noise.stream(part.program.name, index), knobs), x }));
    };

    const runParts = async (index: number, inputs: readonly Arrays[]): Promise<Arrays> => {
      const outputs: Record<string, TensorValues> = {};
      for (const [i, part] of parts.entries()) {
        const { program, turns } = part;
        const executable = executables[i] as Executable;
        if (!turns) {
          Object.assign(outputs, await executable.run(inputs[i] as Arrays));
          continue;
        }
        for (let turn = 0; turn < turns.now(control, index); turn++) {
          const rng = noise.stream(program.name, index).stream('turn', turn);
          const x = otherBatches.fill(index * turns.most + turn);
          Object.assign(outputs, await executable.run({ ...part.inputs(index, rng, knobs), x }));
        }
      }
      control = { ...control, ...controlOf(model, outputs) };
      return outputs;
    };

    const report = async function* (
      rowsToScore: Int32Array | undefined,
      isWatched = rowsToScore !== undefined,
    ): AsyncGenerator<TrainingEvent, void, undefined> {
      const { losses, klPerDimension } = averages.take();
      const scored = rowsToScore?.length ? await evaluate(rowsToScore) : undefined;
      const sample = rowsToScore && sampleRows.length > 0 ? await evaluate(sampleRows) : undefined;
      const lookMs = performance.now();
      const look = isWatched ? await ifNotPaused(() => watch.look(step, knobs, sample, looking)) : undefined;
      if (look) watchPace.done(lookMs, performance.now());
      const isForCopies = look && batches.epochAt(step) >= 1 && copiesPace.isDue(step, performance.now()); // nothing is known by heart before
      const memory = isForCopies ? await lookForCopies() : undefined;
      watchMs += performance.now() - lookMs;
      const signs = { ...look?.signs, ...(memory ? { memory } : {}) };
      const told: ReportRecord = {
        step,
        epoch: batches.epochAt(step),
        elapsedSeconds: elapsedSeconds(),
        imagesPerSecond: busyMsSinceReport > 0 ? (1000 * rowsSinceReport) / busyMsSinceReport : 0,
        losses,
        knobs: { ...numbersOf(knobs), ...lastScalars },
        ...(klPerDimension ? { klPerDimension } : {}),
        ...(scored ? { heldOut: scored.heldOut } : {}),
        ...(sample ? { activeUnits: activeUnits(sample.mean, model.latentSize) } : {}),
        ...(look ? { ...look, signs, watchShare: watchMs / (performance.now() - nowMs) } : {}),
      };
      yield { kind: 'reported', report: told };
      if (isLook(told)) for (const warning of monitor.look(momentOf(told))) yield { kind: 'warned', warning };
      rowsSinceReport = busyMsSinceReport = 0;
      if (sample) yield { kind: 'latentsEncoded', sample: latentsOf(dataset, step, model, sampleRows, sample) };
    };
    const lookForCopies = async (): Promise<MemorySigns | undefined> => {
      await ifNotPaused(() => watch.prepareCopies());
      const startMs = performance.now(); // what is done once is no part of what each look costs
      const memory = await ifNotPaused(() => watch.copies(looking));
      copiesPace.done(startMs, performance.now());
      measurePace.expect(MEASURE_MS.least + MEASURE_MS.ofCopies * (performance.now() - startMs));
      return memory;
    };
    const looking = { breathe, ...(signal ? { signal } : {}) };
    /** Nothing where a pause was asked for meanwhile. */
    const ifNotPaused = async <Result>(look: () => Promise<Result>): Promise<Result | undefined> => {
      try {
        return await look();
      } catch (thrown) {
        if (signal?.aborted) return undefined;
        throw thrown;
      }
    };
    const evaluate = (rows: Int32Array): Promise<Evaluation | undefined> =>
      ifNotPaused(() => evaluator.evaluate(dataset, rows, looking));

    /** Of a checkpoint that has just been saved, where its turn has come. */
    const measureAll = async function* (isDue: boolean): AsyncGenerator<TrainingEvent, void, undefined> {
      const { measure } = setup;
      if (!measure || !isDue) return;
      const startMs = performance.now();
      const look = await ifNotPaused(() => measure({ state, step, epoch: batches.epochAt(step), knobs }));
      if (!look) return;
      measurePace.done(startMs, performance.now());
      watchMs += performance.now() - startMs;
      yield { kind: 'measured', look };
      for (const warning of monitor.look(look)) yield { kind: 'warned', warning };
    };

    const takeCheckpoint = async (): Promise<Checkpoint> => ({
      position: { step, epoch: batches.epochAt(step), elapsedSeconds: elapsedSeconds(), knobs, rollbacks },
      specs: model.state,
      values: await state.read(),
    });

    let lastGood = from ?? (await takeCheckpoint());
    if (!from) yield { kind: 'checkpointed', checkpoint: lastGood, reason: 'start' };
    // A run that died right after its first checkpoint has no report yet, or half of what goes with it.
    if (step === 0) {
      const startMs = performance.now();
      yield* report(fewHeldOut);
      evaluatePace.done(startMs, performance.now());
    }

    const isFinished = (): boolean =>
      step >= (stop.steps ?? Infinity) ||
      batches.epochAt(step) >= (stop.epochs ?? Infinity) ||
      elapsedSeconds() >= (stop.seconds ?? Infinity);
    let inputs: readonly Arrays[] | undefined;
    let replay = setup.replay ?? [];

    while (!isFinished() && !signal?.aborted) {
      const changes = replay.filter((change) => change.step === step).map((change) => ({ ...change, isReplayed: true }));
      const moved = setup.takeKnobs?.();
      if (moved) changes.push({ step, values: moved, isReplayed: false });
      for (const { values, isReplayed } of changes) {
        knobs = changeKnobs(model, knobs, values);
        inputs = undefined; // they hold the old scalars
        yield { kind: 'knobsChanged', step, values, isReplayed };
      }

      const startMs = performance.now();
      const current = inputs ?? assemble(step);
      const running = runParts(step, current);
      inputs = assemble(step + 1); // while the device is busy
      const outputs = await running;
      lastScalars = scalarsOf(model, current);
      busyMsSinceReport += performance.now() - startMs;
      rowsSinceReport += params.batchSize;
      step++;

      let insane = findInsane(outputs);
      const now = performance.now();
      const isLast = isFinished(); // the last report comes after the loop, over every held-out row
      // A second of steps at least, whatever else took the time: the average of a batch or two would stand out of its curve.
      const isAveraged = busyMsSinceReport >= REPORT_MS;
      const isReport = params.reportEvery > 0 ? step % params.reportEvery === 0 : isAveraged;
      const mayEvaluate = isAveraged || params.reportEvery > 0 || params.evaluateEvery > 0 || EARLY.includes(step);
      const isEvaluation = !insane && !isLast && mayEvaluate && evaluatePace.isDue(step, now);
      if (!insane) {
        averages.add(outputs);
        if (isEvaluation) yield* report(fewHeldOut, watchPace.isDue(step, now));
        else if (!isLast && isReport) yield* report(undefined);
      }
      // Last of all, so that a run that is killed here has every line up to the checkpoint it goes on from. Codes that were just saved
      // get the weights that made them.
      const hasCodes = isEvaluation && sampleRows.length > 0;
      if (!insane && (hasCodes || checkpointPace.isDue(step, performance.now()))) {
        const checkpointMs = performance.now();
        const checkpoint = await takeCheckpoint();
        insane = findInsane(checkpoint.values);
        if (!insane) {
          yield { kind: 'checkpointed', checkpoint, reason: 'regular' };
          lastGood = checkpoint;
          yield* measureAll(measurePace.isDue(step, performance.now()));
        }
        checkpointPace.done(checkpointMs, performance.now());
      }
      if (isEvaluation) evaluatePace.done(now, performance.now());
      if (insane) {
        if (rollbacks >= MAX_ROLLBACKS) throw divergence(step, insane, rollbacks, knobs);
        rollbacks++;
        const fromStep = step;
        await state.write(lastGood.values);
        step = lastGood.position.step;
        control = controlOf(model, lastGood.values);
        knobs = halveRates(model, knobs);
        replay = []; // the knobs in force hold what was replayed; again it would undo the halving
        averages.clear();
        monitor.rewind(step);
        inputs = undefined;
        yield { kind: 'rolledBack', fromStep, toStep: step, found: insane, count: rollbacks, knobs };
        continue;
      }

      if (performance.now() - breathedMs > BREATHE_EVERY_MS) {
        await breathe();
        breathedMs = performance.now();
      }
    }

    const reason = isFinished() ? 'finished' : 'paused';
    if (reason === 'finished') yield* report(setup.heldOutRows);
    if (lastGood.position.step < step) {
      const checkpoint = await takeCheckpoint();
      const insane = findInsane(checkpoint.values);
      if (insane) throw divergence(step, insane, rollbacks, knobs);
      yield { kind: 'checkpointed', checkpoint, reason: reason === 'finished' ? 'end' : 'pause' };
      yield* measureAll(reason === 'finished' && (params.measureEvery > 0 || measurePace.isDue(step, performance.now())));
    }
    yield { kind: 'ended', step, reason };
  } finally {
    for (const one of open) one.dispose();
  }
}

/** `knobs` with checked new values; unknown names list the known ones. */
export function changeKnobs(model: Model, knobs: ParamValues, values: ParamValues): ParamValues {
  const changed = { ...knobs };
  for (const [name, value] of Object.entries(values)) {
    const param = Object.hasOwn(model.knobs, name) ? model.knobs[name] : undefined;
    if (!param) throw new KarstError('usage', `unknown knob ${name}; known: ${Object.keys(model.knobs).join(', ')}`);
    changed[name] = checkValue(`knob ${name}`, param, value);
  }
  return changed;
}

/** Every learning rate halved, down to the least that the knob takes. */
function halveRates(model: Model, knobs: ParamValues): ParamValues {
  const halve = (name: string, value: ParamValues[string]): ParamValues[string] => {
    if (!/learningRate$/i.test(name) || typeof value !== 'number') return value;
    const knob = model.knobs[name];
    return Math.max(value / 2, knob && 'min' in knob ? knob.min : 0);
  };
  return Object.fromEntries(Object.entries(knobs).map(([name, value]) => [name, halve(name, value)]));
}

function divergence(step: number, found: string, rollbacks: number, knobs: ParamValues): KarstError {
  return new KarstError(
    'diverged',
    `training diverged at step ${step}: ${found}, after ${rollbacks} rollbacks with the learning rate halved each time ` +
      `(now ${String(knobs['learningRate'] ?? 'unknown')}). The last good checkpoint is kept; resume with a smaller learning rate ` +
      'or with gradient clipping, or look for extreme values in the data.',
    { step, rollbacks },
  );
}

/** The scalars that decide how often parts run, as far as `arrays` hold them. */
const controlOf = (model: Model, arrays: Arrays): Control =>
  Object.fromEntries((model.control ?? []).flatMap((name) => (arrays[name] ? [[name, arrays[name][0] as number]] : [])));

const numbersOf = (values: ParamValues): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));

/** What the schedules made of the knobs in this iteration: scalar inputs that bear a knob's name. */
function scalarsOf(model: Model, inputs: readonly Arrays[]): Record<string, number> {
  const scalars: Record<string, number> = {};
  for (const name of Object.keys(model.knobs)) {
    for (const arrays of inputs) {
      const value = arrays[name];
      if (value?.length === 1) scalars[name] = value[0] as number;
    }
  }
  return scalars;
}

function latentsOf(dataset: Dataset, step: number, model: Model, rowIds: Int32Array, scores: Evaluation): LatentSample {
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
