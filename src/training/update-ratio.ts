// How far each player's last step moved its weights, from what a checkpoint holds: Adam's step was
//   Δw = rate · m̂ / (√v̂ + ε),  m̂ = m / (1 - β1^t),  v̂ = v / (1 - β2^t)
// (Kingma & Ba 2015), so that no step has to be watched. Weights are those after it. Tensors that are all zero, as biases are at the start,
// have no size to compare with: they count in their player's sums, and not by name.
import type { WeightUpdates } from '../metrics/training-metric.ts';
import type { Optimiser } from '../models/model.ts';
import { adamCorrections, adamDefaults } from '../tracing/adam-update.ts';
import type { Arrays, TensorValues } from '../tracing/program.ts';

/** What a state must be read for. */
export const slotsOf = (optimisers: readonly Optimiser[]): string[] =>
  optimisers.flatMap(({ weights }) => weights.flatMap((name) => [name, `adam.m.${name}`, `adam.v.${name}`]));

export function weightUpdates(optimisers: readonly Optimiser[], values: Arrays): WeightUpdates[] {
  return optimisers.map(({ player, weights, rate, t, beta1, beta2 }) => {
    const [correction1, correction2] = adamCorrections(t, { beta1, beta2 });
    const byWeight: Record<string, number> = {};
    let [steps, sizes] = [0, 0];
    for (const name of weights) {
      const [w, m, v] = [name, `adam.m.${name}`, `adam.v.${name}`].map((one) => values[one] as TensorValues) as [
        TensorValues,
        TensorValues,
        TensorValues,
      ];
      let [step, size] = [0, 0];
      for (let i = 0; i < w.length; i++) {
        const moved =
          (rate * ((m[i] as number) / correction1)) / (Math.sqrt((v[i] as number) / correction2) + adamDefaults.epsilon);
        step += moved * moved;
        size += (w[i] as number) ** 2;
      }
      if (size > 0) byWeight[name] = Math.sqrt(step / size);
      steps += step;
      sizes += size;
    }
    return { player, ratio: sizes > 0 ? Math.sqrt(steps / sizes) : 0, byWeight };
  });
}
