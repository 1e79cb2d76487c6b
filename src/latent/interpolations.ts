// The list of interpolations. Adding one is one file and one line here.
import { Family } from '../base/family.ts';
import { lerp } from './lerp.ts';
import { normCorrectedLerp } from './norm-corrected-lerp.ts';
import { slerp } from './slerp.ts';

export const interpolations = new Family('interpolation', [lerp, slerp, normCorrectedLerp]);
