// A path through the landscape: a smooth line through the places of its steps, a dot at every step, larger rings at both ends. The line
// between steps is a centripetal Catmull-Rom spline (Yuksel, Schaefer & Keyser 2011: no loops, no overshoot); the dots are what was
// computed, the line only leads the eye. Drawn over the points.
import { CatmullRomCurve3, Group, Vector3 } from 'three';
import type { Frame, Layer, SceneColours } from './layer.ts';
import { Marks, type Mark } from './marks.ts';
import { Segments } from './segments.ts';

const PIECES_PER_STEP = 8;

export class PathLayer implements Layer {
  readonly object = new Group();
  /** A casing in the ground's colour keeps the line apart from the points behind it. */
  readonly #casing = new Segments(20);
  readonly #line = new Segments(21);
  readonly #marks = new Marks(22);
  #places: readonly Vector3[] = [];
  #current: number | undefined;
  #colours: SceneColours | undefined;

  constructor() {
    this.object.add(this.#casing.mesh, this.#line.mesh, this.#marks.object);
  }

  /** places: [count, 3]; none: no path. */
  set(places: Float32Array | undefined, count: number, current: number | undefined): void {
    this.#places = Array.from({ length: places ? count : 0 }, (_, i) => new Vector3().fromArray(places ?? [], 3 * i));
    this.#current = current;
    const pieces = this.#places.length > 1 ? (this.#places.length - 1) * PIECES_PER_STEP : 0;
    const coordinates = new Float32Array(6 * pieces);
    if (pieces > 0) {
      const curve = new CatmullRomCurve3([...this.#places], false, 'centripetal');
      const at = Array.from({ length: pieces + 1 }, (_, k) => curve.getPoint(k / pieces));
      for (let k = 0; k < pieces; k++) {
        at[k]?.toArray(coordinates, 6 * k);
        at[k + 1]?.toArray(coordinates, 6 * k + 3);
      }
    }
    const look = new Uint8Array(4 * pieces);
    for (let k = 0; k < pieces; k++) look.set([32, 255, 255, 0], 4 * k);
    this.#casing.set(coordinates, look);
    this.#line.set(coordinates, look);
    this.#draw();
  }

  setTheme(colours: SceneColours): void {
    this.#colours = colours;
    this.#casing.setColours(colours.ground);
    this.#line.setColours(colours.ink);
    this.#marks.setGround(colours.ground);
    this.#draw();
  }

  update(frame: Frame): boolean {
    this.#casing.update(frame, { widen: 2.5, opacity: 0.8 });
    this.#line.update(frame);
    this.#marks.update(frame);
    return false;
  }

  dispose(): void {
    this.#casing.dispose();
    this.#line.dispose();
    this.#marks.dispose();
  }

  #draw(): void {
    const colours = this.#colours;
    if (!colours) return;
    const last = this.#places.length - 1;
    this.#marks.set(
      this.#places.map((place, i): Mark => {
        const isEnd = i === 0 || i === last;
        const isCurrent = i === this.#current;
        return {
          place: [place.x, place.y, place.z],
          diameter: isEnd ? 13 : isCurrent ? 11 : 8,
          rimPixels: isEnd ? 2 : 1.6,
          rim: isCurrent ? colours.accent : colours.ink,
          disc: isCurrent ? colours.accent : colours.ground,
        };
      }),
    );
  }
}
