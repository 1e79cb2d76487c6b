// How the engine starts the processes that train and decode: forked from Node, or, where a host does not let its processes fork (Electron
// with its fuses set), in the way that the host gives.
import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Port } from '../protocol/port.ts';
import { workerUrl } from './entries.ts';
import { childPort } from './ports.ts';

export interface StartedProcess {
  readonly port: Port;
  /** Settles when the process is gone; with how it ended, where that was not its own will. */
  readonly gone: Promise<string | undefined>;
  readonly kill: () => void;
}

/** Starts the program file `entry` with the environment `env`. */
export type StartProcess = (entry: string, env: Readonly<Record<string, string>>) => Promise<StartedProcess>;

const LAST_WORDS_MS = 300;

export const forkProcess: StartProcess = async (entry, env) => {
  const child = fork(entry, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env, execArgv: [] });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)));
  const gone = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // Not `close`, which never comes where this side has disconnected; its last words may come a moment after its end.
    child.once('exit', (code, signal) => {
      const told = (): void => {
        const how = signal ? `it was ended by ${signal}` : code === 0 ? undefined : `exit code ${code}`;
        const last = complaints.trim().split('\n').at(-1);
        resolve(how && last ? `${how}: ${last}` : how);
      };
      child.stderr?.once('close', told);
      setTimeout(told, LAST_WORDS_MS);
    });
  });
  return { port: childPort(child), gone, kill: () => void child.kill('SIGKILL') };
};

/** Starts src/node/…/<name>.ts for the library `home`. */
export async function startProgram(start: StartProcess, name: string, home: string): Promise<StartedProcess> {
  const entry = fileURLToPath(await workerUrl(name));
  return await start(entry, { ...(process.env as Record<string, string>), KARST_HOME: home, TF_CPP_MIN_LOG_LEVEL: '2' });
}
