// One suite over every transport: whatever carries the messages, a caller sees the same.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker, MessageChannel } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { KarstError } from '../../src/base/errors.ts';
import { childPort, threadPort, workerPort } from '../../src/node/ports.ts';
import { electronPort, memoryPorts, messagePortPort, webSocketPort, type WebSocketLike } from '../../src/protocol/ports.ts';
import type { Port } from '../../src/protocol/port.ts';
import { connect, type Connection } from '../../src/protocol/rpc.ts';
import { echoMethods, serveEcho, type EchoEvents } from './echo-methods.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'karst-ports-'));
const served = { child: path.join(folder, 'child.mjs'), worker: path.join(folder, 'worker.mjs') };
let socketServer: WebSocketServer;
const ended: (() => void)[] = [];

beforeAll(async () => {
  const entry = (maker: string): string =>
    `import { ${maker} } from './src/node/ports.ts'; import { serveEcho } from './tests/protocol/echo-methods.ts'; serveEcho(${maker}());`;
  for (const [file, maker] of [
    [served.child, 'parentProcessPort'],
    [served.worker, 'threadPort'],
  ] as const) {
    await build({
      stdin: { contents: entry(maker), resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: file,
      logLevel: 'error',
    });
  }
  socketServer = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(socketServer, 'listening');
  socketServer.on('connection', (socket) => serveEcho(webSocketPort(socket)));
});
afterAll(() => {
  socketServer.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => ended.splice(0).forEach((end) => end()));

function spawnChild(): { child: ChildProcess; port: Port } {
  const child = fork(served.child, [], { serialization: 'advanced' });
  ended.push(() => child.kill());
  return { child, port: childPort(child) };
}

const transports: Readonly<Record<string, () => Port>> = {
  'an in-memory pair': () => {
    const [near, far] = memoryPorts();
    serveEcho(far);
    return near;
  },
  "a DOM's message channel": () => {
    const { port1, port2 } = new globalThis.MessageChannel();
    serveEcho(messagePortPort(port2));
    return messagePortPort(port1);
  },
  "Electron's message channel": () => {
    const { port1, port2 } = new MessageChannel();
    // MessagePortMain hands over events; Node's ports hand over the message itself.
    const main = (port: typeof port1) => ({
      postMessage: (message: unknown) => port.postMessage(message),
      on: (event: 'message' | 'close', listener: (event: { data: unknown }) => void) =>
        event === 'message'
          ? port.on('message', (data) => listener({ data }))
          : port.on('close', () => listener({ data: undefined })),
      close: () => port.close(),
    });
    serveEcho(electronPort(main(port2)));
    return electronPort(main(port1));
  },
  'a thread channel': () => {
    const { port1, port2 } = new MessageChannel();
    serveEcho(threadPort(port2));
    return threadPort(port1);
  },
  'a web socket': () => {
    const { port } = socketServer.address() as { port: number };
    return webSocketPort(new WebSocket(`ws://127.0.0.1:${port}`));
  },
  'a child process': () => spawnChild().port,
  'a worker thread': () => workerPort(new Worker(served.worker)),
};

describe.each(Object.entries(transports))('over %s', (_name, open) => {
  let connection: Connection<typeof echoMethods, EchoEvents>;
  const start = (): typeof connection => {
    connection = connect<typeof echoMethods, EchoEvents>(open(), echoMethods);
    ended.push(() => connection.close());
    return connection;
  };

  it('answers calls, fills in defaults and keeps plain values as they are', async () => {
    const { client } = start();
    expect(await client.add({ a: 2 })).toBe(3);
    const value = {
      text: 'Grüße, 你好, 🏔',
      list: [1, 2.5, -0, NaN, Infinity, -Infinity, null, true, ''],
      nested: { deep: [{ $section: 0 }, { $number: 'NaN' }, { $$x: 1 }] },
    };
    expect(await client.echo({ value })).toStrictEqual(value);
  });

  it('carries typed arrays of every kind, empty ones and views into larger buffers', async () => {
    const { client } = start();
    const arrays = [
      new Int8Array([-128, 127]),
      new Uint8Array([0, 255, 7]),
      new Uint8ClampedArray([1, 2, 3, 4, 5]),
      new Int16Array([-32768, 32767, 1]),
      new Uint16Array([65535]),
      new Int32Array([-(2 ** 31), 2 ** 31 - 1]),
      new Uint32Array([2 ** 32 - 1]),
      new Float32Array([Math.fround(0.1), NaN, -Infinity, -0]),
      new Float64Array([0.1, Number.MIN_VALUE]),
      new BigInt64Array([-(2n ** 63n)]),
      new BigUint64Array([2n ** 64n - 1n]),
      new Float32Array(0),
      new Float32Array([9, 1, 2, 3, 9]).subarray(1, 4),
    ];
    const back = (await client.echo({ value: { arrays } })) as { arrays: typeof arrays };
    expect(back.arrays).toStrictEqual(arrays);
  });

  it('carries eight megabytes', async () => {
    const { client } = start();
    const value = Float32Array.from({ length: 2 * 2 ** 20 }, (_, i) => Math.sin(i));
    const back = (await client.echo({ value })) as Float32Array;
    expect(back.length).toBe(value.length);
    expect(Buffer.compare(Buffer.from(back.buffer, back.byteOffset, back.byteLength), Buffer.from(value.buffer))).toBe(0);
  });

  it('rebuilds errors with their code and facts', async () => {
    const { client } = start();
    const failed = await client.fail({ code: 'disk' }).catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(KarstError);
    expect(failed).toMatchObject({ code: 'disk', message: 'it failed', facts: { path: '/x', line: 3 } });
    await expect(client.fail({ code: 'disk', plain: true })).rejects.toMatchObject({
      code: 'internal',
      message: 'a plain error',
    });
  });

  it('checks arguments at the door and names the field', async () => {
    const { client } = start();
    await expect(client.add({ a: 'two' as unknown as number })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('add: a: ') as string,
    });
    await expect(client.add({ a: 1, c: 2 } as { a: number })).rejects.toMatchObject({ code: 'usage' });
  });

  it('answers in order, and each call its own', async () => {
    const { client } = start();
    const order: number[] = [];
    const sums = Array.from({ length: 100 }, (_, a) => client.add({ a, b: 0 }).then((sum) => order.push(sum)));
    await Promise.all(sums);
    expect(order).toEqual(Array.from({ length: 100 }, (_, a) => a));
  });

  it('tells progress and can be cancelled, on both sides', async () => {
    const { client } = start();
    const told: string[] = [];
    const cancel = new AbortController();
    const counting = client.count({ to: 10_000 }, { signal: cancel.signal, onProgress: ({ text }) => told.push(text) });
    while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    cancel.abort();
    await expect(counting).rejects.toMatchObject({ code: 'cancelled' });
    while ((await client.cancelled({})) !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(client.count({ to: 1 }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('sends at most one event of a kind a frame, the latest, and loses nothing of what is joined', async () => {
    const connection = start();
    const ticks: number[] = [];
    const collected: number[] = [];
    connection.onEvent((name, event) => {
      if (name === 'ticked') ticks.push((event as EchoEvents['ticked']).n);
      if (name === 'collected') collected.push(...(event as EchoEvents['collected']).all);
    });
    await connection.client.burst({ events: 1000 });
    while (ticks.at(-1) !== 999 || collected.length < 1000) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ticks).toEqual([0, 999]);
    expect(collected).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  });

  it('rejects what is pending when it is closed, and every later call', async () => {
    const connection = start();
    let closes = 0;
    connection.onClose(() => closes++);
    const counting = connection.client.count({ to: 10_000 });
    connection.close();
    connection.close();
    await expect(counting).rejects.toMatchObject({ code: 'disconnected' });
    await expect(connection.client.add({ a: 1 })).rejects.toMatchObject({ code: 'disconnected' });
    expect(closes).toBe(1);
  });
});

describe('what only some transports do', () => {
  it('a child that is killed rejects what is pending', async () => {
    const { child, port } = spawnChild();
    const { client } = connect(port, echoMethods);
    expect(await client.add({ a: 1 })).toBe(2);
    const counting = client.count({ to: 10_000 });
    child.kill('SIGKILL');
    await expect(counting).rejects.toMatchObject({ code: 'disconnected' });
  });

  it('closing one end of a pair closes the other and cancels what runs there', async () => {
    const [near, far] = memoryPorts();
    serveEcho(far);
    let farClosed = false;
    const connection = connect(near, echoMethods);
    const counting = connection.client.count({ to: 10_000 }).catch((thrown: unknown) => thrown);
    const [again, other] = memoryPorts();
    again.onClose(() => (farClosed = true));
    other.close();
    connection.close();
    expect(await counting).toMatchObject({ code: 'disconnected' });
    expect(farClosed).toBe(true);
  });

  it.each([
    ['text', 'hello'],
    ['a short frame', new Uint8Array([1, 2, 3])],
    ['a foreign frame', new Uint8Array(64)],
    ['an envelope of nobody', Buffer.from('4b535431', 'hex')],
  ])('a socket that sends %s is closed, and the server lives', async (_what, sent) => {
    const { port } = socketServer.address() as { port: number };
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(socket, 'open');
    socket.send(sent);
    await once(socket, 'close');
    const connection = connect(webSocketPort(new WebSocket(`ws://127.0.0.1:${port}`) as unknown as WebSocketLike), echoMethods);
    expect(await connection.client.add({ a: 1 })).toBe(2);
    connection.close();
  });

  it('unknown methods are refused, inherited names too', async () => {
    const [near, far] = memoryPorts();
    serveEcho(far);
    const { client } = connect(near, { ...echoMethods, toString: echoMethods.add, remove: echoMethods.add });
    await expect(client.remove({ a: 1 })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('known: echo') as string,
    });
    await expect(client.toString({ a: 1 })).rejects.toMatchObject({ code: 'refused' });
  });
});
