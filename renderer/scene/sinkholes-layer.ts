// Collapse, drawn as maps draw sinkholes: closed contours in the one warm colour, lightly filled, with hachures, short ticks that point
// downhill, which in a hollow is inwards.
import { BufferAttribute, BufferGeometry, DoubleSide, Group, Mesh, ShapeUtils, Vector2, type RawShaderMaterial } from 'three';
import { bounded, overlay, placed, raisedTo } from './drawables.ts';
import type { Frame, Layer, SceneColours } from './layer.ts';
import { Segments } from './segments.ts';

export interface Sinkhole {
  /** Closed rings on the floor, outermost first, each [n, 2] in map units. */
  readonly rings: readonly Float32Array[];
}

const vertexShader = /* glsl */ `
precision highp float;
in vec3 position;
uniform mat4 viewMatrix, projectionMatrix;
uniform float height;
void main() { gl_Position = projectionMatrix * viewMatrix * vec4(position.xy, height, 1.0); }`;

const fragmentShader = /* glsl */ `
precision highp float;
uniform vec3 colour;
out vec4 outColour;
void main() { outColour = vec4(colour, 0.1); }`;

/** Ticks along a ring, [count, 4] (foot and tip), `spacing` apart, `length` long, pointing into the ring whichever way it turns. */
export function hachures(ring: Float32Array, spacing: number, length: number): Float32Array {
  const n = ring.length / 2;
  let doubleArea = 0;
  let perimeter = 0;
  const corner = (i: number): [number, number] => [ring[2 * (i % n)] as number, ring[2 * (i % n) + 1] as number];
  for (let i = 0; i < n; i++) {
    const [[x0, y0], [x1, y1]] = [corner(i), corner(i + 1)];
    doubleArea += x0 * y1 - x1 * y0;
    perimeter += Math.hypot(x1 - x0, y1 - y0);
  }
  const count = Math.max(3, Math.round(perimeter / spacing));
  const inwards = doubleArea > 0 ? 1 : -1;
  const ticks: number[] = [];
  let walked = 0;
  for (let i = 0, next = 0; i < n && next < count; i++) {
    const [[x0, y0], [x1, y1]] = [corner(i), corner(i + 1)];
    const side = Math.hypot(x1 - x0, y1 - y0);
    while (next < count && side > 0 && (next * perimeter) / count <= walked + side) {
      const t = ((next * perimeter) / count - walked) / side;
      const [x, y] = [x0 + (x1 - x0) * t, y0 + (y1 - y0) * t];
      ticks.push(x, y, x - (inwards * length * (y1 - y0)) / side, y + (inwards * length * (x1 - x0)) / side);
      next++;
    }
    walked += side;
  }
  return Float32Array.from(ticks);
}

/** Distance from the middle of a ring's corners to the nearest of them. */
function innerRadius(ring: Float32Array): number {
  const n = ring.length / 2;
  let [x, y] = [0, 0];
  for (let i = 0; i < n; i++) [x, y] = [x + (ring[2 * i] as number) / n, y + (ring[2 * i + 1] as number) / n];
  let least = Infinity;
  for (let i = 0; i < n; i++) least = Math.min(least, Math.hypot((ring[2 * i] as number) - x, (ring[2 * i + 1] as number) - y));
  return least;
}

export class SinkholesLayer implements Layer {
  readonly object = new Group();
  readonly #lines = new Segments(5);
  readonly #fill: Mesh<BufferGeometry, RawShaderMaterial>;
  readonly #uniforms = { colour: { value: [1, 1, 1] as number[] }, height: { value: 0 } };
  readonly #floorHeight: () => number;
  #outlines: readonly Float32Array[] = [];

  constructor(floorHeight: () => number) {
    this.#floorHeight = floorHeight;
    const material = overlay({ vertexShader, fragmentShader, uniforms: this.#uniforms, side: DoubleSide });
    this.#fill = placed(new Mesh(fillOf([]), material), 4);
    this.object.add(this.#fill, this.#lines.mesh);
  }

  /** tick: length of a hachure in map units. */
  set(sinkholes: readonly Sinkhole[], tick: number): void {
    this.#outlines = sinkholes.flatMap(({ rings }) => rings.slice(0, 1));
    const places: number[] = [];
    const look: number[] = [];
    for (const { rings } of sinkholes) {
      rings.forEach((ring, depth) => {
        const n = ring.length / 2;
        for (let i = 0; i < n; i++) {
          const j = (i + 1) % n;
          places.push(ring[2 * i] as number, ring[2 * i + 1] as number, 0, ring[2 * j] as number, ring[2 * j + 1] as number, 0);
          look.push(depth === 0 ? 26 : 18, depth === 0 ? 255 : 190, depth === 0 ? 255 : 190, 0);
        }
        const ticks = hachures(ring, tick * 0.8, Math.min(tick, 0.3 * innerRadius(ring)));
        for (let k = 0; k < ticks.length; k += 4) {
          places.push(ticks[k] as number, ticks[k + 1] as number, 0, ticks[k + 2] as number, ticks[k + 3] as number, 0);
          look.push(18, 230, 130, 0);
        }
      });
    }
    this.#lines.set(Float32Array.from(places), Uint8Array.from(look));
    const old = this.#fill.geometry;
    this.#fill.geometry = fillOf(this.#outlines);
    this.#fill.visible = sinkholes.length > 0;
    old.dispose();
  }

  /** Corners of the outermost rings, on the floor, [corners, 3]. */
  get corners(): Float32Array {
    const floor = this.#floorHeight();
    return Float32Array.from(this.#outlines.flatMap((ring) => [...raisedTo(ring, floor)]));
  }

  setTheme(colours: SceneColours): void {
    this.#lines.setColours(colours.collapse);
    this.#uniforms.colour.value = [...colours.collapse];
  }

  update(frame: Frame): boolean {
    const height = this.#floorHeight();
    this.#uniforms.height.value = height;
    this.#lines.update(frame, { height });
    return false;
  }

  dispose(): void {
    this.#lines.dispose();
    this.#fill.geometry.dispose();
    this.#fill.material.dispose();
  }
}

function fillOf(rings: readonly Float32Array[]): BufferGeometry {
  const corners: number[] = [];
  for (const ring of rings) {
    const outline = Array.from({ length: ring.length / 2 }, (_, i) => new Vector2(ring[2 * i], ring[2 * i + 1]));
    for (const face of ShapeUtils.triangulateShape(outline, [])) {
      for (const i of face) corners.push(outline[i]?.x ?? 0, outline[i]?.y ?? 0, 0);
    }
  }
  const geometry = bounded(new BufferGeometry());
  geometry.setAttribute('position', new BufferAttribute(Float32Array.from(corners), 3));
  return geometry;
}
