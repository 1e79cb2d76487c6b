// MessageChannelMain and utilityProcess of the stand-in: ports may stay here, go to a real child process, or go into a page.
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';

type Sink = (data: unknown) => void;

export class MessagePortMain extends EventEmitter {
  peer: MessagePortMain | undefined;
  /** Set once the port was given away: where messages for it go. */
  sink: Sink | undefined;
  #started = false;
  readonly #waiting: unknown[] = [];

  postMessage(data: unknown): void {
    this.peer?.receive(structuredClone(data));
  }
  receive(data: unknown): void {
    if (this.sink) this.sink(data);
    else if (this.#started) this.emit('message', { data, ports: [] });
    else this.#waiting.push(data);
  }
  start(): void {
    this.#started = true;
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }
  giveTo(sink: Sink): void {
    this.sink = sink;
    for (const data of this.#waiting.splice(0)) sink(data);
  }
  close(): void {
    const peer = this.peer;
    this.peer = undefined;
    if (!peer) return;
    peer.peer = undefined;
    this.emit('close');
    peer.emit('close');
  }
}

export class MessageChannelMain {
  readonly port1 = new MessagePortMain();
  readonly port2 = new MessagePortMain();
  constructor() {
    this.port1.peer = this.port2;
    this.port2.peer = this.port1;
  }
}

/** What crosses the child's IPC channel. */
export type ChildMessage =
  | { kind: 'parent'; data: unknown; ports: number[] }
  | { kind: 'port'; port: number; data: unknown }
  | { kind: 'close'; port: number };

class UtilityProcess extends EventEmitter {
  readonly child: ChildProcess;
  readonly #ports = new Map<number, MessagePortMain>();
  #nextPort = 1;

  constructor(entry: string, env: Record<string, string>) {
    super();
    const bootstrap = fileURLToPath(new URL('./utility-bootstrap.js', import.meta.url));
    this.child = fork(bootstrap, [entry], { serialization: 'advanced', env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child.on('message', (message: ChildMessage) => {
      if (message.kind === 'parent') this.emit('message', message.data);
      else if (message.kind === 'port') this.#ports.get(message.port)?.peer?.receive(message.data);
      else this.#ports.get(message.port)?.close();
    });
    this.child.once('exit', (code) => {
      for (const port of this.#ports.values()) port.close();
      this.emit('exit', code ?? -1);
    });
  }
  get pid(): number | undefined {
    return this.child.pid;
  }
  postMessage(data: unknown, ports: MessagePortMain[] = []): void {
    const ids = ports.map((port) => {
      const id = this.#nextPort++;
      this.#ports.set(id, port);
      return id;
    });
    this.#send({ kind: 'parent', data, ports: ids });
    ports.forEach((port, i) => {
      const id = ids[i] as number;
      port.giveTo((message) => this.#send({ kind: 'port', port: id, data: message }));
      port.once('close', () => this.#send({ kind: 'close', port: id }));
    });
  }
  kill(): boolean {
    return this.child.kill();
  }
  #send(message: ChildMessage): void {
    if (this.child.connected) this.child.send(message);
  }
}

export const utilityProcesses: UtilityProcess[] = [];

export const utilityProcess = {
  fork(entry: string, _args: string[], options: { env: Record<string, string> }): UtilityProcess {
    const started = new UtilityProcess(entry, options.env);
    utilityProcesses.push(started);
    return started;
  },
};
