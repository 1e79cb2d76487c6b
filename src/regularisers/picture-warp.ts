// Moves the pixels of pictures: mirrored, cropped, shifted and turned in one go, so that they are blurred once at most. A pixel at p shows what lay at
//   s = scale · R(angle)⁻¹ p + offset,    p and s in pixels from the middle, scale < 0 mirrors,
// bilinearly between pixels. Without a turn the axes are independent and the picture is M_y X M_xᵀ, M[i, j] = relu(1 - |s_i - j|): two
// small products. With one, four pixels are looked up for each. Differentiable in the picture, not in where its pixels go.
import * as tf from '@tensorflow/tfjs';

/** Where an axis of each picture is read, [batch] each. */
export interface AxisWarp {
  readonly scale?: tf.Tensor1D;
  /** Pixels. */
  readonly offset?: tf.Tensor1D;
}

/** An axis left out stays as it is. */
export interface Warp {
  readonly y?: AxisWarp;
  readonly x?: AxisWarp;
  /** Radians, clockwise, [batch]. */
  readonly angle?: tf.Tensor1D;
}

/** What lies beyond the border: its pixels repeated, or zeros. */
export type Beyond = 'edge' | 'zero';

/** Places 0 … side - 1, from the middle. */
const fromMiddle = (side: number): tf.Tensor1D => tf.sub(tf.range(0, side), (side - 1) / 2);

/** scale · p + offset, counted from the first pixel again; `p` is [1 or batch, …]. */
function place(p: tf.Tensor, { scale, offset }: AxisWarp, side: number, beyond: Beyond): tf.Tensor {
  const fit = (one: tf.Tensor1D): tf.Tensor => tf.reshape(one, [-1, ...p.shape.slice(1).map(() => 1)]);
  const scaled = scale ? tf.mul(p, fit(scale)) : p;
  const moved = offset ? tf.add(scaled, fit(offset)) : scaled;
  const from = tf.add(moved, (side - 1) / 2);
  return beyond === 'edge' ? tf.clipByValue(from, 0, side - 1) : from;
}

/** [batch, side, side]: row i holds the weights of the pixels that pixel i shows. */
function interpolation(axis: AxisWarp, side: number, beyond: Beyond): tf.Tensor3D {
  const from = place(tf.reshape(fromMiddle(side), [1, side]), axis, side, beyond); // [batch, side]
  const apart = tf.abs(tf.sub(tf.expandDims(from, 2), tf.reshape(tf.range(0, side), [1, 1, side])));
  return tf.relu(tf.sub(1, apart));
}

/** x [batch, height, width, channels] → the same. */
export function warpPictures(x: tf.Tensor4D, warp: Warp, beyond: Beyond): tf.Tensor4D {
  if (warp.angle) return turned(x, { ...warp, angle: warp.angle });
  const [batch, height, width, channels] = x.shape;
  let moved = x;
  if (warp.y) {
    const rows = tf.reshape(moved, [batch, height, width * channels]);
    moved = tf.reshape(tf.matMul(interpolation(warp.y, height, beyond), rows), x.shape);
  }
  if (warp.x) {
    const columns = tf.reshape(tf.transpose(moved, [0, 2, 1, 3]), [batch, width, height * channels]);
    const mixed = tf.matMul(interpolation(warp.x, width, beyond), columns);
    moved = tf.transpose(tf.reshape(mixed, [batch, width, height, channels]), [0, 2, 1, 3]);
  }
  return moved;
}

/** Beyond the border its pixels repeat. */
function turned(x: tf.Tensor4D, { y = {}, x: across = {}, angle }: Warp & { angle: tf.Tensor1D }): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const down = tf.reshape(fromMiddle(height), [1, height, 1]);
  const right = tf.reshape(fromMiddle(width), [1, 1, width]);
  const cosine = tf.reshape(tf.cos(angle), [batch, 1, 1]);
  const sine = tf.reshape(tf.sin(angle), [batch, 1, 1]);
  const fromY = place(tf.sub(tf.mul(cosine, down), tf.mul(sine, right)), y, height, 'edge'); // [batch, height, width]
  const fromX = place(tf.add(tf.mul(sine, down), tf.mul(cosine, right)), across, width, 'edge');
  const [above, left] = [tf.floor(fromY), tf.floor(fromX)];
  const [below, beside] = [tf.minimum(tf.add(above, 1), height - 1), tf.minimum(tf.add(left, 1), width - 1)];

  const pixels = tf.reshape(x, [batch * height * width, channels]);
  const whole = (value: tf.Tensor): tf.Tensor => tf.cast(value, 'int32');
  const starts = tf.reshape(tf.range(0, batch * height * width, height * width, 'int32'), [batch, 1, 1]);
  const line = (row: tf.Tensor): tf.Tensor => tf.add(starts, tf.mul(whole(row), tf.scalar(width, 'int32')));
  const at = (start: tf.Tensor, column: tf.Tensor): tf.Tensor =>
    tf.gather(pixels, tf.reshape(tf.add(start, whole(column)), [batch * height * width])); // [batch · height · width, channels]
  const share = (from: tf.Tensor, lower: tf.Tensor): tf.Tensor => tf.reshape(tf.sub(from, lower), [-1, 1]);
  const mix = (one: tf.Tensor, other: tf.Tensor, of: tf.Tensor): tf.Tensor => tf.add(one, tf.mul(tf.sub(other, one), of));

  const [upper, lower] = [line(above), line(below)];
  const along = share(fromX, left);
  const between = mix(
    mix(at(upper, left), at(upper, beside), along),
    mix(at(lower, left), at(lower, beside), along),
    share(fromY, above),
  );
  return tf.reshape(between, x.shape);
}
