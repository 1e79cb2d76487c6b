// The table that the map lies on, and the view that shows all of it: points, their shadows on the floor, and the marks of a survey, which may lie
// far beyond the points.
import { densityOver, type FloorLayer } from './floor-layer.ts';
import { extentOf } from './extent.ts';
import type { PointsLayer } from './points-layer.ts';
import type { SinkholesLayer } from './sinkholes-layer.ts';
import type { Stage } from './stage.ts';
import type { SurveyLayer } from './survey-layer.ts';
import type { Travel } from './travel.ts';
import { fitView, type View } from './view.ts';

/** Kernel widths from the outermost points to the outermost contour. */
const CONTOURS_REACH = 2.5;

interface Framed {
  readonly stage: Stage;
  readonly travel: Travel;
  readonly points: PointsLayer;
  readonly floor: FloorLayer;
  readonly survey: SurveyLayer;
  readonly sinkholes: SinkholesLayer;
}

export class Framing {
  /** What the page covers, pixels. */
  padding = { top: 40, right: 40, bottom: 40, left: 40 };
  readonly #framed: Framed;
  #radius = 1;
  /** Places on the floor that a fit keeps in view, [n, 3]. */
  #shadows: Float32Array = new Float32Array(0);

  constructor(framed: Framed) {
    this.#framed = framed;
  }

  /** Half the diagonal of the map's box. */
  get radius(): number {
    return this.#radius;
  }

  /** Density, its height and the size of the table, for the points' new places. */
  layFloor(isFlat: boolean, ease: boolean): void {
    const { stage, travel, floor, survey } = this.#framed;
    const { places, count, presence } = travel;
    const density = densityOver(places, count, presence);
    const samples = survey.places;
    const drawn = samples.length / 3;
    const all = joined([places.subarray(0, 3 * count), samples]);
    const present = new Uint8Array(count + drawn).fill(1);
    present.set(presence.subarray(0, count));
    const reach = CONTOURS_REACH * (density?.bandwidth ?? 0);
    const extent = extentOf(all, count + drawn, present, isFlat, reach);
    if (!extent) {
      this.#shadows = new Float32Array(0);
      floor.set(undefined, 0, [0, 0], 1, false);
      return;
    }
    const { centre, radius, half, height } = extent;
    this.#radius = radius;
    this.#shadows = extent.shadows;
    floor.set(density, height, [centre[0], centre[1]], half * 1.9, ease);
    stage.setExtent(centre, radius, Math.max(radius * 1.1, half * 1.9 * Math.SQRT2) + 0.4 * radius);
  }

  /** Looks from where `view` looks, at all that there is. */
  fitted(view: View): View {
    const { stage, travel, points, survey, sinkholes } = this.#framed;
    const port = { width: stage.width, height: stage.height, padding: this.padding };
    const { places, count } = travel;
    const { mask } = points;
    const others = joined([this.#shadows, survey.places, survey.corners, sinkholes.corners]);
    if (others.length === 0) return fitView(view, places, count, mask, port);
    const all = joined([places.subarray(0, 3 * count), others]);
    const seen = mask && new Uint8Array(all.length / 3).fill(1);
    if (mask) seen?.set(mask);
    return fitView(view, all, all.length / 3, seen, port);
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, one) => sum + one.length, 0));
  let end = 0;
  for (const one of parts) {
    out.set(one, end);
    end += one.length;
  }
  return out;
}
