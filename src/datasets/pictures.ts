// Pictures held in memory as they came: 8-bit where the source is 8-bit (a quarter of the room), float32 otherwise. Rows come out in [0, 1].
import { KarstError } from '../base/errors.ts';
import type { Dataset } from './dataset.ts';
import { fingerprint } from './fingerprint.ts';

/** What a dataset tells beside its rows. */
export interface About {
  readonly id: string;
  readonly title: string;
  readonly labels?: Int32Array;
  readonly labelNames?: readonly string[];
  readonly factors?: { readonly names: readonly string[]; readonly values: Float32Array };
  readonly modes?: NonNullable<Dataset['modes']>;
  readonly augmentations?: readonly string[];
  readonly heldOutRows?: Int32Array;
  readonly notes?: readonly string[];
}

export interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** [rows, height, width, channels]; bytes are 255ths, floats are in [0, 1]. */
  readonly values: Uint8Array | Float32Array;
}

/** Of pictures that nothing is known of. Mirrored letters and digits are others, or none. */
const HARMLESS = ['shift', 'crop', 'rotate'] as const;

const UNIT = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

export function checkRow(title: string, rows: number, index: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < rows)) {
    throw new KarstError('usage', `${title} has rows 0 to ${rows - 1}, asked for row ${index}`);
  }
}

export function checkLabels(about: About, rows: number): void {
  if (about.labels && about.labels.length !== rows)
    throw new KarstError('internal', `${about.title}: ${rows} rows but ${about.labels.length} labels`);
}

export function pictureDataset(about: About, pixels: Pixels): Dataset {
  const { height, width, channels, values } = pixels;
  const size = height * width * channels;
  const rows = values.length / size;
  if (!Number.isInteger(rows) || rows === 0)
    throw new KarstError(
      'internal',
      `${about.title}: ${values.length} values do not make ${height} × ${width} × ${channels} pictures`,
    );
  checkLabels(about, rows);
  return {
    ...about,
    sample: { kind: 'picture', height, width, channels },
    rows,
    augmentations: about.augmentations ?? HARMLESS,
    fingerprint: fingerprint(`picture ${height} ${width} ${channels}`, values, about.labels),
    notes: about.notes ?? [],
    copyRow(index, out, offset) {
      checkRow(about.title, rows, index);
      const start = index * size;
      if (values instanceof Uint8Array) {
        for (let i = 0; i < size; i++) out[offset + i] = UNIT[values[start + i] as number] as number;
      } else {
        out.set(values.subarray(start, start + size), offset);
      }
    },
  };
}
