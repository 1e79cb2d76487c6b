// A run is a folder (DESIGN section 6). Writing never destroys what was there, and a half-written file is never read: checkpoints and
// latents are written whole or not at all, and a torn last line of a JSON-lines file is left out by readers and cut off by the next
// trainer. Only the holder of the lock may write, the title apart, and the measure of a checkpoint while nobody holds it.
import { KarstError, type ErrorRecord } from '../base/errors.ts';
import type { ParamValues } from '../base/params.ts';
import type { SampleShape } from '../datasets/dataset.ts';
import type { CauseRecord, FullLookRecord, ReportRecord } from '../protocol/records.ts';
import type { Specs } from '../tracing/program.ts';
import { checkDescription, readDescription } from './check-description.ts';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { FilePort, Lock } from './file-port.ts';
import { appendLine, cutLines, healLines, openLines } from './json-lines.ts';
import { readLatents, writeLatents, type LatentSample } from './latents.ts';
import { retained, type Retention } from './retention.ts';

/** run.json: what was asked. Never changes after the run is made, `title` and `stop` apart. */
export interface RunDescription {
  readonly format: 'karst-run-1';
  readonly id: string;
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly dataset: {
    /** A family member's id, or an absolute path. */
    readonly id: string;
    readonly params: ParamValues;
    readonly title: string;
    readonly fingerprint: string;
    readonly rows: number;
    readonly sample: SampleShape;
    readonly labelNames?: readonly string[];
  };
  readonly model: string;
  /** Every parameter, defaults included, under dotted names: `model.latentSize`, `net.width`, `train.batchSize`. */
  readonly params: ParamValues;
  readonly preset?: string;
  /** The run that this one is a branch of, where it left it, and the cure it tries. */
  readonly branchOf?: { readonly run: string; readonly step: number; readonly cure: string };
  readonly latentSize: number;
  readonly seed: number;
  readonly device: { readonly id: string; readonly title: string };
  readonly stop: { readonly steps?: number; readonly epochs?: number; readonly seconds?: number };
  /** Of Karst, the host and the libraries that compute. */
  readonly versions: Readonly<Record<string, string>>;
}

/** One line of events.jsonl. */
export interface RunEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly step: number;
  readonly kind:
    'started' | 'resumed' | 'paused' | 'finished' | 'failed' | 'knobsChanged' | 'rolledBack' | 'warned' | 'intervened';
  /** One sentence for a person. */
  readonly text: string;
  readonly values?: ParamValues;
  /** Of a warning: what the monitor found, with its evidence and cures. */
  readonly cause?: CauseRecord;
  /** Of a warning: the step of the first look that found it. */
  readonly since?: number;
  /** Of a failure: its kind and the plain values its text was made of. */
  readonly error?: Pick<ErrorRecord, 'code' | 'facts'>;
}

/** A damaged checkpoint that was renamed. */
export interface SetAside {
  readonly step: number;
  readonly path: string;
  readonly fault: string;
}

export interface RunFolder {
  readonly files: FilePort;
  describe(): Promise<RunDescription>;
  /** Rewrites the title or where to stop. */
  amend(changes: Partial<Pick<RunDescription, 'title' | 'stop'>>): Promise<RunDescription>;
  /** One report a step, in order of steps. */
  reports(): Promise<readonly ReportRecord[]>;
  appendReport(report: ReportRecord): Promise<void>;
  events(): Promise<readonly RunEvent[]>;
  appendEvent(event: RunEvent): Promise<void>;
  /** Steps with a checkpoint file, ascending. */
  checkpoints(): Promise<readonly number[]>;
  /** Thins the older checkpoints, and the latents with them. */
  saveCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Checkpoint `step`, or the newest that can be read; a damaged newest one is passed over. */
  loadCheckpoint(step?: number, specs?: Specs): Promise<Checkpoint>;
  latents(): Promise<readonly number[]>;
  saveLatents(sample: LatentSample): Promise<void>;
  loadLatents(step?: number): Promise<LatentSample>;
  /** Steps whose checkpoint was measured with every metric, ascending. */
  measures(): Promise<readonly number[]>;
  saveMeasure(look: FullLookRecord): Promise<void>;
  loadMeasure(step: number): Promise<FullLookRecord>;
  /** Takes the run for one trainer. */
  lock(): Promise<Lock>;
  isTraining(): Promise<boolean>;
  /**
   * Cuts torn lines, and reports and latents beyond `step`, so that history has one line a step when training goes on from there; at step
   * 0 every report goes, since training begins by making the first one. Damaged
   * checkpoints beyond it get a name that nobody takes for a checkpoint; which they are is told.
   */
  rewind(step: number): Promise<readonly SetAside[]>;
}

