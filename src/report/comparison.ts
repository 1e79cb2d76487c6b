// Checkpoints side by side, of one run or of several: each figure with its difference from the first side, what the runs were asked differently, and
// what forbids a comparison. Figures of other data are never subtracted, nor nats of two likelihoods, nor a metric over other numbers of rows.
import type { ParamValues } from '../base/params.ts';
import type { FamilyRecord, MeasureRecord, MetricRecord } from '../protocol/records.ts';
import type { Better, ComparedFigure, ComparedSide, ComparisonRecord } from '../protocol/reports.ts';
import { betterOf, isBetter } from './better.ts';
import { groups, isNumber } from './figures.ts';
import { count, title as titled } from './words.ts';

export interface Side {
  readonly measure: MeasureRecord;
  /** Of the run as it is named. */
  readonly title: string;
  readonly dataset: ComparedSide['dataset'];
  readonly seed: number;
  readonly params: ParamValues;
}

interface Kind {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly better?: Better;
  readonly of: (measure: MeasureRecord) => Pick<MetricRecord, 'value' | 'unit' | 'expected' | 'rows'> | undefined;
  /** Hangs on the likelihood: its nats are measured in what a row's values are taken for. */
  readonly isOfLikelihood?: boolean;
}

/** What a likelihood and its scale are called among parameters: nats under one say nothing of nats under another. */
const LIKELIHOOD = /^(likelihood\.|model\.likelihood$)/;
/** What the held-out rows hang on, beside the data. */
const HELD_OUT = 'train.heldOut';

export function compare(sides: readonly Side[], families: readonly FamilyRecord[]): ComparisonRecord {
  const [first] = sides as readonly [Side, ...Side[]];
  const differ = <Value>(of: (side: Side) => Value): boolean => sides.some((side) => of(side) !== of(first));
  const isOtherData = differ(({ dataset }) => dataset.fingerprint);
  const isOtherLikelihood = differ(({ params }) => likelihoodOf(params));
  const isOtherRows = differ(({ seed }) => seed) || differ(({ params }) => params[HELD_OUT]);
  const caveats = [
    ...(isOtherData
      ? [
          `Not comparable: the runs saw different data (${sides.map(({ title, dataset }) => `${title}: ${dataset.title}, fingerprint ${dataset.fingerprint}`).join('; ')}). Figures stand side by side, without differences.`,
        ]
      : []),
    ...(isOtherLikelihood && !isOtherData
      ? ['The likelihoods differ, and with them what a nat of reconstruction means: those figures are not subtracted.']
      : []),
    ...(isOtherRows && !isOtherData
      ? [
          'The seeds or the shares of held-out rows differ, so that other rows of the same data were held out, and the space in which samples are compared was fitted to others: small differences may come of that.',
        ]
      : []),
    ...(differ(({ measure }) => measure.heldOut.elbo === undefined)
      ? ['Some of the models have a bound and some have none: these share few figures.']
      : []),
  ];
  const kinds = [...facts, ...kindsOf(families)];
  const figures = kinds.flatMap((kind) => {
    const figure = figureOf(kind, sides, { isOtherData, isOtherLikelihood });
    return figure ? [figure] : [];
  });
  const names = [...new Set(sides.flatMap(({ params }) => Object.keys(params)))].sort();
  const params = names
    .map((name) => ({ name, values: sides.map((side) => side.params[name] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
  return { sides: sides.map((side) => sideOf(side, sides)), isComparable: !isOtherData, caveats, figures, params };
}

const likelihoodOf = (params: ParamValues): string =>
  JSON.stringify(Object.entries(params).filter(([name]) => LIKELIHOOD.test(name)));

/** Its title, with the step where the title alone would not tell it from another side. */
function sideOf({ measure, title, dataset, seed }: Side, sides: readonly Side[]): ComparedSide {
  const { run, step, model, heldOut, verdict } = measure;
  const isAmbiguous = sides.filter((side) => side.title === title).length > 1;
  const called = isAmbiguous ? `${title}, step ${count(step)}` : title;
  return { run, step, title: called, model, dataset, seed, heldOutRows: heldOut.rows, verdict };
}

const bound = (id: string, name: string, better: Better, of: (measure: MeasureRecord) => number | undefined): Kind => ({
  id,
  title: name,
  group: 'Held-out rows',
  better,
  isOfLikelihood: true,
  of: (measure) => {
    const value = of(measure);
    return value === undefined ? undefined : { value, unit: 'nats', rows: measure.heldOut.rows };
  },
});

/** Figures of the model as a whole that are not metrics of a family. */
const facts: readonly Kind[] = [
  bound('elbo', 'Held-out ELBO', 'more', ({ heldOut }) => heldOut.elbo),
  bound('reconstruction', 'Reconstruction', 'less', ({ heldOut }) => heldOut.reconstruction),
  bound('log-likelihood', 'Log-likelihood, at least', 'more', ({ logLikelihood }) => logLikelihood?.nats),
];

function kindsOf(families: readonly FamilyRecord[]): Kind[] {
  return Object.entries(groups).flatMap(([family, group]) =>
    (families.find(({ name }) => name === family)?.members ?? []).map(({ id, title = titled(id) }): Kind => {
      const better = betterOf[id];
      return {
        id,
        title,
        group,
        ...(better === undefined || better === 'neither' ? {} : { better }),
        of: ({ metrics }) => metrics[id],
        isOfLikelihood: id === 'shuffled-gap',
      };
    }),
  );
}

function figureOf(
  { id, title, group, better, of, isOfLikelihood = false }: Kind,
  sides: readonly Side[],
  { isOtherData, isOtherLikelihood }: { readonly isOtherData: boolean; readonly isOtherLikelihood: boolean },
): ComparedFigure | undefined {
  const found = sides.map(({ measure }) => of(measure));
  const numbers = (pick: (one: NonNullable<(typeof found)[number]>) => number | undefined): (number | null)[] =>
    found.map((one) => {
      const value = one && pick(one);
      return isNumber(value) ? value : null;
    });
  const values = numbers(({ value }) => value);
  const unit = found.find((one) => one !== undefined)?.unit;
  if (unit === undefined || values.every((value) => value === null)) return undefined;
  const expected = numbers(({ expected: real }) => real);
  const rows = new Set(found.flatMap((one) => (one ? [one.rows] : [])));
  const apart = isOtherData
    ? 'other data'
    : isOtherLikelihood && isOfLikelihood
      ? 'other likelihood'
      : rows.size > 1
        ? `over ${[...rows].map(count).join(' and ')} rows`
        : undefined;
  const [firstValue, firstExpected] = [values[0] ?? null, expected[0] ?? null];
  const isTold = (value: number | null, i: number): value is number => i > 0 && apart === undefined && value !== null;
  return {
    id,
    title,
    group,
    unit,
    ...(better === undefined ? {} : { better }),
    values,
    ...(expected.some((value) => value !== null) ? { expected } : {}),
    differences: values.map((value, i) => (isTold(value, i) && firstValue !== null ? value - firstValue : null)),
    isBetter: values.map((value, i) =>
      isTold(value, i) ? isBetter(better, firstValue, value, [firstExpected, expected[i] ?? null]) : null,
    ),
    ...(apart === undefined ? {} : { apart }),
  };
}
