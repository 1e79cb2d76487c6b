// An engine for tests of the page alone: no model and no files, invented figures, but every method and event of the contract, and the real
// RPC in between. Never shipped.
import { KarstError } from '../../../src/base/errors.ts';
import type { Params, ParamValues } from '../../../src/base/params.ts';
import { Rng } from '../../../src/base/rng.ts';
import type { EngineApi, EngineEvents, EngineListener } from '../../../src/protocol/engine-api.ts';

import type {
  CureRecord,
  DatasetRecord,
  FamilyRecord,
  MapRecord,
  MemberRecord,
  ReportRecord,
  RunRecord,
  SamplesRecord,
  VerdictRecord,
} from '../../../src/protocol/records.ts';
import { centres, codeOf, decode, LATENT, LIVE } from './glyphs.ts';

const POINTS = 4000;
const EVERY = 20;

const wait = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new KarstError('cancelled', 'cancelled'));
    });
  });

const vae: Params = {
  latentSize: { kind: 'int', default: 20, min: 1, max: 512, help: 'how many numbers describe one sample' },
  beta: {
    kind: 'float',
    default: 1,
    min: 0,
    max: 100,
    scale: 'log',
    help: 'weight of the KL; more: fewer live dimensions, smoother space',
  },
  freeBits: { kind: 'float', default: 0, min: 0, max: 10, unit: 'nats', help: 'KL a dimension may use without being charged' },
  likelihood: { kind: 'choice', default: 'bernoulli', options: ['bernoulli', 'gaussian'], help: 'what a pixel is drawn from' },
  anneal: { kind: 'choice', default: 'none', options: ['none', 'linear', 'cyclic'], help: 'how beta grows at the start' },
};
const train: Params = {
  learningRate: { kind: 'float', default: 1e-3, min: 1e-6, max: 1, scale: 'log', help: 'step size of Adam' },
  batchSize: { kind: 'int', default: 128, min: 1, max: 4096, unit: 'rows', help: 'rows in one step' },
  clip: { kind: 'bool', default: false, help: 'cut gradients off at norm 1' },
};
const gan: Params = {
  latentSize: { kind: 'int', default: 0, min: 0, max: 1024, help: 'latent dimensions; 0 chooses by the data' },
  loss: { kind: 'choice', default: 'hinge', options: ['hinge', 'relativistic'], help: 'what the two players play for' },
  discriminatorLearningRate: { kind: 'float', default: 2e-4, min: 1e-8, max: 10, scale: 'log', help: 'Adam’s rate' },
};
const r1Params: Params = {
  gamma: { kind: 'float', default: 0, min: 0, max: 1000, help: 'weight of ½ |slope|² at real rows; 0 is off' },
  decaySteps: { kind: 'int', default: 0, min: 0, max: 1e9, unit: 'steps', help: 'steps over which it falls; 0 for never' },
};
const packingParams: Params = { samples: { kind: 'int', default: 1, min: 1, max: 8, help: 'rows judged together; 1 is off' } };
const fades: Params = { fade: { kind: 'float', default: 1, min: 0, max: 2, help: 'how far real rows are pulled' } };
const metric = (id: string, title: string, summary: string, formula: string, paper?: string): MemberRecord => ({
  id,
  title,
  summary,
  formula,
  ...(paper ? { paper } : {}),
  params: {},
});
const presetOf = (id: string, title: string, model: string, sets: ParamValues, epochs: number): MemberRecord => ({
  id,
  title,
  summary: '',
  params: { model: { kind: 'choice', default: model, options: [model], help: '' } },
  sets,
  epochs,
});
const families: readonly FamilyRecord[] = [
  {
    name: 'model',
    members: [
      { id: 'vae', title: 'VAE', summary: 'Variational autoencoder: a smooth space, soft pictures.', params: vae },
      {
        id: 'gan',
        title: 'GAN',
        summary: 'Two players: sharp samples, which may leave out part of the data.',
        params: gan,
        parts: [
          {
            id: 'packing',
            title: 'Packing',
            summary: 'several samples are judged at once',
            paper: 'Lin et al. 2018',
            params: packingParams,
          },
          { id: 'r1', title: 'R1', summary: 'flattens the discriminator at real rows', params: r1Params },
        ],
      },
    ],
  },
  {
    name: 'loss',
    members: [
      { id: 'hinge', title: 'Hinge', summary: '', params: {} },
      { id: 'relativistic', title: 'Relativistic', summary: '', params: fades },
    ],
  },
  {
    name: 'preset',
    members: [
      presetOf('digits', 'Digits', 'vae', { 'model.beta': 4, 'model.freeBits': 0.1, 'train.clip': true }, 25),
      presetOf('ring-r3gan', 'Ring, R3GAN', 'gan', { 'model.loss': 'relativistic', 'loss.fade': 0.5, 'r1.gamma': 0.02 }, 235),
    ],
  },
  {
    name: 'metric',
    members: [
      metric('active-units', 'Active units', 'dimensions whose mean moves over the data', 'AU = #{ j : Var_x E_q[z_j] > 0.01 }', 'Burda, Grosse & Salakhutdinov 2015, arXiv 1509.00519'),
      metric('mutual-information', 'Mutual information', 'nats that a code says about its row', 'I_q(x; z) = E[ln q(z|x) − ln q(z)]', 'Hoffman & Johnson 2016, ELBO surgery'),
      metric('aggregate-kl', 'KL of the aggregate posterior', 'how far the codes lie off the prior', 'KL(q(z) ‖ p(z)) = E[ln q(z) − ln p(z)], q(z) = 1/N Σ_n q(z|x_n)', 'Hoffman & Johnson 2016, ELBO surgery'),
      metric('effective-rank', 'Effective rank', 'directions in which the codes spread', 'exp(−Σ_i p_i ln p_i), p = λ / Σ λ, λ the eigenvalues of Cov(μ)', 'Roy & Vetterli 2007'),
      metric('correlation', 'Correlation', '0 independent, 1 where dimensions repeat each other', '√(mean_{i≠j} ρ_ij²) over active dimensions'),
    ], // prettier-ignore
  },
  {
    name: 'sample-metric',
    members: [
      metric('coverage', 'Coverage', 'data with a sample near them; the first to see a lost class', 'coverage = 1/N Σ_i [∃ j: y_j ∈ B(x_i, NND_k(x_i))]', 'Naeem et al. 2020, arXiv 2002.09797'),
      metric('different-bins', 'Statistically different bins', 'parts of the data that samples visit too often or too seldom', 'NDB = #{ b : P(|N(0,1)| > |z_b|) < α }', 'Richardson & Weiss 2018, arXiv 1805.12462'),
      metric('nearest-training-ratio', 'Nearest-training-row ratio', 'samples that may be replicas of one training row', 'P_j(d_1(y_j) / d_2(y_j) < c)'),
      metric('data-copying', 'Data-copying test C_T', 'below −3: samples lie nearer to training rows than held-out rows do', 'C_T = Σ_c P(c) z_c', 'Meehan, Chaudhuri & Dasgupta 2020'),
    ], // prettier-ignore
  },
  {
    name: 'data-metric',
    members: [
      metric('repeated-rows', 'Repeated rows', 'rows that occur before', 'share of rows equal to an earlier one'),
      metric('class-balance', 'Class balance', 'how even the classes are', 'exp(−Σ_c p_c ln p_c) / C'),
    ],
  },
  { name: 'training', members: [{ id: 'train', title: 'Training', summary: '', params: train }] },
  {
    name: 'projection',
    members: [
      { id: 'pca', title: 'PCA', summary: 'Exact and linear; follows the training', params: {} },
      { id: 'umap', title: 'UMAP', summary: 'Keeps neighbours together; takes longer', params: {} },
    ],
  },
  {
    name: 'interpolation',
    members: [
      { id: 'slerp', title: 'Great circle', summary: 'keeps the norm', params: {} },
      { id: 'lerp', title: 'Straight line', summary: 'the shortest way', params: {} },
    ],
  },
];

