// Samples into a canvas: a picture pixel by pixel, a vector as the page shows it, in the page's colours.
import type { SamplesRecord } from '../../src/protocol/records.ts';
import type { SceneTheme } from '../scene/landscape.ts';
import { markOf, surroundingsOf, type Vectors } from './vector-mark.ts';

export type Pictures = Extract<SamplesRecord, { kind: 'pictures' }>;

/** Side of the canvas that a vector is drawn into, pixels. */
const VECTOR_SIDE = 112;

export function drawPicture(canvas: HTMLCanvasElement, samples: Pictures, index: number): void {
  const context = canvas.getContext('2d');
  if (!context || index < 0 || index >= samples.count) return;
  const { width, height, channels, data } = samples;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const image = context.createImageData(width, height);
  const start = index * width * height * channels;
  for (let i = 0; i < width * height; i++) {
    const at = start + i * channels;
    image.data[4 * i] = data[at] as number;
    image.data[4 * i + 1] = data[channels === 3 ? at + 1 : at] as number;
    image.data[4 * i + 2] = data[channels === 3 ? at + 2 : at] as number;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

export function drawVector(
  canvas: HTMLCanvasElement,
  samples: Vectors,
  index: number,
  among: Vectors,
  colours: Pick<SceneTheme, 'ground' | 'ink' | 'rule' | 'contour'>,
): void {
  canvas.width = canvas.height = VECTOR_SIDE;
  const context = canvas.getContext('2d');
  if (!context) return;
  const surroundings = surroundingsOf(among);
  const { path } = markOf(samples.data.subarray(index * samples.size, (index + 1) * samples.size), surroundings);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, VECTOR_SIDE, VECTOR_SIDE);
  context.scale(VECTOR_SIDE / 100, VECTOR_SIDE / 100);
  context.lineCap = context.lineJoin = 'round';
  const stroke = (line: string, colour: string, width: number): void => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(new Path2D(line));
  };
  if (surroundings.kind === 'band') {
    context.fillStyle = colours.rule;
    context.fill(new Path2D(surroundings.path));
    stroke(path, colours.ink, 1.25);
  } else {
    stroke(surroundings.path, colours.contour, 1.5);
    stroke(path, colours.ink, 7);
  }
}
