// Two ways to an engine: the message port that the desktop shell's preload hands over, and the web socket of the server that served the page.
import { KarstError } from '../../src/base/errors.ts';
import { engineMethods, type EngineEvents } from '../../src/protocol/engine-api.ts';
import { enginePortMessage, type PageHost } from '../../src/protocol/page-host.ts';
import { messagePortPort, webSocketPort } from '../../src/protocol/ports.ts';
import type { Port } from '../../src/protocol/port.ts';
import { connect } from '../../src/protocol/rpc.ts';
import type { Dial, Line } from './connection.svelte.ts';

declare global {
  interface Window {
    /** Lent by the desktop shell; absent in a browser. */
    readonly karstHost?: PageHost;
  }
}

/** A server that accepts the socket but never answers counts as gone. */
const ANSWER_WITHIN_MS = 15_000;

/** The way that fits where the page runs. Call it once, before the first message can arrive. */
export function dialFor(host: PageHost | undefined): Dial {
  return host ? dialShell() : dialServer;
}

async function answering(port: Port): Promise<Line> {
  const line = connect<typeof engineMethods, EngineEvents>(port, engineMethods);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new KarstError('disconnected', 'The engine took the connection but does not answer.')),
      ANSWER_WITHIN_MS,
    );
  });
  try {
    await Promise.race([line.client.about({}), silence]);
    return line;
  } catch (thrown) {
    line.close();
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}

function dialShell(): Dial {
  const waiting: MessagePort[] = [];
  let awaited: ((port: MessagePort) => void) | undefined;
  window.addEventListener('message', (event) => {
    const port = event.source === window && event.data === enginePortMessage ? event.ports[0] : undefined;
    if (!port) return;
    if (awaited) awaited(port);
    else waiting.splice(0, waiting.length, port); // only the newest engine counts
    awaited = undefined;
  });
  return async () => {
    const port = waiting.pop() ?? (await new Promise<MessagePort>((resolve) => (awaited = resolve)));
    return await answering(messagePortPort(port));
  };
}

async function dialServer(): Promise<Line> {
  const address = new URL('engine', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  const port = webSocketPort(socket);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new KarstError('disconnected', 'The server does not answer.')));
    });
    return await answering(port);
  } catch (thrown) {
    port.close();
    throw (await refusal()) ?? thrown;
  }
}

/** A browser hides why a socket was refused; the page's own address tells. */
async function refusal(): Promise<KarstError | undefined> {
  try {
    const { status } = await fetch(document.baseURI, { method: 'HEAD', cache: 'no-store' });
    if (status !== 401 && status !== 403) return undefined;
    return new KarstError('refused', 'The server no longer knows this page. Open the address that “karst serve” printed.');
  } catch {
    return undefined; // no server at all
  }
}
