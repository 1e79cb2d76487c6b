// THE list of recoveries: a small run for each cause of collapse, made so that the cause is known, and trained until Karst warns of it.
import type { ParamValues } from '../../base/params.ts';
import { TABLE } from './known-case.ts';
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
  const shapes = { dataset: 'shapes', datasetParams: { rows: 1000 }, seed: 1, model: 'vae', looks: 20 };
  return [
    {
      ...{ title: 'Rate turned up to 0.7 in mid-run', cause: 'divergence', figure: 'loss', ...ring, model: 'vae', steps: 600 },
      set: { ...points, 'net.activation': 'tanh' },
      moves: [{ step: 300, values: { learningRate: 0.7 } }],
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
      ...{ title: 'Codes that follow by gradient alone', cause: 'unused-codes', figure: 'perplexity', ...ring, model: 'vq-vae' },
      ...{ datasetParams: { rows: 1000, sd: 0.3 }, steps: 600, looks: 20 },
      set: {
        ...{ 'net.width': 64, 'train.batchSize': 100, 'model.slots': 1, 'model.codes': 128 },
        ...{ 'model.update': 'gradient', 'model.unitCodes': false, 'model.restartAfter': 0 },
      },
      note: 'of 128 codes. `unit-codes` came to 43.8, `averaged-codes` to 16.2, `lower-commitment` to 4.0; `fewer-codes`, of 32, to 6.1.',
    },
    {
      ...{ title: 'Hasty players with momentum', cause: 'rotating-modes', figure: 'modes', ...ring, model: 'gan', steps: 1500 },
      set: { ...players, ...rates(3e-3), 'model.beta1': 0.9 },
    },
    {
      ...{ title: 'A discriminator twenty times as fast', cause: 'mode-collapse', figure: 'modes', ...ring, model: 'gan' },
      steps: 1500,
      set: { ...players, ...rates(2e-4, 4e-3), 'model.criticSteps': 3 },
      note: '`packing` and `minibatch-stddev`, of which the first used to be on offer first, came to 5 of 8 modes.',
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
      ...{ title: 'Twelve dimensions for a ring', cause: 'partial-collapse', figure: 'unitShare', ...ring, model: 'vae' },
      ...{ steps: 600, looks: 12 },
      set: { ...points, 'model.latentSize': 12, 'model.beta': 0.5, 'model.learningRate': 3e-3 },
      note: 'beta is below 1, so that lowering it is not on offer. Annealed in cycles, which used to come next, 2 of 12 dimensions are active as before: the ring needs no more.',
    },
    {
      ...{ title: 'Beta 0.01', cause: 'prior-mismatch', figure: 'aggregateKl', ...ring, model: 'vae', steps: 600 },
      datasetParams: { rows: 1000 },
      set: { ...points, 'model.beta': 0.01 },
      note: '`flow-prior`, which is on offer first where beta is 1 or more, leaves 4.8 nats, and 4.5 after 2,000 steps, when its samples look like the ring; `hold-codes-together` 6.1.',
    },
    {
      ...{ title: 'One Gaussian for all shapes', cause: 'prior-mismatch', figure: 'lifelike', ...shapes, steps: 800 },
      set: { 'net.channels': 16, 'train.batchSize': 32, 'model.learningRate': 2e-3, 'train.measureEvery': 200 },
      note: 'what codes tell is at its cap, so that only draws from the prior, which whole measures look at, show it.',
    },
    {
      ...{ title: 'Three turns of a discriminator four times as fast', cause: 'lost-modes', figure: 'unevenness', ...ring },
      ...{ datasetParams: { rows: 500, sd: 0.05 }, model: 'gan', steps: 1600, looks: 40 },
      set: {
        ...{ ...players, ...rates(1e-3, 4e-3), 'net.width': 32, 'train.batchSize': 64, 'model.latentSize': 8 },
        ...{ 'train.heldOut': 0.4, 'model.criticSteps': 3 },
      },
      note: 'of the ring only. A plain GAN of the grid of 25, its columns not scaled, that was warned of at step 2700 had 21 modes after 6,000 steps, 20 with `relativistic`, 22 with `flatter-discriminator`, 23 with `relativistic` at ten times its gamma, 20 and 17 where the rates fell as well: there none mended.',
    },
    {
      ...{ title: 'A young GAN', cause: 'poor-samples', figure: 'onModes', ...ring, model: 'gan', steps: 1500 },
      set: { ...players, ...rates(2e-3) },
      note: 'to train on, which is advised last where samples stand still, is the run without the cure. Half the rates without momentum (`calmer`), which used to be on offer first, left 0.00 of the samples on a mode.',
    },
    {
      ...{ title: 'A discriminator with room for two hundred rows', cause: 'overfitted-discriminator', figure: 'overfit' },
      ...{ dataset: TABLE, datasetParams: { rows: 400, seed: 3 }, model: 'gan', steps: 2000, looks: 40, seed: 3 },
      set: {
        ...{ 'net.width': 32, 'net.depth': 2, 'train.batchSize': 100, 'model.latentSize': 8, 'train.heldOut': 0.5 },
        ...{ ...rates(1e-3, 2e-3), 'model.discriminatorWidth': 5, 'model.criticSteps': 3 },
      },
      note: '`flatter-discriminator` leaves 0.77, `adaptive-augmentation` 0.57; with the target of 0.6 that it used to set, 0.87, as good as nothing. A jitter of 0.1, which `differentiable-augmentation` used to set, left 0.41 after 1,500 steps, where 0.3 leaves none.',
    },
    {
      ...{ title: 'A discriminator fifty times as fast', cause: 'dominating-discriminator', figure: 'accuracy', ...ring },
      ...{ datasetParams: { rows: 1000 }, model: 'gan', steps: 1000 },
      set: { ...players, ...rates(1e-4, 5e-3), 'model.criticSteps': 5 },
      note: 'a flatter discriminator alone came to 0.86 right, half its rate or noise to 0.94, as without a cure. After 1,500 steps it is 0.87 right with the cure, too: modes are back, and it stays strong.',
    },
    {
      ...{ title: 'Every second row a copy of ten', cause: 'poor-data', figure: 'information', ...shapes, steps: 400 },
      set: { ...dense },
      flaw: { kind: 'copies', share: 0.5, originals: 10 },
      deed: { cure: 'remove-duplicates', datasetParams: { rows: 500 } },
      note: 'a person’s deed: the same rows once more, from the start, without those that are copies.',
    },
  ];
}
