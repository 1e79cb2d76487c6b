// Rings around single points: the one under the pointer, the chosen one, and the two ends of a path. They follow their points while these
// travel.
import type { Object3D } from 'three';
import type { Frame, Layer, SceneColours } from './layer.ts';
import { Marks, type Mark } from './marks.ts';
import type { Travel } from './travel.ts';

export interface MarkedPoints {
  readonly hovered?: number;
  readonly selected?: number;
  readonly a?: number;
  readonly b?: number;
}

export class MarkersLayer implements Layer {
  readonly object: Object3D;
  readonly #marks = new Marks(30);
  readonly #travel: Travel;
  #points: MarkedPoints = {};
  #colours: SceneColours | undefined;
  #drawnAt = -1;
  #stale = true;

  constructor(travel: Travel) {
    this.#travel = travel;
    this.object = this.#marks.object;
  }

  set(points: MarkedPoints): void {
    this.#points = points;
    this.#stale = true;
  }

  pointsChanged(): void {
    this.#stale = true;
  }

  setTheme(colours: SceneColours): void {
    this.#colours = colours;
    this.#marks.setGround(colours.ground);
    this.#stale = true;
  }

  update(frame: Frame): boolean {
    this.#marks.update(frame);
    if (this.#stale || this.#drawnAt !== this.#travel.travelled) {
      this.#stale = false;
      this.#drawnAt = this.#travel.travelled;
      this.#marks.set(this.#rings());
    }
    return false;
  }

  dispose(): void {
    this.#marks.dispose();
  }

  #rings(): Mark[] {
    const colours = this.#colours;
    if (!colours) return [];
    const marks: Mark[] = [];
    const ring = (index: number | undefined, look: Omit<Mark, 'place'>): void => {
      const place = index === undefined ? undefined : this.#travel.placeOf(index);
      if (place) marks.push({ place, ...look });
    };
    const { a, b, selected, hovered } = this.#points;
    ring(a, { diameter: 15, rimPixels: 2, rim: colours.ink });
    ring(b, { diameter: 15, rimPixels: 2, rim: colours.ink });
    ring(selected, { diameter: 19, rimPixels: 2, rim: colours.accent });
    ring(hovered, { diameter: 17, rimPixels: 1.5, rim: colours.ink });
    return marks;
  }
}
