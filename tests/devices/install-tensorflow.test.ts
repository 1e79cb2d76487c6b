// The installer against a server on loopback that serves made archives, honest and hostile ones.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressRecord } from '../../src/protocol/records.ts';
import { unpackArchive } from '../../src/node/devices/archive.ts';
import { download } from '../../src/node/devices/download.ts';
import { engineFolder, readManifest, verifyEngine } from '../../src/node/devices/engine-folder.ts';
import { archiveUrls, installTensorflowGpu, type InstallOptions } from '../../src/node/devices/install-tensorflow.ts';

interface TarEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly type?: string;
  readonly target?: string;
}

/** A ustar archive, gzipped; names beyond 100 characters as GNU tar writes them. */
function tarGz(entries: readonly TarEntry[], end = true): Buffer {
  const blocks: Buffer[] = [];
  const put = ({ name, content = '', type = '0', target = '' }: TarEntry): void => {
    const body = Buffer.from(content);
    if (name.length > 100) put({ name: '././@LongLink', content: `${name}\0`, type: 'L' });
    const header = Buffer.alloc(512);
    header.write(name.slice(0, 100), 0);
    header.write('0000755\0', 100);
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(target, 157);
    header.write('ustar\x0000', 257);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    blocks.push(header, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  };
  entries.forEach(put);
  if (end) blocks.push(Buffer.alloc(1024));
  return gzipSync(Buffer.concat(blocks));
}

const libraryContent = Buffer.alloc(200_000, 'libtensorflow ');
const library = tarGz([
  { name: './', type: '5' },
  { name: './lib/', type: '5' },
  { name: './lib/libtensorflow.so.2.9.1', content: libraryContent },
  { name: './lib/libtensorflow.so.2', type: '2', target: 'libtensorflow.so.2.9.1' },
  { name: './lib/libtensorflow.so', type: '2', target: 'libtensorflow.so.2' },
  { name: `./include/${'deep/'.repeat(30)}c_api.h`, content: 'int TF_Version();' },
]);
const addon = tarGz([{ name: 'napi-v8/tfjs_binding.node', content: 'an addon' }]);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const googHash = (bytes: Buffer): string => `crc32c=AAAAAA==, md5=${createHash('md5').update(bytes).digest('base64')}`;

let home: string;
let server: Server;
let serve: RequestListener;

/** Serves both archives, with or without Google's checksum header. */
const honest =
  (checksums: boolean, archives: { library: Buffer; addon: Buffer } = { library, addon }): RequestListener =>
  (request, response) => {
    const body = request.url?.includes('libtensorflow') ? archives.library : archives.addon;
    response.writeHead(200, { 'content-length': body.length, ...(checksums ? { 'x-goog-hash': googHash(body) } : {}) }).end(body);
  };

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'karst-engine-'));
  serve = honest(true);
  server = createServer((request, response) => serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true, force: true });
});

