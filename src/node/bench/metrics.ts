// `npm run bench -- metrics`: precision, recall, density and coverage of Naeem et al.'s example (10,000 and 10,000 standard normal points of 1,000
// dimensions), its time, memory and how far its figures swing with the draw; then every metric of samples and of data at a usual size.
import { throwIfCancelled } from '../../base/errors.ts';
import { matrix, type Matrix } from '../../base/matrix.ts';
import { Rng } from '../../base/rng.ts';
import { dataMetrics } from '../../metrics/data-metrics.ts';
import type { Measured } from '../../metrics/metric.ts';
import { precisionRecall } from '../../metrics/precision-recall.ts';
import { sampleMetrics } from '../../metrics/sample-metrics.ts';
import { sampleReference, sampleSets } from '../../metrics/sample-sets.ts';

export interface MetricsBench {
  readonly published: readonly {
    readonly seed: number;
    readonly precision: number;
    readonly recall: number;
    readonly density: number;
    readonly coverage: number;
    readonly seconds: number;
    readonly peakMiB: number;
  }[];
  readonly metrics: readonly { readonly id: string; readonly value: number; readonly seconds: number }[];
}

export interface MetricsBenchOptions {
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Points of each side of the published example, and their dimensions. */
  readonly published?: { readonly rows: number; readonly dims: number; readonly seeds: readonly number[] };
  /** Rows of each set that the metrics are timed on. */
  readonly rows?: number;
}

const PUBLISHED = { rows: 10_000, dims: 1000, seeds: [1, 2, 3] };
const FEATURES = 50;
const CLASSES = 10;

const normals = (rows: number, cols: number, rng: Rng): Matrix =>
  matrix(rows, cols, rng.fillNormal(new Float32Array(rows * cols)));

export async function benchMetrics({
  onLine,
  signal,
  published = PUBLISHED,
  rows = 10_000,
}: MetricsBenchOptions = {}): Promise<MetricsBench> {
  const search = signal ? { signal } : {};
  const timed = async <T>(run: () => T): Promise<{ readonly made: T; readonly seconds: number }> => {
    await new Promise((resolve) => setImmediate(resolve)); // an interrupt is heard between turns of the event loop
    throwIfCancelled(signal);
    const startMs = performance.now();
    const made = run();
    return { made, seconds: (performance.now() - startMs) / 1000 };
  };

  const figures: MetricsBench['published'][number][] = [];
  for (const seed of published.seeds) {
    throwIfCancelled(signal);
    const rng = Rng.fromSeed(seed);
    const real = normals(published.rows, published.dims, rng.stream('real'));
    const fake = normals(published.rows, published.dims, rng.stream('fake'));
    let peak = 0;
    const onProgress = (): void => void (peak = Math.max(peak, process.memoryUsage().rss));
    const { made, seconds } = await timed(() => precisionRecall(real, fake, 5, { ...search, onProgress }));
    const { precision, recall, density, coverage } = made;
    const peakMiB = peak / 2 ** 20;
    const scores = `P ${precision.toFixed(4)} R ${recall.toFixed(4)} D ${density.toFixed(4)} C ${coverage.toFixed(4)}`;
    onLine?.(
      `${published.rows} and ${published.rows} × ${published.dims}: ${scores} in ${seconds.toFixed(1)} s, ${peakMiB.toFixed(0)} MiB resident`,
    );
    figures.push({ seed, precision, recall, density, coverage, seconds, peakMiB });
  }

  const sets = madeUpSets(rows);
  const data = { rows: sets.train, labels: { of: sets.labels.train, names: sets.labels.names }, parameters: 1_000_000 };
  const rng = Rng.fromSeed(1);
  // Sets of its own for each: what one metric searched would be another's for nothing.
  const runs = [
    ...sampleMetrics.members.map(({ id, make }) => ({
      id,
      run: (): Measured => make()(sampleSets(sampleReference(sets), sets.fake, sets.rawFake), rng, search),
    })),
    ...dataMetrics.members.map(({ id, make }) => ({ id, run: (): Measured => make()(data, rng, search) })),
  ];
  const metrics: MetricsBench['metrics'][number][] = [];
  for (const { id, run } of runs) {
    const { made, seconds } = await timed(run);
    onLine?.(`${id}: ${made.value.toPrecision(4)} in ${seconds.toFixed(2)} s (${rows} × ${FEATURES})`);
    metrics.push({ id, value: made.value, seconds });
  }
  return { published: figures, metrics };
}

/** Ten Gaussians round random places, their modes told apart in the plane of the first two columns. */
function madeUpSets(rows: number) {
  const rng = Rng.fromSeed(1);
  const places = rng.stream('places').fillNormal(new Float32Array(CLASSES * FEATURES));
  const draw = (name: string): Matrix => {
    const made = normals(rows, FEATURES, rng.stream(name));
    for (let at = 0; at < made.data.length; at++) {
      const place = (Math.floor(at / FEATURES) % CLASSES) * FEATURES + (at % FEATURES);
      made.data[at] = 0.5 * (made.data[at] as number) + (places[place] as number);
    }
    return made;
  };
  const rawFake = matrix(rows, 2);
  const fake = draw('fake');
  for (let i = 0; i < rows; i++) rawFake.data.set(fake.data.subarray(i * FEATURES, i * FEATURES + 2), 2 * i);
  const means = Float64Array.from({ length: 2 * CLASSES }, (_, at) => places[(at >> 1) * FEATURES + (at & 1)] as number);
  const labels = {
    train: Int32Array.from({ length: rows }, (_, i) => i % CLASSES),
    names: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
  };
  return { real: draw('real'), train: draw('train'), fake, rawFake, labels, modes: { means, sd: 0.5 } };
}