const rng = Rng.fromSeed(3);
const rows = Array.from({ length: POINTS }, (_, row) => codeOf(row));
const labels = Int32Array.from(rows, ({ label }) => label);
const rowIds = Int32Array.from({ length: POINTS }, (_, row) => row * 2);
const rowOf = (rowId: number) => rows[Math.floor(rowId / 2) % POINTS] as (typeof rows)[number];
const mostly = (from: Float32Array, to: Float32Array, t: number): Float32Array =>
  from.map((v, d) => v + ((to[d] as number) - v) * t);

const kl = (step: number, dead: number): number[] =>
  Array.from({ length: LATENT }, (_, d) =>
    d < LATENT - dead ? 2.4 * Math.exp(-d / 7) * (1 - Math.exp(-step / (200 + 60 * d))) : 0.002 / (d + 1),
  );

function report(step: number, dead: number): ReportRecord {
  const noise = rng.stream('report', step);
  const klPerDimension = kl(step, dead);
  const total = klPerDimension.reduce((sum, value) => sum + value, 0);
  const reconstruction = 88 + 460 * Math.exp(-step / 130) + 28 * Math.exp(-step / 1500) + noise.normal() * 1.2;
  return {
    step,
    epoch: step / 63,
    elapsedSeconds: step / 110,
    imagesPerSecond: 14_920 + noise.normal() * 150,
    losses: { loss: reconstruction + total, reconstruction, kl: total },
    knobs: { learningRate: 1e-3, beta: dead > 10 ? 4 : 1 },
    klPerDimension,
    activeUnits: LATENT - dead,
    ...(step % 200 === 0
      ? { heldOut: { elbo: -(reconstruction + total + 3.5), reconstruction: reconstruction + 3, kl: total + 0.5, rows: 2000 } }
      : {}),
  };
}

