// This machine as the engine sees it.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { KarstError } from '../base/errors.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { decoderMethods } from '../protocol/decoder-api.ts';
import { connect } from '../protocol/rpc.ts';
import { trainerMethods, type TrainerEvents } from '../protocol/trainer-api.ts';
import { openComputeHost } from './compute-host.ts';
import { examineDevices } from './devices/catalogue.ts';
import { karstHome } from './devices/engine-folder.ts';
import { workerUrl } from './entries.ts';
import { openFiles } from './files.ts';
import { childPort } from './ports.ts';
import { projectInWorker } from './project.ts';

export function openEngineHost(givenHome?: string): EngineHost {
  const home = path.resolve(givenHome ?? karstHome());
  return {
    ...openComputeHost(home),
    home,
    resolvePath: (given) => path.resolve(given),
    isAbsolute: (given) => path.isAbsolute(given),
    readFile,
    writeFile: (target, bytes) => openFiles(path.dirname(target)).write(path.basename(target), bytes),
    kindOf: async (target) => {
      const facts = await stat(target).catch(() => undefined);
      return facts?.isFile() ? 'file' : facts?.isDirectory() ? 'folder' : undefined;
    },
    moveFolder: async (from, to) => {
      if (await stat(to).catch(() => undefined)) throw new KarstError('exists', `${to} is there already`);
      await mkdir(path.dirname(to), { recursive: true });
      await rename(from, to);
    },
    examineDevices: (options) => examineDevices({ home, ...options }),
    project: projectInWorker,

    async startTrainer() {
      const { child, gone } = await startProcess('trainer-process', home);
      const connection = connect<typeof trainerMethods, TrainerEvents>(childPort(child), trainerMethods);
      return { connection, gone, kill: () => void child.kill('SIGKILL') };
    },
    async startDecoder() {
      const { child, gone } = await startProcess('decoder-process', home);
      const { client, close } = connect(childPort(child), decoderMethods);
      return {
        client,
        gone: gone.then(() => {}),
        close: async () => {
          close();
          await gone;
        },
      };
    },
  };
}

/** `gone` settles when the process is; with how it ended, where that was not its own will. */
async function startProcess(name: string, home: string): Promise<{ child: ChildProcess; gone: Promise<string | undefined> }> {
  const entry = fileURLToPath(await workerUrl(name));
  const env = { ...process.env, KARST_HOME: home, TF_CPP_MIN_LOG_LEVEL: '2' };
  const child = fork(entry, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env, execArgv: [] });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)));
  const gone = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      const how = signal ? `it was ended by ${signal}` : code === 0 ? undefined : `exit code ${code}`;
      const last = complaints.trim().split('\n').at(-1);
      resolve(how && last ? `${how}: ${last}` : how);
    });
  });
  return { child, gone };
}

async function readFile(target: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(target, 'r').catch((thrown: unknown) => {
    throw new KarstError('not-found', `${target} cannot be read`, { path: target }, thrown);
  });
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new KarstError('too-large', `${target} has ${size} bytes; at most ${maxBytes} are read`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
