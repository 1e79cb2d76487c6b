// The page's line to the engine. It is dialled again by itself when it breaks, a little later each time; whoever shows something asks for it
// afresh on `onConnected`, so a restarted server loses nothing.
import { KarstError } from '../../src/base/errors.ts';
import { engineMethods, type EngineClient, type EngineEvents, type EngineListener } from '../../src/protocol/engine-api.ts';
import type { CallOptions } from '../../src/protocol/methods.ts';

/** A working way to an engine, until it closes. */
export interface Line {
  readonly client: EngineClient;
  /** Returns what takes the listener away. */
  onEvent(listener: EngineListener): () => void;
  onClose(listener: () => void): void;
  close(): void;
}
/** Opens a line, or says with a KarstError why it cannot. */
export type Dial = () => Promise<Line>;

/** Waits between attempts, milliseconds; the last one repeats. */
const WAITS_MS = [300, 600, 1200, 2500, 5000];

export type ConnectionState = 'connecting' | 'connected' | 'lost';

export class Connection {
  state = $state<ConnectionState>('connecting');
  /** Why the last attempt failed. */
  reason = $state.raw<KarstError | undefined>();
  /** Attempts since the line was lost. */
  attempts = $state(0);
  /** Calls any method of the engine, whichever line carries it now. */
  readonly client: EngineClient;

  readonly #dial: Dial;
  #line: Line | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #dialling = false;
  readonly #connectedListeners = new Set<() => void>();
  readonly #eventListeners = new Set<EngineListener>();

  constructor(dial: Dial) {
    this.#dial = dial;
    const names = Object.keys(engineMethods) as (keyof EngineClient)[];
    const calls = names.map((name) => [name, (args: unknown, options?: CallOptions) => this.#call(name, args, options)]);
    this.client = Object.fromEntries(calls) as EngineClient;
  }

  /** Dials until it succeeds. */
  start(): void {
    void this.#attempt();
  }

  /** Called at every new line, the first one included. */
  onConnected(listener: () => void): void {
    this.#connectedListeners.add(listener);
  }

  onEvent(listener: EngineListener): void {
    this.#eventListeners.add(listener);
  }

  /** Does not wait for the next turn. */
  retryNow(): void {
    if (this.state === 'connected' || this.#dialling) return;
    clearTimeout(this.#timer);
    void this.#attempt();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#line?.close();
    this.#line = undefined;
  }

  async #attempt(): Promise<void> {
    if (this.#dialling || this.#closed) return;
    this.#dialling = true;
    try {
      const line = await this.#dial();
      if (this.#closed) return line.close();
      this.#adopt(line);
    } catch (thrown) {
      this.reason = thrown instanceof KarstError ? thrown : new KarstError('disconnected', String(thrown));
      this.state = 'lost';
      this.attempts++;
      this.#timer = setTimeout(() => void this.#attempt(), WAITS_MS[Math.min(this.attempts, WAITS_MS.length) - 1]);
    } finally {
      this.#dialling = false;
    }
  }

  #adopt(line: Line): void {
    this.#line = line;
    line.onEvent(<Name extends keyof EngineEvents>(name: Name, event: EngineEvents[Name]) => {
      if (this.#line === line) for (const listener of this.#eventListeners) listener(name, event);
    });
    line.onClose(() => {
      if (this.#line !== line) return;
      this.#line = undefined;
      if (this.#closed) return;
      this.state = 'lost';
      this.#timer = setTimeout(() => void this.#attempt(), WAITS_MS[0]);
    });
    this.state = 'connected';
    this.reason = undefined;
    this.attempts = 0;
    for (const listener of this.#connectedListeners) listener();
  }

  async #call(name: keyof EngineClient, args: unknown, options?: CallOptions): Promise<unknown> {
    if (!this.#line)
      throw new KarstError('disconnected', 'Karst’s engine is not reachable just now; try again when the page is connected.');
    const method = this.#line.client[name] as (args: unknown, options?: CallOptions) => Promise<unknown>;
    return await method(args, options);
  }
}
