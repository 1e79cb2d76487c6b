// Unpacks a .tar.gz or .zip that came from the network into an empty folder. Nothing may land outside that folder: absolute paths, `..`,
// links that point out and devices are refused; links are made last, so nothing is ever written through one. Sizes are bounded.
// tar: POSIX ustar with pax paths and GNU long names. zip: APPNOTE 6.3, stored or deflated, below 4 GB.
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, symlink, type FileHandle } from 'node:fs/promises';
import { dirname, join, normalize, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createGunzip, createInflateRaw } from 'node:zlib';
import { KarstError } from '../../base/errors.ts';

export interface UnpackOptions {
  /** Leading folders to take off every path. */
  readonly strip?: number;
  readonly signal?: AbortSignal;
  readonly maxBytes?: number;
  readonly maxEntries?: number;
}

const BLOCK = 512;
const MAX_BYTES = 8 * 2 ** 30;
const MAX_ENTRIES = 20_000;

const malformed = (archive: string, what: string): KarstError => new KarstError('bad-data', `${archive}: ${what}`);

/** The place of an entry below the root, with forward slashes; undefined where stripping leaves nothing. */
function placeOf(archive: string, name: string, strip: number): string | undefined {
  const slashed = name.replaceAll('\\', '/');
  const unsafe =
    slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed) || slashed.includes('\0') || slashed.split('/').includes('..');
  if (unsafe) throw malformed(archive, `the entry ${JSON.stringify(name)} would be written outside the folder`);
  const parts = slashed.split('/').filter((part) => part !== '' && part !== '.');
  const kept = parts.slice(strip);
  return kept.length === 0 ? undefined : kept.join('/');
}

/** Writes entries and keeps the promises of the head note. */
class Unpacked {
  readonly #archive: string;
  readonly #root: string;
  readonly #options: UnpackOptions;
  readonly #links: { readonly at: string; readonly to: string; readonly hard: boolean }[] = [];
  #bytes = 0;
  #entries = 0;

