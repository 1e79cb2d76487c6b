// The map on the table: a faint grid, shaded relief and contour lines of the density of points, all on a plane below them. Light comes
// from the north-west, as on printed maps (Imhof 1965); shade = slope towards the light, in the square root of density, in which the
// levels are even too. A new density cross-fades with the old one while the points travel.
import { DataTexture, DoubleSide, Group, LinearFilter, Mesh, PlaneGeometry, RGFormat, type RawShaderMaterial } from 'three';
import { contours, density, type Field } from '../../src/base/contours.ts';
import { bounded, overlay, placed } from './drawables.ts';
import type { Frame, Layer, SceneColours } from './layer.ts';
import { Segments } from './segments.ts';
import { eased, TRAVEL_MS } from './travel.ts';

const LEVELS = 12;
/** Every fourth line is stronger. */
const INDEX_LINE = 4;
const GRID_CELLS = 10;
const FIELD_SIZE = 160;
/** How many points in one place make the outermost line. */
const FEW_POINTS = 3;

/** Points a unit area over the floor, and the width of the kernel that smoothed them. */
export interface FloorDensity {
  readonly field: Field;
  readonly bandwidth: number;
}

const vertexShader = /* glsl */ `
precision highp float;
in vec3 position;
uniform mat4 viewMatrix, projectionMatrix, modelMatrix;
out vec2 at;
void main() {
  at = position.xy + 0.5;
  gl_Position = projectionMatrix * viewMatrix * modelMatrix * vec4(position, 1.0);
}`;

const fragmentShader = /* glsl */ `
precision highp float;
in vec2 at;
uniform sampler2D relief;
uniform vec3 tint, light, shadow;
uniform float opacity;
out vec4 outColour;
void main() {
  vec2 read = texture(relief, at).rg;
  float slope = (read.g - 0.5) * 2.0;
  float body = smoothstep(0.0, 0.9, read.r);
  vec3 colour = mix(tint, slope > 0.0 ? light : shadow, min(1.0, abs(slope)));
  float cover = min(1.0, body * 0.5 + abs(slope) * 0.9) * smoothstep(0.02, 0.2, read.r);
  outColour = vec4(colour, cover * opacity);
}`;

export class FloorLayer implements Layer {
  readonly object = new Group();
  readonly #grid = new Segments(1);
  readonly #sheets: [Sheet, Sheet] = [new Sheet(), new Sheet()];
  #options = { grid: true, contours: true, relief: true };
  #height = { from: 0, to: 0 };
  #startMs: number | undefined;
  #share = 1;
  #easing = false;

