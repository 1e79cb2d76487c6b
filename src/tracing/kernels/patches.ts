// Windows that slide over pictures [n, height, width, channels]: `gatherPatches` lays out what each window sees (im2col), one gather by a
// constant table; `scatterPatches` is its adjoint (col2im): it adds every window's values back to the pixels they came from. Convolutions, pooling and all their gradients are products and reductions over patches, with pictures left as tfjs has
// them, so that no transpose stands around a convolution and the runtime's matrix product does the work.
import { sizeOf } from '../program.ts';
import type { Value } from '../graph.ts';
import type { Operators } from '../operators.ts';

export interface Window {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly top: number;
  readonly left: number;
}

/** The part of tfjs's Conv2DInfo that a window needs. */
export interface ConvInfo {
  readonly batchSize: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number };
}

export const windowOf = (info: ConvInfo): Window => ({
  batch: info.batchSize,
  height: info.inHeight,
  width: info.inWidth,
  channels: info.inChannels,
  outHeight: info.outHeight,
  outWidth: info.outWidth,
  filterHeight: info.filterHeight,
  filterWidth: info.filterWidth,
  strideHeight: info.strideHeight,
  strideWidth: info.strideWidth,
  dilationHeight: info.dilationHeight,
  dilationWidth: info.dilationWidth,
  top: info.padInfo.top,
  left: info.padInfo.left,
});

export const tapsOf = (w: Window): number => w.filterHeight * w.filterWidth;
/** How many windows there are. */
export const placesOf = (w: Window): number => w.batch * w.outHeight * w.outWidth;

/** Sides of the picture once padded so far that every window lies inside, the width a multiple of `block`. */
function paddedSides(w: Window, block: number): { height: number; width: number } {
  const reachHeight = (w.outHeight - 1) * w.strideHeight + (w.filterHeight - 1) * w.dilationHeight + 1;
  const reachWidth = (w.outWidth - 1) * w.strideWidth + (w.filterWidth - 1) * w.dilationWidth + 1;
  const width = Math.max(reachWidth, w.left + w.width);
  return { height: Math.max(reachHeight, w.top + w.height), width: Math.ceil(width / block) * block };
}

/** Neighbouring pixels of a row that can be moved as one: the stride, where windows are whole numbers of strides wide. */
const blockOf = (w: Window): number => (w.dilationWidth === 1 && w.filterWidth % w.strideWidth === 0 ? w.strideWidth : 1);

const isIdentity = (w: Window): boolean =>
  tapsOf(w) === 1 &&
  w.strideHeight === 1 &&
  w.strideWidth === 1 &&
  w.top === 0 &&
  w.left === 0 &&
  w.outHeight === w.height &&
  w.outWidth === w.width;

/** x [n, h, w, c] → [n · outHeight · outWidth, taps · c]; `fill` is what lies beyond the edge. */
export function gatherPatches(o: Operators, x: Value, w: Window, fill = 0): Value {
  const shape = [placesOf(w), tapsOf(w) * w.channels];
  if (isIdentity(w)) return o.reshape(x, shape);
  const block = blockOf(w);
  const { height, width } = paddedSides(w, block);
  const padded = o.pad(x, [0, w.top, w.left, 0], [0, height - w.top - w.height, width - w.left - w.width, 0], fill);
  const columns = width / block;
  const rows = o.reshape(padded, [w.batch, height * columns, block * w.channels]);
  const runs = w.filterWidth / block;
  const table = new Int32Array(w.outHeight * w.outWidth * w.filterHeight * runs);
  let at = 0;
  for (let y = 0; y < w.outHeight; y++)
    for (let x0 = 0; x0 < w.outWidth; x0++)
      for (let ky = 0; ky < w.filterHeight; ky++)
        for (let run = 0; run < runs; run++) {
          const column = (x0 * w.strideWidth + run * block * w.dilationWidth) / block;
          table[at++] = (y * w.strideHeight + ky * w.dilationHeight) * columns + column;
        }
  return o.reshape(o.gather(rows, o.graph.constant('int32', [table.length], table), 1), shape);
}

/** Whether windows overlap by whole strides, and so little moves with each pixel, or so little overlaps, that slices serve best. */
const folds = (w: Window): boolean => {
  const whole = w.filterHeight % w.strideHeight === 0 && w.filterWidth % w.strideWidth === 0;
  const apart = w.filterHeight === w.strideHeight && w.filterWidth === w.strideWidth;
  return whole && w.dilationHeight === 1 && w.dilationWidth === 1 && (apart || w.channels < 8);
};

/** patches [n · outHeight · outWidth, taps · c] → [n, h, w, c] */
export function scatterPatches(o: Operators, patches: Value, w: Window): Value {
  return folds(w) ? foldPatches(o, patches, w) : addLayers(o, withZeroRow(o, patches), w);
}

/** The product of rows [n · outHeight · outWidth, …] and a matrix, scattered. */
export function scatterProduct(o: Operators, rows: Value, matrix: Value, w: Window): Value {
  // A row of zeros costs least before the product.
  return folds(w)
    ? foldPatches(o, o.gemm(rows, matrix, false, true), w)
    : addLayers(o, o.gemm(withZeroRow(o, rows), matrix, false, true), w);
}

