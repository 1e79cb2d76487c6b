// How many entries of a codebook are in use (van den Oord, Vinyals & Kavukcuoglu 2017): with p_k the share of entry k among the codes of all rows
// and slots, exp(−Σ_k p_k ln p_k) is K where all are used alike and 1 where one is used for everything. No more than the codes that were looked at
// can show. Of one slot's codes, or of whole rows', the same entropy says what they tell of their row: I(x; e) = H(e), as e hangs on x alone.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { ChosenCodes, Measured, Metric } from './metric.ts';

/** −Σ p ln p of counts, nats. */
export function entropyOf(counts: Iterable<number>): number {
  let [total, sum] = [0, 0];
  for (const count of counts) {
    if (count === 0) continue;
    total += count;
    sum += count * Math.log(count);
  }
  return total === 0 ? 0 : Math.max(0, Math.log(total) - sum / total);
}

/** Of the codes of whole rows, all slots together, nats: at most ln of the rows. */
export function jointEntropy({ chosen, slots }: Pick<ChosenCodes, 'chosen' | 'slots'>): number {
  const counts = new Map<string, number>();
  for (let at = 0; at < chosen.length; at += slots) {
    const name = chosen.subarray(at, at + slots).join();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return entropyOf(counts.values());
}

export interface CodeUse {
  readonly perplexity: number;
  /** Entries that some row chose. */
  readonly used: number;
  /** Codes looked at: rows times slots. */
  readonly choices: number;
}

export function codeUseOf({ chosen, codes }: Pick<ChosenCodes, 'chosen' | 'codes'>): CodeUse {
  const counts = new Float64Array(codes);
  for (const code of chosen) counts[code] = (counts[code] as number) + 1;
  return {
    perplexity: Math.exp(entropyOf(counts)),
    used: counts.filter((count) => count > 0).length,
    choices: chosen.length,
  };
}

export function measureCodePerplexity(codebook: ChosenCodes): Measured {
  const { perplexity, used, choices } = codeUseOf(codebook);
  const { codes, slots } = codebook;
  return {
    value: perplexity,
    unit: 'count',
    cap: Math.min(codes, choices),
    rows: choices / slots,
    beside: [
      { title: 'codes of the codebook', value: codes, unit: 'count' },
      { title: 'share of them that some row chose', value: used / codes, unit: 'share' },
    ],
  };
}

export const codePerplexity = member({
  id: 'code-perplexity',
  title: 'Perplexity of the codes',
  summary: 'entries of the codebook in use, as if all of them were used alike; below a tenth of the codebook most are dead',
  formula: 'exp(−Σ_k p_k ln p_k), p_k the share of entry k among the codes of all rows and slots',
  paper: 'van den Oord, Vinyals & Kavukcuoglu 2017, arXiv 1711.00937',
  params: {},
  make:
    (): Metric =>
    ({ codebook }) => {
      if (!codebook) throw new KarstError('unsupported', 'code-perplexity needs codes of a codebook, and this model has none');
      return measureCodePerplexity(codebook);
    },
});