  constructor() {
    this.object.add(this.#grid.mesh);
    for (const sheet of this.#sheets) this.object.add(sheet.relief, sheet.lines.mesh);
  }

  /** density: of the points over the floor; height: where the floor lies; centre and halfSize: of the square that the grid covers. */
  set(
    density: FloorDensity | undefined,
    height: number,
    centre: readonly [number, number],
    halfSize: number,
    ease: boolean,
  ): void {
    this.#height = { from: ease ? this.#heightNow() : height, to: height };
    this.#sheets.reverse();
    this.#sheets[0].set(density);
    this.#easing = ease;
    this.#share = ease ? 0 : 1;
    this.#startMs = undefined;
    this.#drawGrid(centre, halfSize);
  }

  setOptions(options: { grid: boolean; contours: boolean; relief: boolean }): void {
    this.#options = options;
  }

  get height(): number {
    return this.#heightNow();
  }

  setTheme(colours: SceneColours): void {
    this.#grid.setColours(colours.rule, colours.rule);
    for (const sheet of this.#sheets) sheet.setTheme(colours);
  }

  update(frame: Frame): boolean {
    if (this.#easing) {
      this.#startMs ??= frame.nowMs;
      this.#share = Math.min(1, (frame.nowMs - this.#startMs) / TRAVEL_MS);
      if (this.#share >= 1) this.#easing = false;
    }
    const height = this.#heightNow();
    const shown = eased(this.#share);
    this.#grid.mesh.visible = this.#options.grid;
    this.#grid.update(frame, { height });
    this.#sheets[0].update(frame, height, shown, this.#options);
    this.#sheets[1].update(frame, height, 1 - shown, this.#options);
    return this.#easing;
  }

  dispose(): void {
    this.#grid.dispose();
    for (const sheet of this.#sheets) sheet.dispose();
  }

  #heightNow(): number {
    return this.#height.from + (this.#height.to - this.#height.from) * eased(this.#share);
  }

  /** Lines fade with the distance from the centre, so that the table has no edge. */
  #drawGrid(centre: readonly [number, number], halfSize: number): void {
    const places: number[] = [];
    const look: number[] = [];
    const step = (2 * halfSize) / GRID_CELLS;
    const fade = (u: number, v: number): number =>
      Math.round(255 * Math.max(0, 1 - (Math.hypot(u, v) / halfSize) ** 2 * 0.92) ** 1.2);
    for (let line = 0; line <= GRID_CELLS; line++) {
      const u = -halfSize + line * step;
      for (let piece = 0; piece < 2 * GRID_CELLS; piece++) {
        const [v, w] = [-halfSize + (piece * step) / 2, -halfSize + ((piece + 1) * step) / 2];
        places.push(centre[0] + u, centre[1] + v, 0, centre[0] + u, centre[1] + w, 0);
        places.push(centre[0] + v, centre[1] + u, 0, centre[0] + w, centre[1] + u, 0);
        for (let k = 0; k < 2; k++) look.push(16, fade(u, v), fade(u, w), 0);
      }
    }
    this.#grid.set(Float32Array.from(places), Uint8Array.from(look));
  }
}

/** One density: its relief and its lines. */
class Sheet {
  readonly lines = new Segments(3);
  readonly relief: Mesh<PlaneGeometry, RawShaderMaterial>;
  #texture: DataTexture | undefined;
  #there = false;
  #place = { x: 0, y: 0 };
  readonly #uniforms = {
    relief: { value: null as DataTexture | null },
    tint: { value: [0, 0, 0] as number[] },
    light: { value: [1, 1, 1] as number[] },
    shadow: { value: [0, 0, 0] as number[] },
    opacity: { value: 1 },
  };

  constructor() {
    const geometry = bounded(new PlaneGeometry(1, 1));
    geometry.deleteAttribute('normal');
    geometry.deleteAttribute('uv');
    const material = overlay({ vertexShader, fragmentShader, uniforms: this.#uniforms, side: DoubleSide });
    this.relief = placed(new Mesh(geometry, material), 0);
  }

  set(density: FloorDensity | undefined): void {
    this.#texture?.dispose();
    this.#texture = undefined;
    this.#uniforms.relief.value = null;
    this.#there = density !== undefined;
    if (!density) return;
    const { field } = density;
    this.#texture = reliefTexture(field);
    this.#uniforms.relief.value = this.#texture;
    const { cols, rows, step, origin } = field;
    // Texel centres lie on the grid's places.
    this.relief.scale.set(cols * step[0], rows * step[1], 1);
    this.#place = { x: origin[0] + ((cols - 1) * step[0]) / 2, y: origin[1] + ((rows - 1) * step[1]) / 2 };
    const { places, look } = contourPieces(density);
    this.lines.set(places, look);
  }

  setTheme(colours: SceneColours): void {
    this.lines.setColours(colours.contour);
    const toward = (from: readonly number[], to: readonly number[], share: number): number[] =>
      from.map((value, k) => value + ((to[k] as number) - value) * share);
    this.#uniforms.tint.value = toward(colours.ground, colours.contour, colours.dark ? 0.3 : 0.28);
    this.#uniforms.light.value = colours.dark ? toward(colours.ground, colours.contour, 0.75) : [1, 1, 1];
    this.#uniforms.shadow.value = colours.dark
      ? toward(colours.ground, [0, 0, 0], 0.75)
      : toward(colours.ground, colours.contour, 0.8);
  }

  update(frame: Frame, height: number, opacity: number, options: { contours: boolean; relief: boolean }): void {
    const shown = this.#there && opacity > 0.004;
    this.relief.visible = shown && options.relief;
    this.lines.mesh.visible = shown && options.contours;
    this.relief.position.set(this.#place.x, this.#place.y, height);
    this.#uniforms.opacity.value = opacity;
    this.lines.update(frame, { height, opacity });
  }

  dispose(): void {
    this.lines.dispose();
    this.relief.geometry.dispose();
    this.relief.material.dispose();
    this.#texture?.dispose();
  }
}

const highest = ({ values }: Field): number => values.reduce((most, value) => Math.max(most, value), 1e-30);

/**
 * Lines of all levels as pieces; the outermost are the faintest. Levels lie evenly in the square root of density, from where at least
 * a few points make it, so that strays are not ringed one by one.
 */
function contourPieces({ field, bandwidth }: FloorDensity): { places: Float32Array; look: Uint8Array } {
  const most = highest(field);
  const few = Math.min(0.2 * most, FEW_POINTS / (2 * Math.PI * bandwidth ** 2));
  const [low, high] = [Math.sqrt(Math.max(few, 0.003 * most)), Math.sqrt(most)];
  const lines = contours(field, Array.from({ length: LEVELS }, (_, k) => (low + ((high - low) * k) / LEVELS) ** 2)); // prettier-ignore
  const count = lines.reduce((sum, { segments }) => sum + segments.length / 4, 0);
  const places = new Float32Array(6 * count);
  const look = new Uint8Array(4 * count);
  let at = 0;
  lines.forEach(({ segments }, k) => {
    const strong = k % INDEX_LINE === 0;
    const opacity = Math.round(255 * (strong ? 0.8 : 0.38 + 0.2 * (k / LEVELS)));
    for (let i = 0; i < segments.length; i += 4, at++) {
      places.set(segments.subarray(i, i + 2), 6 * at);
      places.set(segments.subarray(i + 2, i + 4), 6 * at + 3);
      look.set([strong ? 22 : 16, opacity, opacity, 0], 4 * at);
    }
  });
  return { places, look };
}

/** Density of the points over the floor; undefined where there is none. Maps have several summits: the kernel is two thirds of Scott's. */
export function densityOver(places: Float32Array, count: number, presence: Uint8Array): FloorDensity | undefined {
  const data = new Float32Array(3 * count);
  let rows = 0;
  const sum = [0, 0];
  const squares = [0, 0];
  for (let i = 0; i < count; i++) {
    if (presence[i] === 0) continue;
    data.set(places.subarray(3 * i, 3 * i + 3), 3 * rows++);
    for (let k = 0; k < 2; k++) {
      sum[k] = (sum[k] as number) + (places[3 * i + k] as number);
      squares[k] = (squares[k] as number) + (places[3 * i + k] as number) ** 2;
    }
  }
  if (rows === 0) return undefined;
  const variances = squares.map((square, k) => Math.max(0, square / rows - ((sum[k] as number) / rows) ** 2));
  const sd = Math.sqrt(((variances[0] as number) + (variances[1] as number)) / 2);
  const bandwidth = Math.max(0.67 * sd * rows ** (-1 / 6), 0.04 * sd, 1e-9);
  const field = density({ rows, cols: 3, data: data.subarray(0, 3 * rows) }, { axes: [0, 1], size: FIELD_SIZE, bandwidth });
  return { field, bandwidth };
}

/** Two channels: height (square root of density, 0 … 1) and light (0.5 on level ground). */
function reliefTexture(field: Field): DataTexture {
  const { cols, rows, values, step } = field;
  const most = highest(field);
  const height = Float32Array.from(values, (value) => Math.sqrt(Math.max(0, value) / most));
  const data = new Uint8Array(2 * cols * rows);
  const read = (r: number, c: number): number =>
    height[Math.min(rows - 1, Math.max(0, r)) * cols + Math.min(cols - 1, Math.max(0, c))] as number;
  // Slopes are measured with the wider side as unit length, raised a little.
  const side = Math.max(cols * step[0], rows * step[1]) / 22;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const dx = ((read(r, c + 1) - read(r, c - 1)) * 0.5 * side) / step[0];
      const dy = ((read(r + 1, c) - read(r - 1, c)) * 0.5 * side) / step[1];
      // The slope that faces the light rises towards the south-east.
      const lit = (dx - dy) / Math.SQRT2 / Math.sqrt(1 + dx * dx + dy * dy);
      data[2 * (r * cols + c)] = Math.round(255 * read(r, c));
      data[2 * (r * cols + c) + 1] = Math.round(127.5 + 127.5 * lit);
    }
  }
  const texture = new DataTexture(data, cols, rows, RGFormat);
  texture.unpackAlignment = 1;
  texture.minFilter = LinearFilter;
  texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}
