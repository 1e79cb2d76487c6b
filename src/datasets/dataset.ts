// A Dataset is rows of one shape, held in memory, with optional labels. Pictures are values in [0, 1]; vectors are as given.

export type SampleShape =
  | { readonly kind: 'picture'; readonly height: number; readonly width: number; readonly channels: 1 | 3 }
  | { readonly kind: 'vector'; readonly size: number; readonly names?: readonly string[] };

export interface Dataset {
  /** What was asked for: a member's id or a path. */
  readonly id: string;
  readonly title: string;
  readonly sample: SampleShape;
  readonly rows: number;
  /** Class of each row, an index into labelNames; -1 where unknown. Absent when nothing is labelled. */
  readonly labels?: Int32Array;
  readonly labelNames?: readonly string[];
  /** True factors of variation, where the data are made (shapes): names and one float each a row, row-major. */
  readonly factors?: { readonly names: readonly string[]; readonly values: Float32Array };
  /** Means [modes, size] and standard deviation of the Gaussians that the rows are drawn from, where they are (ring, grid). */
  readonly modes?: { readonly means: Float64Array; readonly sd: number };
  /** Parameters of data augmentation, by name, that leave a row's class alone: a mirrored digit may be no digit. */
  readonly augmentations?: readonly string[];
  /** Rows that the source itself sets apart for testing (MNIST's t10k beside train); absent where it does not. */
  readonly heldOutRows?: Int32Array;
  /** Hex digest of sample shape, values and labels: two datasets with one fingerprint are the same data. */
  readonly fingerprint: string;
  /** What a reader should know: refused files, rows dropped, pictures resized. */
  readonly notes: readonly string[];
  /** Writes row `index` as float32 into `out` at `offset` (sampleSize values; pictures height × width × channels, channels last). */
  copyRow(index: number, out: Float32Array, offset: number): void;
}

export const sampleSize = (shape: SampleShape): number =>
  shape.kind === 'picture' ? shape.height * shape.width * shape.channels : shape.size;

/** Rows `indices` as one flat float32 array, [indices.length, sampleSize]. */
export function readRows(dataset: Dataset, indices: ArrayLike<number>, out?: Float32Array): Float32Array {
  const size = sampleSize(dataset.sample);
  const rows = out ?? new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) dataset.copyRow(indices[i] as number, rows, i * size);
  return rows;
}
