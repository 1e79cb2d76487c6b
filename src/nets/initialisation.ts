// How the weights of a layer start, by its fan-in n and the gain of what precedes it:
// - even: uniform on ±1/√n, weights and biases alike, variance 1 / 3n (LeCun et al. 1998, "Efficient BackProp", and the habit of common
//   libraries). Signals shrink from layer to layer, so a VAE starts with codes near the prior and takes up dimensions as it needs them.
// - he: normal with variance gain² / n, biases 0 (He et al. 2015). Signals keep their size: deep nets learn sooner, and a VAE starts with
//   every dimension in use.
import type { Start } from '../tracing/weights.ts';

export const initialisationNames = ['even', 'he'] as const;
export type InitialisationName = (typeof initialisationNames)[number];

export function startOf(name: InitialisationName, fanIn: number, gain: number): { readonly kernel: Start; readonly bias: Start } {
  if (name === 'even') {
    const start: Start = { kind: 'uniform', limit: 1 / Math.sqrt(fanIn) };
    return { kernel: start, bias: start };
  }
  return { kernel: { kind: 'normal', sd: gain / Math.sqrt(fanIn) }, bias: { kind: 'constant', value: 0 } };
}
