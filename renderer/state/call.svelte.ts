// One thing that a person may ask for again and again (a path, a preview, a rename): at most one call of it is under way, a newer one takes
// its place, it can be cancelled, and its error stands near where it was asked.
import { KarstError } from '../../src/base/errors.ts';
import type { CallOptions } from '../../src/protocol/methods.ts';
import type { ProgressRecord } from '../../src/protocol/records.ts';

export class Call {
  running = $state(false);
  error = $state.raw<KarstError | undefined>();
  progress = $state.raw<ProgressRecord | undefined>();
  #current: AbortController | undefined;
  readonly #isRead: boolean;

  /** A `read` is asked again when a lost connection is back, so the loss is not its error; an `action` is not. */
  constructor(kind: 'read' | 'action' = 'action') {
    this.#isRead = kind === 'read';
  }

  /** The result, or undefined when it failed (see `error`), was cancelled, or was overtaken by a newer call. */
  async run<T>(work: (options: CallOptions) => Promise<T>): Promise<T | undefined> {
    this.#current?.abort();
    const mine = new AbortController();
    this.#current = mine;
    this.running = true;
    this.progress = undefined;
    this.error = undefined;
    try {
      const onProgress = (progress: ProgressRecord): void => {
        if (this.#current === mine) this.progress = progress;
      };
      const result = await work({ signal: mine.signal, onProgress });
      return this.#current === mine ? result : undefined;
    } catch (thrown) {
      if (this.#current !== mine) return undefined;
      const error = thrown instanceof KarstError ? thrown : new KarstError('internal', String(thrown));
      const isSilent = error.code === 'cancelled' || (this.#isRead && error.code === 'disconnected');
      if (!isSilent) this.error = error;
      return undefined;
    } finally {
      if (this.#current === mine) {
        this.#current = undefined;
        this.running = false;
        this.progress = undefined;
      }
    }
  }

  cancel(): void {
    this.#current?.abort();
    this.#current = undefined;
    this.running = false;
    this.progress = undefined;
  }

  /** Nothing under way and nothing to say. */
  clear(): void {
    this.cancel();
    this.error = undefined;
  }
}
