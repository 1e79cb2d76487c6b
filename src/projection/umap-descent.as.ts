// SIMD kernel of UMAP's stochastic gradient descent. A position takes four floats (unused ones zero). Each positive sample and its negative
// samples form lanes: distances, powers and coefficients are computed four at a time, the moves are applied together.
// d^(2b) = 2^(b log2 d²) by polynomials, relative error 1e-5.

// @ts-ignore: decorator
@inline
function power(base: v128, exponent: v128): v128 {
  const bits = v128.and(base, i32x4.splat(0x007fffff));
  const u = f32x4.sub(v128.or(bits, i32x4.splat(0x3f800000)), f32x4.splat(1));
  const whole = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(base, 23), i32x4.splat(127)));
  let p = f32x4.add(f32x4.mul(u, f32x4.splat(-0.03459521)), f32x4.splat(0.14643361));
  p = f32x4.add(f32x4.mul(u, p), f32x4.splat(-0.30338967));
  p = f32x4.add(f32x4.mul(u, p), f32x4.splat(0.46930169));
  p = f32x4.add(f32x4.mul(u, p), f32x4.splat(-0.72044237));
  p = f32x4.add(f32x4.mul(u, p), f32x4.splat(1.44268325));
  const log2 = f32x4.add(whole, f32x4.mul(u, p));
  const y = f32x4.pmax(f32x4.mul(exponent, log2), f32x4.splat(-126));
  // Adding 1.5 · 2^23 rounds to a whole number and leaves it in the low bits.
  const rounded = f32x4.add(y, f32x4.splat(12582912));
  const f = f32x4.sub(y, f32x4.sub(rounded, f32x4.splat(12582912)));
  let e = f32x4.add(f32x4.mul(f, f32x4.splat(0.009560510)), f32x4.splat(0.055917039));
  e = f32x4.add(f32x4.mul(f, e), f32x4.splat(0.240249811));
  e = f32x4.add(f32x4.mul(f, e), f32x4.splat(0.693121968));
  e = f32x4.add(f32x4.mul(f, e), f32x4.splat(0.999999191));
  const scale = i32x4.shl(i32x4.add(rounded, i32x4.splat(127)), 23); // what lies above the eight bits is shifted out
  return f32x4.mul(e, scale);
}

/** Sums of the four lanes of each of four vectors, as one vector. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function clip(gradient: v128): v128 {
  return f32x4.pmax(f32x4.pmin(gradient, f32x4.splat(4)), f32x4.splat(-4));
}

// xorshift128 (Marsaglia 2003), four generators side by side.
let rx: v128 = i32x4.splat(0);
let ry: v128 = i32x4.splat(0);
let rz: v128 = i32x4.splat(0);
let rw: v128 = i32x4.splat(0);

export function seed(at: usize): void {
  rx = v128.load(at);
  ry = v128.load(at, 16);
  rz = v128.load(at, 32);
  rw = v128.load(at, 48);
}

/** Four uniform row numbers, from 24 random bits each: up to four million rows. */
// @ts-ignore: decorator
@inline
function randomRows(rows: v128, last: v128): v128 {
  let t = v128.xor(rx, i32x4.shl(rx, 11));
  rx = ry;
  ry = rz;
  rz = rw;
  t = v128.xor(t, i32x4.shr_u(t, 8));
  rw = v128.xor(v128.xor(rw, i32x4.shr_u(rw, 19)), t);
  const unit = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(rw, 8)), f32x4.splat(5.9604644775390625e-8));
  const rounded = f32x4.add(f32x4.sub(f32x4.mul(unit, rows), f32x4.splat(0.5)), f32x4.splat(12582912));
  return i32x4.min_s(i32x4.sub(rounded, i32x4.splat(0x4b400000)), last);
}