export interface RunFolderOptions {
  readonly retention?: Retention;
}

const DESCRIPTION = 'run.json';
const METRICS = 'metrics.jsonl';
const EVENTS = 'events.jsonl';
const LOCK = 'trainer.lock';
const stepFile = (folder: string, step: number, ending = 'safetensors'): string =>
  `${folder}/step-${String(step).padStart(6, '0')}.${ending}`;
const measureFile = (step: number): string => stepFile('measures', step, 'json');

/** Makes the folder's files; throws `exists` where a run is there already. */
export async function createRun(
  files: FilePort,
  description: RunDescription,
  options: RunFolderOptions = {},
): Promise<RunFolder> {
  if (await files.facts(DESCRIPTION))
    throw new KarstError('exists', 'there is a run in this folder already; resume it or name another folder');
  const text = `${JSON.stringify(checkDescription(DESCRIPTION, description), undefined, 2)}\n`;
  for (const folder of ['checkpoints', 'latents', 'measures', 'exports']) await files.makeFolder(folder);
  await files.write(DESCRIPTION, new TextEncoder().encode(text));
  return runFolder(files, options);
}

/** Throws `not-found` where there is no run, `bad-data` where its description cannot be read. */
export async function openRun(files: FilePort, options: RunFolderOptions = {}): Promise<RunFolder> {
  const run = runFolder(files, options);
  await run.describe();
  return run;
}

