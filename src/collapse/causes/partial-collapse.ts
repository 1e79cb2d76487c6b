// Partial collapse: some dimensions have become the prior, the others still tell rows apart. Either the data need no more (a linear VAE keeps
// those whose variance is above beta sigma²), or the KL costs too much.
import { partOf } from '../../base/counted.ts';
import { figure, now, type Cause } from '../cause.ts';
import { latentBounds, latentLevels, moving, used } from '../latent-levels.ts';
import { annealing, lowerBeta, minimumRate, narrower } from '../cures/for-codes.ts';

/** Each alone is normal somewhere: few directions in a wide space, little KL where rows are simple. */
const LEAST_SIGNS = 2;

export const partialCollapse: Cause = {
  id: 'partial-collapse',
  title: 'Partial collapse',
  summary:
    'Part of the dimensions say nothing: their codes follow the prior whatever the row. The data may need no more of them, or the weight of the KL is too high.',
  paper: 'Lucas et al. 2019, arXiv:1911.02469; Dai & Wipf 2019, arXiv:1903.05789',
  health: ({ latent }) => latent?.effectiveRank,
  cures: [lowerBeta, narrower, annealing, minimumRate],
  judge(history, about) {
    const latent = now(history)?.signs.latent;
    if (!latent || latent.codebook) return undefined; // of Gaussians
    const { active, spread, spent, information, kl, isCollapsed } = latentLevels(latent, about);
    const { activeUnits: units, effectiveRank: rank, klPerDimension } = latent;
    const dead = klPerDimension.filter((one) => one < latentBounds.carryingNats).length;
    const isDead = dead > klPerDimension.length / 2;
    const amiss = [active, spread, spent, information].filter((level) => level !== 'fine').length;
    if (isCollapsed || amiss === 0 || amiss + Number(isDead) < LEAST_SIGNS) return undefined;
    const directions = Math.max(1, Math.round(rank));
    const sentence =
      active !== 'fine'
        ? `only ${used(latent)} ${units === 1 ? 'carries' : 'carry'} the ${about.noun}`
        : spread !== 'fine'
          ? `${moving(latent)}, but only in about ${directions} ${directions === 1 ? 'direction' : 'directions'}`
          : `${moving(latent)}, but the code says little about the ${about.noun}`;
    return {
      state: 'watch',
      sentence,
      signs: [
        { text: `${moving(latent)} with the ${about.noun}`, speaksFor: active !== 'fine' },
        { text: `the codes spread in ${figure(rank)} directions`, speaksFor: spread !== 'fine' },
        { text: `KL is ${figure(kl)} nats in total`, speaksFor: spent !== 'fine' },
        { text: `a code says ${figure(latent.mutualInformation.nats)} nats about its row`, speaksFor: information !== 'fine' },
        {
          text: `${partOf(dead, klPerDimension.length, 'dimension', ['is', 'are'])} paid less than ${latentBounds.carryingNats} nats`,
          speaksFor: isDead,
        },
      ],
    };
  },
};
