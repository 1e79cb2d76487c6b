import { expect, test } from 'vitest';
import { benchMetrics } from '../../src/node/bench/metrics.ts';
import { dataMetrics } from '../../src/metrics/data-metrics.ts';
import { sampleMetrics } from '../../src/metrics/sample-metrics.ts';

test('the metrics bench measures the published example and every metric of samples and data', async () => {
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  const { published, metrics } = await benchMetrics({ onLine, published: { rows: 50, dims: 3, seeds: [1, 2] }, rows: 300 });
  expect(published.map(({ seed }) => seed)).toEqual([1, 2]);
  expect(published.every(({ coverage, peakMiB }) => coverage > 0.8 && peakMiB > 0)).toBe(true);
  expect(metrics.map(({ id }) => id)).toEqual([...sampleMetrics.members, ...dataMetrics.members].map(({ id }) => id));
  expect(metrics.every(({ value, seconds }) => Number.isFinite(value) && seconds > 0)).toBe(true);
  expect(lines).toHaveLength(2 + metrics.length);
  await expect(benchMetrics({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
});
