// The list of metrics of data, before any training. Adding one is one file and one line here.
import { Family } from '../base/family.ts';
import { classBalance } from './class-balance.ts';
import { dataPerWeight } from './data-per-weight.ts';
import { effectiveDiversity } from './effective-diversity.ts';
import { repeatedRows } from './repeated-rows.ts';

export const dataMetrics = new Family('data-metric', [repeatedRows, classBalance, effectiveDiversity, dataPerWeight]);
