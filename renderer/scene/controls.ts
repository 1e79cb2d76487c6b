// Hands on the map: drag turns a 3-D map (Shift, middle or right button moves it) and moves a flat one, wheel and pinch zoom about the
// place under them, two fingers move. Area tools draw a lasso or rectangle instead. What it all means is for the host to say.
import { moveBy, turnBy, zoomAbout, type Vec3, type View } from './view.ts';

export interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  /** Ctrl, or Command on a Mac. */
  readonly command: boolean;
}

export type Tool = 'navigate' | 'lasso' | 'rectangle';

export interface ControlsHost {
  readonly overlay: HTMLElement;
  readonly isFlat: () => boolean;
  readonly goal: () => View;
  readonly height: () => number;
  /** What a zoom at this place should hold still. */
  readonly anchorAt: (x: number, y: number) => Vec3;
  readonly steer: (view: View) => void;
  readonly pointed: (x: number, y: number) => void;
  readonly left: () => void;
  readonly clicked: (x: number, y: number, modifiers: Modifiers) => void;
  readonly doubleClicked: (x: number, y: number) => void;
  /** polygon: [n, 2], CSS pixels. */
  readonly enclosed: (polygon: Float32Array, modifiers: Modifiers) => void;
}

const TURN_PER_PIXEL = 0.0055;
/** A press that moves less than this is a click. */
const CLICK_PIXELS = 4;
const SVG = 'http://www.w3.org/2000/svg';

interface Press {
  x: number;
  y: number;
}

export class Controls {
  tool: Tool = 'navigate';
  readonly #canvas: HTMLCanvasElement;
  readonly #host: ControlsHost;
  readonly #presses = new Map<number, Press>();
  readonly #abort = new AbortController();
  readonly #outline: SVGPolygonElement;
  readonly #drawing: SVGSVGElement;
  #travelled = 0;
  #moves = false;
  #area: number[] | undefined;

