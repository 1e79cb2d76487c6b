// The engine's life: one utility process, joined to each page by a MessagePort of its own. Where it dies it is started again (at most
// three times a minute) and the page gets a new port, over which it fetches everything anew. Quitting asks it to checkpoint and waits.
import path from 'node:path';
import { MessageChannelMain, utilityProcess, type MessagePortMain, type UtilityProcess, type WebContents } from 'electron';
import { enginePortMessage } from '../src/protocol/page-host.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

/** How long a quitting app waits for running trainings to save. */
const SAVE_LIMIT_MS = 30_000;
const RESTARTS_A_MINUTE = 3;

export interface EngineLink {
  /** Gives `contents` a port to the engine, now and after every restart. */
  connect(contents: WebContents): void;
  /** Checkpoints whatever trains and ends the engine. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly entry: string;
  /** The folder of the programs that the engine may ask to be started. */
  readonly programs: string;
  readonly env: Record<string, string>;
  readonly onGivenUp: (reason: string) => void;
}

export function startEngine(options: EngineOptions): EngineLink {
  const pages = new Set<WebContents>();
  const starts: number[] = [];
  let stopping = false;
  let engine = fork();

  function fork(): UtilityProcess {
    starts.push(Date.now());
    const child = utilityProcess.fork(options.entry, [], { serviceName: 'Karst engine', stdio: 'inherit', env: options.env });
    const inner = new Map<number, UtilityProcess>();
    child.on('message', (message: FromEngine) => {
      if (message.type === 'start') startInner(child, inner, message);
      else inner.get(message.id)?.kill();
    });
    child.once('exit', (code) => {
      // Trainers whose engine is gone save and end by themselves; the system's way to end them might not wait for that.
      if (inner.size > 0) setTimeout(() => inner.forEach((one) => one.kill()), stopping ? 0 : SAVE_LIMIT_MS);
      if (stopping) return;
      const recent = starts.filter((time) => Date.now() - time < 60_000);
      if (recent.length > RESTARTS_A_MINUTE) {
        options.onGivenUp(`The engine ended ${recent.length} times within a minute, the last time with code ${code}.`);
        return;
      }
      engine = fork();
      for (const page of pages) join(page);
    });
    return child;
  }

  /** A trainer or decoder, which only main may start; from then on it talks to the engine alone. */
  function startInner(parent: UtilityProcess, inner: Map<number, UtilityProcess>, message: FromEngine & { type: 'start' }): void {
    const { id, entry, env } = message;
    const tell = (told: ToEngine, ports: MessagePortMain[] = []): void => parent.postMessage(told, ports);
    if (path.dirname(entry) !== options.programs) return tell({ type: 'ended', id, code: 1 });
    const started = utilityProcess.fork(entry, [], { serviceName: 'Karst trainer', stdio: 'inherit', env: { ...env } });
    inner.set(id, started);
    const { port1, port2 } = new MessageChannelMain();
    started.postMessage({ type: 'parent' }, [port1]);
    tell({ type: 'started', id }, [port2]);
    started.once('exit', (code) => {
      inner.delete(id);
      tell({ type: 'ended', id, code });
    });
  }

  function join(contents: WebContents): void {
    const { port1, port2 } = new MessageChannelMain();
    engine.postMessage({ type: 'connect' } satisfies ToEngine, [port1]);
    contents.postMessage(enginePortMessage, null, [port2]);
  }

  return {
    connect(contents) {
      pages.add(contents);
      contents.once('destroyed', () => pages.delete(contents));
      join(contents);
    },
    stop() {
      stopping = true;
      return new Promise((resolve) => {
        const limit = setTimeout(() => {
          engine.kill();
          resolve();
        }, SAVE_LIMIT_MS);
        engine.once('exit', () => {
          clearTimeout(limit);
          resolve();
        });
        engine.postMessage({ type: 'stop' } satisfies ToEngine);
      });
    },
  };
}
