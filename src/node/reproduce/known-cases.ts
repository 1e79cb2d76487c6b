// THE list of known cases. What ails each is known by how it is made: a weight on the KL that no code is worth, modes that a hasty GAN leaves, a
// class kept from training, rows that are copies. Those marked unseen were added, seeds and settings, after the bounds had been chosen.
import type { ParamValues } from '../../base/params.ts';
import type { KnownCase } from './known-case.ts';

const COLLAPSED = ['posterior-collapse'];
const MODES = ['mode-collapse', 'lost-modes'];

const dense: ParamValues = { 'model.net': 'dense', 'net.width': 128, 'train.batchSize': 100 };
const shapes = { dataset: 'shapes', datasetParams: { rows: 2000, seed: 7 } };
const plane: ParamValues = {
  'net.width': 128,
  'train.batchSize': 256,
  'model.latentSize': 64,
  'model.standardise': false,
  'model.learningRate': 1e-3,
  'model.discriminatorLearningRate': 1e-3,
};
/** Room to know a few hundred rows by heart, and a prior that all of their codes fill. */
const few: ParamValues = { 'net.width': 400, 'train.batchSize': 50, 'model.latentSize': 2, 'model.beta': 0.1 };
const tuned = (steps: number): ParamValues => ({
  'train.batchSize': 256,
  'net.width': 128,
  'net.depth': 3,
  'model.learningRate': 2e-3,
  'model.discriminatorLearningRate': 2e-3,
  'model.beta1': 0,
  'model.loss': 'relativistic',
  'model.decay': steps,
  'r1.gamma': 0.02,
  'r2.gamma': 0.02,
});

