// THE list of known cases. What ails each is known by how it is made: a weight on the KL that no code is worth, modes that a hasty GAN leaves, a
// class kept from training, rows that are copies, a knob that is turned while a healthy run trains. Those marked unseen were added, seeds and settings,
// after the bounds had been chosen, and not run before.
import type { ParamValues } from '../../base/params.ts';
import type { KnobChange } from '../../training/contract.ts';
import { TABLE, type KnownCase } from './known-case.ts';

const COLLAPSED = ['posterior-collapse'];
const MODES = ['mode-collapse', 'lost-modes'];
const LEAVING = [...MODES, 'rotating-modes'];
/** Between two turns of a knob. */
const TURN_STEPS = 10;

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

/** A knob that is turned from one value to another by equal ratios, between two steps. */
function turning(
  knob: string,
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): readonly KnobChange[] {
  const turns = Math.round((end - start) / TURN_STEPS);
  return Array.from({ length: turns + 1 }, (_, i) => ({
    step: start + i * TURN_STEPS,
    values: { [knob]: from * (to / from) ** (i / turns) },
  }));
}

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
      : [
          {
            ...{ title, truth, dataset: mnist, model: 'vae', steps: 1500, seed: 1, ...more },
            set: { ...(set['model.net'] === undefined ? dense : {}), ...set },
          },
        ];
  const rising = (beta: number, steps: number): ParamValues => ({
    'model.beta': beta,
    'model.annealing': 'linear',
    'model.annealingSteps': steps,
  });

  const noisy = (sigma: number): ParamValues => ({
    'model.likelihood': 'gaussian',
    'likelihood.variance': 'fixed',
    'likelihood.sigma': sigma,
    'model.prior': 'normal',
  });
  const flat = (steps: number): ParamValues => ({ ...tuned(steps), 'r1.gamma': 0.1, 'r2.gamma': 0.1 });
  /** A discriminator with room for a hundred rows, and nothing to hold it. */
  const byHeart: ParamValues = {
    ...{ 'net.width': 256, 'net.depth': 3, 'train.batchSize': 60 },
    ...{ 'model.learningRate': 5e-4, 'model.discriminatorLearningRate': 1e-3 },
  };
  const wasserstein = (steps: number): ParamValues => ({
    ...tuned(steps),
    'model.loss': 'wasserstein',
    'gradientPenalty.weight': 0.1,
    'model.criticSteps': 3,
    'r1.gamma': 0,
    'r2.gamma': 0,
  });
  const hasty = (width: number): ParamValues => ({
    'net.width': width,
    'train.batchSize': 50,
    'model.learningRate': 2e-4,
    'model.discriminatorLearningRate': 2e-4,
  });
  const pictures = (gamma: number): ParamValues => ({
    ...{ 'model.net': 'conv', 'net.channels': 16, 'net.activation': 'leaky-relu', 'net.skip': true, 'train.batchSize': 16 },
    ...{ 'model.loss': 'relativistic', 'model.beta1': 0, 'r1.gamma': gamma, 'r2.gamma': gamma },
    ...{ 'model.decay': 2400, 'model.hold': 0.3, 'model.averageHalfLife': 2000 },
    'model.encoderEvery': 20, // nobody asks for codes here
  });
  const unseen = (seed: number): Pick<KnownCase, 'seed' | 'isUnseen'> => ({ seed, isUnseen: true });

  const table = (
    model: 'vae' | 'gan',
    title: string,
    truth: readonly string[],
    set: ParamValues,
    more: Partial<KnownCase> = {},
  ): KnownCase => ({
    ...{ title, truth, dataset: TABLE, datasetParams: { rows: 3000, seed: 3 }, model, steps: 800, looks: 20, seed: 1, ...more },
    set: { 'net.width': 96, 'train.batchSize': 100, ...set },
  });

  /** Codes that only gradients move, far from an encoder that grows away from them, and that nothing brings back. */
  const outOfReach: ParamValues = { 'model.update': 'gradient', 'model.restartAfter': 0, 'model.unitCodes': false };
  const codebook = (dataset: 'grid' | 'shapes', title: string, truth: readonly string[], set: ParamValues = {}): KnownCase => ({
    ...{ title, truth, model: 'vq-vae', looks: 20, seed: 1 },
    ...(dataset === 'shapes' ? { ...shapes, steps: 400 } : { dataset, steps: 800 }),
    set: { ...(dataset === 'shapes' ? dense : { 'net.width': 64, 'train.batchSize': 128 }), ...set },
  });

  return [
    vae('Healthy VAE of shapes', [], {}, { steps: 420, looks: 28 }),
    vae('Beta 400 from the start', COLLAPSED, { 'model.beta': 400 }, { steps: 300, looks: 20 }),
    vae('Beta that rises to 1000', COLLAPSED, rising(1000, 600)),
    vae('Beta 1, later turned to 1000', COLLAPSED, {}, { steps: 540, looks: 36, moves: turning('beta', [1, 1000], [200, 500]) }),
    vae(
      'Free bits over beta 400',
      ['padded-latents', ...COLLAPSED],
      { 'model.beta': 400, 'model.freeBits': 0.1 },
      { seed: 2, steps: 450, looks: 30 },
    ),
    vae(
      'A third of the rows are copies',
      ['poor-data'],
      {},
      { flaw: { kind: 'copies', share: 0.33, originals: 20 }, steps: 300, looks: 20 },
    ),
    vae('Rate far too high', ['divergence'], { 'model.learningRate': 0.3 }, { steps: 300, looks: 20 }),
    vae('Healthy VAE of other shapes', [], { 'model.latentSize': 10, 'net.width': 200 }, { seed: 11, steps: 420, looks: 28 }),
    vae('Beta that rises to 300', COLLAPSED, rising(300, 600), { seed: 12 }),
    points('Healthy VAE of a ring', [], {}),
    points('Healthy VAE of a ring, beta that rises to 1', [], rising(1, 500), { steps: 800, looks: 32 }),
    points('Healthy VAE of a grid', [], { 'model.prior': 'realnvp' }, { dataset: 'grid', seed: 13 }),
    points('Beta 30 on a ring', COLLAPSED, { 'model.beta': 30, 'model.prior': 'normal' }),
    points(
      'Ring, beta 1, later turned to 10',
      COLLAPSED,
      {},
      {
        steps: 900,
        looks: 54,
        moves: turning('beta', [1, 10], [300, 850]),
      },
    ),
    points('A decoder as noisy as the ring is wide', COLLAPSED, noisy(2)),
    points(
      'A decoder that takes all for noise, codes that are paid for',
      ['ignored-code'],
      { ...noisy(5), 'model.freeBits': 1 },
      {
        steps: 500,
        looks: 20,
      },
    ),
    points(
      'Half of the ring are copies',
      ['poor-data'],
      {},
      { flaw: { kind: 'copies', share: 0.5, originals: 50 }, seed: 17, steps: 500, looks: 20 },
    ),
    table('vae', 'Healthy VAE of a table', [], { 'model.latentSize': 4 }),
    table('vae', 'Thirty dimensions for two factors', ['partial-collapse', 'padded-latents'], { 'model.latentSize': 30 }),
    table('gan', 'Healthy R3GAN of a table', [], flat(1200), { steps: 1200, looks: 24 }),
    table('gan', 'Plain GAN of a hundred and twenty rows', ['overfitted-discriminator', 'memorisation'], byHeart, {
      datasetParams: { rows: 300, seed: 3 },
      heldOut: 0.6,
      steps: 2000,
    }),
    {
      ...{ title: 'Healthy R3GAN of shapes', truth: [], ...shapes, model: 'gan', steps: 2400, looks: 20, seed: 1 },
      set: { ...pictures(1), 'model.latentSize': 32, 'model.learningRate': 3e-3, 'model.discriminatorLearningRate': 3e-3 },
    },
    codebook('grid', 'Healthy VQ-VAE of a grid', []),
    codebook('shapes', 'Healthy VQ-VAE of shapes', []),
    codebook('grid', 'VQ-VAE of a grid, codes out of reach', ['unused-codes'], outOfReach),
    gan('ring', 'Healthy R3GAN of a ring', [], tuned(3000), { steps: 3000 }),
    gan('ring', 'Healthy WGAN-GP of a ring', [], wasserstein(3000), { steps: 3000, seed: 14 }),
    gan('grid', 'Healthy R3GAN of a grid', [], { ...tuned(5000), 'train.batchSize': 512 }, { steps: 5000 }),
    gan('ring', 'Hasty GAN of a ring', ['rotating-modes', ...MODES], {
      ...plane,
      'model.learningRate': 3e-3,
      'model.discriminatorLearningRate': 3e-3,
      'model.beta1': 0.9,
    }),
    gan(
      'ring',
      'Hasty GAN of a ring, hinge loss',
      ['rotating-modes', ...MODES],
      {
        ...plane,
        'model.loss': 'hinge',
        'model.beta1': 0.9,
        'model.learningRate': 2e-3,
        'model.discriminatorLearningRate': 2e-3,
      },
      { seed: 15 },
    ),
    gan('ring', 'R3GAN of a ring, the generator’s rate later turned up', LEAVING, tuned(0), {
      steps: 1900,
      looks: 63,
      moves: turning('learningRate', [2e-3, 3e-2], [1000, 1880]),
    }),
    gan('grid', 'Plain GAN of a grid', MODES, plane),
    gan('ring', 'Ring without a mode', ['lost-modes', 'mode-collapse'], tuned(2000), { flaw: { kind: 'without', label: 3 } }),
    gan(
      'grid',
      'Grid without a mode',
      ['lost-modes', 'mode-collapse'],
      { ...tuned(5000), 'train.batchSize': 512 },
      { steps: 5000, flaw: { kind: 'without', label: 17 }, seed: 16 },
    ),
    gan('ring', 'Discriminator ten times as fast', ['dominating-discriminator', ...MODES], {
      ...plane,
      'model.learningRate': 1e-4,
      'model.discriminatorLearningRate': 5e-3,
      'model.criticSteps': 5,
    }),
    ...digits(
      'Healthy R3GAN of digits',
      [],
      { ...pictures(2), 'model.latentSize': 64, 'model.learningRate': 4e-3, 'model.discriminatorLearningRate': 4e-3 },
      { model: 'gan', datasetParams: { rows: 2500 }, steps: 2400, looks: 20 },
    ),
    ...digits('Two hundred digits, by heart', ['memorisation'], few, {
      steps: 4000,
      datasetParams: { rows: 400 },
      heldOut: 0.5,
    }),
    ...digits('Plain GAN of two hundred digits', [...LEAVING, 'dominating-discriminator'], hasty(256), {
      model: 'gan',
      steps: 608,
      looks: 16,
      datasetParams: { rows: 400 },
      heldOut: 0.5,
    }),
    ...digits('Healthy VAE of digits', [], { 'net.width': 400 }),
    ...digits('Digits, beta 40', COLLAPSED, { 'model.beta': 40 }, { steps: 760, looks: 20 }),
    ...digits(
      'Digits, beta 60, small batches',
      COLLAPSED,
      { 'model.beta': 60, 'train.batchSize': 50, 'net.width': 200 },
      {
        seed: 18,
        steps: 760,
        looks: 20,
      },
    ),
    ...digits('Digits, beta that rises to 100', COLLAPSED, rising(100, 1500), { steps: 760, looks: 20 }),
    ...digits(
      'Digits, beta 1, later turned to 100',
      COLLAPSED,
      {},
      {
        steps: 825,
        looks: 33,
        moves: turning('beta', [1, 100], [400, 800]),
      },
    ),
    ...digits(
      'Digits, free bits over beta 20',
      ['padded-latents'],
      { 'model.beta': 20, 'model.freeBits': 0.1 },
      {
        steps: 760,
        looks: 20,
      },
    ),
    ...digits(
      'Digits, 60 dimensions, free bits',
      ['padded-latents'],
      { 'model.latentSize': 60, 'model.beta': 15, 'model.freeBits': 0.08 },
      { seed: 19, steps: 760, looks: 20 },
    ),
    ...digits(
      'Digits in four dimensions, beta 0.001',
      ['prior-mismatch'],
      { 'model.latentSize': 4, 'model.beta': 0.001 },
      {
        steps: 400,
        looks: 20,
      },
    ),
    // Unseen, all that follow.
    vae(
      'Other shapes, beta 1, later turned to 600',
      COLLAPSED,
      { 'model.latentSize': 10, 'net.width': 160 },
      {
        ...unseen(22),
        datasetParams: { rows: 2000, seed: 9 },
        steps: 510,
        looks: 34,
        moves: turning('beta', [1, 600], [150, 480]),
      },
    ),
    points(
      'Grid, beta 1, later turned to 10',
      COLLAPSED,
      {},
      {
        ...unseen(23),
        dataset: 'grid',
        steps: 900,
        looks: 54,
        moves: turning('beta', [1, 10], [300, 860]),
      },
    ),
    table(
      'vae',
      'Table, beta 1, later turned to 60',
      COLLAPSED,
      { 'model.latentSize': 3 },
      {
        ...unseen(24),
        steps: 1000,
        looks: 40,
        moves: turning('beta', [1, 60], [400, 950]),
      },
    ),
    table(
      'vae',
      'Healthy VAE of another table',
      [],
      { 'model.latentSize': 5, 'net.width': 128 },
      {
        ...unseen(25),
        datasetParams: { rows: 4000, seed: 8 },
      },
    ),
    table('gan', 'Healthy R3GAN of another table', [], flat(1200), {
      ...unseen(28),
      datasetParams: { rows: 4000, seed: 8 },
      steps: 1200,
      looks: 24,
    }),
    table('gan', 'R3GAN of a table, the generator’s rate later turned up', LEAVING, flat(0), {
      ...unseen(29),
      steps: 1420,
      looks: 71,
      moves: turning('learningRate', [2e-3, 6e-2], [500, 1400]),
    }),
    gan(
      'ring',
      'R3GAN of a ring, wider, the generator’s rate later turned up',
      LEAVING,
      { ...tuned(0), 'net.width': 160 },
      {
        ...unseen(26),
        steps: 1900,
        looks: 63,
        moves: turning('learningRate', [2e-3, 4e-2], [1000, 1880]),
      },
    ),
    ...digits(
      'Digits in twelve dimensions, beta 1, later turned to 200',
      COLLAPSED,
      { 'model.latentSize': 12, 'net.width': 200 },
      {
        ...unseen(21),
        steps: 840,
        looks: 34,
        moves: turning('beta', [1, 200], [360, 800]),
      },
    ),
    ...digits(
      'Digits in three dimensions, beta 0.002',
      ['prior-mismatch'],
      { 'model.latentSize': 3, 'model.beta': 0.002 },
      {
        ...unseen(27),
        steps: 400,
        looks: 20,
      },
    ),
    ...digits('Plain GAN of two hundred other digits', [...LEAVING, 'dominating-discriminator'], hasty(200), {
      ...unseen(30),
      model: 'gan',
      steps: 608,
      looks: 16,
      datasetParams: { rows: 800 },
      heldOut: 0.75,
    }),
  ];
}
