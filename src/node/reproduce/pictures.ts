// GANs that learn from 500 pictures, before and after each cure: do samples look like pictures that no run has seen, and are all of those there?
import type { ParamValues } from '../../base/params.ts';
import type { Row, Table } from './table.ts';

const PICTURES = 500;
/** As many held out; the rest neither trains nor judges, but features are fitted to it, and it stands in for samples in the first row. */
const ROWS = 4 * PICTURES;
const BATCH = 16;

/** Both kinds of net: leaky rectifiers and the code at every layer of the generator, or the first hundreds of steps make nothing but speckles. */
const common = {
  'model.net': 'conv',
  'net.channels': 16,
  'net.activation': 'leaky-relu',
  'net.skip': true,
  'model.latentSize': 64,
  'model.encoderEvery': 10_000, // nobody asks for codes here
} as const satisfies ParamValues;
const rates = (rate: number): ParamValues => ({ 'model.learningRate': rate, 'model.discriminatorLearningRate': rate });
const dcgan: ParamValues = { ...common, ...rates(2e-3) };
const relativistic: ParamValues = {
  ...common,
  ...rates(4e-3),
  'model.loss': 'relativistic',
  'model.beta1': 0,
  'r1.gamma': 0.5,
  'r2.gamma': 0.5,
};

interface Cure {
  readonly title: string;
  readonly set: ParamValues;
  /** Samples that the discriminator judges together: as many judgements a step take so many times as many rows. */
  readonly pack?: number;
}

const augmented = { 'diffAugment.translation': 0.125, 'diffAugment.cutout': 0.3 } as const satisfies ParamValues;

const cures: readonly Cure[] = [
  { title: 'minibatch discrimination', set: { 'minibatchDiscrimination.kernels': 16, 'minibatchDiscrimination.dimensions': 3 } },
  { title: 'minibatch stddev', set: { 'minibatchStddev.group': 4 } },
  { title: 'PacGAN 2', set: { 'packing.samples': 2 }, pack: 2 },
  { title: 'spectral norm', set: { 'spectralNorm.on': true } },
  { title: 'R1', set: { 'r1.gamma': 0.5 } },
  { title: 'R1 and R2', set: { 'r1.gamma': 0.5, 'r2.gamma': 0.5 } },
  { title: 'gradient penalty', set: { 'gradientPenalty.weight': 1 } },
  { title: 'unrolled, 3 steps', set: { 'unrolling.steps': 3 } },
  { title: 'instance noise', set: { 'instanceNoise.sd': 0.3, 'instanceNoise.steps': 1_200 } },
  { title: 'differentiable augmentation', set: augmented },
  { title: 'adaptive augmentation', set: { ...augmented, 'adaptiveAugment.target': 0.6, 'adaptiveAugment.horizon': 5_000 } },
];

export function pictures(mnist: string): Table {
  const section = (title: string, id: string, dataset: string, steps: number, taken: (cure: Cure) => boolean): readonly Row[] => {
    const row = (name: string, set: ParamValues, { pack = 1, file }: { pack?: number; file?: string } = {}): Row => ({
      title: name,
      section: title,
      seeds: [1, 2],
      job: {
        dataset,
        datasetParams: { rows: ROWS },
        model: 'gan',
        set: { ...set, 'train.batchSize': BATCH * pack },
        steps,
        measurement: 'samples',
        heldOut: PICTURES / ROWS,
        trainRows: PICTURES,
      },
      ...(file ? { growth: { file: `${file}-${id}`, at: [16, 8, 4, 2, 1].map((part) => steps / part) } } : {}),
    });
    const real = row('other pictures', dcgan);
    return [
      { ...real, job: { ...real.job, steps: 0, measurement: 'data' } },
      row('DCGAN', dcgan, { file: 'dcgan' }),
      ...cures.filter(taken).map(({ title: name, set, pack = 1 }) => row(`DCGAN + ${name}`, { ...dcgan, ...set }, { pack })),
      row('R3GAN', relativistic, { file: 'r3gan' }),
      row('R3GAN + differentiable augmentation', { ...relativistic, ...augmented }),
    ];
  };
  return {
    id: 'pictures',
    title: 'Samples of GANs that saw 500 pictures',
    about:
      `${PICTURES} pictures to train on, as many held out to compare with. Precision: samples that look like pictures; recall: pictures that look like samples; ` +
      'coverage: pictures with a sample in their neighbourhood (k 5, the first 50 principal components of the training pictures); 500 samples of the generator’s moving average. ' +
      'Short trainings on two cores: trends, not records.',
    columns: [
      { figure: 'precision', title: 'precision', digits: 2 },
      { figure: 'recall', title: 'recall', digits: 2 },
      { figure: 'coverage', title: 'coverage', digits: 2 },
      { figure: 'density', title: 'density', digits: 2 },
      { figure: 'covarianceRatio', title: 'covariance ratio', digits: 2 },
      { figure: 'discriminatorAccuracy', title: 'D accuracy', digits: 2 },
    ],
    rows: [
      ...section('MNIST', 'mnist', mnist, 1_200, () => true),
      ...section('Shapes', 'shapes', 'shapes', 1_600, ({ title }) => /stddev|differentiable/.test(title)),
    ],
    bars: [],
  };
}
