// What one may change about a variational autoencoder whose codes say little, too much, or lie off the prior.
import type { ParamValues } from '../../base/params.ts';
import type { Circumstances } from '../circumstances.ts';
import { numberOf, ofModel, type Cure } from '../cure.ts';

/** `set` of a VAE, where something of it is not so yet. */
const ofVae = (set: (params: ParamValues, about: Circumstances) => ParamValues | undefined): Cure['changes'] =>
  ofModel('vae', (params, about) => {
    const wanted = set(params, about);
    return wanted && Object.entries(wanted).some(([name, value]) => params[name] !== value) ? wanted : undefined;
  });

const latentSize = (params: ParamValues): number => Math.max(1, numberOf(params, 'model.latentSize', 1));
/**
 * What to ask for: 8 nats of pictures, which free bits aim at in Li et al. 2019,
 * arXiv:1909.00868; of vectors 3, as much as points on a ring take at beta 1 (3.1). More than the data have would only be paid for.
 */
const ASKED_NATS = { picture: 8, vector: 3 } as const;

export const lowerBeta: Cure = {
  id: 'lower-beta',
  title: 'Lower beta to 1',
  why: 'The KL is weighted more than the evidence bound asks for, so that a code costs more than it gains. At beta 1 every dimension whose gain is above the noise comes back.',
  paper: 'Higgins et al. 2017; Lucas et al. 2019, arXiv:1911.02469',
  from: 'checkpoint',
  changes: ofVae((params) => (numberOf(params, 'model.beta', 1) > 1 ? { 'model.beta': 1 } : undefined)),
};

export const raiseBeta: Cure = {
  id: 'raise-beta',
  title: 'Raise beta',
  why: 'Codes have been let go where they like. Twice the weight on the KL, and 1 at the least, draws them to the prior, at some cost in sharpness.',
  paper: 'Higgins et al. 2017',
  from: 'checkpoint',
  changes: ofVae((params) => ({ 'model.beta': Math.max(1, 2 * numberOf(params, 'model.beta', 1)) })),
};

export const minimumRate: Cure = {
  id: 'minimum-rate',
  title: 'Ask for a minimum rate',
  why: 'The price of the KL is lowered until it is as large as asked for. The rate is set instead of the weight, so a code worth its nats is kept.',
  paper: 'Pelsmaeker & Aziz 2020, arXiv:1904.08194',
  from: 'checkpoint',
  changes: ofVae((params, { rows }) =>
    numberOf(params, 'minimumRate.nats') > 0
      ? undefined
      : {
          'minimumRate.nats': ASKED_NATS[rows],
          ...(numberOf(params, 'model.beta', 1) > 1 ? { 'model.beta': 1 } : {}), // the price starts where it outweighs 1
          ...(numberOf(params, 'model.freeBits') > 0 ? { 'model.freeBits': 0 } : {}),
        },
  ),
};

export const fewerFreeBits: Cure = {
  id: 'no-free-bits',
  title: 'Take the free bits away',
  why: 'Each dimension is paid for moving a little, whatever it says. Without the floor only dimensions that help the decoder are kept, and their number can be believed again.',
  paper: 'Kingma et al. 2016, arXiv:1606.04934',
  from: 'checkpoint',
  changes: ofVae((params) => (numberOf(params, 'model.freeBits') > 0 ? { 'model.freeBits': 0 } : undefined)),
};

export const annealing: Cure = {
  id: 'cyclic-annealing',
  title: 'Anneal beta in cycles',
  why: 'Beta starts at 0 and rises, four times over. Codes are learnt while they are cheap and give the decoder something to lean on before the price is whole.',
  paper: 'Fu et al. 2019, arXiv:1903.10145',
  from: 'start',
  changes: ofVae((params) => (params['model.annealing'] === 'cyclic' ? undefined : { 'model.annealing': 'cyclic' })),
};

