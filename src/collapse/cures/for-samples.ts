// What one may change about a GAN whose samples leave out data, repeat it, or do not settle.
import type { ParamValues } from '../../base/params.ts';
import type { Circumstances } from '../circumstances.ts';
import { numberOf, ofModel, type Cure } from '../cure.ts';

const hasSlopePenalty = (params: ParamValues): boolean =>
  ['r1.gamma', 'r2.gamma', 'gradientPenalty.weight'].some((name) => numberOf(params, name) > 0);

/** The penalty's strength to begin with, for rows of every kind: healthy known cases have 0.02 on a ring, 0.1 on a table, 1 to 2 on pictures. */
const GAMMA = 0.1;

/** Judgements of the discriminator in a step, of packs of so many samples. */
const judgements = (params: ParamValues, samples: number): number => numberOf(params, 'train.batchSize', 128) / samples;
/** Groups must fill a batch, or training would refuse them. */
const fills = (group: number, batch: number): boolean => Number.isInteger(batch / Math.max(1, group));
const GROUPS = [8, 7, 6, 5, 4, 3, 2];

export const packing: Cure = {
  id: 'packing',
  title: 'Judge samples in pairs',
  why: 'The discriminator sees two samples at once, so that it notices when they are alike. A generator that repeats itself is found out.',
  paper: 'Lin et al. 2018 (PacGAN), arXiv:1712.04086',
  from: 'checkpoint',
  changes: ofModel('gan', (params) => {
    const packs = judgements(params, 2);
    const isFilled = fills(1, packs) && fills(numberOf(params, 'minibatchStddev.group'), packs);
    return numberOf(params, 'packing.samples', 1) > 1 || !isFilled ? undefined : { 'packing.samples': 2 };
  }),
};

export const minibatchStddev: Cure = {
  id: 'minibatch-stddev',
  title: 'Show how much a batch varies',
  why: 'The discriminator is told how much the rows of a small group differ. Groups of samples that differ less than data do are found out.',
  paper: 'Karras et al. 2018, arXiv:1710.10196',
  from: 'checkpoint',
  changes: ofModel('gan', (params) => {
    const batch = judgements(params, numberOf(params, 'packing.samples', 1));
    const group = GROUPS.find((one) => fills(one, batch));
    return numberOf(params, 'minibatchStddev.group') > 0 || group === undefined ? undefined : { 'minibatchStddev.group': group };
  }),
};

export const relativisticFlat: Cure = {
  id: 'relativistic',
  title: 'Compare pairs, and keep the discriminator flat',
  why: 'Each sample is judged beside a real row, so that none can hide in a crowd, and the discriminator’s slope is kept small at both. Together they have no bad resting points and settle.',
  paper: 'Huang et al. 2024 (R3GAN), arXiv:2501.05441',
  from: 'checkpoint',
  changes: ofModel('gan', (params) =>
    params['model.loss'] === 'relativistic' && hasSlopePenalty(params)
      ? undefined
      : {
          'model.loss': 'relativistic',
          'r1.gamma': GAMMA,
          'r2.gamma': GAMMA,
          ...(numberOf(params, 'gradientPenalty.weight') > 0 ? { 'gradientPenalty.weight': 0 } : {}),
          'model.beta1': 0,
          'model.beta2': 0.9,
        },
  ),
};

export const unrolled: Cure = {
  id: 'unrolled',
  title: 'Let the generator look ahead',
  why: 'The generator learns against the discriminator as it will be after five steps. Moving all samples to one place then no longer pays. Costs about five times the time.',
  paper: 'Metz et al. 2017, arXiv:1611.02163',
  from: 'checkpoint',
  changes: ofModel('gan', (params) =>
    numberOf(params, 'unrolling.steps') > 0 || hasSlopePenalty(params) ? undefined : { 'unrolling.steps': 5 },
  ),
};

