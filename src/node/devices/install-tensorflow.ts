// `karst devices install tensorflow-gpu`: TensorFlow's library and tfjs's addon for it, from where their makers publish them (or from a
// mirror), into Karst's own folder. Their makers publish no SHA-256, so what is accepted must be said: a digest the user gives; else a
// checksum that the server sends along, which proves the transfer but takes the server's word for the content; else nothing, unless the
// user says to trust the first download. Whatever was accepted is pinned: a later download from the same address must be the same, and
// every file is checked on every load.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KarstError, throwIfCancelled } from '../../base/errors.ts';
import type { ProgressRecord } from '../../protocol/records.ts';
import { unpackArchive } from './archive.ts';
import { download } from './download.ts';
import {
  ADDON_FILE,
  ADDON_VERSION,
  engineFolder,
  LIBRARY_VERSION,
  listFiles,
  readManifest,
  verifyEngine,
  type ArchiveRecord,
  type EngineManifest,
} from './engine-folder.ts';

export type ArchiveName = 'library' | 'addon';

export interface InstallOptions {
  /** Karst's folder; the engine comes below `engines`. */
  readonly home: string;
  readonly onProgress?: (progress: ProgressRecord) => void;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof globalThis.fetch;
  /** Digests the user knows, hexadecimal. */
  readonly sha256?: Partial<Record<ArchiveName, string>>;
  /** Accept archives that neither the user nor the server gives a digest of. */
  readonly trustFirstUse?: boolean;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
  readonly arch?: string;
}

export interface InstalledEngine {
  readonly folder: string;
  readonly manifest: EngineManifest;
  /** False where it was there already, whole. */
  readonly fresh: boolean;
}

