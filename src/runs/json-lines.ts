// JSON lines: one value a line, appended. A crash may tear the last line; readers leave it out, and healLines cuts it off before anything
// is appended after it.
import { KarstError } from '../base/errors.ts';
import type { FilePort } from './file-port.ts';

export const appendLine = (files: FilePort, path: string, value: unknown): Promise<void> =>
  files.append(path, new TextEncoder().encode(`${JSON.stringify(value)}\n`));

/** How many bytes before what is new must still be those that were read. */
const SEEN_BYTES = 4096;
const NEW_LINE = 10;

/** What has been read of a file: `bytes` of whole lines, the last of them, and what they say. */
interface Seen {
  readonly bytes: number;
  readonly end: Uint8Array;
  readonly values: readonly unknown[];
}
const NOTHING: Seen = { bytes: 0, end: new Uint8Array(), values: [] };

/**
 * Reads a file of JSON lines that others append to: every whole line that is JSON, nothing where there is no file. Each time only what was
 * appended is read and parsed, after the last lines known; where those are not there any more the file was cut or written anew, and is
 * read whole. What is given is the same array as before where nothing came.
 */
export function openLines(files: FilePort, path: string): () => Promise<readonly unknown[]> {
  let seen = NOTHING;
  let last: Promise<unknown> = Promise.resolve();

  async function readOn(): Promise<readonly unknown[]> {
    let bytes = await readBytes(files, path, seen.bytes - seen.end.length);
    if (!beginsWith(bytes, seen.end)) {
      seen = NOTHING;
      bytes = await readBytes(files, path);
    }
    const whole = bytes.subarray(0, bytes.lastIndexOf(NEW_LINE) + 1);
    const added = whole.subarray(seen.end.length);
    if (added.length > 0) {
      const values = parseLines(added);
      seen = {
        bytes: seen.bytes + added.length,
        end: whole.slice(-SEEN_BYTES),
        values: values.length > 0 ? [...seen.values, ...values] : seen.values,
      };
    }
    return seen.values;
  }

  return () => {
    const reading = last.then(readOn);
    last = reading.catch(() => undefined); // told to whoever asked
    return reading;
  };
}

function beginsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, i) => byte === bytes[i]);
}

function parseLines(bytes: Uint8Array): unknown[] {
  const lines = new TextDecoder('utf-8').decode(bytes).split('\n');
  return lines.map(parse).filter((value) => value !== undefined);
}

/** Cuts off a torn last line. */
export async function healLines(files: FilePort, path: string): Promise<void> {
  await cutLines(files, path, () => true);
}

/** Keeps the whole lines that `keeps` accepts; the file is rewritten only where something goes. */
export async function cutLines(files: FilePort, path: string, keeps: (line: unknown) => boolean): Promise<void> {
  const bytes = await readBytes(files, path);
  const lines = parseLines(bytes.subarray(0, bytes.lastIndexOf(NEW_LINE) + 1));
  const kept = lines.filter(keeps).map((line) => `${JSON.stringify(line)}\n`);
  if (kept.join('') !== new TextDecoder('utf-8').decode(bytes)) await files.write(path, new TextEncoder().encode(kept.join('')));
}

async function readBytes(files: FilePort, path: string, from = 0): Promise<Uint8Array> {
  try {
    return await files.read(path, from);
  } catch (thrown) {
    if (thrown instanceof KarstError && thrown.code === 'not-found') return new Uint8Array();
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
