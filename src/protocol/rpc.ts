// Calls and events over a Port, derived from a table of methods. `serve` answers on one side, `connect` calls from the other. Every
// argument is checked against its schema once, where it is served. Errors cross as records and are rebuilt as KarstError; a call can be
// cancelled by a signal and tells its progress; a closed port rejects whatever is pending with `disconnected`.
import { z } from 'zod';
import { fromErrorRecord, KarstError, toErrorRecord, type ErrorRecord } from '../base/errors.ts';
import type { ApiOf, CallOptions, ClientOf, Methods } from './methods.ts';
import type { Port } from './port.ts';
import { FRAME_MS, pacedEvents, type EventMerge } from './pacing.ts';
import type { ProgressRecord } from './records.ts';

const fromCaller = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id: z.int(), method: z.string().max(100), args: z.unknown() }),
  z.strictObject({ type: z.literal('cancel'), id: z.int() }),
]);
type ToCaller =
  | { type: 'result'; id: number; value: unknown }
  | { type: 'error'; id: number; error: ErrorRecord }
  | { type: 'progress'; id: number; progress: ProgressRecord }
  | { type: 'event'; name: string; event: unknown };

/** More pending calls than any page makes; bounds what a broken one can pile up. */
const MAX_PENDING = 512;

export type Subscribe<Events> = (
  listener: <Name extends keyof Events & string>(name: Name, event: Events[Name]) => void,
) => () => void;

/** Answers calls on `port` until it closes. `merge` says which events may replace one another within a frame. */
export function serve<Table extends Methods, Events extends object = Record<never, never>>(
  port: Port,
  methods: Table,
  api: ApiOf<Table>,
  events?: { readonly subscribe: Subscribe<Events>; readonly merge: EventMerge<Events> },
): void {
  const pending = new Map<number, AbortController>();
  const post = (message: ToCaller): void => port.post(message);

  const call = async (id: number, name: string, given: unknown): Promise<void> => {
    const cancel = new AbortController();
    try {
      if (pending.has(id)) throw new KarstError('refused', `call ${id} is already pending`);
      if (pending.size >= MAX_PENDING) throw new KarstError('too-large', `more than ${MAX_PENDING} calls are pending`);
      pending.set(id, cancel);
      const args = checkedArguments(methods, name, given);
      let last = -Infinity;
      const onProgress = (progress: ProgressRecord): void => {
        const now = performance.now();
        if (now - last < FRAME_MS || cancel.signal.aborted) return;
        last = now;
        post({ type: 'progress', id, progress });
      };
      const answer = api[name] as (args: unknown, options: CallOptions) => Promise<unknown>;
      const value = await answer(args, { signal: cancel.signal, onProgress });
      post({ type: 'result', id, value });
    } catch (thrown) {
      post({ type: 'error', id, error: toErrorRecord(thrown) });
    } finally {
      if (pending.get(id) === cancel) pending.delete(id);
    }
  };

  const paced = events && pacedEvents<Events>(port, (name, event) => post({ type: 'event', name, event }), events.merge);
  const unsubscribe = paced && events.subscribe(paced.emit);
  port.onClose(() => {
    unsubscribe?.();
    paced?.stop();
    for (const cancel of pending.values()) cancel.abort(new KarstError('cancelled', 'the caller is gone'));
  });
  port.onMessage((message) => {
    const parsed = fromCaller.safeParse(message);
    if (!parsed.success) return port.close(); // not one of ours: there is no call to answer
    if (parsed.data.type === 'cancel') pending.get(parsed.data.id)?.abort(new KarstError('cancelled', 'cancelled'));
    else void call(parsed.data.id, parsed.data.method, parsed.data.args);
  });
}

/** The check at the door: what `name` takes, with defaults filled in, or a `usage` error that names the field. */
function checkedArguments(methods: Methods, name: string, given: unknown): unknown {
  const declared = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!declared) throw new KarstError('refused', `unknown method "${name}"; known: ${Object.keys(methods).join(', ')}`);
  const parsed = declared.args.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => {
    const where = issue.path.length ? `${issue.path.join('.')}: ` : '';
    return where + issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  });
  throw new KarstError('usage', `${name}: ${wrong.join('; ')}`);
}

export interface Connection<Table extends Methods, Events extends object> {
  readonly client: ClientOf<Table>;
  /** Returns what takes the listener away. */
  readonly onEvent: (listener: <Name extends keyof Events & string>(name: Name, event: Events[Name]) => void) => () => void;
  /** Called once when the port is closed, from either side. */
  readonly onClose: (listener: () => void) => void;
  readonly close: () => void;
}

export function connect<Table extends Methods, Events extends object = Record<never, never>>(
  port: Port,
  methods: Table,
): Connection<Table, Events> {
  interface Pending {
    resolve: (value: unknown) => void;
    reject: (error: Error) => void;
    onProgress: ((progress: ProgressRecord) => void) | undefined;
    release: () => void;
  }
  const pending = new Map<number, Pending>();
  const listeners = new Set<(name: never, event: never) => void>();
  const closeListeners: (() => void)[] = [];
  let closed = false;
  let nextId = 1;

  const settle = (id: number): Pending | undefined => {
    const call = pending.get(id);
    pending.delete(id);
    call?.release();
    return call;
  };

  port.onMessage((message) => {
    const given = message as ToCaller;
    switch (given.type) {
      case 'result':
        return settle(given.id)?.resolve(given.value);
      case 'error':
        return settle(given.id)?.reject(fromErrorRecord(given.error));
      case 'progress':
        return pending.get(given.id)?.onProgress?.(given.progress);
      case 'event':
        for (const listener of listeners) listener(given.name as never, given.event as never);
    }
  });
  port.onClose(() => {
    closed = true;
    for (const id of [...pending.keys()])
      settle(id)?.reject(new KarstError('disconnected', 'the connection to the engine is closed'));
    for (const listener of closeListeners) listener();
  });

  const call = (name: string, args: unknown, options: CallOptions = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { signal, onProgress } = options;
      if (closed) return reject(new KarstError('disconnected', 'the connection to the engine is closed'));
      const taken = (): Error =>
        signal?.reason instanceof KarstError ? signal.reason : new KarstError('cancelled', `${name} was cancelled`);
      if (signal?.aborted) return reject(taken());
      const id = nextId++;
      const onAbort = (): void => {
        port.post({ type: 'cancel', id });
        settle(id)?.reject(taken()); // the caller need not wait for the other side to notice
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      pending.set(id, { resolve, reject, onProgress, release: () => signal?.removeEventListener('abort', onAbort) });
      try {
        port.post({ type: 'call', id, method: name, args });
      } catch (thrown) {
        settle(id)?.reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    });

  const client: Record<string, unknown> = {};
  for (const name of Object.keys(methods)) client[name] = (args: unknown, options?: CallOptions) => call(name, args, options);
  return {
    client: client as ClientOf<Table>,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onClose(listener) {
      if (closed) listener();
      else closeListeners.push(listener);
    },
    close: () => port.close(),
  };
}

/** The same client without a port, for a caller in the engine's own process: arguments are checked just the same. */
export function localClient<Table extends Methods>(methods: Table, api: ApiOf<Table>): ClientOf<Table> {
  const client: Record<string, unknown> = {};
  for (const name of Object.keys(methods)) {
    client[name] = async (given: unknown, options: CallOptions = {}): Promise<unknown> => {
      const answer = api[name] as (args: unknown, options: CallOptions) => Promise<unknown>;
      return await answer(checkedArguments(methods, name, given), options);
    };
  }
  return client as ClientOf<Table>;
}
