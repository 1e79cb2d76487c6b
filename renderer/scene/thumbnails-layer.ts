// Pictures at their points: dots far away, pictures near, and of those that would cover each other the ones that have room. All pictures lie in one atlas texture, each sprite knows its cell, and one draw
// call draws them. Large pictures are averaged down to the size at which sprites are seen, so no number of pixels is refused.
import {
  DataTexture,
  GLSL3,
  InstancedBufferAttribute,
  LinearFilter,
  Mesh,
  RawShaderMaterial,
  RedFormat,
  RGBAFormat,
  type InstancedBufferGeometry,
} from 'three';
import type { SamplesRecord } from '../../src/protocol/records.ts';
import { quads } from './drawables.ts';
import type { Frame, Layer, SceneColours } from './layer.ts';
import type { PointsLayer } from './points-layer.ts';
import { roomOf } from './spacing.ts';
import type { Travel } from './travel.ts';

type Pictures = Extract<SamplesRecord, { kind: 'pictures' }>;
export type ThumbnailMode = 'off' | 'near' | 'always';

const ATLAS_PIXELS = 4096;
/** Sprites are seldom drawn larger; larger pictures only cost memory. */
const TILE_PIXELS = 64;

const vertexShader = /* glsl */ `
precision highp float;
in vec2 position;
in vec3 place, placeBefore;
in vec4 tint;
in float cell, id, room;
uniform mat4 viewMatrix, projectionMatrix;
uniform float travelled, side, aspect, pixelsPerSlope, pixelRatio, fadeIn;
uniform vec3 atlas;
out vec2 at;
out vec2 corner;
flat out vec4 frame;
flat out float shown;
flat out float pixels;
void main() {
  vec4 seen = viewMatrix * vec4(mix(placeBefore, place, travelled), 1.0);
  float perUnit = pixelsPerSlope / max(-seen.z, 1e-6);
  pixels = min(side * perUnit, 88.0 * pixelRatio);
  shown = tint.a * smoothstep(fadeIn, fadeIn * 1.5, pixels / pixelRatio) * smoothstep(0.95, 1.15, room * perUnit / pixels);
  vec2 size = pixels / perUnit * vec2(min(1.0, aspect), min(1.0, 1.0 / aspect));
  // A little nearer than its point, so that it covers the dot.
  seen.z += 0.25 * side;
  seen.xy += position * size;
  gl_Position = shown > 0.01 ? projectionMatrix * seen : vec4(2.0, 2.0, 2.0, 1.0);
  corner = position;
  vec2 origin = vec2(mod(cell, atlas.x), floor(cell / atlas.x));
  at = (origin + vec2(position.x + 0.5, 0.5 - position.y)) / atlas.xy;
#ifdef PICKING
  uint number = uint(id) + 1u;
  frame = vec4(number & 255u, (number >> 8) & 255u, (number >> 16) & 255u, number >> 24) / 255.0;
#else
  frame = vec4(tint.rgb, 1.0);
#endif
}`;

const fragmentShader = /* glsl */ `
precision highp float;
in vec2 at;
in vec2 corner;
flat in vec4 frame;
flat in float shown;
flat in float pixels;
uniform sampler2D pictures;
uniform float pixelRatio;
uniform vec3 atlas;
out vec4 outColour;
void main() {
#ifdef PICKING
  if (shown < 0.5) discard;
  outColour = frame;
#else
  vec4 read = texture(pictures, at);
  vec3 colour = atlas.z > 0.5 ? read.rrr : read.rgb;
  vec2 inside = (0.5 - abs(corner)) * pixels;
  float border = 1.0 - clamp(min(inside.x, inside.y) - 1.25 * pixelRatio + 0.5, 0.0, 1.0);
  outColour = vec4(mix(colour, frame.rgb, border), shown);
#endif
}`;

const CORNERS = [-0.5, -0.5, 0.5, -0.5, 0.5, 0.5, -0.5, 0.5];

