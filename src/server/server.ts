// Serves the page and, over a web socket, the engine, on loopback. Several pages may be connected; each has a port of its own.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { KarstError } from '../base/errors.ts';
import { pageFile } from '../node/page-files.ts';
import { pageHeaders } from '../protocol/content-policy.ts';
import { engineEventMerge, engineMethods, type Engine, type EngineEvents } from '../protocol/engine-api.ts';
import { webSocketPort } from '../protocol/ports.ts';
import { serve } from '../protocol/rpc.ts';
import { cookieName, isToken, refuseRequest, refuseSocket, type Admission, type Refusal } from './admission.ts';

export interface ServerOptions {
  readonly engine: Engine;
  /** The built page. */
  readonly pageFolder: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly token?: string;
}

export interface RunningServer {
  readonly port: number;
  readonly token: string;
  /** What a person opens; it carries the token. */
  readonly address: string;
  close(): Promise<void>;
}

export const makeToken = (): string => randomBytes(32).toString('base64url');

/** Where the page finds the engine. */
const SOCKET_PATH = '/engine';
const OPEN_PATH = '/open/';
const MAX_MESSAGE_BYTES = 64 * 2 ** 20;
const MAX_PAGES = 64;
/** A page that does not answer a ping within this time is gone (a closed laptop). */
const PING_EVERY_MS = 20_000;

export async function startServer({ engine, pageFolder, port, token = makeToken() }: ServerOptions): Promise<RunningServer> {
  let admission: Admission = { token, cookie: '' };
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });

  const http = createServer((request, response) => {
    answer(request, response, admission, pageFolder).catch(() => {
      if (!response.headersSent) send(response, request, 500, 'Karst could not read this file.');
      else response.destroy();
    });
  });
  http.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    const full: Refusal | undefined =
      sockets.clients.size >= MAX_PAGES ? { status: 403, reason: `More than ${MAX_PAGES} pages are connected.` } : undefined;
    const refusal = refuseSocket(request, admission) ?? full;
    if (refusal) return refuseUpgrade(stream, refusal);
    if (pathOf(request) !== SOCKET_PATH) return refuseUpgrade(stream, { status: 403, reason: 'There is no socket here.' });
    sockets.handleUpgrade(request, stream, head, (socket) => connectPage(socket, engine));
  });

  http.listen(port, '127.0.0.1');
  try {
    await once(http, 'listening');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new KarstError('exists', `port ${port} is in use on 127.0.0.1; choose another with --port`, { port });
    if (code === 'EACCES')
      throw new KarstError('refused', `port ${port} may not be opened; choose one above 1023 with --port`, { port });
    throw thrown;
  }
  const bound = (http.address() as AddressInfo).port;
  admission = { token, cookie: cookieName(bound) };

  return {
    port: bound,
    token,
    address: `http://127.0.0.1:${bound}${OPEN_PATH}${token}`,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function connectPage(socket: WebSocket, engine: Engine): void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const pinging = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, PING_EVERY_MS);
  pinging.unref();
  socket.on('close', () => clearInterval(pinging));
  serve<typeof engineMethods, EngineEvents>(webSocketPort(socket), engineMethods, engine.api, {
    subscribe: (listener) => engine.subscribe(listener),
    merge: engineEventMerge,
  });
}

/** The undecoded path without the query, or undefined where the target is not a path. */
function pathOf(request: IncomingMessage): string | undefined {
  const target = request.url ?? '';
  return target.startsWith('/') ? target.split(/[?#]/, 1)[0] : undefined;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  admission: Admission,
  pageFolder: string,
): Promise<void> {
  const path = pathOf(request);
  if (path === undefined) return send(response, request, 400, 'A path is expected.');
  const opens = path.startsWith(OPEN_PATH) && isToken(admission.token, path.slice(OPEN_PATH.length));
  const refusal = refuseRequest(request, admission, !opens);
  if (refusal) return send(response, request, refusal.status, refusal.reason);
  if (opens) {
    response.setHeader(
      'Set-Cookie',
      `${admission.cookie}=${admission.token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=34560000`,
    );
    // A page of our own that moves on by itself, not a redirect: a strict cookie is not sent along a redirect that another site began.
    return send(
      response,
      request,
      200,
      '<!doctype html><title>Karst</title><meta http-equiv="refresh" content="0;url=/">',
      'text/html',
    );
  }
  const file = await pageFile(pageFolder, path);
  if (!file)
    return send(response, request, 404, path === '/' ? 'The page is not built: npm run build.' : 'There is no such file.');
  response.writeHead(200, { ...pageHeaders, ...file.headers, 'Content-Length': file.bytes.length });
  response.end(request.method === 'HEAD' ? undefined : file.bytes);
}

function send(response: ServerResponse, request: IncomingMessage, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, {
    ...pageHeaders,
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': 'no-store',
    ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function refuseUpgrade(stream: Duplex, { status, reason }: Refusal): void {
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(reason)}\r\n\r\n${reason}`,
  );
}
