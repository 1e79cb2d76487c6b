// The part of ZIP that NPZ files use (APPNOTE 6.3.10): the central directory, stored and deflated entries, ZIP64 sizes. Sizes are checked
// against the archive and against deflate's greatest ratio before memory is taken, and contents against their CRC-32.
import { inflateSync } from 'fflate';
import { MAX_DEFLATE_RATIO } from './limits.ts';
import { byteCount, refusal } from './refusal.ts';
import { describeBytes } from './signatures.ts';

export interface ZipEntry {
  readonly name: string;
  /** Decompressed size, as declared and found possible. */
  readonly size: number;
  readonly packedSize: number;
  readonly deflated: boolean;
  readonly crc: number;
  /** Of the packed bytes. */
  readonly offset: number;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;

export function zipEntries(file: string, bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const broken = (found: string): Error => refusal(file, 'an intact ZIP archive (NPZ)', found);
  let end = bytes.length - 22;
  const lowest = Math.max(0, end - 65_535); // a comment may follow
  while (end >= lowest && view.getUint32(end, true) !== END) end--;
  if (end < lowest) {
    const isZip = describeBytes(bytes.subarray(0, 64)) === 'a ZIP archive';
    throw broken(isZip ? 'an archive without its directory, cut short' : describeBytes(bytes.subarray(0, 64)));
  }
  const big = (at: number): number => Number(view.getBigUint64(at, true));
  let total = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (end >= 20 && view.getUint32(end - 20, true) === END64_LOCATOR) {
    const end64 = big(end - 12);
    if (end64 + 56 > bytes.length) throw broken('a directory outside the file');
    total = big(end64 + 32);
    at = big(end64 + 48);
  }
  const entries: ZipEntry[] = [];
  for (let i = 0; i < total; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== CENTRAL) throw broken('a damaged directory');
    const [method, nameLength, extraLength] = [
      view.getUint16(at + 10, true),
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
    ];
    const commentLength = view.getUint16(at + 32, true);
    const extraEnd = at + 46 + nameLength + extraLength;
    if (extraEnd > bytes.length) throw broken('a damaged directory');
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    let packedSize = view.getUint32(at + 20, true);
    let size = view.getUint32(at + 24, true);
    let local = view.getUint32(at + 42, true);
    for (let extra = at + 46 + nameLength; extra + 4 <= extraEnd; extra += 4 + view.getUint16(extra + 2, true)) {
      if (view.getUint16(extra, true) !== 1) continue;
      let from = extra + 4; // ZIP64: only the fields that did not fit, in this order
      const next = (): number => {
        if (from + 8 > extraEnd) throw broken('a damaged directory');
        from += 8;
        return big(from - 8);
      };
      if (size === 0xffffffff) size = next();
      if (packedSize === 0xffffffff) packedSize = next();
      if (local === 0xffffffff) local = next();
    }
    if (view.getUint16(at + 8, true) & 1) throw broken(`an encrypted entry, ${name}`);
    if (method !== 0 && method !== 8) throw broken(`entry ${name} packed by method ${method}, neither stored nor deflated`);
    if (local + 30 > bytes.length || view.getUint32(local, true) !== LOCAL) throw broken(`entry ${name} outside the file`);
    const offset = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (offset + packedSize > bytes.length) throw broken(`entry ${name}, cut short`);
    const possible = method === 0 ? size === packedSize : size <= packedSize * MAX_DEFLATE_RATIO;
    if (!possible) throw broken(`entry ${name}, which claims ${byteCount(size)} from ${byteCount(packedSize)}`);
    entries.push({ name, size, packedSize, deflated: method === 8, crc: view.getUint32(at + 16, true), offset });
    at = extraEnd + commentLength;
  }
  return entries;
}

/** The bytes of one entry, in memory of their own. The caller has judged `entry.size`. */
export function unzip(file: string, bytes: Uint8Array, entry: ZipEntry): Uint8Array {
  const damaged = (cause?: unknown): Error =>
    refusal(`${file}/${entry.name}`, 'intact contents', 'bytes that do not match their checksum', { cause });
  const packed = bytes.subarray(entry.offset, entry.offset + entry.packedSize);
  let out: Uint8Array;
  try {
    out = entry.deflated ? inflateSync(packed, { out: new Uint8Array(entry.size) }) : packed.slice();
  } catch (cause) {
    throw damaged(cause);
  }
  if (out.length !== entry.size || crc32(out) !== entry.crc) throw damaged();
  return out;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (TABLE[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
