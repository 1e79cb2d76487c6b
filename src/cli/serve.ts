// karst serve: the page and the engine on this machine's loopback, for a browser here or through an SSH tunnel.
import { readFile, writeFile, mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../node/package-facts.ts';
import { KarstError } from '../base/errors.ts';
import { makeToken, startServer, type RunningServer, type ServerOptions } from '../server/server.ts';
import { command } from './command.ts';
import { reportLine } from './report-line.ts';

const DEFAULT_PORT = 8710;
/** Where the default port is taken, the next ones are tried. */
const PORTS_TRIED = 20;

export const serve = command({
  name: 'serve',
  summary: 'serves the page to a browser on this machine or through an SSH tunnel',
  options: {
    port: {
      kind: 'whole',
      value: 'N',
      min: 0,
      max: 65535,
      help: `port on 127.0.0.1; ${DEFAULT_PORT} or the next free one otherwise, 0 for any`,
    },
    'new-token': { kind: 'flag', help: 'makes a new key: addresses printed before stop working' },
    'no-starter': { kind: 'flag', help: 'an empty library stays empty; otherwise a first run on shapes begins by itself' },
    'no-measuring': { kind: 'flag', help: 'devices are measured only when asked for; otherwise once, when nothing trains' },
  },
  examples: ['karst serve', 'karst serve --port 9000 --home ~/experiments'],
  async run({ options, terminal }) {
    const [{ openEngine }, { openEngineHost }, { followStarterRun }, { QUIET_MS }] = await Promise.all([
      import('../engine/engine.ts'),
      import('../node/engine-host.ts'),
      import('../engine/starter-run.ts'),
      import('../engine/idle-measuring.ts'),
    ]);
    const host = openEngineHost(options.home);
    const pageFolder = path.join(packageRoot(), 'dist/page');
    if (!existsSync(path.join(pageFolder, 'index.html'))) terminal.note('The page is not built yet: npm run build.');
    const token = await keptToken(host.home, options['new-token']);
    const measuring = options['no-measuring'] ? {} : { measureAfterMs: QUIET_MS };
    const engine = openEngine(host, { hostName: 'server', isConfined: true, ...measuring });
    let server: RunningServer;
    try {
      server = await listen({ engine, pageFolder, token }, options.port);
    } catch (thrown) {
      await engine.close();
      throw thrown;
    }
    const { address, port } = server;
    terminal.result({ address, port, home: host.home }, () => `Karst is at ${address}`);
    terminal.note(`Its library is ${host.home}. Ctrl-C saves what trains and ends it.`);
    if (!options['no-starter']) {
      void followStarterRun(engine, {
        signal: terminal.interrupt.signal,
        note: (text) => terminal.note(text),
        reported: (report, fraction) => terminal.progress({ fraction, text: reportLine(report) }),
      });
    }

    const { signal } = terminal.interrupt;
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    terminal.note('Saving what trains and ending.');
    await engine.close();
    await server.close();
    return 0;
  },
});

/** The key lives as long as the library, so that a page finds its way back after a restart. */
async function keptToken(home: string, isNew: boolean): Promise<string> {
  const file = path.join(home, 'server-token');
  const kept = isNew ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  if (kept && /^[\w-]{43}$/.test(kept.trim())) return kept.trim();
  const token = makeToken();
  await mkdir(home, { recursive: true });
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}

async function listen(options: Omit<ServerOptions, 'port'>, port: number | undefined): Promise<RunningServer> {
  for (let tried = port ?? DEFAULT_PORT; ; tried++) {
    try {
      return await startServer({ ...options, port: tried });
    } catch (thrown) {
      const isTaken = thrown instanceof KarstError && thrown.code === 'exists';
      if (!isTaken || port !== undefined || tried >= DEFAULT_PORT + PORTS_TRIED) throw thrown;
    }
  }
}
