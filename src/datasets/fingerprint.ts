// A 128-bit digest of a dataset: MurmurHash3 x86-128 (Appleby 2011), chained over its parts by starting each part from the state that
// the one before left. It names data, it does not protect them: not for adversaries. About 1 GB/s, so 10,000 × 784 bytes take 10 ms.
import { toHex } from '../base/bytes.ts';

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

function avalanche(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Replaces the four-word `state` by the digest of `bytes` started from it. */
export function murmur128(state: Uint32Array, bytes: Uint8Array): void {
  let h1 = state[0] as number;
  let h2 = state[1] as number;
  let h3 = state[2] as number;
  let h4 = state[3] as number;
  const blocks = bytes.length >>> 4;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, blocks * 4); // every host of the engine is little-endian
  for (let i = 0; i < words.length; i += 4) {
    h1 ^= Math.imul(rotate(Math.imul(words[i] as number, C1), 15), C2);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(words[i + 1] as number, C2), 16), C3);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(words[i + 2] as number, C3), 17), C4);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(words[i + 3] as number, C4), 18), C1);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  const rest = new Uint8Array(16); // a lane of zeros leaves its word as it is, so the tail may be padded
  rest.set(bytes.subarray(blocks * 16));
  const tail = new Uint32Array(rest.buffer);
  h4 ^= Math.imul(rotate(Math.imul(tail[3] as number, C4), 18), C1);
  h3 ^= Math.imul(rotate(Math.imul(tail[2] as number, C3), 17), C4);
  h2 ^= Math.imul(rotate(Math.imul(tail[1] as number, C2), 16), C3);
  h1 ^= Math.imul(rotate(Math.imul(tail[0] as number, C1), 15), C2);
  h1 ^= bytes.length;
  h2 ^= bytes.length;
  h3 ^= bytes.length;
  h4 ^= bytes.length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = avalanche((h2 + h1) | 0);
  h3 = avalanche((h3 + h1) | 0);
  h4 = avalanche((h4 + h1) | 0);
  h1 = avalanche(h1);
  h1 = (h1 + h2 + h3 + h4) | 0;
  state[0] = h1;
  state[1] = h2 + h1;
  state[2] = h3 + h1;
  state[3] = h4 + h1;
}

const bytesOf = (array: Uint8Array | Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** `shape` is any text that tells two layouts of the same bytes apart. 32 hex digits. */
export function fingerprint(shape: string, values: Uint8Array | Float32Array, labels?: Int32Array): string {
  const state = new Uint32Array(4);
  murmur128(
    state,
    new TextEncoder().encode(`${shape} ${values instanceof Uint8Array ? 'uint8' : 'float32'} ${labels ? 'labelled' : ''}`),
  );
  murmur128(state, bytesOf(values));
  if (labels) murmur128(state, bytesOf(labels));
  return toHex(bytesOf(Int32Array.from(state)));
}
