// Where a downloaded TensorFlow library lives, and the record of what was accepted: <home>/engines/tf-2.9.1-gpu-linux-x64/ with
// deps/lib (the library), lib/napi-v8 (the addon, which looks for ../../deps/lib) and manifest.json (size and SHA-256 of every file).
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { KarstError } from '../../base/errors.ts';

/** What tfjs-node-gpu 4.22.0 was built against. */
export const LIBRARY_VERSION = '2.9.1';
export const ADDON_VERSION = '4.22.0';
export const ADDON_FILE = join('lib', 'napi-v8', 'tfjs_binding.node');

const fileRecord = z.union([
  z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  z.strictObject({ link: z.string() }),
]);
const archiveRecord = z.strictObject({
  url: z.string(),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Why it was accepted: a digest the user gave, a checksum the server sent along, or the user's word to trust the first download. */
  trust: z.enum(['given', 'server', 'first-use']),
});
const manifestSchema = z.strictObject({
  format: z.literal('karst-engine-1'),
  library: z.string(),
  addon: z.string(),
  installedAt: z.string(),
  archives: z.record(z.string(), archiveRecord),
  files: z.record(z.string(), fileRecord),
});
export type EngineManifest = z.infer<typeof manifestSchema>;
export type ArchiveRecord = z.infer<typeof archiveRecord>;

/** Karst's own folder: $KARST_HOME, else ~/.karst. */
export function karstHome(): string {
  return process.env['KARST_HOME'] ?? join(homedir(), '.karst');
}

export function engineFolder(home: string, platform: string = process.platform, arch: string = process.arch): string {
  return join(home, 'engines', `tf-${LIBRARY_VERSION}-gpu-${platform}-${arch}`);
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Every file and link below `folder` except the manifest, by path with forward slashes. */
export async function listFiles(folder: string): Promise<EngineManifest['files']> {
  const files: EngineManifest['files'] = {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    if (entry.isSymbolicLink()) files[name] = { link: await readlink(path) };
    else if (entry.isFile() && name !== 'manifest.json')
      files[name] = { bytes: (await lstat(path)).size, sha256: await sha256OfFile(path) };
  }
  return files;
}

/** The manifest of an installed engine; undefined where there is none. */
export async function readManifest(folder: string): Promise<EngineManifest | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'manifest.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new KarstError(
      'bad-data',
      `${join(folder, 'manifest.json')} is not an engine's manifest; install the engine again`,
      {},
      cause,
    );
  }
}

/** Throws unless every file is as it was when it was accepted. Reads all of it: a second or two for a library of one gigabyte. */
export async function verifyEngine(folder: string, manifest: EngineManifest): Promise<void> {
  const found = await listFiles(folder);
  for (const [name, expected] of Object.entries(manifest.files)) {
    const actual = found[name];
    const same = actual !== undefined && JSON.stringify(actual) === JSON.stringify(expected);
    if (same) continue;
    const what = actual === undefined ? 'is missing' : 'is not what was installed';
    throw new KarstError(
      'bad-data',
      `${join(folder, name)} ${what}; remove the folder and run \`karst devices install tensorflow-gpu\` again`,
    );
  }
}
