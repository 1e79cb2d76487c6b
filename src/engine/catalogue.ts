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
import { hinge } from '../losses/hinge.ts';
import { leastSquares } from '../losses/least-squares.ts';
import { nonSaturating } from '../losses/non-saturating.ts';
import { relativistic } from '../losses/relativistic.ts';
import { wasserstein } from '../losses/wasserstein.ts';
import { gan } from '../models/gan.ts';
import { vae } from '../models/vae.ts';
import { vqVae } from '../models/vq-vae.ts';
import { diagonalPosterior } from '../models/posteriors/diagonal.ts';
import { iafPosterior } from '../models/posteriors/iaf.ts';
import { planarPosterior } from '../models/posteriors/planar.ts';
import { glowPrior } from '../models/priors/glow-prior.ts';
import { mixturePrior } from '../models/priors/mixture-prior.ts';
import { normalPrior } from '../models/priors/normal-prior.ts';
import { realNvpPrior } from '../models/priors/realnvp-prior.ts';
import { vampPrior } from '../models/priors/vamp-prior.ts';
import { conv } from '../nets/conv.ts';
import { dense } from '../nets/dense.ts';
import { residual } from '../nets/residual.ts';
import { annealedCapacity } from '../regularisers/annealed-capacity.ts';
import { betaTcvae } from '../regularisers/beta-tcvae.ts';
import { dipVae } from '../regularisers/dip-vae.ts';
import { evidenceBound } from '../regularisers/evidence-bound.ts';
import { factorVae } from '../regularisers/factor-vae.ts';
import { importanceWeighted } from '../regularisers/importance-weighted.ts';
import { infoVae } from '../regularisers/info-vae.ts';
import { wassersteinAutoencoder } from '../regularisers/wasserstein-autoencoder.ts';
import type { Model } from '../models/model.ts';
import { makeModel as makeFrom, type ModelFamilies } from '../models/recipe.ts';
import { projections } from '../projection/projections.ts';
import type { FamilyRecord, MemberRecord } from '../protocol/records.ts';
import { dataMetrics } from '../metrics/data-metrics.ts';
import { decoderMetrics } from '../metrics/decoder-metrics.ts';
import { metrics } from '../metrics/metrics.ts';
import { sampleMetrics } from '../metrics/sample-metrics.ts';
import { trainingMetrics } from '../metrics/training-metrics.ts';
import { trainParams } from '../training/train-params.ts';

export const datasets = new Family('dataset', generatedDatasets);
/** What models are, and are put together from. */
export const modelFamilies: ModelFamilies = {
  models: new Family('model', [vae, vqVae, gan]),
  nets: new Family('net', [dense, conv, residual]),
  likelihoods: new Family('likelihood', [bernoulli, gaussian]),
  objectives: new Family('objective', [
    evidenceBound,
    annealedCapacity,
    factorVae,
    betaTcvae,
    dipVae,
    infoVae,
    wassersteinAutoencoder,
    importanceWeighted,
  ]),
  posteriors: new Family('posterior', [diagonalPosterior, planarPosterior, iafPosterior]),
  priors: new Family('prior', [normalPrior, mixturePrior, vampPrior, realNvpPrior, glowPrior]),
  losses: new Family('loss', [nonSaturating, leastSquares, hinge, wasserstein, relativistic]),
};
export const { models } = modelFamilies;
export const interpolations = new Family('interpolation', [slerp, lerp, normCorrectedLerp]);
/** Numbers about posteriors, about samples, about the data alone. */
export const metricFamilies: readonly Family<unknown>[] = [metrics, decoderMetrics, trainingMetrics, sampleMetrics, dataMetrics];

/** Checks every parameter; `set` may hold `train.` ones, which are left alone. */
export const makeModel = (model: string, set: ParamValues, sample: SampleShape): Model =>
  makeFrom(modelFamilies, model, sample, set);

/** What a form needs of each family. */
export function familyRecords(): readonly FamilyRecord[] {
  const ofMember = ({ id, title, summary, formula, paper, params, parts }: AnyMember<unknown>): MemberRecord => ({
    id,
    title,
    summary,
    params,
    ...(formula ? { formula } : {}),
    ...(paper ? { paper } : {}),
    ...(parts ? { parts: parts.map(ofMember) } : {}),
  });
  const record = (family: Family<unknown>): FamilyRecord => ({
    name: family.name,
    members: family.members.map(ofMember),
  });
  const training = {
    id: 'train',
    title: 'Training',
    summary: 'batches, held-out rows, how often things are saved',
    params: trainParams,
  };
  return [
    ...[datasets, ...(Object.values(modelFamilies) as Family<unknown>[]), projections, interpolations, ...metricFamilies].map(
      record,
    ),
    { name: 'training', members: [training] },
  ];
}
