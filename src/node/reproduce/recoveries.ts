// THE list of recoveries: a small run for each cause of collapse, made so that the cause is known, and trained until Karst warns of it.
import type { ParamValues } from '../../base/params.ts';
import type { RecoveryCase } from './recovery.ts';

const points: ParamValues = { 'net.width': 64, 'train.batchSize': 100, 'model.latentSize': 2 };
const dense: ParamValues = { 'model.net': 'dense', 'net.width': 64, 'train.batchSize': 50, 'model.latentSize': 16 };
const players: ParamValues = { 'net.width': 64, 'train.batchSize': 128, 'model.latentSize': 16, 'model.standardise': false };
const rates = (generator: number, discriminator = generator): ParamValues => ({
  'model.learningRate': generator,
  'model.discriminatorLearningRate': discriminator,
});

/** `mnist`: a folder with MNIST's t10k files; without it the cases of digits are left out. */
export function recoveryCases(mnist: string | undefined): readonly RecoveryCase[] {
  const ring = { dataset: 'ring', datasetParams: { rows: 1000, sd: 0.05 }, seed: 1 };
  const shapes = { dataset: 'shapes', datasetParams: { rows: 500 }, seed: 1, model: 'vae', looks: 20 };
  return [
    {
      ...{ title: 'Rate turned up to 10 in mid-run', cause: 'divergence', figure: 'loss', ...ring, model: 'vae', steps: 600 },
      set: { ...points, 'net.activation': 'tanh', 'train.measureEvery': 600 },
      moves: [{ step: 300, values: { learningRate: 10 } }],
    },
    {
      ...{ title: 'Beta 30', cause: 'posterior-collapse', figure: 'information', ...ring, model: 'vae', steps: 600 },
      set: { ...points, 'model.beta': 30 },
    },
    {
      ...{ title: 'A decoder far noisier than the ring is wide', cause: 'ignored-code', figure: 'gap', ...ring, model: 'vae' },
      ...{ steps: 300, looks: 15 },
      set: {
        ...points,
        'model.freeBits': 0.5,
        'model.likelihood': 'gaussian',
        'likelihood.variance': 'fixed',
        'likelihood.sigma': 8,
      },
    },
    {
      ...{ title: 'Hasty players with momentum', cause: 'rotating-modes', figure: 'modes', ...ring, model: 'gan', steps: 1500 },
      set: { ...players, ...rates(3e-3), 'model.beta1': 0.9 },
    },
    {
      ...{ title: 'A discriminator twenty times as fast', cause: 'mode-collapse', figure: 'modes', ...ring, model: 'gan' },
      steps: 1500,
      set: { ...players, ...rates(2e-4, 4e-3), 'model.criticSteps': 3 },
    },
    ...(mnist === undefined
      ? []
      : [
          {
            ...({ title: 'Two hundred digits, by heart', cause: 'memorisation', figure: 'copying', model: 'vae' } as const),
            ...{ dataset: mnist, datasetParams: { rows: 400 }, seed: 1, steps: 4000, looks: 20 },
            set: {
              'net.width': 400,
              'train.batchSize': 50,
              'model.latentSize': 2,
              'model.beta': 0.1,
              'train.heldOut': 0.5,
              'train.measureEvery': 400,
            },
          },
        ]),
    {
      ...{ title: 'Free bits over beta 400', cause: 'padded-latents', figure: 'information', ...shapes, steps: 400 },
      set: { ...dense, 'model.beta': 400, 'model.freeBits': 0.1 },
    },
    {
      ...{ title: 'Beta 60', cause: 'partial-collapse', figure: 'units', ...shapes, steps: 400 },
      set: { ...dense, 'model.beta': 60, 'model.latentSize': 20 },
    },
    {
      ...{ title: 'Beta 0.01', cause: 'prior-mismatch', figure: 'aggregateKl', ...ring, model: 'vae', steps: 600 },
      datasetParams: { rows: 1000 },
      set: { ...points, 'model.beta': 0.01 },
    },
    {
      ...{ title: 'A plain GAN of a grid', cause: 'lost-modes', figure: 'modes', model: 'gan', steps: 3000, seed: 1 },
      ...{ dataset: 'grid', datasetParams: { rows: 2000 } },
      set: { ...players, ...rates(1e-3), 'train.batchSize': 256, 'model.latentSize': 32, 'net.width': 128 },
    },
    {
      ...{ title: 'Rates of a hundredth', cause: 'poor-samples', figure: 'precision', ...ring, model: 'gan', steps: 800 },
      set: { ...players, ...rates(1e-2) },
    },
    {
      ...{ title: 'A discriminator fifty times as fast', cause: 'dominating-discriminator', figure: 'accuracy', ...ring },
      ...{ datasetParams: { rows: 1000 }, model: 'gan', steps: 1000 },
      set: { ...players, ...rates(1e-4, 5e-3), 'model.criticSteps': 5 },
    },
    {
      ...{ title: 'Every second row a copy of ten', cause: 'poor-data', figure: 'information', ...shapes, steps: 400 },
      set: { ...dense },
      flaw: { kind: 'copies', share: 0.5, originals: 10 },
      deed: { cure: 'remove-duplicates', datasetParams: { rows: 250 } },
    },
  ];
}

/** Causes without a case, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  'overfitted-discriminator':
    'a discriminator that knows its rows by heart takes thousands of steps of a large net on a few hundred pictures, more than this table’s ten minutes',
};
