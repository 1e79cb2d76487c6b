// The page's stores on the fake engine, joined by the real RPC over an in-memory line that can be cut.
import { Connection, type Dial } from '../../renderer/connection/connection.svelte.ts';
import { KarstError } from '../../src/base/errors.ts';
import { engineEventMerge, engineMethods, type EngineEvents } from '../../src/protocol/engine-api.ts';
import { memoryPorts } from '../../src/protocol/ports.ts';
import { connect, serve } from '../../src/protocol/rpc.ts';
import { FakeEngine, type FakeOptions } from './page/fake-engine.ts';

export interface Stage {
  readonly engine: FakeEngine;
  readonly connection: Connection;
  readonly dials: { count: number; isRefused: boolean };
  readonly cut: () => void;
}

export function stage(options: FakeOptions = {}): Stage {
  const engine = new FakeEngine(options);
  const dials = { count: 0, isRefused: false };
  let cut = (): void => undefined;
  const dial: Dial = async () => {
    dials.count++;
    if (dials.isRefused) throw new KarstError('disconnected', 'The server does not answer.');
    const [near, far] = memoryPorts();
    serve<typeof engineMethods, EngineEvents>(far, engineMethods, engine.api, {
      subscribe: (listener) => engine.subscribe(listener),
      merge: engineEventMerge,
    });
    cut = () => far.close();
    return connect<typeof engineMethods, EngineEvents>(near, engineMethods);
  };
  return { engine, connection: new Connection(dial), dials, cut: () => cut() };
}

/** Waits until `holds`, at most two seconds. */
export async function until(holds: () => boolean, what = 'the expected state'): Promise<void> {
  const end = Date.now() + 2000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited two seconds for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
