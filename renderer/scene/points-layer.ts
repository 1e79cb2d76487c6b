// All points in one draw call: round, antialiased, with a thin edge in the ground's colour, nearer ones larger and brighter. Every point
// has two places and the GPU travels between them, so a new layout costs one upload. Points that are new or gone fade; hidden ones
// have no presence at all. The picking pass draws the same discs in the colour of their index.
import { BufferAttribute, BufferGeometry, DynamicDrawUsage, GLSL3, Points, RawShaderMaterial } from 'three';
import { bounded } from './drawables.ts';
import type { Frame, Layer, SceneColours } from './layer.ts';
import type { Travel } from './travel.ts';

/** Diameter in CSS pixels that a point never exceeds; bounds the picking window too. */
export const MAX_POINT_PIXELS = 34;

/** How much of the ground's colour the farthest points of a 3-D map take on. */
const AIR = 0.52;

const vertexShader = /* glsl */ `
precision highp float;
in vec3 position;
in vec3 placeBefore;
in vec4 colour;
// Size / 4, highlighted, presence before, presence now.
in vec4 state;
uniform mat4 viewMatrix, projectionMatrix;
uniform float travelled, pixelRatio, basePixels, cameraDistance, radius, highlighting, air;
uniform vec3 ground;
uniform uint count;
flat out vec4 fill;
flat out float pixels;
void main() {
  float presence = mix(state.z, state.w, travelled);
  vec4 seen = viewMatrix * vec4(mix(placeBefore, position, travelled), 1.0);
  float depth = max(-seen.z, 1e-6);
  // Stronger than perspective alone, as an aid to the eye; still 1 at the target.
  float nearness = clamp(pow(cameraDistance / depth, 1.9), 0.45, 3.0);
  float standsOut = highlighting * state.y;
  float stepsBack = highlighting * (1.0 - state.y);
  float size = basePixels * state.x * 4.0 * nearness * (1.0 + 0.35 * standsOut - 0.25 * stepsBack);
  pixels = clamp(size * sqrt(presence), 1.3, ${MAX_POINT_PIXELS}.0) * pixelRatio;
  gl_Position = projectionMatrix * seen;
  gl_PointSize = pixels + 2.0;
  if (presence <= 0.004) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
#ifdef PICKING
  uint id = uint(gl_VertexID) + 1u;
  if (id > count) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  fill = vec4(id & 255u, (id >> 8) & 255u, (id >> 16) & 255u, id >> 24) / 255.0;
#else
  // Air between the eye and what is far: it takes on the ground's colour.
  float behind = clamp((depth - cameraDistance + radius) / (2.0 * radius), 0.0, 1.0);
  vec3 tone = mix(colour.rgb, ground, air * smoothstep(0.22, 1.0, behind));
  fill = vec4(mix(tone, ground, 0.74 * stepsBack), colour.a * min(1.0, presence * 1.5));
#endif
}`;

const fragmentShader = /* glsl */ `
precision highp float;
flat in vec4 fill;
flat in float pixels;
uniform vec3 ground;
uniform float pixelRatio;
out vec4 outColour;
void main() {
  float fromCentre = length(gl_PointCoord - 0.5) * (pixels + 2.0);
  float rim = pixels * 0.5;
#ifdef PICKING
  if (fromCentre > rim) discard;
  outColour = fill;
#else
  float cover = clamp(rim - fromCentre + 0.5, 0.0, 1.0);
  if (cover < 0.04) discard;
  // The edge is thinner on small points, or nothing would be left of them.
  float edge = clamp((pixels / pixelRatio - 3.0) * 0.16, 0.0, 0.7) * pixelRatio;
  float onEdge = edge > 0.0 ? clamp(fromCentre - (rim - edge) + 0.5, 0.0, 1.0) * min(1.0, edge) : 0.0;
  outColour = vec4(mix(fill.rgb, ground, onEdge * 0.75), fill.a * cover);
#endif
}`;

