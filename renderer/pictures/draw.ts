// One sample into a canvas: a picture pixel by pixel, a vector as bars about a middle line (one bar a component), in the page's ink.
import type { SamplesRecord } from '../../src/protocol/records.ts';

/** Side of the canvas that a vector is drawn into, pixels. */
const VECTOR_SIDE = 96;

export function drawSample(canvas: HTMLCanvasElement, samples: SamplesRecord, index: number): void {
  const context = canvas.getContext('2d');
  if (!context || index < 0 || index >= samples.count) return;
  if (samples.kind === 'pictures') drawPicture(canvas, context, samples, index);
  else drawVector(canvas, context, samples.data.subarray(index * samples.size, (index + 1) * samples.size));
}

type Pictures = Extract<SamplesRecord, { kind: 'pictures' }>;

function drawPicture(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, samples: Pictures, index: number): void {
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

function drawVector(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, values: Float32Array): void {
  canvas.width = VECTOR_SIDE;
  canvas.height = VECTOR_SIDE;
  const style = getComputedStyle(canvas);
  const middle = VECTOR_SIDE / 2;
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, VECTOR_SIDE, VECTOR_SIDE);
  context.fillStyle = style.color;
  if (values.length === 2) return drawPlace(context, values[0] as number, values[1] as number);
  const most = values.reduce((size, value) => Math.max(size, Math.abs(value)), 1e-9);
  const step = (VECTOR_SIDE - 8) / values.length;
  values.forEach((value, i) => {
    const height = (value / most) * (middle - 4);
    context.fillRect(4 + i * step, middle - Math.max(0, height), Math.max(1, step - 1), Math.max(1, Math.abs(height)));
  });
}

/** Two numbers are a place in the plane, drawn within ±6. */
function drawPlace(context: CanvasRenderingContext2D, x: number, y: number): void {
  const to = (value: number): number => VECTOR_SIDE / 2 + (Math.max(-6, Math.min(6, value)) / 6) * (VECTOR_SIDE / 2 - 6);
  context.globalAlpha = 0.35;
  context.fillRect(0, VECTOR_SIDE / 2, VECTOR_SIDE, 1);
  context.fillRect(VECTOR_SIDE / 2, 0, 1, VECTOR_SIDE);
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(to(x), VECTOR_SIDE - to(y), 5, 0, 2 * Math.PI);
  context.fill();
}
