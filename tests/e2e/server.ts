// `karst serve` as a child process on a library of its own, and other commands beside it.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const root = path.resolve(import.meta.dirname, '../..');
const program = path.join(root, 'dist/cli/karst.js');

export const makeHome = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'karst-e2e-'));
export const removeHome = (home: string): Promise<void> => rm(home, { recursive: true, force: true, maxRetries: 5 });

/** Runs a command to its end and gives what it printed on stdout. */
export async function karst(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { cwd: root, maxBuffer: 2 ** 26 });
  return stdout;
}

export interface Served {
  readonly address: string;
  readonly port: number;
  /** Ctrl-C: saves what trains, then ends. */
  stop(): Promise<void>;
}

export async function serve(home: string, ...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [program, 'serve', '--home', home, '--json', '--no-measuring', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
  const { address, port } = await new Promise<{ address: string; port: number }>((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      try {
        resolve(JSON.parse(printed) as { address: string; port: number });
      } catch {
        // not whole yet
      }
    });
    child.once('exit', (code) => reject(new Error(`karst serve ended with ${code}: ${heard.join('')}`)));
  });
  return { address, port, stop: () => interrupt(child) };
}

async function interrupt(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  await once(child, 'exit');
}