/** Pixels across for a point at the target's depth when the whole map is in view: 1,000 points 6.6, 10,000 4.2, 100,000 2.6. */
const usualPointPixels = (count: number): number => Math.min(9, Math.max(1.8, 6.6 * (Math.max(count, 1) / 1000) ** -0.2));

export class PointsLayer implements Layer {
  readonly object: Points;
  readonly pickObject: Points;
  /** Points that a person can see and pick. */
  count = 0;
  /** Draw calls of the last picture. */
  draws = 0;
  readonly #travel: Travel;
  #capacity = 0;
  #geometry = new BufferGeometry();
  readonly #material: RawShaderMaterial;
  readonly #pickMaterial: RawShaderMaterial;
  readonly #uniforms = {
    travelled: { value: 1 },
    pixelRatio: { value: 1 },
    basePixels: { value: 5 },
    cameraDistance: { value: 1 },
    radius: { value: 1 },
    highlighting: { value: 0 },
    air: { value: AIR },
    ground: { value: [0, 0, 0] as number[] },
    count: { value: 0 },
  };
  #mask: Uint8Array | undefined;
  #sizes: Float32Array | undefined;
  #highlight: ArrayLike<number> | undefined;
  #colours: Uint8Array | undefined;

  constructor(travel: Travel) {
    this.#travel = travel;
    const common = { glslVersion: GLSL3, vertexShader, fragmentShader, uniforms: this.#uniforms };
    this.#material = new RawShaderMaterial({ ...common, transparent: true });
    this.#pickMaterial = new RawShaderMaterial({ ...common, defines: { PICKING: 1 }, transparent: false });
    this.object = new Points(this.#geometry, this.#material);
    this.pickObject = new Points(this.#geometry, this.#pickMaterial);
    for (const points of [this.object, this.pickObject]) points.frustumCulled = false;
    this.object.renderOrder = 10;
    this.object.onBeforeRender = () => this.draws++;
    this.#allocate(1024);
  }

  /** Takes up what the travel now holds; colours of points that stay are kept until setColours. */
  pointsChanged(): void {
    const { travel, slots } = { travel: this.#travel, slots: this.#travel.slots };
    if (slots > this.#capacity) this.#allocate(Math.ceil(slots * 1.25));
    const previous = this.#attribute('colour').array.slice() as Uint8Array;
    const colours = this.#attribute('colour').array as Uint8Array;
    for (let slot = 0; slot < slots; slot++) {
      const before = travel.slotBefore[slot] as number;
      if (before >= 0) colours.set(previous.subarray(4 * before, 4 * before + 4), 4 * slot);
      else colours.fill(160, 4 * slot, 4 * slot + 4);
    }
    this.#attribute('position').array.set(travel.places.subarray(0, 3 * slots));
    this.#attribute('placeBefore').array.set(travel.placesBefore.subarray(0, 3 * slots));
    for (const name of ['position', 'placeBefore', 'colour']) this.#upload(name, slots);
    this.count = travel.count;
    this.#uniforms.count.value = travel.count;
    if (this.#colours && this.#colours.length !== 4 * travel.count) this.#colours = undefined;
    if (this.#mask && this.#mask.length !== travel.count) this.#mask = undefined;
    if (this.#sizes && this.#sizes.length !== travel.count) this.#sizes = undefined;
    this.#geometry.setDrawRange(0, slots);
    this.#writeState();
  }

  setColours(colours: Uint8Array): void {
    this.#colours = colours;
    this.#attribute('colour').array.set(colours.subarray(0, 4 * this.count));
    this.#upload('colour', this.count);
  }

  /** On a flat map nothing is far. */
  setFlat(flat: boolean): void {
    this.#uniforms.air.value = flat ? 0 : AIR;
  }

  setVisible(mask: Uint8Array | undefined): void {
    this.#mask = mask;
    this.#writeState();
  }

  get mask(): Uint8Array | undefined {
    return this.#mask;
  }

  setSizes(sizes: Float32Array | undefined): void {
    this.#sizes = sizes;
    this.#writeState();
  }

  setHighlight(indices: ArrayLike<number> | undefined): void {
    this.#highlight = indices;
    this.#writeState();
  }

  colourOf(index: number): readonly [number, number, number] {
    const colours = this.#attribute('colour').array;
    return [0, 1, 2].map((k) => (colours[4 * index + k] as number) / 255) as unknown as readonly [number, number, number];
  }

  setTheme(colours: SceneColours): void {
    this.#uniforms.ground.value = [...colours.ground];
  }

  update(frame: Frame): boolean {
    this.draws = 0;
    const { travelled, moving, settled } = this.#travel.advance(frame.nowMs);
    if (settled) this.pointsChanged();
    const uniforms = this.#uniforms;
    uniforms.travelled.value = travelled;
    uniforms.pixelRatio.value = frame.pixelRatio;
    // Points grow more slowly than the map when one comes nearer, and are drawn for a window of about 900 pixels.
    const zoom = frame.fitDistance / frame.distance;
    const window = Math.sqrt(frame.width * frame.height) / 900;
    uniforms.basePixels.value = usualPointPixels(this.count) * Math.sqrt(window) * Math.min(4, Math.max(0.7, zoom ** 0.42));
    uniforms.cameraDistance.value = frame.distance;
    uniforms.radius.value = frame.radius;
    return moving;
  }

  dispose(): void {
    this.#geometry.dispose();
    this.#material.dispose();
    this.#pickMaterial.dispose();
  }

  #writeState(): void {
    const state = this.#attribute('state').array as Uint8Array;
    const travel = this.#travel;
    for (let slot = 0; slot < travel.slots; slot++) {
      const shown = !this.#mask || slot >= travel.count || this.#mask[slot] !== 0;
      state[4 * slot] = Math.round(63.75 * Math.min(4, Math.max(0.25, this.#sizes?.[slot] ?? 1)));
      state[4 * slot + 1] = 0;
      state[4 * slot + 2] = shown ? (travel.presenceBefore[slot] as number) : 0;
      state[4 * slot + 3] = shown ? (travel.presence[slot] as number) : 0;
    }
    const highlight = this.#highlight;
    for (let k = 0; highlight && k < highlight.length; k++) {
      const index = highlight[k] as number;
      if (index >= 0 && index < travel.count) state[4 * index + 1] = 255;
    }
    this.#uniforms.highlighting.value = highlight && highlight.length > 0 ? 1 : 0;
    this.#upload('state', travel.slots);
  }

  #attribute(name: string): BufferAttribute {
    return this.#geometry.getAttribute(name) as BufferAttribute;
  }

  #upload(name: string, slots: number): void {
    const attribute = this.#attribute(name);
    attribute.clearUpdateRanges();
    attribute.addUpdateRange(0, slots * attribute.itemSize);
    attribute.needsUpdate = true;
  }

  #allocate(capacity: number): void {
    const old = this.#geometry;
    const colour = old.getAttribute('colour') as BufferAttribute | undefined;
    const geometry = bounded(new BufferGeometry());
    const add = (name: string, array: Float32Array | Uint8Array, size: number): void => {
      const attribute = new BufferAttribute(array, size, array instanceof Uint8Array);
      attribute.setUsage(DynamicDrawUsage);
      geometry.setAttribute(name, attribute);
    };
    const colours = new Uint8Array(4 * capacity);
    if (colour) colours.set(colour.array);
    add('position', new Float32Array(3 * capacity), 3);
    add('placeBefore', new Float32Array(3 * capacity), 3);
    add('colour', colours, 4);
    add('state', new Uint8Array(4 * capacity), 4);
    geometry.setDrawRange(0, 0);
    this.#geometry = geometry;
    this.object.geometry = geometry;
    this.pickObject.geometry = geometry;
    this.#capacity = capacity;
    old.dispose();
  }
}
