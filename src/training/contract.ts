// What training is given, and what it tells as it goes.
import type { ParamValues, Values } from '../base/params.ts';
import type { Moment } from '../collapse/cause.ts';
import type { Warning } from '../collapse/monitor.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { Model } from '../models/model.ts';
import type { FullLookRecord, ReportRecord } from '../protocol/records.ts';
import type { DataSigns } from '../protocol/signs.ts';
import type { Checkpoint } from '../runs/checkpoint.ts';
import type { LatentSample } from '../runs/latents.ts';
import type { Device, DeviceState } from '../tracing/device.ts';
import type { trainParams } from './train-params.ts';

/** Where to stop, counted from the very start of the run, whichever comes first; none: until the signal. */
export interface StopRule {
  readonly steps?: number;
  readonly epochs?: number;
  /** Seconds of training, earlier sessions included. */
  readonly seconds?: number;
}

export interface KnobChange {
  /** The first iteration that runs with the new values. */
  readonly step: number;
  readonly values: ParamValues;
}

export interface TrainingSetup {
  readonly model: Model;
  readonly dataset: Dataset;
  readonly trainRows: Int32Array;
  readonly heldOutRows: Int32Array;
  readonly device: Device;
  readonly seed: number;
  readonly params?: Partial<Values<typeof trainParams>>;
  readonly stop: StopRule;
  /** Where to go on; from scratch otherwise. */
  readonly from?: Checkpoint;
  /** Aborting it pauses: the step under way ends, a checkpoint is yielded, then `ended`. */
  readonly signal?: AbortSignal;
  /** Asked before every step for knobs that a person moved since it was last asked. */
  readonly takeKnobs?: () => ParamValues | undefined;
  /** What the monitor saw in earlier sessions, up to `from`. */
  readonly seen?: readonly Moment[];
  /** What is known of the data before any training. */
  readonly data?: DataSigns;
  /** Measures the weights of a checkpoint with every metric. */
  readonly measure?: (at: MeasuredState) => Promise<FullLookRecord>;
  /** Changes that were made after `from` was saved, to be made again at their steps. */
  readonly replay?: readonly KnobChange[];
  /** Lets the host's other work run (messages, timers); called about twenty times a second. */
  readonly breathe?: () => Promise<void>;
}

/** A model as a checkpoint saved it, still on its device. */
export interface MeasuredState {
  readonly state: DeviceState;
  readonly step: number;
  readonly epoch: number;
  readonly knobs: ParamValues;
}

export type TrainingEvent =
  | { readonly kind: 'started'; readonly step: number; readonly compileMs: number; readonly isResumed: boolean }
  | { readonly kind: 'reported'; readonly report: ReportRecord }
  /** A cause of collapse has shown itself in several looks running. */
  | { readonly kind: 'warned'; readonly warning: Warning }
  /** A checkpoint has been measured with every metric. */
  | { readonly kind: 'measured'; readonly look: FullLookRecord }
  | { readonly kind: 'latentsEncoded'; readonly sample: LatentSample }
  | { readonly kind: 'checkpointed'; readonly checkpoint: Checkpoint; readonly reason: 'start' | 'regular' | 'pause' | 'end' }
  | { readonly kind: 'knobsChanged'; readonly step: number; readonly values: ParamValues; readonly isReplayed: boolean }
  | {
      readonly kind: 'rolledBack';
      readonly fromStep: number;
      readonly toStep: number;
      /** What was found: "kl is NaN". */
      readonly found: string;
      readonly count: number;
      readonly knobs: ParamValues;
    }
  | { readonly kind: 'ended'; readonly step: number; readonly reason: 'finished' | 'paused' };
