// Every model with every choice and cure, on every kind of data. Sizes are small: what is asked is whether things fit together, not how well
// they learn.
//
// Left out, and why:
// - Pairs of choices beyond each against the defaults (a Glow prior with FactorVAE): a law test of each member holds the parts, and pairs
//   would be tens of thousands. One row a model switches on several cures at once.
// - What a kind of data has no meaning for: conv and residual nets and colour changes of vectors (refused with an error, tested in the laws).
// - Files as sources: IDX, folders, NPY and CSV give the same two kinds of samples as the data here; their readers have tests of their own.
import type { ParamValues } from '../../src/base/params.ts';
import { ring } from '../../src/datasets/gaussians.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { Rng } from '../../src/base/rng.ts';
import { arrayDataset, bars, normals } from '../training/toy.ts';

export interface Combination {
  readonly data: string;
  readonly model: string;
  readonly title: string;
  readonly set: ParamValues;
}

function colours(rows: number): Dataset {
  const rng = Rng.fromSeed(8);
  const data = new Float32Array(rows * 8 * 8 * 3);
  for (let i = 0; i < rows; i++) {
    const colour = [rng.uniform(), rng.uniform(), rng.uniform()];
    const at = rng.integer(8);
    for (let j = 0; j < 192; j++) data[i * 192 + j] = Math.floor(j / 3) % 8 < at ? (colour[j % 3] as number) : 0.1;
  }
  return arrayDataset({ kind: 'picture', height: 8, width: 8, channels: 3 }, data);
}

/** Kinds of data by name, each with nets small enough for it. */
export const data: Readonly<
  Record<string, { readonly dataset: Dataset; readonly nets: ParamValues; readonly isPicture: boolean }>
> = {
  'grey pictures': { dataset: bars(60), nets: { 'model.net': 'dense', 'net.width': 12, 'net.depth': 1 }, isPicture: true },
  'colour pictures': { dataset: colours(60), nets: { 'model.net': 'conv', 'net.channels': 2 }, isPicture: true },
  'points in the plane': { dataset: ring.make({ rows: 60 }), nets: { 'net.width': 12, 'net.depth': 1 }, isPicture: false },
  vectors: { dataset: normals(60, [1, 5, 0.01, 2, 1], 3), nets: { 'net.width': 12, 'net.depth': 1 }, isPicture: false },
};

type Choice = readonly [title: string, set: ParamValues, only?: 'pictures'];

const shared: readonly Choice[] = [
  ['shift, crop and noise of the data', { 'augment.shift': 0.1, 'augment.crop': 0.1, 'augment.noise': 0.05 }],
  [
    'turns, flips and colours of the data',
    { 'augment.rotate': 20, 'augment.flipHorizontal': true, 'augment.colour': 0.3 },
    'pictures',
  ],
  ['residual nets', { 'model.net': 'residual', 'net.channels': 2 }, 'pictures'],
];

const choices: Readonly<Record<string, readonly Choice[]>> = {
  vae: [
    ['as it is', {}],
    ...['capacity', 'factor', 'tc', 'dip', 'info', 'wae'].map((id): Choice => [`objective ${id}`, { 'model.objective': id }]),
    ['objective importance', { 'model.objective': 'importance', 'objective.samples': 3 }],
    ...['mixture', 'vamp', 'realnvp', 'glow'].map((id): Choice => [`prior ${id}`, { 'model.prior': id }]),
    ...['planar', 'iaf'].map((id): Choice => [`posterior ${id}`, { 'model.posterior': id }]),
    ['linear annealing', { 'model.annealing': 'linear', 'model.annealingSteps': 20 }],
    ['cyclic annealing', { 'model.annealing': 'cyclic', 'model.annealingSteps': 40 }],
    ['free bits', { 'model.freeBits': 0.1 }],
    ['normalised means', { 'normalisedMeans.gamma': 0.5 }],
    ['committed rate', { 'committedRate.nats': 0.1 }],
    ['minimum rate', { 'minimumRate.nats': 2 }],
    ['aggressive inference', { 'aggressive.steps': 3, 'aggressive.checkEvery': 5 }],
    ['skip connections', { 'net.skip': true }],
    [
      'many at once',
      {
        'model.prior': 'realnvp',
        'model.posterior': 'iaf',
        'model.freeBits': 0.05,
        'normalisedMeans.gamma': 0.5,
        'minimumRate.nats': 1,
        'model.gradientClip': 5,
        'augment.noise': 0.02,
      },
    ],
    ...shared,
  ],
  'vq-vae': [
    ['as it is', {}],
    ['a codebook by gradient', { 'model.update': 'gradient' }],
    ['codes of any length', { 'model.unitCodes': false, 'model.snap': true }],
    ...shared,
  ],
  gan: [
    ['as it is', {}],
    ...['least-squares', 'hinge', 'relativistic'].map((id): Choice => [`loss ${id}`, { 'model.loss': id }]),
    ['WGAN-GP', { 'model.loss': 'wasserstein', 'gradientPenalty.weight': 1, 'model.criticSteps': 3 }],
    ['packing', { 'packing.samples': 2 }],
    ['minibatch discrimination', { 'minibatchDiscrimination.kernels': 4 }],
    ['minibatch stddev', { 'minibatchStddev.group': 4 }],
    ['spectral norm', { 'spectralNorm.on': true }],
    ['R1', { 'r1.gamma': 0.1 }],
    ['R2', { 'r2.gamma': 0.1 }],
    ['unrolling', { 'unrolling.steps': 2 }],
    ['instance noise', { 'instanceNoise.sd': 0.1, 'instanceNoise.steps': 40 }],
    ['differentiable augmentation', { 'diffAugment.translation': 0.125, 'diffAugment.cutout': 0.3, 'diffAugment.jitter': 0.05 }],
    [
      'adaptive augmentation',
      {
        'diffAugment.translation': 0.125,
        'diffAugment.jitter': 0.05,
        'adaptiveAugment.target': 0.6,
        'adaptiveAugment.horizon': 1000,
      },
    ],
    [
      'many at once',
      {
        'model.loss': 'relativistic',
        'r1.gamma': 0.1,
        'r2.gamma': 0.1,
        'packing.samples': 2,
        'minibatchStddev.group': 4,
        'spectralNorm.on': true,
        'instanceNoise.sd': 0.1,
        'augment.noise': 0.02,
      },
    ],
    ...shared,
  ],
};

const sizes: Readonly<Record<string, ParamValues>> = {
  vae: { 'model.latentSize': 4 },
  'vq-vae': { 'model.slots': 2, 'model.codeSize': 2, 'model.codes': 8, 'model.restartAfter': 5 },
  gan: { 'model.latentSize': 4 },
};

export const combinations: readonly Combination[] = Object.entries(data).flatMap(([name, { nets, isPicture }]) =>
  Object.entries(choices).flatMap(([model, all]) =>
    all
      .filter(([, , only]) => only === undefined || isPicture)
      .map(([title, set]) => {
        const isResidual = set['model.net'] === 'residual';
        return { data: name, model, title, set: { ...(isResidual ? {} : nets), ...(sizes[model] as ParamValues), ...set } };
      }),
  ),
);
