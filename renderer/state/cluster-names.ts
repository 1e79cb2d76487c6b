// Where the names of labels stand on the map: above the points they name, and only where those keep together. A label keeps together when
// most of its points are nearer to its own centre than to any other label's (nearest-centroid classification, on the map as it is drawn).
import type { MapRecord } from '../../src/protocol/records.ts';

export interface ClusterName {
  readonly label: number;
  /** Map units, [dims]: the middle of the label's points, at the height that most of them stay below. */
  readonly position: readonly number[];
}

const LEAST_POINTS = 8;
/** Share of a label's points that must be nearest to their own centre. */
const LEAST_TOGETHER = 0.6;
/** Points of a label that its name stands above. */
const BELOW = 0.95;
const MOST_NAMES = 40;

export function clusterNames(map: Pick<MapRecord, 'labels' | 'positions' | 'dims' | 'count'>): ClusterName[] {
  const { labels, positions, dims, count } = map;
  if (!labels) return [];
  const members = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const label = labels[i] as number;
    if (label < 0) continue;
    const known = members.get(label);
    if (known) known.push(i);
    else members.set(label, [i]);
  }
  if (members.size < 2 || members.size > MOST_NAMES) return [];
  const centres = new Map([...members].map(([label, points]) => [label, centreOf(positions, dims, points)]));
  const nearestTo = (i: number): number => {
    let [best, least] = [-1, Infinity];
    for (const [label, centre] of centres) {
      const squares = centre.reduce((sum, c, k) => sum + ((positions[i * dims + k] as number) - c) ** 2, 0);
      if (squares < least) [best, least] = [label, squares];
    }
    return best;
  };
  return [...members].flatMap(([label, points]) => {
    const together = points.filter((i) => nearestTo(i) === label);
    if (points.length < LEAST_POINTS || together.length < LEAST_TOGETHER * points.length) return [];
    const position = centreOf(positions, dims, together);
    position[dims - 1] = quantile(together.map((i) => positions[i * dims + dims - 1] as number), BELOW); // prettier-ignore
    return [{ label, position }];
  });
}

/** Medians, which stragglers do not move. */
const centreOf = (positions: Float32Array, dims: number, points: readonly number[]): number[] =>
  Array.from({ length: dims }, (_, k) => quantile(points.map((i) => positions[i * dims + k] as number), 0.5)); // prettier-ignore

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