export const calmer: Cure = {
  id: 'calmer',
  title: 'Half the rates, no momentum',
  why: 'Momentum keeps two players circling each other, and large steps overshoot. With beta1 at 0 and half the rates they settle.',
  paper: 'Gidel et al. 2019, arXiv:1807.04740; Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406',
  from: 'checkpoint',
  changes: ofModel('gan', (params) => ({
    'model.beta1': 0,
    'model.learningRate': numberOf(params, 'model.learningRate', 2e-4) / 2,
    'model.discriminatorLearningRate': numberOf(params, 'model.discriminatorLearningRate', 2e-4) / 2,
  })),
};

export const flatter: Cure = {
  id: 'flatter-discriminator',
  title: 'Keep the discriminator flat',
  why: 'The discriminator pays for its slope at real and at made rows. It cannot run ahead, and its slope keeps pointing somewhere.',
  paper: 'Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406; Huang et al. 2024, arXiv:2501.05441',
  from: 'checkpoint',
  changes: ofModel('gan', (params) => {
    const raised = (name: string): number => (numberOf(params, name) > 0 ? 3 * numberOf(params, name) : GAMMA);
    return { 'r1.gamma': raised('r1.gamma'), 'r2.gamma': raised('r2.gamma') };
  }),
};

export const slowerDiscriminator: Cure = {
  id: 'slower-discriminator',
  title: 'Slow the discriminator down',
  why: 'The discriminator learns at half its rate. The generator gets time to answer before it is beaten.',
  paper: 'Heusel et al. 2017 (two time scales), arXiv:1706.08500',
  from: 'checkpoint',
  changes: ofModel('gan', (params) => ({
    'model.discriminatorLearningRate': numberOf(params, 'model.discriminatorLearningRate', 2e-4) / 2,
  })),
};

export const instanceNoise: Cure = {
  id: 'instance-noise',
  title: 'Blur what the discriminator sees',
  why: 'Real and made rows get the same noise, less and less of it. Trifles that give samples away drown in it, and the slope points to the data again.',
  paper: 'Sønderby et al. 2017, arXiv:1610.04490',
  from: 'checkpoint',
  changes: ofModel('gan', (params) => (numberOf(params, 'instanceNoise.sd') > 0 ? undefined : { 'instanceNoise.sd': 0.1 })),
};

const isAugmented = (params: ParamValues): boolean =>
  ['diffAugment.translation', 'diffAugment.colour', 'diffAugment.cutout', 'diffAugment.jitter'].some(
    (name) => numberOf(params, name) > 0,
  );
/** Vectors: with a jitter of 0.1 the held-out rows of a table of 200 were still 0.46 of the way from real to made, with 0.3 at 0.21 (three seeds). */
const augmentation = (rows: Circumstances['rows']): ParamValues =>
  rows === 'picture' ? { 'diffAugment.translation': 0.125, 'diffAugment.cutout': 0.5 } : { 'diffAugment.jitter': 0.3 };

export const differentiableAugmentation: Cure = {
  id: 'differentiable-augmentation',
  title: 'Augment what the discriminator sees',
  why: 'Real and made rows alike are changed each time they are judged: pictures shifted and cut, vectors jittered. The discriminator cannot learn a small dataset by heart, and the generator learns through the changes.',
  paper: 'Zhao et al. 2020, arXiv:2006.10738',
  from: 'checkpoint',
  changes: ofModel('gan', (params, { rows }) => (isAugmented(params) ? undefined : augmentation(rows))),
};

/** The paper's 0.6 is for pictures in the thousands; a discriminator of 200 rows takes held-out ones for made below it, where nothing would be turned up. */
const SURE_OF_REAL = 0.3;

export const adaptiveAugmentation: Cure = {
  id: 'adaptive-augmentation',
  title: 'Augment as much as it needs',
  why: 'The strength of the augmentation follows how sure the discriminator is of the training rows. It rises while they are known by heart and falls when they are not.',
  paper: 'Karras et al. 2020, arXiv:2006.06676',
  from: 'checkpoint',
  changes: ofModel('gan', (params, { rows }) =>
    numberOf(params, 'adaptiveAugment.target') > 0
      ? undefined
      : { 'adaptiveAugment.target': SURE_OF_REAL, ...(isAugmented(params) ? {} : augmentation(rows)) },
  ),
};
