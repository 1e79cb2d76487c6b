// Colours as numbers: CSS colours to sRGB, sRGB to OKLab and back (Ottosson 2020, "A perceptual color space for image processing"), WCAG
// contrast, and how a scene looks to eyes that lack one kind of cone (Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB).
import { KarstError } from '../../src/base/errors.ts';

/** sRGB components, 0 … 1, gamma encoded. */
export type Rgb = readonly [number, number, number];
/** Lightness 0 … 1, green to red, blue to yellow. */
export type Oklab = readonly [number, number, number];

/** Reads `#rgb`, `#rrggbb`, `rgb(r, g, b)` and `rgb(r g b)`. */
export function parseColour(css: string): Rgb {
  const text = css.trim().toLowerCase();
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(text);
  if (short) return triple((i) => parseInt(`${short[i + 1]}${short[i + 1]}`, 16) / 255);
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(text);
  if (long) return triple((i) => parseInt(long[i + 1] as string, 16) / 255);
  const call = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(text);
  if (call) return triple((i) => Number(call[i + 1]) / 255);
  throw new KarstError('usage', `expected a colour as #rgb, #rrggbb or rgb(r g b), got "${css}"`);
}

export const toHex = (colour: Rgb): string =>
  `#${colour.map((v) => Math.round(Math.min(1, Math.max(0, v)) * 255).toString(16).padStart(2, '0')).join('')}`; // prettier-ignore

const triple = (of: (k: number) => number): [number, number, number] => [of(0), of(1), of(2)];
const times = (m: readonly (readonly number[])[], v: Rgb): [number, number, number] =>
  triple((r) => (m[r]?.[0] as number) * v[0] + (m[r]?.[1] as number) * v[1] + (m[r]?.[2] as number) * v[2]);

const toLinear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const toGamma = (v: number): number => (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055);
const clamp = (v: number): number => Math.min(1, Math.max(0, v));

const RGB_TO_LMS = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const LMS_TO_LAB = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];
const LAB_TO_LMS = [
  [1, 0.3963377774, 0.2158037573],
  [1, -0.1055613458, -0.0638541728],
  [1, -0.0894841775, -1.291485548],
];
const LMS_TO_RGB = [
  [4.0767416621, -3.3077115913, 0.2309699292],
  [-1.2684380046, 2.6097574011, -0.3413193965],
  [-0.0041960863, -0.7034186147, 1.707614701],
];

export function toOklab(colour: Rgb): Oklab {
  const lms = times(RGB_TO_LMS, triple((k) => toLinear(colour[k] as number))); // prettier-ignore
  return times(LMS_TO_LAB, triple((k) => Math.cbrt(lms[k] as number))); // prettier-ignore
}

/** Outside of sRGB the components are cut off. */
export function fromOklab(lab: Oklab): Rgb {
  const lms = times(LAB_TO_LMS, lab);
  const rgb = times(LMS_TO_RGB, triple((k) => (lms[k] as number) ** 3)); // prettier-ignore
  return triple((k) => clamp(toGamma(Math.max(0, rgb[k] as number))));
}

/** Distance in OKLab, times 100: about 2 is just noticeable side by side. */
export function deltaE(a: Rgb, b: Rgb): number {
  const [p, q] = [toOklab(a), toOklab(b)];
  return 100 * Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

/** WCAG 2 contrast ratio, 1 … 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const luminance = (c: Rgb): number => 0.2126 * toLinear(c[0]) + 0.7152 * toLinear(c[1]) + 0.0722 * toLinear(c[2]);
  const [p, q] = [luminance(a), luminance(b)];
  return (Math.max(p, q) + 0.05) / (Math.min(p, q) + 0.05);
}

export type Dichromacy = 'protanopia' | 'deuteranopia' | 'tritanopia';
const DICHROMACY: Readonly<Record<Dichromacy, readonly (readonly number[])[]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** How the colour looks without one kind of cone. */
export function seenWith(kind: Dichromacy, colour: Rgb): Rgb {
  const rgb = times(DICHROMACY[kind], triple((k) => toLinear(colour[k] as number))); // prettier-ignore
  return triple((k) => clamp(toGamma(clamp(rgb[k] as number))));
}
