// The real FilePort: one folder of a disk. Writing is atomic and durable: a temporary file beside the target is written, synced, renamed
// over it, and the folder synced, so that after a crash there is the old file or the new one. Appends reach the disk when the system sees
// fit: a power cut may cost lines of history, never a checkpoint. A lock is a file
// made exclusively that names process and process start; it counts as stale when no such process lives (a process id may be reused, so
// the start time decides), and may then be taken over.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { KarstError } from '../base/errors.ts';
import type { FilePort, Lock } from '../runs/file-port.ts';

const TEMPORARY = /^\..+\.[0-9a-f-]{36}\.tmp$/;
/** A temporary file this old belongs to nobody any more. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

export function openFiles(folder: string): FilePort {
  const root = resolve(folder);
  const inside = (path: string): string => {
    const full = resolve(root, ...path.split('/'));
    if (path.startsWith('/') || path.includes('\0'))
      throw new KarstError('refused', `${JSON.stringify(path)} is not a path inside of ${root}`);
    if (full !== root && !full.startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw new KarstError('refused', `${path} leads outside of ${root}`);
    }
    return full;
  };

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    const target = inside(path);
    const parent = dirname(target);
    const temporary = join(parent, `.${target.slice(parent.length + 1)}.${randomUUID()}.tmp`);
    await guard(path, async () => {
      await mkdir(parent, { recursive: true });
      try {
        const file = await open(temporary, 'wx');
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, target);
      } catch (thrown) {
        await rm(temporary, { force: true });
        throw thrown;
      }
      await syncFolder(parent);
    });
  }

  return {
    read: (path, from = 0) =>
      guard(path, async () => (from > 0 ? await readEnd(inside(path), from) : Uint8Array.from(await readFile(inside(path))))),
    write,
    append: (path, bytes) =>
      guard(path, async () => {
        const target = inside(path);
        await mkdir(dirname(target), { recursive: true });
        const file = await open(target, 'a');
        try {
          const { size } = await file.stat();
          try {
            await file.writeFile(bytes);
          } catch (thrown) {
            await file.truncate(size).catch(() => undefined); // readers leave a torn line out in any case
            throw thrown;
          }
        } finally {
          await file.close();
        }
      }),
    list: (path) =>
      guard(path, async () => {
        const folderPath = inside(path);
        const names = await readdir(folderPath).catch((thrown: unknown) => {
          if (isCode(thrown, 'ENOENT')) return [];
          throw thrown;
        });
        await sweep(folderPath, names);
        return names.filter((name) => !TEMPORARY.test(name)).sort();
      }),
    facts: (path) =>
      guard(path, async () => {
        try {
          const found = await stat(inside(path));
          return { bytes: found.size, kind: found.isDirectory() ? 'folder' : 'file', modifiedMs: found.mtimeMs } as const;
        } catch (thrown) {
          if (isCode(thrown, 'ENOENT') || isCode(thrown, 'ENOTDIR')) return undefined;
          throw thrown;
        }
      }),
    makeFolder: (path) => guard(path, async () => void (await mkdir(inside(path), { recursive: true }))),
    move: (from, to) =>
      guard(from, async () => {
        const target = inside(to);
        if (await lstat(target).catch(() => undefined)) throw new KarstError('exists', `${to} is there already`);
        await rename(inside(from), target);
        await syncFolder(dirname(target));
      }),
    remove: (path) =>
      guard(path, async () => {
        const target = inside(path);
        if (target === root) throw new KarstError('refused', 'a port does not remove its own folder');
        await rm(target, { recursive: true, force: true });
      }),
    lock: (path) => guard(path, () => takeLock(inside(path))),
    isLocked: (path) => guard(path, async () => (await liveHolder(inside(path))) !== undefined),
  };
}

async function readEnd(path: string, from: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path, 'r');
  try {
    const bytes = new Uint8Array(Math.max(0, (await file.stat()).size - from));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled);
      if (bytesRead === 0) break; // it was cut meanwhile
      filled += bytesRead;
    }
    return bytes.slice(0, filled);
  } finally {
    await file.close();
  }
}

/** Removes temporary files that an interrupted write left behind long ago. */
async function sweep(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!TEMPORARY.test(name)) continue;
    const path = join(folder, name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts && Date.now() - facts.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there, and NTFS journals the rename itself
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** What tells this process from a later one of the same id; empty where the system does not say. */
  readonly started: string;
  readonly token: string;
}