/** Axis by axis: the first stride of each window falls on the second of the one before it, and so on; slices are shifted and added. */
function foldPatches(o: Operators, patches: Value, w: Window): Value {
  const [down, across] = [w.filterHeight / w.strideHeight, w.filterWidth / w.strideWidth];
  const [rows, columns] = [w.outHeight + down - 1, w.outWidth + across - 1];
  const overlapped = (x: Value, places: number, axis: number): Value => {
    const parts = x.shape[axis] as number;
    const on = (which: number, value: number): number[] => x.shape.map((_, other) => (other === which ? value : 0));
    const shifted = Array.from({ length: parts }, (_, part) => {
      const end = x.shape.map((side, other) => (other === axis ? part + 1 : side));
      return o.pad(o.slice(x, on(axis, part), end), on(places, part), on(places, parts - 1 - part));
    });
    return shifted.reduce((sum, one) => o.binary('Add', sum, one));
  };
  const sides = [w.batch, w.outHeight, w.outWidth, down, w.strideHeight, across, w.strideWidth, w.channels];
  const whole = overlapped(overlapped(o.reshape(patches, sides), 1, 3), 2, 5);
  const cells = o.reshape(whole, [w.batch, rows, columns, w.strideHeight, w.strideWidth, w.channels]);
  const [height, width] = [rows * w.strideHeight, columns * w.strideWidth];
  const picture = o.reshape(o.transpose(cells, [0, 1, 3, 2, 4, 5]), [w.batch, height, width, w.channels]);
  const [bottom, right] = [w.top + w.height, w.left + w.width];
  // Rows and columns that no window reached are zero.
  const complete = o.pad(picture, [0, 0, 0, 0], [0, Math.max(0, bottom - height), Math.max(0, right - width), 0]);
  return o.slice(complete, [0, w.top, w.left, 0], [w.batch, bottom, right, w.channels]);
}

/** Pixel by pixel, from patches of which the last row is zero: a gather for each window that overlaps. */
function addLayers(o: Operators, patches: Value, w: Window): Value {
  // For every pixel of one picture: which taps of which windows fall on it.
  const sources: number[][] = Array.from({ length: w.height * w.width }, () => []);
  for (let y = 0; y < w.outHeight; y++)
    for (let x = 0; x < w.outWidth; x++)
      for (let ky = 0; ky < w.filterHeight; ky++)
        for (let kx = 0; kx < w.filterWidth; kx++) {
          const row = y * w.strideHeight + ky * w.dilationHeight - w.top;
          const column = x * w.strideWidth + kx * w.dilationWidth - w.left;
          if (row < 0 || row >= w.height || column < 0 || column >= w.width) continue;
          sources[row * w.width + column]?.push(((y * w.outWidth + x) * w.filterHeight + ky) * w.filterWidth + kx);
        }
  const depth = sources.reduce((most, list) => Math.max(most, list.length), 1);
  const perPicture = w.outHeight * w.outWidth * tapsOf(w);
  const zero = w.batch * perPicture;
  const tables = Array.from({ length: depth }, () => new Int32Array(w.batch * sources.length).fill(zero));
  for (let n = 0; n < w.batch; n++)
    sources.forEach((list, pixel) =>
      list.forEach((source, i) => ((tables[i] as Int32Array)[n * sources.length + pixel] = n * perPicture + source)),
    );

  const rows = o.reshape(patches, [(placesOf(w) + 1) * tapsOf(w), w.channels]);
  // Layer on layer: whole additions run at the speed of memory, a sum over a short axis does not.
  const layers = tables.map((table) => o.gather(rows, o.graph.constant('int32', [table.length], table), 0));
  const sums = layers.reduce((sum, layer) => o.binary('Add', sum, layer));
  return o.reshape(sums, [w.batch, w.height, w.width, w.channels]);
}

/** Appends a row of zeros to a matrix, or to whatever has rows first. */
function withZeroRow(o: Operators, x: Value): Value {
  const none = x.shape.map(() => 0);
  return o.pad(x, none, [1, ...none.slice(1)]);
}

/** How many taps of each window lie inside the picture, [outHeight · outWidth]. */
export function tapsInside(w: Window): Float32Array {
  const counts = new Float32Array(w.outHeight * w.outWidth);
  const inside = (start: number, taps: number, dilation: number, side: number): number => {
    let count = 0;
    for (let k = 0; k < taps; k++) if (start + k * dilation >= 0 && start + k * dilation < side) count++;
    return count;
  };
  for (let y = 0; y < w.outHeight; y++)
    for (let x = 0; x < w.outWidth; x++)
      counts[y * w.outWidth + x] =
        inside(y * w.strideHeight - w.top, w.filterHeight, w.dilationHeight, w.height) *
        inside(x * w.strideWidth - w.left, w.filterWidth, w.dilationWidth, w.width);
  return counts;
}

export const isEmpty = (w: Window): boolean => sizeOf([w.batch, w.height, w.width, w.channels]) === 0 || placesOf(w) === 0;