const healthy = { state: 'healthy', sentence: 'Healthy: 13 of 20 dimensions carry the pictures.', reasons: ['KL is 18.1 nats; mutual information follows it. Seven dimensions are unused, which is usual for this size.'], causes: [] } as const; // prettier-ignore
const cure = (id: string, title: string, why: string, paper: string, from: 'checkpoint' | 'start', changes: CureRecord['changes']): CureRecord => ({ id, title, why, paper, from, changes }); // prettier-ignore
const collapsed: VerdictRecord = {
  state: 'collapsed',
  sentence: 'Collapsing since step 1,900.',
  reasons: [
    'KL fell to a third while reconstruction stood still, and seven dimensions went quiet together. Beta is too strong for this decoder.',
  ],
  causes: [
    {
      id: 'posterior-collapse',
      title: 'Posterior collapse',
      summary:
        'The codes of all rows have become alike, so that the decoder draws without looking at them. The KL costs more than a code gains: its weight is high, or the decoder can do without.',
      paper: 'Bowman et al. 2016; Lucas et al. 2019, arXiv:1911.02469',
      state: 'collapsed',
      sentence: 'only 3 of 20 dimensions move, and little is said about the pictures',
      confidence: 0.83,
      evidence: [
        { text: 'a code says 0.62 nats about its row', speaksFor: true },
        { text: 'KL is 2.40 nats in total', speaksFor: false },
        { text: '3 of 20 dimensions move with the pictures', speaksFor: true },
      ],
      cures: [
        cure('lower-beta', 'Lower beta to 1', 'The KL is weighted more than the evidence bound asks for, so that a code costs more than it gains. At beta 1 every dimension whose gain is above the noise comes back.', 'Higgins et al. 2017; Lucas et al. 2019, arXiv:1911.02469', 'checkpoint', { 'model.beta': 1 }),
        cure('minimum-rate', 'Ask for a minimum rate', 'The price of the KL is lowered until it is as large as asked for. The rate is set instead of the weight, so a code worth its nats is kept.', 'Pelsmaeker & Aziz 2020, arXiv:1904.08194', 'checkpoint', { 'minimumRate.nats': 8, 'model.freeBits': 0 }),
        cure('cyclic-annealing', 'Anneal beta in cycles', 'Beta starts at 0 and rises, four times over. Codes are learnt while they are cheap and give the decoder something to lean on before the price is whole.', 'Fu et al. 2019, arXiv:1903.10145', 'start', { 'model.annealing': 'cyclic' }),
        cure('normalised-means', 'Normalise the posterior means', 'The means of each dimension keep a fixed spread over the rows. No dimension can fall back to the prior, whatever the weight of the KL.', 'Zhu et al. 2020 (BN-VAE), arXiv:2004.12585', 'start', { 'normalisedMeans.gamma': 0.6 }),
      ], // prettier-ignore
    },
    {
      id: 'poor-data',
      title: 'Poor data',
      summary: 'The rows say less than their number promises. What is not in the data cannot be learnt from them.',
      paper: 'Karras et al. 2020, arXiv:2006.06676',
      state: 'watch',
      sentence: '12 % of the rows occur before',
      confidence: 0.5,
      evidence: [
        { text: '12 % of the rows are repeated', speaksFor: true },
        { text: 'the classes are even', speaksFor: false },
      ],
      cures: [
        cure('more-data', 'Add more and other data', 'Rows that repeat others teach nothing new. New rows are worth more than any setting.', 'Karras et al. 2020, arXiv:2006.06676', 'start', {}),
      ], // prettier-ignore
    },
  ],
};

