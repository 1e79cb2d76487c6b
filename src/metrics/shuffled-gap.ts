// Does the decoder listen to codes at all? What a row loses, in nats, when it is drawn from another row's code instead of its own: 0 where the
// decoder ignores z, whatever KL and active units say. Each row is compared with itself, so the error is that of a mean of differences; the
// codes of other rows are the same set in another order, of which the error says nothing.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { DecoderMetric } from './decoder-metric.ts';
import type { Measured } from './metric.ts';

/** `own`, `other`: -ln p(x|z) of each row at its own code and at another row's, nats. */
export function measureShuffledGap(own: Float32Array, other: Float32Array): Measured & { readonly error: number } {
  if (own.length !== other.length || own.length < 2)
    throw new KarstError('usage', `the gap compares two rows or more with themselves, got ${own.length} and ${other.length}`);
  const rows = own.length;
  const values = own.map((nats, i) => (other[i] as number) - nats);
  const value = values.reduce((sum, one) => sum + one, 0) / rows;
  const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
  const error = Math.sqrt(squares / (rows - 1) / rows);
  return {
    value,
    unit: 'nats',
    error,
    beside: [{ title: 'standard error', value: error, unit: 'nats' }],
    perPoint: [{ of: 'heldOut', title: "nats lost with another row's code", values }],
    rows,
  };
}

export const shuffledGap = member({
  id: 'shuffled-gap',
  title: 'Gap of shuffled codes',
  summary: "nats that a row loses with another row's code; below 0.1 the decoder ignores codes",
  formula: 'gap = mean_i [ln p(x_i|z_i) − ln p(x_i|z_π(i))], z_i ~ q(z|x_i), π without fixed points',
  params: {},
  make: (): DecoderMetric => (findings) => {
    const { distortions } = findings;
    if (!distortions)
      throw new KarstError(
        'unsupported',
        "shuffled-gap needs rows drawn from their own and from others' codes, and there are none",
      );
    return measureShuffledGap(distortions.own, distortions.other);
  },
});
