// The engine's process: answers pages over the ports that main hands it. A utility process cannot fork where the app's fuses are set, so
// trainers and decoders are utility processes too, started by main at this process's request and joined to it by a port of their own.
import { KarstError } from '../src/base/errors.ts';
import { openEngine } from '../src/engine/engine.ts';
import { QUIET_MS } from '../src/engine/idle-measuring.ts';
import { followStarterRun } from '../src/engine/starter-run.ts';
import { openEngineHost } from '../src/node/engine-host.ts';
import type { StartedProcess, StartProcess } from '../src/node/spawn.ts';
import { engineEventMerge, engineMethods, type EngineEvents } from '../src/protocol/engine-api.ts';
import { electronPort } from '../src/protocol/ports.ts';
import { serve } from '../src/protocol/rpc.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

const main = process.parentPort;
const tell = (message: FromEngine): void => main.postMessage(message);

interface Waiting {
  readonly begin: (port: Electron.MessagePortMain) => void;
  readonly end: (code: number) => void;
}
const waiting = new Map<number, Waiting>();
let started = 0;

const startThroughMain: StartProcess = (entry, env) =>
  new Promise<StartedProcess>((resolve, reject) => {
    const id = ++started;
    const kill = (): void => tell({ type: 'kill', id });
    const gone = new Promise<string | undefined>((settle) => {
      waiting.set(id, {
        begin: (port) => resolve({ port: electronPort(port), gone, kill }),
        end: (code) => {
          waiting.delete(id);
          settle(code === 0 ? undefined : `exit code ${code}`);
          reject(new KarstError('internal', `a process of the engine ended before it began, with exit code ${code}`));
        },
      });
    });
    tell({ type: 'start', id, entry, env });
  });

const engine = openEngine(openEngineHost(process.env['KARST_HOME'], startThroughMain), {
  hostName: 'desktop',
  measureAfterMs: QUIET_MS,
});

main.on('message', ({ data, ports: [port] }: Electron.MessageEvent) => {
  const message = data as ToEngine;
  switch (message.type) {
    case 'connect':
      if (!port) throw new KarstError('internal', 'a page was announced without its port');
      serve<typeof engineMethods, EngineEvents>(electronPort(port), engineMethods, engine.api, {
        subscribe: (listener) => engine.subscribe(listener),
        merge: engineEventMerge,
      });
      return;
    case 'started':
      if (port) waiting.get(message.id)?.begin(port);
      return;
    case 'ended':
      waiting.get(message.id)?.end(message.code);
      return;
    case 'stop':
      void engine.close().finally(() => process.exit(0));
      return;
  }
});

void followStarterRun(engine, {});
