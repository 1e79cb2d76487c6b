// The verdict on samples against measured fingerprints of collapse.
import { describe, expect, it } from 'vitest';
import type { Circumstances } from '../../src/collapse/circumstances.ts';
import { verdictOf } from '../../src/collapse/verdict.ts';
import type { ModesRecord, SampleQualityRecord, VerdictRecord } from '../../src/protocol/records.ts';

const about: Circumstances = { model: 'gan', params: {}, rows: 'picture', noun: 'rows', leastKlNats: 2 };

interface Seen {
  readonly quality: SampleQualityRecord;
  readonly discriminatorAccuracy?: number;
}

function sampleVerdict(
  { quality, discriminatorAccuracy }: Seen,
  { epoch = Infinity, noun = 'rows' }: { readonly epoch?: number; readonly noun?: string } = {},
): VerdictRecord {
  const training = discriminatorAccuracy === undefined ? {} : { training: { discriminatorAccuracy } };
  return verdictOf([{ step: 100, epoch, signs: { samples: quality, ...training } }], { ...about, noun });
}

/** Digits at 1,000 held-out rows: what real ones score, and the bars. */
const real = {
  mean: { precision: 0.961, recall: 0.967, density: 0.975, coverage: 0.963, covarianceRatio: 1.026 },
  bar: { precision: 0.936, recall: 0.931, density: 0.899, coverage: 0.916, covarianceRatio: 0.965 },
};
type Five = readonly [precision: number, recall: number, density: number, coverage: number, covarianceRatio: number];
const quality = ([precision, recall, density, coverage, covarianceRatio]: Five, modes?: ModesRecord): SampleQualityRecord => ({
  precision,
  recall,
  density,
  coverage,
  covarianceRatio,
  rows: 1000,
  real,
  ...(modes ? { modes } : {}),
});

