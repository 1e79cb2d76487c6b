// A folder that looks to the packager like Electron's Linux distribution: its program is /bin/true with a fuse wire behind it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const WIRE_VERSION = 1;
/** As Electron ships them: '1' on, '0' off. */
const shippedFuses = '10110001';

export function makeFakeElectron(folder: string, version: string): void {
  mkdirSync(path.join(folder, 'resources'), { recursive: true });
  mkdirSync(path.join(folder, 'locales'));
  const wire = Buffer.concat([
    Buffer.from(FUSE_SENTINEL),
    Buffer.from([WIRE_VERSION, shippedFuses.length]),
    Buffer.from(shippedFuses),
  ]);
  writeFileSync(path.join(folder, 'electron'), Buffer.concat([readFileSync('/bin/true'), wire]), { mode: 0o755 });
  for (const name of ['chrome-sandbox', 'chrome_crashpad_handler']) cpSync('/bin/true', path.join(folder, name));
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(path.join(folder, name), 'licence\n');
  for (const language of ['en-US', 'de', 'fr']) writeFileSync(path.join(folder, 'locales', `${language}.pak`), '');
  writeFileSync(path.join(folder, 'version'), version);
}

/** The states of the fuses of a program, in the order of Electron's wire. */
export function readFuses(program: string): boolean[] {
  const bytes = readFileSync(program);
  const at = bytes.indexOf(FUSE_SENTINEL);
  if (at < 0) throw new Error(`${program} has no fuse wire`);
  const start = at + FUSE_SENTINEL.length;
  return [...bytes.subarray(start + 2, start + 2 + (bytes[start + 1] ?? 0))].map((state) => state === '1'.charCodeAt(0));
}
