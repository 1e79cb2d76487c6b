// What `measure` found, as rows of tables. Facts are of the model as a whole: a model has a bound or it has samples that were scored. Metrics
// stand in groups, each beside what real rows get; a fact that is also a metric is told once, as the metric.
import type { FamilyRecord, MeasureRecord, MetricRecord, ModesRecord, SampleQualityRecord } from '../protocol/records.ts';
import { count, figure, title } from './words.ts';

export type Fact = readonly [name: string, value: string];

export function figuresOf(measure: MeasureRecord): Fact[] {
  const { heldOut, logLikelihood, samples, rawSamples, mutualInformation: information, metrics } = measure;
  const nats = (value: number, digits: number): string => `${figure(value, digits)} nats`;
  const hasBound = heldOut.elbo !== undefined;
  const ofCodes: readonly (readonly [metric: string, ...Fact])[] = [
    ['active-units', 'Active units', `${measure.activeUnits} of ${measure.latentSize}`],
    ['effective-rank', 'Effective rank', figure(measure.effectiveRank, 3)],
    ['participation-ratio', 'Participation ratio', figure(measure.participationRatio, 3)],
    ['mutual-information', 'Mutual information', `${figure(information.nats, 3)} of ≤ ${nats(information.capNats, 3)}`],
  ];
  return [
    ...(heldOut.elbo === undefined ? [] : [['Held-out ELBO', nats(heldOut.elbo, 4)] as const]),
    [hasBound ? 'Reconstruction' : 'Residual', nats(heldOut.reconstruction, 4)],
    ...(heldOut.kl === undefined || metrics['kl'] ? [] : [['KL', nats(heldOut.kl, 3)] as const]),
    ...(logLikelihood ? [['Log-likelihood', `≥ ${nats(logLikelihood.nats, 4)}`] as const] : []),
    ...(samples ? qualityOf(samples, metrics) : []),
    ...(rawSamples ? qualityOf(rawSamples, {}).map(([name, value]): Fact => [`${name}, raw`, value]) : []),
    ...ofCodes.flatMap(([metric, ...fact]) => (metrics[metric] ? [] : [fact])),
  ];
}

/** Each score beside what real rows get in the samples' place. */
function qualityOf({ real: { mean }, modes, ...scores }: SampleQualityRecord, metrics: MeasureRecord['metrics']): Fact[] {
  const names = { coverage: 'Coverage', precision: 'Precision', recall: 'Recall', density: 'Density', covarianceRatio: 'Spread' };
  const scored = (Object.entries(names) as [keyof typeof names, string][])
    .filter(([key]) => !metrics[key === 'covarianceRatio' ? 'covariance-ratio' : key])
    .map(([key, name]): Fact => [name, `${figure(scores[key], 2)}, real ${figure(mean[key], 2)}`]);
  return [...(modes ? modesOf(modes) : []), ...scored];
}

const modesOf = ({ captured, of, highQuality, reverseKlNats }: ModesRecord): Fact[] => [
  ['Modes reached', `${captured} of ${of}`],
  ['Samples near a mode', `${figure(100 * highQuality, 2)} %`],
  ...(reverseKlNats === undefined ? [] : [['Reverse KL of the modes', `${figure(reverseKlNats, 2)} nats`] as const]),
];

export interface MetricRow {
  readonly id: string;
  readonly title: string;
  /** With its unit, and of how much where it cannot be more. */
  readonly value: string;
  /** What real rows get in the samples' place. */
  readonly expected?: string;
  readonly summary?: string;
  readonly formula?: string;
  readonly paper?: string;
  /** Over what it was measured, what is read beside it, what one must know. */
  readonly notes: readonly string[];
}

export interface MetricGroup {
  readonly title: string;
  readonly rows: readonly MetricRow[];
}

export const groups = {
  metric: 'Latent space',
  'decoder-metric': 'Decoder',
  'training-metric': 'Training',
  'sample-metric': 'Samples',
  'data-metric': 'Data',
} as const;

/** In the order of the families; a metric without a number (a line of text carries NaN as null) is not shown, nor an empty group. */
export function metricGroups({ metrics }: Pick<MeasureRecord, 'metrics'>, families: readonly FamilyRecord[]): MetricGroup[] {
  const left = new Map(Object.entries(metrics).filter(([, { value }]) => isNumber(value)));
  const take = (id: string): MetricRecord | undefined => {
    const metric = left.get(id);
    left.delete(id);
    return metric;
  };
  const known = Object.entries(groups).map(([family, title]) => ({
    title,
    rows: (families.find(({ name }) => name === family)?.members ?? []).flatMap((member) => {
      const metric = take(member.id);
      return metric ? [rowOf(member, metric)] : [];
    }),
  }));
  // An engine that is newer than the page.
  const others = { title: 'Others', rows: [...left].map(([id, metric]) => rowOf({ id, title: title(id) }, metric)) };
  return [...known, others].filter(({ rows }) => rows.length > 0);
}

function rowOf(about: Omit<MetricRow, 'value' | 'expected' | 'notes'>, metric: MetricRecord): MetricRow {
  const { id, title, summary, formula, paper } = about;
  const { value, unit, cap, expected, rows, beside = [], notes = [] } = metric;
  return {
    id,
    title,
    value: isNumber(cap) ? capped(value, cap, unit) : withUnit(value, unit),
    ...(isNumber(expected) ? { expected: bare(expected, unit) } : {}),
    ...(summary ? { summary } : {}),
    ...(formula ? { formula } : {}),
    ...(paper ? { paper } : {}),
    notes: [
      `over ${count(rows)} rows`,
      ...beside.filter(({ value }) => isNumber(value)).map((one) => `${one.title}: ${withUnit(one.value, one.unit)}`),
      ...notes,
    ],
  };
}

export const isNumber = (value: number | null | undefined): value is number => typeof value === 'number' && !Number.isNaN(value);

/** Units that say no more than the title does. */
const silent: ReadonlySet<string> = new Set(['count', 'correlation']);
const after: Readonly<Record<string, string>> = { share: '%', ratio: '×', 'z-score': 'sd' };

/** A whole number as it is, others to three digits; a share in hundredths. */
export const bare = (value: number, unit: string): string => (unit === 'share' ? `${figure(100 * value)} %` : figure(value));

export const withUnit = (value: number, unit: string): string =>
  unit === 'share' || silent.has(unit) ? bare(value, unit) : `${bare(value, unit)} ${after[unit] ?? unit}`;

/** Of a number of things there are so many; another value can only not be more. */
const capped = (value: number, cap: number, unit: string): string =>
  Number.isInteger(cap) ? `${figure(value)} of ${withUnit(cap, unit)}` : `${figure(value)} of ≤ ${withUnit(cap, unit)}`;
