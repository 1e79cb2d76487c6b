// What of a survey is drawn, in words a designer understands, and the arrays of each layer for the scene; the metric that a layer is a picture of
// holds its number, formula and paper.
import type { MapRecord } from '../../src/protocol/records.ts';
import type { SurveyRecord } from '../../src/protocol/survey.ts';
import { count, figure } from '../../src/report/words.ts';
import { parseColour } from '../scene/colour.ts';
import type { Sinkhole, SurveyDrawing, SurveyOutline } from '../scene/landscape-api.ts';

export const layerIds = ['samples', 'uncovered', 'modes', 'repeats', 'copies', 'sinkholes', 'holes'] as const;
export type LayerId = (typeof layerIds)[number];

export interface SurveyLayerEntry {
  readonly id: LayerId;
  /** What one sees, and what it stands for. */
  readonly words: string;
  readonly amount: string;
  /** The metric that it shows. */
  readonly metric: string;
  /** Nothing that the verdict would call amiss. */
  readonly isUsual: boolean;
}

const percent = (share: number): string => `${figure(100 * share, 2)} %`;
const countOf = (values: Uint8Array, wanted: number): number => values.reduce((sum, one) => sum + Number(one === wanted), 0);

/** Draws from the prior far from every row's code: above this share samples will be off. */
const MANY_HOLES = 0.1;
/** Causes that are of codes, and tell of samples all the same. */
const TELLING_OF_SAMPLES: ReadonlySet<string> = new Set(['prior-mismatch', 'memorisation']);

/**
 * Whether the verdict hears samples: that of a model with a bound is of its codes, unless a cause tells of samples. Where it does not, samples
 * that look like nothing are no collapse, and do not carry its colour.
 */
export const hearsSamples = ({ hasBound }: SurveyRecord, causes: readonly string[]): boolean =>
  !hasBound || causes.some((cause) => TELLING_OF_SAMPLES.has(cause));

/** What a map must say that shows poor samples beside a verdict that does not hear them. */
export function unheardWords(survey: SurveyRecord, causes: readonly string[]): string | undefined {
  if (hearsSamples(survey, causes) || causes.length > 0 || !survey.isOff) return undefined;
  return survey.emptyShare > MANY_HOLES
    ? `No collapse: the verdict is of the codes. Samples start from the prior, and ${percent(survey.emptyShare)} of it lies far from every row’s code.`
    : 'No collapse: the verdict is of the codes. Samples start from the prior, and the decoder does not draw them well.';
}

/** The layers that this run has, `causes` being those of its verdict. */
export function layersOf(survey: SurveyRecord, causes: readonly string[]): SurveyLayerEntry[] {
  const { figures, covered, kinds, modes } = survey;
  const isHeard = hearsSamples(survey, causes);
  const [bare, seen] = [countOf(covered, 0), covered.length - countOf(covered, 255)];
  const dropped = modes.filter(({ state }) => state === 'dropped').length;
  const [off, copied] = [countOf(kinds, 1), countOf(kinds, 2)];
  const shareOf = (metric: string): number => figures[metric]?.value ?? 0;
  const isBelow = (metric: string): boolean => shareOf(metric) <= 2 * (figures[metric]?.expected ?? 0);
  const modeMetric = figures['mode-coverage'] ? 'mode-coverage' : 'class-coverage';
  const [one, many] = modeMetric === 'mode-coverage' ? ['mode', 'modes'] : ['class', 'classes'];
  const all: (SurveyLayerEntry & { readonly has: boolean })[] = [
    {
      id: 'samples',
      words: off === 0 ? 'Samples that are drawn' : isHeard ? 'Samples, lit: like no row' : 'Samples, faint: like no row',
      amount: off > 0 ? `${percent(off / kinds.length)}` : count(kinds.length),
      metric: 'precision',
      isUsual: !isHeard || !survey.isOff,
      has: kinds.length > 0,
    },
    {
      id: 'uncovered',
      words: 'Rows no sample comes near',
      amount: percent(bare / Math.max(1, seen)),
      metric: 'coverage',
      isUsual: !isHeard || !survey.isSparse,
      has: seen > 0,
    },
    {
      id: 'modes',
      words: dropped > 0 ? `${one === 'mode' ? 'Modes' : 'Classes'} never drawn` : `Every ${one} is drawn`,
      amount: `${dropped} of ${modes.length}`,
      metric: modeMetric,
      isUsual: !isHeard || dropped === 0,
      has: modes.length > 0 && many !== '',
    },
    {
      id: 'repeats',
      words: 'Samples that repeat, linked',
      amount: percent(shareOf('near-duplicates')),
      metric: 'near-duplicates',
      isUsual: isBelow('near-duplicates'),
      has: survey.repeats.length > 0,
    },
    {
      id: 'copies',
      words: 'Copies of training rows',
      amount: percent(copied / Math.max(1, kinds.length)),
      metric: 'nearest-training-ratio',
      isUsual: isBelow('nearest-training-ratio'),
      has: copied > 0,
    },
    {
      id: 'sinkholes',
      words: 'Hollows: codes change nothing',
      amount: percent(survey.stillShare),
      metric: 'sinkholes',
      isUsual: false,
      has: survey.sinkholes.length > 0,
    },
    {
      id: 'holes',
      words: 'Empty: no row’s code is near',
      amount: percent(survey.emptyShare),
      metric: 'prior-holes',
      isUsual: survey.emptyShare <= MANY_HOLES,
      has: survey.holes.length > 0,
    },
  ];
  return all.filter(({ has }) => has).map(({ has: _, ...entry }) => entry);
}