const install = (more: Partial<InstallOptions> = {}) =>
  installTensorflowGpu({
    home,
    platform: 'linux',
    arch: 'x64',
    environment: { TFJS_NODE_CDN_STORAGE: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` },
    ...more,
  });
const engines = async (): Promise<string[]> => (existsSync(join(home, 'engines')) ? readdir(join(home, 'engines')) : []);

describe('installing TensorFlow', () => {
  it('puts library and addon where the addon looks, with progress and a manifest', async () => {
    const progress: ProgressRecord[] = [];
    const { folder, manifest, fresh } = await install({ onProgress: (one) => progress.push(one) });
    expect(fresh).toBe(true);
    expect(folder).toBe(engineFolder(home, 'linux', 'x64'));
    expect(await readFile(join(folder, 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('an addon');
    expect(await readFile(join(folder, 'deps/lib/libtensorflow.so'))).toEqual(libraryContent);
    expect(await readlink(join(folder, 'deps/lib/libtensorflow.so.2'))).toBe('libtensorflow.so.2.9.1');
    expect((await lstat(join(folder, 'lib/napi-v8/tfjs_binding.node'))).mode & 0o777).toBe(0o755);
    expect(manifest.archives).toMatchObject({
      library: { bytes: library.length, sha256: sha256(library), trust: 'server' },
      addon: { sha256: sha256(addon), trust: 'server' },
    });
    expect(manifest.files['deps/lib/libtensorflow.so.2.9.1']).toEqual({ bytes: 200_000, sha256: sha256(libraryContent) });
    expect(Object.keys(manifest.files).some((name) => name.endsWith('deep/c_api.h'))).toBe(true);
    expect(await readManifest(folder)).toEqual(manifest);
    expect(await engines()).toEqual(['tf-2.9.1-gpu-linux-x64']);
    expect(progress.at(-1)).toMatchObject({ fraction: 1 });
    expect(progress.some(({ text, fraction }) => /Downloading TensorFlow's library: .* of /.test(text) && fraction === 1)).toBe(
      true,
    );
  });

  it('leaves a whole installation alone, and repairs a damaged one with the very same archives only', async () => {
    const { folder, manifest } = await install();
    expect((await install()).fresh).toBe(false);
    await writeFile(join(folder, 'lib/napi-v8/tfjs_binding.node'), 'another addon');
    await expect(verifyEngine(folder, manifest)).rejects.toThrow('tfjs_binding.node is not what was installed');
    serve = honest(true, { library, addon: tarGz([{ name: 'napi-v8/tfjs_binding.node', content: 'a replaced addon' }]) });
    await expect(install()).rejects.toThrow(`the one accepted before is ${sha256(addon)}; nothing was installed`);
    serve = honest(true);
    expect((await install()).fresh).toBe(true);
    await verifyEngine(folder, manifest);
    await rm(join(folder, 'deps/lib/libtensorflow.so.2'));
    await expect(verifyEngine(folder, manifest)).rejects.toThrow('libtensorflow.so.2 is missing');
  });

  it('accepts nothing unchecked unless told to', async () => {
    serve = honest(false);
    await expect(install()).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining(sha256(addon)) as string });
    expect(await engines()).toEqual([]);
    expect((await install({ trustFirstUse: true })).manifest.archives).toMatchObject({ library: { trust: 'first-use' } });
    await rm(engineFolder(home, 'linux', 'x64'), { recursive: true });
    const known = { library: sha256(library).toUpperCase(), addon: sha256(addon) };
    expect((await install({ sha256: known })).manifest.archives).toMatchObject({
      library: { trust: 'given' },
      addon: { trust: 'given' },
    });
  });

  it('refuses a wrong digest, given or sent', async () => {
    await expect(install({ sha256: { library: '0'.repeat(64) } })).rejects.toMatchObject({ code: 'bad-data' });
    serve = (_, response) => response.writeHead(200, { 'x-goog-hash': googHash(library) }).end(addon);
    await expect(install()).rejects.toThrow('the server names md5');
    expect(await engines()).toEqual([]);
  });

  it('says what is wrong with the network', async () => {
    serve = (_, response) => response.writeHead(404).end();
    await expect(install()).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('answered 404') as string,
    });
    serve = (_, response) => void response.writeHead(200, { 'content-length': 1000 }).write('half', () => response.destroy());
    await expect(install()).rejects.toMatchObject({ code: 'disconnected' });
    const environment = { TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:1/' };
    await expect(install({ environment })).rejects.toMatchObject({ code: 'disconnected' });
    expect(await engines()).toEqual([]);
  });

  it('can be cancelled, and clears what broken-off installations left', async () => {
    await mkdir(join(home, 'engines', '.staging-999999999-tf-2.9.1-gpu-linux-x64', 'deps'), { recursive: true });
    const stop = new AbortController();
    serve = (_, response) => void response.writeHead(200, { 'content-length': 1_000_000 }).write(Buffer.alloc(1000));
    await expect(install({ signal: stop.signal, onProgress: () => stop.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    expect(await engines()).toEqual([]);
  });

  it.skipIf(!existsSync('/dev/full'))('says that a disk is full, beforehand where the size is known', async () => {
    const path = join(home, 'archive');
    const huge = () => Promise.resolve(new Response('x', { headers: { 'content-length': '1000000000000000' } }));
    await expect(download('http://host/file', path, { fetch: huge, maxBytes: Infinity })).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringMatching(/bytes left, http:\/\/host\/file needs 1000000000000000/) as string,
    });
    await symlink('/dev/full', path);
    const small = () => Promise.resolve(new Response('x'.repeat(100_000)));
    await expect(download('http://host/file', path, { fetch: small })).rejects.toThrow('the disk is full');
    await writeFile(join(home, 'engines'), 'a file where the folder should be');
    await expect(install()).rejects.toThrow('engines is not a folder');
  });

  it('names the platforms it exists for', async () => {
    await expect(install({ platform: 'darwin', arch: 'arm64' })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(install({ platform: 'linux', arch: 'arm64' })).rejects.toThrow('this is linux on arm64; take onnx-webgpu');
  });

  it('takes the makers’ addresses, and mirrors', () => {
    expect(archiveUrls('linux', {})).toEqual({
      library: 'https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz',
      addon: 'https://storage.googleapis.com/tf-builds/pre-built-binary/napi-v8/4.22.0/GPU-linux-4.22.0.tar.gz',
    });
    expect(archiveUrls('win32', {}).addon).toMatch(/GPU-windows-4\.22\.0\.zip$/);
    expect(archiveUrls('linux', { TFJS_NODE_BASE_URI: 'http://mirror/tf-' }).library).toBe(
      'http://mirror/tf-gpu-linux-x86_64-2.9.1.tar.gz',
    );
  });

  it('reads the zip archives of Windows and puts the library beside the addon', async () => {
    serve = honest(true, {
      library: Buffer.from(zipSync({ 'tensorflow.dll': strToU8('a library'), include: { 'c_api.h': strToU8('') } })),
      addon: Buffer.from(zipSync({ 'napi-v8': { 'tfjs_binding.node': [strToU8('an addon'), { level: 0 }] } })),
    });
    const { folder } = await install({ platform: 'win32' });
    expect(await readFile(join(folder, 'deps/lib/tensorflow.dll'), 'utf8')).toBe('a library');
    expect(await readFile(join(folder, 'lib/napi-v8/tensorflow.dll'), 'utf8')).toBe('a library');
  });

  it('refuses archives that are not what they should be', async () => {
    serve = honest(true, { library, addon: tarGz([{ name: 'napi-v8/readme', content: '' }]) });
    await expect(install()).rejects.toThrow('the archives do not hold');
    serve = honest(true, { library, addon: Buffer.from('<html>sign in to this network</html>') });
    await expect(install()).rejects.toThrow('expected a .tar.gz or a .zip');
    expect(await engines()).toEqual([]);
  });
});

describe('hostile archives', () => {
  const cases: Record<string, [Buffer, RegExp]> = {
    'a path that climbs': [tarGz([{ name: '../outside', content: 'x' }]), /outside the folder/],
    'an absolute path': [tarGz([{ name: '/tmp/outside', content: 'x' }]), /outside the folder/],
    'a path of Windows': [tarGz([{ name: 'C:\\outside', content: 'x' }]), /outside the folder/],
    'a climbing path in a zip': [Buffer.from(zipSync({ '../outside': strToU8('x') })), /outside the folder/],
    'a link that climbs': [tarGz([{ name: 'in/link', type: '2', target: '../../outside' }]), /points outside/],
    'an absolute link': [tarGz([{ name: 'link', type: '2', target: '/etc/passwd' }]), /points outside/],
    'a hard link that climbs': [tarGz([{ name: 'link', type: '1', target: '../outside' }]), /outside the folder/],
    'a link through a link': [
      tarGz([
        { name: 'p/q', type: '2', target: '.' },
        { name: 'p/q/s', type: '2', target: '../../x' },
      ]),
      /through another link/,
    ],
    'a device': [tarGz([{ name: 'null', type: '3' }]), /neither file/],
    'a name twice': [
      tarGz([
        { name: 'a', content: '1' },
        { name: 'a', content: '2' },
      ]),
      /there twice/,
    ],
    'a broken header': [gzipSync(Buffer.alloc(1024, 'x')), /checksum|number/],
    'no end': [tarGz([{ name: 'a', content: '1' }], false), /incomplete/],
    'half a gzip': [library.subarray(0, library.length / 2), /incomplete/],
    'half a zip': [Buffer.from(zipSync({ a: strToU8('x'.repeat(1000)) })).subarray(0, 60), /incomplete/],
  };
  for (const [name, [bytes, message]] of Object.entries(cases)) {
    it(name, async () => {
      const root = join(home, 'a', 'b', 'root');
      await mkdir(root, { recursive: true });
      const archive = join(home, 'archive');
      await writeFile(archive, bytes);
      await expect(unpackArchive(archive, root)).rejects.toThrow(message);
      expect(await readdir(join(home, 'a', 'b'))).toEqual(['root']);
      expect(await readdir(join(home, 'a'))).toEqual(['b']);
    });
  }

  it('a bomb', async () => {
    const root = join(home, 'root');
    await mkdir(root);
    const archive = join(home, 'archive');
    await writeFile(archive, tarGz([{ name: 'zeros', content: Buffer.alloc(5_000_000) }]));
    await expect(unpackArchive(archive, root, { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: 'too-large' });
    await expect(unpackArchive(archive, root, { maxEntries: 0 })).rejects.toMatchObject({ code: 'too-large' });
  });

  it('a zip whose content is not what its directory says', async () => {
    const root = join(home, 'root');
    await mkdir(root);
    const bytes = Buffer.from(zipSync({ a: [strToU8('honest content'), { level: 0 }] }));
    bytes.write('H', bytes.indexOf('honest'));
    const archive = join(home, 'archive');
    await writeFile(archive, bytes);
    await expect(unpackArchive(archive, root)).rejects.toThrow('fails its checksum');
  });
});
