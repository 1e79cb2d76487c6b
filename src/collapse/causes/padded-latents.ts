// Padded latents: units are kept moving by a floor under their KL (free bits), and carry nothing: many active units for few directions, each
// paid hardly more than the floor. The count of active units alone calls this healthy.
import { figure, now, type Cause } from '../cause.ts';
import { numberOf } from '../cure.ts';
import { latentLevels, moving } from '../latent-levels.ts';
import { decorrelate, fewerFreeBits, lowerBeta, minimumRate } from '../cures/for-codes.ts';

export const paddedLatents: Cause = {
  id: 'padded-latents',
  title: 'Padded latents',
  summary:
    'Many dimensions move, but they repeat each other or carry noise. A floor under the KL, such as free bits, pays for moving and not for telling.',
  paper: 'Kingma et al. 2016 (free bits); Roy & Vetterli 2007 (effective rank)',
  health: ({ latent }) => latent?.mutualInformation.nats, // dimensions of a young model move before they tell
  cures: [lowerBeta, fewerFreeBits, minimumRate, decorrelate],
  judge(history, about) {
    const latent = now(history)?.signs.latent;
    if (!latent || latent.codebook) return undefined; // of Gaussians
    const { isPadded, isCollapsed, kl } = latentLevels(latent, about);
    if (!isPadded || isCollapsed) return undefined;
    const { nats } = latent.mutualInformation;
    const freeBits = numberOf(about.params, 'model.freeBits');
    const { activeUnits: units, effectiveRank: rank } = latent;
    return {
      state: 'watch',
      sentence: `${moving(latent)}, but together they say only ${figure(nats)} nats about the ${about.noun}`,
      signs: [
        { text: `${units} dimensions move in ${figure(rank)} directions`, speaksFor: true },
        { text: `each is paid only ${figure(kl / units)} nats`, speaksFor: true },
        { text: `a code says ${figure(nats)} of the ${figure(kl)} nats that KL pays for`, speaksFor: nats < kl / 2 },
        {
          text:
            freeBits > 0
              ? `${figure(freeBits)} nats of each dimension are free`
              : 'no nats are free: nothing is paid for moving alone',
          speaksFor: freeBits > 0,
        },
      ],
    };
  },
};
