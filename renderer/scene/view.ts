// Where the camera stands, as plain numbers, and the pure arithmetic over it: fitting, zooming about a place, moving and turning.
// The map's third axis is up. The camera looks from `distance` away at `target`; azimuth turns about the third axis, elevation is the
// angle above the floor (pi/2: from above, as one reads a flat map).

export type Vec3 = readonly [number, number, number];

export interface View {
  readonly target: Vec3;
  /** Radians. 0: looking along the map's second axis, first axis to the right. */
  readonly azimuth: number;
  /** Radians above the floor, 0 … pi/2. */
  readonly elevation: number;
  /** Map units from the camera to the target. */
  readonly distance: number;
  /** `perspective` in 3-D; `plan` is a very long lens, so that parallel lines stay parallel. */
  readonly lens: 'perspective' | 'plan';
}

export type KeyboardAction =
  | 'turn-left'
  | 'turn-right'
  | 'turn-up'
  | 'turn-down'
  | 'move-left'
  | 'move-right'
  | 'move-up'
  | 'move-down'
  | 'zoom-in'
  | 'zoom-out'
  | 'from-above'
  | 'from-side'
  | 'fit'
  | 'reset';

export interface Viewport {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly padding: { readonly top: number; readonly right: number; readonly bottom: number; readonly left: number };
}

/** Tangent of half the vertical angle of view: 30 degrees, and 3 degrees for a plan. */
const TAN_HALF = { perspective: Math.tan((15 * Math.PI) / 180), plan: Math.tan((1.5 * Math.PI) / 180) };
export const tanHalfOf = (lens: View['lens']): number => TAN_HALF[lens];

/** Never quite horizontal: the floor stays a surface one looks down on. */
const MIN_ELEVATION = 0.04;

export const defaultView = (dims: 2 | 3): View =>
  dims === 3
    ? { target: [0, 0, 0], azimuth: 0.55, elevation: 0.5, distance: 10, lens: 'perspective' }
    : { target: [0, 0, 0], azimuth: 0, elevation: Math.PI / 2, distance: 100, lens: 'plan' };

export interface Basis {
  readonly right: Vec3;
  readonly up: Vec3;
  readonly forward: Vec3;
}

export function basisOf(view: Pick<View, 'azimuth' | 'elevation'>): Basis {
  const [sa, ca, se, ce] = [Math.sin(view.azimuth), Math.cos(view.azimuth), Math.sin(view.elevation), Math.cos(view.elevation)];
  return { right: [ca, -sa, 0], up: [sa * se, ca * se, ce], forward: [sa * ce, ca * ce, -se] };
}

const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const along = (p: Vec3, d: Vec3, by: number): Vec3 => [p[0] + d[0] * by, p[1] + d[1] * by, p[2] + d[2] * by];

export const cameraPlace = (view: View): Vec3 => along(view.target, basisOf(view).forward, -view.distance);

/**
 * The nearest place, seen from the present direction, from which every point lies inside the padded window. Each of the four sides of
 * the window is a plane through the camera: with q = (right, up, forward) · p, the right side asks q.x - t q.z ≤ c.x - t c.z for every
 * point, so one maximum over the points per side gives the camera c in closed form. positions: [count, 3]; points that are not finite or
 * that the mask hides are left out. The target is put half-way through the points' depth.
 */
export function fitView(view: View, positions: Float32Array, count: number, mask: Uint8Array | undefined, port: Viewport): View {
  const { right, up, forward } = basisOf(view);
  const perPixel = (2 * tanHalfOf(view.lens)) / port.height;
  const inner = (size: number, before: number, after: number): [number, number] => {
    // Padding never takes more than two thirds of a side.
    const share = Math.min(1, (size * 0.66) / Math.max(before + after, 1e-9));
    return [(size / 2 - before * share) * perPixel, (size / 2 - after * share) * perPixel];
  };
  const [tLeft, tRight] = inner(port.width, port.padding.left, port.padding.right);
  const [tTop, tBottom] = inner(port.height, port.padding.top, port.padding.bottom);
  let [a, b, c, d, near, far] = [-Infinity, -Infinity, -Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    if (mask && mask[i] === 0) continue;
    const p: Vec3 = [positions[3 * i] as number, positions[3 * i + 1] as number, positions[3 * i + 2] as number];
    const [x, y, z] = [dot(right, p), dot(up, p), dot(forward, p)];
    if (!Number.isFinite(x + y + z)) continue;
    a = Math.max(a, x - tRight * z);
    b = Math.max(b, -x - tLeft * z);
    c = Math.max(c, y - tTop * z);
    d = Math.max(d, -y - tBottom * z);
    near = Math.min(near, z);
    far = Math.max(far, z);
  }
  if (near === Infinity) return view;
  const wide = -(a + b) / (tLeft + tRight);
  const high = -(c + d) / (tTop + tBottom);
  // One place has no size: step back as far as its coordinates (or 1) suggest.
  const least = Math.max(far - near, Math.abs(far) * 1e-3, 1e-3);
  const cz = Math.min(wide, high, near - least * 0.05);
  // The window is centred on what it need not touch.
  const cx = (a + tRight * cz - (b + tLeft * cz)) / 2;
  const cy = (c + tTop * cz - (d + tBottom * cz)) / 2;
  const depth = Math.max((near + far) / 2 - cz, least * 0.05);
  const place = (q: Vec3): Vec3 => along(along(along([0, 0, 0], right, q[0]), up, q[1]), forward, q[2]);
  return { ...view, target: place([cx, cy, cz + depth]), distance: depth };
}

