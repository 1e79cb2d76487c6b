// The engine in the command line's own process, for as long as a command lasts.
import { engineMethods, type Engine, type EngineClient } from '../protocol/engine-api.ts';
import { localClient } from '../protocol/rpc.ts';
import { openEngine } from '../engine/engine.ts';
import { openEngineHost } from '../node/engine-host.ts';

export interface Session {
  readonly engine: Engine;
  readonly client: EngineClient;
}

export async function withEngine<Result>(home: string | undefined, use: (session: Session) => Promise<Result>): Promise<Result> {
  const engine = openEngine(openEngineHost(home), { hostName: 'command line' });
  try {
    return await use({ engine, client: localClient(engineMethods, engine.api) });
  } finally {
    await engine.close();
  }
}
