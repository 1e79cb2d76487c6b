// Straight pieces of constant width in pixels, antialiased without multisampling, any number in one draw call: grid, contours, paths.
// Each piece is one instance of a quad that the vertex shader lays along the piece on the screen.
import { InstancedBufferAttribute, Mesh, type InstancedBufferGeometry, type RawShaderMaterial } from 'three';
import type { Rgb } from './colour.ts';
import { overlay, placed, quads } from './drawables.ts';
import type { Frame } from './layer.ts';

const vertexShader = /* glsl */ `
precision highp float;
in vec2 position;
in vec3 start, end;
// Width in pixels / 16, opacity at start, opacity at end, and 1 where the piece takes the second colour.
in vec4 look;
uniform mat4 viewMatrix, projectionMatrix;
uniform vec2 viewport;
uniform float pixelRatio, widen, opacity, nearPlane, height;
uniform vec3 colour, secondColour;
out vec4 paint;
out float across;
flat out float halfWidth;
void main() {
  vec4 a = viewMatrix * vec4(start.xy, start.z + height, 1.0);
  vec4 b = viewMatrix * vec4(end.xy, end.z + height, 1.0);
  // Behind the camera there is no screen: cut the piece at the near plane.
  if (a.z > -nearPlane && b.z < -nearPlane) a = mix(a, b, (-nearPlane - a.z) / (b.z - a.z));
  else if (b.z > -nearPlane && a.z < -nearPlane) b = mix(b, a, (-nearPlane - b.z) / (a.z - b.z));
  vec4 clipA = projectionMatrix * a, clipB = projectionMatrix * b;
  vec2 onScreen = (clipB.xy / clipB.w - clipA.xy / clipA.w) * viewport;
  float len = length(onScreen);
  vec2 along = len > 1e-6 ? onScreen / len : vec2(1.0, 0.0);
  vec2 sideways = vec2(-along.y, along.x);
  halfWidth = 0.5 * (look.x * 16.0 + widen) * pixelRatio;
  across = position.y * (halfWidth + 1.0);
  vec4 clip = position.x < 0.5 ? clipA : clipB;
  vec2 shift = sideways * across;
  gl_Position = vec4(clip.xy + 2.0 * shift / viewport * clip.w, clip.zw);
  paint = vec4(mix(colour, secondColour, look.w), mix(look.y, look.z, position.x) * opacity);
}`;

const fragmentShader = /* glsl */ `
precision highp float;
in vec4 paint;
in float across;
flat in float halfWidth;
out vec4 outColour;
void main() {
  float cover = clamp(halfWidth - abs(across) + 0.5, 0.0, 1.0) * min(1.0, 2.0 * halfWidth);
  outColour = vec4(paint.rgb, paint.a * cover);
}`;

/** x along the piece 0 … 1, y across it -1 … 1. */
const CORNERS = [0, -1, 1, -1, 1, 1, 0, 1];

export class Segments {
  readonly mesh: Mesh<InstancedBufferGeometry, RawShaderMaterial>;
  readonly #uniforms = {
    viewport: { value: [1, 1] },
    pixelRatio: { value: 1 },
    widen: { value: 0 },
    opacity: { value: 1 },
    nearPlane: { value: 0.01 },
    height: { value: 0 },
    colour: { value: [1, 1, 1] as number[] },
    secondColour: { value: [1, 1, 1] as number[] },
  };

  constructor(renderOrder: number) {
    const material = overlay({ vertexShader, fragmentShader, uniforms: this.#uniforms });
    this.mesh = placed(new Mesh(quads(CORNERS, 0), material), renderOrder);
  }

  /** places: [count, 6], start and end. look: [count, 4], bytes as in the shader. */
  set(places: Float32Array, look: Uint8Array): void {
    const old = this.mesh.geometry;
    const count = look.length / 4;
    const geometry = quads(CORNERS, count);
    // One buffer of start and end each; interleaving would save nothing at these counts.
    const start = new Float32Array(3 * count);
    const end = new Float32Array(3 * count);
    for (let i = 0; i < count; i++) {
      start.set(places.subarray(6 * i, 6 * i + 3), 3 * i);
      end.set(places.subarray(6 * i + 3, 6 * i + 6), 3 * i);
    }
    geometry.setAttribute('start', new InstancedBufferAttribute(start, 3));
    geometry.setAttribute('end', new InstancedBufferAttribute(end, 3));
    geometry.setAttribute('look', new InstancedBufferAttribute(look, 4, true));
    this.mesh.geometry = geometry;
    this.mesh.visible = count > 0;
    old.dispose();
  }

  setColours(colour: Rgb, second: Rgb = colour): void {
    this.#uniforms.colour.value = [...colour];
    this.#uniforms.secondColour.value = [...second];
  }

  /** opacity multiplies all; widen adds pixels to all; height lifts all, in map units. */
  update(frame: Frame, with_: { opacity?: number; widen?: number; height?: number } = {}): void {
    const uniforms = this.#uniforms;
    uniforms.viewport.value = [frame.width * frame.pixelRatio, frame.height * frame.pixelRatio];
    uniforms.pixelRatio.value = frame.pixelRatio;
    uniforms.nearPlane.value = frame.camera.near;
    uniforms.opacity.value = with_.opacity ?? 1;
    uniforms.widen.value = with_.widen ?? 0;
    uniforms.height.value = with_.height ?? 0;
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }
}
