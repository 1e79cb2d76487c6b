// The engine in the command line's own process, for as long as a command lasts. It is loaded when it is needed: it brings TensorFlow.js
// along, and help or a wrong option should not wait for that.
import { engineMethods, type Engine, type EngineClient } from '../protocol/engine-api.ts';
import { localClient } from '../protocol/rpc.ts';

export interface Session {
  readonly engine: Engine;
  readonly client: EngineClient;
}

export async function withEngine<Result>(home: string | undefined, use: (session: Session) => Promise<Result>): Promise<Result> {
  const [{ openEngine }, { openEngineHost }] = await Promise.all([
    import('../engine/engine.ts'),
    import('../node/engine-host.ts'),
  ]);
  const engine = openEngine(openEngineHost(home), { hostName: 'command line' });
  try {
    return await use({ engine, client: localClient(engineMethods, engine.api) });
  } finally {
    await engine.close();
  }
}
