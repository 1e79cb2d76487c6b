// Bytes and text: base64, hex and message framing, without a host's help.
import { KarstError } from './errors.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] as number;
    const b = bytes[i + 1];
    const c = bytes[i + 2];
    text += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    text += b === undefined ? '=' : ALPHABET.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    text += c === undefined ? '=' : ALPHABET.charAt(c & 63);
  }
  return text;
}

/** Throws a RangeError where `text` is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw new RangeError('not base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, out = 0; i < text.length; i += 4) {
    let word = 0;
    for (let j = 0; j < 4; j++) word = (word << 6) | Math.max(0, ALPHABET.indexOf(text.charAt(i + j)));
    for (let shift = 16; shift >= 0 && out < bytes.length; shift -= 8) bytes[out++] = (word >> shift) & 255;
  }
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// --- Message framing -------------------------------------------------------------------------------------------------------------
// One message as one binary frame: 'KST1', uint32 header length, header (UTF-8 JSON), then the raw sections, each starting at a multiple
// of eight bytes. The header is { sections: [[kind, length] …], value }, where a typed array stands as {"$section": index}. JSON knows
// neither NaN, infinities, -0 nor undefined: they stand as {"$number": "NaN"} and so on. Keys that begin with $ get one more. Little-endian.

type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const KINDS = {
  i8: Int8Array,
  u8: Uint8Array,
  u8c: Uint8ClampedArray,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
} as const;
type Kind = keyof typeof KINDS;

const MAGIC = 0x3154534b; // 'KST1'
const PREFIX_BYTES = 8;
/** Deeper nesting than any record has; bounds the recursion on hostile input. */
const MAX_DEPTH = 64;
const MAX_SECTIONS = 4096;
const aligned = (offset: number): number => Math.ceil(offset / 8) * 8;
const ODD_NUMBERS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 };

function kindOf(array: TypedArray): Kind {
  for (const kind of Object.keys(KINDS) as Kind[]) if (array instanceof KINDS[kind]) return kind;
  throw new KarstError('internal', 'a typed array of unknown kind cannot be sent');
}

export function encodeMessage(message: unknown): Uint8Array<ArrayBuffer> {
  const arrays: TypedArray[] = [];
  const plain = (value: unknown, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw new KarstError('internal', `a message nests deeper than ${MAX_DEPTH} levels`);
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
      case 'undefined':
        return { $number: 'undefined' };
      case 'object': {
        if (value === null) return null;
        if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
          arrays.push(value as TypedArray);
          return { $section: arrays.length - 1 };
        }
        if (Array.isArray(value)) return value.map((one) => plain(one, depth + 1));
        const prototype: unknown = Object.getPrototypeOf(value);
        if (prototype !== null && Object.getPrototypeOf(prototype) !== null) break; // a class: Map, Date, Error …
        const out: Record<string, unknown> = {};
        for (const [key, one] of Object.entries(value)) {
          if (one !== undefined) define(out, key.startsWith('$') ? `$${key}` : key, plain(one, depth + 1));
        }
        return out;
      }
      case 'bigint':
      case 'symbol':
      case 'function':
    }
    throw new KarstError(
      'internal',
      `only plain data and typed arrays can be sent, got ${typeof value} ${Object.prototype.toString.call(value)}`,
    );
  };
  const value = plain(message, 0);
  const sections = arrays.map((array) => [kindOf(array), array.length]);
  const header = new TextEncoder().encode(JSON.stringify({ sections, value }));
  let total = aligned(PREFIX_BYTES + header.length);
  for (const array of arrays) total = aligned(total + array.byteLength);

  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.length, true);
  bytes.set(header, PREFIX_BYTES);
  let offset = aligned(PREFIX_BYTES + header.length);
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset = aligned(offset + array.byteLength);
  }
  return bytes;
}

/** Every typed array of the answer owns its buffer. Throws `bad-data` where the frame is not exactly what encodeMessage writes. */
export function decodeMessage(bytes: Uint8Array): unknown {
  const bad = (what: string): never => {
    throw new KarstError('bad-data', `a message frame of ${bytes.length} bytes is malformed: ${what}`);
  };
  if (bytes.length < PREFIX_BYTES) return bad('shorter than its prefix');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return bad('it does not begin with KST1');
  const headerLength = view.getUint32(4, true);
  if (headerLength > bytes.length - PREFIX_BYTES) return bad(`its header claims ${headerLength} bytes`);
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerLength)),
    );
  } catch {
    return bad('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || !('sections' in header) || !('value' in header))
    return bad('no sections or value');
  if (!Array.isArray(header.sections) || header.sections.length > MAX_SECTIONS) return bad(`more than ${MAX_SECTIONS} sections`);

  const arrays: TypedArray[] = [];
  let offset = aligned(PREFIX_BYTES + headerLength);
  for (const section of header.sections as unknown[]) {
    if (!Array.isArray(section) || section.length !== 2) return bad('a section is not [kind, length]');
    const [kind, length] = section as [unknown, unknown];
    if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) return bad(`unknown array kind ${JSON.stringify(kind)}`);
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return bad('a section length is not a count');
    const make = KINDS[kind as Kind];
    const end = offset + length * make.BYTES_PER_ELEMENT;
    if (end > bytes.length) return bad(`a section of ${length} ${kind} does not fit`);
    arrays.push(new make(bytes.slice(offset, end).buffer));
    offset = aligned(end);
  }
  if (offset !== bytes.length) return bad(`it should have ${offset} bytes`);

  const rebuilt = (value: unknown, depth: number): unknown => {
    if (depth > MAX_DEPTH) return bad(`nested deeper than ${MAX_DEPTH} levels`);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((one) => rebuilt(one, depth + 1));
    const out: Record<string, unknown> = {};
    for (const [key, one] of Object.entries(value)) {
      if (key === '$section') {
        if (typeof one === 'number' && Number.isInteger(one) && arrays[one]) return arrays[one];
        return bad(`no section ${JSON.stringify(one)}`);
      }
      if (key === '$number') {
        if (one === 'undefined') return undefined;
        if (typeof one === 'string' && Object.hasOwn(ODD_NUMBERS, one)) return ODD_NUMBERS[one];
        return bad(`no number ${JSON.stringify(one)}`);
      }
      define(out, key.startsWith('$$') ? key.slice(1) : key, rebuilt(one, depth + 1));
    }
    return out;
  };
  return rebuilt(header.value, 0);
}

/** Plain assignment would let a key named __proto__ change what the object is. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
