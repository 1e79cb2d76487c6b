// SIMD kernel of balls round points: which of two sets of points lie in balls round those of the other. Points lie in groups of four,
// dimension-major inside a group, groups in pairs; queries are row-major, four at a time, as in base/neighbours.as.ts. Radii are squared.

// @ts-ignore: decorator
@inline
function step(sum: v128, point: v128, query: usize): v128 {
  const difference = f32x4.sub(point, v128.load_splat<f32>(query));
  return f32x4.add(sum, f32x4.mul(difference, difference));
}

/** `four` squared distances of query q from the points of one group. */
// @ts-ignore: decorator
@inline
function judge(four: v128, q: i32, group: usize, pointRadii: usize, queryRadii: usize, held: usize, covered: usize, reached: usize): void {
  const inPoints = f32x4.le(four, v128.load(pointRadii + group));
  const count = held + ((<usize>q) << 4);
  v128.store(count, i32x4.sub(v128.load(count), inPoints)); // a true lane is -1
  v128.store(covered + group, v128.or(v128.load(covered + group), inPoints));
  const inQuery = f32x4.le(four, v128.load_splat<f32>(queryRadii + ((<usize>q) << 2)));
  v128.store(reached + group, v128.or(v128.load(reached + group), inQuery));
}

/**
 * Adds to `held` [queries, 4], whose rows are summed later, how many points' balls hold each query; sets lanes of `covered` [groups · 4]
 * where a point's ball holds any query, of `reached` where any query's ball holds the point. `groups` is even, `queries` a multiple of four.
 */
export function meet(
  points: usize, groups: i32, queryAt: usize, queries: i32, dims: i32, pointRadii: usize, queryRadii: usize, held: usize, covered: usize,
  reached: usize,
): void {
  const groupBytes = (<usize>dims) << 4;
  const queryBytes = (<usize>dims) << 2;
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
        const first = (<usize>g) << 4;
        const second = first + 16;
        judge(s00, q, first, pointRadii, queryRadii, held, covered, reached);
        judge(s01, q, second, pointRadii, queryRadii, held, covered, reached);
        judge(s10, q + 1, first, pointRadii, queryRadii, held, covered, reached);
        judge(s11, q + 1, second, pointRadii, queryRadii, held, covered, reached);
        judge(s20, q + 2, first, pointRadii, queryRadii, held, covered, reached);
        judge(s21, q + 2, second, pointRadii, queryRadii, held, covered, reached);
        judge(s30, q + 3, first, pointRadii, queryRadii, held, covered, reached);
        judge(s31, q + 3, second, pointRadii, queryRadii, held, covered, reached);
      }
    }
  }
}
