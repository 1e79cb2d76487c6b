// Procedural pictures with known, independent, uniform factors: which shape, its hue, size, rotation and place. In the spirit of dSprites
// (Matthey et al. 2017), in colour. Hue runs round a circle of equal lightness and chroma in Oklab (Ottosson 2020), so that no hue stands
// out; edges are anti-aliased by the signed distance in pixels, blended in linear light. Row i is the same however many rows are asked for.
import { member } from '../base/family.ts';
import { Rng } from '../base/rng.ts';
import { outlineNames, outlines, type Outline } from './outlines.ts';
import { pictureDataset } from './pictures.ts';

const SIDE = 32;
/** Radius of the disc of equal area, pixels. */
const SIZE_RANGE = [4.5, 8.5] as const;
/** Farthest that a centre is from the middle along each axis, pixels: the largest shape still fits. */
const SHIFT = 3.5;

export const shapeFactors = ['shape', 'hue', 'size', 'rotation', 'x', 'y'] as const;

/** Factors of one picture, in the order of `shapeFactors`: index, degrees, pixels, radians within the shape's symmetry, pixels twice. */
export interface ShapeFactors {
  readonly shape: number;
  readonly hueDegrees: number;
  readonly size: number;
  readonly rotation: number;
  readonly x: number;
  readonly y: number;
}

const fromSrgb = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toSrgb = (c: number): number => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

const LEVELS = 8192;
/** Linear light, in steps of 1 / LEVELS, to an 8-bit sRGB value. */
const ENCODED = Uint8Array.from({ length: LEVELS + 1 }, (_, i) => Math.round(255 * toSrgb(i / LEVELS)));

/** Oklab lightness, chroma and hue to linear sRGB, clipped to the gamut. */
export function oklch(lightness: number, chroma: number, hueDegrees: number): [number, number, number] {
  const a = chroma * Math.cos((hueDegrees * Math.PI) / 180);
  const b = chroma * Math.sin((hueDegrees * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (c: number): number => Math.max(0, Math.min(1, c));
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** A dark slate, a little lighter at the top: linear sRGB of each line, [SIDE, 3]. */
const GROUND = Float64Array.from({ length: SIDE * 3 }, (_, i) => {
  const down = Math.floor(i / 3) / (SIDE - 1);
  const top = [30, 34, 46][i % 3] as number;
  const bottom = [17, 19, 27][i % 3] as number;
  return fromSrgb((top + (bottom - top) * down) / 255);
});

function drawFactors(rng: Rng, shape: number, outline: Outline): ShapeFactors {
  return {
    shape,
    hueDegrees: 360 * rng.uniform(),
    size: SIZE_RANGE[0] + (SIZE_RANGE[1] - SIZE_RANGE[0]) * rng.uniform(),
    rotation: ((2 * Math.PI) / outline.symmetry) * rng.uniform(),
    x: SHIFT * (2 * rng.uniform() - 1),
    y: SHIFT * (2 * rng.uniform() - 1),
  };
}

/** Paints one picture into `pixels` at `start`: SIDE × SIDE × 3 bytes. */
export function paintShape(factors: ShapeFactors, pixels: Uint8Array, start: number): void {
  const outline = outlines()[factors.shape] as Outline;
  for (let line = 0; line < SIDE; line++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = ENCODED[Math.round((GROUND[line * 3 + channel] as number) * LEVELS)] as number;
      for (let column = 0; column < SIDE; column++) pixels[start + (line * SIDE + column) * 3 + channel] = value;
    }
  }
  const colour = oklch(0.75, 0.125, factors.hueDegrees);
  const cosine = Math.cos(factors.rotation);
  const sine = Math.sin(factors.rotation);
  const cx = SIDE / 2 + factors.x;
  const cy = SIDE / 2 + factors.y;
  const reach = outline.reach * factors.size + 1;
  for (let line = Math.max(0, Math.floor(cy - reach)); line < Math.min(SIDE, cy + reach); line++) {
    for (let column = Math.max(0, Math.floor(cx - reach)); column < Math.min(SIDE, cx + reach); column++) {
      const dx = (column + 0.5 - cx) / factors.size;
      const dy = (line + 0.5 - cy) / factors.size;
      const distance = outline.distance(cosine * dx + sine * dy, cosine * dy - sine * dx) * factors.size; // pixels
      const cover = Math.min(1, 0.5 - distance);
      if (cover <= 0) continue;
      const light = Math.max(0.6, 1 - 0.16 * (dx + dy)); // lit from the upper left
      for (let channel = 0; channel < 3; channel++) {
        const ground = GROUND[line * 3 + channel] as number;
        const linear = ground + cover * (Math.min(1, (colour[channel] as number) * light) - ground);
        pixels[start + (line * SIDE + column) * 3 + channel] = ENCODED[Math.round(linear * LEVELS)] as number;
      }
    }
  }
}

export const shapes = member({
  id: 'shapes',
  title: 'Shapes',
  summary:
    'Coloured shapes with known shape, hue, size, rotation and place: trains in a minute and shows what a latent space learns.',
  paper: 'after Matthey et al. 2017, dSprites',
  params: {
    rows: { kind: 'int', default: 8192, min: 1, max: 200_000, scale: 'log', help: 'how many pictures are drawn' },
    seed: { kind: 'int', default: 0, min: 0, max: 2 ** 32 - 1, help: 'seed of the pictures' },
  },
  make: ({ rows, seed }) => {
    const rng = Rng.fromSeed(seed).stream('shapes');
    const values = new Uint8Array(rows * SIDE * SIDE * 3);
    const factors = new Float32Array(rows * shapeFactors.length);
    const labels = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      const shape = rng.integer(outlineNames.length);
      const drawn = drawFactors(rng, shape, outlines()[shape] as Outline);
      labels[i] = shape;
      factors.set([shape, drawn.hueDegrees, drawn.size, drawn.rotation, drawn.x, drawn.y], i * shapeFactors.length);
      paintShape(drawn, values, i * SIDE * SIDE * 3);
    }
    const about = {
      id: 'shapes',
      title: 'Shapes',
      labels,
      labelNames: outlineNames,
      factors: { names: shapeFactors, values: factors },
      augmentations: ['flipHorizontal', 'flipVertical', 'shift', 'crop', 'rotate', 'colour', 'noise'],
    };
    return pictureDataset(about, { height: SIDE, width: SIDE, channels: 3, values });
  },
});
