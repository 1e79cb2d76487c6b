// The server as an attacker meets it: a foreign site in the person's browser, another user of the machine, a hostile path.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { contentSecurityPolicy } from '../../src/protocol/content-policy.ts';
import { engineMethods, type Engine, type EngineEvents, type EngineListener } from '../../src/protocol/engine-api.ts';
import { webSocketPort } from '../../src/protocol/ports.ts';
import { connect } from '../../src/protocol/rpc.ts';
import { startServer, type RunningServer } from '../../src/server/server.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'karst-server-'));
const page = path.join(folder, 'page');
const listeners = new Set<EngineListener>();
let server: RunningServer;

/** Enough of an engine to tell that it was reached. */
const engine = {
  api: { about: async () => ({ version: '9.9.9', home: '/nowhere', host: 'test', firstStart: false }) },
  subscribe: (listener: EngineListener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  close: async () => {},
} as unknown as Engine;

beforeAll(async () => {
  mkdirSync(path.join(page, 'assets'), { recursive: true });
  writeFileSync(path.join(page, 'index.html'), '<!doctype html><title>Karst</title>');
  writeFileSync(path.join(page, 'assets/main-abc123.js'), 'export {};');
  writeFileSync(path.join(page, '.secret.json'), '{}');
  writeFileSync(path.join(page, 'notes.unknown'), 'x');
  writeFileSync(path.join(folder, 'outside.txt'), 'outside');
  writeFileSync(path.join(folder, 'outside.js'), 'outside');
  symlinkSync(path.join(folder, 'outside.js'), path.join(page, 'link.js'));
  symlinkSync(folder, path.join(page, 'up'));
  server = await startServer({ engine, pageFolder: page, port: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

function ask(target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: server.port, path: target, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on('error', reject);
    request.end();
  });
}
const cookie = (): { Cookie: string } => ({ Cookie: `other=1; karst-${server.port}=${server.token}` });
const origin = (): string => `http://127.0.0.1:${server.port}`;

/** Resolves to the status that refused the socket, or 101. */
function dial(target: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${target}`, { headers });
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
  });
}

describe('the token', () => {
  it('becomes a cookie that scripts cannot read and other sites cannot send', async () => {
    const answer = await ask(new URL(server.address).pathname);
    expect(answer.status).toBe(200);
    const [set] = answer.headers['set-cookie'] ?? [];
    expect(set).toMatch(new RegExp(`^karst-${server.port}=${server.token}; `));
    expect(set).toMatch(/HttpOnly/);
    expect(set).toMatch(/SameSite=Strict/);
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(server.token).toMatch(/^[\w-]{43}$/); // 256 bits
  });

  it.each(['/', '/index.html', '/assets/main-abc123.js', '/missing', '/open/wrong', `/open/${'A'.repeat(43)}`, '/open/'])(
    'is needed for %s',
    async (target) => {
      expect((await ask(target)).status).toBe(401);
      expect((await ask(target, { Cookie: `karst-${server.port}=${'A'.repeat(43)}` })).status).toBe(401);
      expect((await ask(target, { Cookie: `karst-${server.port}=` })).status).toBe(401);
      expect(
        (await ask(target, { Cookie: `karst-${server.port}=${'é'.repeat(43)}`.normalize('NFKD').replace(/[^ -~]/g, '?') }))
          .status,
      ).toBe(401);
    },
  );

  it('opens the page, with the content policy and caching only of hashed files', async () => {
    const index = await ask('/', cookie());
    expect(index.status).toBe(200);
    expect(index.body).toContain('<title>Karst');
    expect(index.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(index.headers['content-security-policy']).toBe(contentSecurityPolicy);
    expect(index.headers['x-content-type-options']).toBe('nosniff');
    expect(index.headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(index.headers['cross-origin-embedder-policy']).toBe('require-corp');
    expect(index.headers['cache-control']).toBe('no-store');
    const script = await ask('/assets/main-abc123.js?v=1', cookie());
    expect(script.headers['content-type']).toMatch(/^text\/javascript/);
    expect(script.headers['cache-control']).toMatch(/immutable/);
    const head = await ask('/', cookie(), 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
  });
});

describe('foreign requests', () => {
  it.each([
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '0.0.0.0',
    '169.254.1.1',
    '[::2]',
  ])('for the host %j are refused, token or not: a rebound name is not ours', async (host) => {
    const answer = await ask('/', { ...cookie(), Host: host });
    expect([400, 403]).toContain(answer.status);
    expect((await ask(new URL(server.address).pathname, { Host: host })).status).not.toBe(200);
  });
  it.each(['localhost', 'LOCALHOST:9000', '127.0.0.1:9000', '[::1]:9000'])(
    'for %s are answered: a tunnel may end at any port',
    async (host) => {
      expect((await ask('/', { ...cookie(), Host: host })).status).toBe(200);
    },
  );
  it('with a foreign origin or another method are refused', async () => {
    for (const foreign of [
      'http://evil.example',
      'null',
      'http://127.0.0.1:1',
      'https://localhost',
      `${origin()}.evil.example`,
    ]) {
      expect((await ask('/', { ...cookie(), Origin: foreign })).status, foreign).toBe(403);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await ask('/', cookie(), method)).status).toBe(405);
  });
});

describe('paths', () => {
  it.each([
    '/../outside.txt',
    '/../outside.js',
    '/..%2foutside.js',
    '/%2e%2e/outside.js',
    '/assets/../../outside.js',
    '/assets%2f..%2f..%2foutside.js',
    '/..\\outside.js',
    '/..%5coutside.js',
    '/link.js',
    '/up/outside.js',
    '/.secret.json',
    '/assets/',
    '/assets',
    '/notes.unknown',
    '/index.html%00.js',
    '/%E0%A4%A',
    '//etc/passwd',
    `/${'a'.repeat(5000)}.js`,
  ])('%s leads nowhere', async (target) => {
    const answer = await ask(target, cookie());
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('outside');
  });

  it('that are whole addresses are refused, as are lines that are no HTTP', async () => {
    expect((await ask('http://evil.example/', cookie())).status).toBe(400);
    const raw = await new Promise<string>((resolve) => {
      const socket = net.connect(server.port, '127.0.0.1', () => socket.write('GARBAGE\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(raw).toMatch(/^HTTP\/1.1 400/);
  });
});

describe('the socket', () => {
  it('needs the cookie, our own origin, a loopback host and its own path', async () => {
    expect(await dial('/engine', { ...cookie(), Origin: origin() })).toBe(101);
    expect(await dial('/engine', { Origin: origin() })).toBe(401);
    expect(await dial('/engine', { Origin: origin(), Cookie: `karst-${server.port}=wrong` })).toBe(401);
    expect(await dial('/engine', cookie())).toBe(403);
    expect(await dial('/engine', { ...cookie(), Origin: 'http://evil.example' })).toBe(403);
    expect(await dial('/engine', { ...cookie(), Origin: 'null' })).toBe(403);
    expect(await dial('/engine', { ...cookie(), Host: 'evil.example', Origin: 'http://evil.example' })).toBe(403);
    expect(await dial('/elsewhere', { ...cookie(), Origin: origin() })).toBe(403);
  });

  it('carries calls and events to several pages, and lets go of them', async () => {
    const open = () => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/engine`, { headers: { ...cookie(), Origin: origin() } });
      return connect<typeof engineMethods, EngineEvents>(webSocketPort(socket), engineMethods);
    };
    const [one, two] = [open(), open()];
    const heard: string[] = [];
    one.onEvent((name, event) => name === 'noticed' && heard.push(`one ${(event as EngineEvents['noticed']).text}`));
    two.onEvent((name, event) => name === 'noticed' && heard.push(`two ${(event as EngineEvents['noticed']).text}`));
    expect((await one.client.about({})).version).toBe('9.9.9');
    expect((await two.client.about({})).version).toBe('9.9.9');
    await expect(one.client.about({ extra: 1 } as unknown as Record<string, never>)).rejects.toMatchObject({ code: 'usage' });
    for (const listener of listeners) listener('noticed', { level: 'info', text: 'hello' });
    await expect.poll(() => heard.sort()).toEqual(['one hello', 'two hello']);
    const before = listeners.size;
    one.close();
    await expect.poll(() => listeners.size).toBe(before - 1);
    expect((await two.client.about({})).version).toBe('9.9.9');
    two.close();
  });
});

describe('starting', () => {
  it('says that a port is taken', async () => {
    await expect(startServer({ engine, pageFolder: page, port: server.port })).rejects.toMatchObject({
      code: 'exists',
      message: expect.stringContaining(String(server.port)) as string,
    });
  });
  it('listens on loopback only', async () => {
    const addresses = Object.values(os.networkInterfaces())
      .flat()
      .filter((one) => one && one.family === 'IPv4' && !one.internal);
    for (const address of addresses) {
      const refused = await new Promise<boolean>((resolve) => {
        const socket = net.connect({ port: server.port, host: address?.address ?? '', timeout: 1000 });
        socket.on('connect', () => resolve(false));
        socket.on('error', () => resolve(true));
        socket.on('timeout', () => resolve(true));
      });
      expect(refused, address?.address).toBe(true);
    }
  });
});
