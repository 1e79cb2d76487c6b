// What the first bytes of a file say it is, whatever its name says; and the declared size of a picture before anything decodes it.
// PNG (ISO 15948 11.2.2), JPEG (ITU-T T.81 B.2.2), GIF89a 18, WebP (RFC 9649 2.5 to 2.7).

export type PictureFormat = 'PNG' | 'JPEG' | 'WebP' | 'GIF';

export interface PictureHeader {
  readonly format: PictureFormat;
  /** Absent where the size comes later in the file than the bytes at hand. */
  readonly size?: { readonly width: number; readonly height: number };
}

const ascii = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));

export function pictureHeader(bytes: Uint8Array): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') {
    if (bytes.length < 24) return { format: 'PNG' };
    return { format: 'PNG', size: { width: view.getUint32(16), height: view.getUint32(20) } };
  }
  if (ascii(bytes, 0, 6) === 'GIF87a' || ascii(bytes, 0, 6) === 'GIF89a') {
    if (bytes.length < 10) return { format: 'GIF' };
    return { format: 'GIF', size: { width: view.getUint16(6, true), height: view.getUint16(8, true) } };
  }
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return webp(bytes, view);
  if (bytes.length >= 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return jpeg(view);
  return undefined;
}

function webp(bytes: Uint8Array, view: DataView): PictureHeader {
  if (bytes.length < 30) return { format: 'WebP' };
  const chunk = ascii(bytes, 12, 16);
  if (chunk === 'VP8 ') {
    return { format: 'WebP', size: { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff } };
  }
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { format: 'WebP', size: { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 } };
  }
  if (chunk === 'VP8X') {
    const three = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536 + 1;
    return { format: 'WebP', size: { width: three(24), height: three(27) } };
  }
  return { format: 'WebP' };
}

function jpeg(view: DataView): PictureHeader {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return { format: 'JPEG' };
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { format: 'JPEG', size: { width: view.getUint16(at + 7), height: view.getUint16(at + 5) } };
    const standsAlone = marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += marker === 0xff ? 1 : standsAlone ? 2 : 2 + view.getUint16(at + 2);
  }
  return { format: 'JPEG' };
}

const within = (byte: number | undefined, low: number, high: number): boolean =>
  byte !== undefined && byte >= low && byte <= high;

/** A phrase for a message: "a ZIP archive", "a web page", "text that starts with …". */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  const picture = pictureHeader(bytes);
  if (picture) return `a ${picture.format} picture`;
  const start = ascii(bytes, 0, Math.min(bytes.length, 64));
  if (start.startsWith('\x93NUMPY')) return 'a NumPy array (NPY)';
  if (start.startsWith('PK\x03\x04') || start.startsWith('PK\x05\x06')) return 'a ZIP archive';
  if (start.startsWith('\x1f\x8b')) return 'a gzip file';
  if (start.startsWith('\x89HDF\r\n')) return 'an HDF5 file';
  if (start.startsWith('%PDF')) return 'a PDF document';
  if (start.startsWith('PAR1')) return 'a Parquet file';
  if (bytes[0] === 0x80 && within(bytes[1], 2, 5)) return 'a Python pickle';
  if (/^(\xff\xfe|\xfe\xff)/.test(start)) return 'UTF-16 text';
  if (/^\s*<(!doctype html|html)/i.test(start)) return 'a web page';
  if (/^\s*<(\?xml|svg)/i.test(start)) return 'an XML or SVG document';
  if (bytes[0] === 0 && bytes[1] === 0 && within(bytes[2], 8, 14) && within(bytes[3], 1, 4)) return 'an IDX array';
  if (/^[\t\r\n\x20-\x7e\x80-\xff]+$/.test(start)) return `text that starts with ${JSON.stringify(start.slice(0, 24))}`;
  const hex = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `bytes that start with ${hex}`;
}