  constructor(canvas: HTMLCanvasElement, host: ControlsHost) {
    this.#canvas = canvas;
    this.#host = host;
    this.#drawing = canvas.ownerDocument.createElementNS(SVG, 'svg');
    this.#outline = canvas.ownerDocument.createElementNS(SVG, 'polygon');
    Object.assign(this.#drawing.style, { position: 'absolute', inset: '0', width: '100%', height: '100%', display: 'none' });
    this.#drawing.append(this.#outline);
    host.overlay.append(this.#drawing);
    const on = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      listener: (event: HTMLElementEventMap[Name]) => void,
      passive = true,
    ): void => canvas.addEventListener(name, listener, { signal: this.#abort.signal, passive });
    on('pointerdown', (event) => this.#pressed(event));
    on('pointermove', (event) => this.#pointerMoved(event));
    on('pointerup', (event) => this.#released(event, true));
    on('pointercancel', (event) => this.#released(event, false));
    on('pointerleave', () => this.#presses.size === 0 && host.left());
    on('wheel', (event) => this.#wheeled(event), false);
    on('dblclick', (event) => this.tool === 'navigate' && host.doubleClicked(event.offsetX, event.offsetY));
    on('contextmenu', (event) => event.preventDefault(), false);
  }

  setColour(css: string): void {
    this.#outline.setAttribute('fill', css);
    this.#outline.setAttribute('fill-opacity', '0.08');
    this.#outline.setAttribute('stroke', css);
    this.#outline.setAttribute('stroke-width', '1.25');
    this.#outline.setAttribute('stroke-dasharray', '4 3');
  }

  /** Gives up an area that is being drawn; false when there was none. */
  cancelArea(): boolean {
    const was = this.#area !== undefined;
    this.#area = undefined;
    this.#drawing.style.display = 'none';
    return was;
  }

  dispose(): void {
    this.#abort.abort();
    this.#drawing.remove();
  }

  #pressed(event: PointerEvent): void {
    const { offsetX: x, offsetY: y } = event;
    // A pointer that is already gone cannot be captured; its events then simply end at the edge.
    if (event.isTrusted) this.#canvas.setPointerCapture(event.pointerId);
    this.#presses.set(event.pointerId, { x, y });
    if (this.#presses.size > 1) {
      this.cancelArea();
      this.#travelled = CLICK_PIXELS + 1;
      return;
    }
    this.#travelled = 0;
    this.#moves = event.button !== 0 || event.shiftKey;
    if (this.tool !== 'navigate' && event.button === 0) {
      this.#area = [x, y];
      this.#showArea();
    }
  }

  #pointerMoved(event: PointerEvent): void {
    const { offsetX: x, offsetY: y } = event;
    const press = this.#presses.get(event.pointerId);
    if (!press) {
      this.#host.pointed(x, y);
      return;
    }
    const [dx, dy] = [x - press.x, y - press.y];
    this.#travelled += Math.hypot(dx, dy);
    if (this.#area) this.#extendArea(x, y);
    else if (this.#presses.size === 2) this.#pinched(event.pointerId, x, y);
    else if (this.#travelled > CLICK_PIXELS) {
      const goal = this.#host.goal();
      const moves = this.#moves || this.#host.isFlat();
      this.#host.steer(
        moves ? moveBy(goal, dx, dy, this.#host.height()) : turnBy(goal, dx * TURN_PER_PIXEL, dy * TURN_PER_PIXEL),
      );
    }
    press.x = x;
    press.y = y;
  }

  /** The place between the fingers stays between them. */
  #pinched(moved: number, x: number, y: number): void {
    const [other] = [...this.#presses].filter(([id]) => id !== moved).map(([, press]) => press);
    const press = this.#presses.get(moved);
    if (!other || !press) return;
    const before = Math.hypot(press.x - other.x, press.y - other.y);
    const now = Math.hypot(x - other.x, y - other.y);
    const [cx, cy] = [(x + other.x) / 2, (y + other.y) / 2];
    const shifted = moveBy(this.#host.goal(), (x - press.x) / 2, (y - press.y) / 2, this.#host.height());
    this.#host.steer(zoomAbout(shifted, this.#host.anchorAt(cx, cy), Math.min(2, Math.max(0.5, before / Math.max(1, now)))));
  }

  #released(event: PointerEvent, completed: boolean): void {
    const press = this.#presses.get(event.pointerId);
    this.#presses.delete(event.pointerId);
    if (!press) return;
    const modifiers = { shift: event.shiftKey, alt: event.altKey, command: event.ctrlKey || event.metaKey };
    const area = this.#area;
    if (area) {
      this.cancelArea();
      const corners = this.tool === 'rectangle' ? rectangleOf(area) : area;
      if (completed && this.#travelled > CLICK_PIXELS) this.#host.enclosed(Float32Array.from(corners), modifiers);
    }
    if (completed && this.#travelled <= CLICK_PIXELS && event.button === 0) {
      this.#host.clicked(event.offsetX, event.offsetY, modifiers);
    }
  }

  #wheeled(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
    // A pinch on a touch pad comes as a wheel with Ctrl, in small steps.
    const factor = Math.exp(Math.min(0.6, Math.max(-0.6, pixels * (event.ctrlKey ? 0.01 : 0.0016))));
    this.#host.steer(zoomAbout(this.#host.goal(), this.#host.anchorAt(event.offsetX, event.offsetY), factor));
  }

  #extendArea(x: number, y: number): void {
    const area = this.#area as number[];
    if (this.tool === 'rectangle') area.splice(2, 2, x, y);
    else if (Math.hypot(x - (area.at(-2) as number), y - (area.at(-1) as number)) > 2) area.push(x, y);
    this.#showArea();
  }

  #showArea(): void {
    const area = this.#area ?? [];
    this.#outline.setAttribute('points', (this.tool === 'rectangle' ? rectangleOf(area) : area).join(' '));
    this.#drawing.style.display = 'block';
  }
}

function rectangleOf(area: readonly number[]): number[] {
  const [x0, y0, x1, y1] = [area[0] ?? 0, area[1] ?? 0, area[2] ?? area[0] ?? 0, area[3] ?? area[1] ?? 0];
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}
