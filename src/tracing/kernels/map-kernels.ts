// Every kernel that can be traced, mapped once.
import { mapActivations } from './activation.ts';
import { mapElementwise } from './elementwise.ts';
import { mapLayout } from './layout.ts';
import { mapMatrixProducts } from './matrix.ts';
import { mapOptimisers } from './optimiser.ts';
import { mapReductions } from './reduction.ts';

export function mapKernels(): void {
  mapActivations();
  mapElementwise();
  mapLayout();
  mapMatrixProducts();
  mapOptimisers();
  mapReductions();
}
