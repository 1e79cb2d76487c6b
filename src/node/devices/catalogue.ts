// Opens devices and chooses among them. The default is the fastest that works, by measurement: each candidate runs the reference step in a
// process of its own, its first losses must be those of the others, and the result is kept per machine.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { KarstError, throwIfCancelled } from '../../base/errors.ts';
import type { DeviceRecord, ProgressRecord } from '../../protocol/records.ts';
import type { Device } from '../../tracing/device.ts';
import { engineFolder, karstHome } from './engine-folder.ts';
import { keepMeasured, mayHaveNvidia, readMeasured, softwareGpu } from './machine.ts';
import { deviceMember, deviceMembers, runsOn, type DeviceMember, type OpenOptions } from './members.ts';
import { probeDevice, type ProbeLimits } from './probe.ts';
import type { ProbeAnswer } from './probe-process.ts';

export interface ExamineOptions extends ProbeLimits {
  readonly home?: string;
  readonly onProgress?: (progress: ProgressRecord) => void;
  /** All devices unless told. */
  readonly ids?: readonly string[];
  /** How long each is measured; 1 unless told. */
  readonly seconds?: number;
}

type Success = Exclude<ProbeAnswer, { readonly error: unknown }>;
interface Examined {
  readonly member: DeviceMember;
  readonly answer: ProbeAnswer;
  readonly threads?: number;
  readonly software?: string;
}
const worked = (one: Examined): one is Examined & { readonly answer: Success } => !('error' in one.answer);
const speed = (one: Examined): number => (worked(one) ? one.answer.imagesPerSecond : 0);

/** One thread against all cores (at most eight): threads spin while they wait, so more are not always faster. */
function threadChoices(member: DeviceMember): (number | undefined)[] {
  return member.threaded ? [...new Set([1, Math.min(8, availableParallelism())])] : [undefined];
}

async function examine(member: DeviceMember, options: ExamineOptions): Promise<Examined> {
  if (!runsOn(member)) {
    const message = `${member.id} does not exist on ${process.platform} ${process.arch}`;
    return { member, answer: { error: { code: 'unsupported', message } } };
  }
  const { home, seconds = 1 } = options;
  let best: Examined | undefined;
  for (const threads of threadChoices(member)) {
    const request = {
      id: member.id,
      seconds,
      ...(threads === undefined ? {} : { threads }),
      ...(home === undefined ? {} : { home }),
    };
    const answer = await probeDevice(request, options);
    const software = member.id === 'onnx-webgpu' ? softwareGpu() : undefined;
    const one = {
      member,
      answer,
      ...(threads === undefined ? {} : { threads }),
      ...(software === undefined ? {} : { software }),
    };
    if (!best || speed(one) > speed(best)) best = one;
    if (!worked(one)) break;
  }
  return best as Examined;
}

/** The losses to compare with: those of a device with less machinery, so that a faulty driver cannot discredit a sound device. */
const plainest = ['cpu', 'wasm', 'onnx-cpu'];
function truth(all: readonly Examined[], { member }: Examined): readonly number[] | undefined {
  const rank = plainest.indexOf(member.id);
  for (const id of rank === -1 ? plainest : plainest.slice(0, rank)) {
    const found = all.find((one) => one.member.id === id);
    if (found && worked(found)) return found.answer.losses;
  }
  return undefined;
}

/** Without the device's own name and without places in ONNX Runtime's sources. */
function plainReason(id: string, message: string): string {
  return message
    .replace(`${id}: `, '')
    .replace(/\/onnxruntime_src\/.*? was false\. /s, '')
    .trim();
}

const TOLERANCE = 1e-3;

function record(one: Examined, all: readonly Examined[]): Omit<DeviceRecord, 'isDefault'> {
  const { id, kind, title, advice } = one.member;
  if (!worked(one)) {
    const { error } = one.answer as { error: { message: string } };
    return { id, title, kind, works: false, reason: plainReason(id, error.message), ...(runsOn(one.member) ? { advice } : {}) };
  }
  const { losses, imagesPerSecond } = one.answer;
  const named = one.software === undefined ? one.answer.title : `${one.answer.title} (imitated by ${one.software})`;
  const expected = truth(all, one);
  const finite = losses.every((loss) => Number.isFinite(loss));
  const wrong = expected && losses.some((loss, i) => !(Math.abs(loss / (expected[i] ?? NaN) - 1) < TOLERANCE));
  if (!finite || wrong) {
    const reason = `it computes wrong losses: ${losses.join(', ')}${expected ? `; others: ${expected.join(', ')}` : ''}`;
    return { id, title: named, kind, works: false, reason, advice: 'Update the driver of the GPU, or take another device.' };
  }
  return { id, title: named, kind, works: true, imagesPerSecond, ...(one.threads === undefined ? {} : { threads: one.threads }) };
}

