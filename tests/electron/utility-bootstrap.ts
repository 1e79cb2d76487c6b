// Runs in the stand-in's utility process before its entry: gives it the process.parentPort that Electron would.
import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';
import type { ChildMessage } from './stand-in-ports.ts';

const send = (message: ChildMessage): void => void (process.connected && process.send?.(message));

class ChildPort extends EventEmitter {
  readonly #id: number;
  #started = false;
  readonly #waiting: unknown[] = [];
  constructor(id: number) {
    super();
    this.#id = id;
  }
  postMessage(data: unknown): void {
    send({ kind: 'port', port: this.#id, data });
  }
  receive(data: unknown): void {
    if (this.#started) this.emit('message', { data, ports: [] });
    else this.#waiting.push(data);
  }
  start(): void {
    this.#started = true;
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }
  close(): void {
    send({ kind: 'close', port: this.#id });
    this.emit('close');
  }
}

const ports = new Map<number, ChildPort>();
const parentPort = Object.assign(new EventEmitter(), {
  postMessage: (data: unknown) => send({ kind: 'parent', data, ports: [] }),
});
const early: unknown[] = [];
let isReady = false;

process.on('message', (message: ChildMessage) => {
  if (message.kind === 'port') return ports.get(message.port)?.receive(message.data);
  if (message.kind === 'close') return void ports.get(message.port)?.emit('close');
  const arrived = message.ports.map((id) => {
    const port = new ChildPort(id);
    ports.set(id, port);
    return port;
  });
  const event = { data: message.data, ports: arrived };
  if (isReady) parentPort.emit('message', event);
  else early.push(event);
});
process.on('disconnect', () => process.exit(0));

Object.defineProperty(process, 'parentPort', { value: parentPort });
await import(pathToFileURL(process.argv[2] as string).href);
isReady = true;
for (const event of early) parentPort.emit('message', event);
