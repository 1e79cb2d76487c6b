// The training loop, top to bottom: take knobs, run a step, report, encode the sample, save, roll back. It yields what happened and never writes
// anything itself; whoever takes the events may (runs/record.ts does). The next batch is assembled while the device is busy. Everything random comes
// from streams named by step or epoch, so a resumed run draws what an uninterrupted one drew.
import { breathe as giveWay } from '../base/breathe.ts';
import { KarstError } from '../base/errors.ts';
import { defaults, type ParamValues } from '../base/params.ts';
import { Rng } from '../base/rng.ts';
import type { Checkpoint } from '../runs/checkpoint.ts';
import { openLoading } from '../tracing/loading.ts';
import { Averages, findInsane } from './averages.ts';
import type { TrainingSetup } from './contract.ts';
import { changeKnobs, halveRates, scalarsOf } from './knobs.ts';
import { openLooks, type Standing, type TrainingEvents } from './looks.ts';
import { Pace } from './pace.ts';
import { openSteps } from './steps.ts';
import { trainParams } from './train-params.ts';

/** After this many rollbacks the next NaN ends the run. */
const MAX_ROLLBACKS = 3;
const BREATHE_EVERY_MS = 50;
/** Between reports that are paced by the clock, in milliseconds of training. */
const REPORT_MS = 1000;
/** Steps after which a new run is evaluated in any case. */
const EARLY: readonly number[] = [5, 15, 30];

export async function* train(setup: TrainingSetup): TrainingEvents {
  const { model, dataset, trainRows, device, stop, signal, from, breathe = giveWay } = setup;
  const params = { ...defaults(trainParams), ...setup.params };
  const { batchSize, reportEvery, evaluateEvery, checkpointEvery } = params;
  if (trainRows.length === 0) throw new KarstError('bad-data', `${dataset.title} has no rows to train on`);

  const root = Rng.fromSeed(setup.seed);
  const initial = from?.values ?? model.initialise(root.stream('weights'), { dataset, rows: trainRows });
  const state = await device.createState(model.state, initial);
  const { keep, dispose } = openLoading(device, state);
  try {
    const steps = keep(await openSteps({ model, dataset, trainRows, batchSize, initial }, device, state, root));
    const looks = keep(await openLooks(setup, params, state, root));

    let step = from?.position.step ?? 0;
    let knobs: ParamValues = from?.position.knobs ?? defaults(model.knobs);
    let rollbacks = from?.position.rollbacks ?? 0;
    const nowMs = performance.now();
    const startedMs = nowMs - 1000 * (from?.position.elapsedSeconds ?? 0);
    const elapsedSeconds = (): number => (performance.now() - startedMs) / 1000;
    const standing = (): Standing => ({ step, epoch: steps.epochAt(step), elapsedSeconds: elapsedSeconds(), knobs });
    yield { kind: 'started', step, compileMs: steps.compileMs, isResumed: from !== undefined };

    const averages = new Averages();
    let breathedMs = nowMs;
    // A person who watches the first minute wants to see movement at once, later on training matters more.
    const evaluatePace = new Pace({
      steps: evaluateEvery,
      seconds: 2,
      share: 0.12,
      nowMs,
      ...(from ? {} : { shareAtFirst: 0.4, early: EARLY }),
    });
    const checkpointPace = new Pace({ steps: checkpointEvery, seconds: 15, share: 0.05, nowMs });

    const takeCheckpoint = async (): Promise<Checkpoint> => ({
      position: { ...standing(), rollbacks },
      specs: model.state,
      values: await state.read(),
    });

    let lastGood = from ?? (await takeCheckpoint());
    if (!from) yield { kind: 'checkpointed', checkpoint: lastGood, reason: 'start' };
    // A run that died right after its first checkpoint has no report yet, or half of what goes with it.
    if (step === 0) {
      const startMs = performance.now();
      yield* looks.report(standing(), averages, 'brief');
      evaluatePace.done(startMs, performance.now());
    }

    const isFinished = (): boolean =>
      step >= (stop.steps ?? Infinity) ||
      steps.epochAt(step) >= (stop.epochs ?? Infinity) ||
      elapsedSeconds() >= (stop.seconds ?? Infinity);
    let inputs: ReturnType<typeof steps.assemble> | undefined;
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
      const current = inputs ?? steps.assemble(step, knobs);
      const running = steps.run(step, current, knobs);
      inputs = steps.assemble(step + 1, knobs); // while the device is busy
      const outputs = await running;
      const now = performance.now();
      step++;

      let insane = findInsane(outputs);
      if (!insane) averages.add(outputs, { rows: batchSize, durationMs: now - startMs, scalars: scalarsOf(model, current) });
      const isLast = isFinished(); // the last report comes after the loop, over every held-out row
      // A second of steps at least, whatever else took the time: the average of a batch or two would stand out of its curve.
      const isAveraged = averages.durationMs >= REPORT_MS;
      const isReport = reportEvery > 0 ? step % reportEvery === 0 : isAveraged;
      const mayEvaluate = isAveraged || reportEvery > 0 || evaluateEvery > 0 || EARLY.includes(step);
      const isEvaluation = !insane && !isLast && mayEvaluate && evaluatePace.isDue(step, now);
      if (isEvaluation) yield* looks.report(standing(), averages, 'brief');
      else if (!insane && !isLast && isReport) yield* looks.report(standing(), averages);

      // Last of all, so that a run that is killed here has every line up to the checkpoint it goes on from. Codes that were just saved
      // get the weights that made them.
      const hasCodes = isEvaluation && looks.hasCodes;
      let isSaved = false;
      if (!insane && (hasCodes || checkpointPace.isDue(step, performance.now()))) {
        const checkpointMs = performance.now();
        const checkpoint = await takeCheckpoint();
        insane = findInsane(checkpoint.values);
        if (!insane) {
          yield { kind: 'checkpointed', checkpoint, reason: 'regular' };
          lastGood = checkpoint;
          isSaved = true;
        }
        checkpointPace.done(checkpointMs, performance.now());
      }
      if (isEvaluation) evaluatePace.done(now, performance.now());
      if (isSaved && looks.isMeasureDue(step)) yield* looks.measure(standing()); // has a share of its own
      if (insane) {
        if (rollbacks >= MAX_ROLLBACKS) throw divergence(step, insane, rollbacks, knobs);
        rollbacks++;
        const fromStep = step;
        await state.write(lastGood.values);
        step = lastGood.position.step;
        steps.restart(lastGood.values);
        knobs = halveRates(model, knobs);
        replay = []; // the knobs in force hold what was replayed; again it would undo the halving
        averages.clear();
        looks.rewind(step);
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
    if (reason === 'finished') yield* looks.report(standing(), averages, 'last');
    if (lastGood.position.step < step) {
      const checkpoint = await takeCheckpoint();
      const insane = findInsane(checkpoint.values);
      if (insane) throw divergence(step, insane, rollbacks, knobs);
      yield { kind: 'checkpointed', checkpoint, reason: reason === 'finished' ? 'end' : 'pause' };
      const isMeasured = reason === 'finished' && (params.measureEvery > 0 || looks.isMeasureDue(step));
      if (isMeasured) yield* looks.measure(standing());
    }
    yield { kind: 'ended', step, reason };
  } finally {
    dispose();
    state.dispose();
  }
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