export class ThumbnailsLayer implements Layer {
  readonly object: Mesh<InstancedBufferGeometry, RawShaderMaterial>;
  readonly pickObject: Mesh<InstancedBufferGeometry, RawShaderMaterial>;
  readonly #travel: Travel;
  readonly #points: PointsLayer;
  #texture: DataTexture | undefined;
  #indices = new Int32Array(0);
  #mode: ThumbnailMode = 'off';
  readonly #uniforms = {
    pictures: { value: null as DataTexture | null },
    atlas: { value: [1, 1, 0] },
    travelled: { value: 1 },
    side: { value: 1 },
    aspect: { value: 1 },
    pixelsPerSlope: { value: 1 },
    pixelRatio: { value: 1 },
    fadeIn: { value: 13 },
  };

  constructor(travel: Travel, points: PointsLayer) {
    this.#travel = travel;
    this.#points = points;
    const common = { glslVersion: GLSL3, vertexShader, fragmentShader, uniforms: this.#uniforms };
    const geometry = quads(CORNERS, 0);
    this.object = new Mesh(geometry, new RawShaderMaterial({ ...common, transparent: true }));
    this.pickObject = new Mesh(geometry, new RawShaderMaterial({ ...common, defines: { PICKING: 1 } }));
    this.object.renderOrder = 11;
    for (const mesh of [this.object, this.pickObject]) mesh.frustumCulled = mesh.visible = false;
  }

  /** indices: the point of each picture. */
  set(samples: Pictures | undefined, indices: Int32Array, mode: ThumbnailMode): void {
    this.#texture?.dispose();
    this.#texture = undefined;
    this.#uniforms.pictures.value = null;
    this.#indices = samples ? indices.slice(0, samples.count) : new Int32Array(0);
    this.#mode = samples ? mode : 'off';
    if (samples && samples.count > 0) {
      const atlas = atlasOf(samples);
      this.#texture = atlas.texture;
      this.#uniforms.pictures.value = atlas.texture;
      this.#uniforms.atlas.value = [atlas.columns, atlas.rows, samples.channels === 1 ? 1 : 0];
      this.#uniforms.aspect.value = samples.width / samples.height;
    }
    this.pointsChanged();
  }

  /** Takes up places, colours and visibility of the points again. */
  pointsChanged(): void {
    const old = this.object.geometry;
    const travel = this.#travel;
    const indices = this.#indices;
    const geometry = quads(CORNERS, indices.length);
    const [place, before] = [new Float32Array(3 * indices.length), new Float32Array(3 * indices.length)];
    const tint = new Uint8Array(4 * indices.length);
    indices.forEach((index, i) => {
      if (index < 0 || index >= travel.count || travel.presence[index] === 0) return;
      place.set(travel.places.subarray(3 * index, 3 * index + 3), 3 * i);
      before.set(travel.placesBefore.subarray(3 * index, 3 * index + 3), 3 * i);
      const mask = this.#points.mask;
      tint.set(this.#points.colourOf(index).map((value) => value * 255), 4 * i); // prettier-ignore
      tint[4 * i + 3] = mask && mask[index] === 0 ? 0 : 255;
    });
    geometry.setAttribute('place', new InstancedBufferAttribute(place, 3));
    geometry.setAttribute('placeBefore', new InstancedBufferAttribute(before, 3));
    geometry.setAttribute('tint', new InstancedBufferAttribute(tint, 4, true));
    geometry.setAttribute('cell', new InstancedBufferAttribute(Float32Array.from(indices, (_, i) => i), 1)); // prettier-ignore
    geometry.setAttribute(
      'room',
      new InstancedBufferAttribute(roomOf(place.map((value, k) => (tint[4 * Math.floor(k / 3) + 3] === 0 ? NaN : value))), 1),
    );
    geometry.setAttribute('id', new InstancedBufferAttribute(Float32Array.from(indices), 1));
    this.object.geometry = this.pickObject.geometry = geometry;
    this.object.visible = this.pickObject.visible = this.#mode !== 'off' && indices.length > 0;
    old.dispose();
  }

  setTheme(_colours: SceneColours): void {
    // Frames are in the colours of the points, which the page sets.
  }

  update(frame: Frame): boolean {
    const uniforms = this.#uniforms;
    uniforms.travelled.value = this.#travel.travelled;
    uniforms.pixelRatio.value = frame.pixelRatio;
    uniforms.pixelsPerSlope.value = frame.camera.projectionMatrix.elements[5] * 0.5 * frame.height * frame.pixelRatio;
    // Side by side, the sprites would cover the map.
    uniforms.side.value = (1.8 * frame.radius) / Math.sqrt(Math.max(8, this.#indices.length));
    uniforms.fadeIn.value = this.#mode === 'always' ? 1 : 13;
    return false;
  }

  dispose(): void {
    this.#texture?.dispose();
    this.object.geometry.dispose();
    this.object.material.dispose();
    this.pickObject.material.dispose();
  }
}

/** Packs pictures into rows of tiles, each `shrink` times smaller than the picture so that it is at most TILE_PIXELS and all fit. */
export function tilesFor(count: number, width: number, height: number): { shrink: number; columns: number; rows: number } {
  for (let shrink = Math.max(1, Math.ceil(Math.max(width, height) / TILE_PIXELS)); ; shrink++) {
    const [w, h] = [Math.max(1, Math.floor(width / shrink)), Math.max(1, Math.floor(height / shrink))];
    const columns = Math.min(Math.floor(ATLAS_PIXELS / w), Math.ceil(Math.sqrt((count * h) / w)));
    const rows = Math.ceil(count / columns);
    if (rows * h <= ATLAS_PIXELS || (w === 1 && h === 1)) return { shrink, columns, rows };
  }
}

function atlasOf(samples: Pictures): { texture: DataTexture; columns: number; rows: number } {
  const { count, width, height, channels, data } = samples;
  const { shrink, columns, rows } = tilesFor(count, width, height);
  const [w, h] = [Math.max(1, Math.floor(width / shrink)), Math.max(1, Math.floor(height / shrink))];
  const bytes = channels === 1 ? 1 : 4;
  const out = new Uint8Array(columns * w * rows * h * bytes).fill(255);
  for (let i = 0; i < count; i++) {
    const [left, top] = [(i % columns) * w, Math.floor(i / columns) * h];
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const at = ((top + y) * columns * w + left + x) * bytes;
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let dy = 0; dy < shrink; dy++) {
            const row = i * width * height + (y * shrink + dy) * width + x * shrink;
            for (let dx = 0; dx < shrink; dx++) sum += data[(row + dx) * channels + channel] as number;
          }
          out[at + channel] = Math.round(sum / (shrink * shrink));
        }
      }
    }
  }
  const texture = new DataTexture(out, columns * w, rows * h, channels === 1 ? RedFormat : RGBAFormat);
  texture.unpackAlignment = 1;
  texture.minFilter = LinearFilter;
  texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return { texture, columns, rows };
}
