// What a run folder needs of a file system. Paths are relative to the port's own folder, with forward slashes; a port refuses a path
// that leads outside. src/node/files.ts is the real one; tests use one in memory that fails on request.

export interface FileFacts {
  readonly bytes: number;
  readonly kind: 'file' | 'folder';
  readonly modifiedMs: number;
}

/** Held while a trainer owns a run. */
export interface Lock {
  release(): Promise<void>;
}

export interface FilePort {
  /** From byte `from` on, the whole unless told; nothing where the file is shorter. Throws `not-found` where nothing is there. */
  read(path: string, from?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Atomic: a reader sees the old content or the new, never a part. On the disk when the promise resolves. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Adds to the end of a file, making it if need be. A crash may leave a part of `bytes` there. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** Names in a folder, sorted; empty where there is no such folder. Leftovers of interrupted writes are not listed. */
  list(path: string): Promise<readonly string[]>;
  facts(path: string): Promise<FileFacts | undefined>;
  makeFolder(path: string): Promise<void>;
  /** Gives a file another name; throws `exists` where that is taken. */
  move(from: string, to: string): Promise<void>;
  /** A file, or a folder with all it holds. Nothing happens where nothing is. */
  remove(path: string): Promise<void>;
  /** Takes a lock or throws `exists` naming who holds it. A lock whose process is gone is taken over. */
  lock(path: string): Promise<Lock>;
  /** True while a living process holds the lock. */
  isLocked(path: string): Promise<boolean>;
}
