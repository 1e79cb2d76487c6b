// How evenly the classes share the rows: the perplexity of their shares over their number, 1 where all have the same, 1/K where one has all.
// A class with few rows is the first that a model loses.
import { member } from '../base/family.ts';
import { checkRows, toldOf, type DataMetric } from './data-metric.ts';
import { lacking } from './sample-metric.ts';

export const classBalance = member({
  id: 'class-balance',
  title: 'Class balance',
  summary: 'how evenly classes share the rows: 1 evenly, near 1/K where one has all',
  formula: 'balance = exp(−Σ_c q_c ln q_c) / K',
  params: {},
  make: (): DataMetric => (data) => {
    checkRows(data);
    const { labels, rows } = data;
    if (!labels) throw lacking('class balance', 'classes');
    const counts = new Float64Array(labels.names.length);
    for (const label of labels.of) if (label >= 0) counts[label] = (counts[label] as number) + 1;
    const labelled = counts.reduce((sum, count) => sum + count, 0);
    if (labelled === 0) throw lacking('class balance', 'a row with a class');
    const entropy = counts.reduce((sum, count) => (count > 0 ? sum - (count / labelled) * Math.log(count / labelled) : sum), 0);
    const [most, least] = [Math.max(...counts), Math.min(...counts.filter((count) => count > 0))];
    const empty = labels.names.filter((_, label) => counts[label] === 0);
    return {
      value: Math.exp(entropy) / counts.length,
      unit: 'share',
      expected: 1,
      rows: rows.rows,
      beside: [
        { title: 'largest class over smallest', value: most / least, unit: 'ratio' },
        { title: 'rows without a class', value: 1 - labelled / rows.rows, unit: 'share' },
      ],
      ...toldOf(
        data,
        empty.length > 0 ? `no row of ${empty.length === 1 ? 'class' : 'classes'} ${empty.slice(0, 20).join(', ')}` : undefined,
      ),
    };
  },
});