export const normalisedMeans: Cure = {
  id: 'normalised-means',
  title: 'Normalise the posterior means',
  why: 'The means of each dimension keep a fixed spread over the rows. No dimension can fall back to the prior, whatever the weight of the KL.',
  paper: 'Zhu et al. 2020 (BN-VAE), arXiv:2004.12585',
  from: 'start',
  changes: ofVae((params) => (numberOf(params, 'normalisedMeans.gamma') > 0 ? undefined : { 'normalisedMeans.gamma': 0.6 })),
};

export const aggressive: Cure = {
  id: 'aggressive-inference',
  title: 'Train the encoder ahead',
  why: 'The encoder takes several steps for each of the decoder until codes stop gaining information. A decoder that meets good codes early does not learn to do without.',
  paper: 'He et al. 2019, arXiv:1901.05534',
  from: 'start',
  changes: ofVae((params) => (numberOf(params, 'aggressive.steps') > 0 ? undefined : { 'aggressive.steps': 10 })),
};

export const skipConnections: Cure = {
  id: 'skip-connections',
  title: 'Feed the code to every layer',
  why: 'Each layer of the decoder sees the code, not the first alone. A code that reaches the output by a short way is harder to ignore.',
  paper: 'Dieng et al. 2019 (skip-VAE), arXiv:1807.04863',
  from: 'start',
  changes: ofVae((params) => (params['net.skip'] === false ? { 'net.skip': true } : undefined)),
};

export const learnedNoise: Cure = {
  id: 'learned-noise',
  title: 'Let the noise be learnt',
  why: 'The decoder’s noise is set so wide that no code can sharpen what it draws. Learnt with the other weights it shrinks to what is left over, and each code is worth its nats again.',
  paper: 'Lucas et al. 2019, arXiv:1911.02469; Rybkin, Daniilidis & Levine 2021 (sigma-VAE), arXiv:2006.13202',
  from: 'start',
  changes: ofVae((params) =>
    params['model.likelihood'] === 'gaussian' && params['likelihood.variance'] === 'fixed'
      ? { 'likelihood.variance': 'learned' }
      : undefined,
  ),
};

export const narrower: Cure = {
  id: 'narrower-latent',
  title: 'Fewer dimensions',
  why: 'The data fill only part of the latent space. A space of half the size learns the same and is easier to walk through.',
  paper: 'Dai & Wipf 2019, arXiv:1903.05789',
  from: 'start',
  changes: ofVae((params) => (latentSize(params) > 2 ? { 'model.latentSize': Math.ceil(latentSize(params) / 2) } : undefined)),
};

export const decorrelate: Cure = {
  id: 'decorrelate',
  title: 'Decorrelate the dimensions',
  why: 'The covariance of the codes is drawn to the identity. Dimensions that repeat each other are made to say different things or to fall silent.',
  paper: 'Kumar, Sattigeri & Balakrishnan 2018 (DIP-VAE), arXiv:1711.00848',
  from: 'checkpoint',
  changes: ofVae((params) => (params['model.objective'] === 'elbo' ? { 'model.objective': 'dip' } : undefined)),
};

export const flowPrior: Cure = {
  id: 'flow-prior',
  title: 'Learn the prior',
  why: 'A flow bends the prior to where the codes are. Samples are then drawn where the decoder has learnt to draw, and codes need not be forced into a ball.',
  paper: 'Dinh, Sohl-Dickstein & Bengio 2017 (RealNVP), arXiv:1605.08803',
  from: 'checkpoint',
  changes: ofVae((params) => (params['model.prior'] === 'normal' ? { 'model.prior': 'realnvp' } : undefined)),
};

export const holdTogether: Cure = {
  id: 'hold-codes-together',
  title: 'Hold all codes to the prior together',
  why: 'The codes of a whole batch are compared with the prior, beside each by itself. Holes between them are closed at no cost to what one code tells.',
  paper: 'Zhao, Song & Ermon 2017 (InfoVAE), arXiv:1706.02262',
  from: 'checkpoint',
  changes: ofVae((params) => (params['model.objective'] === 'elbo' ? { 'model.objective': 'info' } : undefined)),
};