export const unitsPerPixel = (view: View, height: number): number => (2 * view.distance * tanHalfOf(view.lens)) / height;

/** Zooms so that `anchor` stays where it is on the screen: everything is scaled about it. factor < 1 comes nearer. */
export function zoomAbout(view: View, anchor: Vec3, factor: number): View {
  const target = view.target.map((t, k) => (anchor[k] as number) + (t - (anchor[k] as number)) * factor) as unknown as Vec3;
  return { ...view, target, distance: view.distance * factor };
}

/** Moves the map by dx, dy CSS pixels. */
export function moveBy(view: View, dx: number, dy: number, height: number): View {
  const { right, up } = basisOf(view);
  const units = unitsPerPixel(view, height);
  return { ...view, target: along(along(view.target, right, -dx * units), up, dy * units) };
}

export function turnBy(view: View, azimuth: number, elevation: number): View {
  return {
    ...view,
    azimuth: view.azimuth + azimuth,
    elevation: Math.min(Math.PI / 2, Math.max(MIN_ELEVATION, view.elevation + elevation)),
  };
}

/** The place under a CSS pixel, on the plane through `through` that faces the camera. */
export function placeUnder(view: View, x: number, y: number, width: number, height: number, through: Vec3): Vec3 {
  const { right, up, forward } = basisOf(view);
  const eye = cameraPlace(view);
  const depth = dot(forward, along(through, eye, -1));
  const slope = (2 * tanHalfOf(view.lens)) / height;
  const [sx, sy] = [(x - width / 2) * slope * depth, (height / 2 - y) * slope * depth];
  return along(along(along(eye, forward, depth), right, sx), up, sy);
}

/** What the eye sees while easing: the half height of the window, the tangent of the lens, direction and target. */
export interface EasedView {
  readonly target: Vec3;
  readonly azimuth: number;
  readonly elevation: number;
  readonly logHalfHeight: number;
  readonly logTanHalf: number;
}

export const easedOf = (view: View): EasedView => ({
  target: view.target,
  azimuth: view.azimuth,
  elevation: view.elevation,
  logHalfHeight: Math.log(view.distance * tanHalfOf(view.lens)),
  logTanHalf: Math.log(tanHalfOf(view.lens)),
});

/** One step of an exponential approach; undefined when there is nothing left that an eye could see. */
export function approach(now: EasedView, goal: EasedView, elapsedMs: number, timeConstantMs: number): EasedView | undefined {
  const share = 1 - Math.exp(-elapsedMs / timeConstantMs);
  const unit = Math.exp(goal.logHalfHeight);
  const gap = Math.max(
    Math.hypot(...goal.target.map((g, k) => (g - (now.target[k] as number)) / unit)),
    Math.abs(goal.azimuth - now.azimuth),
    Math.abs(goal.elevation - now.elevation),
    Math.abs(goal.logHalfHeight - now.logHalfHeight),
    Math.abs(goal.logTanHalf - now.logTanHalf),
  );
  if (!(gap > 5e-4)) return undefined;
  const mix = (a: number, b: number): number => a + (b - a) * share;
  return {
    target: now.target.map((t, k) => mix(t, goal.target[k] as number)) as unknown as Vec3,
    azimuth: mix(now.azimuth, goal.azimuth),
    elevation: mix(now.elevation, goal.elevation),
    logHalfHeight: mix(now.logHalfHeight, goal.logHalfHeight),
    logTanHalf: mix(now.logTanHalf, goal.logTanHalf),
  };
}
