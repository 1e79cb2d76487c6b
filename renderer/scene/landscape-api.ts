// What the page can ask of the landscape. Flat arrays go in; it never hears of runs, models or the engine. Point indices are positions
// in the arrays of the last setPoints call.
import type { SamplesRecord } from '../../src/protocol/records.ts';
import type { Modifiers, Tool } from './controls.ts';
import type { SceneTheme } from './layer.ts';
import type { Direction } from './selection.ts';
import type { Sinkhole } from './sinkholes-layer.ts';
import type { SurveyDrawing } from './survey-layer.ts';
import type { ThumbnailMode } from './thumbnails-layer.ts';
import type { KeyboardAction, View } from './view.ts';

export type { SceneTheme } from './layer.ts';
export type { Sinkhole } from './sinkholes-layer.ts';
export type { SurveyDrawing, SurveyOutline } from './survey-layer.ts';
export type { KeyboardAction } from './view.ts';

export interface LandscapeOptions {
  readonly theme: SceneTheme;
  /** No easing, no damping: everything jumps to its place. Default false. */
  readonly reducedMotion?: boolean;
  /** The point under the pointer, or undefined when there is none; at most once a frame, only on change. x and y: CSS pixels in the container. */
  readonly onHover?: (index: number | undefined, x: number, y: number) => void;
  /** A click or tap that was not a drag; undefined when it hit nothing. */
  readonly onPick?: (index: number | undefined, modifiers: Modifiers, at: { readonly x: number; readonly y: number }) => void;
  /** A lasso or rectangle was closed; visible points inside it. */
  readonly onSelect?: (indices: Int32Array, modifiers: Modifiers) => void;
  /** The camera moved (also while it eases); for the scale bar and bookmarks. At most once a frame. */
  readonly onViewChanged?: (view: View) => void;
  readonly onContextLost?: () => void;
  readonly onContextRestored?: () => void;
}

export interface PointSet {
  readonly dims: 2 | 3;
  readonly count: number;
  /** [count, dims], map units. The first two axes span the floor; the third is height. Copied. */
  readonly positions: Float32Array;
  /** What stays the same from one set to the next (row ids): such points travel, others fade. Without ids, the index is the id. */
  readonly ids?: Int32Array;
}

export interface SetPointsOptions {
  /** Travel from old to new places in 400 ms. Default true (never with reduced motion, nor for the first set). */
  readonly ease?: boolean;
  /** `auto` (default): zoom to fit unless a person has moved the camera since the last fit. */
  readonly fit?: 'auto' | 'always' | 'never';
}

export interface PathDrawing {
  /** [count, dims], map units: every step of the interpolation. */
  readonly positions: Float32Array;
  readonly count: number;
  readonly dims: 2 | 3;
  /** The step shown larger, as the filmstrip's current picture. */
  readonly current?: number;
}

/** Point indices; absent ones are not drawn. */
export interface Markers {
  readonly hovered?: number;
  readonly selected?: number;
  /** Ends of a path, with their letters. */
  readonly a?: number;
  readonly b?: number;
}

export interface MapLabel {
  readonly text: string;
  /** Map units; a missing third coordinate is 0. */
  readonly position: readonly number[];
  readonly colour?: string;
  /** Where labels would overlap, the higher priority stays. Default 0. */
  readonly priority?: number;
  /** Pixels above its place. Default 0. */
  readonly lift?: number;
}

export interface Thumbnails {
  /** Pictures only, any number and size; averaged down to what is seen. */
  readonly samples: Extract<SamplesRecord, { kind: 'pictures' }>;
  /** Point index of each picture, [samples.count]. */
  readonly indices: Int32Array;
  /** `near` (default): dots far, pictures near. */
  readonly mode?: ThumbnailMode;
}

export interface FloorOptions {
  readonly grid: boolean;
  readonly contours: boolean;
  readonly relief: boolean;
}

