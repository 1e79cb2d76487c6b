// Round marks of a fixed size in pixels, drawn over everything: rings around points, ends and steps of a path. A mark is a disc with a
// rim; disc, rim and a halo in the ground's colour are antialiased in the fragment shader. A handful, in one draw call.
import { BufferAttribute, BufferGeometry, Points, type RawShaderMaterial } from 'three';
import type { Rgb } from './colour.ts';
import { bounded, overlay, placed } from './drawables.ts';
import type { Frame } from './layer.ts';

export interface Mark {
  readonly place: readonly [number, number, number];
  /** CSS pixels to the outside of the rim. */
  readonly diameter: number;
  readonly rimPixels: number;
  readonly rim: Rgb;
  /** Absent: one sees through the ring. */
  readonly disc?: Rgb;
}

const vertexShader = /* glsl */ `
precision highp float;
in vec3 position;
in vec2 shape;
in vec3 rimColour;
in vec4 discColour;
uniform mat4 viewMatrix, projectionMatrix;
uniform float pixelRatio;
flat out vec2 radii;
flat out vec3 rim;
flat out vec4 disc;
void main() {
  gl_Position = projectionMatrix * viewMatrix * vec4(position, 1.0);
  radii = vec2(0.5 * shape.x, 0.5 * shape.x - shape.y) * pixelRatio;
  gl_PointSize = 2.0 * radii.x + 6.0 * pixelRatio;
  rim = rimColour;
  disc = discColour;
}`;

const fragmentShader = /* glsl */ `
precision highp float;
flat in vec2 radii;
flat in vec3 rim;
flat in vec4 disc;
uniform vec3 ground;
uniform float pixelRatio;
out vec4 outColour;
void main() {
  float size = 2.0 * radii.x + 6.0 * pixelRatio;
  float r = length(gl_PointCoord - 0.5) * size;
  float halo = clamp(radii.x + 1.5 * pixelRatio - r + 0.5, 0.0, 1.0) * clamp(r - radii.y + 1.5 * pixelRatio + 0.5, 0.0, 1.0) * 0.75;
  float onRim = clamp(radii.x - r + 0.5, 0.0, 1.0) * clamp(r - radii.y + 0.5, 0.0, 1.0);
  float onDisc = clamp(radii.y - r + 0.5, 0.0, 1.0) * disc.a;
  vec4 colour = vec4(ground, halo);
  colour = vec4(mix(colour.rgb, disc.rgb, onDisc), max(colour.a, onDisc));
  colour = vec4(mix(colour.rgb, rim, onRim), max(colour.a, onRim));
  if (colour.a < 0.01) discard;
  outColour = colour;
}`;

export class Marks {
  readonly object: Points<BufferGeometry, RawShaderMaterial>;
  readonly #uniforms = { pixelRatio: { value: 1 }, ground: { value: [0, 0, 0] as number[] } };

  constructor(renderOrder: number) {
    const material = overlay({ vertexShader, fragmentShader, uniforms: this.#uniforms });
    this.object = placed(new Points(geometryOf([]), material), renderOrder);
  }

  set(marks: readonly Mark[]): void {
    const old = this.object.geometry;
    this.object.geometry = geometryOf(marks);
    this.object.visible = marks.length > 0;
    old.dispose();
  }

  setGround(ground: Rgb): void {
    this.#uniforms.ground.value = [...ground];
  }

  update(frame: Frame): void {
    this.#uniforms.pixelRatio.value = frame.pixelRatio;
  }

  dispose(): void {
    this.object.geometry.dispose();
    this.object.material.dispose();
  }
}

function geometryOf(marks: readonly Mark[]): BufferGeometry {
  const geometry = bounded(new BufferGeometry());
  const of = (values: number[], size: number): BufferAttribute => new BufferAttribute(Float32Array.from(values), size);
  geometry.setAttribute('position', of(marks.flatMap((mark) => [...mark.place]), 3)); // prettier-ignore
  geometry.setAttribute('shape', of(marks.flatMap((mark) => [mark.diameter, mark.rimPixels]), 2)); // prettier-ignore
  geometry.setAttribute('rimColour', of(marks.flatMap((mark) => [...mark.rim]), 3)); // prettier-ignore
  geometry.setAttribute('discColour', of(marks.flatMap((mark) => (mark.disc ? [...mark.disc, 1] : [0, 0, 0, 0])), 4)); // prettier-ignore
  return geometry;
}
