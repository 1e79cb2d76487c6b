// Does one set of numbers tend to be smaller than another? Mann & Whitney 1947: U = #{ (i, j) : a_i > b_j }, ties counting one half, set against
// what chance gives,   z = (U - nm/2) / √( nm/12 · (N + 1 - Σ_t (t³ - t) / (N (N - 1))) ),   N = n + m, t the size of each group of equal numbers.
// Below zero where the first tends to be smaller. The normal approximation wants about 20 in each set.

export function mannWhitney(first: Float32Array, second: Float32Array): number {
  const [n, m] = [first.length, second.length];
  const total = n + m;
  const values = new Float32Array(total);
  values.set(first);
  values.set(second, n);
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  let ranks = 0; // of the first set, 1 the smallest, the mean among equals
  let ties = 0;
  for (let from = 0; from < total;) {
    let to = from;
    let ofFirst = 0;
    const value = values[order[from] as number];
    for (; to < total && values[order[to] as number] === value; to++) if ((order[to] as number) < n) ofFirst++;
    ranks += (ofFirst * (from + 1 + to)) / 2;
    const size = to - from;
    ties += size ** 3 - size;
    from = to;
  }
  const u = ranks - (n * (n + 1)) / 2;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  return variance > 0 ? (u - (n * m) / 2) / Math.sqrt(variance) : 0;
}