/** Every device, whether it works here, how fast, else why not and what to do. The result is kept in `home` for `openDevice`. */
export async function examineDevices(options: ExamineOptions = {}): Promise<DeviceRecord[]> {
  const home = options.home ?? karstHome();
  const members = options.ids ? options.ids.map(deviceMember) : deviceMembers;
  const all: Examined[] = [];
  for (const member of members) {
    throwIfCancelled(options.signal);
    options.onProgress?.({ fraction: all.length / members.length, text: `Trying ${member.id}: ${member.title}` });
    all.push(await examine(member, { ...options, home }));
  }
  options.onProgress?.({ fraction: 1, text: 'Tried every device' });
  const records = all.map((one) => record(one, all));
  const eligible = records.filter((one, i) => one.works && !all[i]?.member.onlyForTests);
  const real = eligible.filter((one) => !all.some(({ member, software }) => member.id === one.id && software !== undefined));
  const ranked = (real.length > 0 ? real : eligible).sort((a, b) => (b.imagesPerSecond ?? 0) - (a.imagesPerSecond ?? 0));
  const chosen = ranked[0];
  const result = records.map((one) => ({ ...one, isDefault: one === chosen }));
  await keepMeasured(home, result);
  return result;
}

/** The device that starts at once where nothing else is worth a try. */
const PROMPT = 'onnx-cpu';

/** What is worth a try when somebody waits for a device: not what can be known to be missing, nor an imitated GPU. */
function promising({ id }: DeviceMember, home: string): boolean {
  if (id === 'onnx-cuda') return mayHaveNvidia();
  if (id === 'onnx-webgpu') return softwareGpu() === undefined;
  if (id === 'tensorflow-gpu') return mayHaveNvidia() && existsSync(engineFolder(home));
  // Both are slower than the compiled step on the same processor; they serve where it does not work.
  return id !== 'wasm' && id !== 'tensorflow';
}

function promisingIds(home: string): string[] {
  const able = deviceMembers.filter((one) => !one.onlyForTests && runsOn(one));
  return able.filter((one) => promising(one, home)).map((one) => one.id);
}

/** Devices have to be compared before one is chosen: none was measured yet, and there is more than the processor to choose from. */
export async function mustMeasure(home: string): Promise<boolean> {
  return !(await readMeasured(home)) && promisingIds(home).some((id) => id !== PROMPT);
}

/** The default of this machine, measured on first use. */
export async function chooseDevice(options: ExamineOptions): Promise<DeviceRecord> {
  const home = options.home ?? karstHome();
  const kept = (await readMeasured(home))?.find((one) => one.isDefault) as DeviceRecord | undefined;
  if (kept) return kept;
  for (const ids of [promisingIds(home), ['wasm']]) {
    const chosen = (await examineDevices({ seconds: 0.3, ...options, home, ids })).find((one) => one.isDefault);
    if (chosen) return chosen;
  }
  throw new KarstError('device', 'no device works on this machine; `karst doctor` says why for each');
}

/** Opens the named device, or the fastest that works here. Threads are those that were measured best, unless told. */
export async function openDevice(id?: string, options: OpenOptions & ProbeLimits = {}): Promise<Device> {
  const home = options.home ?? karstHome();
  const member = deviceMember(id ?? (await chooseDevice({ ...options, home })).id);
  const measured = (await readMeasured(home))?.find((one) => one.id === member.id);
  const threads = options.threads ?? measured?.threads;
  return member.open({ home, ...(threads === undefined ? {} : { threads }) });
}

/** As `openDevice`, but a first start does not wait for a measurement that has nothing to decide but threads: it takes all cores, at most
 * eight. `examineDevices` measures them. */
export async function openPromptly(id?: string, options: OpenOptions & ProbeLimits = {}): Promise<Device> {
  const home = options.home ?? karstHome();
  if (id !== undefined || (await readMeasured(home)) || (await mustMeasure(home))) return await openDevice(id, options);
  try {
    return await openDevice(PROMPT, { threads: Math.min(8, availableParallelism()), ...options });
  } catch (thrown) {
    if (!(thrown instanceof KarstError && thrown.code === 'device')) throw thrown;
    return await openDevice(undefined, options); // measured: something else may work
  }
}
