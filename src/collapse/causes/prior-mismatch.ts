// The codes of all rows together lie off the prior: KL(q(z) || p(z)) is large, so draws from the prior fall into holes between them and decode
// to nothing in the data. A large KL is then no sign of an informative code: E KL(q(z|x) || p) = I_q(x; z) + KL(q(z) || p) (Hoffman & Johnson 2016).
import { figure, now, percent, type Cause } from '../cause.ts';
import { numberOf } from '../cure.ts';
import { latentBounds, latentLevels, used } from '../latent-levels.ts';
import { flowPrior, holdTogether, raiseBeta } from '../cures/for-codes.ts';

export const priorMismatch: Cause = {
  id: 'prior-mismatch',
  title: 'Codes off the prior',
  summary:
    'Where the prior expects codes there are none, and samples drawn there look like nothing in the data. Little weight on the KL, or a prior too simple for the data, leaves such holes.',
  paper: 'Hoffman & Johnson 2016; Rosca, Lakshminarayanan & Mohamed 2018, arXiv:1802.06847',
  // Codes of a young model go out, saying more and more, before they come in.
  health: ({ latent }) => latent && [latent.mutualInformation.nats, -latent.aggregateKl],
  cures: [flowPrior, holdTogether, raiseBeta],
  judge(history, about) {
    const { latent, prior } = now(history)?.signs ?? {};
    if (!latent || latent.codebook) return undefined; // of Gaussians
    const { isMismatched, isCollapsed, isAtCap, kl, offPrior } = latentLevels(latent, about);
    const { holes = 0, lifelike = 1 } = prior ?? {};
    const [isEmpty, isUnlike] = [holes > latentBounds.holesMost, lifelike < latentBounds.lifelikeNone];
    if (!isMismatched && !(isEmpty && isUnlike && !isCollapsed)) return undefined;
    const { nats, capNats } = latent.mutualInformation;
    const carry = `${used(latent)} ${latent.activeUnits === 1 ? 'carries' : 'carry'} the ${about.noun}`;
    const isCheap = numberOf(about.params, 'model.beta', 1) < 1;
    return {
      state: 'watch',
      sentence: isUnlike
        ? `${carry}, but samples drawn from the prior do not look like ${about.noun}`
        : `${carry}, but their codes lie off the prior`,
      ...(isCheap ? { cures: [raiseBeta, flowPrior, holdTogether] } : {}), // what let the codes go
      signs: [
        // At the cap nobody knows what the rest of the KL tells.
        ...(isMismatched || !isAtCap
          ? [
              {
                text: `${figure(offPrior)} of ${figure(kl)} nats of KL pay for no information`,
                speaksFor: isMismatched,
                weight: 2,
              },
            ]
          : []),
        ...(prior
          ? [{ text: `${percent(holes)} of the prior lies far from all codes, where 1 % should`, speaksFor: isEmpty }]
          : []),
        ...(prior?.lifelike === undefined
          ? []
          : [{ text: `${percent(lifelike)} of the samples look like ${about.noun}`, speaksFor: isUnlike }]),
        {
          text: `all codes together are ${figure(latent.aggregateKl)} nats from the prior`,
          speaksFor: latent.aggregateKl > latentBounds.mismatchNats,
        },
        { text: `information is ${figure(nats)} nats, and ${figure(capNats)} could show`, speaksFor: nats < 0.5 * capNats },
      ],
    };
  },
};
