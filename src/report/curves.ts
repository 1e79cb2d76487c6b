// From reports to the curves of the inspector: scores of samples where a model is judged by them; the negative ELBO, reconstruction and KL of
// the training batches and of the held-out rows; and whatever other loss parts a model reports.
import type { HeldOutRecord, ReportRecord, SampleQualityRecord } from '../protocol/records.ts';
import type { Curve, Limits } from './scale.ts';
import { title } from './words.ts';

export interface CurveChart {
  readonly id: string;
  /** Unit included. */
  readonly title: string;
  readonly training: Curve;
  readonly heldOut?: Curve;
  /** Of the generator's weights as they are, where the other curve is of their average. */
  readonly raw?: Curve;
  /** What its values can be, where that is known. */
  readonly limits?: Limits;
}

const known: Readonly<Record<string, string>> = {
  loss: 'Negative ELBO, nats',
  reconstruction: 'Reconstruction, nats',
  kl: 'KL, nats',
  rt: 'Sign of overfitting, r_t',
};
const share: Limits = [0, 1];
const limitsOf: Readonly<Record<string, Limits>> = { discriminatorAccuracy: share, rt: [-1, 1], kl: [0, Infinity] };
const first = ['discriminatorAccuracy', 'loss', 'discriminatorLoss', 'reconstruction', 'kl'];

/** Scores of samples, where a model is judged by them: shares, but for the modes. */
const scores: readonly {
  readonly id: string;
  readonly title: string;
  readonly of: (samples: SampleQualityRecord) => number | undefined;
}[] = [
  { id: 'modes', title: 'Modes reached', of: ({ modes }) => modes?.captured },
  { id: 'coverage', title: 'Coverage of the rows', of: ({ coverage }) => coverage },
  { id: 'precision', title: 'Precision of the samples', of: ({ precision }) => precision },
];

export function curvesOf(reports: readonly ReportRecord[]): CurveChart[] {
  const names = new Set(reports.flatMap(({ losses }) => Object.keys(losses)));
  const ordered = [...first.filter((name) => names.has(name)), ...[...names].filter((name) => !first.includes(name))];
  const isGame = names.has('discriminatorLoss');
  const losses = ordered.map((name): CurveChart => {
    const training = curve('training', reports, ({ losses }) => losses[name]);
    const heldOut = curve('held out', reports, ({ heldOut }) => heldOut && heldOutOf(name, heldOut));
    const called = isGame && name === 'loss' ? 'Generator loss' : (known[name] ?? title(name));
    const limits = limitsOf[name];
    return { id: name, title: called, training, ...(heldOut.steps.length > 0 ? { heldOut } : {}), ...(limits ? { limits } : {}) };
  });
  const modes = reports.find(({ samples }) => samples?.modes)?.samples?.modes?.of;
  const scored = scores.map(({ id, title, of }): CurveChart => {
    const training = curve('average weights', reports, ({ samples }) => samples && of(samples));
    const raw = curve('raw weights', reports, ({ rawSamples }) => rawSamples && of(rawSamples));
    const limits: Limits = id === 'modes' ? [0, modes ?? Infinity] : share;
    return { id, title, training, limits, ...(raw.steps.length > 0 ? { raw } : {}) };
  });
  return [...scored.filter(({ training }) => training.steps.length > 0), ...losses];
}

function heldOutOf(name: string, { elbo, reconstruction, kl }: HeldOutRecord): number | undefined {
  if (name === 'loss') return elbo === undefined ? undefined : -elbo;
  return name === 'reconstruction' ? reconstruction : name === 'kl' ? kl : undefined;
}

function curve(name: string, reports: readonly ReportRecord[], valueOf: (report: ReportRecord) => number | undefined): Curve {
  const [steps, values]: [number[], number[]] = [[], []];
  for (const report of reports) {
    const value = valueOf(report);
    if (value === undefined) continue;
    steps.push(report.step);
    values.push(value);
  }
  return { name, steps, values };
}

export interface Dimension {
  readonly index: number;
  readonly klNats: number;
  readonly isDead: boolean;
}

/** Below this a dimension says nothing, where the count of active units is not known. */
const DEAD_BELOW_NATS = 0.01;

/** Dimensions, the most informative first; the last ones are dead, as many as the active units leave. */
export function dimensionsOf(klPerDimension: readonly number[], activeUnits: number | undefined): Dimension[] {
  const sorted = klPerDimension
    .map((klNats, index) => ({ index, klNats }))
    .sort((p, q) => q.klNats - p.klNats || p.index - q.index);
  return sorted.map((one, place) => ({
    ...one,
    isDead: activeUnits === undefined ? !(one.klNats >= DEAD_BELOW_NATS) : place >= activeUnits,
  }));
}
