// Samples over time: what one and the same codes become at some steps of a training, as one picture. Blocks stand side by side, the
// earliest on the left, training pictures on the far right; in each block the samples lie in reading order, so that a cell is the same code
// in every block but the last.
import { KarstError } from '../../base/errors.ts';
import type { Rng } from '../../base/rng.ts';
import type { SampleShape } from '../../datasets/dataset.ts';
import type { Picture } from '../../engine/png.ts';
import { toSamples } from '../../engine/samples.ts';
import type { Model } from '../../models/model.ts';
import type { Device } from '../../tracing/device.ts';
import type { Arrays } from '../../tracing/program.ts';

export const CELLS = { rows: 4, cols: 5 } as const;
export const CELL_COUNT = CELLS.rows * CELLS.cols;

/** Screen pixels a sample pixel; lines between cells and blocks in sample pixels; a grey that is seen on dark pages and on light ones. */
const SCALE = 2;
const LINE = 1;
const GAP = 5;
const GROUND = 128;

/** What the average of the weights in `values` makes of the codes that `rng` draws: 8-bit pictures, [CELL_COUNT, height, width, channels]. */
export async function drawSamples(model: Model, device: Device, values: Arrays, rng: Rng): Promise<Uint8Array> {
  const state = await device.createState(model.state, values);
  try {
    const decoder = await device.load(model.decode(CELL_COUNT), state);
    try {
      const eps = rng.stream('eps').fillNormal(new Float32Array(CELL_COUNT * model.latentSize));
      const { x } = await decoder.run({ z: eps });
      return pixelsOf(model.sample, x as Float32Array);
    } finally {
      decoder.dispose();
    }
  } finally {
    state.dispose();
  }
}

/** Rows of floats as 8-bit pictures. */
export function pixelsOf(shape: SampleShape, rows: Float32Array): Uint8Array {
  const samples = toSamples(shape, rows);
  if (samples.kind === 'pictures') return samples.data;
  throw new KarstError('usage', 'samples over time are drawn of pictures, and this dataset has vectors; leave out the drawing');
}

/** `blocks` of CELL_COUNT pictures each. */
export function sideBySide(shape: SampleShape, blocks: readonly Uint8Array[]): Picture {
  if (shape.kind !== 'picture') throw new KarstError('usage', `pictures lie side by side, got vectors of ${shape.size}`);
  const { height, width, channels } = shape;
  const across = CELLS.cols * (width + LINE) - LINE + GAP; // a block and the gap after it
  const full = { width: (blocks.length * across - GAP) * SCALE, height: (CELLS.rows * (height + LINE) - LINE) * SCALE };
  const data = new Uint8Array(full.width * full.height * channels).fill(GROUND);
  blocks.forEach((block, b) => {
    for (let cell = 0; cell < CELL_COUNT; cell++) {
      const left = (b * across + (cell % CELLS.cols) * (width + LINE)) * SCALE;
      const top = Math.floor(cell / CELLS.cols) * (height + LINE) * SCALE;
      for (let y = 0; y < height * SCALE; y++) {
        for (let x = 0; x < width * SCALE; x++) {
          const from = ((cell * height + Math.floor(y / SCALE)) * width + Math.floor(x / SCALE)) * channels;
          const to = ((top + y) * full.width + left + x) * channels;
          for (let c = 0; c < channels; c++) data[to + c] = block[from + c] as number;
        }
      }
    }
  });
  return { ...full, channels, data };
}