describe('the verdict on samples', () => {
  // Measured on digits, features of 50 components.
  it.each([
    ['held-out rows themselves', [0.958, 0.961, 0.97, 0.955, 1.01], 'healthy'],
    // R3GAN of shapes after 8,000 steps: below the bar of chance, and nobody would see it.
    ['a little less like pictures than pictures', [0.928, 0.966, 0.895, 0.924, 0.98], 'healthy'],
    ['a tenth less like pictures than pictures', [0.86, 0.966, 0.895, 0.924, 0.98], 'watch'],
    ['class 1 missing', [0.947, 0.976, 0.914, 0.861, 1.076], 'watch'],
    ['5 of 10 classes', [0.957, 0.758, 0.928, 0.696, 1.072], 'watch'],
    ['3 of 10 classes', [0.961, 0.453, 0.954, 0.434, 1.053], 'collapsed'],
    ['one class', [0.972, 0.205, 0.916, 0.261, 0.738], 'collapsed'],
    ['100 pictures ten times', [0.965, 0, 0.896, 0.363, 1.062], 'collapsed'],
    ['10 pictures a hundred times', [1, 0, 1.019, 0.061, 0.989], 'collapsed'],
    ['one picture', [1, 0, 0.6, 0.003, 0], 'collapsed'],
    ['a blob in the middle', [1, 0, 5.566, 0.251, 0.105], 'collapsed'],
    ['a Gaussian of the same covariance: bad, not collapsed', [0.331, 0.823, 0.126, 0.209, 1.021], 'watch'],
    ['noise upon pictures: bad, not collapsed', [0.006, 1, 0.001, 0.006, 2.219], 'watch'],
    ['pictures drawn to their mean', [1, 0.027, 3.952, 0.897, 0.381], 'collapsed'],
  ] as const)('%s', (_, scores, state) => {
    const found = sampleVerdict({ quality: quality(scores) }, { noun: 'pictures' });
    expect(found.state).toBe(state);
    expect(found.sentence.toLowerCase()).toMatch(new RegExp(`^${state}: .*\\.$`));
    expect(found.reasons.length).toBeGreaterThanOrEqual(4);
  });

  // Measured on the ring and the grid, 1,000 samples; the discriminator's accuracy beside them.
  it.each([
    ['ring, plain GAN, raw', [0.002, 0.121, 0.001, 0.005, 0.069], [1, 8, 0.002, 2.08], 0.72, 'collapsed'],
    ['ring, plain GAN, averaged', [0, 0, 0, 0, 0.002], [0, 8, 0, undefined], 0.72, 'collapsed'],
    ['ring, R1 and R2, step 300', [0.004, 1, 0.003, 0.016, 0.813], [3, 8, 0.003, 0.981], 0.5, 'watch'],
    ['ring, least squares', [0.899, 0.884, 0.928, 0.677, 0.961], [8, 8, 0.884, 0.103], 0.64, 'watch'],
    ['ring, R1 and R2', [0.895, 0.983, 0.926, 0.843, 0.998], [8, 8, 0.886, 0.004], 0.5, 'healthy'],
    ['grid, plain GAN', [0.23, 0.986, 0.205, 0.311, 1.28], [17, 25, 0.232, 1.086], 0.82, 'watch'],
    ['grid, plain and tuned: of high quality, and modes lost', [0.9, 0.7, 0.9, 0.6, 1], [16, 25, 0.859, 0.7], 0.7, 'watch'],
    ['six of eight modes lost, beautifully', [0.98, 0.3, 1, 0.25, 0.9], [2, 8, 0.989, 1.4], 0.6, 'collapsed'],
  ] as const)('%s', (_, scores, [captured, of, highQuality, kl], accuracy, state) => {
    const modes = { captured, of, highQuality, ...(kl === undefined ? {} : { reverseKlNats: kl }) };
    const found = sampleVerdict({ quality: quality(scores, modes), discriminatorAccuracy: accuracy });
    expect(found.state).toBe(state);
    expect(found.reasons[0]).toContain(`${captured} of ${of} modes`);
    expect(found.reasons.at(-1)).toContain('whether modes are lost or not');
  });

  it('warns of a discriminator that overpowers, and is never reassured by one that does not', () => {
    const good = quality([0.958, 0.961, 0.97, 0.955, 1.01]);
    expect(sampleVerdict({ quality: good, discriminatorAccuracy: 0.75 }).state).toBe('healthy');
    // Between a tenth and a half below real rows: the discriminator may be why.
    const fair = quality([0.958, 0.93, 0.97, 0.8, 1.01]);
    const causesAt = (discriminatorAccuracy: number, samples = fair, more = {}): readonly string[] =>
      verdictOf(
        [{ step: 100, epoch: Infinity, signs: { samples, training: { discriminatorAccuracy, ...more } } }],
        about,
      ).causes.map(({ id }) => id);
    expect(causesAt(0.97)).toContain('dominating-discriminator');
    expect(causesAt(0.75)).not.toContain('dominating-discriminator');
    // It wins, and the generator has learnt all the same: by a trifle, unless its slope says otherwise.
    expect(causesAt(0.97, good)).toEqual([]);
    expect(causesAt(0.97, good, { slopeRatio: 30 })).toEqual(['dominating-discriminator']);
    const lost = quality([0.972, 0.205, 0.916, 0.261, 0.738]);
    expect(sampleVerdict({ quality: lost, discriminatorAccuracy: 0.72 }).state).toBe('collapsed');
  });

  it('speaks plainly', () => {
    const say = (scores: Five, modes?: ModesRecord): string =>
      sampleVerdict({ quality: quality(scores, modes) }, { noun: 'pictures' }).sentence;
    expect(say([0.958, 0.961, 0.97, 0.955, 1.01])).toBe(
      'Healthy: 96 % of the pictures have a sample near them, and 96 % of the samples look like pictures.',
    );
    expect(say([0.972, 0.205, 0.916, 0.261, 0.738])).toBe(
      'Collapsed: the samples look right, but only 26 % of the pictures have one near them.',
    );
    expect(say([0.947, 0.976, 0.914, 0.861, 1.076])).toBe(
      'Watch: pictures with a sample near them are 86 %, where real ones reach 96 %.',
    );
    expect(say([0.331, 0.823, 0.126, 0.209, 1.021])).toBe('Watch: only 33 % of the samples look like the pictures.');
    expect(say([0.9, 0.7, 0.9, 0.6, 1], { captured: 16, of: 25, highQuality: 0.859, reverseKlNats: 0.7 })).toBe(
      'Watch: 9 of 25 modes have no sample.',
    );
    expect(say([0.9, 0.98, 0.93, 0.84, 1], { captured: 8, of: 8, highQuality: 0.886, reverseKlNats: 0.004 })).toBe(
      'Healthy: all 8 modes have samples, and 89 % of the samples lie on one.',
    );
  });

  it('waits where there is too little to say', () => {
    const lost = quality([0.972, 0.205, 0.916, 0.261, 0.738]);
    expect(sampleVerdict({ quality: lost }, { epoch: 0.4 }).state).toBe('unknown');
    expect(sampleVerdict({ quality: quality([0.958, 0.961, 0.97, 0.955, 1.01]) }, { epoch: 0.4 }).state).toBe('healthy');
    const few = sampleVerdict({ quality: { ...lost, rows: 60 } });
    expect([few.state, few.sentence]).toEqual(['unknown', 'Not known yet: only 60 samples were compared.']);
    expect(sampleVerdict({ quality: { ...lost, precision: NaN } }).state).toBe('unknown');
  });

  it('takes few samples into account where modes are uneven by chance', () => {
    const modes = { captured: 25, of: 25, highQuality: 0.98, reverseKlNats: 0.12 };
    const many = quality([0.95, 0.96, 0.97, 0.95, 1], modes);
    expect(sampleVerdict({ quality: many }).sentence).toBe('Watch: all 25 modes have samples, but very unevenly.');
    expect(sampleVerdict({ quality: { ...many, rows: 120 } }).state).toBe('healthy');
  });
});
