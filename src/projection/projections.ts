// The list of projections, apart from the catalogue so that a projection thread need not load what the catalogue loads. Adding one is one
// file and one line here.
import { Family } from '../base/family.ts';
import { pca } from './pca.ts';
import { umap } from './umap.ts';

export const projections = new Family('projection', [pca, umap]);
