// Portable Network Graphics (ISO/IEC 15948): writes 8-bit grey or RGB pictures with UTF-8 text chunks, and reads the text of any PNG
// back. Every row takes the filter with the smallest sum of absolute differences (section 12.8 of the standard), and the deflate is
// fflate's, so the same picture gives the same bytes on every machine.
import { unzlibSync, zlibSync } from 'fflate';
import { KarstError } from '../base/errors.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** [height, width, channels] */
  readonly data: Uint8Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** A text chunk that unpacks to more than this is not ours. */
const MAX_TEXT_BYTES = 256 * 2 ** 20;

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (crcTable[(c ^ byte) & 255] as number) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

function filtered({ width, height, channels, data }: Picture): Uint8Array {
  const stride = width * channels;
  const out = new Uint8Array(height * (stride + 1));
  const candidates = Array.from({ length: 5 }, () => new Uint8Array(stride));
  for (let y = 0; y < height; y++) {
    const sums = [0, 0, 0, 0, 0];
    for (let i = 0; i < stride; i++) {
      const x = data[y * stride + i] as number;
      const a = i >= channels ? (data[y * stride + i - channels] as number) : 0;
      const b = y > 0 ? (data[(y - 1) * stride + i] as number) : 0;
      const c = i >= channels && y > 0 ? (data[(y - 1) * stride + i - channels] as number) : 0;
      const predicted = [0, a, b, (a + b) >> 1, paeth(a, b, c)];
      for (let filter = 0; filter < 5; filter++) {
        const value = (x - (predicted[filter] as number)) & 255;
        (candidates[filter] as Uint8Array)[i] = value;
        sums[filter] = (sums[filter] as number) + (value < 128 ? value : 256 - value);
      }
    }
    const best = sums.indexOf(Math.min(...sums));
    out[y * (stride + 1)] = best;
    out.set(candidates[best] as Uint8Array, y * (stride + 1) + 1);
  }
  return out;
}

/** `texts` become compressed iTXt chunks; keywords are 1 to 79 Latin letters. */
export function writePng(picture: Picture, texts: Readonly<Record<string, string>> = {}): Uint8Array {
  const { width, height, channels, data } = picture;
  if (data.length !== width * height * channels || width < 1 || height < 1) {
    throw new KarstError(
      'internal',
      `a ${width} × ${height} picture of ${channels} channels needs ${width * height * channels} bytes, got ${data.length}`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  const encoder = new TextEncoder();
  const textChunks = Object.entries(texts).map(([keyword, text]) =>
    // keyword, 0, compressed, method 0, no language, no translated keyword, text
    chunk('iTXt', joined([encoder.encode(keyword), Uint8Array.of(0, 1, 0, 0, 0), zlibSync(encoder.encode(text), { level: 9 })])),
  );
  return joined([
    SIGNATURE,
    chunk('IHDR', header),
    ...textChunks,
    chunk('IDAT', zlibSync(filtered(picture), { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

export interface PngFacts {
  readonly width: number;
  readonly height: number;
  readonly texts: Readonly<Record<string, string>>;
}

/** Size and UTF-8 texts of a PNG; chunks are checked by their CRC, pixels are not looked at. */
export function readPng(where: string, bytes: Uint8Array): PngFacts {
  const bad = (found: string): never => {
    throw new KarstError('bad-data', `${where}: expected a PNG file, found ${found}`);
  };
  if (!isPng(bytes)) return bad('another signature');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: Record<string, string> = {};
  let size: { width: number; height: number } | undefined;
  for (let offset = 8; ;) {
    if (offset + 12 > bytes.length) return bad(`an end after ${bytes.length} bytes, in the middle of its chunks`);
    const length = view.getUint32(offset);
    if (offset + 12 + length > bytes.length) return bad(`a chunk of ${length} bytes that does not fit`);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    const data = bytes.subarray(offset + 8, offset + 8 + length);
    if (view.getUint32(offset + 8 + length) !== crc32(bytes.subarray(offset + 4, offset + 8 + length)))
      return bad(`a damaged ${type} chunk`);
    if (type === 'IHDR' && length === 13) size = { width: view.getUint32(offset + 8), height: view.getUint32(offset + 12) };
    if (type === 'iTXt') {
      const text = readText(data);
      if (text && !Object.hasOwn(texts, text.keyword)) texts[text.keyword] = text.text;
    }
    if (type === 'IEND') break;
    offset += 12 + length;
  }
  return size ? { ...size, texts } : bad('no header chunk');
}

function readText(data: Uint8Array): { keyword: string; text: string } | undefined {
  const nul = (from: number): number => data.indexOf(0, from);
  const keywordEnd = nul(0);
  const languageEnd = nul(keywordEnd + 3);
  const translatedEnd = nul(languageEnd + 1);
  if (keywordEnd < 1 || languageEnd < 0 || translatedEnd < 0) return undefined;
  const keyword = String.fromCharCode(...data.subarray(0, keywordEnd));
  const rest = data.subarray(translatedEnd + 1);
  try {
    const plain = data[keywordEnd + 1] === 1 ? inflated(rest) : rest;
    return { keyword, text: new TextDecoder('utf-8', { fatal: true }).decode(plain) };
  } catch {
    return undefined; // someone else's text
  }
}

/** Deflate packs at most 1032 to 1 (zlib's own figure), which bounds what a small chunk can become. */
function inflated(bytes: Uint8Array): Uint8Array {
  if (bytes.length * 1032 <= MAX_TEXT_BYTES) return unzlibSync(bytes);
  return unzlibSync(bytes, { out: new Uint8Array(MAX_TEXT_BYTES) });
}
