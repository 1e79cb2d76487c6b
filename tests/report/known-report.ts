// A small report with every part in it, hostile names included.
import type { FamilyRecord, MeasureRecord, ReportRecord } from '../../src/protocol/records.ts';
import type { RunReport } from '../../src/report/run-page.ts';

export const HOSTILE = `<script>alert("x & 'y'")</script>\u202E\u0000`;

export const families: readonly FamilyRecord[] = [
  {
    name: 'metric',
    members: [
      { id: 'mutual-information', title: 'Mutual information', summary: 'nats a code says', formula: 'I = E[a < b]', params: {} },
      { id: 'kl', title: 'KL', summary: 'the rate', params: {} },
    ],
  },
  { name: 'sample-metric', members: [{ id: 'coverage', title: 'Coverage', summary: 'rows with a sample', params: {} }] },
];

export const measureOf = (changes: Partial<MeasureRecord> = {}): MeasureRecord => ({
  run: 'first',
  model: 'vae',
  step: 500,
  heldOut: { elbo: -120.5, reconstruction: 110, kl: 10.5, rows: 1000 },
  klPerDimension: [2, 0.001, 8.5],
  activeUnits: 2,
  latentSize: 3,
  effectiveRank: 1.9,
  participationRatio: 1.7,
  mutualInformation: { nats: 3.5, capNats: 6.9, rows: 1000 },
  verdict: {
    state: 'collapsed',
    sentence: 'Collapsed: two dimensions are left.',
    reasons: ['KL is 10.5 nats in total'],
    causes: [
      {
        id: 'partial-collapse',
        title: 'Partial collapse',
        summary: 'Part of the dimensions say nothing.',
        paper: 'Lucas et al. 2019',
        state: 'collapsed',
        sentence: 'one of 3 dimensions says nothing',
        confidence: 0.75,
        evidence: [
          { text: `samples of ${HOSTILE} are fine`, speaksFor: false },
          { text: 'the KL is small', speaksFor: true },
        ],
        cures: [
          {
            id: 'lower-beta',
            title: 'Lower beta to 1',
            why: 'It costs too much.',
            from: 'checkpoint',
            changes: { 'model.beta': 1 },
          },
          { id: 'more-data', title: 'Collect more data', why: 'There are few rows.', from: 'start', changes: {} },
        ],
      },
    ],
  },
  metrics: {
    'mutual-information': { value: 3.5, unit: 'nats', cap: 6.9, rows: 1000, notes: ['a note & more'] },
    kl: { value: 10.5, unit: 'nats', rows: 1000 },
    coverage: { value: 0.5, unit: 'share', expected: 0.97, rows: 1000 },
  },
  ...changes,
});

const report = (step: number, loss: number): ReportRecord => ({
  step,
  epoch: step / 100,
  elapsedSeconds: step / 10,
  imagesPerSecond: 100,
  losses: { loss, kl: 10 },
  knobs: { beta: 4 },
});

export const knownReport = (title = 'first'): RunReport => ({
  measure: measureOf(),
  facts: {
    run: title === 'first' ? 'first' : title,
    title,
    createdAt: '2026-01-02T03:04:05.000Z',
    dataset: { id: `/data/${title}`, title: `digits of ${title}`, rows: 10_000, fingerprint: 'abc123' },
    model: 'Variational autoencoder',
    changed: { 'model.beta': 4, 'net.kind': title },
    seed: 7,
    device: 'ONNX Runtime, 2 threads',
    versions: { karst: '0.1.0', node: '20' },
    trained: '500 steps, asked to stop at 500 steps',
    fingerprint: 'run-1',
    weights: 'model-1',
    command: ['karst', 'train', '--run', title],
    commandNotes: ['The data must be the same.'],
  },
  course: {
    reports: [report(1, 300), report(250, 140), report(500, 120)],
    happenings: [
      { step: 250, kind: 'warned', text: `Partial collapse of ${title}` },
      { step: 300, kind: 'changed', text: 'Set beta = 4.' },
    ],
    step: 500,
  },
  pictures: [
    {
      title: 'New samples',
      alt: `48 samples of ${title}`,
      light: Uint8Array.of(1, 2, 3),
      dark: Uint8Array.of(4, 5, 6),
      width: 24,
      height: 12,
      isPixels: true,
    },
  ],
  warned: [
    {
      told: [{ step: 250, text: `Partial collapse of ${title}, seen since step 200.` }],
      pictures: [
        {
          title: 'Step 150, before it was seen',
          alt: `12 samples of ${title}`,
          light: Uint8Array.of(7, 8),
          dark: Uint8Array.of(9),
          width: 24,
          height: 8,
          isPixels: true,
        },
      ],
    },
  ],
  families,
  fonts: [],
});
