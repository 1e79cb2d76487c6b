// What a survey of one step tells, point by point, and the same laid on a map: flat arrays, nothing that has to be worked out again by who draws.
import type { MetricRecord } from './records.ts';

/** What became of a class or a known mode of the data. */
export type ModeState = 'drawn' | 'rare' | 'dropped';

export interface SurveyedMode {
  /** Index of its label. */
  readonly label: number;
  readonly name: string;
  readonly state: ModeState;
  /** Its share of the samples that could be told over its share of the data: 1 where it gets its due. */
  readonly due: number;
}

/** Of a step, wherever its codes may lie on a map. */
export interface SurveyedRecord {
  readonly step: number;
  readonly latentSize: number;
  /** Whether the model bounds log p(x): its verdict is of codes, and samples are not heard. */
  readonly hasBound: boolean;
  /** Real rows that were looked at, among those of the map. */
  readonly rowIds: Int32Array;
  /** 1 where a sample lies in a row's ball, which reaches to its fifth neighbour among these rows. */
  readonly covered: Uint8Array;
  /** Distance from the nearest sample over the radius of that ball. */
  readonly distance: Float32Array;
  /** [samples, latentSize]: where a sample belongs on a map of codes. */
  readonly sampleCodes: Float32Array;
  /** 1 where a sample lies in no row's ball. */
  readonly isOff: Uint8Array;
  /** The row that a sample copies, -1 where it copies none. */
  readonly copies: Int32Array;
  /** Pairs of samples that nearly repeat each other, [pairs, 2]. */
  readonly repeats: Int32Array;
  readonly modes: readonly SurveyedMode[];
  /** Draws from the prior, [draws, latentSize], placed as samples are. */
  readonly drawCodes: Float32Array;
  /** 1 where the decoder hardly moves; empty where slopes were not taken. Of the first draws. */
  readonly isStill: Uint8Array;
  /** 1 where no row's posterior is near; empty for a model without a bound. */
  readonly isEmpty: Uint8Array;
  /** What each layer is a picture of, by the metric's id. */
  readonly figures: Readonly<Record<string, MetricRecord>>;
}

/** A closed line on the floor, [corners, 2] in map units. */
export type Ring = Float32Array;

export interface ModeOutline extends SurveyedMode {
  readonly rings: readonly Ring[];
  /** The middle of its points on the map, [dims]. */
  readonly centre: Float32Array;
}

/** A survey on a map of the same step. Points are the map's, in its order. */
export interface SurveyRecord {
  readonly run: string;
  readonly step: number;
  readonly dims: 2 | 3;
  /** Whether the model bounds log p(x): its verdict is of codes, and samples are not heard. */
  readonly hasBound: boolean;
  /** Whether samples look like the data less, and cover less of it, than real rows would, by the bound of the verdict. */
  readonly isOff: boolean;
  readonly isSparse: boolean;
  /** Of each point: 1 where a sample is near, 0 where none is, 255 where it was not looked at. */
  readonly covered: Uint8Array;
  /** Of each point: distance from the nearest sample over the radius of its ball; NaN where it was not looked at. */
  readonly distance: Float32Array;
  /** [samples, dims] */
  readonly samples: Float32Array;
  /** Of each sample: 1 off the data, 2 a copy of a training row, 0 neither. */
  readonly kinds: Uint8Array;
  /** From a sample to one that nearly repeats it, [links, 2, dims]. */
  readonly repeats: Float32Array;
  /** From a sample to the point that it copies, where that is on the map, [links, 2, dims]. */
  readonly copies: Float32Array;
  readonly modes: readonly ModeOutline[];
  /** Where the decoder hardly moves, and where the prior has no codes: outermost rings first, one region each. */
  readonly sinkholes: readonly (readonly Ring[])[];
  readonly holes: readonly (readonly Ring[])[];
  /** Shares of the draws that lie so. */
  readonly stillShare: number;
  readonly emptyShare: number;
  readonly figures: Readonly<Record<string, MetricRecord>>;
}
