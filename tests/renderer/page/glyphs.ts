// A made-up decoder for tests of the page: latents to pictures of digits, drawn as strokes. Ten class centres in the first dimensions; the
// next ones slant, widen and thicken; the rest do nothing, as dead dimensions do.
import { Rng } from '../../../src/base/rng.ts';
import type { SamplesRecord } from '../../../src/protocol/records.ts';

export const LATENT = 20;
export const LIVE = 13;
export const SIDE = 28;

type Stroke = readonly [number, number, number, number];
/** Seven segments in the unit square. */
const segments: readonly Stroke[] = [
  [0.3, 0.18, 0.7, 0.18],
  [0.7, 0.18, 0.7, 0.5],
  [0.7, 0.5, 0.7, 0.82],
  [0.3, 0.82, 0.7, 0.82],
  [0.3, 0.5, 0.3, 0.82],
  [0.3, 0.18, 0.3, 0.5],
  [0.3, 0.5, 0.7, 0.5],
];
const lit = ['012345', '12', '01346', '01236', '1256', '02356', '023456', '012', '0123456', '012356'];

const rng = Rng.fromSeed(7);
export const centres = Array.from({ length: 10 }, (_, k) => {
  const stream = rng.stream('centre', k);
  return Float32Array.from({ length: LATENT }, (_, d) => (d < LIVE ? stream.normal() * (1.5 - d * 0.08) : 0));
});

export function codeOf(row: number): { readonly code: Float32Array; readonly label: number } {
  const stream = rng.stream('row', row);
  const label = row % 10;
  const centre = centres[label] as Float32Array;
  return { label, code: centre.map((c, d) => (d < LIVE ? c + stream.normal() * 0.45 : stream.normal() * 0.02)) };
}

function weights(code: Float32Array): number[] {
  const distances = centres.map((centre) => centre.reduce((sum, c, d) => sum + (c - (code[d] as number)) ** 2, 0));
  const least = Math.min(...distances);
  const raw = distances.map((distance) => Math.exp((least - distance) / 2.5));
  const total = raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => value / total);
}

function drawInto(out: Uint8Array, at: number, code: Float32Array): void {
  const share = weights(code);
  const strength = segments.map((_, s) => share.reduce((sum, w, k) => sum + (lit[k]?.includes(String(s)) ? w : 0), 0));
  const slant = 0.12 * (code[3] as number);
  const wide = 1 + 0.12 * (code[4] as number);
  const thick = 0.055 + 0.012 * (code[5] as number);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const v = (y + 0.5) / SIDE;
      const u = ((x + 0.5) / SIDE - 0.5 + slant * (v - 0.5)) / wide + 0.5;
      const ink = segments.reduce((most, [x0, y0, x1, y1], s) => {
        const t = Math.min(1, Math.max(0, ((u - x0) * (x1 - x0) + (v - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)));
        const away = Math.hypot(u - x0 - t * (x1 - x0), v - y0 - t * (y1 - y0));
        return Math.max(most, (strength[s] as number) / (1 + Math.exp((away - thick) / 0.016)));
      }, 0);
      out[at + y * SIDE + x] = Math.round(255 * ink);
    }
  }
}

export function decode(codes: readonly Float32Array[]): SamplesRecord {
  const data = new Uint8Array(codes.length * SIDE * SIDE);
  codes.forEach((code, i) => drawInto(data, i * SIDE * SIDE, code));
  return { kind: 'pictures', count: codes.length, height: SIDE, width: SIDE, channels: 1, data };
}
