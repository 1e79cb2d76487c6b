// One row a model and kind of sample, and one a choice or cure that has programs of its own: what every model must keep, at sizes that
// compile at once. What a row says beyond the laws is what `auto` must have chosen.
import type { ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { arrayDataset, bars, normals } from '../training/toy.ts';

export interface ModelRow {
  readonly title: string;
  readonly model: string;
  readonly dataset: Dataset;
  readonly set: ParamValues;
  /** Some of the parameters it must end with. */
  readonly chosen: ParamValues;
}

const ROWS = 40;

function colours(rows: number): Dataset {
  const rng = Rng.fromSeed(8);
  const data = new Float32Array(rows * 6 * 5 * 3);
  for (let i = 0; i < rows; i++) {
    const colour = [rng.uniform(), rng.uniform(), rng.uniform()];
    for (let j = 0; j < 90; j++) data[i * 90 + j] = colour[j % 3] as number;
  }
  return arrayDataset({ kind: 'picture', height: 6, width: 5, channels: 3 }, data);
}

const grey = bars(ROWS);
const colour = colours(ROWS);
const vectors = normals(ROWS, [1, 5, 0.01], 3);
const points = normals(ROWS, [1, 2]);
const narrow: ParamValues = { 'net.width': 12, 'net.depth': 1 };

const vaes: readonly ModelRow[] = [
  {
    title: 'of grey pictures',
    dataset: grey,
    set: { 'net.width': 12 },
    chosen: { 'model.net': 'dense', 'model.likelihood': 'bernoulli', 'model.latentSize': 20 },
  },
  {
    title: 'of colour pictures',
    dataset: colour,
    set: { 'net.channels': 2 },
    chosen: { 'model.net': 'conv', 'model.likelihood': 'gaussian', 'model.latentSize': 16 },
  },
  {
    title: 'of vectors',
    dataset: vectors,
    set: { 'net.width': 12 },
    chosen: { 'model.net': 'dense', 'model.likelihood': 'gaussian', 'model.latentSize': 3 },
  },
  {
    title: 'of grey levels as they are',
    dataset: grey,
    set: { 'net.width': 12, 'likelihood.binarise': 'none' },
    chosen: { 'likelihood.binarise': 'none' },
  },
  {
    title: 'of everything at once',
    dataset: bars(ROWS, 6),
    set: {
      'model.net': 'conv',
      'net.channels': 2,
      'net.normalisation': 'layer',
      'model.gradientClip': 1,
      'model.freeBits': 0.1,
      'model.latentSize': 4,
    },
    chosen: { 'model.gradientClip': 1 },
  },
  ...[
    ...['planar', 'iaf'].map((id): [string, ParamValues] => [`with posterior ${id}`, { 'model.posterior': id }]),
    ...['mixture', 'vamp', 'realnvp', 'glow'].map((id): [string, ParamValues] => [`with prior ${id}`, { 'model.prior': id }]),
    ...['capacity', 'factor', 'tc', 'dip', 'info', 'wae'].map((id): [string, ParamValues] => [
      `with objective ${id}`,
      { 'model.objective': id },
    ]),
    ['with objective importance', { 'model.objective': 'importance', 'objective.samples': 3 }] as [string, ParamValues],
    ['with normalised means', { 'normalisedMeans.gamma': 0.5 }] as [string, ParamValues],
    ['with a committed rate', { 'committedRate.nats': 0.1, 'model.latentSize': 1 }] as [string, ParamValues],
    ['with a minimum rate', { 'minimumRate.nats': 2 }] as [string, ParamValues],
    ['with aggressive inference', { 'aggressive.steps': 2, 'aggressive.checkEvery': 3 }] as [string, ParamValues],
    ['with residual nets', { 'model.net': 'residual', 'net.channels': 2 }] as [string, ParamValues],
    ['of augmented rows', { 'augment.shift': 0.2, 'augment.rotate': 20, 'augment.noise': 0.05 }] as [string, ParamValues],
  ].map(([title, set]) => ({
    title,
    dataset: bars(ROWS, 6),
    set: { ...(set['model.net'] ? {} : narrow), 'model.latentSize': 4, ...set },
    chosen: set,
  })),
].map((row) => ({ ...row, model: 'vae' }));

const codebooks: readonly ModelRow[] = [
  {
    title: 'of grey pictures',
    dataset: grey,
    set: { ...narrow, 'model.codes': 8 },
    chosen: { 'model.net': 'dense', 'model.likelihood': 'bernoulli', 'model.slots': 8 },
  },
  {
    title: 'of colour pictures',
    dataset: colour,
    set: { 'net.channels': 2, 'model.codes': 8 },
    chosen: { 'model.net': 'conv', 'model.slots': 16 },
  },
  {
    title: 'whose codes learn by gradient',
    dataset: vectors,
    set: { ...narrow, 'model.codes': 8, 'model.update': 'gradient', 'model.unitCodes': false, 'model.snap': true },
    chosen: { 'model.slots': 1, 'model.likelihood': 'gaussian' },
  },
].map((row) => ({ ...row, model: 'vq-vae' }));

const gans: readonly ModelRow[] = [
  {
    title: 'of grey pictures',
    dataset: grey,
    set: { ...narrow, 'model.latentSize': 4 },
    chosen: { 'model.net': 'dense' },
  },
  {
    title: 'of colour pictures',
    dataset: colour,
    set: { 'net.channels': 2 },
    chosen: { 'model.net': 'conv', 'model.latentSize': 64 },
  },
  { title: 'of vectors', dataset: vectors, set: narrow, chosen: { 'model.latentSize': 32 } },
  {
    title: 'of residual nets with R1 and R2',
    dataset: colour,
    set: { 'model.net': 'residual', 'net.channels': 2, 'model.loss': 'relativistic', 'r1.gamma': 0.1, 'r2.gamma': 0.1 },
    chosen: { 'r2.gamma': 0.1 },
  },
  {
    title: 'of convolutions with the gradient penalty',
    dataset: colour,
    set: { 'net.channels': 2, 'model.loss': 'wasserstein', 'gradientPenalty.weight': 1, 'minibatchStddev.group': 4 },
    chosen: { 'model.net': 'conv' },
  },
  {
    title: 'of pictures changed under its eyes',
    dataset: colour,
    set: {
      'net.channels': 2,
      'diffAugment.translation': 0.2,
      'diffAugment.colour': 1,
      'diffAugment.cutout': 0.5,
      'augment.flipHorizontal': true,
      'augment.colour': 0.5,
      'spectralNorm.on': true,
    },
    chosen: { 'spectralNorm.on': true },
  },
  ...[
    ...['least-squares', 'hinge'].map((id): [string, ParamValues] => [`with loss ${id}`, { 'model.loss': id }]),
    ['R3GAN', { 'model.loss': 'relativistic', 'r1.gamma': 0.1, 'r2.gamma': 0.1 }] as [string, ParamValues],
    ['WGAN-GP', { 'model.loss': 'wasserstein', 'gradientPenalty.weight': 1, 'model.criticSteps': 2 }] as [string, ParamValues],
    ['with packing', { 'packing.samples': 2 }] as [string, ParamValues],
    ['with minibatch discrimination', { 'minibatchDiscrimination.kernels': 4 }] as [string, ParamValues],
    ['with minibatch stddev', { 'minibatchStddev.group': 4 }] as [string, ParamValues],
    ['with spectral norm', { 'spectralNorm.on': true }] as [string, ParamValues],
    ['with unrolling', { 'unrolling.steps': 2 }] as [string, ParamValues],
    ['with instance noise', { 'instanceNoise.sd': 0.1 }] as [string, ParamValues],
    [
      'with adaptive augmentation',
      { 'diffAugment.jitter': 0.1, 'adaptiveAugment.target': 0.6, 'adaptiveAugment.horizon': 1000 },
    ] as [string, ParamValues],
  ].map(([title, set]) => ({
    title,
    dataset: points,
    set: { ...narrow, 'model.latentSize': 4, 'model.standardise': false, ...set },
    chosen: set,
  })),
].map((row) => ({ ...row, model: 'gan' }));

export const modelRows: readonly ModelRow[] = [...vaes, ...codebooks, ...gans];
