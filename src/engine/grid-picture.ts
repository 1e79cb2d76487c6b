// Lays pictures out as one: cells in reading order, a line of one sample pixel between them, every sample pixel repeated
// `scale` times in both directions.
import { KarstError } from '../base/errors.ts';
import type { SamplesRecord } from '../protocol/records.ts';
import type { Picture } from './png.ts';
import type { Colour } from './raster.ts';

const MAX_PIXELS = 100_000_000;

type Pictures = Extract<SamplesRecord, { kind: 'pictures' }>;

export function gridPicture(samples: Pictures, rows: number, cols: number, scale: number, line: Colour): Picture {
  const { height, width, channels, data } = samples;
  const [fullWidth, fullHeight] = [cols * (width + 1) - 1, rows * (height + 1) - 1].map((side) => side * scale) as [
    number,
    number,
  ];
  checkPixels(fullWidth, fullHeight);
  const out = new Uint8Array(fullWidth * fullHeight * channels);
  const between = channels === 3 ? line : [greyOf(line)];
  for (let i = 0; i < out.length; i++) out[i] = between[i % channels] as number;
  for (let cell = 0; cell < Math.min(samples.count, rows * cols); cell++) {
    const top = Math.floor(cell / cols) * (height + 1) * scale;
    const left = (cell % cols) * (width + 1) * scale;
    for (let y = 0; y < height * scale; y++) {
      const source = (cell * height + Math.floor(y / scale)) * width * channels;
      const target = ((top + y) * fullWidth + left) * channels;
      for (let x = 0; x < width * scale; x++) {
        const from = source + Math.floor(x / scale) * channels;
        for (let c = 0; c < channels; c++) out[target + x * channels + c] = data[from + c] as number;
      }
    }
  }
  return { width: fullWidth, height: fullHeight, channels, data: out };
}

/** As bright as a colour looks (ITU-R BT.601). */
const greyOf = ([red, green, blue]: Colour): number => Math.round((299 * red + 587 * green + 114 * blue) / 1000);

/** Throws where a grid would be larger than anybody means. */
export function checkPixels(width: number, height: number): void {
  if (width * height <= MAX_PIXELS) return;
  throw new KarstError(
    'too-large',
    `a grid of ${width} × ${height} pixels is more than ${MAX_PIXELS / 1e6} million; take fewer cells or a smaller scale`,
  );
}
