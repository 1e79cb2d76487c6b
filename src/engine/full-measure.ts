// Every metric that can be measured of a run: of its posteriors, of its samples beside the data, of the data themselves. What a metric lacks (labels,
// known modes, enough rows) leaves that one out, and the others as they are.
import { KarstError } from '../base/errors.ts';
import type { Family } from '../base/family.ts';
import type { Rng } from '../base/rng.ts';
import type { DataRows } from '../metrics/data-metric.ts';
import { dataMetrics } from '../metrics/data-metrics.ts';
import type { Measured, Posteriors } from '../metrics/metric.ts';
import { metrics } from '../metrics/metrics.ts';
import type { SampleSets } from '../metrics/sample-metric.ts';
import { sampleMetrics } from '../metrics/sample-metrics.ts';
import type { MetricRecord } from '../protocol/records.ts';
import type { DataSigns, MemorySigns } from '../protocol/signs.ts';

export interface Measurable {
  /** Where codes are judged: models with a bound. */
  readonly posteriors?: Posteriors;
  readonly sets?: SampleSets;
  readonly data?: DataRows;
}

export interface MeasureOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** Lets the host's other work run between metrics. */
  readonly breathe?: () => Promise<void>;
}

export type Metrics = Readonly<Record<string, MetricRecord>>;

export async function measureAll(
  { posteriors, sets, data }: Measurable,
  rng: Rng,
  options: MeasureOptions = {},
): Promise<Metrics> {
  const { signal, onProgress, breathe } = options;
  const search = signal ? { signal } : {};
  const all = <Made>(family: Family<Made>, run: (metric: Made, rng: Rng) => Measured) =>
    family.members.map(({ id, make }) => ({ id, measure: () => run(make(), rng.stream(id)) }));
  const tasks = [
    ...(posteriors ? all(metrics, (metric, own) => metric(posteriors, own)) : []),
    ...(sets ? all(sampleMetrics, (metric, own) => metric(sets, own, search)) : []),
    ...(data ? all(dataMetrics, (metric, own) => metric(data, own, search)) : []),
  ];
  const found: Record<string, MetricRecord> = {};
  for (const [i, { id, measure }] of tasks.entries()) {
    try {
      found[id] = recordOf(measure());
    } catch (thrown) {
      if (!(thrown instanceof KarstError && (thrown.code === 'unsupported' || thrown.code === 'usage'))) throw thrown;
    }
    onProgress?.((i + 1) / tasks.length);
    await breathe?.();
  }
  return found;
}

/** Rows stay behind: they are many, and a person asks for them on the map. */
function recordOf({ value, unit, cap, expected, rows, notes, beside, perDimension }: Measured): MetricRecord {
  return {
    value,
    unit,
    rows,
    ...(cap === undefined ? {} : { cap }),
    ...(expected === undefined ? {} : { expected }),
    ...(notes ? { notes } : {}),
    ...(beside ? { beside } : {}),
    ...(perDimension ? { perDimension: Array.from(perDimension) } : {}),
  };
}

/** What the metrics say of copying; nothing where samples were not measured. */
export function memorySigns(found: Metrics): MemorySigns | undefined {
  const [copying, replicas, authentic] = ['data-copying', 'nearest-training-ratio', 'authenticity'].map((id) => found[id]);
  if (!copying && !replicas && !authentic) return undefined;
  const of = (metric: MetricRecord): { share: number; expected: number } => ({
    share: metric.value,
    expected: metric.expected ?? 0,
  });
  return {
    ...(copying ? { dataCopying: copying.value } : {}),
    ...(replicas ? { replicas: of(replicas) } : {}),
    ...(authentic ? { copied: { share: 1 - authentic.value, expected: 1 - (authentic.expected ?? 0.5) } } : {}),
  };
}

export function dataSigns(
  found: Metrics,
  rows: number,
  classes?: { readonly of: Int32Array; readonly count: number },
): DataSigns {
  const repeated = found['repeated-rows'];
  const counts = new Float64Array(classes?.count ?? 0);
  for (const label of classes?.of ?? []) if (label >= 0) counts[label] = (counts[label] as number) + 1;
  const total = counts.reduce((sum, one) => sum + one, 0);
  return {
    rows,
    ...(repeated ? { duplicateShare: repeated.value } : {}),
    ...(total > 0 ? { classShares: Array.from(counts, (count) => count / total) } : {}),
  };
}
