// What the training bench trains. Workloads stand beside PyTorch's; rows are the plain model with one choice or cure, and stand beside that.
import { KarstError } from '../../base/errors.ts';
import type { ParamValues } from '../../base/params.ts';
import type { SampleShape } from '../../datasets/dataset.ts';
import type { TorchModel } from './torch-steps.ts';
import type { StepSpec } from './training-step.ts';

export interface TrainingWorkload extends StepSpec {
  readonly id: string;
  readonly title: string;
  /**
   * What plain products take, two for a multiply-add; of VAEs, multiply-adds of one forward pass times 6 (forward, two products backward).
   */
  readonly flopsPerImage: number;
  readonly torch: TorchModel;
}

const picture = (side: number): SampleShape => ({ kind: 'picture', height: side, width: side, channels: 1 });

/** Multiply-adds of a picture: 4 × 4 kernels that halve `side`, one for each entry of `channels`, and the dense layer behind them. */
const convolved = (side: number, channels: readonly number[]): readonly number[] =>
  channels.map((out, level) => 16 * (side >> (level + 1)) ** 2 * (channels[level - 1] ?? 1) * out);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const bernoulli = { 'model.likelihood': 'bernoulli', 'likelihood.binarise': 'none' };

function dcgan(id: string, side: number, channels: readonly number[]): TrainingWorkload {
  const [first = 0, ...inner] = convolved(side, channels);
  const small = side >> channels.length;
  const latent = 64;
  return {
    id,
    title: `1×${side}×${side} DCGAN (${channels.join('-')}), batch 64`,
    batch: 64,
    model: 'gan',
    // The third, which gives real rows codes, PyTorch's does not have.
    parts: 2,
    sample: picture(side),
    set: {
      'model.net': 'conv',
      'net.channels': channels[0] as number,
      'net.levels': channels.length,
      'net.activation': 'leaky-relu',
      'model.latentSize': latent,
      'model.loss': 'non-saturating',
    },
    // An inner kernel is passed seven times in the discriminator's step and five times in the generator's, the outer one two times less, for
    // want of slopes in pictures, and the generator's dense layer three times.
    flopsPerImage: 2 * (12 * sum(inner) + 10 * first + 3 * latent * (channels.at(-1) as number) * small * small),
    torch: { kind: 'gan', batch: 64, latent, side, channels },
  };
}

const plainVae: TrainingWorkload = {
  id: 'mlp-vae',
  title: '784-400-20 VAE, batch 128',
  batch: 128,
  model: 'vae',
  sample: picture(28),
  set: { ...bernoulli, 'model.net': 'dense', 'net.width': 400, 'net.depth': 1, 'model.latentSize': 20 },
  flopsPerImage: 6 * (784 * 400 + 400 * 40 + 20 * 400 + 400 * 784),
  torch: { kind: 'vae', batch: 128, latent: 20, side: 28, channels: [], width: 400 },
};

const plainGan = dcgan('dcgan', 32, [32, 64, 128]);

export const trainingWorkloads: readonly TrainingWorkload[] = [
  plainVae,
  {
    id: 'conv-vae',
    title: '1×32×32 conv VAE (32-64-128), batch 64',
    batch: 64,
    model: 'vae',
    sample: picture(32),
    set: { ...bernoulli, 'model.net': 'conv', 'net.channels': 32, 'model.latentSize': 32 },
    // Down and the same up, plus the two dense layers at 4 × 4 × 128.
    flopsPerImage: 6 * (2 * sum(convolved(32, [32, 64, 128])) + 2048 * 64 + 32 * 2048),
    torch: { kind: 'vae', batch: 64, latent: 32, side: 32, channels: [32, 64, 128] },
  },
  plainGan,
  dcgan('dcgan-28', 28, [64, 128]),
];

export interface CostRow {
  readonly id: string;
  readonly title: string;
  readonly group: 'objectives' | 'flows' | 'vae-cures' | 'gan-losses' | 'gan-cures';
  readonly plain: TrainingWorkload;
  readonly set: ParamValues;
  readonly parts?: number;
}

type Row = readonly [id: string, title: string, set: ParamValues];

const rowsOf = (plain: TrainingWorkload, group: CostRow['group'], rows: readonly Row[]): CostRow[] =>
  rows.map(([id, title, set]) => ({ id, title, group, plain, set }));

const translated = { 'diffAugment.translation': 0.125, 'diffAugment.cutout': 0.5, 'diffAugment.jitter': 0.1 };

