// Every limit that reading a dataset obeys, in one place. A limit is checked before memory is taken, against what a file declares and
// against what it really holds.

export interface Limits {
  /** What one dataset may hold in memory, values and raw bytes while they are converted. */
  readonly memoryBytes: number;
  readonly rows: number;
  /** Numbers of one row: columns of a vector, height × width × channels of a picture. */
  readonly valuesPerRow: number;
  /** Longer side of a picture as it is kept. */
  readonly pictureSide: number;
  readonly classes: number;
  /** The dictionary at the head of an NPY file; NumPy itself writes 118 bytes. */
  readonly npyHeaderBytes: number;
  /** Text of one CSV record, in characters: stops a quote that never closes. */
  readonly csvRecordLength: number;
  /** Text of a whole CSV file, after decompression. */
  readonly csvBytes: number;
  /** One picture's file, and its pixels before resizing: stops picture bombs. */
  readonly pictureFileBytes: number;
  readonly picturePixels: number;
  readonly folderDepth: number;
  readonly folderEntries: number;
}

export const standardLimits: Limits = {
  memoryBytes: 2 ** 31,
  rows: 10_000_000,
  valuesPerRow: 2 ** 20,
  pictureSide: 512,
  classes: 10_000,
  npyHeaderBytes: 65_536,
  csvRecordLength: 2 ** 24,
  csvBytes: 2 ** 32,
  pictureFileBytes: 2 ** 27,
  picturePixels: 100_000_000,
  folderDepth: 16,
  folderEntries: 1_000_000,
};

/** Deflate cannot expand a byte to more than this (RFC 1951: 258 bytes in 2 bits); a larger claim is a lie. */
export const MAX_DEFLATE_RATIO = 1032;