/** What the gravest cause is seen by; beside samples, which are always shown. */
const seenBy: Readonly<Record<string, readonly LayerId[]>> = {
  'posterior-collapse': ['sinkholes', 'holes'],
  'partial-collapse': ['sinkholes', 'holes'],
  'ignored-code': ['sinkholes'],
  'padded-latents': ['holes'],
  'prior-mismatch': ['holes'],
  'mode-collapse': ['uncovered', 'modes'],
  'lost-modes': ['uncovered', 'modes'],
  'rotating-modes': ['uncovered', 'modes'],
  'poor-samples': ['uncovered', 'modes'],
  memorisation: ['copies'],
  'overfitted-discriminator': ['copies'],
};

export const usualLayers = (cause: string | undefined): readonly LayerId[] => [
  'samples',
  ...(seenBy[cause ?? ''] ?? (cause === undefined ? [] : (['uncovered', 'modes'] as const))),
];

/** [count, 3]; flat maps lie at height 0. */
function inSpace(places: Float32Array, dims: 2 | 3): Float32Array {
  if (dims === 3) return places;
  const out = new Float32Array((places.length / 2) * 3);
  for (let i = 0; i < places.length / 2; i++) out.set(places.subarray(2 * i, 2 * i + 2), 3 * i);
  return out;
}

/** What the scene draws of the layers that are on. */
export function drawingOf(survey: SurveyRecord, on: ReadonlySet<LayerId>, causes: readonly string[]): SurveyDrawing {
  const { dims, modes, holes } = survey;
  const off = hearsSamples(survey, causes) ? 1 : 3;
  const withSamples = on.has('samples') || on.has('copies') || on.has('repeats');
  const lines = [...(on.has('repeats') ? [survey.repeats] : []), ...(on.has('copies') ? [survey.copies] : [])];
  const outlines: SurveyOutline[] = [
    ...(on.has('modes') ? modes : []).flatMap(
      ({ rings, centre, state }) =>
      rings.map((ring) => ({ ring, height: dims === 3 ? (centre[2] ?? 0) : 0, look: state === 'dropped' ? ('bold' as const) : ('plain' as const) })), // prettier-ignore
    ),
    ...(on.has('holes') ? holes : []).flatMap(([ring]) => (ring ? [{ ring, look: 'dashed' as const }] : [])),
  ];
  return {
    samples: withSamples ? inSpace(survey.samples, dims) : new Float32Array(0),
    kinds: withSamples
      ? survey.kinds.map((kind) => (kind === 2 ? (on.has('copies') ? 2 : 0) : kind === 1 ? off : kind))
      : new Uint8Array(0),
    lines: inSpace(Float32Array.from(lines.flatMap((one) => [...one])), dims),
    outlines,
  };
}

export const sinkholesOf = (survey: SurveyRecord, on: ReadonlySet<LayerId>): Sinkhole[] =>
  on.has('sinkholes') ? survey.sinkholes.map((rings) => ({ rings })) : [];

/** Colours with the rows that no sample comes near lit, and all others stepped back, [count, 4]. */
export function litColours(colours: Uint8Array, survey: SurveyRecord, collapse: string, quiet: string): Uint8Array {
  const lit = colours.slice();
  const [loud, low] = [collapse, quiet].map((css) => [...parseColour(css)].map((value) => Math.round(255 * value))) as [number[], number[]]; // prettier-ignore
  survey.covered.forEach((state, i) => lit.set(state === 0 ? loud : low, 4 * i));
  return lit;
}

/** Whether the survey is of this very map. */
export const isOf = (survey: SurveyRecord | undefined, map: MapRecord | undefined): survey is SurveyRecord =>
  survey !== undefined &&
  map !== undefined &&
  survey.run === map.run &&
  survey.step === map.step &&
  survey.dims === map.dims &&
  survey.covered.length === map.count;
