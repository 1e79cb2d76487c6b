// Runs probe-process.ts for one device, within a time limit, and turns whatever happens to it into an answer.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { KarstError, toErrorRecord, type ErrorRecord } from '../../base/errors.ts';
import type { StartProcess } from '../spawn.ts';
import type { ProbeAnswer, ProbeRequest } from './probe-process.ts';

export interface ProbeLimits {
  readonly timeLimitMs?: number;
  readonly signal?: AbortSignal;
  /** The program to run, where it is not beside this file. */
  readonly entry?: string;
  /** How a host that does not let its processes fork starts one. */
  readonly start?: StartProcess;
}

/** Beside this file, or, where Node cannot run TypeScript, as it was built. */
function probeEntry(): string {
  const runsTypeScript = (process.features as { typescript?: unknown }).typescript;
  const places = ['../node/probe-process.js', '../../../dist/node/probe-process.js'];
  if (import.meta.url.endsWith('.ts') && runsTypeScript) places.unshift('./probe-process.ts');
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (found) return found;
  throw new KarstError('internal', 'the program that tries devices is not built; run `npm run build`');
}

interface Running {
  onAnswer(listener: (answer: ProbeAnswer) => void): void;
  onEnd(listener: (how: string) => void): void;
  stop(): void;
}

function inProcess(entry: string, request: ProbeRequest): Running {
  const child = fork(entry, [JSON.stringify(request)], { serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let complaints = '';
  child.stdout?.resume();
  child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)));
  const lastLine = (): string => complaints.trim().split('\n').at(-1) ?? '';
  return {
    onAnswer: (listener) => void child.on('message', (answer) => listener(answer as ProbeAnswer)),
    onEnd: (listener) => {
      child.on('error', (error) => listener(error.message));
      child.on('close', (code, signal) =>
        listener([signal ?? `exit code ${String(code)}`, lastLine()].filter(Boolean).join(': ')),
      );
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

/** A process that the host starts; it ends when it is told to. */
function throughHost(start: StartProcess, entry: string, request: ProbeRequest): Running {
  const env = { ...(process.env as Record<string, string>), KARST_PROBE: JSON.stringify(request), TF_CPP_MIN_LOG_LEVEL: '2' };
  const started = start(entry, env);
  return {
    onAnswer: (listener) =>
      void started.then(
        ({ port }) => port.onMessage((answer) => listener(answer as ProbeAnswer)),
        () => {}, // told by onEnd
      ),
    onEnd: (listener) =>
      void started.then(
        async ({ gone }) => listener((await gone) ?? 'exit code 0'),
        (error: unknown) => listener(toErrorRecord(error).message),
      ),
    stop: () =>
      void started.then(
        ({ kill }) => kill(),
        () => {}, // it never was
      ),
  };
}

/** Where Electron forbids processes that run as Node and nobody can start another kind; a thread at least can be stopped. */
function inThread(entry: string, request: ProbeRequest): Running {
  const worker = new Worker(entry, { argv: [JSON.stringify(request)], stdout: true, stderr: true });
  return {
    onAnswer: (listener) => void worker.on('message', (answer) => listener(answer as ProbeAnswer)),
    onEnd: (listener) => {
      worker.on('error', (error) => listener(toErrorRecord(error).message));
      worker.on('exit', (code) => listener(`exit code ${String(code)}`));
    },
    stop: () => void worker.terminate(),
  };
}

/** Never rejects, except when cancelled. */
export function probeDevice(request: ProbeRequest, limits: ProbeLimits = {}): Promise<ProbeAnswer> {
  const { timeLimitMs = 60_000, signal } = limits;
  return new Promise((resolve, reject) => {
    const failed = (message: string): void => settle({ error: { code: 'device', message } satisfies ErrorRecord });
    const entry = limits.entry ?? probeEntry();
    const running = limits.start
      ? throughHost(limits.start, entry, request)
      : 'electron' in process.versions
        ? inThread(entry, request)
        : inProcess(entry, request);
    const timer = setTimeout(() => failed(`${request.id} did not answer within ${String(timeLimitMs / 1000)} s`), timeLimitMs);
    const cancel = (): void => {
      finish();
      reject(signal?.reason instanceof KarstError ? signal.reason : new KarstError('cancelled', 'cancelled'));
    };
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      running.stop();
    };
    const settle = (answer: ProbeAnswer): void => {
      finish();
      resolve(answer);
    };
    running.onAnswer(settle);
    running.onEnd((how) => failed(`${request.id} ended its process (${how})`));
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
  });
}
