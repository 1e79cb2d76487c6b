// What layers make their meshes of: shaders blended in the order of drawing whatever their depth, and a quad that is drawn many times. Places
// are known to the shaders alone, so three.js neither sorts nor culls by them.
import {
  Float32BufferAttribute,
  GLSL3,
  InstancedBufferGeometry,
  RawShaderMaterial,
  Sphere,
  Uint8BufferAttribute,
  type BufferGeometry,
  type Object3D,
  type ShaderMaterialParameters,
} from 'three';

/** Lies over whatever was drawn before it. */
export function overlay(shaders: ShaderMaterialParameters): RawShaderMaterial {
  return new RawShaderMaterial({ glslVersion: GLSL3, transparent: true, depthTest: false, depthWrite: false, ...shaders });
}

/** Never culled; hidden until it has something to show. */
export function placed<Drawn extends Object3D>(drawn: Drawn, renderOrder: number): Drawn {
  drawn.frustumCulled = false;
  drawn.renderOrder = renderOrder;
  drawn.visible = false;
  return drawn;
}

/** With bounds, so that three.js does not walk over all places to find them. */
export function bounded<Geometry extends BufferGeometry>(geometry: Geometry): Geometry {
  geometry.boundingSphere = new Sphere();
  return geometry;
}

/** corners: [4, 2], counter-clockwise; instances are given their places by further attributes. */
export function quads(corners: readonly number[], count: number): InstancedBufferGeometry {
  const geometry = bounded(new InstancedBufferGeometry());
  geometry.setAttribute('position', new Float32BufferAttribute(corners, 2));
  geometry.setIndex(new Uint8BufferAttribute([0, 1, 2, 0, 2, 3], 1));
  geometry.instanceCount = count;
  return geometry;
}

/** A ring of the map, [corners, 2], at a height, [corners, 3]. */
export function raisedTo(ring: Float32Array, height: number): Float32Array {
  const out = new Float32Array((ring.length / 2) * 3).fill(height);
  for (let i = 0; i < ring.length / 2; i++) out.set(ring.subarray(2 * i, 2 * i + 2), 3 * i);
  return out;
}
