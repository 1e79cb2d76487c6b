// Great circle (Shoemake 1985; White 2016, arXiv 1609.04468): directions turn evenly, sin((1-t)w)/sin w â + sin(tw)/sin w b̂ with w the angle
// between them, and norms go evenly from |a| to |b|: the path stays in the shell that normal samples live in. For angles below 1e-3, and
// where an end is the origin, the straight line; between opposite directions no circle is preferred, so the way leads around any one.
import { member } from '../base/family.ts';
import { norm, type Interpolation } from './interpolation.ts';
import { lerpCodes } from './lerp.ts';

const SMALL_ANGLE = 1e-3;

export const slerpCodes: Interpolation = (a, b, t) => {
  const [sizeA, sizeB] = [norm(a), norm(b)];
  if (sizeA === 0 || sizeB === 0) return lerpCodes(a, b, t);
  let cosine = 0;
  for (let j = 0; j < a.length; j++) cosine += ((a[j] as number) / sizeA) * ((b[j] as number) / sizeB);
  const angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
  if (angle < SMALL_ANGLE) return lerpCodes(a, b, t);
  const size = (1 - t) * sizeA + t * sizeB;
  if (Math.PI - angle < SMALL_ANGLE) return around(a, b, sizeA, sizeB, t, size);
  const from = Math.sin((1 - t) * angle) / Math.sin(angle) / sizeA;
  const to = Math.sin(t * angle) / Math.sin(angle) / sizeB;
  return a.map((value, j) => size * (from * value + to * (b[j] as number)));
};

/** Half a turn by way of the axis that leans least towards a (there is none in one dimension: the line through the origin). */
function around(a: Float32Array, b: Float32Array, sizeA: number, sizeB: number, t: number, size: number): Float32Array {
  if (a.length < 2) return lerpCodes(a, b, t);
  let axis = 0;
  for (let j = 1; j < a.length; j++) if (Math.abs(a[j] as number) < Math.abs(a[axis] as number)) axis = j;
  const along = (a[axis] as number) / sizeA;
  const side = a.map((value, j) => (j === axis ? 1 : 0) - (along * value) / sizeA);
  const sideSize = norm(side);
  const [c, s] = [Math.cos(t * Math.PI), Math.sin(t * Math.PI)];
  // The far end is b's own direction, so the path ends where it should to the last bit of the angle.
  return a.map((value, j) => {
    const end = c >= 0 ? (c * value) / sizeA : (-c * (b[j] as number)) / sizeB;
    return size * (end + (s * (side[j] as number)) / sideSize);
  });
}

export const slerp = member({
  id: 'slerp',
  title: 'Great circle',
  summary: 'turns from one code to the other and keeps the norm of a normal sample; for draws from the prior',
  paper: 'White 2016, Sampling Generative Networks, arXiv 1609.04468',
  params: {},
  make: (): Interpolation => slerpCodes,
});