/** Since when process `pid` runs, in clock ticks after boot, with the boot's id; empty where the system does not say. */
async function startOf(pid: number): Promise<string> {
  try {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return `${boot}/${fields[19] ?? ''}`; // field 22 of proc(5), the name and what is before it cut off
  } catch {
    return '';
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const found = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    const { pid, host, started, token } = found;
    if (!Number.isInteger(pid) || typeof host !== 'string' || typeof started !== 'string' || typeof token !== 'string')
      return undefined;
    return { pid: pid as number, host, started, token };
  } catch {
    return undefined;
  }
}

async function liveHolder(path: string): Promise<Holder | undefined> {
  const holder = await readHolder(path);
  if (!holder) return undefined;
  if (holder.host !== hostname()) return holder; // nobody here can tell: better ask than write a run twice
  try {
    process.kill(holder.pid, 0);
  } catch (thrown) {
    if (isCode(thrown, 'ESRCH')) return undefined;
  }
  const started = await startOf(holder.pid);
  return started === '' || holder.started === '' || started === holder.started ? holder : undefined;
}

async function takeLock(path: string): Promise<Lock> {
  const holder: Holder = { pid: process.pid, host: hostname(), started: await startOf(process.pid), token: randomUUID() };
  await mkdir(dirname(path), { recursive: true });
  if (!(await place(path, holder))) await takeOver(path, holder);
  return {
    release: async () => {
      if ((await readHolder(path))?.token === holder.token) await unlink(path);
    },
  };
}

/** Makes the lock file, content and all, in one act; false where there is one. */
async function place(path: string, holder: Holder): Promise<boolean> {
  const temporary = `${path}.${holder.token}`;
  try {
    await writeFile(temporary, JSON.stringify(holder), { flag: 'wx', flush: true });
    try {
      await link(temporary, path);
    } catch (thrown) {
      if (isCode(thrown, 'EEXIST')) throw thrown;
      await writeFile(path, JSON.stringify(holder), { flag: 'wx', flush: true }); // a file system without hard links
    }
    return true;
  } catch (thrown) {
    if (isCode(thrown, 'EEXIST')) return false;
    throw thrown;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Replaces a lock whose holder is gone. A folder beside it sees to it that only one process does so at a time. */
async function takeOver(path: string, holder: Holder): Promise<void> {
  const busy = new KarstError('exists', 'another process is just taking this run; try again in a moment');
  const gate = `${path}.gate`;
  const gateFacts = await lstat(gate).catch(() => undefined);
  if (gateFacts && Date.now() - gateFacts.mtimeMs > 10_000) await rm(gate, { recursive: true, force: true }); // its maker was killed
  await mkdir(gate).catch((thrown: unknown) => {
    throw isCode(thrown, 'EEXIST') ? busy : thrown;
  });
  try {
    const other = await liveHolder(path);
    if (other) {
      throw new KarstError('exists', `process ${other.pid} on ${other.host} is training this run; pause it there first`, {
        pid: other.pid,
      });
    }
    await rm(path, { force: true });
    if (!(await place(path, holder))) throw busy;
  } finally {
    await rm(gate, { recursive: true, force: true });
  }
}

const isCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === code;

/** The system's faults as Karst's, saying what can be done. */
async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof KarstError || !(thrown instanceof Error)) throw thrown;
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    const facts = { path, code };
    switch (code) {
      case 'ENOENT':
        throw new KarstError('not-found', `${path} is not there`, facts, thrown);
      case 'ENOSPC':
      case 'EDQUOT':
        throw new KarstError(
          'disk',
          `the disk is full: ${path} could not be written. What was saved before is safe; make room and resume`,
          facts,
          thrown,
        );
      case 'EROFS':
      case 'EACCES':
      case 'EPERM':
        throw new KarstError(
          'disk',
          `${path} may not be written or read (${code}); check the folder's permissions`,
          facts,
          thrown,
        );
      case 'EIO':
        throw new KarstError(
          'disk',
          `the disk failed at ${path} (${code}). What was saved before is kept; check the disk`,
          facts,
          thrown,
        );
      default:
        throw thrown;
    }
  }
}
