// A step of Glow on vectors (Kingma & Dhariwal 2018): activation normalisation, an invertible matrix, an affine coupling.
import { actnorm } from './actnorm.ts';
import { coupling } from './coupling.ts';
import { chain, type Flow } from './flow.ts';
import { invertibleLinear } from './invertible-linear.ts';

export const glowStep = (prefix: string, size: number, width: number): Flow =>
  chain([
    actnorm(`${prefix}.actnorm`, size),
    invertibleLinear(`${prefix}.linear`, size),
    coupling(`${prefix}.coupling`, size, width, 'second'),
  ]);