/** `mnist`: a folder with MNIST's t10k files; without it the cases of digits are left out. */
export function knownCases(mnist: string | undefined): readonly KnownCase[] {
  const vae = (title: string, truth: readonly string[], set: ParamValues, more: Partial<KnownCase> = {}): KnownCase => ({
    ...{ title, truth, ...shapes, model: 'vae', steps: 600, seed: 1, ...more },
    set: { ...dense, 'model.latentSize': 16, ...set },
  });
  const gan = (
    dataset: 'ring' | 'grid',
    title: string,
    truth: readonly string[],
    set: ParamValues,
    more: Partial<KnownCase> = {},
  ): KnownCase => ({ ...{ title, truth, dataset, model: 'gan', steps: 2000, seed: 1, ...more }, set });
  const points = (title: string, truth: readonly string[], set: ParamValues, more: Partial<KnownCase> = {}): KnownCase => ({
    ...{ title, truth, dataset: 'ring', model: 'vae', steps: 1000, seed: 1, ...more },
    set: { 'net.width': 128, 'train.batchSize': 256, 'model.prior': 'mixture', ...set },
  });
  const digits = (title: string, truth: readonly string[], set: ParamValues, more: Partial<KnownCase> = {}): KnownCase[] =>
    mnist === undefined
      ? []
      : [{ ...{ title, truth, dataset: mnist, model: 'vae', steps: 1500, seed: 1, ...more }, set: { ...dense, ...set } }];
  const rising = (beta: number, steps: number): ParamValues => ({
    'model.beta': beta,
    'model.annealing': 'linear',
    'model.annealingSteps': steps,
  });

  const unseen = (seed: number): Pick<KnownCase, 'seed' | 'isUnseen'> => ({ seed, isUnseen: true });

  return [
    vae('Healthy VAE of shapes', [], {}),
    vae('Beta 400 from the start', COLLAPSED, { 'model.beta': 400 }),
    vae('Beta that rises to 1000', COLLAPSED, rising(1000, 600)),
    vae('Free bits over beta 400', ['padded-latents', ...COLLAPSED], { 'model.beta': 400, 'model.freeBits': 0.1 }, { seed: 2 }),
    vae('A third of the rows are copies', ['poor-data'], {}, { flaw: { kind: 'copies', share: 0.33, originals: 20 } }),
    points('Healthy VAE of a ring', [], {}),
    points('Beta 30 on a ring', COLLAPSED, { 'model.beta': 30, 'model.prior': 'normal' }),
    points('A decoder as noisy as the ring is wide', COLLAPSED, {
      'model.likelihood': 'gaussian',
      'likelihood.variance': 'fixed',
      'likelihood.sigma': 2,
      'model.prior': 'normal',
    }),
    vae('64 dimensions for six factors', ['partial-collapse', 'padded-latents'], { 'model.latentSize': 64, 'model.beta': 8 }),
    gan('ring', 'Healthy R3GAN of a ring', [], tuned(3000), { steps: 3000 }),
    gan('grid', 'Healthy R3GAN of a grid', [], { ...tuned(5000), 'train.batchSize': 512 }, { steps: 5000 }),
    gan('ring', 'Hasty GAN of a ring', [...MODES, 'rotating-modes'], {
      ...plane,
      'model.learningRate': 3e-3,
      'model.discriminatorLearningRate': 3e-3,
      'model.beta1': 0.9,
    }),
    gan('grid', 'Plain GAN of a grid', MODES, plane),
    gan('ring', 'Ring without a mode', MODES, tuned(2000), { flaw: { kind: 'without', label: 3 } }),
    gan('ring', 'Discriminator ten times as fast', ['dominating-discriminator', ...MODES], {
      ...plane,
      'model.learningRate': 1e-4,
      'model.discriminatorLearningRate': 5e-3,
      'model.criticSteps': 5,
    }),
    ...digits('Two hundred digits, by heart', ['memorisation'], few, {
      steps: 4000,
      datasetParams: { rows: 400 },
      heldOut: 0.5,
    }),
    ...digits('Healthy VAE of digits', [], { 'net.width': 400 }),
    ...digits('Digits, beta 40', COLLAPSED, { 'model.beta': 40 }),
    ...digits('Digits, beta that rises to 100', COLLAPSED, rising(100, 1500)),
    ...digits('Digits, free bits over beta 20', ['padded-latents'], { 'model.beta': 20, 'model.freeBits': 0.1 }),
    // Unseen, all that follow.
    vae('Healthy VAE of other shapes', [], { 'model.latentSize': 10, 'net.width': 200 }, unseen(11)),
    vae('Beta that rises to 300', COLLAPSED, rising(300, 600), unseen(12)),
    points('Healthy VAE of a grid', [], { 'model.prior': 'realnvp' }, { dataset: 'grid', ...unseen(13) }),
    gan(
      'ring',
      'Healthy WGAN-GP of a ring',
      [],
      {
        ...tuned(3000),
        'model.loss': 'wasserstein',
        'gradientPenalty.weight': 0.1,
        'model.criticSteps': 3,
        'r1.gamma': 0,
        'r2.gamma': 0,
      },
      { steps: 3000, ...unseen(14) },
    ),
    gan(
      'ring',
      'Hasty GAN of a ring, hinge loss',
      [...MODES, 'rotating-modes'],
      {
        ...plane,
        'model.loss': 'hinge',
        'model.beta1': 0.9,
        'model.learningRate': 2e-3,
        'model.discriminatorLearningRate': 2e-3,
      },
      unseen(15),
    ),
    gan(
      'grid',
      'Grid without a mode',
      MODES,
      { ...tuned(5000), 'train.batchSize': 512 },
      { steps: 5000, flaw: { kind: 'without', label: 17 }, ...unseen(16) },
    ),
    points(
      'Half of the ring are copies',
      ['poor-data'],
      {},
      { flaw: { kind: 'copies', share: 0.5, originals: 50 }, ...unseen(17) },
    ),
    ...digits(
      'Digits, beta 60, small batches',
      COLLAPSED,
      { 'model.beta': 60, 'train.batchSize': 50, 'net.width': 200 },
      unseen(18),
    ),
    ...digits(
      'Digits, 60 dimensions, free bits',
      ['padded-latents'],
      { 'model.latentSize': 60, 'model.beta': 15, 'model.freeBits': 0.08 },
      unseen(19),
    ),
  ];
}