export interface LandscapeStats {
  readonly points: number;
  /** Pictures drawn since the start; still when nothing moves. */
  readonly frames: number;
  /** Draw calls of the last picture, and those of them that drew points. */
  readonly drawCalls: number;
  readonly pointDrawCalls: number;
  readonly lastFrameMs: number;
  /** Living GPU objects as three.js counts them; all zero after dispose. */
  readonly geometries: number;
  readonly textures: number;
  readonly programs: number;
  readonly contextLost: boolean;
}

/** Everything the page may call. `new Landscape(container, options)` puts a canvas and an overlay for text into the container. */
export interface LandscapeApi {
  readonly canvas: HTMLCanvasElement;
  /** Small drawing of the axes' directions (72 × 72), not yet in the document: the page places it. */
  readonly rose: SVGSVGElement;

  setPoints(points: PointSet, options?: SetPointsOptions): void;
  /** sRGB and opacity, [count, 4]. Copied. */
  setColours(colours: Uint8Array): void;
  /** Factors of the usual size, [count], 0.25 … 4; undefined: all 1. */
  setSizes(sizes: Float32Array | undefined): void;
  /** 0 hides a point, also from picking and selection, [count]; undefined shows all. */
  setVisible(mask: Uint8Array | undefined): void;
  /** These stand out and the others step back; undefined: no difference. */
  setHighlight(indices: ArrayLike<number> | undefined): void;
  setPath(path: PathDrawing | undefined): void;
  setMarkers(markers: Markers): void;
  setLabels(labels: readonly MapLabel[]): void;
  setThumbnails(thumbnails: Thumbnails | undefined): void;
  setFloor(options: FloorOptions): void;
  setSinkholes(sinkholes: readonly Sinkhole[]): void;
  /** Samples, links and outlines of a survey; a fit keeps the samples in view. */
  setSurvey(drawing: SurveyDrawing | undefined): void;
  setTheme(theme: SceneTheme): void;
  setReducedMotion(reduced: boolean): void;
  /** `navigate`: drag turns (3-D) or moves (2-D). `lasso` and `rectangle`: drag draws an area and ends in onSelect. */
  setTool(tool: Tool): void;
  /** Gives up a lasso or rectangle that is being drawn (Escape); false when there was none. */
  cancelArea(): boolean;
  /** Pixels at each edge that the page covers with its own words; fit keeps points out of them. */
  setPadding(padding: { top: number; right: number; bottom: number; left: number }): void;
  /** At most this many pictures a second, e.g. 30 while a training shares the machine; 0: no limit. */
  setFrameCap(framesPerSecond: number): void;

  /** Zooms so that every visible point is inside, from the present direction. */
  fit(): void;
  /** The first view: usual direction, everything inside. */
  reset(): void;
  view(): View;
  setView(view: View, options?: { ease?: boolean }): void;
  /** Turns towards and moves close to a point. */
  focus(index: number): void;
  keyboard(action: KeyboardAction): void;
  /** The nearest visible point in a direction on the screen, for arrow keys; from undefined: the one nearest to the centre. */
  pointTowards(from: number | undefined, direction: Direction): number | undefined;

  /** Where a point is now, CSS pixels in the container; undefined when behind the camera or unknown. */
  screenPosition(index: number): { x: number; y: number } | undefined;
  /** The place on the map under a pixel, [dims]: in 3-D as deep as the middle of the view. */
  placeAt(x: number, y: number): Float32Array;
  centreOfWindow(): { x: number; y: number };
  /** Map units under one CSS pixel at the depth of the view's target: width of a scale bar of one sd = unitsPerSd / this. */
  unitsPerPixelAtTarget(): number;
  /** The point at a place in the container, exact, or else the nearest within a few pixels. */
  pick(x: number, y: number): Promise<number | undefined>;
  /** Visible points whose centres lie inside the polygon, [n, 2] CSS pixels in the container. */
  selectWithin(polygon: Float32Array): Int32Array;
  /** Picture of the canvas as it is, PNG. */
  picture(): Promise<Blob>;

  /** Reads the container's size; called by itself when the container changes. */
  resize(): void;
  stats(): LandscapeStats;
  /** Draws `count` pictures one after the other while the camera turns; milliseconds of each, GPU work included. */
  measureFrames(count: number): number[];
  dispose(): void;
}
