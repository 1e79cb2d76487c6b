// A sample grid of vectors: one plot a cell, or all cells together in one large plot where the vectors are places in the plane. Cells that
// follow one another on a path (a walk between rows, a dimension moved, one latent over training) are joined by a line in the plane.
import { KarstError } from '../base/errors.ts';
import type { SampleShape } from '../datasets/dataset.ts';
import type { GridProvenance, SamplesRecord } from '../protocol/records.ts';
import { checkPixels } from './grid-picture.ts';
import type { Picture } from './png.ts';
import { Raster } from './raster.ts';
import { sheetColours } from './sheet-colours.ts';
import { vectorGround } from './vector-ground.ts';
import { plotOver, type Mark } from './vector-plots.ts';

/** Pixels at scale 1: a cell's side, the rule between cells, the side of all together. */
const CELL = 96;
const RULE = 1;
const TOGETHER = 480;
/** Radius of a mark in a cell; together they get smaller the more there are, within these limits. */
const DOT = 3.2;
const LEAST_DOT = 1.2;

type Vectors = Extract<SamplesRecord, { kind: 'vectors' }>;

/** Throws where samples are not places in the plane, which alone can be drawn together. */
export function checkPlane(sample: SampleShape): void {
  if (sample.kind === 'vector' && sample.size === 2) return;
  const found = sample.kind === 'vector' ? `vectors of ${sample.size} values` : 'pictures';
  throw new KarstError(
    'unsupported',
    `samples are drawn together where rows are vectors of 2 values; these are ${found}: draw them as cells`,
  );
}

/** `data` are the rows of the dataset to draw over. */
export function vectorGrid(provenance: GridProvenance, samples: Vectors, data: SamplesRecord): Picture {
  const { rows, cols, scale, view, kind, theme = 'light' } = provenance;
  const colours = sheetColours[theme];
  const { size } = samples;
  const marks = Array.from({ length: rows * cols }, (_, i): Mark => {
    return { values: samples.data.subarray(i * size, (i + 1) * size), isOriginal: (provenance.originals?.[i] ?? -1) >= 0 };
  });
  const paths = pathsOf(kind, rows, cols);
  const along = (path: readonly number[]): readonly Float32Array[] => path.map((i) => (marks[i] as Mark).values);
  const ground = vectorGround(data.data as Float32Array, size);
  if (view === 'together') {
    checkPixels(TOGETHER * scale, TOGETHER * scale);
    const dot = Math.max(LEAST_DOT, Math.min(DOT, (3 * DOT) / Math.sqrt(Math.sqrt(marks.length))));
    return pictureOf(plotOver(ground, TOGETHER * scale, scale, dot, colours)({ marks, trails: paths.map(along) }));
  }
  const [side, gap] = [CELL * scale, RULE * scale];
  const [width, height] = [gap + cols * (side + gap), gap + rows * (side + gap)];
  checkPixels(width, height);
  const sheet = new Raster(width, height, colours.rule);
  const plot = plotOver(ground, side, scale, DOT, colours);
  marks.forEach((mark, i) => {
    const before = marks[i - 1];
    const isPair = !mark.isOriginal && before?.isOriginal === true; // a reconstruction beside what it reconstructs
    const trails = mark.isOriginal ? [] : paths.filter((path) => path.includes(i)).map(along);
    const shown = { marks: isPair ? [before, mark] : [mark], trails };
    sheet.place(plot(shown), gap + (i % cols) * (side + gap), gap + Math.floor(i / cols) * (side + gap));
  });
  return pictureOf(sheet);
}

const pictureOf = ({ width, height, data }: Raster): Picture => ({ width, height, channels: 3, data });

/** Cells that lie on a path, in its order. */
function pathsOf(kind: string, rows: number, cols: number): readonly (readonly number[])[] {
  const across = Array.from({ length: rows }, (_, r) => Array.from({ length: cols }, (_cell, c) => r * cols + c));
  const downwards = Array.from({ length: cols }, (_, c) => Array.from({ length: rows }, (_cell, r) => r * cols + c));
  switch (kind) {
    case 'interpolation':
    case 'traversal':
      return across;
    case 'history':
      return downwards;
    case 'corners':
      return [...across, ...downwards];
    case 'reconstruction':
      return across.flatMap((row) => row.filter((_, c) => c % 2 === 0).map((cell) => [cell, cell + 1]));
    default:
      return [];
  }
}
