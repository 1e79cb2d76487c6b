// The decoder does without the code though codes differ: give a row the code of another one, and its reconstruction is no worse. As where a
// decoder is strong enough to model rows by itself, or a code is told only by noise.
import { figure, now, type Cause } from '../cause.ts';
import { latentBounds, latentLevels } from '../latent-levels.ts';
import { narrowerNet } from '../cures/for-all.ts';
import { aggressive, learnedNoise, minimumRate, skipConnections } from '../cures/for-codes.ts';

export const ignoredCode: Cause = {
  id: 'ignored-code',
  title: 'Decoder ignores the code',
  summary:
    'Rows decode the same from their own code and from another row’s. The decoder has learnt to draw the data without it, and a code that nobody reads is not kept.',
  paper: 'Alemi et al. 2018, arXiv:1711.00464; He et al. 2019, arXiv:1901.05534',
  cures: [learnedNoise, skipConnections, minimumRate, aggressive, narrowerNet],
  judge(history, about) {
    const { decoder, latent } = now(history)?.signs ?? {};
    const gap = decoder?.shuffledGap;
    if (!gap || gap.rows < latentBounds.rows || gap.nats - 2 * gap.errorNats >= latentBounds.gapNone) return undefined;
    if (latent && latentLevels(latent, about).isCollapsed) return undefined; // there is no code to ignore
    const nats = latent?.mutualInformation.nats;
    return {
      state: 'collapsed',
      sentence: `the ${about.noun} decode alike from their own code and from any other`,
      signs: [
        { text: `another row’s code costs ${figure(gap.nats)} ± ${figure(gap.errorNats)} nats`, speaksFor: true, weight: 3 },
        ...(nats === undefined
          ? []
          : [{ text: `a code says ${figure(nats)} nats about its row`, speaksFor: nats < latentBounds.informationLow }]),
      ],
    };
  },
};
