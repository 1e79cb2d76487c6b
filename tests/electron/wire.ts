// Structured clone for a channel that carries text only: plain data as JSON, typed arrays as base64. Used between the stand-in's Node
// side and its Chromium page; self-contained, because its source is also injected into the page.

interface Typed {
  readonly typed: string;
  readonly base64: string;
}

export function encodeForWire(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    let text = '';
    for (let i = 0; i < bytes.length; i += 32_768) text += String.fromCharCode(...bytes.subarray(i, i + 32_768));
    return {
      typed: value.constructor.name === 'Buffer' ? 'Uint8Array' : value.constructor.name,
      base64: btoa(text),
    } satisfies Typed;
  }
  if (Array.isArray(value)) return value.map(encodeForWire);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, encodeForWire(one)]));
  return value;
}

export function decodeFromWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeFromWire);
  if (value === null || typeof value !== 'object') return value;
  const { typed, base64 } = value as Partial<Typed>;
  if (typeof typed === 'string' && typeof base64 === 'string') {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    const Kind = (globalThis as unknown as Record<string, new (buffer: ArrayBuffer) => unknown>)[typed];
    if (!Kind) throw new Error(`unknown array kind ${typed}`);
    return new Kind(bytes.buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, decodeFromWire(one)]));
}
