// Mode coverage on the ring of 8 and the grid of 25 Gaussians, in two settings: S1, a simple one in which a plain GAN collapses, and S2,
// tuned as R3GAN wants it. Every method has the same nets and steps, so rows compare; published figures come from other nets.
import type { ParamValues } from '../../base/params.ts';
import type { Bar, Job, Row, Table } from './table.ts';

const RING = 'Ring of 8, setting S1';
const GRID = 'Grid of 25, setting S1';
const RING_TUNED = 'Ring of 8, setting S2';
const GRID_TUNED = 'Grid of 25, setting S2';

const S1 = {
  'model.net': 'dense',
  'net.width': 128,
  'net.depth': 2,
  'model.latentSize': 64,
  'model.learningRate': 1e-3,
  'model.discriminatorLearningRate': 1e-3,
  'model.beta1': 0.5,
  'model.beta2': 0.99,
  'model.standardise': false,
  'model.encoderEvery': 100, // nobody asks for codes here
} as const satisfies ParamValues;
const S1_BATCH = 256;
const S2 = {
  ...S1,
  'net.depth': 3,
  'model.latentSize': 32,
  'model.learningRate': 2e-3,
  'model.discriminatorLearningRate': 2e-3,
  'model.beta1': 0,
  'model.standardise': true,
} as const satisfies ParamValues;
const S2_BATCH = 512;
/** Steps after which a weight counts half in the average, as with a decay of 0.995 a step. */
const HALF_LIFE_STEPS = Math.log(0.5) / Math.log(0.995);

const packed = (samples: number): ParamValues => (samples > 1 ? { 'packing.samples': samples } : {});
const zeroCentred = (gamma: number, decaySteps = 0): ParamValues => ({
  'r1.gamma': gamma,
  'r2.gamma': gamma,
  ...(decaySteps > 0 ? { 'r1.decaySteps': decaySteps, 'r2.decaySteps': decaySteps } : {}),
});

interface Runs extends Pick<Row, 'published' | 'reference'> {
  readonly steps: number;
  readonly seeds: readonly number[];
}

interface Method {
  readonly title: string;
  readonly set: ParamValues;
  /** Rows that the discriminator judges together. */
  readonly pack?: number;
  readonly ring: Runs;
  readonly grid: Runs;
}

const ONCE = [1];
const TWICE = [1, 2];
const THRICE = [1, 2, 3]; // where a bar must hold
const ON_RING = 3_000;
const ON_GRID = 2_000;
/** What has to be sharp. */
const SHARP = 4_000;

