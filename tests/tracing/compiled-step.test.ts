import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { adamCorrections } from '../../src/tracing/adam-update.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Arrays, Program } from '../../src/tracing/program.ts';
import { denseVaeStep, initialise } from './dense-vae.ts';
import { runEagerly } from './run-eagerly.ts';

const small = { pixels: 40, hidden: 24, latent: 5, batch: 16 };

function batchOf(step: number, sizes: typeof small): Arrays {
  const rng = Rng.fromSeed(3).stream('batch', step);
  const x = rng.fillUniform(new Float32Array(sizes.batch * sizes.pixels)).map((value) => Number(value > 0.7));
  const eps = rng.fillNormal(new Float32Array(sizes.batch * sizes.latent));
  const [c1, c2] = adamCorrections(step + 1);
  return { x, eps, rate: Float32Array.of(1e-2), correction1: Float32Array.of(c1), correction2: Float32Array.of(c2) };
}

async function trainCompiled(
  device: Device,
  program: Program,
  steps: number,
  extra: Arrays = {},
): Promise<{ losses: number[]; state: Arrays }> {
  const state = await device.createState(program.state, initialise(program.state, Rng.fromSeed(1)));
  const executable = await device.load(program, state);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push((await executable.run({ ...batchOf(i, small), ...extra }))['loss']?.[0] as number);
  const values = await state.read();
  executable.dispose();
  state.dispose();
  return { losses, state: values };
}

async function trainEagerly(program: Program, steps: number, extra: Arrays = {}): Promise<{ losses: number[]; state: Arrays }> {
  let state: Arrays = initialise(program.state, Rng.fromSeed(1));
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const result = runEagerly(program, state, { ...batchOf(i, small), ...extra });
    state = { ...state, ...result.state };
    losses.push(result.outputs['loss']?.[0] as number);
  }
  return { losses, state };
}

function expectClose(a: Arrays, b: Arrays, tolerance: number): void {
  for (const [name, values] of Object.entries(a)) {
    const other = b[name]!;
    let worst = 0;
    values.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - (other[i] as number)))));
    expect(worst, name).toBeLessThan(tolerance);
  }
}

describe('the compiled step of a dense VAE', () => {
  let device: Device;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    device = await openOnnxDevice();
  });
  afterAll(() => device.dispose());

  it('gives the losses and weights of tfjs over three Adam steps', async () => {
    const program = denseVaeStep(small);
    const compiled = await trainCompiled(device, program, 3);
    const eager = await trainEagerly(program, 3);
    compiled.losses.forEach((loss, i) => expect(Math.abs(loss / eager.losses[i]! - 1)).toBeLessThan(1e-5));
    expectClose(compiled.state, eager.state, 1e-4);
  });

  it('gives the same bits twice', async () => {
    const program = denseVaeStep(small);
    expect(await trainCompiled(device, program, 5)).toEqual(await trainCompiled(device, program, 5));
  });

  it('scales gradients by an optional factor', async () => {
    const program = denseVaeStep(small, { clip: true });
    const scale = { scale: Float32Array.of(0.3) };
    const compiled = await trainCompiled(device, program, 3, scale);
    const eager = await trainEagerly(program, 3, scale);
    expectClose(compiled.state, eager.state, 1e-4);
  });
});
