// Ports over what every host has: an in-memory pair, message ports (the DOM's and Electron's) and web sockets, each described by the few
// members that are used, so that this file needs no host. Node's own transports are in src/node/ports.ts.
import { decodeMessage, encodeMessage } from '../base/bytes.ts';
import type { Message, Port } from './port.ts';

/** Holds messages until someone listens, and tells of the end once. */
export class Inbox {
  #waiting: Message[] = [];
  #onMessage: ((message: Message) => void) | undefined;
  #onClose: (() => void) | undefined;
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  receive(message: Message): void {
    if (this.#onMessage) this.#onMessage(message);
    else if (!this.#closed) this.#waiting.push(message);
  }

  listen(listener: (message: Message) => void): void {
    this.#onMessage = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) listener(message);
  }

  listenForClose(listener: () => void): void {
    this.#onClose = listener;
    if (this.#closed) listener();
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose?.();
  }
}

/** Two joined ports of one process. Messages are copied on the way, as between processes. */
export function memoryPorts(): [Port, Port] {
  const inboxes: [Inbox, Inbox] = [new Inbox(), new Inbox()];
  const side = (mine: Inbox, other: Inbox): Port => ({
    post: (message) => {
      if (mine.closed) return;
      const bytes = encodeMessage(message);
      queueMicrotask(() => !other.closed && other.receive(decodeMessage(bytes)));
    },
    onMessage: (listener) => mine.listen(listener),
    onClose: (listener) => mine.listenForClose(listener),
    close: () => {
      mine.end();
      queueMicrotask(() => other.end());
    },
  });
  return [side(...inboxes), side(inboxes[1], inboxes[0])];
}

/** A DOM MessagePort, or a worker seen from either end. */
export interface DomPortLike {
  postMessage(message: unknown): void;
  addEventListener(type: 'message' | 'close' | 'messageerror', listener: (event: { data?: unknown }) => void): void;
  start?(): void;
  close?(): void;
}

/** Tells the other side of the end by a last message, since not every browser has the `close` event. */
const GOODBYE = 'karst: goodbye';

export function messagePortPort(target: DomPortLike): Port {
  const inbox = new Inbox();
  const end = (): void => {
    if (inbox.closed) return;
    inbox.end(); // first, since closing may tell of the end at once
    target.close?.();
  };
  target.addEventListener('message', ({ data }) => (data === GOODBYE ? end() : inbox.closed || inbox.receive(data)));
  target.addEventListener('close', end);
  target.start?.();
  return {
    post: (message) => void (inbox.closed || target.postMessage(message)),
    onMessage: (listener) => inbox.listen(listener),
    onClose: (listener) => inbox.listenForClose(listener),
    close: () => {
      if (!inbox.closed) target.postMessage(GOODBYE);
      end();
    },
  };
}

/** Electron's MessagePortMain or a utility process's parentPort: an emitter whose messages come as { data }. */
export interface ElectronPortLike {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start?(): void;
  close?(): void;
}

export function electronPort(target: ElectronPortLike): Port {
  return messagePortPort({
    postMessage: (message) => target.postMessage(message),
    addEventListener: (type, listener) => {
      if (type === 'message') target.on('message', listener);
      else if (type === 'close') target.on('close', () => listener({}));
    },
    start: () => target.start?.(),
    close: () => target.close?.(),
  });
}

/** A browser's WebSocket, or that of the ws package. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
}
const CONNECTING = 0;
const OPEN = 1;

/** Works from the moment the socket is made: what is posted before it opens goes out when it does. */
export function webSocketPort(socket: WebSocketLike): Port {
  const inbox = new Inbox();
  const early: Uint8Array<ArrayBuffer>[] = [];
  socket.binaryType = 'arraybuffer';
  const end = (): void => {
    if (inbox.closed) return;
    inbox.end();
    socket.close();
  };
  socket.addEventListener('open', () => early.splice(0).forEach((bytes) => socket.send(bytes)));
  socket.addEventListener('message', ({ data }) => {
    if (inbox.closed) return;
    try {
      if (!(data instanceof ArrayBuffer)) return end(); // text has no place here
      inbox.receive(decodeMessage(new Uint8Array(data)));
    } catch {
      end(); // after a malformed frame nothing that follows can be trusted
    }
  });
  socket.addEventListener('close', end);
  socket.addEventListener('error', end);
  return {
    post: (message) => {
      if (inbox.closed) return;
      const bytes = encodeMessage(message);
      if (socket.readyState === CONNECTING) early.push(bytes);
      else if (socket.readyState === OPEN) socket.send(bytes);
    },
    onMessage: (listener) => inbox.listen(listener),
    onClose: (listener) => inbox.listenForClose(listener),
    close: end,
    backlog: () => socket.bufferedAmount,
  };
}
