// The arithmetic of a line chart: round ticks, linear and logarithmic scales, the range that shows the curve and not its first spike, and
// at most two points a pixel column (its lowest and highest), so that 100,000 reports draw as fast as 500.

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Value to pixel. */
  readonly to: (value: number) => number;
  /** Pixel to value. */
  readonly from: (pixel: number) => number;
}

export function linear(low: number, high: number, start: number, end: number): Scale {
  const span = high - low || 1;
  return {
    low,
    high,
    to: (value) => start + ((value - low) / span) * (end - start),
    from: (pixel) => low + ((pixel - start) / (end - start)) * span,
  };
}

/** Steps on a logarithmic axis; a step of 0 stands where 1 does. */
export function logarithmic(low: number, high: number, start: number, end: number): Scale {
  const inner = linear(Math.log(Math.max(1, low)), Math.log(Math.max(2, high)), start, end);
  return { low, high, to: (value) => inner.to(Math.log(Math.max(1, value))), from: (pixel) => Math.exp(inner.from(pixel)) };
}

/** Round values (1, 2 or 5 times a power of ten) inside [low, high], about `wanted` of them. */
export function ticks(low: number, high: number, wanted: number): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return Number.isFinite(low) ? [low] : [];
  const power = 10 ** Math.floor(Math.log10((high - low) / Math.max(1, wanted)));
  const bounds = (step: number): [number, number] => [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  const excess = (step: number): number => Math.abs(bounds(step)[1] - bounds(step)[0] + 1 - wanted);
  const step = [1, 2, 5, 10].map((factor) => factor * power).reduce((best, one) => (excess(one) < excess(best) ? one : best));
  const [first, last] = bounds(step);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten inside [low, high]; round values where there are fewer than two. */
export function logTicks(low: number, high: number, wanted: number): number[] {
  const powers: number[] = [];
  for (let exponent = Math.ceil(Math.log10(Math.max(1, low))); 10 ** exponent <= high; exponent++) powers.push(10 ** exponent);
  return powers.length >= 2 ? powers : ticks(low, high, wanted);
}

export interface Curve {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** The least and the greatest value that there can be: 0 and 1 of a share. */
export type Limits = readonly [least: number, most: number];

/**
 * The range of values that a chart shows: everything, except that what was higher in the first half of the training than three times the
 * range of the second half leaves the chart at its top, so that the first steps do not flatten the rest; with a margin, which ends where
 * values can be no less or no more.
 */
export function valueRange(curves: readonly Curve[], [least, most]: Limits = [-Infinity, Infinity]): [number, number] {
  const late = curves.flatMap(({ values }) => values.slice(Math.floor(values.length / 2)).filter(Number.isFinite));
  const all = curves.flatMap(({ values }) => values.filter(Number.isFinite));
  if (all.length === 0) return [0, 1];
  const [lateLow, lateHigh] = extent(late.length > 0 ? late : all);
  const [low, high] = extent(all);
  const reach = 3 * Math.max(lateHigh - lateLow, 0.02 * Math.abs(lateHigh), 1e-9);
  const [from, to] = [low, Math.min(high, lateHigh + reach)];
  const margin = 0.08 * (to - from) || 0.1 * Math.abs(to) || 1;
  // What lies beyond the limits all the same, as a noisy estimate may, is shown.
  return [Math.min(from, Math.max(least, from - margin)), Math.max(to, Math.min(most, to + margin))];
}

function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** SVG path of a curve; values that are not finite leave a gap. */
export function pathOf(curve: Curve, x: Scale, y: Scale): string {
  let path = '';
  let isDown = false;
  const point = (px: number, value: number): void => {
    path += `${isDown ? 'L' : 'M'}${px.toFixed(1)} ${y.to(value).toFixed(1)}`;
    isDown = true;
  };
  const { steps, values } = curve;
  for (let i = 0; i < steps.length;) {
    const column = Math.floor(x.to(steps[i] as number));
    let [lowest, highest, end] = [i, i, i];
    for (; end < steps.length && Math.floor(x.to(steps[end] as number)) === column; end++) {
      const value = values[end] as number;
      if (!Number.isFinite(value)) continue;
      if (!((values[lowest] as number) <= value)) lowest = end;
      if (!((values[highest] as number) >= value)) highest = end;
    }
    if (!Number.isFinite(values[lowest])) isDown = false;
    else for (const at of new Set([Math.min(lowest, highest), Math.max(lowest, highest)])) point(x.to(steps[at] as number), values[at] as number); // prettier-ignore
    i = end;
  }
  return path;
}

/** Index of the step nearest to `step`; -1 where there is none. */
export function nearest(steps: readonly number[], step: number): number {
  let [low, high] = [0, steps.length - 1];
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] as number) < step) low = middle + 1;
    else high = middle;
  }
  const before = low - 1;
  return before >= 0 && step - (steps[before] as number) < (steps[low] as number) - step ? before : low;
}
