// Straight line: (1 - t) a + t b. Right for posterior means and in few dimensions. Between two draws of a standard normal prior of many
// dimensions its middle has only 0.71 of their norm, where the decoder has seen little: take slerp there.
import { member } from '../base/family.ts';
import type { Interpolation } from './interpolation.ts';

export const lerpCodes: Interpolation = (a, b, t) => a.map((value, j) => (1 - t) * value + t * (b[j] as number));

export const lerp = member({
  id: 'lerp',
  title: 'Straight line',
  summary: 'the shortest way; for encoded rows and small latent spaces',
  params: {},
  make: (): Interpolation => lerpCodes,
});
