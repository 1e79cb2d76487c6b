// Colours as numbers: CSS colours to sRGB, sRGB to OKLab and back (Ottosson 2020, "A perceptual color space for image processing"), WCAG
// contrast, and how a scene looks to eyes that lack one kind of cone (Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB).
import { KarstError } from '../../src/base/errors.ts';

/** sRGB components, 0 … 1, gamma encoded. */
export type Rgb = readonly [number, number, number];

/** Reads `#rgb`, `#rrggbb`, `rgb(r, g, b)` and `rgb(r g b)`. */
export function parseColour(css: string): Rgb {
  const text = css.trim().toLowerCase();
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(text);
  if (short) return [1, 2, 3].map((i) => parseInt(`${short[i]}${short[i]}`, 16) / 255) as unknown as Rgb;
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(text);
  if (long) return [1, 2, 3].map((i) => parseInt(long[i] as string, 16) / 255) as unknown as Rgb;
  const call = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(text);
  if (call) return [1, 2, 3].map((i) => Number(call[i]) / 255) as unknown as Rgb;
  throw new KarstError('usage', `expected a colour as #rgb, #rrggbb or rgb(r g b), got "${css}"`);
}
