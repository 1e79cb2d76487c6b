// GANs trained on 500 pictures, before and after each cure: precision and recall of their samples against held-out pictures.
import type { ParamValues } from '../../base/params.ts';
import type { Row, Table } from './table.ts';

const PICTURES = 500;
const HELD_OUT = 0.5;

const common = {
  'train.batchSize': 64,
  'model.latentSize': 64,
  'model.learningRate': 5e-4,
  'model.discriminatorLearningRate': 5e-4,
} as const satisfies ParamValues;
const dcgan: ParamValues = { ...common, 'model.net': 'conv', 'net.channels': 16 };
const relativistic: ParamValues = {
  ...common,
  'model.net': 'residual',
  'net.channels': 16,
  'model.loss': 'relativistic',
  'model.beta1': 0,
  'r1.gamma': 0.05,
  'r2.gamma': 0.05,
};

const augmentation = { 'diffAugment.translation': 0.125, 'diffAugment.cutout': 0.5 } as const satisfies ParamValues;
const colour = { 'diffAugment.brightness': 0.5, 'diffAugment.contrast': 0.5 } as const satisfies ParamValues;

const cures = (isColour: boolean): readonly (readonly [string, ParamValues])[] => {
  const whole = isColour ? { ...augmentation, ...colour } : augmentation;
  return [
    ['DCGAN', dcgan],
    ['DCGAN + minibatch stddev', { ...dcgan, 'minibatchStddev.group': 4 }],
    ['DCGAN + PacGAN 2', { ...dcgan, 'packing.samples': 2 }],
    ['DCGAN + spectral norm', { ...dcgan, 'spectralNorm.on': true }],
    ['DCGAN + R1', { ...dcgan, 'r1.gamma': 0.1 }],
    ['DCGAN + differentiable augmentation', { ...dcgan, ...whole }],
    ['DCGAN + adaptive augmentation', { ...dcgan, ...whole, 'adaptiveAugment.target': 0.6 }],
    ['R3GAN', relativistic],
    ['R3GAN + differentiable augmentation', { ...relativistic, ...whole }],
  ];
};

export function pictures(mnist: string): Table {
  const rows = (section: string, dataset: string, isColour: boolean, steps: number): readonly Row[] =>
    cures(isColour).map(([title, set]) => ({
      title,
      section,
      seeds: [1, 2],
      job: {
        dataset,
        datasetParams: { rows: PICTURES / (1 - HELD_OUT) },
        model: 'gan',
        set,
        steps,
        measurement: 'samples',
        heldOut: HELD_OUT,
      },
    }));
  return {
    id: 'pictures',
    title: 'Samples of GANs that saw 500 pictures',
    about:
      `${PICTURES} pictures to train on, as many held out to compare with. Precision: samples that look like pictures; recall: pictures that look like samples; ` +
      'coverage: pictures with a sample in their neighbourhood (k 5, the first 50 principal components of the training pictures); 500 samples of the generator’s moving average. ' +
      'Short trainings on two cores: trends, not records.',
    columns: [
      { figure: 'precision', title: 'precision', digits: 3 },
      { figure: 'recall', title: 'recall', digits: 3 },
      { figure: 'coverage', title: 'coverage', digits: 3 },
      { figure: 'density', title: 'density', digits: 3 },
      { figure: 'covarianceRatio', title: 'covariance ratio', digits: 2 },
    ],
    rows: [...rows('MNIST', mnist, false, 600), ...rows('Shapes', 'shapes', true, 400)],
    bars: [],
  };
}
