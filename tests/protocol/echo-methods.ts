// A small contract that exercises everything an engine's contract needs, served by either end of every transport.
import { z } from 'zod';
import { KarstError, throwIfCancelled } from '../../src/base/errors.ts';
import { method, type ApiOf } from '../../src/protocol/methods.ts';
import type { Port } from '../../src/protocol/port.ts';
import { serve, type Subscribe } from '../../src/protocol/rpc.ts';
import type { EventMerge } from '../../src/protocol/pacing.ts';

export const echoMethods = {
  echo: method<unknown>()(z.strictObject({ value: z.unknown() })),
  add: method<number>()(z.strictObject({ a: z.number(), b: z.number().default(1) })),
  fail: method<never>()(z.strictObject({ code: z.enum(['not-found', 'disk']), plain: z.boolean().default(false) })),
  /** Counts to `to`, one a tick, with progress, until cancelled. */
  count: method<number>()(z.strictObject({ to: z.int() })),
  /** How many `count` calls were cancelled so far. */
  cancelled: method<number>()(z.strictObject({})),
  /** Emits `ticked` that many times at once, then answers. */
  burst: method<number>()(z.strictObject({ events: z.int() })),
} as const;

export interface EchoEvents {
  readonly ticked: { readonly n: number };
  readonly collected: { readonly all: readonly number[] };
}
const merge: EventMerge<EchoEvents> = {
  ticked: { subject: () => '' },
  collected: { subject: () => '', join: (older, newer) => ({ all: [...older.all, ...newer.all] }) },
};

export function serveEcho(port: Port): void {
  const listeners = new Set<Parameters<Subscribe<EchoEvents>>[0]>();
  let cancelled = 0;
  const api: ApiOf<typeof echoMethods> = {
    echo: ({ value }) => Promise.resolve(value),
    add: ({ a, b }) => Promise.resolve(a + b),
    fail: ({ code, plain }) =>
      Promise.reject(plain ? new TypeError('a plain error') : new KarstError(code, 'it failed', { path: '/x', line: 3 })),
    count: async ({ to }, { signal, onProgress }) => {
      try {
        for (let i = 0; i < to; i++) {
          throwIfCancelled(signal);
          onProgress?.({ fraction: i / to, text: `at ${i}` });
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        return to;
      } catch (thrown) {
        cancelled++;
        throw thrown;
      }
    },
    cancelled: () => Promise.resolve(cancelled),
    burst: ({ events }) => {
      for (let n = 0; n < events; n++) {
        for (const listener of listeners) {
          listener('ticked', { n });
          listener('collected', { all: [n] });
        }
      }
      return Promise.resolve(events);
    },
  };
  serve<typeof echoMethods, EchoEvents>(port, echoMethods, api, {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    merge,
  });
}
