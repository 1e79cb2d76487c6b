// The stage owns what every layer shares: renderer, camera, clock and the life of the WebGL context. It draws only when something asked
// for a picture; while the camera or a layer still moves, each picture asks for the next, and then it is still again.
import { Color, Matrix4, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from 'three';
import { KarstError } from '../../src/base/errors.ts';
import type { Frame, Layer, SceneColours } from './layer.ts';
import { approach, basisOf, cameraPlace, easedOf, tanHalfOf, type EasedView, type Vec3, type View } from './view.ts';

/** More than two device pixels a CSS pixel cost time and show nothing. */
const MAX_PIXEL_RATIO = 2;
/** How fast the camera follows a hand, and how it glides when it is sent somewhere. */
const FOLLOW_MS = 45;
export const GLIDE_MS = 110;

export interface StageOptions {
  readonly reducedMotion: boolean;
  /** After each picture; the view is the one that was drawn. */
  readonly onDrawn: (view: View, moved: boolean) => void;
  readonly onContextLost: () => void;
  readonly onContextRestored: () => void;
}

export class Stage {
  readonly canvas: HTMLCanvasElement;
  readonly renderer: WebGLRenderer;
  readonly camera = new PerspectiveCamera();
  readonly pickScene = new Scene();
  width = 1;
  height = 1;
  pixelRatio = 1;
  frames = 0;
  drawCalls = 0;
  lastFrameMs = 0;
  contextLost = false;
  reducedMotion: boolean;
  /** Least milliseconds from one picture to the next. */
  frameGapMs = 0;
  readonly #scene = new Scene();
  readonly #layers: Layer[] = [];
  readonly #options: StageOptions;
  #goal: View;
  #eased: EasedView;
  #timeConstantMs = FOLLOW_MS;
  #fitHalfHeight = 1;
  #extent: { centre: Vec3; radius: number; reach: number } = { centre: [0, 0, 0], radius: 1, reach: 1 };
  #request: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs: number | undefined;
  #moved = true;
  #disposed = false;
  #colours: SceneColours | undefined;

  constructor(container: HTMLElement, view: View, options: StageOptions) {
    this.#options = options;
    this.reducedMotion = options.reducedMotion;
    this.#goal = view;
    this.#eased = easedOf(view);
    this.canvas = container.ownerDocument.createElement('canvas');
    Object.assign(this.canvas.style, { display: 'block', position: 'absolute', inset: '0', width: '100%', height: '100%', touchAction: 'none' }); // prettier-ignore
    // Every layer antialiases its own edges, so no multisampling: with software GL that would be four times the work.
    const context = this.canvas.getContext('webgl2', { antialias: false, alpha: false, stencil: false, powerPreference: 'high-performance' }); // prettier-ignore
    if (!context) {
      throw new KarstError(
        'unsupported',
        'the landscape needs WebGL 2, and this browser offers none: switch on hardware or software graphics acceleration in its settings',
      );
    }
    this.renderer = new WebGLRenderer({ canvas: this.canvas, context });
    this.camera.matrixAutoUpdate = false;
    container.prepend(this.canvas);
    this.canvas.addEventListener('webglcontextlost', this.#lost);
    this.canvas.addEventListener('webglcontextrestored', this.#restored);
  }

  add(layer: Layer): void {
    this.#layers.push(layer);
    this.#scene.add(layer.object);
    if (layer.pickObject) this.pickScene.add(layer.pickObject);
  }

  setTheme(colours: SceneColours): void {
    // The components are what the screen gets: no layer converts colours.
    this.renderer.setClearColor(new Color().setRGB(...colours.ground, this.renderer.outputColorSpace), 1);
    this.#colours = colours;
    for (const layer of this.#layers) layer.setTheme(colours);
    this.invalidate();
  }

  /** centre and radius: a ball around the points; reach: around everything that is drawn. */
  setExtent(centre: Vec3, radius: number, reach: number): void {
    this.#extent = { centre, radius, reach };
  }

  get goal(): View {
    return this.#goal;
  }

  /** Sends the camera somewhere; `jump` goes there at once. */
  setGoal(view: View, how: { jump?: boolean; timeConstantMs?: number } = {}): void {
    // The shorter way around.
    const turns = Math.round((view.azimuth - this.#goal.azimuth) / (2 * Math.PI));
    this.#goal = { ...view, azimuth: view.azimuth - turns * 2 * Math.PI };
    this.#timeConstantMs = how.timeConstantMs ?? FOLLOW_MS;
    if (how.jump || this.reducedMotion || this.frames === 0) this.#eased = easedOf(this.#goal);
    this.#moved = true;
    this.invalidate();
  }

  /** Remembers the whole map's view: zoom is measured against it. */
  setFitted(view: View): void {
    this.#fitHalfHeight = view.distance * tanHalfOf(view.lens);
  }

  /** Where the camera is now, on its way to the goal. */
  get view(): View {
    const { target, azimuth, elevation, logHalfHeight, logTanHalf } = this.#eased;
    return { target, azimuth, elevation, distance: Math.exp(logHalfHeight - logTanHalf), lens: this.#goal.lens };
  }

  get zoom(): number {
    return this.#fitHalfHeight / Math.exp(this.#eased.logHalfHeight);
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.pixelRatio = Math.min(MAX_PIXEL_RATIO, Math.max(0.5, pixelRatio));
    this.renderer.setPixelRatio(this.pixelRatio);
    this.renderer.setSize(this.width, this.height, false);
    this.#moved = true;
    // The drawing buffer is empty now; what is shown must not blink.
    if (this.frames > 0 && !this.contextLost) this.draw(this.#lastMs ?? performance.now());
    else this.invalidate();
  }

  /** Asks for one picture. */
  invalidate(): void {
    if (this.#request !== undefined || this.#timer !== undefined || this.contextLost || this.#disposed) return;
    const wait = this.#lastMs === undefined ? 0 : this.#lastMs + this.frameGapMs - performance.now();
    if (this.frameGapMs > 0 && wait > 1) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#request = requestAnimationFrame(this.#frame);
      }, wait);
    } else this.#request = requestAnimationFrame(this.#frame);
  }

  readonly #frame = (nowMs: number): void => {
    this.#request = undefined;
    if (this.contextLost || this.#disposed) return;
    const elapsedMs = this.#lastMs === undefined ? 16 : Math.min(250, Math.max(1, nowMs - this.#lastMs));
    const goal = easedOf(this.#goal);
    const next = approach(this.#eased, goal, this.#moved ? Math.min(elapsedMs, 34) : elapsedMs, this.#timeConstantMs);
    const moving = next !== undefined;
    const moved = this.#moved || moving;
    this.#eased = next ?? goal;
    const layersMove = this.draw(nowMs);
    this.#lastMs = nowMs;
    this.#moved = moving;
    this.#options.onDrawn(this.view, moved);
    if (moving || layersMove) this.invalidate();
  };

  /** Draws now. True while a layer still moves. */
  draw(nowMs: number): boolean {
    const started = performance.now();
    this.#placeCamera();
    const frame = this.#frameAt(nowMs);
    let moving = false;
    for (const layer of this.#layers) moving = layer.update(frame) || moving;
    this.renderer.render(this.#scene, this.camera);
    this.frames++;
    this.drawCalls = this.renderer.info.render.calls;
    this.lastFrameMs = performance.now() - started;
    return moving;
  }

  #frameAt(nowMs: number): Frame {
    const { width, height, pixelRatio, camera } = this;
    const distance = this.view.distance;
    return { nowMs, width, height, pixelRatio, camera, distance, fitDistance: distance * this.zoom, radius: this.#extent.radius };
  }

  #placeCamera(): void {
    const view = this.view;
    const { right, up, forward } = basisOf(view);
    const eye = cameraPlace(view);
    const { centre, reach } = this.#extent;
    const depth = forward.reduce((sum, f, k) => sum + f * ((centre[k] as number) - (eye[k] as number)), 0);
    const camera = this.camera;
    camera.fov = (2 * Math.atan(Math.exp(this.#eased.logTanHalf)) * 180) / Math.PI;
    camera.aspect = this.width / this.height;
    camera.near = Math.max(view.distance * 0.02, depth - reach);
    camera.far = Math.max(camera.near * 1.01, depth + reach, view.distance * 1.5);
    camera.updateProjectionMatrix();
    const backward = new Vector3(...forward).negate();
    camera.matrix.copy(new Matrix4().makeBasis(new Vector3(...right), new Vector3(...up), backward).setPosition(...eye));
    camera.updateMatrixWorld(true);
  }

  readonly #lost = (event: Event): void => {
    event.preventDefault();
    this.contextLost = true;
    this.#stop();
    this.#options.onContextLost();
  };

  // three.js starts with empty caches after a loss, so the next picture uploads everything again from the arrays that layers keep.
  readonly #restored = (): void => {
    this.contextLost = false;
    this.#lastMs = undefined;
    // The colour of the ground is part of what three.js forgets.
    if (this.#colours) this.setTheme(this.#colours);
    this.#options.onContextRestored();
    this.invalidate();
  };

  #stop(): void {
    if (this.#request !== undefined) cancelAnimationFrame(this.#request);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#request = undefined;
    this.#timer = undefined;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#stop();
    this.canvas.removeEventListener('webglcontextlost', this.#lost);
    this.canvas.removeEventListener('webglcontextrestored', this.#restored);
    for (const layer of this.#layers) layer.dispose();
    this.renderer.dispose();
    // Gives the context back at once: browsers allow about sixteen.
    if (!this.contextLost) this.renderer.forceContextLoss();
    this.canvas.remove();
  }
}
