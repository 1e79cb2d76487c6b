// PyTorch beside the training bench: finds a Python that has it and runs the reference steps there.
import { execFile } from 'node:child_process';
import { KarstError, throwIfCancelled } from '../../base/errors.ts';
import { torchSteps, type TorchModel } from './torch-steps.ts';

export interface TorchMeasured {
  readonly engine: string;
  readonly threads: number;
  readonly imagesPerSecond: number;
  readonly min: number;
  readonly max: number;
}

/** Tried in turn: the first may be one that a person installed, the second is the system's. */
export const PYTHONS: readonly string[] = ['python3', '/usr/bin/python3'];

/** What a Python program prints. */
const answerOf = (python: string, program: readonly string[], env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(python, program, { env, signal }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().split('\n').at(-1) || error.message, { cause: error }));
      else resolve(stdout);
    });
  });

/** The first of the Pythons that can import PyTorch. */
export async function findTorch(
  pythons: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly python: string; readonly version: string } | undefined> {
  for (const python of pythons) {
    const program = ['-c', 'import torch; print(torch.__version__)'];
    // A Python that is not there or has no PyTorch is one to pass by.
    const version = await answerOf(python, program, process.env, signal).catch(() => undefined);
    throwIfCancelled(signal);
    if (version !== undefined) return { python, version: version.trim() };
  }
  return undefined;
}

export interface TorchAsked {
  readonly model: TorchModel;
  readonly threads: number;
  /** Of the matrix library beside PyTorch's own: it would start as many as there are cores, whatever PyTorch is told, and they spin. */
  readonly matrixThreads: number;
  readonly windowMs: number;
  readonly repeats: number;
}

/** PyTorch's pictures a second. */
export async function measureTorch(python: string, asked: TorchAsked, signal?: AbortSignal): Promise<TorchMeasured> {
  const { model, threads, matrixThreads, windowMs, repeats } = asked;
  const settings = ['--threads', String(threads), '--window', String(windowMs / 1000), '--repeats', String(repeats)];
  const env = { ...process.env, OPENBLAS_NUM_THREADS: String(matrixThreads) };
  try {
    const answer = await answerOf(python, ['-c', torchSteps, '--model', JSON.stringify(model), ...settings], env, signal);
    return JSON.parse(answer) as TorchMeasured;
  } catch (thrown) {
    throwIfCancelled(signal);
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new KarstError('unsupported', `PyTorch of ${python} could not train the bench's ${model.kind}: ${reason}`, {}, thrown);
  }
}
