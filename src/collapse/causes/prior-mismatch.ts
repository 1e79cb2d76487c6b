// The codes of all rows together lie off the prior: KL(q(z) || p(z)) is large, so draws from the prior fall into holes between them and decode
// to nothing in the data. A large KL is then no sign of an informative code: E KL(q(z|x) || p) = I_q(x; z) + KL(q(z) || p) (Hoffman & Johnson 2016).
import { figure, now, type Cause } from '../cause.ts';
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
    const latent = now(history)?.signs.latent;
    if (!latent || latent.codebook) return undefined; // of Gaussians
    const { isMismatched, kl, offPrior } = latentLevels(latent, about);
    if (!isMismatched) return undefined;
    const { nats, capNats } = latent.mutualInformation;
    return {
      state: 'watch',
      sentence: `${used(latent)} ${latent.activeUnits === 1 ? 'carries' : 'carry'} the ${about.noun}, but their codes lie off the prior`,
      signs: [
        { text: `${figure(offPrior)} of ${figure(kl)} nats of KL pay for no information`, speaksFor: true, weight: 2 },
        {
          text: `all codes together are ${figure(latent.aggregateKl)} nats from the prior`,
          speaksFor: latent.aggregateKl > latentBounds.mismatchNats,
        },
        { text: `information is ${figure(nats)} nats, and ${figure(capNats)} could show`, speaksFor: nats < 0.5 * capNats },
      ],
    };
  },
};
