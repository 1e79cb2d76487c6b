// One program, every device that is present: the same losses, the same bits twice, and nothing left behind.
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { deviceMembers, runsOn } from '../../src/node/devices/members.ts';
import { referenceProgram } from '../../src/node/devices/reference-program.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Arrays } from '../../src/tracing/program.ts';

const sizes = { data: 64, hidden: 32, latent: 4, batch: 16 };
const STEPS = 10;

interface Trained {
  readonly losses: number[];
  readonly state: Arrays;
}

async function train(device: Device, steps: number): Promise<Trained> {
  const { program, initial, inputs } = referenceProgram(sizes, 7);
  const state = await device.createState(program.state, initial);
  const executable = await device.load(program, state);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await executable.run(inputs(step)))['loss']?.[0] ?? NaN);
  const result = { losses, state: await state.read() };
  executable.dispose();
  state.dispose();
  return result;
}

/** Opened and shown to run one step; undefined for a device this machine lacks. */
async function present(id: string): Promise<Device | undefined> {
  const member = deviceMembers.find((one) => one.id === id);
  if (!member || !runsOn(member)) return undefined;
  try {
    const device = await member.open({ home: '/nowhere' });
    await train(device, 1);
    return device;
  } catch {
    return undefined; // a driver, a library or a GPU is missing: doctor's tests look at the reasons
  }
}

const reference = await present('cpu');
const devices = await Promise.all(
  deviceMembers.map(async ({ id }) => [id, id === 'cpu' ? reference : await present(id)] as const),
);

it('finds at least the devices that need nothing from the machine', () => {
  const ids = devices.flatMap(([id, device]) => (device ? [id] : []));
  expect(ids).toEqual(expect.arrayContaining(['wasm', 'cpu']));
  if (process.platform === 'linux') expect(ids).toContain('onnx-cpu');
});

for (const [id, device] of devices) {
  describe.runIf(device !== undefined)(id, () => {
    it(`has the losses of the plain JavaScript device over ${String(STEPS)} steps, to 1e-3`, async () => {
      const expected = await train(reference as Device, STEPS);
      const actual = await train(device as Device, STEPS);
      actual.losses.forEach((loss, i) => {
        expect(Math.abs(loss / (expected.losses[i] ?? NaN) - 1), `step ${String(i)}`).toBeLessThan(1e-3);
      });
      for (const [name, values] of Object.entries(expected.state)) {
        const other = actual.state[name] as Float32Array;
        const worst = (values as Float32Array).reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? NaN))), 0);
        expect(worst, name).toBeLessThan(1e-3);
      }
    });

    it('repeats itself bit for bit', async () => {
      expect(await train(device as Device, STEPS)).toEqual(await train(device as Device, STEPS));
    });

    it('keeps no tensor of a hundred steps', async () => {
      await train(device as Device, 1);
      const before = tf.memory();
      await train(device as Device, 100);
      const after = tf.memory();
      expect([after.numTensors, after.numDataBuffers, after.numBytes]).toEqual([
        before.numTensors,
        before.numDataBuffers,
        before.numBytes,
      ]);
    });
  });
}
