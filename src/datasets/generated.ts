// The datasets that need no file: one line each.
import type { AnyMember } from '../base/family.ts';
import type { Dataset } from './dataset.ts';
import { grid, ring } from './gaussians.ts';
import { shapes } from './shapes.ts';

export const generatedDatasets: readonly AnyMember<Dataset>[] = [shapes, ring, grid];
