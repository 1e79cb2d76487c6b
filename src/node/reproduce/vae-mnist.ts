// The dense VAE on MNIST's 10,000 test digits (8,000 to train, 2,000 held out, dynamic binarisation, 400-400, Adam 1e-3, batch 100, 25
// epochs): what beta, free bits, and richer priors and posteriors make of it. Figures of the held-out rows, nats a row.
import type { ParamValues } from '../../base/params.ts';
import type { Comparison, Figures, Row, Table } from './table.ts';
import { meanAndSd } from './table.ts';

/** A seed splits the rows, too: only runs of one seed are compared row by row. */
const SEEDS = [1, 2];
const BETAS = [1, 4, 10, 20];
const PLAIN = 'beta 1';
/** Units about the threshold of active ones make that count one of chance at beta 10: 3 to 14 over five runs of PyTorch. */
const FALLING = [
  { figure: 'kl', betas: BETAS },
  { figure: 'activeUnits', betas: [1, 4, 20] },
  { figure: 'carryingUnits', betas: BETAS },
  { figure: 'effectiveRank', betas: BETAS },
];

const BY_BETA = 'Weight of the KL';
const FREE = 'Free bits, 0.1 a dimension';
const RICHER = 'Prior, posterior or bound';

const setting: ParamValues = { 'model.latentSize': 20, 'model.net': 'dense', 'train.batchSize': 100 };
interface Told {
  readonly published?: string;
  readonly reference?: string;
}

const toldByBeta: Readonly<Record<number, Told>> = {
  1: {
    published: '-112.6 / -107.0 after 5,000 steps, -106.2 / -100.0 after 20,000 (Altosaar); -86.6 / -82.1 (Sylvester)',
    reference: 'ELBO -110.9, KL 18.2, 13 units, rank 11.1, log p -106.6',
  },
  4: { reference: 'ELBO -130.3, KL 7.40, 6 units, rank 6.1, log p -122.5' },
  10: {
    reference:
      'ELBO -165.2, KL 2.55, 3 units, rank 3.1, log p -152.8; five more seeds: -177.8 to -164.5, 1.7 to 2.6, 3 to 14 units (carrying: 3 to 5), 3.1 to 3.3, -163.8 to -151.8',
  },
  20: { reference: 'ELBO -197.0, KL 0.39, 1 unit, rank 1.05, log p -187.2' },
};
const toldOfFreeBits: Readonly<Record<number, Told>> = {
  20: { reference: 'ELBO -179.1, KL 1.86, 20 units, rank 6.0, log p -153.1' },
};

interface Richer extends Told {
  readonly title: string;
  readonly set: ParamValues;
}

const richer: readonly Richer[] = [
  {
    title: 'IWAE, 5 draws',
    set: { 'model.objective': 'importance', 'objective.samples': 5 },
    published: '– / -85.5, plain -86.8 (IWAE)',
  },
  {
    title: 'VampPrior',
    set: { 'model.prior': 'vamp' },
    published: '– / -85.6, plain -88.6 (VampPrior)',
  },
  { title: 'RealNVP prior', set: { 'model.prior': 'realnvp' } },
  { title: 'Glow prior', set: { 'model.prior': 'glow' } },
  {
    title: 'planar posterior',
    set: { 'model.posterior': 'planar' },
    published: '-86.1 / -81.9, plain -86.6 / -82.1 (Sylvester)',
  },
  {
    title: 'IAF posterior',
    set: { 'model.posterior': 'iaf' },
    published:
      '-84.2 / -80.8, plain -86.6 / -82.1 (Sylvester); -110.1 / -104.0 after 10,000 steps, plain -108.5 / -102.6 (Altosaar)',
  },
];

/** More where rows of one column are compared, fewer where nothing is at stake: below beta 20 free bits answer to no bar. */
const seedsOf = (section: string, beta: number): readonly number[] => {
  if (section === BY_BETA) return [1, 2, 3];
  return beta < 20 ? [1] : SEEDS;
};

