// Vectors drawn over the data they should resemble, in the page's colours. Two columns make a place in the plane; any other number
// makes a profile, every column scaled by its own spread in the data (parallel coordinates: Inselberg 1985). What lies beyond the frame
// is drawn as an open mark on its edge.
import { Raster } from './raster.ts';
import type { SheetColours } from './sheet-colours.ts';
import type { Spread, VectorGround } from './vector-ground.ts';

/** Share of a plot's side that is left free around the data. */
const MARGIN = 0.1;

export interface Mark {
  readonly values: Float32Array;
  /** A row of the data, not something decoded. */
  readonly isOriginal: boolean;
}

/** What one plot shows, the last mark on top. A trail joins its marks by a line. */
export interface Shown {
  readonly marks: readonly Mark[];
  readonly trails: readonly (readonly Float32Array[])[];
}

/** Draws the data once; each plot is a copy of that with marks on it. */
export type Plot = (shown: Shown) => Raster;

/** `unit` is how many pixels a pixel of a plot at scale 1 is; `dot` the radius of a mark in such pixels. */
export function plotOver(ground: VectorGround, side: number, unit: number, dot: number, colours: SheetColours): Plot {
  return ground.size === 2 ? plane(ground, side, unit, dot, colours) : profile(ground, side, unit, dot, colours);
}

/** Where a value of column `j` lies between the edges of the frame, 0 … 1; beyond it where the value is. */
function within({ spreads }: VectorGround, j: number, value: number): number {
  const { low, high } = spreads[j] as Spread;
  return MARGIN + ((1 - 2 * MARGIN) * (value - low)) / (high - low);
}

function plane(ground: VectorGround, side: number, unit: number, dot: number, colours: SheetColours): Plot {
  const sheet = new Raster(side, side, colours.panel);
  const placeOf = (values: Float32Array, at = 0): [number, number] => [
    within(ground, 0, values[at] as number) * side,
    (1 - within(ground, 1, values[at + 1] as number)) * side,
  ];
  for (const share of [0.25, 0.5, 0.75]) {
    const at = Math.round(share * side - unit / 2);
    sheet.rectangle(at, 0, at + unit, side, colours.rule, 0.35);
    sheet.rectangle(0, at, side, at + unit, colours.rule, 0.35);
  }
  for (let i = 0; i < ground.count; i++) {
    sheet.disc(...placeOf(ground.data, 2 * i), 0.9 * unit, colours.contour, 0.4);
  }
  return ({ marks, trails }) => {
    const drawn = sheet.copy();
    const halo = Math.min(1.2, 0.35 * dot);
    const edge = (dot + 1.5) * unit;
    for (const trail of trails) {
      for (let i = 1; i < trail.length; i++) {
        drawn.segment(...placeOf(trail[i - 1] as Float32Array), ...placeOf(trail[i] as Float32Array), unit, colours.accent);
      }
    }
    for (const { values, isOriginal } of marks) {
      const place = placeOf(values);
      const isBeyond = place.some((at) => at < 0 || at > side);
      const [x, y] = place.map((at) => Math.min(side - edge, Math.max(edge, at))) as [number, number];
      const colour = isOriginal ? colours.ink : colours.accent;
      drawn.disc(x, y, (dot + halo) * unit, colours.panel);
      drawn.disc(x, y, dot * unit, colour);
      if (isBeyond || isOriginal) drawn.disc(x, y, (dot - 1.1) * unit, colours.panel);
    }
    return drawn;
  };
}

/** So few columns that each is a bar of its own, with a dot. */
const FEW_COLUMNS = 16;

function profile(ground: VectorGround, side: number, unit: number, dot: number, colours: SheetColours): Plot {
  const { size, spreads } = ground;
  const sheet = new Raster(side, side, colours.panel);
  const slot = ((1 - 2 * MARGIN) * side) / size;
  const centre = (j: number): number => MARGIN * side + (j + 0.5) * slot;
  const down = (j: number, value: number): number => (1 - within(ground, j, value)) * side;
  const half = size <= FEW_COLUMNS ? Math.min(0.32 * slot, 5 * unit) : slot / 2;
  spreads.forEach((spread, j) => {
    const x = centre(j);
    const bar = ([low, high]: readonly [number, number], opacity: number): void =>
      sheet.rectangle(x - half, down(j, high), x + half, down(j, low), colours.contour, opacity);
    bar(spread.most, 0.22);
    bar(spread.half, 0.3);
    const middle = down(j, spread.median);
    if (size <= FEW_COLUMNS) sheet.rectangle(x - half, middle - unit / 2, x + half, middle + unit / 2, colours.contour, 0.9);
    else if (j > 0)
      sheet.segment(centre(j - 1), down(j - 1, (spreads[j - 1] as Spread).median), x, middle, 0.75 * unit, colours.contour);
  });
  return ({ marks }) => {
    const drawn = sheet.copy();
    for (const { values, isOriginal } of marks) {
      const colour = isOriginal ? colours.ink : colours.accent;
      const place = (j: number): [number, number] => [centre(j), Math.min(side, Math.max(0, down(j, values[j] as number)))];
      for (let j = 1; j < size; j++) drawn.segment(...place(j - 1), ...place(j), unit, colour);
      if (size > FEW_COLUMNS) continue;
      for (let j = 0; j < size; j++) {
        const [x, y] = place(j);
        const isBeyond = y !== down(j, values[j] as number);
        drawn.disc(x, y, (0.7 * dot + 0.9) * unit, colours.panel);
        drawn.disc(x, y, 0.7 * dot * unit, colour);
        if (isBeyond || isOriginal) drawn.disc(x, y, (0.7 * dot - 1) * unit, colours.panel);
      }
    }
    return drawn;
  };
}
