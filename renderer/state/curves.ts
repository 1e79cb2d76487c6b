// From reports to the curves of the inspector: the negative ELBO, reconstruction and KL of the training batches and of the held-out rows, and
// whatever other loss parts a model reports.
import type { ReportRecord } from '../../src/protocol/records.ts';
import type { Curve } from '../charts/scale.ts';
import { title } from './words.ts';

export interface CurveChart {
  readonly id: string;
  /** Unit included. */
  readonly title: string;
  readonly training: Curve;
  readonly heldOut?: Curve;
}

const wellKnown: Readonly<Record<string, string>> = {
  loss: 'Negative ELBO, nats',
  reconstruction: 'Reconstruction, nats',
  kl: 'KL, nats',
};
const first = Object.keys(wellKnown);

export function curvesOf(reports: readonly ReportRecord[]): CurveChart[] {
  const names = new Set(reports.flatMap(({ losses }) => Object.keys(losses)));
  const ordered = [...first.filter((name) => names.has(name)), ...[...names].filter((name) => !first.includes(name))];
  return ordered.map((name) => {
    const training = curve('training', reports, ({ losses }) => losses[name]);
    const heldOut = curve('held out', reports, ({ heldOut }) => {
      if (!heldOut) return undefined;
      return name === 'loss'
        ? heldOut.elbo === undefined
          ? undefined
          : -heldOut.elbo
        : name === 'reconstruction' || name === 'kl'
          ? heldOut[name]
          : undefined;
    });
    return { id: name, title: wellKnown[name] ?? title(name), training, ...(heldOut.steps.length > 0 ? { heldOut } : {}) };
  });
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
