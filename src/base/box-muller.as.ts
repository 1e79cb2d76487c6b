// Pairs of standard normals, two at a time in SIMD: the words of xoshiro128++ (rng.ts) first, then what box-muller.ts makes of them, in the
// same order of operations, so that every bit agrees. Memory holds tables of 16-byte pairs (cos, sin) and (-sin, cos) of 64ths of a turn, the
// logarithms of 1 + i / 64, the generator's state, and the values.

const COS_SIN: usize = 0;
const SIN_COS: usize = 1024;
const LOGS: usize = 2048;
const STATE: usize = 3072;
const VALUES: usize = 4096;

/** Writes `count` words at VALUES and leaves the state behind. */
// @ts-ignore: decorator
@inline
function words(count: u32): void {
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 4);
  let c = load<u32>(STATE, 8);
  let d = load<u32>(STATE, 12);
  for (let at: usize = VALUES, end = VALUES + (<usize>count << 2); at < end; at += 4) {
    store<u32>(at, rotl<u32>(a + d, 7) + a);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotl<u32>(d, 11);
  }
  store<u32>(STATE, a);
  store<u32>(STATE, b, 4);
  store<u32>(STATE, c, 8);
  store<u32>(STATE, d, 12);
}

// @ts-ignore: decorator
@inline
function splat(x: f64): v128 {
  return f64x2.splat(x);
}

/** sqrt(-2 ln u) of the words in lanes 0 and 2. */
// @ts-ignore: decorator
@inline
function radii(four: v128): v128 {
  const n = f64x2.add(f64x2.convert_low_i32x4_u(i32x4.shuffle(four, four, 0, 2, 0, 2)), splat(0.5));
  const exponents = i64x2.shr_u(n, 52);
  const x = v128.or(v128.and(n, i64x2.splat(0xfffffffffffff)), i64x2.splat(0x3ff0000000000000)); // 1 … 2
  const octaves = f64x2.convert_low_i32x4_s(i32x4.sub(i32x4.splat(1055), i32x4.shuffle(exponents, exponents, 0, 2, 0, 2)));
  const i = i32x4.trunc_sat_f64x2_s_zero(f64x2.sub(f64x2.mul(x, splat(64)), splat(63.5)));
  const near = f64x2.add(splat(1), f64x2.mul(f64x2.convert_low_i32x4_s(i), splat(1.0 / 64.0)));
  const s = f64x2.div(f64x2.sub(x, near), f64x2.add(x, near));
  const z = f64x2.mul(s, s);
  let sum = f64x2.add(splat(1.0 / 5.0), f64x2.mul(z, splat(1.0 / 7.0)));
  sum = f64x2.add(splat(1.0 / 3.0), f64x2.mul(z, sum));
  sum = f64x2.add(splat(1), f64x2.mul(z, sum));
  const series = f64x2.mul(f64x2.mul(splat(2), s), sum);
  const first = v128.load_splat<f64>(LOGS + (<usize>i32x4.extract_lane(i, 0) << 3));
  const table = f64x2.replace_lane(first, 1, load<f64>(LOGS + (<usize>i32x4.extract_lane(i, 1) << 3)));
  const log = f64x2.add(f64x2.sub(table, f64x2.mul(octaves, splat(load<f64>(LOGS, 512)))), series);
  return f64x2.sqrt(f64x2.mul(splat(-2), log));
}

/** Replaces the words at VALUES by normals, `count` of them, an even number; up to two more are garbage. */
export function normals(count: u32): void {
  words(count);
  for (let at: usize = VALUES, end = VALUES + (<usize>count << 2); at < end; at += 16) {
    const four = v128.load(at);
    const radius = radii(four);
    const half = i32x4.add(four, i32x4.splat(0x2000000));
    const steps = i32x4.shr_u(half, 26);
    const beyond = i32x4.sub(v128.and(half, i32x4.splat(0x3ffffff)), i32x4.splat(0x2000000));
    const t = f64x2.mul(f64x2.convert_low_i32x4_s(i32x4.shuffle(beyond, beyond, 1, 3, 1, 3)), splat(1.4629180792671596e-9)); // 2 pi / 2^32
    const y = f64x2.mul(t, t);
    let cosine = f64x2.add(splat(-1.0 / 720.0), f64x2.mul(y, splat(1.0 / 40320.0)));
    cosine = f64x2.add(splat(1.0 / 24.0), f64x2.mul(y, cosine));
    cosine = f64x2.add(splat(-0.5), f64x2.mul(y, cosine));
    cosine = f64x2.add(splat(1), f64x2.mul(y, cosine));
    let sine = f64x2.add(splat(1.0 / 120.0), f64x2.mul(y, splat(-1.0 / 5040.0)));
    sine = f64x2.add(splat(-1.0 / 6.0), f64x2.mul(y, sine));
    sine = f64x2.mul(t, f64x2.add(splat(1), f64x2.mul(y, sine)));

    const step0 = <usize>i32x4.extract_lane(steps, 1) << 4;
    const step1 = <usize>i32x4.extract_lane(steps, 3) << 4;
    const turned0 = f64x2.add(
      f64x2.mul(v128.load(COS_SIN + step0), i64x2.shuffle(cosine, cosine, 0, 0)),
      f64x2.mul(v128.load(SIN_COS + step0), i64x2.shuffle(sine, sine, 0, 0)),
    );
    const turned1 = f64x2.add(
      f64x2.mul(v128.load(COS_SIN + step1), i64x2.shuffle(cosine, cosine, 1, 1)),
      f64x2.mul(v128.load(SIN_COS + step1), i64x2.shuffle(sine, sine, 1, 1)),
    );
    const pair0 = f32x4.demote_f64x2_zero(f64x2.mul(i64x2.shuffle(radius, radius, 0, 0), turned0));
    const pair1 = f32x4.demote_f64x2_zero(f64x2.mul(i64x2.shuffle(radius, radius, 1, 1), turned1));
    v128.store(at, i64x2.shuffle(pair0, pair1, 0, 2));
  }
}
