// Colours of labels and values. Label colours were found by simulated annealing from hand-chosen hues: any two of the ten differ by at
// least 6.5 (OKLab x 100) to normal, protanope and deuteranope eyes, stand out from the ground by 3:1, and keep 15 away from the colour
// of collapse; tests/scene/palette.test.ts measures all of it. Values take viridis (Smith & van der Walt 2015) from the part that stands
// out from the ground, laid out anew so that equal steps look equal in OKLab; high values stand out most in either theme.
import { fromOklab, parseColour, toOklab, type Oklab, type Rgb } from './colour.ts';

const LABELS = {
  dark: ['#63a1e2', '#ffe56a', '#65c18b', '#ae6eba', '#99a6b3', '#dc6883', '#7ddde4', '#b4d879', '#857ce5', '#e4ddb9'],
  light: ['#3b6db3', '#593d00', '#2e8a5b', '#84418a', '#617380', '#831a44', '#36939f', '#535b00', '#544bb0', '#6d594c'],
};

/** Colours of the first ten labels; later ones repeat them darker, then lighter. */
export const DISTINCT_LABELS = LABELS.dark.length;
const LIGHTNESS_OF_REPEAT = [0, -0.13, 0.1];

/** Colour of a label, 0 …; -1 (unknown) is grey. */
export function labelColour(label: number, dark: boolean): Rgb {
  if (!(label >= 0)) return parseColour(dark ? '#6b7681' : '#948f84');
  const base = toOklab(parseColour(LABELS[dark ? 'dark' : 'light'][label % DISTINCT_LABELS] as string));
  const repeat = Math.floor(label / DISTINCT_LABELS) % LIGHTNESS_OF_REPEAT.length;
  const shift = LIGHTNESS_OF_REPEAT[repeat] as number;
  return shift === 0 ? fromOklab(base) : fromOklab([base[0] + shift, base[1] * 0.85, base[2] * 0.85]);
}

/** Viridis at 0, 1/10 … 1. */
const VIRIDIS = ['#440154', '#482475', '#414487', '#355f8d', '#2a788e', '#21918c', '#22a884', '#44bf70', '#7ad151', '#bddf26', '#fde725']; // prettier-ignore

/** Which part of viridis is used, low value first. */
const PART = { dark: [0.24, 1], light: [0.86, 0] };
const TABLE_STEPS = 256;
const tables = new Map<boolean, readonly Oklab[]>();

function viridisAt(t: number): Oklab {
  const at = Math.min(VIRIDIS.length - 1.000001, Math.max(0, t * (VIRIDIS.length - 1)));
  const [a, b] = [Math.floor(at), Math.floor(at) + 1].map((k) => toOklab(parseColour(VIRIDIS[k] as string))) as [Oklab, Oklab];
  const share = at - Math.floor(at);
  return [0, 1, 2].map((k) => (a[k] as number) + ((b[k] as number) - (a[k] as number)) * share) as unknown as Oklab;
}

/** Walks the scale and notes where equal lengths of way end. */
function evenTable(dark: boolean): readonly Oklab[] {
  const [from, to] = PART[dark ? 'dark' : 'light'] as [number, number];
  const fine = Array.from({ length: 2001 }, (_, k) => viridisAt(from + ((to - from) * k) / 2000));
  const way = [0];
  for (let k = 1; k < fine.length; k++) {
    const [p, q] = [fine[k - 1] as Oklab, fine[k] as Oklab];
    way.push((way[k - 1] as number) + Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
  }
  let k = 0;
  return Array.from({ length: TABLE_STEPS }, (_, step) => {
    const goal = ((way.at(-1) as number) * step) / (TABLE_STEPS - 1);
    while (k < fine.length - 1 && (way[k] as number) < goal) k++;
    return fine[k] as Oklab;
  });
}

/** Colour of a value, 0 … 1; grey where it is not a number. */
export function valueColour(value: number, dark: boolean): Rgb {
  if (!Number.isFinite(value)) return labelColour(-1, dark);
  const table = tables.get(dark) ?? evenTable(dark);
  tables.set(dark, table);
  return fromOklab(table[Math.round(Math.min(1, Math.max(0, value)) * (TABLE_STEPS - 1))] as Oklab);
}

/** Colours of points for setColours, [count, 4]. */
export function labelColours(labels: ArrayLike<number>, dark: boolean): Uint8Array {
  return coloursOf(labels, new Map(), (label) => labelColour(label, dark));
}

/** Colours of values between two limits; by default the 2nd and 98th of a hundred, so that a few strays do not use up the scale. */
export function valueColours(
  values: ArrayLike<number>,
  dark: boolean,
  limits: readonly [number, number] = limitsOf(values),
): Uint8Array {
  const [low, high] = limits;
  const span = high > low ? high - low : 1;
  const steps = Array.from(values, (value) => Math.round(Math.min(1, Math.max(0, (value - low) / span)) * (TABLE_STEPS - 1)));
  return coloursOf(steps, new Map(), (step) => valueColour(step / (TABLE_STEPS - 1), dark));
}

export function limitsOf(values: ArrayLike<number>): readonly [number, number] {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return [at(0.02), at(0.98)];
}

function coloursOf(keys: ArrayLike<number>, seen: Map<number, Rgb>, colourOf: (key: number) => Rgb): Uint8Array {
  const out = new Uint8Array(4 * keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    const colour = seen.get(key) ?? colourOf(key);
    seen.set(key, colour);
    for (let k = 0; k < 3; k++) out[4 * i + k] = Math.round((colour[k] as number) * 255);
    out[4 * i + 3] = 255;
  }
  return out;
}
