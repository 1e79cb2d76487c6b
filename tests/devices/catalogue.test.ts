// The measurement that chooses a device: with real devices in real processes, and with processes that crash, hang and lie.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineDevices, mustMeasure, openDevice, openPromptly } from '../../src/node/devices/catalogue.ts';
import { softwareGpu } from '../../src/node/devices/machine.ts';
import { forkProcess } from '../../src/node/spawn.ts';

const root = join(import.meta.dirname, '../..');
let folder: string;
let probe: string;

beforeAll(async () => {
  // Inside the repository, so that the built program finds the packages it needs.
  folder = await mkdtemp(join(root, 'node_modules', '.karst-probe-'));
  probe = join(folder, 'probe-process.mjs');
  const entry = join(root, 'src/node/devices/probe-process.ts');
  await build({
    entryPoints: [entry],
    outfile: probe,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newHome = (): Promise<string> => mkdtemp(join(tmpdir(), 'karst-devices-'));

/** A probe that answers as told: `reply` is an expression over the device's id. */
async function pretend(reply: string): Promise<string> {
  const file = join(
    folder,
    `pretend-${String(Math.abs(reply.split('').reduce((h, c) => (h * 31 + c.charCodeAt(0)) | 0, 7)))}.mjs`,
  );
  await writeFile(
    file,
    `const { id, threads } = JSON.parse(process.argv[2]);\nconst answer = ${reply};\nprocess.send(answer, () => process.exit(0));`,
  );
  return file;
}

describe('examining devices', () => {
  it('measures real ones, compares their losses, and remembers the fastest', async () => {
    const home = await newHome();
    const texts: string[] = [];
    const records = await examineDevices({
      home,
      entry: probe,
      ids: ['onnx-cpu', 'onnx-coreml', 'tensorflow-gpu', 'wasm'],
      seconds: 0.05,
      onProgress: ({ text }) => texts.push(text),
    });
    const by = Object.fromEntries(records.map((one) => [one.id, one]));
    expect(by['onnx-cpu']).toMatchObject({ works: true, isDefault: true, kind: 'compiled' });
    expect(by['onnx-cpu']?.threads).toBeGreaterThan(0);
    expect(by['wasm']).toMatchObject({ works: true, isDefault: false });
    expect(by['wasm']?.imagesPerSecond).toBeLessThan(by['onnx-cpu']?.imagesPerSecond ?? 0);
    expect(by['tensorflow-gpu']).toMatchObject({
      works: false,
      advice: expect.stringContaining('karst devices install') as string,
    });
    if (process.platform !== 'darwin') expect(by['onnx-coreml']?.reason).toMatch(/^onnx-coreml does not exist on/);
    expect(texts[0]).toBe('Trying onnx-cpu: ONNX Runtime, processor');

    // No process is needed any more: the choice is kept.
    const device = await openDevice(undefined, { home, entry: '/not/there' });
    expect(device.id).toBe('onnx-cpu');
    expect(device.title).toContain(`${String(by['onnx-cpu']?.threads)} thread`);
    await device.dispose();

    // Another machine's choice does not hold.
    const file = join(home, 'devices.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"machine": "/, '$&another '));
    const entry = await pretend(
      `id === 'wasm' ? { title: id, losses: [3, 2, 1], imagesPerSecond: 5 } : { error: { code: 'device', message: 'no' } }`,
    );
    const chosen = await openDevice(undefined, { home, entry });
    expect(chosen.id).toBe('wasm');
    await chosen.dispose();
    await rm(home, { recursive: true });
  }, 120_000);

  it('starts at once where there is only the processor to choose', async () => {
    const home = await newHome();
    if (await mustMeasure(home)) return; // a GPU may be here: it is worth the wait
    const device = await openPromptly(undefined, { home, entry: '/not/there' });
    expect(device.id).toBe('onnx-cpu');
    await device.dispose();
    await expect(readFile(join(home, 'devices.json'))).rejects.toThrow(); // nothing was measured, so nothing is kept
    await rm(home, { recursive: true });
  });

  it('survives a device that takes its process down, and one that hangs', async () => {
    const home = await newHome();
    const crash = await pretend(`id === 'wasm' ? process.abort() : { title: id, losses: [3, 2, 1], imagesPerSecond: 5 }`);
    const [wasm, cpu] = await examineDevices({ home, entry: crash, ids: ['wasm', 'cpu'] });
    expect(wasm).toMatchObject({ works: false, isDefault: false });
    expect(wasm?.reason).toMatch(/ended its process \(SIGABRT/);
    expect(cpu).toMatchObject({ works: true, isDefault: false });
    const hang = await pretend('await new Promise((resolve) => setTimeout(resolve, 60_000))');
    const [slow] = await examineDevices({ home, entry: hang, ids: ['wasm'], timeLimitMs: 500 });
    expect(slow?.reason).toBe('wasm did not answer within 0.5 s');
    await expect(openDevice(undefined, { home, entry: hang, timeLimitMs: 300 })).rejects.toThrow(
      'no device works on this machine',
    );
    await rm(home, { recursive: true });
  });

  it('tries devices in processes that a host starts, and survives one that dies', async () => {
    const home = await newHome();
    const [wasm] = await examineDevices({ home, entry: probe, ids: ['wasm'], seconds: 0.05, start: forkProcess });
    expect(wasm).toMatchObject({ works: true, isDefault: true });
    const crash = join(folder, 'crash.mjs');
    await writeFile(crash, `process.env.KARST_PROBE ? process.abort() : process.exit(3);`);
    const [dead] = await examineDevices({ home, entry: crash, ids: ['wasm'], start: forkProcess });
    expect(dead?.reason).toMatch(/ended its process \(it was ended by SIGABRT/);
    const refused = await examineDevices({
      home,
      entry: crash,
      ids: ['wasm'],
      start: () => Promise.reject(new Error('no more')),
    });
    expect(refused[0]?.reason).toMatch(/ended its process \(no more\)/);
    await rm(home, { recursive: true });
  });

  it('does not choose a device that computes something else, however fast', async () => {
    const home = await newHome();
    const entry = await pretend(
      `{ title: id, losses: id === 'onnx-webgpu' ? [3, 2.1, 1] : id === 'onnx-cuda' ? [3, NaN, NaN] : [3, 2, 1], imagesPerSecond: id === 'wasm' ? 5 : 1000 }`,
    );
    const records = await examineDevices({ home, entry, ids: ['onnx-webgpu', 'onnx-cuda', 'wasm'] });
    const lying = records.find((one) => one.id === 'onnx-webgpu');
    if (lying && process.platform === 'linux')
      expect(lying).toMatchObject({ works: false, reason: 'it computes wrong losses: 3, 2.1, 1; others: 3, 2, 1' });
    expect(records.filter((one) => one.isDefault).map((one) => one.id)).toEqual(['wasm']);
    await rm(home, { recursive: true });
  });

  it('takes the number of threads that is fastest', async () => {
    const home = await newHome();
    const entry = await pretend(`{ title: id, losses: [3, 2, 1], imagesPerSecond: threads === 1 ? 200 : 100 }`);
    const [record] = await examineDevices({ home, entry, ids: ['onnx-cpu'] });
    expect(record).toMatchObject({ threads: 1, imagesPerSecond: 200 });
    await rm(home, { recursive: true });
  });

  it('can be cancelled, and knows its members', async () => {
    const home = await newHome();
    const stop = new AbortController();
    const hang = await pretend('await new Promise((resolve) => setTimeout(resolve, 60_000))');
    setTimeout(() => stop.abort(), 300);
    await expect(examineDevices({ home, entry: hang, ids: ['wasm'], signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    await expect(openDevice('abacus', { home })).rejects.toThrow(
      'unknown device "abacus"; known: onnx-cpu, onnx-cuda, onnx-directml, onnx-coreml, onnx-webgpu, tensorflow-gpu, tensorflow, wasm, cpu',
    );
    await rm(home, { recursive: true });
  });

  it('recognises software that imitates a GPU', () => {
    expect(softwareGpu({ VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' })).toBe('SwiftShader');
    expect(softwareGpu({ VK_DRIVER_FILES: '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json' })).toBe('llvmpipe');
  });
});
