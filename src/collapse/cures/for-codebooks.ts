// What one may change about a VQ-VAE whose codebook lies idle.
import { numberOf, ofModel, type Cure } from '../cure.ts';

/** What the paper trained with; results hardly changed from 0.1 to 2. */
const COMMITMENT = { usual: 0.25, least: 0.1 };
const RESTART_STEPS = 20;

export const restartCodes: Cure = {
  id: 'restart-codes',
  title: 'Restart dead codes',
  why: 'A code that nothing chose for twenty steps moves to where the encoder is now. It is chosen again at once, and rows that shared a code are told apart.',
  paper: 'Dhariwal et al. 2020 (Jukebox), arXiv:2005.00341; Williams et al. 2020, arXiv:2002.08111',
  from: 'checkpoint',
  changes: ofModel('vq-vae', (params) => {
    const after = numberOf(params, 'model.restartAfter');
    return after === 0 || after > RESTART_STEPS ? { 'model.restartAfter': RESTART_STEPS } : undefined;
  }),
};

export const averagedCodes: Cure = {
  id: 'averaged-codes',
  title: 'Let codes follow by moving averages',
  why: 'Each code is kept at the mean of what chose it, as k-means does. It keeps pace with the encoder, where steps along a gradient fall behind.',
  paper: 'van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937; Razavi, van den Oord & Vinyals 2019, arXiv:1906.00446',
  from: 'start', // averages begin with the codes
  changes: ofModel('vq-vae', (params) => (params['model.update'] === 'gradient' ? { 'model.update': 'average' } : undefined)),
};

export const unitCodes: Cure = {
  id: 'unit-codes',
  title: 'Keep codes at length 1',
  why: 'Codes and what the encoder puts out lie on a sphere. There none is out of reach, however the encoder grows.',
  paper: 'Yu et al. 2022 (ViT-VQGAN), arXiv:2110.04627',
  from: 'start',
  changes: ofModel('vq-vae', (params) =>
    params['model.unitCodes'] === false && numberOf(params, 'model.codeSize') > 1 ? { 'model.unitCodes': true } : undefined,
  ),
};

export const lowerCommitment: Cure = {
  id: 'lower-commitment',
  title: 'Lower the commitment',
  why: 'The encoder is held to the codes that it has chosen, and cannot leave them for others. Held less firmly, it spreads to where more codes are in reach.',
  paper: 'van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937',
  from: 'checkpoint',
  changes: ofModel('vq-vae', (params) => {
    const commitment = numberOf(params, 'model.commitment');
    if (commitment > COMMITMENT.usual) return { 'model.commitment': COMMITMENT.usual };
    return commitment > COMMITMENT.least ? { 'model.commitment': COMMITMENT.least } : undefined;
  }),
};

export const fewerCodes: Cure = {
  id: 'fewer-codes',
  title: 'Fewer codes',
  why: 'The data fill only part of the codebook. A quarter as many learns the same, and how often each is used says more.',
  paper: 'van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937',
  from: 'start',
  changes: ofModel('vq-vae', (params) => {
    const codes = numberOf(params, 'model.codes');
    return codes > 4 ? { 'model.codes': Math.ceil(codes / 4) } : undefined;
  }),
};
