// One iteration of a model's training on a device, ready to be timed again and again: noise drawn anew, parts in order, each as often as the
// loop would run it. Rows are random, a fifth of the pixels on.
import type { ParamValues } from '../../base/params.ts';
import { Rng } from '../../base/rng.ts';
import { sampleSize, type Dataset, type SampleShape } from '../../datasets/dataset.ts';
import { makeModel } from '../../engine/catalogue.ts';
import type { Device } from '../../tracing/device.ts';
import { multiplyAdds } from './multiply-adds.ts';

export interface StepSpec {
  readonly model: 'vae' | 'gan';
  readonly batch: number;
  readonly sample: SampleShape;
  readonly set: ParamValues;
  /** How many of the model's programs count; all unless told. */
  readonly parts?: number;
}

export interface TrainingStep {
  readonly compileMs: number;
  run(): Promise<void>;
  /** Milliseconds a step, over whole steps of at least `windowMs` together. */
  time(windowMs: number): Promise<number>;
  /** Of the products in all programs of the first step, as compiled. */
  multiplyAdds(): number;
  dispose(): void;
}

export async function openStep(device: Device, spec: StepSpec): Promise<TrainingStep> {
  const { batch, sample } = spec;
  const rng = Rng.fromSeed(1);
  const model = makeModel(spec.model, spec.set, sample);
  const x = rng
    .stream('rows')
    .fillUniform(new Float32Array(batch * sampleSize(sample)))
    .map((u) => (u > 0.8 ? 1 : 0));
  const dataset = rowsOf(x, batch, sample);
  const rows = Int32Array.from({ length: batch }, (_, i) => i);
  const start = model.initialise(rng.stream('start'), { dataset, rows });
  const control = Object.fromEntries((model.control ?? []).map((name) => [name, start[name]?.[0] ?? 0]));
  const state = await device.createState(model.state, start);
  const parts = await Promise.all(
    model
      .training(batch)
      .slice(0, spec.parts)
      .map(async (part) => ({ part, executable: await device.load(part.program, state) })),
  );
  const knobs = Object.fromEntries(Object.entries(model.knobs).map(([name, knob]) => [name, knob.default]));
  let step = 0;
  const turnsOf = ({ turns }: (typeof parts)[number]['part']): number => (turns ? turns.now(control, step) : 1);
  const run = async (): Promise<void> => {
    for (const { part, executable } of parts) {
      for (let turn = 0, turns = turnsOf(part); turn < turns; turn++) {
        const drawn = part.inputs(step, rng.stream(part.program.name, step * (part.turns?.most ?? 1) + turn), knobs);
        await executable.run('x' in part.program.inputs ? { x, ...drawn } : drawn); // a generator sees no rows
      }
    }
    step++;
  };
  return {
    compileMs: Math.round(parts.reduce((sum, { executable }) => sum + executable.compileMs, 0)),
    run,
    time: async (windowMs) => {
      const started = performance.now();
      let steps = 0;
      do {
        await run();
        steps++;
      } while (performance.now() - started < windowMs);
      return (performance.now() - started) / steps;
    },
    multiplyAdds: () => parts.reduce((sum, { part }) => sum + turnsOf(part) * multiplyAdds(part.program), 0),
    dispose: () => {
      for (const { executable } of parts) executable.dispose();
      state.dispose();
    },
  };
}

function rowsOf(values: Float32Array, rows: number, sample: SampleShape): Dataset {
  const size = sampleSize(sample);
  return {
    id: 'bench',
    title: 'Random pixels',
    sample,
    rows,
    fingerprint: 'bench',
    notes: [],
    copyRow: (index, out, offset) => out.set(values.subarray(index * size, (index + 1) * size), offset),
  };
}
