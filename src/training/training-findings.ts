// What metrics of training are taken of: a few batches through the model's diagnosis, which moves nothing, and Adam's memory in the state.
import { throwIfCancelled } from '../base/errors.ts';
import type { ParamValues } from '../base/params.ts';
import type { Rng } from '../base/rng.ts';
import { readRows, type Dataset } from '../datasets/dataset.ts';
import { meanOf } from '../metrics/metric.ts';
import type { TrainingFindings } from '../metrics/training-metric.ts';
import type { Model } from '../models/model.ts';
import type { DeviceState, Executable } from '../tracing/device.ts';
import type { Arrays, Program } from '../tracing/program.ts';
import type { BatchOptions } from './in-batches.ts';
import { slotsOf, weightUpdates } from './update-ratio.ts';

export interface TrainingRowsKinds {
  readonly dataset: Dataset;
  readonly trainRows: Int32Array;
  readonly heldOutRows: Int32Array;
}

const NORM = /^(.+)GradientNorm$/;

/** `batch`: rows of a training step, since a discriminator may look at all of them together. */
export async function openTrainingFindings(
  model: Model,
  state: DeviceState,
  load: (program: Program) => Promise<Executable>,
  { dataset, trainRows, heldOutRows }: TrainingRowsKinds,
  { batch, batches }: { readonly batch: number; readonly batches: number },
  rng: Rng,
): Promise<(step: number, knobs: ParamValues, options: BatchOptions) => Promise<TrainingFindings>> {
  const { program, inputs, middle } = model.diagnose(batch);
  const executable = await load(program);
  const [trained, held] = [
    chosen(trainRows, batch * batches, rng.stream('train')),
    chosen(heldOutRows, batch * batches, rng.stream('held out')),
  ];
  const rowsOf = (rows: Int32Array, turn: number): Float32Array =>
    readRows(dataset, rows.subarray(turn * batch, (turn + 1) * batch));

  return async (step, knobs, { signal, breathe }) => {
    const told: Record<string, number[]> = {};
    for (let turn = 0; turn < batches; turn++) {
      throwIfCancelled(signal);
      const x = rowsOf(trained, turn);
      // Without held-out rows the program still wants some; what it says of them is left out below.
      const heldOut = 'heldOut' in program.inputs ? { heldOut: held.length > 0 ? rowsOf(held, turn) : x } : {};
      const outputs: Arrays = await executable.run({
        ...inputs(Math.max(0, step - 1), rng.stream('noise', turn), knobs),
        x,
        ...heldOut,
      });
      for (const [name, values] of Object.entries(outputs)) (told[name] ??= []).push(...values);
      await breathe?.();
    }
    const array = (name: string): Float32Array => Float32Array.from(told[name] as number[]);
    const mean = (name: string): number => meanOf(told[name] as number[]);
    const norms = Object.keys(told).flatMap((name) => {
      const player = NORM.exec(name)?.[1];
      return player === undefined ? [] : [[player, mean(name)] as const];
    });
    const optimisers = step > 0 ? model.optimisers(step, knobs) : [];
    return {
      rows: batch * batches,
      gradientNorms: Object.fromEntries(norms),
      ...(told['train']
        ? {
            judgements: {
              ...{ train: array('train'), made: array('made'), slopeReal: array('slopeReal'), slopeMade: array('slopeMade') },
              ...(held.length > 0 ? { heldOut: array('heldOut') } : {}),
              ...(middle === undefined ? {} : { middle }),
            },
            discriminatorLoss: { now: mean('discriminatorLoss'), even: mean('evenLoss') },
            generatorLoss: mean('generatorLoss'),
          }
        : {}),
      ...(told['reconstructionPull']
        ? { pulls: { reconstruction: mean('reconstructionPull'), penalty: mean('penaltyPull') } }
        : {}),
      ...(optimisers.length > 0 ? { updates: weightUpdates(optimisers, await state.read(slotsOf(optimisers))) } : {}),
    };
  };
}

/** `count` of the rows at random, again from the first where there are too few; none of none. */
function chosen(rows: Int32Array, count: number, rng: Rng): Int32Array {
  if (rows.length === 0) return rows;
  const order = rng.permutation(rows.length);
  return Int32Array.from({ length: count }, (_, i) => rows[order[i % order.length] as number] as number);
}
