// The landscape as the page sees it: a stage, its layers, hands and picking, joined. Everything that it can be asked is described in
// landscape-api.ts. It is longer than other files because every request of the page passes through here, each in a line or two.
import { Vector3 } from 'three';
import { KarstError } from '../../src/base/errors.ts';
import { AxisRose } from './axis-rose.ts';
import { parseColour } from './colour.ts';
import { Controls, type Tool } from './controls.ts';
import { FloorLayer } from './floor-layer.ts';
import { frameTimes } from './frame-times.ts';
import { Framing } from './framing.ts';
import { Hovering } from './hovering.ts';
import { viewAfter } from './keyboard-view.ts';
import { LabelsLayer } from './labels-layer.ts';
import type {
  FloorOptions,
  LandscapeApi,
  LandscapeOptions,
  LandscapeStats,
  MapLabel,
  Markers,
  PathDrawing,
  PointSet,
  SetPointsOptions,
  Thumbnails,
} from './landscape-api.ts';
import type { SceneColours, SceneTheme } from './layer.ts';
import { mapTexts } from './map-texts.ts';
import { MarkersLayer } from './markers-layer.ts';
import { PathLayer } from './path-layer.ts';
import { Picker } from './picking.ts';
import { PointsLayer } from './points-layer.ts';
import { nearestTo, nextTowards, projectAll, within, type Direction } from './selection.ts';
import { SinkholesLayer, type Sinkhole } from './sinkholes-layer.ts';
import { GLIDE_MS, Stage } from './stage.ts';
import { SurveyLayer, type SurveyDrawing } from './survey-layer.ts';
import { ThumbnailsLayer } from './thumbnails-layer.ts';
import { Travel } from './travel.ts';
import { defaultView, placeUnder, unitsPerPixel, type KeyboardAction, type Vec3, type View } from './view.ts'; // prettier-ignore

export type * from './landscape-api.ts';

export class Landscape implements LandscapeApi {
  readonly canvas: HTMLCanvasElement;
  readonly rose: SVGSVGElement;
  readonly #container: HTMLElement;
  readonly #options: LandscapeOptions;
  readonly #overlay: HTMLDivElement;
  readonly #stage: Stage;
  readonly #travel = new Travel();
  readonly #points = new PointsLayer(this.#travel);
  readonly #floor = new FloorLayer();
  readonly #sinkholes = new SinkholesLayer(() => this.#floor.height);
  readonly #survey = new SurveyLayer(() => this.#floor.height);
  readonly #thumbnails = new ThumbnailsLayer(this.#travel, this.#points);
  readonly #path = new PathLayer();
  readonly #markers = new MarkersLayer(this.#travel);
  readonly #labels: LabelsLayer;
  readonly #framing: Framing;
  readonly #picker: Picker;
  readonly #hovering: Hovering;
  readonly #controls: Controls;
  readonly #axisRose: AxisRose;
  readonly #observer: ResizeObserver;
  #dims: 2 | 3 = 3;
  /** A person has moved the camera since the last fit. */
  #steered = false;
  #marked: Markers = {};
  #pathEnds: readonly Vec3[] = [];
  #mapLabels: readonly MapLabel[] = [];
  #disposed = false;

