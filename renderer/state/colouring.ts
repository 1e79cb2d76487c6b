// From a map's columns to the colour of each point, and to the legend that says what the colours mean.
import type { MapRecord } from '../../src/protocol/records.ts';
import type { SurveyRecord } from '../../src/protocol/survey.ts';
import { toHex } from '../scene/colour.ts';
import { labelColour, labelColours, limitsOf, valueColour, valueColours } from '../scene/palette.ts';

const colourings = ['label', 'reconstruction', 'kl', 'sample'] as const;
/** `sample`: how far off the nearest sample is. */
export type Colouring = (typeof colourings)[number];

interface LabelEntry {
  readonly label: number;
  readonly name: string;
  readonly colour: string;
  readonly count: number;
}

export type Legend =
  | { readonly kind: 'labels'; readonly entries: readonly LabelEntry[] }
  | {
      readonly kind: 'values';
      readonly words: string;
      readonly low: number;
      readonly high: number;
      readonly stops: readonly string[];
      /** The metric that tells the same of all rows at once. */
      readonly metric?: string;
    }
  | { readonly kind: 'none' };

/** How far a row is from what the model makes of its code: an error of the likelihood, or, without a bound, a residual alone. */
export const errorWord = (hasBound: boolean): string => (hasBound ? 'Reconstruction error' : 'Residual');
export const colouringWords = (hasBound: boolean): Readonly<Record<Colouring, string>> => ({
  label: 'label',
  reconstruction: errorWord(hasBound).toLowerCase(),
  kl: 'KL',
  sample: 'distance to the nearest sample',
});

/** In the legend, unit included: a row's own surroundings are the measure, so that 1 is as near as the data are to each other. */
const valueWords = (hasBound: boolean): Readonly<Record<Exclude<Colouring, 'label'>, string>> => ({
  reconstruction: `${errorWord(hasBound)}, nats`,
  kl: 'KL, nats',
  sample: 'Distance to the nearest sample, in that to the fifth nearest row',
});

const valuesOf = (map: MapRecord, survey: SurveyRecord | undefined): Readonly<Record<Exclude<Colouring, 'label'>, Float32Array | undefined>> => ({ reconstruction: map.reconstruction, kl: map.kl, sample: survey?.distance }); // prettier-ignore

/** The colourings that this map, and the survey of it, have columns for. */
export function colouringsOf(map: MapRecord, survey?: SurveyRecord): Colouring[] {
  const values = valuesOf(map, survey);
  return colourings.filter((name) => (name === 'label' ? map.labels : values[name]) !== undefined);
}

/** The colouring asked for, or the first that the map has. */
export function colouringOf(map: MapRecord, asked: Colouring, survey?: SurveyRecord): Colouring | undefined {
  const possible = colouringsOf(map, survey);
  return possible.includes(asked) ? asked : possible[0];
}

/** `survey`: of this very map, where there is one. */
export function paint(
  map: MapRecord,
  asked: Colouring,
  dark: boolean,
  hasBound = true,
  survey?: SurveyRecord,
): { colours: Uint8Array; legend: Legend } {
  const colouring = colouringOf(map, asked, survey);
  if (colouring === undefined)
    return { colours: labelColours(new Int32Array(map.count).fill(0), dark), legend: { kind: 'none' } };
  if (colouring === 'label') {
    const labels = map.labels as Int32Array;
    return { colours: labelColours(labels, dark), legend: { kind: 'labels', entries: entriesOf(labels, map.labelNames, dark) } };
  }
  const values = valuesOf(map, survey)[colouring] as Float32Array;
  const [low, high] = limitsOf(values);
  const stops = Array.from({ length: 12 }, (_, i) => toHex(valueColour(i / 11, dark)));
  return {
    colours: valueColours(values, dark, [low, high]),
    legend: {
      kind: 'values',
      words: valueWords(hasBound)[colouring],
      low,
      high,
      stops,
      ...(colouring === 'sample' ? { metric: 'coverage' } : {}),
    },
  };
}

/** The word that all names begin with (“mode ” of “mode 7”), where there are several; it need not be said again with each. */
export function commonWord(names: readonly string[]): string {
  const [word] = /^\D+ (?=\S+$)/.exec(names[0] ?? '') ?? [''];
  return names.length > 2 && names.every((name) => name.startsWith(word)) ? word : '';
}

function entriesOf(labels: Int32Array, names: readonly string[] | undefined, dark: boolean): LabelEntry[] {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([p], [q]) => (p < 0 ? 1 : q < 0 ? -1 : p - q)) // those without a label last
    .map(([label, count]) => ({
      label,
      name: label < 0 ? 'no label' : (names?.[label] ?? String(label)),
      colour: toHex(labelColour(label, dark)),
      count,
    }));
}

/** 0 hides a point; undefined where all are shown. */
export function visibleMask(map: MapRecord, hidden: ReadonlySet<number>): Uint8Array | undefined {
  const { labels } = map;
  if (hidden.size === 0 || !labels) return undefined;
  return Uint8Array.from(labels, (label) => (hidden.has(label) ? 0 : 1));
}
