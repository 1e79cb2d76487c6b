// Which classes of the data do samples belong to? A sample is of the class that its nearest training rows vote for, confident where their share is
// above 0.9 (with five of them: all). A class is covered by one confident sample; with p_c their shares and q_c those of the training rows,
//   reverse KL = Σ_c p_c ln(p_c / q_c).
// Digits without nines still cover ten classes, by fours taken for nines: the rarest class beside its due tells it.
// Stands in for the classifier of the literature (Srivastava et al. 2017): it needs no training, and knows as little as the features do.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { takeRows, type Matrix } from '../base/matrix.ts';
import { nearestTo, type SearchOptions } from '../base/neighbours.ts';
import { lacking, told, type SampleMetric } from './sample-metric.ts';

export interface ClassVotes {
  /** The class that most of a row's neighbours have, the lowest of equals. */
  readonly winner: Int32Array;
  /** Its share of the votes. */
  readonly confidence: Float32Array;
}

/** Rows of `train` without a class (-1) have no vote. */
export function classVotes(
  train: Matrix,
  labels: Int32Array,
  classes: number,
  queries: Matrix,
  k: number,
  options?: SearchOptions,
): ClassVotes {
  const labelled = Array.from(labels.keys()).filter((i) => (labels[i] as number) >= 0);
  if (labelled.length === 0) throw new KarstError('usage', 'classes are told by training rows that have one, and none has');
  const found = nearestTo(takeRows(train, labelled), queries, k, options);
  const winner = new Int32Array(queries.rows);
  const confidence = new Float32Array(queries.rows);
  const votes = new Int32Array(classes);
  for (let i = 0; i < queries.rows; i++) {
    votes.fill(0);
    for (let at = i * found.k; at < (i + 1) * found.k; at++) {
      const label = labels[labelled[found.indices[at] as number] as number] as number;
      votes[label] = (votes[label] as number) + 1;
    }
    const most = votes.reduce((best, count) => Math.max(best, count), 0);
    winner[i] = votes.indexOf(most);
    confidence[i] = most / found.k;
  }
  return { winner, confidence };
}

/** One stray vote makes a class covered: below so much of its due it is told as well. */
const RARE = 0.25;

const listed = (names: readonly string[]): string =>
  `${names.length === 1 ? 'class' : 'classes'} ${names.slice(0, 20).join(', ')}${names.length > 20 ? ' …' : ''}`;

export const classCoverage = member({
  id: 'class-coverage',
  title: 'Classes covered',
  summary: 'classes that samples surely belong to, by votes of the nearest training rows',
  formula: '#{ c : ∃ j with vote share of c among y_j’s k nearest training rows > 0.9 }',
  paper: 'Srivastava et al. 2017, arXiv 1705.07761',
  params: {
    nearest: { kind: 'int', default: 5, min: 1, max: 100, help: 'training rows that vote' },
    confidence: { kind: 'float', default: 0.9, min: 0.1, max: 0.999, help: 'share of the votes above which a sample counts' },
  },
  make:
    ({ nearest, confidence }): SampleMetric =>
    (sets, _rng, options) => {
      const { labels, train, fake } = sets;
      if (!labels) throw lacking('class coverage', 'classes');
      const classes = labels.names.length;
      const votes = classVotes(train, labels.train, classes, fake, nearest, options);
      const sure = Float32Array.from(votes.winner, (label, i) => ((votes.confidence[i] as number) > confidence ? label : -1));
      const [drawn, known] = [sure, labels.train].map((of) => {
        const counts = new Float64Array(classes);
        for (const label of of) if (label >= 0) counts[label] = (counts[label] as number) + 1;
        return counts;
      }) as [Float64Array, Float64Array];
      const sum = (counts: Float64Array): number => counts.reduce((total, count) => total + count, 0);
      const confident = sum(drawn);
      const present = Array.from(known.keys()).filter((label) => (known[label] as number) > 0);
      /** Of a class: its share of the confident samples over its share of the training rows. */
      const dues = present.map(
        (label) => ((drawn[label] as number) * sum(known)) / (Math.max(1, confident) * (known[label] as number)),
      );
      let reverseKlNats = 0;
      present.forEach((label, i) => {
        if (drawn[label]) reverseKlNats += (drawn[label] / confident) * Math.log(dues[i] as number);
      });
      const namesWhere = (holds: (due: number) => boolean): string[] =>
        present.filter((_, i) => holds(dues[i] as number)).map((label) => labels.names[label] as string);
      const missing = namesWhere((due) => due === 0);
      const rare = namesWhere((due) => due > 0 && due < RARE);
      return {
        value: present.length - missing.length,
        unit: 'count',
        cap: present.length,
        expected: present.length,
        rows: fake.rows,
        beside: [
          { title: 'confident samples', value: confident / fake.rows, unit: 'share' },
          { title: 'rarest class, share over its due', value: Math.min(...dues), unit: 'ratio' },
          ...(confident > 0 ? [{ title: 'KL from the training rows’ shares', value: reverseKlNats, unit: 'nats' } as const] : []),
        ],
        perPoint: [{ of: 'samples', title: 'class of a confident sample, −1 of others', values: sure }],
        ...told(
          sets,
          `classes by the votes of ${nearest} training rows, so that a confidence is a multiple of 1/${nearest}`,
          missing.length > 0 ? `no confident sample of ${listed(missing)}` : undefined,
          rare.length > 0 ? `less than a quarter of what is due of ${listed(rare)}` : undefined,
        ),
      };
    },
});
