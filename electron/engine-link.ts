// The engine's life: one utility process, joined to each page by a MessagePort of its own. Where it dies it is started again (at most
// three times a minute) and the page gets a new port, over which it fetches everything anew. Quitting asks it to checkpoint and waits.
import { MessageChannelMain, utilityProcess, type UtilityProcess, type WebContents } from 'electron';
import { enginePortMessage } from '../src/protocol/page-host.ts';

/** How long a quitting app waits for running trainings to save. */
const SAVE_LIMIT_MS = 30_000;
const RESTARTS_A_MINUTE = 3;

export interface EngineLink {
  /** Gives `contents` a port to the engine, now and after every restart. */
  connect(contents: WebContents): void;
  /** Checkpoints whatever trains and ends the engine. */
  stop(): Promise<void>;
}

export function startEngine(options: {
  entry: string;
  env: Record<string, string>;
  onGivenUp: (reason: string) => void;
}): EngineLink {
  const pages = new Set<WebContents>();
  const starts: number[] = [];
  let stopping = false;
  let engine = fork();

  function fork(): UtilityProcess {
    starts.push(Date.now());
    const child = utilityProcess.fork(options.entry, [], { serviceName: 'Karst engine', stdio: 'inherit', env: options.env });
    child.once('exit', (code) => {
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

  function join(contents: WebContents): void {
    const { port1, port2 } = new MessageChannelMain();
    engine.postMessage({ type: 'connect' }, [port1]);
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
        engine.postMessage({ type: 'stop' });
      });
    },
  };
}
