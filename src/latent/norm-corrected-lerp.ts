// Straight line pushed back to the shell: lerp(a, b, t) scaled to the norm (1 - t) |a| + t |b|. Visits the same directions as slerp, faster
// in the middle. Where the line meets the origin there is no direction to scale, and the line itself is taken.
import { member } from '../base/family.ts';
import { norm, type Interpolation } from './interpolation.ts';
import { lerpCodes } from './lerp.ts';

export const normCorrectedLerpCodes: Interpolation = (a, b, t) => {
  const line = lerpCodes(a, b, t);
  const size = norm(line);
  const wanted = (1 - t) * norm(a) + t * norm(b);
  return size > 1e-6 * wanted ? line.map((value) => (value * wanted) / size) : line;
};

export const normCorrectedLerp = member({
  id: 'lerp-norm',
  title: 'Straight line, norm kept',
  summary: 'the straight line scaled to the norm of its ends',
  params: {},
  make: (): Interpolation => normCorrectedLerpCodes,
});
