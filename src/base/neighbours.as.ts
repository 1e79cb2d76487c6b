// SIMD kernel of exact neighbour search. Points lie in groups of four, dimension-major inside a group (the four lanes of one dimension
// stand together), so that a distance needs no horizontal sum; queries are row-major, four at a time. Groups come in pairs.

/** Keeps the k smallest of what was seen, ascending; on equal distance the one seen first stays first. */
// @ts-ignore: decorator
@inline
function insert(distance: f32, index: i32, best: usize, bestIndex: usize, k: i32): void {
  let slot = k - 1;
  while (slot > 0) {
    const before = load<f32>(best + ((<usize>(slot - 1)) << 2));
    if (before <= distance) break;
    store<f32>(best + ((<usize>slot) << 2), before);
    store<i32>(bestIndex + ((<usize>slot) << 2), load<i32>(bestIndex + ((<usize>(slot - 1)) << 2)));
    slot--;
  }
  store<f32>(best + ((<usize>slot) << 2), distance);
  store<i32>(bestIndex + ((<usize>slot) << 2), index);
}

// @ts-ignore: decorator
@inline
function offer(four: v128, firstIndex: i32, self: i32, best: usize, bestIndex: usize, k: i32): void {
  const last = best + ((<usize>(k - 1)) << 2);
  if (!v128.any_true(f32x4.lt(four, v128.load_splat<f32>(last)))) return;
  let d = f32x4.extract_lane(four, 0);
  if (d < load<f32>(last) && firstIndex != self) insert(d, firstIndex, best, bestIndex, k);
  d = f32x4.extract_lane(four, 1);
  if (d < load<f32>(last) && firstIndex + 1 != self) insert(d, firstIndex + 1, best, bestIndex, k);
  d = f32x4.extract_lane(four, 2);
  if (d < load<f32>(last) && firstIndex + 2 != self) insert(d, firstIndex + 2, best, bestIndex, k);
  d = f32x4.extract_lane(four, 3);
  if (d < load<f32>(last) && firstIndex + 3 != self) insert(d, firstIndex + 3, best, bestIndex, k);
}

// @ts-ignore: decorator
@inline
function step(sum: v128, point: v128, query: usize): v128 {
  const difference = f32x4.sub(point, v128.load_splat<f32>(query));
  return f32x4.add(sum, f32x4.mul(difference, difference));
}

/**
 * Squared distances from every query to every point, the k smallest kept in `best` [queries, k]. `firstIndex` numbers the first point;
 * query q is point `firstSelf + q` and does not meet itself (a far negative number where the queries are not points).
 * `groups` is even, `queries` a multiple of four.
 */
export function scan(
  points: usize, groups: i32, firstIndex: i32, queryAt: usize, queries: i32, firstSelf: i32, dims: i32, k: i32, best: usize, bestIndex: usize,
): void {
  const groupBytes = (<usize>dims) << 4;
  const queryBytes = (<usize>dims) << 2;
  const listBytes = (<usize>k) << 2;
  const zero = f32x4.splat(0);
  // 24 kB of points stay in the first-level cache while all the queries pass over them.
  const block = max(2, (24576 / (dims << 4)) & ~1);
  for (let from = 0; from < groups; from += block) {
    const to = min(groups, from + block);
    for (let q = 0; q < queries; q += 4) {
      const q0 = queryAt + (<usize>q) * queryBytes;
      const q1 = q0 + queryBytes;
      const q2 = q1 + queryBytes;
      const q3 = q2 + queryBytes;
      const b0 = best + (<usize>q) * listBytes;
      const i0 = bestIndex + (<usize>q) * listBytes;
      for (let g = from; g < to; g += 2) {
        let s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero;
        let at = points + (<usize>g) * groupBytes;
        for (let offset: usize = 0; offset < queryBytes; offset += 4, at += 16) {
          const p0 = v128.load(at);
          const p1 = v128.load(at + groupBytes);
          s00 = step(s00, p0, q0 + offset);
          s01 = step(s01, p1, q0 + offset);
          s10 = step(s10, p0, q1 + offset);
          s11 = step(s11, p1, q1 + offset);
          s20 = step(s20, p0, q2 + offset);
          s21 = step(s21, p1, q2 + offset);
          s30 = step(s30, p0, q3 + offset);
          s31 = step(s31, p1, q3 + offset);
        }
        const index = firstIndex + (g << 2);
        const self = firstSelf + q;
        offer(s00, index, self, b0, i0, k);
        offer(s01, index + 4, self, b0, i0, k);
        offer(s10, index, self + 1, b0 + listBytes, i0 + listBytes, k);
        offer(s11, index + 4, self + 1, b0 + listBytes, i0 + listBytes, k);
        offer(s20, index, self + 2, b0 + 2 * listBytes, i0 + 2 * listBytes, k);
        offer(s21, index + 4, self + 2, b0 + 2 * listBytes, i0 + 2 * listBytes, k);
        offer(s30, index, self + 3, b0 + 3 * listBytes, i0 + 3 * listBytes, k);
        offer(s31, index + 4, self + 3, b0 + 3 * listBytes, i0 + 3 * listBytes, k);
      }
    }
  }
}

/** Squared distances from one query to all points, in order. */
export function distances(points: usize, groups: i32, query: usize, dims: i32, out: usize): void {
  let at = points;
  const end = query + ((<usize>dims) << 2);
  for (let g = 0; g < groups; g++) {
    let sum = f32x4.splat(0);
    for (let q = query; q < end; q += 4, at += 16) sum = step(sum, v128.load(at), q);
    v128.store(out + ((<usize>g) << 4), sum);
  }
}

/** How many of the `groups` × 4 values stand before `value` at place `index`: smaller ones, and equal ones further forward. */
export function before(values: usize, groups: i32, value: f32, index: i32): i32 {
  const threshold = f32x4.splat(value);
  let count = i32x4.splat(0);
  const whole = index >> 2; // groups that lie wholly before `index`: ties count
  let at = values;
  for (let g = 0; g < whole; g++, at += 16) count = i32x4.sub(count, f32x4.le(v128.load(at), threshold));
  for (let g = whole; g < groups; g++, at += 16) count = i32x4.sub(count, f32x4.lt(v128.load(at), threshold));
  let total = i32x4.extract_lane(count, 0) + i32x4.extract_lane(count, 1) + i32x4.extract_lane(count, 2) + i32x4.extract_lane(count, 3);
  for (let i = whole << 2; i < index; i++) if (load<f32>(values + ((<usize>i) << 2)) == value) total++;
  return total;
}
