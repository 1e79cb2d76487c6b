// The dense VAE on MNIST's 10,000 test digits (8,000 to train, 2,000 held out, dynamic binarisation, 400-400, Adam 1e-3, batch 100, 25
// epochs): what beta, free bits, and richer priors and posteriors make of it. Figures of the held-out rows, nats a row.
import type { ParamValues } from '../../base/params.ts';
import type { Comparison, Figures, Row, Table } from './table.ts';
import { meanAndSd } from './table.ts';

const SEEDS = [1, 2, 3];
const PLAIN = 'beta 1';

/** Draws a row of the importance-weighted bound. */
const BETAS = 'Objective';
const RICHER = 'Prior or posterior';

const setting: ParamValues = { 'model.latentSize': 20, 'model.net': 'dense', 'train.batchSize': 100 };

const reference: Readonly<Record<string, string>> = {
  [PLAIN]: 'ELBO -110.9, KL 18.2, 13 units, rank 11.1, log p -106.6',
  'beta 4': 'ELBO -130.3, KL 7.40, 6 units, rank 6.1, log p -122.5',
  'beta 10': 'ELBO -165.2, KL 2.55, 3 units, rank 3.1, log p -152.8',
  'beta 20': 'ELBO -197.0, KL 0.39, 1 unit, rank 1.05, log p -187.2',
  'beta 20, free bits 0.1': 'ELBO -179.1, KL 1.86, 20 units, rank 6.0, log p -153.1',
};

export function vaeMnist(path: string): Table {
  const row = (section: string, title: string, set: ParamValues, seeds: readonly number[]): Row => ({
    title,
    section,
    seeds,
    job: {
      dataset: path,
      datasetParams: {},
      model: 'vae',
      set: { ...setting, ...set },
      epochs: 25,
      measurement: 'bound',
      heldOut: 0.2,
    },
    ...(reference[title] ? { reference: reference[title] } : {}),
  });
  const betas = [1, 4, 10, 20].map((beta) => row(BETAS, `beta ${beta}`, { 'model.beta': beta }, SEEDS));
  const richer: readonly (readonly [string, ParamValues])[] = [
    ['mixture prior', { 'model.prior': 'mixture' }],
    ['VampPrior', { 'model.prior': 'vamp' }],
    ['RealNVP prior', { 'model.prior': 'realnvp' }],
    ['Glow prior', { 'model.prior': 'glow' }],
    ['planar posterior', { 'model.posterior': 'planar' }],
    ['IAF posterior', { 'model.posterior': 'iaf' }],
    ['IWAE, 5 draws', { 'model.objective': 'importance', 'objective.samples': 5 }],
  ];
  return {
    id: 'vae-mnist',
    title: 'VAEs on digits',
    about:
      'MNIST’s 10,000 test digits, 8,000 to train on and 2,000 held out, dynamic binarisation, 784-400-400-20, Adam 1e-3, batches of 100, 25 epochs. ' +
      'ELBO, KL and log p(x) (importance-weighted, 64 draws) in nats over the held-out rows. An active unit’s mean varies by more than 0.01. ' +
      'Reference runs: the same setting in PyTorch, one seed. A model of independent pixels has 205.7 nats.',
    columns: [
      { figure: 'elbo', title: 'ELBO', digits: 1 },
      { figure: 'reconstruction', title: 'reconstruction', digits: 1 },
      { figure: 'kl', title: 'KL', digits: 2 },
      { figure: 'activeUnits', title: 'active units', digits: 1 },
      { figure: 'effectiveRank', title: 'effective rank', digits: 2 },
      { figure: 'logLikelihood', title: 'log p(x), 64 draws', digits: 1 },
    ],
    rows: [
      ...betas,
      row(BETAS, 'beta 20, free bits 0.1', { 'model.beta': 20, 'model.freeBits': 0.1 }, SEEDS.slice(0, 2)),
      ...richer.map(([title, set]) => row(RICHER, title, set, SEEDS)),
    ],
    bars: [
      { section: BETAS, row: PLAIN, figure: 'elbo', least: -114, each: true },
      { section: BETAS, row: PLAIN, figure: 'kl', least: 16.7, most: 19.7 },
      { section: BETAS, row: 'beta 20', figure: 'activeUnits', most: 2, each: true },
      { section: BETAS, row: 'beta 20', figure: 'effectiveRank', most: 1.5, each: true },
    ],
    comparisons: (figuresOf) => [...falls(figuresOf), ...richer.map(([title]) => atLeastAsGood(figuresOf, title))],
  };
}

type FiguresOf = (section: string, row: string) => readonly Figures[];

const meanOf = (runs: readonly Figures[], figure: string): number => meanAndSd(runs.map((run) => run[figure] as number)).mean;

function falls(figuresOf: FiguresOf): readonly Comparison[] {
  return ['kl', 'activeUnits', 'effectiveRank'].map((figure) => {
    const means = [1, 4, 10, 20].map((beta) => meanOf(figuresOf(BETAS, `beta ${beta}`), figure));
    const holds = means.every((mean, i) => i === 0 || mean < (means[i - 1] as number));
    return { text: `${figure} falls from beta 1 to 4, 10 and 20 (${means.map((mean) => mean.toFixed(2)).join(', ')})`, holds };
  });
}

/** Not worse than the plain VAE beyond two standard errors of the difference of the means. */
function atLeastAsGood(figuresOf: FiguresOf, title: string): Comparison {
  const [plain, richer] = [figuresOf(BETAS, PLAIN), figuresOf(RICHER, title)].map((runs) =>
    meanAndSd(runs.map((run) => run['logLikelihood'] as number)),
  ) as [ReturnType<typeof meanAndSd>, ReturnType<typeof meanAndSd>];
  const error = Math.sqrt((plain.sd ** 2 + richer.sd ** 2) / SEEDS.length);
  const text = `${title}: log p(x) at least that of the plain VAE within two standard errors (${richer.mean.toFixed(1)} against ${plain.mean.toFixed(1)} ± ${error.toFixed(1)})`;
  return { text, holds: richer.mean >= plain.mean - 2 * error };
}
