// JSON lines: one value a line, appended. A crash may tear the last line; readers leave it out, and healLines cuts it off before anything
// is appended after it.
import { KarstError } from '../base/errors.ts';
import type { FilePort } from './file-port.ts';

export const appendLine = (files: FilePort, path: string, value: unknown): Promise<void> =>
  files.append(path, new TextEncoder().encode(`${JSON.stringify(value)}\n`));

/** Every whole line that is JSON; nothing where there is no file. */
export async function readLines(files: FilePort, path: string): Promise<unknown[]> {
  const text = await readText(files, path);
  const lines: unknown[] = [];
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const value = parse(line);
    if (value !== undefined) lines.push(value);
  }
  return lines;
}

/** Cuts off a torn last line. */
export async function healLines(files: FilePort, path: string): Promise<void> {
  await cutLines(files, path, () => true);
}

/** Keeps the whole lines that `keeps` accepts; the file is rewritten only where something goes. */
export async function cutLines(files: FilePort, path: string, keeps: (line: unknown) => boolean): Promise<void> {
  const text = await readText(files, path);
  const kept = (await readLines(files, path)).filter(keeps).map((line) => `${JSON.stringify(line)}\n`);
  if (kept.join('') !== text) await files.write(path, new TextEncoder().encode(kept.join('')));
}

async function readText(files: FilePort, path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8').decode(await files.read(path));
  } catch (thrown) {
    if (thrown instanceof KarstError && thrown.code === 'not-found') return '';
    throw thrown;
  }
}

function parse(line: string): unknown {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined; // overwritten by a disk fault or torn in the middle of a batch of lines
  }
}