  constructor(archive: string, root: string, options: UnpackOptions) {
    this.#archive = archive;
    this.#root = root;
    this.#options = options;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#entries++;
    const { maxBytes = MAX_BYTES, maxEntries = MAX_ENTRIES } = this.#options;
    if (this.#bytes > maxBytes)
      throw new KarstError('too-large', `${this.#archive} unpacks to more than ${String(maxBytes)} bytes`);
    if (this.#entries > maxEntries)
      throw new KarstError('too-large', `${this.#archive} has more than ${String(maxEntries)} entries`);
  }

  /** Takes `size` bytes from `content`. */
  async file(name: string, size: number, mode: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.#count(size);
    const place = placeOf(this.#archive, name, this.#options.strip ?? 0);
    if (place === undefined)
      throw malformed(this.#archive, `the file ${JSON.stringify(name)} has no name once its folder is taken off`);
    const path = join(this.#root, place);
    await mkdir(dirname(path), { recursive: true });
    // wx: a second entry of the same name is refused, not written over the first.
    const target = createWriteStream(path, { flags: 'wx', mode: mode & 0o111 ? 0o755 : 0o644 });
    await pipeline(Readable.from(content), target, this.#options.signal ? { signal: this.#options.signal } : {}).catch(
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST')
          throw malformed(this.#archive, `the entry ${JSON.stringify(name)} is there twice`);
        throw error;
      },
    );
  }

  async folder(name: string): Promise<void> {
    this.#count(0);
    const place = placeOf(this.#archive, name, this.#options.strip ?? 0);
    if (place !== undefined) await mkdir(join(this.#root, place), { recursive: true });
  }

  link(name: string, target: string, hard: boolean): void {
    this.#count(0);
    const strip = this.#options.strip ?? 0;
    const at = placeOf(this.#archive, name, strip);
    const to = hard ? placeOf(this.#archive, target, strip) : posix.join(posix.dirname(at ?? ''), target);
    const escapes = at === undefined || to === undefined || posix.isAbsolute(target) || to === '..' || to.startsWith('../');
    if (escapes)
      throw malformed(this.#archive, `the link ${JSON.stringify(name)} points outside the folder, to ${JSON.stringify(target)}`);
    this.#links.push({ at, to: hard ? to : target, hard });
  }

  async finish(): Promise<void> {
    const linked = new Set(this.#links.map(({ at }) => at));
    const throughLink = (place: string): boolean =>
      place.split('/').some((_, i, parts) => i > 0 && linked.has(parts.slice(0, i).join('/')));
    for (const { at, to, hard } of this.#links) {
      // A link reached through a link would not lie where its path says, and so could point out after all.
      if (throughLink(at) || (hard && (linked.has(to) || throughLink(to))))
        throw malformed(this.#archive, `the link ${JSON.stringify(at)} leads through another link`);
    }
    for (const { at, to, hard } of this.#links) {
      const path = join(this.#root, at);
      await mkdir(dirname(path), { recursive: true });
      await (hard ? link(join(this.#root, to), path) : symlink(to, path));
    }
  }
}

/** Hands out exact numbers of bytes from a stream of chunks. */
class Source {
  readonly #archive: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(archive: string, chunks: AsyncIterable<Uint8Array>) {
    this.#archive = archive;
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async *take(count: number): AsyncGenerator<Uint8Array> {
    while (count > 0) {
      if (this.#left.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) throw malformed(this.#archive, 'it ends in the middle: the download is incomplete');
        this.#left = next.value;
      }
      const part = this.#left.subarray(0, count);
      this.#left = this.#left.subarray(part.length);
      count -= part.length;
      yield part;
    }
  }

  async bytes(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.take(count)) parts.push(part);
    return Buffer.concat(parts);
  }
}

const text = (field: Buffer): string => field.toString('utf8').replace(/\0.*$/s, '');

/** Octal, or base 256 where the first bit is set. */
function number(archive: string, field: Buffer): number {
  if ((field[0] as number) & 0x80) return Number(field.subarray(-8).readBigUInt64BE());
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw malformed(archive, `a tar header holds ${JSON.stringify(digits)} where a number belongs`);
  return digits === '' ? 0 : parseInt(digits, 8);
}

async function unpackTar(archive: string, chunks: AsyncIterable<Uint8Array>, unpacked: Unpacked): Promise<void> {
  const source = new Source(archive, chunks);
  let longName: string | undefined;
  let longTarget: string | undefined;
  for (;;) {
    const header = await source.bytes(BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    if (sum !== number(archive, header.subarray(148, 156))) throw malformed(archive, 'a tar header fails its checksum');
    const size = number(archive, header.subarray(124, 136));
    const type = String.fromCharCode(header[156] as number);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if ('LKxg'.includes(type)) {
      if (size > 1 << 20) throw malformed(archive, 'a tar header extension is larger than 1 MB');
      const body = await source.bytes(size + padding);
      const content = body.subarray(0, size);
      if (type === 'L') longName = text(content);
      if (type === 'K') longTarget = text(content);
      if (type === 'x') {
        const records = new Map<string, string>();
        for (const [, key = '', value = ''] of content.toString('utf8').matchAll(/\d+ ([^=\n]+)=([^\n]*)\n/g))
          records.set(key, value);
        longName = records.get('path') ?? longName;
        longTarget = records.get('linkpath') ?? longTarget;
        if (records.has('size')) throw malformed(archive, 'a file of more than 8 GB');
      }
      continue;
    }
    const prefix = text(header.subarray(257, 262)) === 'ustar' && header[262] === 0 ? text(header.subarray(345, 500)) : '';
    const name = longName ?? [prefix, text(header.subarray(0, 100))].filter(Boolean).join('/');
    const target = longTarget ?? text(header.subarray(157, 257));
    longName = longTarget = undefined;
    if (type === '0' || type === '\0' || type === '7') {
      await unpacked.file(name, size, number(archive, header.subarray(100, 108)), source.take(size));
      await source.bytes(padding);
    } else if (type === '5') await unpacked.folder(name);
    else if (type === '1' || type === '2') unpacked.link(name, target, type === '1');
    else throw malformed(archive, `the entry ${JSON.stringify(name)} is neither file, folder nor link`);
  }
}

async function readAt(file: FileHandle, archive: string, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw malformed(archive, 'it ends in the middle: the download is incomplete');
  return buffer;
}

async function* checked(
  archive: string,
  name: string,
  size: number,
  expected: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let sum = 0;
  let length = 0;
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    length += chunk.length;
    if (length > size) break;
    yield chunk;
  }
  if (length !== size || sum !== expected) throw malformed(archive, `the entry ${JSON.stringify(name)} fails its checksum`);
}

async function unpackZip(archive: string, file: FileHandle, unpacked: Unpacked): Promise<void> {
  const { size: length } = await file.stat();
  const tailLength = Math.min(length, 22 + 65_535);
  const tail = await readAt(file, archive, length - tailLength, tailLength);
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end === -1 || end + 22 > tail.length) throw malformed(archive, 'it has no zip directory: the download is incomplete');
  const directorySize = tail.readUInt32LE(end + 12);
  const directoryAt = tail.readUInt32LE(end + 16);
  if (directorySize === 0xffffffff || directoryAt === 0xffffffff) throw malformed(archive, 'zip64 is not read here');
  const directory = await readAt(file, archive, directoryAt, Math.min(directorySize, length));
  for (let at = 0; at + 46 <= directory.length;) {
    if (directory.readUInt32LE(at) !== 0x02014b50) throw malformed(archive, 'its directory is damaged');
    const method = directory.readUInt16LE(at + 10);
    const crc = directory.readUInt32LE(at + 16);
    const packed = directory.readUInt32LE(at + 20);
    const size = directory.readUInt32LE(at + 24);
    const nameLength = directory.readUInt16LE(at + 28);
    const mode = directory.readUInt32LE(at + 38) >>> 16;
    const localAt = directory.readUInt32LE(at + 42);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (name.endsWith('/')) {
      await unpacked.folder(name);
      continue;
    }
    if ((mode & 0o170000) === 0o120000) throw malformed(archive, `the entry ${JSON.stringify(name)} is a link`);
    if (method !== 0 && method !== 8)
      throw malformed(archive, `the entry ${JSON.stringify(name)} is packed in an unknown way (${String(method)})`);
    const local = await readAt(file, archive, localAt, 30);
    const from = localAt + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    const raw: AsyncIterable<Uint8Array> =
      packed === 0 ? Readable.from([]) : createReadStream(archive, { start: from, end: from + packed - 1 });
    const content = method === 0 ? raw : Readable.from(raw).pipe(createInflateRaw());
    await unpacked.file(name, size, mode, checked(archive, name, size, crc, content));
  }
}

/** Unpacks `archive` into the existing empty folder `root`; what it is, its first bytes tell. */
export async function unpackArchive(archive: string, root: string, options: UnpackOptions = {}): Promise<void> {
  const unpacked = new Unpacked(archive, normalize(root), options);
  const file = await open(archive);
  try {
    const magic = Buffer.alloc(4);
    await file.read(magic, 0, 4, 0);
    if (magic[0] === 0x1f && magic[1] === 0x8b) {
      const packed = createReadStream(archive);
      const gunzip = createGunzip();
      packed.on('error', (error) => gunzip.destroy(error));
      try {
        await unpackTar(archive, packed.pipe(gunzip), unpacked);
      } finally {
        packed.destroy();
        gunzip.destroy();
      }
    } else if (magic.toString('latin1').startsWith('PK')) await unpackZip(archive, file, unpacked);
    else throw malformed(archive, `expected a .tar.gz or a .zip, found a file that begins with ${magic.toString('hex')}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string' && code.startsWith('Z_')) throw malformed(archive, 'it is damaged: the download is incomplete');
    throw error;
  } finally {
    await file.close();
  }
  await unpacked.finish();
}
