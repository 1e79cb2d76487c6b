// A Cause is one way in which a model goes wrong. It judges what was measured, now and before, and says what speaks for it and what against;
// no single figure decides, because each can be fooled alone. How sure it is: the weight of the signs that speak for it among all it could see,
//   confidence = Σ_{i speaks for} w_i / Σ_i w_i.
import type { SignsRecord } from '../protocol/signs.ts';
import type { Circumstances } from './circumstances.ts';
import type { Cure } from './cure.ts';

/** What was measured at one step. */
export interface Moment {
  readonly step: number;
  /** Passes over the training rows; before the first, a model that looks collapsed may only be young. Infinity where nobody knows. */
  readonly epoch: number;
  /** Knobs in force, after schedules. */
  readonly knobs?: Readonly<Record<string, number>>;
  readonly signs: SignsRecord;
}

/** Figures that are measured seldom, of the data, of draws from the prior and of copying, hold until they are measured again. */
export function carrying(before: Pick<Moment, 'signs'> | undefined, { signs, ...seen }: Moment): Moment {
  const { memory, prior, data } = before?.signs ?? {};
  return { ...seen, signs: { ...(memory ? { memory } : {}), ...(prior ? { prior } : {}), ...(data ? { data } : {}), ...signs } };
}

export interface Sign {
  /** With its numbers: "a code says 0.41 nats about its row". */
  readonly text: string;
  readonly speaksFor: boolean;
  /** How much it counts beside the others; 1 where not told. */
  readonly weight?: number;
}

export interface Finding {
  readonly state: 'watch' | 'collapsed';
  /** What is the matter, for a designer, without a full stop: "only 3 of 20 dimensions carry the pictures". */
  readonly sentence: string;
  readonly signs: readonly Sign[];
  /** Looks running that it rests on; 1 where not told. */
  readonly looks?: number;
  /** The cause's own cures in another order, where what was seen asks for it. */
  readonly cures?: readonly Cure[];
}

export interface Cause {
  readonly id: string;
  readonly title: string;
  /** What it is and why it happens. */
  readonly summary: string;
  readonly paper: string;
  /** The last of `history` is now; nothing where the cause is not at work, or was not measured. */
  judge(history: readonly Moment[], about: Circumstances): Finding | undefined;
  /** What mends as the cause goes away, more is better: while it (or one of them) rises, a model is young rather than ill. */
  readonly health?: (signs: SignsRecord) => number | readonly number[] | undefined;
  /** Looks running that must find it before it is told, where it takes more than others. */
  readonly patience?: number;
  /** The first is what to try first. */
  readonly cures: readonly Cure[];
}

export function confidenceOf(signs: readonly Sign[]): number {
  const weigh = (some: readonly Sign[]): number => some.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return signs.length === 0 ? 0 : weigh(signs.filter(({ speaksFor }) => speaksFor)) / weigh(signs);
}

export const now = (history: readonly Moment[]): Moment | undefined => history.at(-1);

/** Two digits after the point while they matter. */
export function figure(value: number): string {
  return Math.abs(value) < 9.995 ? value.toFixed(2) : value.toFixed(1);
}

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** The sentence of the first that holds. */
export const first = (findings: readonly (readonly [holds: boolean, sentence: string])[]): string | undefined =>
  findings.find(([holds]) => holds)?.[1];
