// This machine as the engine sees it.
import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { KarstError } from '../base/errors.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { readPreset, type Preset } from '../models/preset.ts';
import { decoderMethods } from '../protocol/decoder-api.ts';
import { connect } from '../protocol/rpc.ts';
import { trainerMethods, type TrainerEvents } from '../protocol/trainer-api.ts';
import { openComputeHost } from './compute-host.ts';
import { chooseDevice, examineDevices, mustMeasure } from './devices/catalogue.ts';
import { karstHome } from './devices/engine-folder.ts';
import { readMeasured } from './devices/machine.ts';
import { openFiles } from './files.ts';
import { packageRoot } from './package-facts.ts';
import { readPageFonts } from './page-fonts.ts';
import { projectInWorker } from './project.ts';
import { forkProcess, startProgram, type StartProcess } from './spawn.ts';

/** `start` is how processes are started where they cannot be forked. */
export function openEngineHost(givenHome?: string, start: StartProcess = forkProcess): EngineHost {
  const home = path.resolve(givenHome ?? karstHome());
  const probes = start === forkProcess ? {} : { start };
  return {
    ...openComputeHost(home),
    home,
    resolvePath: (given) => path.resolve(given),
    isAbsolute: (given) => path.isAbsolute(given),
    readFile: readWhole,
    presets: readPresets,
    pageFonts: () => readPageFonts(),
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
    areDevicesMeasured: async () => (await readMeasured(home)) !== undefined,
    examineDevices: (options) => examineDevices({ home, ...options, ...probes }),
    project: projectInWorker,

    async startTrainer() {
      // A trainer that cannot start processes would try devices inside itself; so the choice is made and kept before. Where none
      // works, the trainer tells.
      if (start !== forkProcess && (await mustMeasure(home))) await chooseDevice({ home, ...probes }).catch(() => undefined);
      const { port, gone, kill } = await startProgram(start, 'trainer-process', home);
      return { connection: connect<typeof trainerMethods, TrainerEvents>(port, trainerMethods), gone, kill };
    },
    async startDecoder() {
      const { port, gone } = await startProgram(start, 'decoder-process', home);
      const connection = connect(port, decoderMethods);
      return {
        client: connection.client,
        gone: gone.then(() => {}),
        close: async () => {
          connection.close();
          await gone;
        },
      };
    },
  };
}

async function readPresets(): Promise<readonly Preset[]> {
  const folder = path.join(packageRoot(), 'assets/presets');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return await Promise.all(names.map(async (name) => readPreset(name, await readFile(path.join(folder, name), 'utf8'))));
}

async function readWhole(target: string, maxBytes: number): Promise<Uint8Array> {
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
