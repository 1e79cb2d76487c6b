// Every file below a folder, in the order of their names (the same on every system). Hidden ones are skipped. A link is followed only to a
// file inside the folder: links out of it, into a circle or to nothing are refused and named, and so is whatever is no file.
import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { KarstError, throwIfCancelled } from '../../base/errors.ts';
import type { Limits } from '../../datasets/limits.ts';
import { count, refusal } from '../../datasets/refusal.ts';
import type { RefusedFile } from '../../protocol/records.ts';
import { kindOf, systemRefusal } from './guarded-file.ts';

export interface FoundFile {
  /** Relative to the folder, with forward slashes. */
  readonly name: string;
  /** Where it really is; no link. */
  readonly path: string;
}

export interface Found {
  readonly files: readonly FoundFile[];
  readonly refused: readonly RefusedFile[];
}

/** The parts of a refusal that a list of refused files shows. */
export function asRefused(file: string, expected: string, thrown: unknown): RefusedFile {
  const { facts } = systemRefusal(file, expected, thrown);
  return { file, expected: String(facts.expected ?? expected), found: String(facts.found ?? (thrown as Error).message) };
}

/** `folder` is a real path. */
export async function walk(folder: string, limits: Limits, signal?: AbortSignal): Promise<Found> {
  const files: FoundFile[] = [];
  const refused: RefusedFile[] = [];
  let entries = 0;

  const link = async (name: string, path: string): Promise<void> => {
    const expected = 'a link to a file inside the folder';
    try {
      const target = await realpath(path);
      const isInside = target.startsWith(folder.endsWith(sep) ? folder : folder + sep);
      if (!isInside) {
        const found =
          folder === target || folder.startsWith(target + sep) ? 'one that leads in a circle' : 'one that leads out of it';
        refused.push({ file: name, expected, found });
        return;
      }
      const stats = await stat(target);
      if (stats.isFile()) files.push({ name, path: target });
      else
        refused.push({
          file: name,
          expected,
          found: `one to ${kindOf(stats)}, which is read in its own place or leads in a circle`,
        });
    } catch (thrown) {
      refused.push({ ...asRefused(name, expected, thrown) });
    }
  };

  const visit = async (directory: string, depth: number): Promise<void> => {
    throwIfCancelled(signal);
    const shown = relative(folder, directory).split(sep).join('/');
    if (depth > limits.folderDepth) {
      refused.push({ file: shown, expected: `folders at most ${limits.folderDepth} deep`, found: 'a deeper one' });
      return;
    }
    let listed: Dirent[];
    try {
      listed = await readdir(directory, { withFileTypes: true });
    } catch (thrown) {
      if (depth === 0) throw systemRefusal(directory, 'a readable folder', thrown);
      refused.push(asRefused(shown, 'a readable folder', thrown));
      return;
    }
    listed.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    entries += listed.length;
    if (entries > limits.folderEntries)
      throw refusal(folder, `at most ${count(limits.folderEntries)} files and folders`, 'more', { code: 'too-large' });
    for (const listing of listed) {
      const entry = listing.name;
      if (entry.startsWith('.') || entry === '__MACOSX' || entry === 'Thumbs.db' || entry === 'desktop.ini') continue;
      const path = join(directory, entry);
      const name = shown === '' ? entry : `${shown}/${entry}`;
      try {
        const isTold = listing.isFile() || listing.isDirectory() || listing.isSymbolicLink(); // some file systems do not tell
        const stats = isTold ? listing : await lstat(path);
        if (stats.isFile()) files.push({ name, path });
        else if (stats.isDirectory()) await visit(path, depth + 1);
        else if (stats.isSymbolicLink()) await link(name, path);
        else refused.push({ file: name, expected: 'a file', found: kindOf(stats) });
      } catch (thrown) {
        throwIfCancelled(signal);
        if (thrown instanceof KarstError) throw thrown;
        refused.push(asRefused(name, 'a readable file', thrown));
      }
    }
  };

  await visit(folder, 0);
  return { files, refused };
}
