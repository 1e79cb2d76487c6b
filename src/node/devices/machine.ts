// What a measurement of devices depends on: the machine, its GPUs and the libraries. Measured results are kept in <home>/devices.json
// and hold as long as none of these changes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const deviceRecords = z.array(
  z.strictObject({
    id: z.string(),
    title: z.string(),
    kind: z.enum(['compiled', 'eager']),
    works: z.boolean(),
    imagesPerSecond: z.number().optional(),
    threads: z.int().optional(),
    reason: z.string().optional(),
    advice: z.string().optional(),
    isDefault: z.boolean(),
  }),
);
const cacheSchema = z.strictObject({ format: z.literal('karst-devices-1'), machine: z.string(), records: deviceRecords });
export type MeasuredDevice = z.infer<typeof deviceRecords>[number];

function attempt<Result>(task: () => Result): Result | undefined {
  try {
    return task();
  } catch {
    return undefined; // the file or package is not there: the identity is made of what is
  }
}

/** PCI identities of GPUs and the NVIDIA driver's version, where Linux tells them. */
function gpus(): string[] {
  const cards = attempt(() => readdirSync('/sys/class/drm').filter((name) => /^card\d+$/.test(name))) ?? [];
  const identity = (card: string, what: string): string =>
    attempt(() => readFileSync(`/sys/class/drm/${card}/device/${what}`, 'utf8').trim()) ?? '';
  const nvidia = attempt(() => readFileSync('/proc/driver/nvidia/version', 'utf8').split('\n', 1)[0] ?? '');
  return [...cards.map((card) => `${identity(card, 'vendor')}:${identity(card, 'device')}`), ...(nvidia ? [nvidia] : [])];
}

/** The name of the software that imitates a GPU here, or undefined where a real one is to be expected. */
export function softwareGpu(environment: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const drivers = `${environment['VK_ICD_FILENAMES'] ?? ''} ${environment['VK_DRIVER_FILES'] ?? ''}`;
  if (/swiftshader/i.test(drivers)) return 'SwiftShader';
  if (/lvp|lavapipe|llvmpipe/i.test(drivers)) return 'llvmpipe';
  if (process.platform !== 'linux') return undefined;
  const real =
    (attempt(() => readdirSync('/dev/dri')) ?? []).some((name) => name.startsWith('renderD')) ||
    (attempt(() => readdirSync('/dev')) ?? []).some((name) => /^nvidia\d|^dxg$/.test(name));
  return real ? undefined : 'a software driver';
}

/** False where an NVIDIA GPU is certainly absent. */
export function mayHaveNvidia(): boolean {
  return process.platform !== 'linux' || existsSync('/dev/nvidia0') || existsSync('/dev/dxg');
}

/** One text that changes when a measurement may no longer hold. */
function machineIdentity(): string {
  const require = createRequire(import.meta.url);
  const version = (name: string): string =>
    attempt(() => (require(`${name}/package.json`) as { version: string }).version) ?? 'none';
  const libraries = ['onnxruntime-node', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-node-gpu'];
  const cpus = os.cpus();
  return [
    `${process.platform}-${process.arch} ${os.release()}`,
    `${cpus[0]?.model ?? 'unknown processor'} × ${String(os.availableParallelism())}`,
    `Node ${process.versions.node}`,
    ...libraries.map((name) => `${name} ${version(name)}`),
    ...gpus(),
    process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'] ?? '',
    process.env['CUDA_VISIBLE_DEVICES'] ?? '',
  ].join(' | ');
}

const cacheFile = (home: string): string => join(home, 'devices.json');

/** The kept measurement of this machine; undefined where there is none, it is of another machine, or the file is damaged. */
export async function readMeasured(home: string): Promise<MeasuredDevice[] | undefined> {
  try {
    const cache = cacheSchema.parse(JSON.parse(await readFile(cacheFile(home), 'utf8')));
    return cache.machine === machineIdentity() ? cache.records : undefined;
  } catch {
    return undefined; // measuring again repairs it
  }
}

export async function keepMeasured(home: string, records: readonly MeasuredDevice[]): Promise<void> {
  await mkdir(home, { recursive: true });
  const aside = `${cacheFile(home)}.${String(process.pid)}.tmp`;
  const cache = { format: 'karst-devices-1', machine: machineIdentity(), records };
  await writeFile(aside, `${JSON.stringify(cache, undefined, 2)}\n`);
  await rename(aside, cacheFile(home));
}
