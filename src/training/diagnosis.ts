// Every figure of a model that its data, codes, slopes and training give, by the id of its metric. While training runs, a part of it is looked at
// (watch.ts). A figure that has no meaning for a model is absent, with the reason. Nothing here moves a weight.
import { KarstError } from '../base/errors.ts';
import type { AnyMember } from '../base/family.ts';
import type { ParamValues } from '../base/params.ts';
import type { Rng } from '../base/rng.ts';
import { decoderMetrics } from '../metrics/decoder-metrics.ts';
import { attempt, type Measured } from '../metrics/metric.ts';
import { metrics } from '../metrics/metrics.ts';
import { pullbackOf } from '../metrics/pullback.ts';
import { trainingMetrics } from '../metrics/training-metrics.ts';
import { openDecoderSlopes } from '../models/jacobian.ts';
import type { Model } from '../models/model.ts';
import type { Device, DeviceState } from '../tracing/device.ts';
import { openLoading } from '../tracing/loading.ts';
import { openCodeFindings } from './code-findings.ts';
import type { BatchOptions } from './in-batches.ts';
import { openTrainingFindings, type TrainingRowsKinds } from './training-findings.ts';

/** How much is looked at. */
export interface DiagnosisExtent {
  /** Held-out rows whose codes are measured; metrics that compare all with all take fewer. */
  readonly rows: number;
  /** Draws from the prior. */
  readonly draws: number;
  /** Of these, at how many the decoder's slopes are taken: each costs as many passes as there are dimensions. */
  readonly points: number;
  /** Batches of training rows. */
  readonly batches: number;
}

/** Seconds. */
const WHOLE: DiagnosisExtent = { rows: 10_000, draws: 1000, points: 500, batches: 4 };

export interface Diagnosed {
  /** By the metric's id. */
  readonly figures: Readonly<Record<string, Measured>>;
  /** Why others are not given, by the metric's id. */
  readonly absent: Readonly<Record<string, string>>;
  /** The draws from the prior, [draws, latent]: numbers per point `of` draws are of the first of them. */
  readonly draws: Float32Array;
  /** The held-out rows that were measured. */
  readonly rowIds: Int32Array;
}

export interface Diagnoser {
  /** Of the state as it is, `step` iterations after the start, with these knobs. */
  diagnose(step: number, knobs: ParamValues, options?: BatchOptions): Promise<Diagnosed>;
  dispose(): void;
}

export interface DiagnosisOptions {
  readonly extent?: DiagnosisExtent;
  /** Rows of a training step. */
  readonly batch: number;
}

/** `rng` chooses rows and draws noise, the same at every call. */
export async function openDiagnosis(
  model: Model,
  device: Device,
  state: DeviceState,
  data: TrainingRowsKinds,
  rng: Rng,
  { extent = WHOLE, batch }: DiagnosisOptions,
): Promise<Diagnoser> {
  const seen = data.heldOutRows.length > 1 ? data.heldOutRows : data.trainRows;
  if (seen.length < 2) throw new KarstError('usage', `a model is measured on two rows or more, got ${seen.length}`);
  const rowIds = rng
    .stream('rows')
    .permutation(seen.length)
    .slice(0, extent.rows)
    .sort()
    .map((at) => seen[at] as number);
  const { load, keep, dispose } = openLoading(device, state);
  try {
    const codes = await openCodeFindings(model, load, data.dataset, rowIds, extent.draws, rng.stream('codes'));
    const slopes = await openDecoderSlopes(model, device, state, { points: extent.points });
    keep(slopes);
    const sizes = { batch, batches: extent.batches };
    const training = await openTrainingFindings(model, state, load, data, sizes, rng.stream('training'));

    return {
      async diagnose(step, knobs, options = {}) {
        const figures: Record<string, Measured> = {};
        const absent: Record<string, string> = {};
        const measure = <Made>(members: readonly AnyMember<Made>[], run: (metric: Made, id: string) => Measured): void => {
          for (const { id, make } of members) {
            const found = attempt(() => run(make(), id));
            if ('lacks' in found) absent[id] = found.lacks;
            else figures[id] = found;
          }
        };
        const { posteriors, distortions } = await codes(options);
        measure(metrics.members, (metric, id) => metric(posteriors, rng.stream(id)));
        const { z } = posteriors.prior;
        const pullback = await pullbackOf(
          slopes.jacobians(z.data.subarray(0, Math.min(extent.points, z.rows) * z.cols), options),
        );
        measure(decoderMetrics.members, (metric) => metric({ pullback, distortions }));
        const findings = await training(step, knobs, options);
        measure(trainingMetrics.members, (metric) => metric(findings));
        return { figures, absent, draws: z.data, rowIds };
      },
      dispose,
    };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}
