// A FilePort in memory that can die, as a process does: after so many bytes have reached the "disk", every later call throws. A write in
// flight leaves nothing, an append leaves the part that got through. Or the disk is full: the call throws, and life goes on.
import { KarstError } from '../../src/base/errors.ts';
import type { FilePort } from '../../src/runs/file-port.ts';

export class Death extends Error {}

export class MemoryFiles implements FilePort {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  #isLocked = false;
  /** Bytes that still get through before the process dies. */
  diesAfter = Infinity;
  /** Bytes that still fit. */
  room = Infinity;
  /** All bytes that ever got through. */
  written = 0;
  #isDead = false;

  /** The process is gone; its files stay, its lock is stale. */
  revive(diesAfter = Infinity): void {
    this.#isDead = false;
    this.#isLocked = false;
    this.diesAfter = diesAfter;
  }

  #breathe(): void {
    if (this.#isDead) throw new Death();
  }

  /** How many of `bytes` reach the disk; the caller throws if not all do. */
  #let(bytes: number, path: string): { through: number; fail?: Error } {
    this.#breathe();
    this.written += bytes;
    if (bytes >= this.diesAfter) {
      this.#isDead = true;
      return { through: this.diesAfter, fail: new Death() };
    }
    this.diesAfter -= bytes;
    if (bytes > this.room) return { through: 0, fail: new KarstError('disk', `the disk is full: ${path} could not be written`) };
    this.room -= bytes;
    return { through: bytes };
  }

  read(path: string, from = 0): Promise<Uint8Array<ArrayBuffer>> {
    return this.#soon(() => {
      const found = this.files.get(path);
      if (!found) throw new KarstError('not-found', `${path} is not there`);
      return found.slice(from);
    });
  }

  write(path: string, bytes: Uint8Array): Promise<void> {
    return this.#soon(() => {
      const { fail } = this.#let(bytes.length, path);
      if (fail) throw fail;
      this.files.set(path, Uint8Array.from(bytes));
    });
  }

  append(path: string, bytes: Uint8Array): Promise<void> {
    return this.#soon(() => {
      const { through, fail } = this.#let(bytes.length, path);
      const before = this.files.get(path) ?? new Uint8Array();
      const after = new Uint8Array(before.length + through);
      after.set(before);
      after.set(bytes.subarray(0, through), before.length);
      if (through > 0) this.files.set(path, after);
      if (fail) throw fail;
    });
  }

  list(path: string): Promise<readonly string[]> {
    return this.#soon(() =>
      [...this.files.keys()]
        .filter((name) => name.startsWith(`${path}/`))
        .map((name) => name.slice(path.length + 1))
        .sort(),
    );
  }

  facts(path: string): Promise<{ bytes: number; kind: 'file'; modifiedMs: number } | undefined> {
    return this.#soon(() => {
      const found = this.files.get(path);
      return found && { bytes: found.length, kind: 'file', modifiedMs: 0 };
    });
  }

  makeFolder(): Promise<void> {
    return this.#soon(() => undefined);
  }

  move(from: string, to: string): Promise<void> {
    return this.#soon(() => {
      const { fail } = this.#let(1, to);
      if (fail instanceof Death) throw fail;
      const found = this.files.get(from);
      if (!found) throw new KarstError('not-found', `${from} is not there`);
      if (this.files.has(to)) throw new KarstError('exists', `${to} is there already`);
      this.files.set(to, found);
      this.files.delete(from);
    });
  }

  remove(path: string): Promise<void> {
    return this.#soon(() => {
      const { fail } = this.#let(1, path);
      if (fail instanceof Death) throw fail;
      this.files.delete(path);
    });
  }

  lock(): Promise<{ release: () => Promise<void> }> {
    return this.#soon(() => {
      if (this.#isLocked) throw new KarstError('exists', 'locked');
      this.#isLocked = true;
      return {
        release: () => {
          this.#isLocked = false;
          return Promise.resolve();
        },
      };
    });
  }

  isLocked(): Promise<boolean> {
    return this.#soon(() => this.#isLocked);
  }

  async #soon<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    this.#breathe();
    return work();
  }
}