export function vaeMnist(path: string): Table {
  const row = (section: string, title: string, seeds: readonly number[], set: ParamValues, told: Told = {}): Row => ({
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
    ...(told.published === undefined ? {} : { published: told.published }),
    ...(told.reference === undefined ? {} : { reference: told.reference }),
  });
  const byBeta = (section: string, more: ParamValues, toldOf: Readonly<Record<number, Told>>): readonly Row[] =>
    BETAS.map((beta) => row(section, `beta ${beta}`, seedsOf(section, beta), { 'model.beta': beta, ...more }, toldOf[beta]));
  const rows = [
    ...byBeta(BY_BETA, {}, toldByBeta),
    ...richer.map(({ title, set, ...told }) => row(RICHER, title, SEEDS, set, told)),
    ...byBeta(FREE, { 'model.freeBits': 0.1 }, toldOfFreeBits),
  ];
  return {
    id: 'vae-mnist',
    title: 'VAEs on digits',
    about:
      'MNIST’s 10,000 test digits, 8,000 to train on and 2,000 held out, another split by every seed, dynamic binarisation, 784-400-400-20, ' +
      'Adam 1e-3, batches of 100, 25 epochs (2,000 steps). ELBO, KL and log p(x) ' +
      '(importance-weighted, 64 draws) in nats over the held-out ' +
      'rows. An active unit’s mean varies by more than 0.01, a carrying unit has a KL of 0.05 nat or more (where each has one of its own). At beta ' +
      '10 more of them than carry lie about 0.01, above it or below by the seed, in PyTorch as here: there the count of carrying units tells. ' +
      'Free bits keep every unit active and carrying, so of those rows KL and effective rank tell. ' +
      'A model of independent pixels has 205.7 nats. Published: ELBO / log p(x) of 60,000 training digits, larger latents (40 to 128) and, ' +
      'where no steps are given, hundreds of epochs; what a method gains over the plain VAE of its own paper compares, the level does not. ' +
      'Reference runs: the same setting in PyTorch, one seed unless it says more.',
    columns: [
      { figure: 'elbo', title: 'ELBO', digits: 1 },
      { figure: 'reconstruction', title: 'reconstruction', digits: 1 },
      { figure: 'kl', title: 'KL', digits: 2 },
      { figure: 'activeUnits', title: 'active units', digits: 1 },
      { figure: 'carryingUnits', title: 'carrying units', digits: 1 },
      { figure: 'effectiveRank', title: 'effective rank', digits: 2 },
      { figure: 'logLikelihood', title: 'log p(x), 64 draws', digits: 1 },
    ],
    rows,
    bars: [
      { section: BY_BETA, row: PLAIN, figure: 'elbo', least: -114, each: true },
      { section: BY_BETA, row: PLAIN, figure: 'kl', least: 16.7, most: 19.7 },
      { section: BY_BETA, row: PLAIN, figure: 'effectiveRank', least: 9.6, most: 12.6 },
      { section: BY_BETA, row: 'beta 20', figure: 'activeUnits', most: 2, each: true },
      { section: BY_BETA, row: 'beta 20', figure: 'effectiveRank', most: 1.5, each: true },
    ],
    comparisons: (figuresOf) => [
      ...falls(figuresOf),
      freed(figuresOf),
      sharpened(figuresOf, rows),
      ...richer.map((one) => atLeastAsGood(figuresOf, one)),
    ],
  };
}

type FiguresOf = (section: string, row: string) => readonly Figures[];

const valuesOf = (runs: readonly Figures[], figure: string): readonly number[] => runs.map((run) => run[figure] as number);
const meanOf = (runs: readonly Figures[], figure: string): number => meanAndSd(valuesOf(runs, figure)).mean;

function falls(figuresOf: FiguresOf): readonly Comparison[] {
  return FALLING.map(({ figure, betas }) => {
    const means = betas.map((beta) => meanOf(figuresOf(BY_BETA, `beta ${beta}`), figure));
    const holds = means.every((mean, i) => i === 0 || mean < (means[i - 1] as number));
    const [least, ...more] = betas;
    return {
      text: `${figure} falls from beta ${least} to ${more.join(', ')} (${means.map((mean) => mean.toFixed(2)).join(', ')})`,
      holds,
    };
  });
}

/** Free bits keep what beta 20 would take. */
function freed(figuresOf: FiguresOf): Comparison {
  const [bare, kept] = [BY_BETA, FREE].map((section) => {
    const runs = figuresOf(section, 'beta 20');
    return { kl: meanOf(runs, 'kl'), logLikelihood: meanOf(runs, 'logLikelihood') };
  }) as [Record<'kl' | 'logLikelihood', number>, Record<'kl' | 'logLikelihood', number>];
  const words = ({ kl, logLikelihood }: typeof bare): string => `KL ${kl.toFixed(2)}, log p(x) ${logLikelihood.toFixed(1)}`;
  const holds = kept.kl > bare.kl && kept.logLikelihood > bare.logLikelihood;
  return { text: `beta 20 with free bits has more KL and log p(x) than without (${words(kept)} against ${words(bare)})`, holds };
}

/** Draws raise the bound (Burda et al. 2016, theorem 1). */
function sharpened(figuresOf: FiguresOf, rows: readonly Row[]): Comparison {
  const gains = rows.flatMap(({ section, title }) =>
    figuresOf(section, title).map(({ elbo = NaN, logLikelihood = NaN }) => logLikelihood - elbo),
  );
  const least = Math.min(...gains);
  return { text: `log p(x) of 64 draws is above the ELBO in every run (by ${least.toFixed(2)} or more)`, holds: least > 0 };
}

/** No worse than the plain VAE in the mean over seeds: the same rows held out, the same noise. */
function atLeastAsGood(figuresOf: FiguresOf, { title }: Richer): Comparison {
  const own = valuesOf(figuresOf(RICHER, title), 'logLikelihood');
  const plain = valuesOf(figuresOf(BY_BETA, PLAIN), 'logLikelihood').slice(0, own.length); // of the same seeds
  const gains = own.map((value, i) => value - (plain[i] ?? NaN));
  const { mean } = meanAndSd(gains);
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(2)}`;
  const text = `${title}: log p(x) at least that of the plain VAE (${signed(mean)}; by seed ${gains.map(signed).join(', ')})`;
  return { text, holds: own.length === SEEDS.length && plain.length === own.length && mean >= 0 };
}