/** One pass over the edges: those whose time has come attract their two ends and push the head away from `negatives` random rows. */
export function epoch(
  positions: usize, rows: i32, heads: usize, tails: usize, periods: usize, due: usize, list: usize, edges: i32,
  now: f32, rate: f32, a: f32, b: f32, gamma: f32, negatives: i32,
): void {
  const rowsAsFloat = f32x4.splat(<f32>rows);
  const last = i32x4.splat(rows - 1);
  const exponent = f32x4.splat(b);
  const aa = f32x4.splat(a);
  const one = f32x4.splat(1);
  const step = f32x4.splat(rate);
  const push: f32 = 2 * b * gamma;
  const attract = f32x4.replace_lane(f32x4.splat(0), 0, -2 * a * b);
  const nearOne = f32x4.replace_lane(f32x4.splat(0.001), 0, 1e-20);
  const pushOthers = f32x4.replace_lane(f32x4.splat(push), 0, 0);
  const near = f32x4.splat(0.001);
  const laneNumbers = i32x4(0, 1, 2, 3);

  // First a list of the edges whose time has come, made without a branch that cannot be foretold.
  let end = list;
  for (let at: usize = 0; at < (<usize>edges) << 2; at += 4) {
    const when = load<f32>(due + at);
    const isDue = when <= now;
    store<f32>(due + at, when + select<f32>(load<f32>(periods + at), 0, isDue));
    store<u32>(end, <u32>at);
    end += (<usize>isDue) << 2;
  }

  for (let next = list; next < end; next += 4) {
    const at = <usize>load<u32>(next);
    const head = positions + ((<usize>load<i32>(heads + at)) << 4);
    const tail = positions + ((<usize>load<i32>(tails + at)) << 4);
    const current = v128.load(head);
    const other = v128.load(tail);

    // lane 0: the edge; lanes 1 to 3: the first three negatives
    let random = randomRows(rowsAsFloat, last);
    let d0 = f32x4.sub(current, other);
    let d1 = f32x4.sub(current, v128.load(positions + ((<usize>i32x4.extract_lane(random, 1)) << 4)));
    let d2 = f32x4.sub(current, v128.load(positions + ((<usize>i32x4.extract_lane(random, 2)) << 4)));
    let d3 = f32x4.sub(current, v128.load(positions + ((<usize>i32x4.extract_lane(random, 3)) << 4)));
    let square = sums(f32x4.mul(d0, d0), f32x4.mul(d1, d1), f32x4.mul(d2, d2), f32x4.mul(d3, d3));
    let raised = power(square, exponent);
    let top = f32x4.add(f32x4.mul(attract, raised), pushOthers);
    if (negatives < 3) top = v128.and(top, i32x4.le_s(laneNumbers, i32x4.splat(negatives)));
    let coefficient = f32x4.div(top, f32x4.mul(f32x4.add(nearOne, square), f32x4.add(one, f32x4.mul(aa, raised))));
    const pull = f32x4.mul(step, clip(f32x4.mul(v128.shuffle<f32>(coefficient, coefficient, 0, 0, 0, 0), d0)));
    let move = clip(f32x4.mul(v128.shuffle<f32>(coefficient, coefficient, 1, 1, 1, 1), d1));
    move = f32x4.add(move, clip(f32x4.mul(v128.shuffle<f32>(coefficient, coefficient, 2, 2, 2, 2), d2)));
    move = f32x4.add(move, clip(f32x4.mul(v128.shuffle<f32>(coefficient, coefficient, 3, 3, 3, 3), d3)));
    // the remaining negatives, four at a time
    for (let left = negatives - 3; left > 0; left -= 4) {
      random = randomRows(rowsAsFloat, last);
      d0 = f32x4.sub(current, v128.load(positions + ((<usize>i32x4.extract_lane(random, 0)) << 4)));
      d1 = f32x4.sub(current, v128.load(positions + ((<usize>i32x4.extract_lane(random, 1)) << 4)));
      d2 = f32x4.sub(current, v128.load(positions + ((<usize>i32x4.extract_lane(random, 2)) << 4)));
      d3 = f32x4.sub(current, v128.load(positions + ((<usize>i32x4.extract_lane(random, 3)) << 4)));
      square = sums(f32x4.mul(d0, d0), f32x4.mul(d1, d1), f32x4.mul(d2, d2), f32x4.mul(d3, d3));
      raised = power(square, exponent);
      top = v128.and(f32x4.splat(push), i32x4.lt_s(laneNumbers, i32x4.splat(left)));
      coefficient = f32x4.div(top, f32x4.mul(f32x4.add(near, square), f32x4.add(one, f32x4.mul(aa, raised))));
      move = f32x4.add(move, clip(f32x4.mul(v128.shuffle<f32>(coefficient, coefficient, 0, 0, 0, 0), d0)));
      move = f32x4.add(move, clip(f32x4.mul(v128.shuffle<f32>(coefficient, coefficient, 1, 1, 1, 1), d1)));
      move = f32x4.add(move, clip(f32x4.mul(v128.shuffle<f32>(coefficient, coefficient, 2, 2, 2, 2), d2)));
      move = f32x4.add(move, clip(f32x4.mul(v128.shuffle<f32>(coefficient, coefficient, 3, 3, 3, 3), d3)));
    }
    v128.store(tail, f32x4.sub(other, pull));
    v128.store(head, f32x4.add(f32x4.add(current, pull), f32x4.mul(step, move)));
  }
}
