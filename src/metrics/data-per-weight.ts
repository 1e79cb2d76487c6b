// The data's size against the model's capacity: how many numbers the data hold for each weight of the model, rows that repeat and columns that
// say nothing or say it twice not counted. A net with about as many weights as numbers can store them all (Zhang et al. 2017: 2n + d weights fit
// any n values at points of d dimensions), so below 1 it may copy instead of learn: watch authenticity and C_T. No more than a warning: what a net
// can do it need not do.
import { member } from '../base/family.ts';
import { idleColumns } from './columns.ts';
import { checkRows, toldOf, type DataMetric } from './data-metric.ts';
import { findDuplicates } from './duplicate-rows.ts';
import { lacking } from './sample-metric.ts';

export const dataPerWeight = member({
  id: 'data-per-weight',
  title: 'Data a weight',
  summary: 'numbers in the data for each weight of the model; below 1 it can store them all',
  formula: 'distinct rows × distinct columns that vary / weights',
  paper: 'Zhang et al. 2017, arXiv 1611.03530',
  params: {},
  make: (): DataMetric => (data) => {
    checkRows(data);
    const { rows, parameters } = data;
    if (!parameters) throw lacking('data a weight', 'a model whose weights are counted');
    const { constant, repeated } = idleColumns(rows);
    const columns = rows.cols - constant.length - repeated.length;
    const distinct = findDuplicates(rows).distinct.length;
    const value = (distinct * columns) / parameters;
    const small = value < 1 ? 'the model has more weights than the data have numbers: it can store every row' : undefined;
    return {
      value,
      unit: 'ratio',
      rows: rows.rows,
      beside: [
        { title: 'distinct rows', value: distinct, unit: 'count' },
        { title: 'columns that vary', value: columns, unit: 'dimensions' },
      ],
      ...toldOf(data, small),
    };
  },
});