const digits: DatasetRecord = {
  id: 'mnist',
  title: 'MNIST digits',
  rows: 10_000,
  shape: { kind: 'picture', height: 28, width: 28, channels: 1 },
  labelNames: [...'0123456789'],
  fingerprint: 'f00d',
  notes: [],
  thumbnails: decode([codeOf(0).code]),
};

export interface FakeOptions {
  /** Empty library, as at the very first start. */
  readonly isEmpty?: boolean;
  /** The training that runs goes on; otherwise it stands still, for pictures that can be compared. */
  readonly isLive?: boolean;
  /** Rows are places in the plane instead of pictures, and nothing is labelled. */
  readonly isPlane?: boolean;
}

/** The first two numbers of each code. */
const placed = (codes: readonly Float32Array[]): SamplesRecord => ({
  kind: 'vectors',
  count: codes.length,
  size: 2,
  names: ['x', 'y'],
  data: Float32Array.from(codes.flatMap((code) => [...code.subarray(0, 2)])),
});

export class FakeEngine {
  readonly #runs = new Map<string, RunRecord>();
  readonly #trashed = new Map<string, RunRecord>();
  readonly #reports = new Map<string, ReportRecord[]>();
  readonly #listeners = new Set<EngineListener>();
  readonly #datasets = [digits];

  readonly #decode: (codes: readonly Float32Array[]) => SamplesRecord;
  readonly #isPlane: boolean;

  constructor({ isEmpty = false, isLive = false, isPlane = false }: FakeOptions = {}) {
    this.#decode = isPlane ? placed : decode;
    this.#isPlane = isPlane;
    if (isEmpty) return;
    this.#add('digits-beta-4', 'digits, beta 4', 'training', 4180, 13, '2026-11-20T10:00:00Z');
    this.#add('digits-cyclic', 'digits, cyclic beta', 'finished', 10_000, 7, '2026-11-19T10:00:00Z');
    this.#add('digits-plain', 'digits, plain', 'paused', 2400, 7, '2026-11-18T10:00:00Z');
    if (isLive) setInterval(() => this.#tick('digits-beta-4'), 120);
  }

  subscribe(listener: EngineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell<Name extends keyof EngineEvents>(name: Name, event: EngineEvents[Name]): void {
    for (const listener of this.#listeners) listener(name, event);
  }

  #add(id: string, title: string, status: RunRecord['status'], step: number, dead: number, createdAt: string): RunRecord {
    const run: RunRecord = {
      id,
      title,
      status,
      dataset: { id: 'mnist', title: 'MNIST digits', fingerprint: 'f00d' },
      model: 'vae',
      params: { latentSize: LATENT, beta: dead > 10 ? 4 : 1, batchSize: 128 },
      latentSize: LATENT,
      seed: 1,
      device: 'onnx-cpu',
      step,
      steps: 10_000,
      elapsedSeconds: step / 110,
      imagesPerSecond: 14_920,
      createdAt,
      checkpoints: Array.from({ length: Math.floor(step / 500) }, (_, i) => 500 * (i + 1)),
      verdict: dead > 10 ? collapsed : healthy,
      thumbnails: this.#decode([codeOf(title.length).code]),
    };
    this.#runs.set(id, run);
    this.#reports.set(
      id,
      Array.from({ length: Math.floor(step / EVERY) }, (_, i) => report((i + 1) * EVERY, dead)),
    );
    return run;
  }

  #change(id: string, change: Partial<RunRecord>): RunRecord {
    const run = { ...this.#get(id), ...change };
    this.#runs.set(id, run);
    this.#tell('runChanged', run);
    return run;
  }

  #get(id: string): RunRecord {
    const run = this.#runs.get(id);
    if (!run) throw new KarstError('not-found', `no run "${id}" in the library`);
    return run;
  }

