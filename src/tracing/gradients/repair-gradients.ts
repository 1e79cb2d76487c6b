// Puts right what tfjs's gradient registry lacks or has wrong, for every backend: it is one registry for the whole process.
import * as tf from '@tensorflow/tfjs';
import { elementwiseRepairs } from './elementwise.ts';
import { gatherRepairs } from './gather.ts';
import { layoutRepairs } from './layout.ts';
import { productRepairs } from './products.ts';
import { secondOrderRepairs } from './second-order.ts';
import { windowRepairs } from './window.ts';

let repaired = false;

/** Once is enough; every device that differentiates calls it. */
export function repairGradients(): void {
  if (repaired) return;
  repaired = true;
  const repairs = [elementwiseRepairs, gatherRepairs, layoutRepairs, productRepairs, secondOrderRepairs, windowRepairs].flat();
  for (const one of repairs) {
    if (tf.getGradient(one.kernelName)) tf.unregisterGradient(one.kernelName);
    tf.registerGradient(one);
  }
}