/** Steps that cost three to seven times a plain one are fewer, where nothing depends on them. */
const methods: readonly Method[] = [
  {
    title: 'plain GAN',
    set: {},
    ring: {
      steps: ON_RING,
      seeds: THRICE,
      published: '1 / 99.3 (VEEGAN); 6.3 / 98.2 / 0.45 (PacGAN)',
      reference: '0 / 0 / 2.08',
    },
    grid: {
      steps: ON_GRID,
      seeds: TWICE,
      published: '3.3 / 0.5 (VEEGAN); 17.3 / 94.8 / 0.70 (PacGAN)',
      reference: '20–21 / 12–43 / 1.1',
    },
  },
  {
    title: 'hinge',
    set: { 'model.loss': 'hinge' },
    ring: { steps: ON_RING, seeds: TWICE, reference: '0 / 0 / 2.08' },
    grid: { steps: ON_GRID, seeds: TWICE },
  },
  {
    title: 'unrolled (5 steps)',
    set: {
      'unrolling.steps': 5,
      'net.activation': 'tanh',
      'net.initialisation': 'he', // as strong as the reference's orthogonal start
      'model.discriminatorActivation': 'tanh',
      'model.discriminatorLearningRate': 1e-4,
    },
    ring: { steps: 1_000, seeds: TWICE, published: '7.6 / 35.6 (VEEGAN)' },
    grid: { steps: 1_500, seeds: ONCE, published: '23.6 / 16 (VEEGAN)' },
  },
  {
    title: 'PacGAN 2',
    set: packed(2),
    pack: 2,
    // One seed in ten has no more than 75 % at 4,000 steps.
    ring: { steps: 5_000, seeds: THRICE, published: '7.9 / 95.6 / 0.07 (PacGAN)', reference: '8 / 83–85 / ≤0.01' },
    grid: { steps: ON_GRID, seeds: TWICE, published: '23.8 / 91.3 / 0.13 (PacGAN)', reference: '23–25 / 12–43 / 0.26–0.62' },
  },
  {
    title: 'PacGAN 4',
    set: packed(4),
    pack: 4,
    ring: { steps: ON_RING, seeds: TWICE, published: '7.8 / 95.9 / 0.07 (PacGAN)' },
    grid: { steps: ON_GRID, seeds: ONCE, published: '24.8 / 93.6 / 0.04 (PacGAN)' },
  },
  {
    title: 'minibatch discrimination',
    set: { 'minibatchDiscrimination.kernels': 8, 'minibatchDiscrimination.dimensions': 5 },
    ring: { steps: 1_500, seeds: TWICE },
    grid: { steps: 1_500, seeds: ONCE },
  },
  {
    title: 'minibatch stddev',
    set: { 'minibatchStddev.group': 8 },
    ring: { steps: SHARP, seeds: THRICE, reference: '8 / 88–91 / ≤0.04' },
    grid: { steps: ON_GRID, seeds: TWICE, reference: '18–20 / 12–43 / 0.65–1.3' },
  },
  {
    title: 'WGAN-GP',
    set: {
      'model.loss': 'wasserstein',
      'gradientPenalty.weight': 0.1,
      'model.criticSteps': 5,
      'model.beta1': 0,
      'model.beta2': 0.9,
    },
    ring: { steps: 1_500, seeds: TWICE, published: '6.8 / 59.6', reference: '8 / 65 / 0.01' },
    grid: { steps: 1_500, seeds: ONCE, published: '24.2 / 28.7' },
  },
  {
    title: 'R3GAN',
    set: { 'model.loss': 'relativistic', ...zeroCentred(0.1), 'model.beta1': 0, 'model.beta2': 0.9 },
    ring: { steps: SHARP, seeds: THRICE, reference: '8 / 85–91 / 0.00' },
    grid: { steps: ON_GRID, seeds: TWICE, reference: '23–24 / 12–43 / 0.63–0.68' },
  },
];

function job(dataset: 'ring' | 'grid', set: ParamValues, batch: number, steps: number): Omit<Job, 'seed'> {
  return {
    dataset,
    datasetParams: { rows: 100_000 },
    model: 'gan',
    set: { ...set, 'train.batchSize': batch, 'model.averageHalfLife': Math.round(HALF_LIFE_STEPS * batch) },
    steps,
    measurement: 'modes',
    heldOut: 0.025,
  };
}

const simple = (section: string, dataset: 'ring' | 'grid'): readonly Row[] =>
  methods.map(({ title, set, pack = 1, [dataset]: { steps, ...rest } }) => ({
    title,
    section,
    job: job(dataset, { ...S1, ...set }, S1_BATCH * pack, steps),
    ...rest,
  }));

/** "4,000 for PacGAN 2 and R3GAN; 3,000 for the rest" */
function stepsOf(dataset: 'ring' | 'grid', most: number): string {
  const others = [...new Set(methods.map((method) => method[dataset].steps))]
    .filter((steps) => steps !== most)
    .sort((a, b) => a - b);
  const told = others.map((steps) => {
    const titles = methods.filter((method) => method[dataset].steps === steps).map(({ title }) => title);
    return `${steps.toLocaleString('en')} for ${titles.join(' and ')}`;
  });
  return [...told, `${most.toLocaleString('en')} for the rest`].join('; ');
}

/** At the reference's 0.02 about one seed in four learns late, the discriminator far ahead (in PyTorch, too); at 0.05 none of eleven did. */
const GAMMA = 0.05;
const relativistic = (steps: number): ParamValues => ({ 'model.loss': 'relativistic', ...zeroCentred(GAMMA, steps) });

