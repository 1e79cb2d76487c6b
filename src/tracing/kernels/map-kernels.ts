// Every kernel that can be traced, mapped once.
import { mapActivations } from './activation.ts';
import { mapConvolutions } from './convolution.ts';
import { mapEinsum } from './einsum.ts';
import { mapElementwise } from './elementwise.ts';
import { mapGathering } from './gather.ts';
import { mapLayout } from './layout.ts';
import { mapMatrixProducts } from './matrix.ts';
import { mapNormalisation } from './normalisation.ts';
import { mapOptimisers } from './optimiser.ts';
import { mapPooling } from './pooling.ts';
import { mapReductions } from './reduction.ts';
import { mapResizing } from './resize.ts';

export function mapKernels(): void {
  mapActivations();
  mapConvolutions();
  mapEinsum();
  mapElementwise();
  mapGathering();
  mapLayout();
  mapMatrixProducts();
  mapNormalisation();
  mapOptimisers();
  mapPooling();
  mapReductions();
  mapResizing();
}