  constructor(container: HTMLElement, options: LandscapeOptions) {
    this.#container = container;
    this.#options = options;
    const document = container.ownerDocument;
    if (getComputedStyle(container).position === 'static') container.style.position = 'relative';
    this.#stage = new Stage(container, defaultView(3), {
      reducedMotion: options.reducedMotion ?? false,
      onDrawn: (view, moved) => this.#drawn(view, moved),
      onContextLost: () => options.onContextLost?.(),
      onContextRestored: () => options.onContextRestored?.(),
    });
    this.canvas = this.#stage.canvas;
    this.#overlay = document.createElement('div');
    Object.assign(this.#overlay.style, { position: 'absolute', inset: '0', overflow: 'hidden', pointerEvents: 'none' });
    this.#overlay.setAttribute('aria-hidden', 'true');
    this.canvas.after(this.#overlay);
    this.#labels = new LabelsLayer(this.#overlay);
    this.#axisRose = new AxisRose(document);
    this.rose = this.#axisRose.element;
    // Points come first: they move the clock of the travel that the others follow.
    const layers = [this.#points, this.#floor, this.#sinkholes, this.#survey, this.#thumbnails, this.#path, this.#markers, this.#labels]; // prettier-ignore
    for (const layer of layers) this.#stage.add(layer);
    this.#framing = new Framing({ stage: this.#stage, travel: this.#travel, points: this.#points, floor: this.#floor, survey: this.#survey, sinkholes: this.#sinkholes }); // prettier-ignore
    this.#picker = new Picker(this.#stage);
    this.#hovering = new Hovering({
      pick: (x, y) => this.pick(x, y),
      told: (index, x, y) => options.onHover?.(index, x, y),
    });
    this.#controls = new Controls(this.canvas, {
      overlay: this.#overlay,
      isFlat: () => this.#dims === 2,
      goal: () => this.#stage.goal,
      height: () => this.#stage.height,
      anchorAt: (x, y) => this.#anchorAt(x, y),
      steer: (view) => this.#steer(view),
      pointed: (x, y) => this.#hovering.pointedAt({ x, y }),
      left: () => this.#hovering.pointedAt(undefined),
      clicked: (x, y, modifiers) => void this.#meant(x, y).then((index) => this.#options.onPick?.(index, modifiers, { x, y })),
      doubleClicked: (x, y) => void this.#meant(x, y).then((index) => (index === undefined ? this.fit() : this.focus(index))),
      enclosed: (polygon, modifiers) => this.#options.onSelect?.(this.selectWithin(polygon), modifiers),
    });
    this.setTheme(options.theme);
    this.#observer = new ResizeObserver(() => this.resize());
    this.#observer.observe(container);
    this.resize();
  }

  setPoints(points: PointSet, options: SetPointsOptions = {}): void {
    const { dims, count, positions, ids } = points;
    if (positions.length < count * dims) {
      throw new KarstError('usage', `expected ${count} × ${dims} coordinates of points, got ${positions.length}`);
    }
    const first = this.#travel.count === 0;
    const turned = dims !== this.#dims;
    this.#dims = dims;
    const ease = (options.ease ?? true) && !first && !this.#stage.reducedMotion;
    this.#travel.set(inSpace(positions, count, dims), count, ids, ease);
    this.#points.setFlat(dims === 2);
    this.#points.pointsChanged();
    this.#thumbnails.pointsChanged();
    this.#markers.pointsChanged();
    this.#framing.layFloor(dims === 2, ease);
    const fit = options.fit ?? 'auto';
    if (first || turned) this.#frameAll(defaultView(dims), first);
    else if (fit === 'always' || (fit === 'auto' && !this.#steered)) this.#frameAll(this.#stage.goal, false);
    else this.#stage.setFitted(this.#framing.fitted(this.#stage.goal));
    this.#stage.invalidate();
    this.#hovering.carried((before) => this.#travel.indexNow(before));
  }

  setColours(colours: Uint8Array): void {
    this.#expectLength('colours', colours.length, 4 * this.#travel.count);
    this.#points.setColours(colours);
    this.#thumbnails.pointsChanged();
    this.#stage.invalidate();
  }

  setSizes(sizes: Float32Array | undefined): void {
    if (sizes) this.#expectLength('sizes', sizes.length, this.#travel.count);
    this.#points.setSizes(sizes);
    this.#stage.invalidate();
  }

  setVisible(mask: Uint8Array | undefined): void {
    if (mask) this.#expectLength('mask values', mask.length, this.#travel.count);
    this.#points.setVisible(mask);
    this.#thumbnails.pointsChanged();
    this.#stage.invalidate();
    this.#hovering.release();
  }

  setHighlight(indices: ArrayLike<number> | undefined): void {
    this.#points.setHighlight(indices);
    this.#stage.invalidate();
  }

  setPath(path: PathDrawing | undefined): void {
    const places = path ? inSpace(path.positions, path.count, path.dims) : undefined;
    const at = (i: number): Vec3 => [places?.[3 * i] ?? 0, places?.[3 * i + 1] ?? 0, places?.[3 * i + 2] ?? 0];
    this.#pathEnds = path && path.count > 1 ? [at(0), at(path.count - 1)] : [];
    this.#path.set(places, path?.count ?? 0, path?.current);
    this.#write();
  }

  setMarkers(markers: Markers): void {
    const lettersChanged = markers.a !== this.#marked.a || markers.b !== this.#marked.b;
    this.#marked = markers;
    this.#markers.set(markers);
    if (lettersChanged) this.#write();
    this.#stage.invalidate();
  }

  setLabels(labels: readonly MapLabel[]): void {
    this.#mapLabels = labels;
    this.#write();
  }

  setThumbnails(thumbnails: Thumbnails | undefined): void {
    if (thumbnails) this.#expectLength('indices of thumbnails', thumbnails.indices.length, thumbnails.samples.count);
    this.#thumbnails.set(thumbnails?.samples, thumbnails?.indices ?? new Int32Array(0), thumbnails?.mode ?? 'near');
    this.#stage.invalidate();
  }

  setFloor(options: FloorOptions): void {
    this.#floor.setOptions(options);
    this.#stage.invalidate();
  }

  setSinkholes(sinkholes: readonly Sinkhole[]): void {
    const before = this.#sinkholes.corners.length;
    this.#sinkholes.set(sinkholes, this.#framing.radius * 0.028);
    this.#stage.invalidate();
    if (before + this.#sinkholes.corners.length > 0 && !this.#steered && this.#travel.count > 0)
      this.#frameAll(this.#stage.goal, false);
  }

  setSurvey(drawing: SurveyDrawing | undefined): void {
    const before = this.#survey.places;
    this.#survey.set(drawing);
    this.#stage.invalidate();
    const after = this.#survey.places;
    if (before.length + after.length === 0 || this.#travel.count === 0) return;
    this.#framing.layFloor(this.#dims === 2, false); // samples may lie far beyond the points: the table is as large as both
    if (!this.#steered) this.#frameAll(this.#stage.goal, false);
  }

  setTheme(theme: SceneTheme): void {
    const { dark, ...tokens } = theme;
    const parsed = Object.fromEntries(Object.entries(tokens).map(([name, css]) => [name, parseColour(css)]));
    const colours = { dark, ...parsed } as unknown as SceneColours;
    this.#stage.setTheme(colours);
    this.#axisRose.setTheme(colours);
    this.#controls.setColour(theme.accent);
  }

  setReducedMotion(reduced: boolean): void {
    this.#stage.reducedMotion = reduced;
    if (!reduced) return;
    // A journey that has begun ends here.
    this.#travel.finish();
    this.#points.pointsChanged();
    this.#thumbnails.pointsChanged();
    this.#stage.setGoal(this.#stage.goal, { jump: true });
  }

  setTool(tool: Tool): void {
    this.#controls.cancelArea();
    this.#controls.tool = tool;
    this.canvas.style.cursor = tool === 'navigate' ? '' : 'crosshair';
  }

  cancelArea(): boolean {
    return this.#controls.cancelArea();
  }

  setPadding(padding: { top: number; right: number; bottom: number; left: number }): void {
    this.#framing.padding = { ...padding };
    if (!this.#steered && this.#travel.count > 0) this.fit();
  }

  setFrameCap(framesPerSecond: number): void {
    this.#stage.frameGapMs = framesPerSecond > 0 ? 1000 / framesPerSecond : 0;
  }

  fit(): void {
    this.#frameAll(this.#stage.goal, false);
  }

  reset(): void {
    this.#frameAll(defaultView(this.#dims), false);
  }

  view(): View {
    return this.#stage.goal;
  }

  setView(view: View, options: { ease?: boolean } = {}): void {
    this.#steered = true;
    this.#stage.setGoal(view, { jump: !(options.ease ?? true), timeConstantMs: GLIDE_MS });
  }

  focus(index: number): void {
    const place = this.#travel.placeOf(index);
    if (!place) return;
    const goal = this.#stage.goal;
    const near = this.#framing.fitted(goal).distance * 0.3;
    this.setView({ ...goal, target: place, distance: Math.min(goal.distance, near) });
  }

  keyboard(action: KeyboardAction): void {
    if (action === 'fit') this.fit();
    else if (action === 'reset') this.reset();
    else this.#steer(viewAfter(action, this.#stage.goal, this.#stage.height, this.#dims === 2), 80);
  }

  pointTowards(from: number | undefined, direction: Direction): number | undefined {
    const projected = this.#projected();
    const known = from !== undefined && Number.isFinite(projected[2 * from]);
    return known ? nextTowards(projected, from, direction) : nearestTo(projected, this.#stage.width / 2, this.#stage.height / 2);
  }

  screenPosition(index: number): { x: number; y: number } | undefined {
    const place = this.#travel.placeOf(index);
    if (!place) return undefined;
    const at = new Vector3(...place).applyMatrix4(this.#stage.camera.matrixWorldInverse);
    if (at.z > -this.#stage.camera.near) return undefined;
    at.applyMatrix4(this.#stage.camera.projectionMatrix);
    return { x: (at.x / 2 + 0.5) * this.#stage.width, y: (0.5 - at.y / 2) * this.#stage.height };
  }

  placeAt(x: number, y: number): Float32Array {
    const { goal, width, height } = this.#stage;
    return Float32Array.from(placeUnder(goal, x, y, width, height, goal.target).slice(0, this.#dims));
  }

  centreOfWindow(): { x: number; y: number } {
    return { x: this.#stage.width / 2, y: this.#stage.height / 2 };
  }

  unitsPerPixelAtTarget(): number {
    return unitsPerPixel(this.#stage.view, this.#stage.height);
  }

  pick(x: number, y: number): Promise<number | undefined> {
    return this.#picker.pick(x, y);
  }

  selectWithin(polygon: Float32Array): Int32Array {
    return within(this.#projected(), polygon);
  }

  picture(): Promise<Blob> {
    return new Promise((resolve, reject) => {
      // The drawing buffer is only sure to hold the picture until this turn of the event loop ends.
      this.#stage.draw(performance.now());
      this.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new KarstError('internal', 'the canvas gave no picture'))), 'image/png'); // prettier-ignore
    });
  }

  resize(): void {
    const { clientWidth, clientHeight } = this.#container;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.#stage.resize(clientWidth, clientHeight, window.devicePixelRatio);
    if (!this.#steered && this.#travel.count > 0) this.#frameAll(this.#stage.goal, true);
  }

  stats(): LandscapeStats {
    const { frames, drawCalls, lastFrameMs, contextLost, renderer } = this.#stage;
    const { memory, programs } = renderer.info;
    return {
      points: this.#travel.count,
      frames,
      drawCalls,
      pointDrawCalls: this.#points.draws,
      lastFrameMs,
      geometries: memory.geometries,
      textures: memory.textures,
      programs: programs?.length ?? 0,
      contextLost,
    };
  }

  measureFrames(count: number): number[] {
    return frameTimes(this.#stage, count);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#observer.disconnect();
    this.#hovering.dispose();
    this.#controls.dispose();
    this.#picker.dispose();
    this.#stage.dispose();
    this.#overlay.remove();
    this.rose.remove();
  }

  #expectLength(what: string, got: number, expected: number): void {
    if (got !== expected) throw new KarstError('usage', `expected ${expected} ${what}, got ${got}`);
  }

  /** The point that a click takes: the one that is pointed out, wherever a new map may have carried it meanwhile. */
  async #meant(x: number, y: number): Promise<number | undefined> {
    return this.#hovering.at({ x, y }) ?? (await this.pick(x, y));
  }

  #steer(view: View, timeConstantMs?: number): void {
    this.#steered = true;
    this.#hovering.release();
    this.#stage.setGoal(view, timeConstantMs === undefined ? {} : { timeConstantMs });
  }

  /** The hovered point, or else the map's depth under the pointer. */
  #anchorAt(x: number, y: number): Vec3 {
    const { goal, width, height } = this.#stage;
    const { under } = this.#hovering;
    return (under === undefined ? undefined : this.#travel.placeOf(under)) ?? placeUnder(goal, x, y, width, height, goal.target);
  }

  #frameAll(from: View, jump: boolean): void {
    const view = this.#framing.fitted(from);
    this.#steered = false;
    this.#stage.setFitted(view);
    this.#stage.setGoal(view, { jump, timeConstantMs: GLIDE_MS });
  }

  #projected(): Float32Array {
    const { travelled, places, count } = this.#travel;
    const now = travelled >= 1 ? places : Float32Array.from({ length: 3 * count }, (_, k) => this.#travel.placeOf(Math.floor(k / 3))?.[k % 3] ?? NaN); // prettier-ignore
    const camera = this.#stage.camera;
    const matrix = camera.projectionMatrix.clone().multiply(camera.matrixWorldInverse);
    return projectAll(now, count, this.#points.mask, matrix.elements, this.#stage.width, this.#stage.height);
  }

  #write(): void {
    this.#labels.set(mapTexts(this.#mapLabels, this.#marked, this.#pathEnds, (index) => this.#travel.placeOf(index)));
    this.#stage.invalidate();
  }

  #drawn(view: View, moved: boolean): void {
    if (!moved) return;
    this.#axisRose.update(view, this.#dims);
    this.#options.onViewChanged?.(view);
    this.#hovering.lookAgain();
  }
}

/** [count, 3]; flat maps lie at height 0. */
function inSpace(positions: Float32Array, count: number, dims: 2 | 3): Float32Array {
  if (dims === 3) return positions.slice(0, 3 * count);
  const out = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) out.set([positions[2 * i] as number, positions[2 * i + 1] as number], 3 * i);
  return out;
}
