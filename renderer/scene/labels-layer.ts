// Words on the map, as DOM text over the canvas: names of clusters, kept from overlapping, and the letters of a path's ends.
// Styles are set through the object model, so that a content policy without inline styles holds.
import { Group, Vector3 } from 'three';
import { parseColour, toHex, type Rgb } from './colour.ts';
import { placeLabels } from './label-placement.ts';
import type { Frame, Layer, SceneColours } from './layer.ts';

export interface PlacedText {
  readonly text: string;
  /** Where it is now; undefined: nowhere. */
  readonly place: () => readonly [number, number, number] | undefined;
  readonly colour?: string;
  readonly priority: number;
  /** Pixels above the anchor. */
  readonly lift: number;
  readonly strong: boolean;
}

interface Entry {
  readonly text: PlacedText;
  readonly element: HTMLSpanElement;
  width: number;
  height: number;
  shown: boolean;
}

export class LabelsLayer implements Layer {
  readonly object = new Group();
  readonly #overlay: HTMLElement;
  readonly #place = new Vector3();
  #entries: Entry[] = [];
  #colours: SceneColours | undefined;

  constructor(overlay: HTMLElement) {
    this.#overlay = overlay;
  }

  set(texts: readonly PlacedText[]): void {
    for (const { element } of this.#entries) element.remove();
    this.#entries = texts.map((text) => {
      const element = this.#overlay.ownerDocument.createElement('span');
      element.textContent = text.text;
      element.className = 'landscape-label';
      Object.assign(element.style, {
        position: 'absolute',
        left: '0',
        top: '0',
        whiteSpace: 'nowrap',
        font: 'inherit',
        fontSize: '1em',
        fontWeight: '700',
        lineHeight: '1.25',
        visibility: 'hidden',
        // A casing in the ground's colour, drawn below the letters.
        paintOrder: 'stroke',
        webkitTextStrokeWidth: '4px',
        strokeLinejoin: 'round',
      });
      this.#overlay.append(element);
      return { text, element, width: 0, height: 0, shown: false };
    });
    // Measured once: a label does not change its size while it moves.
    for (const entry of this.#entries) {
      entry.width = entry.element.offsetWidth;
      entry.height = entry.element.offsetHeight;
    }
    this.#paint();
  }

  setTheme(colours: SceneColours): void {
    this.#colours = colours;
    this.#paint();
  }

  update(frame: Frame): boolean {
    const boxes = this.#entries.map(({ text, width, height, shown }) => {
      const place = text.place();
      if (place) this.#place.set(place[0], place[1], place[2]).project(frame.camera);
      const behind = !place || this.#place.z > 1 || !Number.isFinite(this.#place.x);
      const x = behind ? -1e6 : (this.#place.x * 0.5 + 0.5) * frame.width;
      const y = behind ? -1e6 : (0.5 - this.#place.y * 0.5) * frame.height - text.lift;
      return { x, y, width, height, priority: text.priority, wasShown: shown };
    });
    placeLabels(boxes, frame.width, frame.height).forEach((place, i) => {
      const entry = this.#entries[i] as Entry;
      entry.shown = place !== undefined;
      entry.element.style.visibility = place ? 'visible' : 'hidden';
      if (place) entry.element.style.transform = `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`;
    });
    return false;
  }

  dispose(): void {
    this.set([]);
  }

  #paint(): void {
    const colours = this.#colours;
    if (!colours) return;
    const css = (rgb: Rgb): string => toHex(rgb);
    const ground = css(colours.ground);
    for (const { text, element } of this.#entries) {
      // A label takes only a hint of its cluster's colour: it is there to be read.
      const hint = text.colour ? parseColour(text.colour) : colours.text;
      const base = text.strong ? colours.ink : colours.text;
      element.style.color = css([0, 1, 2].map((k) => (base[k] as number) * 0.65 + (hint[k] as number) * 0.35) as unknown as Rgb);
      element.style.webkitTextStrokeColor = ground;
    }
  }
}
