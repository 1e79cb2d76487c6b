// A process that opens one device, runs the reference step on it and tells what it saw: a device that crashes or hangs takes nothing else
// down. The ProbeRequest is its only argument, or in $KARST_PROBE where a host started it, as JSON; it sends one ProbeAnswer to its parent.
import process from 'node:process';
import { parentPort } from 'node:worker_threads';
import { toErrorRecord, type ErrorRecord } from '../../base/errors.ts';
import { parentProcessPort } from '../ports.ts';
import { deviceMember } from './members.ts';
import { doctorSizes, referenceProgram } from './reference-program.ts';

export interface ProbeRequest {
  readonly id: string;
  readonly threads?: number;
  readonly home?: string;
  /** How long to measure. */
  readonly seconds: number;
}

export type ProbeAnswer =
  | { readonly title: string; readonly losses: readonly number[]; readonly imagesPerSecond: number }
  | { readonly error: ErrorRecord };

const COMPARED_STEPS = 3;

async function probe({ id, seconds, ...options }: ProbeRequest): Promise<ProbeAnswer> {
  const device = await deviceMember(id).open(options);
  const { program, initial, inputs } = referenceProgram();
  const state = await device.createState(program.state, initial);
  const executable = await device.load(program, state);
  const batches = Array.from({ length: COMPARED_STEPS }, (_, step) => inputs(step));
  const losses: number[] = [];
  for (const batch of batches) losses.push((await executable.run(batch))['loss']?.[0] ?? NaN);
  let steps = 0;
  const started = performance.now();
  let elapsedMs: number;
  do {
    await executable.run(batches[steps % batches.length] as (typeof batches)[0]);
    steps++;
    elapsedMs = performance.now() - started;
  } while (elapsedMs < seconds * 1000);
  return { title: device.title, losses, imagesPerSecond: (steps * doctorSizes.batch * 1000) / elapsedMs };
}

const { KARST_PROBE: asked } = process.env;
// Listening first: a utility process gets its port by a message that is not sent again.
const hostPort = asked === undefined ? undefined : parentProcessPort();
hostPort?.onClose(() => process.exit(0));
const answer = await probe(JSON.parse(asked ?? process.argv[2] ?? '{}') as ProbeRequest).catch((error: unknown) => ({
  error: toErrorRecord(error),
}));
if (hostPort) hostPort.post(answer);
else if (parentPort) parentPort.postMessage(answer);
// Libraries that still hold threads must not keep the process alive; the answer must have left first.
else process.send?.(answer, undefined, {}, () => process.exit(0));
