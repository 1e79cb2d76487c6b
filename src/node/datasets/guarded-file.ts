// Reading a file that nobody vouches for: it must be a regular file (opening a pipe or a device could hang), it is never followed through
// a link that was not looked at, it is read in blocks, and if it changes meanwhile that is noticed. Decompression stops at a running limit.
import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KarstError, throwIfCancelled } from '../../base/errors.ts';
import { count, refusal } from '../../datasets/refusal.ts';

const BLOCK_BYTES = 2 ** 20;

interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

export function kindOf(stats: Kind): string {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

const systemReasons: Readonly<Record<string, string>> = {
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ELOOP: 'a link that leads in a circle',
  ENOENT: 'nothing there',
  ENOTDIR: 'nothing there',
  EIO: 'a disk that fails to read it',
  ENAMETOOLONG: 'a name that is too long',
  EMFILE: 'too many open files',
};

/** What the system said, as a refusal; errors of Karst's own pass through. */
export function systemRefusal(file: string, expected: string, thrown: unknown): KarstError {
  if (thrown instanceof KarstError) return thrown;
  const code = (thrown as NodeJS.ErrnoException | null)?.code ?? '';
  const found = systemReasons[code] ?? (thrown instanceof Error ? thrown.message : String(thrown));
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  return refusal(file, expected, found, {
    code: missing ? 'not-found' : code === 'EACCES' || code === 'EPERM' ? 'refused' : 'bad-data',
    cause: thrown,
  });
}

export class GuardedFile {
  /** As messages call it. */
  readonly name: string;
  /** When it was opened. */
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #modifiedMs: number;

  private constructor(name: string, size: number, handle: FileHandle, modifiedMs: number) {
    this.name = name;
    this.size = size;
    this.#handle = handle;
    this.#modifiedMs = modifiedMs;
  }

  /** `path` must not be a link: resolve it first, having judged where it leads. */
  static async open(path: string, name: string): Promise<GuardedFile> {
    let handle: FileHandle | undefined;
    try {
      const before = await lstat(path); // opening a device can act on it, so look first
      if (!before.isFile()) throw refusal(name, 'a file', kindOf(before));
      handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
      const stats = await handle.stat();
      if (!stats.isFile() || (stats.ino !== before.ino && before.ino !== 0))
        throw refusal(name, 'a file', 'something that was exchanged for it');
      return new GuardedFile(name, stats.size, handle, stats.mtimeMs);
    } catch (thrown) {
      await handle?.close();
      throw systemRefusal(name, 'a readable file', thrown);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** The first bytes, at most `length`. */
  async head(length: number): Promise<Uint8Array> {
    return this.#read(0, Math.min(length, this.size));
  }

  /** All of it; the caller has judged `size`. */
  async all(): Promise<Uint8Array> {
    const bytes = await this.#read(0, this.size);
    await this.assertUnchanged();
    return bytes;
  }

  /** All of it in blocks, each in memory of its own. */
  async *blocks(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < this.size; at += BLOCK_BYTES) {
      throwIfCancelled(signal);
      yield await this.#read(at, Math.min(BLOCK_BYTES, this.size - at));
    }
    await this.assertUnchanged();
  }

  async assertUnchanged(): Promise<void> {
    const { size, mtimeMs } = await this.#handle.stat();
    if (size !== this.size || mtimeMs !== this.#modifiedMs) throw this.#changed(`${count(size)} bytes now`);
  }

  #changed(found: string): KarstError {
    return refusal(this.name, `a file that stays as it is while it is read (${count(this.size)} bytes)`, found, {
      advice: 'Open it again when nothing writes to it',
    });
  }

  async #read(from: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      let bytesRead: number;
      try {
        ({ bytesRead } = await this.#handle.read(bytes, filled, length - filled, from + filled));
      } catch (thrown) {
        throw systemRefusal(this.name, 'a readable file', thrown);
      }
      if (bytesRead === 0) throw this.#changed(`an end after ${count(from + filled)}`);
      filled += bytesRead;
    }
    return bytes;
  }
}

/** The decompressed blocks of a gzip file. Leaving the loop early stops the decompression. */
export async function* gunzipped(file: GuardedFile, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: BLOCK_BYTES / 4 });
  let sourceError: unknown;
  pipeline(Readable.from(file.blocks(signal)), gunzip, (error) => (sourceError = error ?? undefined));
  try {
    for await (const block of gunzip) yield block as Uint8Array;
  } catch (thrown) {
    const cause = sourceError instanceof KarstError ? sourceError : thrown;
    if (cause instanceof KarstError) throw cause;
    const short = (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
    throw refusal(file.name, 'an intact gzip file', short ? 'one that is cut short' : 'damaged data', { cause });
  } finally {
    gunzip.destroy();
  }
}

/** A file's content, decompressed if its name ends in .gz. */
export const contents = (file: GuardedFile, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> =>
  isGzipName(file.name) ? gunzipped(file, signal) : file.blocks(signal);

export const isGzipName = (name: string): boolean => /\.gz$/i.test(name);
