// The closed outlines that `shapes` draws, as signed-distance tables. Each outline is a polygon of area pi about its centroid; the exact
// distance to it (negative inside) less a corner radius is tabulated once on a square grid and read back bilinearly, which costs the
// same for every outline and makes anti-aliasing one subtraction. y points down, as in pictures.

export interface Outline {
  readonly name: string;
  /** Turning by 1 / symmetry of a full turn gives the same picture. */
  readonly symmetry: number;
  /** Distance to the outline in units of `size`, the radius of the disc of equal area. */
  readonly distance: (x: number, y: number) => number;
  /** No point of the outline is farther from the centre than this. */
  readonly reach: number;
}

const EXTENT = 2; // the table covers [-2, 2]²
const CELLS = 128;
const CORNER_RADIUS = 0.12;

type Point = readonly [x: number, y: number];
const turn = (share: number, radius: number): Point => [
  radius * Math.sin(2 * Math.PI * share),
  -radius * Math.cos(2 * Math.PI * share),
];
const around = (points: number, at: (share: number) => Point): Point[] =>
  Array.from({ length: points }, (_, i) => at(i / points));

const polygons: readonly { name: string; symmetry: number; points: readonly Point[] }[] = [
  { name: 'ellipse', symmetry: 2, points: around(48, (s) => [1.3 * turn(s, 1)[0], turn(s, 1)[1] / 1.3]) },
  { name: 'square', symmetry: 4, points: around(4, (s) => turn(s + 1 / 8, 1)) },
  { name: 'triangle', symmetry: 3, points: around(3, (s) => turn(s, 1)) },
  { name: 'star', symmetry: 5, points: around(10, (s) => turn(s, Math.round(s * 10) % 2 === 0 ? 1 : 0.5)) },
  { name: 'heart', symmetry: 1, points: around(48, heart) },
  { name: 'cross', symmetry: 4, points: cross(0.38) },
];

/** The cardioid-like curve whose x is a cubed sine; see Weisstein, "Heart Curve", MathWorld. */
function heart(share: number): Point {
  const t = 2 * Math.PI * share;
  return [16 * Math.sin(t) ** 3, -(13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t))];
}

function cross(half: number): Point[] {
  const arm: Point[] = [
    [-half, -half],
    [-half, -1],
    [half, -1],
  ];
  return [0, 1, 2, 3].flatMap((quarter) =>
    arm.map(([x, y]): Point => (quarter === 0 ? [x, y] : quarter === 1 ? [-y, x] : quarter === 2 ? [-x, -y] : [y, -x])),
  );
}

/** Moved to its centroid and scaled to area pi (shoelace formula). */
function normalise(points: readonly Point[]): Point[] {
  let area = 0;
  let cx = 0;
  let cy = 0;
  points.forEach(([x, y], i) => {
    const [nx, ny] = points[(i + 1) % points.length] as Point;
    const wedge = x * ny - nx * y;
    area += wedge / 2;
    cx += (wedge * (x + nx)) / 6;
    cy += (wedge * (y + ny)) / 6;
  });
  const scale = Math.sqrt(Math.PI / Math.abs(area));
  return points.map(([x, y]): Point => [(x - cx / area) * scale, (y - cy / area) * scale]);
}

/** Exact signed distance: least distance to a side, sign by crossings of the ray to the right. */
function polygonDistance(points: readonly Point[], x: number, y: number): number {
  let least = Infinity;
  let inside = false;
  let [ax, ay] = points[points.length - 1] as Point;
  for (const [bx, by] of points) {
    const ex = bx - ax;
    const ey = by - ay;
    const along = Math.max(0, Math.min(1, ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey)));
    const dx = x - ax - along * ex;
    const dy = y - ay - along * ey;
    least = Math.min(least, dx * dx + dy * dy);
    if (ay > y !== by > y && x < ax + ((y - ay) * ex) / ey) inside = !inside;
    ax = bx;
    ay = by;
  }
  return inside ? -Math.sqrt(least) : Math.sqrt(least);
}

function tabulate(name: string, symmetry: number, raw: readonly Point[]): Outline {
  const points = normalise(raw);
  const side = CELLS + 1;
  const step = (2 * EXTENT) / CELLS;
  const table = new Float64Array(side * side);
  let area = 0;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const d = polygonDistance(points, j * step - EXTENT, i * step - EXTENT) - CORNER_RADIUS;
      table[i * side + j] = d;
      area += Math.max(0, Math.min(1, 0.5 - d / step)) * step * step; // the corner radius fattens the polygon
    }
  }
  const fattened = Math.sqrt(area / Math.PI);
  const reach = (Math.max(...points.map(([x, y]) => Math.hypot(x, y))) + CORNER_RADIUS) / fattened;
  const distance = (x: number, y: number): number => {
    const u = Math.max(0, Math.min(CELLS - 1e-9, (x * fattened + EXTENT) / step));
    const v = Math.max(0, Math.min(CELLS - 1e-9, (y * fattened + EXTENT) / step));
    const at = Math.floor(v) * side + Math.floor(u);
    const fu = u - Math.floor(u);
    const fv = v - Math.floor(v);
    const upper = (table[at] as number) * (1 - fu) + (table[at + 1] as number) * fu;
    const lower = (table[at + side] as number) * (1 - fu) + (table[at + side + 1] as number) * fu;
    return (upper * (1 - fv) + lower * fv) / fattened;
  };
  return { name, symmetry, distance, reach };
}

let tabulated: readonly Outline[] | undefined;

/** Tabulated at the first call, about 50 ms. */
export function outlines(): readonly Outline[] {
  tabulated ??= polygons.map(({ name, symmetry, points }) => tabulate(name, symmetry, points));
  return tabulated;
}

export const outlineNames: readonly string[] = polygons.map((polygon) => polygon.name);
