// Adam's three forms against one another: in place beside the graph, written out in ONNX, and composed of tfjs's operators.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { adamCorrections, adamUpdate, type AdamConstants } from '../../src/tracing/adam-update.ts';
import { hoistAdam } from '../../src/tracing/passes/adam.ts';
import { float32, type Arrays, type Program } from '../../src/tracing/program.ts';
import { trace } from '../../src/tracing/trace.ts';
import { firstDifference } from '../laws/kernels/law.ts';
import { runEagerly } from './run-eagerly.ts';

const SIZES = [1, 3, 4, 7, 130];

/** `watched` also puts out the new weights, so that the update cannot leave the graph. */
function adamProgram(constants: Partial<AdamConstants>, watched: boolean): Program {
  const state = Object.fromEntries(SIZES.flatMap((size) => ['p', 'm', 'v'].map((slot) => [`${slot}${size}`, float32(size)])));
  const gradients = Object.fromEntries(SIZES.map((size) => [`g${size}`, float32(size)]));
  return {
    name: 'adam',
    state,
    inputs: { ...gradients, rate: float32(), correction1: float32(), correction2: float32(), scale: float32() },
    body: (held, given) => {
      const changed: Record<string, tf.Tensor> = {};
      for (const size of SIZES) {
        const slots = {
          parameter: held[`p${size}`]!,
          gradient: tf.mul(given[`g${size}`]!, 2),
          m: held[`m${size}`]!,
          v: held[`v${size}`]!,
        };
        const scalars = {
          rate: given['rate']!,
          correction1: given['correction1']!,
          correction2: given['correction2']!,
          scale: given['scale']!,
        };
        const updated = adamUpdate(slots, scalars, constants);
        changed[`p${size}`] = updated.parameter;
        changed[`m${size}`] = updated.m;
        changed[`v${size}`] = updated.v;
      }
      return {
        state: changed,
        outputs: watched ? { sum: tf.addN(SIZES.map((size) => tf.sum(changed[`p${size}`]!))) } : { zero: tf.zeros([]) },
      };
    },
  };
}

function inputsOf(step: number): Arrays {
  const rng = Rng.fromSeed(9).stream('gradients', step);
  const [correction1, correction2] = adamCorrections(step + 1);
  return {
    ...Object.fromEntries(SIZES.map((size) => [`g${size}`, rng.fillNormal(new Float32Array(size))])),
    rate: Float32Array.of(0.05),
    correction1: Float32Array.of(correction1),
    correction2: Float32Array.of(correction2),
    scale: Float32Array.of(0.25),
  };
}

const start = (program: Program): Arrays =>
  Object.fromEntries(
    Object.entries(program.state).map(([name, { shape }]) => {
      const values = new Float32Array(shape[0] ?? 1);
      return [name, name.startsWith('p') ? Rng.fromSeed(2).stream(name).fillNormal(values) : values];
    }),
  );

async function compiled(program: Program): Promise<Arrays> {
  const device = await openOnnxDevice({ threads: 1 });
  const state = await device.createState(program.state, start(program));
  const executable = await device.load(program, state);
  for (let step = 0; step < 4; step++) await executable.run(inputsOf(step));
  const values = await state.read();
  await device.dispose();
  return values;
}

describe('Adam', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it.each([{}, { decay: 0.1, beta1: 0.5, beta2: 0.99, epsilon: 1e-4 }])(
    'gives the same weights and moments in every form, %o',
    async (constants) => {
      const beside = adamProgram(constants, false);
      const within = adamProgram(constants, true);
      expect(hoistAdam(trace(beside)).updates).toHaveLength(SIZES.length);
      expect(hoistAdam(trace(within)).updates).toHaveLength(0);
      let eager: Arrays = start(beside);
      for (let step = 0; step < 4; step++) eager = runEagerly(beside, eager, inputsOf(step)).state;
      for (const [form, got] of [
        ['beside', await compiled(beside)],
        ['within', await compiled(within)],
      ] as const)
        for (const [name, values] of Object.entries(eager))
          expect(firstDifference(got[name]!, values, 1e-5), `${form} ${name}`).toBeUndefined();
    },
  );

  it('follows the closed form of the first step: the rate times the sign of the gradient', async () => {
    const program = adamProgram({}, false);
    const device = await openOnnxDevice({ threads: 1 });
    const first = start(program);
    const state = await device.createState(program.state, first);
    const executable = await device.load(program, state);
    const inputs = inputsOf(0);
    await executable.run(inputs);
    const after = await state.read(['p130']);
    after['p130']!.forEach((value, i) => {
      expect(value - first['p130']![i]!).toBeCloseTo(-0.05 * Math.sign(inputs['g130']![i]!), 5);
    });
    await device.dispose();
  });
});
