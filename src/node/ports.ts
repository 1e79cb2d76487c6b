// Ports over Node's own transports: a child process (from both sides) and a worker thread (from both sides). Processes use the 'advanced'
// serialization, so typed arrays of every kind arrive as they were sent.
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { parentPort, type MessagePort, type Worker } from 'node:worker_threads';
import { KarstError } from '../base/errors.ts';
import type { Port } from '../protocol/port.ts';
import { electronPort, Inbox, type ElectronPortLike } from '../protocol/ports.ts';

function overInbox(inbox: Inbox, send: (message: unknown) => void, close: () => void): Port {
  return {
    post: (message) => void (inbox.closed || send(message)),
    onMessage: (listener) => inbox.listen(listener),
    onClose: (listener) => inbox.listenForClose(listener),
    close: () => {
      if (inbox.closed) return;
      inbox.end();
      close();
    },
  };
}

/** The parent's side of a process forked with `serialization: 'advanced'`. Closing it disconnects; it does not end the child. */
export function childPort(child: ChildProcess): Port {
  const inbox = new Inbox();
  child.on('message', (message) => inbox.closed || inbox.receive(message));
  child.on('disconnect', () => inbox.end());
  child.on('exit', () => inbox.end());
  const send = (message: unknown): void => {
    // The callback takes the error of a child that is already gone; its exit is told by onClose.
    if (child.connected) child.send(message as object, () => {});
  };
  return overInbox(inbox, send, () => child.connected && child.disconnect());
}

interface UtilityParent {
  once(event: 'message', listener: (event: { ports: readonly ElectronPortLike[] }) => void): void;
}

/** A port that is still on its way: what is sent meanwhile waits for it. */
function latePort(arrives: (settle: (port: Port) => void) => void): Port {
  const inbox = new Inbox();
  const waiting: unknown[] = [];
  let settled: Port | undefined;
  arrives((port) => {
    settled = port;
    port.onMessage((message) => inbox.receive(message));
    port.onClose(() => inbox.end());
    for (const message of waiting.splice(0)) port.post(message);
  });
  return overInbox(
    inbox,
    (message) => (settled ? settled.post(message) : waiting.push(message)),
    () => settled?.close(),
  );
}

/** The child's side: of a fork, or of an Electron utility process whose first message brings the port. */
export function parentProcessPort(): Port {
  const { parentPort: utilityParent } = process as unknown as { parentPort?: UtilityParent };
  if (utilityParent) {
    return latePort((settle) => utilityParent.once('message', ({ ports: [port] }) => port && settle(electronPort(port))));
  }
  if (!process.send) throw new KarstError('internal', 'this process was not forked with a channel to its parent');
  const inbox = new Inbox();
  process.on('message', (message) => inbox.closed || inbox.receive(message));
  process.on('disconnect', () => inbox.end());
  const send = (message: unknown): void => {
    if (process.connected) process.send?.(message, undefined, {}, () => {});
  };
  return overInbox(inbox, send, () => process.connected && process.disconnect());
}

/** The owner's side of a worker thread. Closing it ends the worker. */
export function workerPort(worker: Worker): Port {
  const inbox = new Inbox();
  worker.on('message', (message) => inbox.closed || inbox.receive(message));
  worker.on('exit', () => inbox.end());
  return overInbox(
    inbox,
    (message) => worker.postMessage(message),
    () => void worker.terminate(),
  );
}

/** The worker's side, or either end of a worker_threads MessageChannel. */
export function threadPort(port: MessagePort | null = parentPort): Port {
  if (!port) throw new KarstError('internal', 'this is not a worker thread');
  const inbox = new Inbox();
  port.on('message', (message) => inbox.closed || inbox.receive(message));
  port.on('close', () => inbox.end());
  return overInbox(
    inbox,
    (message) => port.postMessage(message),
    () => port.close(),
  );
}