  #tick(id: string): void {
    const old = this.#runs.get(id);
    if (old?.status !== 'training') return;
    const step = old.step + EVERY;
    const one = report(step, 13);
    this.#reports.get(id)?.push(one);
    const checkpoints = step % 500 === 0 ? [...old.checkpoints, step] : old.checkpoints;
    this.#change(id, { step, checkpoints, imagesPerSecond: one.imagesPerSecond, elapsedSeconds: step / 110 });
    this.#tell('reported', { run: id, reports: [one] });
    if (step % 100 === 0) this.#tell('mapUpdated', this.#map(id, 'pca', 3));
  }

  #map(id: string, method: string, dims: 2 | 3): MapRecord {
    const { step } = this.#get(id);
    const spread = method === 'umap' ? 2.4 : 1;
    const noise = method === 'umap' ? 0.35 : 1;
    const turn = step / 4000;
    const positions = new Float32Array(POINTS * dims);
    rows.forEach(({ code, label }, i) => {
      const centre = centres[label] as Float32Array;
      const at = [0, 1, 2].map((d) => spread * (centre[d] as number) + noise * ((code[d] as number) - (centre[d] as number)));
      const [x, y, z] = at as [number, number, number];
      const placed = [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn), z];
      for (let d = 0; d < dims; d++) positions[i * dims + d] = placed[d] as number;
    });
    return {
      run: id,
      step,
      method,
      dims,
      seed: 0,
      count: POINTS,
      positions,
      rowIds,
      ...(this.#isPlane ? {} : { labels, labelNames: [...'0123456789'] }),
      reconstruction: Float32Array.from(rows, ({ code }) => 70 + 12 * Math.abs(code[0] as number) + 6 * (code[4] as number) ** 2),
      kl: Float32Array.from(rows, ({ code }) => code.reduce((sum, v) => sum + 0.5 * v * v, 4)),
      quality: { trustworthiness: method === 'umap' ? 0.977 : 0.871, continuity: 0.962, recall: 0.31, k: 15, rows: 2000 },
      ...(method === 'pca' ? { unitsPerSd: 1 } : {}),
      provisional: false,
    };
  }

  readonly api: EngineApi = {
    about: async () => ({ version: '0.0.0', home: '/home/ada/karst', host: 'test', firstStart: this.#runs.size === 0 }),
    doctor: async () => [
      {
        id: 'onnx-cpu',
        title: 'ONNX Runtime, 2 cores',
        kind: 'compiled',
        works: true,
        imagesPerSecond: 14_920,
        threads: 2,
        isDefault: true,
      },
      { id: 'tensorflow-gpu', title: 'TensorFlow, CUDA', kind: 'eager', works: false, reason: 'No CUDA library was found.', advice: 'Install it with “karst devices install tensorflow-gpu”.', isDefault: false }, // prettier-ignore
    ],
    families: async () => families,
    datasets: async () => this.#datasets,
    openDataset: async ({ path }, { signal, onProgress }) => {
      for (let i = 0; i < 10; i++) {
        onProgress?.({ fraction: i / 10, text: `Reading ${i * 100} of 1,000 files` });
        await wait(40, signal);
      }
      if (!path.startsWith('/')) throw new KarstError('not-found', `no file or folder at "${path}"; give an absolute path`);
      const opened = { ...digits, id: path, title: path.split('/').at(-1) ?? path };
      this.#datasets.push(opened);
      this.#tell('datasetsChanged', this.#datasets);
      return opened;
    },
    inspect: async ({ path }) => ({ kind: 'dataset', dataset: { ...digits, id: path }, refused: [], valueRange: [0, 1] }),
    runs: async () => [...this.#runs.values()],
    run: async ({ run }) => this.#get(run),
    startRun: async ({ name, dataset, model, set }) => {
      if (set['model.beta'] === 99) throw new KarstError('usage', 'model.beta 99 leaves nothing to learn; try 4');
      await wait(100);
      const id = name ?? `${dataset}-${model}-${this.#runs.size}`;
      this.#add(id, id, 'starting', 0, 7, new Date().toISOString());
      const run = this.#change(id, { model, params: set });
      setTimeout(() => this.#change(id, { status: 'training' }), 400);
      return run;
    },
    pauseRun: async ({ run }) => {
      this.#change(run, { status: 'pausing' });
      await wait(200);
      return this.#change(run, { status: 'paused' });
    },
    resumeRun: async ({ run }) => this.#change(run, { status: 'training' }),
    cure: async ({ run, cure: id }) => {
      const { title, params, status, checkpoints, verdict } = this.#get(run);
      const asked = verdict.causes.flatMap(({ cures }) => cures).find((one) => one.id === id);
      if (!asked) throw new KarstError('usage', `unknown cure "${id}"`);
      if (Object.keys(asked.changes).length === 0)
        throw new KarstError('usage', `${asked.title} is advice: there is nothing to set`);
      if (status === 'training') this.#change(run, { status: 'paused' });
      await wait(100);
      const from = asked.from === 'start' ? 0 : (checkpoints[0] ?? 0);
      this.#add(`${run}-${id}`, `${title}: ${asked.title.toLowerCase()}`, 'training', from, 7, new Date().toISOString());
      return this.#change(`${run}-${id}`, { params: { ...params, ...asked.changes }, branchOf: { run, step: from, cure: id } });
    },
    setKnobs: async ({ run }) => this.#get(run),
    renameRun: async ({ run, title }) => this.#change(run, { title }),
    removeRun: async ({ run }) => {
      const gone = this.#get(run);
      this.#runs.delete(run);
      this.#trashed.set(`trash/${run}`, gone);
      this.#tell('runRemoved', { run });
      return { trashed: `trash/${run}` };
    },
    restoreRun: async ({ trashed }) => {
      const run = this.#trashed.get(trashed);
      if (!run) throw new KarstError('not-found', `nothing at ${trashed}`);
      this.#runs.set(run.id, run);
      this.#tell('runChanged', run);
      return run;
    },
    reports: async ({ run }) => this.#reports.get(run) ?? [],
    warnings: async ({ run }) => {
      const { verdict, checkpoints } = this.#get(run);
      const [before, after] = [checkpoints[0], checkpoints.at(-1)];
      return verdict.causes.map((cause) => ({
        ...{ step: 340, since: 260, text: `${cause.title}: ${cause.sentence}.`, cause },
        ...(before === undefined || after === undefined ? {} : { before, after }),
      }));
    },
    measure: async ({ run }, { signal }) => {
      await wait(300, signal);
      const { step, verdict } = this.#get(run);
      return {
        run,
        model: 'vae',
        step,
        heldOut: { elbo: -110.9, reconstruction: 92.7, kl: 18.2, rows: 2000 },
        klPerDimension: kl(step, LATENT - LIVE),
        activeUnits: LIVE,
        latentSize: LATENT,
        effectiveRank: 11.8,
        participationRatio: 10.9,
        mutualInformation: { nats: 7.58, capNats: 7.6, rows: 2000 },
        metrics: {
          'active-units': { value: LIVE, unit: 'dimensions', rows: 2000 },
          'mutual-information': { value: 7.58, unit: 'nats', rows: 2000, cap: Math.log(2000) },
          'aggregate-kl': { value: 10.6, unit: 'nats', rows: 1000 },
          'effective-rank': { value: 11.8, unit: 'dimensions', rows: 2000 },
          correlation: { value: NaN, unit: 'correlation', rows: 2000 },
          'different-bins': { value: 4, unit: 'bins', rows: 1000, cap: 50, expected: 2.5, beside: [{ title: 'Jensen-Shannon divergence of the shares', value: 0.012, unit: 'nats' }] },
          coverage: { value: 0.91, unit: 'share', rows: 1000, expected: 0.969, notes: ['12 of 784 columns are constant and add nothing'] },
          'nearest-training-ratio': { value: 0.034, unit: 'share', rows: 1000, expected: 0.031 },
          'data-copying': { value: -1.24, unit: 'z-score', rows: 1000, expected: 0 },
          'repeated-rows': { value: 0.12, unit: 'share', rows: 8000 },
          'class-balance': { value: 0.998, unit: 'ratio', rows: 8000 },
        }, // prettier-ignore
        verdict,
      };
    },
    map: async ({ run, method, dims, codes }, { signal, onProgress }) => {
      if (this.#get(run).checkpoints.length === 0) throw new KarstError('not-found', `run "${run}" has no checkpoint yet`);
      for (let i = 0; method === 'umap' && i < 10; i++) {
        onProgress?.({ fraction: i / 10, text: `UMAP, epoch ${i * 20} of 200` });
        await wait(60, signal);
      }
      return { ...this.#map(run, method, dims), ...(codes === 'sample' ? { codes } : {}) };
    },
    survey: async ({ run, map, dims }) => {
      const { step, positions, count } = this.#map(run, map, dims);
      const places = positions.subarray(0, 300 * dims);
      return {
        run,
        step,
        dims,
        hasBound: true,
        isOff: false,
        isSparse: true,
        covered: Uint8Array.from({ length: count }, (_, i) => Number(i % 4 !== 0)),
        distance: new Float32Array(count).fill(0.5),
        samples: places,
        kinds: Uint8Array.from({ length: 300 }, (_, i) => (i % 100 === 0 ? 2 : 0)),
        repeats: new Float32Array(0),
        copies: new Float32Array(0),
        modes: [],
        sinkholes: [[Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1)]],
        holes: [],
        stillShare: 0.2,
        emptyShare: 0,
        figures: { coverage: { value: 0.75, unit: 'share', rows: 300, expected: 0.97 } },
      };
    },
    point: async ({ rowId }) => {
      const { code, label } = rowOf(rowId);
      return {
        rowId,
        ...(this.#isPlane ? {} : { label: String(label) }),
        original: this.#decode([mostly(code, centres[label] as Float32Array, -0.15)]),
        reconstruction: this.#decode([code]),
        mean: code,
        logVariance: code.map((_, d) => (d < LIVE ? -3 : 0)),
      };
    },
    originals: async ({ rowIds: asked }) => this.#decode(Array.from(asked, (rowId) => rowOf(rowId).code)),
    reconstruct: async ({ rowIds: asked }) => {
      const codes = Array.from(asked, (rowId) => rowOf(rowId).code);
      const originals = Array.from(asked, (rowId) =>
        mostly(rowOf(rowId).code, centres[rowOf(rowId).label] as Float32Array, -0.15),
      );
      const latents = Float32Array.from(codes.flatMap((code) => [...code]));
      return { rowIds: asked, originals: this.#decode(originals), samples: this.#decode(codes), latents };
    },
    decode: async ({ latents }) =>
      this.#decode(Array.from({ length: latents.length / LATENT }, (_, i) => latents.slice(i * LATENT, (i + 1) * LATENT))),
    place: async ({ rowId }, { signal, onProgress }) => {
      for (let i = 0; i < 10; i++) {
        onProgress?.({ fraction: i / 10, text: `Search, step ${i * 30} of 300` });
        await wait(30, signal);
      }
      const { code } = rowOf(rowId);
      const samples = this.#decode([code]);
      const position = code.slice(0, 3);
      return { rowId, latent: code, original: samples, found: samples, encoded: samples, residual: 0.04, encodedResidual: 0.11, position }; // prettier-ignore
    },
    decodeAt: async () => ({ samples: this.#decode([codeOf(1).code]), latent: codeOf(1).code, residual: 0.8 }),
    interpolate: async ({ run, from, to, method, count, map }) => {
      await wait(60);
      const steps = Array.from({ length: count }, (_, i) => mostly(rowOf(from).code, rowOf(to).code, i / (count - 1)));
      const { positions } = this.#map(run, map ?? 'pca', 3);
      const [a, b] = [from / 2, to / 2].map((i) => positions.slice(3 * i, 3 * i + 3)) as [Float32Array, Float32Array];
      const path = new Float32Array(3 * count);
      steps.forEach((_, i) => path.set(mostly(a, b, i / (count - 1)), 3 * i));
      return {
        method,
        count,
        latents: Float32Array.from(steps.flatMap((step) => [...step])),
        samples: this.#decode(steps),
        positions: path,
        support: steps.map((_, i) => 15 - Math.round(4 * Math.sin((Math.PI * i) / (count - 1)))),
        supportOf: 15,
      };
    },
    traverse: async ({ rowId = 0, top, count, range }) => {
      const { code } = rowOf(rowId);
      const values = Array.from({ length: count }, (_, i) => -range + (2 * range * i) / (count - 1));
      const dimensions = Array.from({ length: top }, (_, d) => d);
      const codes = dimensions.flatMap((d) => values.map((value) => code.map((v, k) => (k === d ? value : v))));
      return { dimensions, klPerDimension: kl(4000, 7).slice(0, top), values, samples: this.#decode(codes) };
    },
    neighbours: async ({ rowId, k }) => {
      const { code } = rowOf(rowId);
      const near = rows
        .map((other, i) => ({ i, away: Math.hypot(...code.map((v, d) => v - (other.code[d] as number))) }))
        .sort((p, q) => p.away - q.away)
        .slice(1, k + 1);
      return {
        rowIds: Int32Array.from(near, ({ i }) => i * 2),
        distances: Float32Array.from(near, ({ away }) => away),
        originals: this.#decode(near.map(({ i }) => (rows[i] as (typeof rows)[number]).code)),
      };
    },
    grid: async ({ run, kind, rows: high, cols, scale, seed, save, out }, { signal }) => {
      await wait(80, signal);
      const stream = rng.stream('grid', seed);
      const codes = Array.from({ length: high * cols }, () => Float32Array.from({ length: LATENT }, () => stream.normal()));
      const png = await sheet(codes, high, cols, scale);
      return {
        png,
        width: cols * 28 * scale,
        height: high * 28 * scale,
        ...(save || out ? { path: out ?? `/home/ada/karst/runs/${run}/exports/${kind}-${seed}.png` } : {}),
        provenance: {
          format: 'karst-grid-1', run, runFingerprint: 'a', modelFingerprint: 'b', step: this.#get(run).step, seed, kind, rows: high, cols, scale,
          latents: '', latentSize: LATENT, cells: codes.map((_, i) => `prior ${i}`), karst: '0.0.0',
        }, // prettier-ignore
      };
    },
    redrawGrid: async ({ path }) => {
      throw new KarstError('not-found', `${path} is not there`);
    },
    report: async ({ run, save }, options) => {
      const measure = await this.api.measure({ run }, options);
      return save ? { path: '/home/ada/report.html', measure } : { html: '<!doctype html>', measure };
    },
    compare: async ({ of }) => {
      throw new KarstError('not-found', `${of.length} runs are not there`);
    },
    exportRun: async () => ({ path: '/home/ada/decoder.onnx', bytes: 1, summary: '' }),
  };
}

async function sheet(codes: readonly Float32Array[], high: number, cols: number, scale: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(cols * 28 * scale, high * 28 * scale);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  const samples = decode(codes);
  const one = new OffscreenCanvas(28, 28);
  const inner = one.getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingEnabled = false;
  for (let i = 0; i < samples.count; i++) {
    const image = inner.createImageData(28, 28);
    for (let p = 0; p < 784; p++) image.data.set([samples.data[i * 784 + p] as number, samples.data[i * 784 + p] as number, samples.data[i * 784 + p] as number, 255], 4 * p); // prettier-ignore
    inner.putImageData(image, 0, 0);
    context.drawImage(one, (i % cols) * 28 * scale, Math.floor(i / cols) * 28 * scale, 28 * scale, 28 * scale);
  }
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return new Uint8Array(await blob.arrayBuffer());
}
