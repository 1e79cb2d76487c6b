// A checkpoint holds all that training needs to go on: every state tensor (weights, optimiser slots, statistics) as safetensors, and
// the position as metadata. Random numbers need no position of their own: streams are derived from the run's seed and the step.
import { KarstError } from '../base/errors.ts';
import type { ParamValues } from '../base/params.ts';
import type { Arrays, Specs } from '../tracing/program.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

export interface TrainingPosition {
  /** Iterations done: the next to run has this index. */
  readonly step: number;
  /** Passes over the training rows, fractional. */
  readonly epoch: number;
  /** Seconds of training so far, over all sessions. */
  readonly elapsedSeconds: number;
  /** Knobs in force, before schedules. */
  readonly knobs: ParamValues;
  /** How often a NaN or an infinity made training roll back. */
  readonly rollbacks: number;
}

export interface Checkpoint {
  readonly position: TrainingPosition;
  readonly specs: Specs;
  readonly values: Arrays;
}

const FORMAT = 'karst-checkpoint-1';

export function writeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  return writeSafetensors(
    Object.entries(checkpoint.specs).map(([name, spec]) => {
      const values = checkpoint.values[name];
      if (!values) throw new KarstError('internal', `the checkpoint lacks tensor ${name}`);
      return { name, spec, values };
    }),
    { format: FORMAT, position: JSON.stringify(checkpoint.position) },
  );
}

/** Reads and checks a checkpoint; with `specs`, its tensors must be exactly these. `where` names the file in errors. */
export function readCheckpoint(where: string, bytes: Uint8Array, specs?: Specs): Checkpoint {
  const file = readSafetensors(where, bytes);
  const fail = (expected: string, found: string): never => {
    throw new KarstError('bad-data', `${where}: expected ${expected}, found ${found}`);
  };
  if (file.metadata['format'] !== FORMAT) fail(`a checkpoint of format ${FORMAT}`, `"${file.metadata['format'] ?? 'none'}"`);
  if (!file.isChecksummed) fail('a checksum', 'none');
  const position = readPosition(file.metadata['position']) ?? fail('a training position', file.metadata['position'] ?? 'none');
  const found: Record<string, Specs[string]> = {};
  const values: Record<string, Arrays[string]> = {};
  for (const tensor of file.tensors) {
    found[tensor.name] = tensor.spec;
    values[tensor.name] = tensor.values;
  }
  for (const [name, spec] of Object.entries(specs ?? {})) {
    const there = found[name];
    const text = (s: typeof spec): string => `${s.dtype} [${s.shape.join(', ')}]`;
    if (!there) fail(`tensor ${name} ${text(spec)}`, 'no such tensor');
    else if (text(there) !== text(spec)) fail(`tensor ${name} ${text(spec)}`, text(there));
  }
  const extra = specs && Object.keys(found).find((name) => !Object.hasOwn(specs, name));
  if (extra !== undefined) fail("the model's tensors only", `tensor ${extra}, which this model does not have`);
  return { position, specs: found, values };
}

function readPosition(text: string | undefined): TrainingPosition | undefined {
  if (text === undefined) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null) return undefined;
  const { step, epoch, elapsedSeconds, knobs, rollbacks } = found as Record<string, unknown>;
  const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  const isAmount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
  if (!isCount(step) || !isAmount(epoch) || !isAmount(elapsedSeconds) || !isCount(rollbacks)) return undefined;
  if (typeof knobs !== 'object' || knobs === null) return undefined;
  return { step, epoch, elapsedSeconds, rollbacks, knobs: knobs as ParamValues };
}