const tuned = (section: string, dataset: 'ring' | 'grid', steps: number): readonly Row[] => {
  const row = (title: string, set: ParamValues, seeds: readonly number[], reference: string): Row => ({
    title,
    section,
    seeds,
    job: job(dataset, { ...S2, ...set, 'model.decay': steps }, S2_BATCH, steps),
    reference,
  });
  const isRing = dataset === 'ring';
  return [
    row('plain GAN', {}, ONCE, isRing ? '8 / 84.3 / 0.43' : '16 / 85.9 / 0.70'),
    row('R3GAN', relativistic(steps), THRICE, isRing ? '8 / 94.5 / 0.00' : '25 / 86.7 / 0.01'),
  ];
};

const TUNED_STEPS = { ring: 3_500, grid: 6_000 };

const recovered = (row: string): readonly Bar[] => [
  { section: RING, row, figure: 'modes', least: 8, each: true },
  { section: RING, row, figure: 'highQuality', least: 75, each: true },
];

export const gan2d: Table = {
  id: 'gan-2d',
  title: 'Modes of Gaussians in the plane',
  about:
    '2,500 samples of the generator’s moving average (0.995 a step), scored by distance to the known modes: captured modes have a sample within ' +
    'three standard deviations, high quality is the share of such samples in per cent (the data themselves: 98.9), reverse KL is of their shares of the modes from equal shares, ' +
    'in nats. S1: generator and discriminator of 2 × 128, z 64, batches of 256 judgements, Adam 1e-3. S2: 3 × 128, z 32, batches of 512, Adam 2e-3 (0, 0.99) along a ' +
    `cosine, gamma 0.05 falling to a tenth. Steps of S1 on the ring: ${stepsOf('ring', ON_RING)}; on the grid: ${stepsOf('grid', ON_GRID)}. Steps of S2: ` +
    `${TUNED_STEPS.ring.toLocaleString('en')} on the ring, ${TUNED_STEPS.grid.toLocaleString('en')} on the grid. Minibatch discrimination has 8 kernels of 5 dimensions. Published and reference columns: ` +
    'modes / high quality / reverse KL; published nets and schedules differ, reference runs have the same nets in PyTorch and 3,000 to 6,000 steps.',
  columns: [
    { figure: 'modes', title: 'modes', digits: 1 },
    { figure: 'highQuality', title: 'high quality, %', digits: 1 },
    { figure: 'reverseKlNats', title: 'reverse KL', digits: 2 },
    { figure: 'rawModes', title: 'modes, raw weights', digits: 1 },
    { figure: 'rawHighQuality', title: 'high quality, raw weights', digits: 1 },
    { figure: 'discriminatorAccuracy', title: 'D accuracy', digits: 2 },
  ],
  rows: [
    ...simple(RING, 'ring'),
    ...tuned(RING_TUNED, 'ring', TUNED_STEPS.ring),
    ...simple(GRID, 'grid'),
    ...tuned(GRID_TUNED, 'grid', TUNED_STEPS.grid),
  ],
  bars: [
    { section: RING, row: 'plain GAN', figure: 'modes', most: 2, each: true },
    ...['PacGAN 2', 'minibatch stddev', 'R3GAN'].flatMap(recovered),
    { section: RING_TUNED, row: 'R3GAN', figure: 'highQuality', least: 90, each: true },
    { section: RING_TUNED, row: 'R3GAN', figure: 'reverseKlNats', most: 0.05, each: true },
    { section: GRID_TUNED, row: 'R3GAN', figure: 'modes', least: 24, each: true },
    { section: GRID_TUNED, row: 'R3GAN', figure: 'highQuality', least: 75, each: true },
    { section: GRID_TUNED, row: 'R3GAN', figure: 'reverseKlNats', most: 0.1, each: true },
  ],
  comparisons: (figuresOf) => {
    const runs = figuresOf(GRID_TUNED, 'plain GAN');
    const holds = runs.length > 0 && runs.every(({ modes = 25, reverseKlNats = 0 }) => modes <= 22 || reverseKlNats >= 0.4);
    const shown = runs.map(({ modes = NaN, reverseKlNats = NaN }) => `${modes} and ${reverseKlNats.toFixed(2)}`);
    return [
      {
        text: `${GRID_TUNED}, plain GAN: at most 22 modes or reverse KL at least 0.4 for every seed (${shown.join(', ')})`,
        holds,
      },
    ];
  },
};