function runFolder(files: FilePort, options: RunFolderOptions): RunFolder {
  const steps = async (folder: string): Promise<number[]> =>
    (await files.list(folder))
      .map((name) => /^step-(\d{6,15})\.(?:safetensors|json)$/.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);

  const [metrics, events] = [openLines(files, METRICS), openLines(files, EVENTS)];
  let known: { readonly lines: readonly unknown[]; readonly reports: readonly ReportRecord[] } = { lines: [], reports: [] };

  const run: RunFolder = {
    files,
    async describe() {
      if (!(await files.facts(DESCRIPTION))) throw new KarstError('not-found', `there is no run here: ${DESCRIPTION} is missing`);
      return readDescription(DESCRIPTION, await files.read(DESCRIPTION));
    },
    async amend(changes) {
      const description = { ...(await run.describe()), ...changes };
      await files.write(DESCRIPTION, new TextEncoder().encode(`${JSON.stringify(description, undefined, 2)}\n`));
      return description;
    },
    async reports() {
      const lines = await metrics();
      if (lines !== known.lines) known = { lines, reports: oneAStep(lines.filter(isReport)) };
      return known.reports;
    },
    appendReport: (report) => appendLine(files, METRICS, report),
    events: async () => (await events()).filter(isEvent),
    appendEvent: (event) => appendLine(files, EVENTS, event),
    checkpoints: () => steps('checkpoints'),
    async saveCheckpoint(checkpoint) {
      const { step } = checkpoint.position;
      await files.write(stepFile('checkpoints', step), writeCheckpoint(checkpoint));
      // Only now that the new one is safe may old ones go.
      const there = await steps('checkpoints');
      const kept = new Set(retained(there, options.retention));
      const codes = await steps('latents');
      const alone = codes.filter((one) => !there.includes(one));
      const keptAlone = new Set(retained(alone, options.retention));
      for (const old of there) if (old < step && !kept.has(old)) await files.remove(stepFile('checkpoints', old));
      // Codes go with the weights that made them; those that have none are thinned among themselves.
      for (const old of codes) {
        if (old < step && !kept.has(old) && !keptAlone.has(old)) await files.remove(stepFile('latents', old));
      }
    },
    async loadCheckpoint(step, specs) {
      const there = await steps('checkpoints');
      if (step !== undefined) {
        if (!there.includes(step))
          throw new KarstError('not-found', `no checkpoint of step ${step}; there are: ${there.join(', ') || 'none'}`);
        const path = stepFile('checkpoints', step);
        return readCheckpoint(path, await files.read(path), specs);
      }
      let damage: unknown;
      for (const candidate of there.reverse()) {
        const path = stepFile('checkpoints', candidate);
        try {
          return readCheckpoint(path, await files.read(path), specs);
        } catch (thrown) {
          damage ??= thrown; // the newest one's fault is told if no other can be read
        }
      }
      if (damage instanceof Error) throw damage;
      throw new KarstError('not-found', 'this run has no checkpoint yet');
    },
    latents: () => steps('latents'),
    saveLatents: (sample) => files.write(stepFile('latents', sample.step), writeLatents(sample)),
    async loadLatents(step) {
      const there = await steps('latents');
      const chosen = step ?? there.at(-1);
      if (chosen === undefined) throw new KarstError('not-found', 'this run has no latents yet');
      if (!there.includes(chosen))
        throw new KarstError('not-found', `no latents of step ${chosen}; there are: ${there.join(', ') || 'none'}`);
      const path = stepFile('latents', chosen);
      return readLatents(path, await files.read(path));
    },
    measures: () => steps('measures'),
    saveMeasure: (look) => files.write(measureFile(look.step), writeMeasure(look)),
    async loadMeasure(step) {
      const there = await steps('measures');
      if (!there.includes(step))
        throw new KarstError('not-found', `no measures of step ${step}; there are: ${there.join(', ') || 'none'}`);
      return readMeasure(measureFile(step), await files.read(measureFile(step)));
    },
    lock: () => files.lock(LOCK),
    isTraining: () => files.isLocked(LOCK),
    async rewind(step) {
      await healLines(files, EVENTS);
      await cutLines(files, METRICS, (line) => isReport(line) && line.step <= step && step > 0);
      for (const later of await steps('latents')) if (later > step) await files.remove(stepFile('latents', later));
      for (const later of await steps('measures')) if (later > step) await files.remove(measureFile(later));
      const aside: SetAside[] = [];
      for (const later of (await steps('checkpoints')).filter((one) => one > step)) {
        const path = stepFile('checkpoints', later);
        const fault = await faultOf(path);
        if (fault !== undefined) aside.push({ step: later, path: await setAside(path), fault });
      }
      return aside;
    },
  };

  async function faultOf(path: string): Promise<string | undefined> {
    try {
      readCheckpoint(path, await files.read(path));
      return undefined;
    } catch (thrown) {
      if (thrown instanceof KarstError && thrown.code === 'bad-data') return thrown.message;
      throw thrown; // a disk that fails is another matter
    }
  }

  async function setAside(path: string): Promise<string> {
    let to = `${path}.damaged`;
    for (let n = 2; await files.facts(to); n++) to = `${path}.damaged-${n}`;
    await files.move(path, to);
    return to;
  }

  return run;
}

/** Numbers that JSON has no words for, as texts: a figure comes back as the very number that was measured. */
const WORDLESS = ['NaN', 'Infinity', '-Infinity', '-0'];

function writeMeasure(look: FullLookRecord): Uint8Array<ArrayBuffer> {
  const worded = (_: string, value: unknown): unknown =>
    typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))
      ? value
      : Object.is(value, -0)
        ? '-0'
        : String(value);
  return new TextEncoder().encode(`${JSON.stringify(look, worded)}\n`);
}

function readMeasure(path: string, bytes: Uint8Array): FullLookRecord {
  const unworded = (_: string, value: unknown): unknown =>
    typeof value === 'string' && WORDLESS.includes(value) ? Number(value) : value;
  try {
    const look = JSON.parse(new TextDecoder().decode(bytes), unworded) as FullLookRecord;
    if (isReport(look) && typeof look.signs === 'object' && typeof look.measure === 'object') return look;
  } catch {
    // not JSON: told below
  }
  throw new KarstError('bad-data', `${path} should hold the measures of a checkpoint and does not; remove it to measure again`);
}

/** In order of steps; of two lines of one step the later counts. */
function oneAStep(reports: readonly ReportRecord[]): readonly ReportRecord[] {
  return [...new Map(reports.map((report) => [report.step, report])).values()].sort((a, b) => a.step - b.step);
}

const isReport = (line: unknown): line is ReportRecord =>
  typeof line === 'object' && line !== null && Number.isSafeInteger((line as Partial<ReportRecord>).step);
const isEvent = (line: unknown): line is RunEvent => isReport(line) && typeof (line as Partial<RunEvent>).kind === 'string';
