// What a layer of the landscape is. The stage owns renderer, camera, picking and the clock and knows nothing of what is drawn; each thing
// that is drawn is one file that implements this interface and is fed with flat arrays.
import type { Object3D, PerspectiveCamera } from 'three';
import type { Rgb } from './colour.ts';

/** The page's colour tokens, as CSS colours (`#rrggbb` or `rgb(r g b)`); read from the one file of tokens by the page. */
export interface SceneTheme {
  readonly dark: boolean;
  readonly ground: string;
  readonly ink: string;
  readonly text: string;
  readonly muted: string;
  readonly rule: string;
  readonly accent: string;
  readonly contour: string;
  /** Reserved for collapse. */
  readonly collapse: string;
}

/** The theme as the layers need it: sRGB components, 0 … 1. */
export interface SceneColours {
  readonly dark: boolean;
  readonly ground: Rgb;
  readonly ink: Rgb;
  readonly text: Rgb;
  readonly muted: Rgb;
  readonly rule: Rgb;
  readonly accent: Rgb;
  readonly contour: Rgb;
  readonly collapse: Rgb;
}

/** What changes from one frame to the next. Lengths in pixels are CSS pixels; the drawing buffer has `pixelRatio` times as many. */
export interface Frame {
  readonly nowMs: number;
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  readonly camera: PerspectiveCamera;
  /** From the camera to what it turns about, in map units. */
  readonly distance: number;
  /** That distance when the whole map is in view: their ratio is the zoom. */
  readonly fitDistance: number;
  /** Radius of a ball around all points, in map units. */
  readonly radius: number;
}

export interface Layer {
  /** Drawn in the picture. */
  readonly object: Object3D;
  /** Drawn in the picking pass: the same shapes, coloured by id. Absent where nothing can be picked. */
  readonly pickObject?: Object3D;
  setTheme(colours: SceneColours): void;
  /** Called before every draw. True while the layer still moves, so that another frame follows. */
  update(frame: Frame): boolean;
  /** Frees every GPU object and DOM node that the layer made. */
  dispose(): void;
}
