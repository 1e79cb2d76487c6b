// What a survey found, drawn as maps draw it: samples as small open rings beside the points of the data, filled where they copy a row; thin lines
// between samples that repeat each other; modes outlined where the data lie, boldly where no sample is; holes of the prior as dashed empty regions
// on the floor. All that is amiss is in the colour of collapse, all else in ink.
import { Group } from 'three';
import { raisedTo } from './drawables.ts';
import type { Frame, Layer, SceneColours } from './layer.ts';
import { Marks, type Mark } from './marks.ts';
import { Segments } from './segments.ts';

export interface SurveyOutline {
  /** Closed, [corners, 2]. */
  readonly ring: Float32Array;
  /** How high it lies; on the floor where absent. */
  readonly height?: number;
  readonly look: 'plain' | 'bold' | 'dashed';
}

export interface SurveyDrawing {
  /** [samples, 3] */
  readonly samples: Float32Array;
  /** Of each sample: 1 off the data, 2 a copy of a row, 3 off the data and no collapse, 0 none of these. */
  readonly kinds: Uint8Array;
  /** [lines, 6] */
  readonly lines: Float32Array;
  readonly outlines: readonly SurveyOutline[];
}

/** Segment looks: width / 16 px, opacity at either end, and 1 for the second colour (ink). */
const LOOKS = { plain: [18, 130, 130, 255], bold: [44, 255, 255, 0], dashed: [30, 235, 235, 0] } as const;
const LINE = [12, 90, 90, 0] as const;
/** A ring this small still reads as one; many of them leave the points below in sight. */
const SAMPLE_PIXELS = 5;
const COPY_PIXELS = 9;

export class SurveyLayer implements Layer {
  readonly object = new Group();
  readonly #marks = new Marks(9);
  readonly #raised = new Segments(8);
  readonly #lying = new Segments(4);
  readonly #floorHeight: () => number;
  #drawing: SurveyDrawing | undefined;
  #colours: SceneColours | undefined;

  constructor(floorHeight: () => number) {
    this.#floorHeight = floorHeight;
    this.object.add(this.#lying.mesh, this.#raised.mesh, this.#marks.object);
    this.object.visible = false;
  }

  set(drawing: SurveyDrawing | undefined): void {
    this.#drawing = drawing;
    this.object.visible = drawing !== undefined;
    const outlines = drawing?.outlines ?? [];
    const raised = pieces(outlines.filter(({ height }) => height !== undefined));
    const lines = drawing?.lines ?? new Float32Array(0);
    const places = new Float32Array(lines.length + raised.places.length);
    places.set(lines);
    places.set(raised.places, lines.length);
    this.#raised.set(places, Uint8Array.from([...Array.from({ length: lines.length / 6 }, () => LINE).flat(), ...raised.look]));
    const lying = pieces(outlines.filter(({ height }) => height === undefined));
    this.#lying.set(lying.places, lying.look);
    this.#mark();
  }

  /** Places of the samples, [samples, 3]. */
  get places(): Float32Array {
    return this.#drawing?.samples ?? new Float32Array(0);
  }

  /** Corners of the outlines in space, [corners, 3]: those that lie on the floor at its height. */
  get corners(): Float32Array {
    const floor = this.#floorHeight();
    const rings = (this.#drawing?.outlines ?? []).map(({ ring, height = floor }) => raisedTo(ring, height));
    return Float32Array.from(rings.flatMap((one) => [...one]));
  }

  setTheme(colours: SceneColours): void {
    this.#colours = colours;
    this.#marks.setGround(colours.ground);
    this.#raised.setColours(colours.collapse, colours.muted);
    this.#lying.setColours(colours.collapse, colours.muted);
    this.#mark();
  }

  update(frame: Frame): boolean {
    this.#marks.update(frame);
    this.#raised.update(frame);
    this.#lying.update(frame, { height: this.#floorHeight() });
    return false;
  }

  dispose(): void {
    this.#marks.dispose();
    this.#raised.dispose();
    this.#lying.dispose();
  }

  #mark(): void {
    const [drawing, colours] = [this.#drawing, this.#colours];
    if (!colours) return;
    const { samples = new Float32Array(0), kinds = new Uint8Array(0) } = drawing ?? {};
    this.#marks.set(
      Array.from(kinds, (kind, i): Mark => {
        const place = [samples[3 * i], samples[3 * i + 1], samples[3 * i + 2]] as [number, number, number];
        if (kind === 2) return { place, diameter: COPY_PIXELS, rimPixels: 1.5, rim: colours.ink, disc: colours.collapse };
        const rim = kind === 1 ? colours.collapse : kind === 3 ? colours.contour : colours.ink;
        return { place, diameter: SAMPLE_PIXELS, rimPixels: 1.1, rim };
      }),
    );
  }
}

function pieces(outlines: readonly SurveyOutline[]): { places: Float32Array; look: Uint8Array } {
  const places: number[] = [];
  const look: number[] = [];
  for (const { ring, height = 0, look: name } of outlines) {
    const n = ring.length / 2;
    for (let i = 0; i < n; i++) {
      if (name === 'dashed' && i % 4 > 1) continue;
      const j = (i + 1) % n;
      places.push(ring[2 * i] as number, ring[2 * i + 1] as number, height);
      places.push(ring[2 * j] as number, ring[2 * j + 1] as number, height);
      look.push(...LOOKS[name]);
    }
  }
  return { places: Float32Array.from(places), look: Uint8Array.from(look) };
}