export const costRows: readonly CostRow[] = [
  ...rowsOf(plainVae, 'objectives', [
    ['capacity', 'capacity, annealed', { 'model.objective': 'capacity' }],
    ['factor', 'FactorVAE', { 'model.objective': 'factor' }],
    ['tc', 'beta-TCVAE', { 'model.objective': 'tc' }],
    ['dip', 'DIP-VAE', { 'model.objective': 'dip' }],
    ['info', 'InfoVAE (MMD)', { 'model.objective': 'info' }],
    ['wae', 'Wasserstein autoencoder (MMD)', { 'model.objective': 'wae' }],
    ['importance', 'IWAE, 5 samples', { 'model.objective': 'importance', 'objective.samples': 5 }],
  ]),
  ...rowsOf(plainVae, 'flows', [
    ['mixture', 'mixture of Gaussians as prior', { 'model.prior': 'mixture' }],
    ['vamp', 'VampPrior', { 'model.prior': 'vamp' }],
    ['realnvp', 'RealNVP as prior', { 'model.prior': 'realnvp' }],
    ['glow', 'Glow as prior', { 'model.prior': 'glow' }],
    ['planar', 'planar flow as posterior', { 'model.posterior': 'planar' }],
    ['iaf', 'inverse autoregressive flow as posterior', { 'model.posterior': 'iaf' }],
  ]),
  ...rowsOf(plainVae, 'vae-cures', [
    ['free-bits', 'free bits', { 'model.freeBits': 0.1 }],
    ['annealing', 'cyclic annealing', { 'model.annealing': 'cyclic' }],
    ['bn-vae', 'BN-VAE', { 'normalisedMeans.gamma': 0.5 }],
    ['committed-rate', 'committed rate', { 'committedRate.nats': 0.1 }],
    ['minimum-rate', 'minimum rate', { 'minimumRate.nats': 2 }],
    ['skip', 'skip connections', { 'net.skip': true }],
    ['aggressive', 'aggressive inference, 5 steps', { 'aggressive.steps': 5 }],
  ]),
  ...rowsOf(plainGan, 'gan-losses', [
    ['least-squares', 'least squares', { 'model.loss': 'least-squares' }],
    ['hinge', 'hinge', { 'model.loss': 'hinge' }],
    ['wgan-gp', 'WGAN-GP, one step of the critic', { 'model.loss': 'wasserstein', 'gradientPenalty.weight': 10 }],
    ['relativistic', 'relativistic', { 'model.loss': 'relativistic' }],
    ['r3gan', 'R3GAN: relativistic, R1 and R2', { 'model.loss': 'relativistic', 'r1.gamma': 1, 'r2.gamma': 1 }],
  ]),
  ...rowsOf(plainGan, 'gan-cures', [
    ['discrimination', 'minibatch discrimination, 50 × 5', { 'minibatchDiscrimination.kernels': 50 }],
    ['stddev', 'minibatch stddev', { 'minibatchStddev.group': 4 }],
    ['packing', 'packing, 2 samples', { 'packing.samples': 2 }],
    ['spectral-norm', 'spectral norm', { 'spectralNorm.on': true }],
    ['r1', 'R1', { 'r1.gamma': 1 }],
    ['r2', 'R2', { 'r2.gamma': 1 }],
    ['gradient-penalty', 'gradient penalty', { 'gradientPenalty.weight': 10 }],
    ['unrolling', 'unrolled discriminator, 5 steps', { 'unrolling.steps': 5 }],
    ['instance-noise', 'instance noise', { 'instanceNoise.sd': 0.1 }],
    ['diff-augment', 'differentiable augmentation', translated],
    ['ada', 'adaptive augmentation', { ...translated, 'adaptiveAugment.target': 0.6 }],
  ]),
  { id: 'encoder', title: 'an encoder beside it', group: 'gan-cures', plain: plainGan, set: {}, parts: 3 },
];

/** Rows by name or group, comma-separated; all where nothing is asked for. */
export function chosenRows(only?: string): {
  readonly workloads: readonly TrainingWorkload[];
  readonly costs: readonly CostRow[];
} {
  if (only === undefined) return { workloads: trainingWorkloads, costs: costRows };
  const asked = only.split(',').map((name) => name.trim());
  const known = new Set(['torch', ...trainingWorkloads.map(({ id }) => id), ...costRows.flatMap(({ id, group }) => [group, id])]);
  const strange = asked.find((name) => !known.has(name));
  if (strange !== undefined)
    throw new KarstError('usage', `the training bench has no row "${strange}"; it has ${[...known].join(', ')}`);
  return {
    workloads: trainingWorkloads.filter(({ id }) => asked.includes('torch') || asked.includes(id)),
    costs: costRows.filter(({ id, group }) => asked.includes(group) || asked.includes(id)),
  };
}