/** Where both archives are; the variables are those of tfjs-node's own install script. */
export function archiveUrls(
  platform: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<ArchiveName, string>> {
  const system = platform === 'win32' ? 'windows' : 'linux';
  const extension = platform === 'win32' ? 'zip' : 'tar.gz';
  const storage = environment['TFJS_NODE_CDN_STORAGE'] ?? 'https://storage.googleapis.com/';
  const host = storage.endsWith('/') ? storage : `${storage}/`;
  const base = environment['TFJS_NODE_BASE_URI'] ?? `${host}tensorflow/libtensorflow/libtensorflow-`;
  return {
    library: `${base}gpu-${system}-x86_64-${LIBRARY_VERSION}.${extension}`,
    addon: `${host}tf-builds/pre-built-binary/napi-v8/${ADDON_VERSION}/GPU-${system}-${ADDON_VERSION}.${extension}`,
  };
}

/** The record of an accepted archive, or the reason why it is not accepted. */
function accept(
  name: ArchiveName,
  url: string,
  got: { readonly bytes: number; readonly sha256: string; readonly serverChecked: boolean },
  known: { readonly given: string | undefined; readonly pinned: string | undefined; readonly trustFirstUse: boolean },
): ArchiveRecord {
  const expected = known.given?.toLowerCase() ?? known.pinned;
  if (expected !== undefined && expected !== got.sha256) {
    const whose = known.given === undefined ? 'accepted before' : 'given';
    throw new KarstError('bad-data', `${url} has SHA-256 ${got.sha256}, the one ${whose} is ${expected}; nothing was installed`);
  }
  const trust = known.given !== undefined ? 'given' : got.serverChecked ? 'server' : 'first-use';
  if (trust === 'first-use' && known.pinned === undefined && !known.trustFirstUse) {
    throw new KarstError(
      'refused',
      `${url} came without any checksum; its SHA-256 is ${got.sha256}. Compare it with a source you trust and give it with ` +
        `--${name}-sha256, or accept what came with --trust`,
    );
  }
  return { url, bytes: got.bytes, sha256: got.sha256, trust };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** On Windows the library may lie at the archive's root, and the addon needs it beside itself. */
async function arrangeWindows(stage: string): Promise<void> {
  const library = join(stage, 'deps', 'lib', 'tensorflow.dll');
  const loose = join(stage, 'deps', 'tensorflow.dll');
  if (!existsSync(library) && existsSync(loose)) {
    await mkdir(dirname(library), { recursive: true });
    await rename(loose, library);
  }
  if (existsSync(library)) await copyFile(library, join(stage, dirname(ADDON_FILE), 'tensorflow.dll'));
}

/** Removes what installations that were broken off have left. */
async function removeLeftovers(engines: string): Promise<void> {
  for (const name of await readdir(engines)) {
    const owner = /^\.staging-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    await rm(join(engines, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false; // an earlier try of this very process
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export async function installTensorflowGpu(options: InstallOptions): Promise<InstalledEngine> {
  const { home, signal, onProgress, platform = process.platform, arch = process.arch } = options;
  if (!((platform === 'linux' || platform === 'win32') && arch === 'x64')) {
    throw new KarstError(
      'unsupported',
      `TensorFlow ${LIBRARY_VERSION} for GPUs exists for Linux and Windows on x64, this is ${platform} on ${arch}; take onnx-webgpu or onnx-coreml`,
    );
  }
  const folder = engineFolder(home, platform, arch);
  const urls = archiveUrls(platform, options.environment);
  const before = await readManifest(folder).catch(() => undefined);
  if (before) {
    const whole = await verifyEngine(folder, before).then(
      () => true,
      () => false,
    );
    if (whole) return { folder, manifest: before, fresh: false };
  }
  const engines = dirname(folder);
  const stage = join(engines, `.staging-${String(process.pid)}-${basename(folder)}`);
  try {
    await mkdir(engines, { recursive: true });
    await removeLeftovers(engines);
    await mkdir(join(stage, 'deps'), { recursive: true });
    await mkdir(join(stage, dirname(ADDON_FILE)), { recursive: true });
    const archives: Record<string, ArchiveRecord> = {};
    for (const name of ['addon', 'library'] as const) {
      const url = urls[name];
      const file = join(stage, `${name}.archive`);
      const got = await download(url, file, {
        ...(signal ? { signal } : {}),
        ...(options.fetch ? { fetch: options.fetch } : {}),
        onBytes: (received, total) => {
          const share = total === undefined ? {} : { fraction: received / total };
          const of = total === undefined ? '' : ` of ${megabytes(total)}`;
          onProgress?.({ ...share, text: `Downloading TensorFlow's ${name}: ${megabytes(received)}${of}` });
        },
      });
      const pinned = Object.values(before?.archives ?? {}).find((one) => one.url === url)?.sha256;
      archives[name] = accept(name, url, got, {
        given: options.sha256?.[name],
        pinned,
        trustFirstUse: options.trustFirstUse ?? false,
      });
      onProgress?.({ text: `Unpacking TensorFlow's ${name}, SHA-256 ${got.sha256}` });
      // The addon's archive holds one folder, which becomes lib/napi-v8.
      const [into, strip] = name === 'addon' ? [dirname(ADDON_FILE), 1] : ['deps', 0];
      await unpackArchive(file, join(stage, into), { strip, ...(signal ? { signal } : {}) });
      await rm(file);
    }
    if (platform === 'win32') await arrangeWindows(stage);
    const needed = [ADDON_FILE, join('deps', 'lib', platform === 'win32' ? 'tensorflow.dll' : 'libtensorflow.so.2')];
    for (const file of needed) {
      if (!existsSync(join(stage, file)))
        throw new KarstError('bad-data', `the archives do not hold ${file}; is the mirror the right one?`);
    }
    throwIfCancelled(signal);
    const manifest: EngineManifest = {
      format: 'karst-engine-1',
      library: LIBRARY_VERSION,
      addon: ADDON_VERSION,
      installedAt: new Date().toISOString(),
      archives,
      files: await listFiles(stage),
    };
    await writeFile(join(stage, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
    const old = join(engines, `.staging-${String(process.pid)}-old`);
    if (existsSync(folder)) await rename(folder, old);
    await rename(stage, folder);
    await rm(old, { recursive: true, force: true });
    onProgress?.({ fraction: 1, text: `TensorFlow ${LIBRARY_VERSION} is in ${folder}` });
    return { folder, manifest, fresh: true };
  } catch (error) {
    await rm(stage, { recursive: true, force: true }).catch(() => undefined); // the next installation clears what could not be removed
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof KarstError)) throwIfCancelled(signal);
    if (code === 'EEXIST' || code === 'ENOTDIR') throw new KarstError('disk', `${engines} is not a folder`, {}, error);
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new KarstError('disk', `the disk that holds ${engines} is full`, {}, error);
    throw error;
  }
}
