// Authenticity (Alaa et al. 2022): a sample is authentic where it is farther from its nearest training row than that row is from its own nearest
// neighbour; nearer, the model may have copied it with a little noise. 0 for copies. Of fresh draws of the data it is not quite ½: 1/3 on a line, 0.56
// of digits, 0.62 of a mixture in 8 dimensions; so read the share beside that of held-out rows. Training rows count once each, however often they
// occur.
import { member } from '../base/family.ts';
import { takeRows, type Matrix } from '../base/matrix.ts';
import { nearestTo, type Neighbours, type SearchOptions } from '../base/neighbours.ts';
import { lacking, told, type SampleMetric } from './sample-metric.ts';

/** 1 where a query is authentic. `nearest`: of each query among the distinct `train`. */
function authentic(train: Matrix, nearest: Neighbours, options: SearchOptions = {}): Float32Array {
  const { rows, k, indices, distances } = nearest;
  const met = [...new Set(Array.from({ length: rows }, (_, i) => indices[i * k] as number))];
  // A row is the first of its own two nearest.
  const own = nearestTo(train, takeRows(train, met), 2, options);
  const reach = new Map(met.map((index, i) => [index, own.distances[2 * i + 1] as number]));
  return Float32Array.from({ length: rows }, (_, i) =>
    Number((distances[i * k] as number) > (reach.get(indices[i * k] as number) as number)),
  );
}

export const authenticity = member({
  id: 'authenticity',
  title: 'Authenticity',
  summary: 'samples that are no copies: farther from the nearest training row than it is from its neighbour',
  formula: 'authenticity = 1/M Σ_j [d(y_j, t*) > min_{t ≠ t*} d(t*, t)], t* the training row nearest to y_j',
  paper: 'Alaa et al. 2022, arXiv 2102.08921',
  params: {},
  make: (): SampleMetric => (sets, _rng, options) => {
    const { distinctTrain } = sets;
    if (distinctTrain.rows < 2) throw lacking('authenticity', 'two distinct training rows');
    const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const ofFake = authentic(distinctTrain, sets.searches.nearestTraining(2, options), options);
    return {
      value: mean(ofFake),
      unit: 'share',
      expected: mean(authentic(distinctTrain, sets.realSearches.nearestTraining(2, options), options)),
      rows: sets.fake.rows,
      perPoint: [{ of: 'samples', title: '1 where a sample is authentic, 0 where it may be a copy', values: ofFake }],
      ...told(sets),
    };
  },
});
