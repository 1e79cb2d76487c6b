// THE list of every member of every family. Adding a member is one file and one line here (or in the list of its folder, where a thread or process
// must not load all of this: datasets/generated.ts, projection/projections.ts).
import { Family, type AnyMember } from '../base/family.ts';
import type { ParamValues } from '../base/params.ts';
import type { SampleShape } from '../datasets/dataset.ts';
import { generatedDatasets } from '../datasets/generated.ts';
import { lerp } from '../latent/lerp.ts';
import { normCorrectedLerp } from '../latent/norm-corrected-lerp.ts';
import { slerp } from '../latent/slerp.ts';
import { bernoulli } from '../losses/bernoulli.ts';
import { gaussian } from '../losses/gaussian.ts';
import type { Model } from '../models/model.ts';
import { makeModel as makeFrom } from '../models/recipe.ts';
import { vae } from '../models/vae.ts';
import { conv } from '../nets/conv.ts';
import { dense } from '../nets/dense.ts';
import { projections } from '../projection/projections.ts';
import type { FamilyRecord } from '../protocol/records.ts';
import { metrics } from '../metrics/metrics.ts';
import { trainParams } from '../training/train.ts';

export const datasets = new Family('dataset', generatedDatasets);
export const models = new Family('model', [vae]);
const nets = new Family('net', [dense, conv]);
const likelihoods = new Family('likelihood', [bernoulli, gaussian]);
export const interpolations = new Family('interpolation', [slerp, lerp, normCorrectedLerp]);

/** Checks every parameter; `set` may hold `train.` ones, which are left alone. */
export const makeModel = (model: string, set: ParamValues, sample: SampleShape): Model =>
  makeFrom({ models, nets, likelihoods }, model, sample, set);

/** What a form needs of each family. */
export function familyRecords(): readonly FamilyRecord[] {
  const record = (family: { readonly name: string; readonly members: readonly AnyMember<unknown>[] }): FamilyRecord => ({
    name: family.name,
    members: family.members.map(({ id, title, summary, paper, params }) => ({
      id,
      title,
      summary,
      params,
      ...(paper ? { paper } : {}),
    })),
  });
  const training = {
    id: 'train',
    title: 'Training',
    summary: 'batches, held-out rows, how often things are saved',
    params: trainParams,
  };
  return [
    ...[datasets, models, nets, likelihoods, projections, interpolations, metrics].map((family) =>
      record(family as Parameters<typeof record>[0]),
    ),
    { name: 'training', members: [training] },
  ];
}
