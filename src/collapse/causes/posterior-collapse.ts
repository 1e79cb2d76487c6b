// Posterior collapse: q(z|x) has become the prior for all rows, and the decoder draws without the code. Judged by mutual information, or by
// little of it where units and rank agree; while it is on its way, by information that keeps falling from look to look, or has halved since its peak.
import { figure, now, type Cause, type Finding, type Sign } from '../cause.ts';
import { latentBounds, latentLevels, moving } from '../latent-levels.ts';
import { losingCodes } from '../losing.ts';
import { aggressive, annealing, lowerBeta, minimumRate, normalisedMeans, skipConnections } from '../cures/for-codes.ts';

/** Of the largest information so far, below which it is on its way out, in nats where it was worth having. */
const FALLEN = 0.5;
const WORTH_NATS = 2;

export const posteriorCollapse: Cause = {
  id: 'posterior-collapse',
  title: 'Posterior collapse',
  summary:
    'The codes of all rows have become alike, so that the decoder draws without looking at them. The KL costs more than a code gains: its weight is high, or the decoder can do without.',
  paper: 'Bowman et al. 2016; Lucas et al. 2019, arXiv:1911.02469',
  health: ({ latent }) => latent?.mutualInformation.nats,
  cures: [lowerBeta, minimumRate, annealing, normalisedMeans, aggressive, skipConnections],
  judge(history, about): Finding | undefined {
    const latent = now(history)?.signs.latent;
    if (!latent || latent.codebook) return undefined; // of Gaussians
    const levels = latentLevels(latent, about);
    const { nats } = latent.mutualInformation;
    const units = latent.activeUnits;
    const gap = now(history)?.signs.decoder?.shuffledGap;
    const signs: readonly Sign[] = [
      { text: `a code says ${figure(nats)} nats about its row`, speaksFor: levels.information !== 'fine', weight: 3 },
      { text: `${moving(latent)} with the ${about.noun}`, speaksFor: levels.active !== 'fine' },
      { text: `the codes spread in ${figure(latent.effectiveRank)} directions`, speaksFor: levels.spread !== 'fine' },
      { text: `KL is ${figure(levels.kl)} nats in total`, speaksFor: levels.spent !== 'fine' },
      ...(gap
        ? [
            {
              text: `a row drawn from another row’s code is ${figure(gap.nats)} nats worse`,
              speaksFor: gap.nats < latentBounds.gapNone,
            },
          ]
        : []),
    ];
    if (levels.isCollapsed) {
      const sentence =
        units > Math.max(1, latentBounds.unitsFew * latent.latentSize)
          ? `${moving(latent)}, but together they say next to nothing about the ${about.noun}`
          : units === 0
            ? `no dimension carries the ${about.noun}`
            : `only ${moving(latent)}, and ${nats < latentBounds.informationNone ? 'next to nothing' : 'little'} is said about the ${about.noun}`;
      return { state: 'collapsed', sentence, signs };
    }
    // While beta still rises to 1, codes give up what they do not need.
    const beta = now(history)?.knobs?.['beta'] ?? 1;
    const isFair = beta <= 1 && Number(about.params['model.annealingSteps'] ?? 0) > 0;
    const losing = isFair ? undefined : losingCodes(history, latentBounds.informationLow);
    if (losing) {
      const { best, looks } = losing;
      return {
        state: 'watch',
        looks,
        sentence: `codes say less of the ${about.noun} from look to look: ${figure(nats)} nats, which was ${figure(best)}`,
        signs: [
          { text: `information has fallen from ${figure(best)} to ${figure(nats)} nats`, speaksFor: true, weight: 3 },
          { text: `it has fallen in each of the last ${looks} looks`, speaksFor: true, weight: 2 },
          ...signs.slice(1),
        ],
      };
    }
    const peak = history.reduce((most, { signs: { latent: then } }) => Math.max(most, then?.mutualInformation.nats ?? 0), 0);
    if (peak < WORTH_NATS || nats > FALLEN * peak) return undefined;
    return {
      state: 'watch',
      sentence: `codes are losing what they say about the ${about.noun}: ${figure(nats)} nats, which was ${figure(peak)}`,
      signs: [
        { text: `information has fallen from ${figure(peak)} to ${figure(nats)} nats`, speaksFor: true, weight: 3 },
        ...signs.slice(1),
      ],
    };
  },
};
