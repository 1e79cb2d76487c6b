// Steps of training: the programs of a model's parts run one after another, in turns where a player takes several, each with inputs of its own.
// Everything random comes from streams named by step, so that a resumed run draws what an uninterrupted one drew.
import type { ParamValues } from '../base/params.ts';
import type { Rng } from '../base/rng.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { Control, Model } from '../models/model.ts';
import type { Device, DeviceState, Executable } from '../tracing/device.ts';
import { openLoading } from '../tracing/loading.ts';
import type { Arrays, TensorValues } from '../tracing/program.ts';
import { openBatches } from './batches.ts';

export interface Steps {
  readonly compileMs: number;
  epochAt(step: number): number;
  /** The inputs of step `index`, one record a part, empty for parts that take turns. They alternate between two sets of buffers. */
  assemble(index: number, knobs: ParamValues): readonly Arrays[];
  /** What all parts put out. */
  run(index: number, inputs: readonly Arrays[], knobs: ParamValues): Promise<Arrays>;
  /** To be called when the state's values were set by others: how often parts run hangs on some of them. */
  restart(values: Arrays): void;
  dispose(): void;
}

interface StepsOf {
  readonly model: Model;
  readonly dataset: Dataset;
  readonly trainRows: Int32Array;
  readonly batchSize: number;
  /** The values that `state` was made of. */
  readonly initial: Arrays;
}

/** `rng` is the run's own: streams are taken from it by name. */
export async function openSteps(of: StepsOf, device: Device, state: DeviceState, rng: Rng): Promise<Steps> {
  const { model, dataset, trainRows, batchSize, initial } = of;
  const noise = rng.stream('noise');
  const batches = openBatches(dataset, trainRows, batchSize, rng.stream('batches'));
  const otherBatches = openBatches(dataset, trainRows, batchSize, rng.stream('other batches')); // of parts that take several turns
  const parts = model.training(batchSize);
  let control = controlOf(model, initial);
  const { load, dispose } = openLoading(device, state);
  try {
    const executables: Executable[] = [];
    for (const { program } of parts) executables.push(await load(program));

    return {
      compileMs: executables.reduce((sum, one) => sum + one.compileMs, 0),
      epochAt: (step) => batches.epochAt(step),
      assemble(index, knobs) {
        const x = batches.fill(index);
        return parts.map((part) =>
          part.turns ? {} : { ...part.inputs(index, noise.stream(part.program.name, index), knobs), x },
        );
      },
      async run(index, inputs, knobs) {
        const outputs: Record<string, TensorValues> = {};
        for (const [i, part] of parts.entries()) {
          const { program, turns } = part;
          const executable = executables[i] as Executable;
          if (!turns) {
            Object.assign(outputs, await executable.run(inputs[i] as Arrays));
            continue;
          }
          for (let turn = 0; turn < turns.now(control, index); turn++) {
            const ofTurn = noise.stream(program.name, index).stream('turn', turn);
            const x = otherBatches.fill(index * turns.most + turn);
            Object.assign(outputs, await executable.run({ ...part.inputs(index, ofTurn, knobs), x }));
          }
        }
        control = { ...control, ...controlOf(model, outputs) };
        return outputs;
      },
      restart(values) {
        control = controlOf(model, values);
      },
      dispose,
    };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}

/** The scalars that decide how often parts run, as far as `arrays` hold them. */
const controlOf = (model: Model, arrays: Arrays): Control =>
  Object.fromEntries((model.control ?? []).flatMap((name) => (arrays[name] ? [[name, arrays[name][0] as number]] : [])));
