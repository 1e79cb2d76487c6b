// The use of a codebook as a cause hears it: dead codes, codes that nobody needs, codes that fall out of use, and no Gaussian judged where there is none.
import { describe, expect, it } from 'vitest';
import { confidenceOf, type Moment } from '../../src/collapse/cause.ts';
import { circumstancesOf } from '../../src/collapse/circumstances.ts';
import { Monitor } from '../../src/collapse/monitor.ts';
import { findings, verdictOf } from '../../src/collapse/verdict.ts';
import type { CodebookSigns, LatentSigns } from '../../src/protocol/signs.ts';

const ill = { 'model.codes': 128, 'model.codeSize': 4, 'model.update': 'gradient', 'model.restartAfter': 0, 'model.unitCodes': false, 'model.commitment': 1 }; // prettier-ignore
const about = circumstancesOf('vq-vae', ill, 'vector');

/** As such a use of 128 codes looks, one to a row, with the figures of Gaussians that would all be ill. */
function moment(perplexity: number, explained: number, i = 0, more: Partial<CodebookSigns> = {}): Moment {
  const latent: LatentSigns = {
    ...{
      latentSize: 4,
      rows: 1000,
      klPerDimension: [5, 5, 5, 5],
      klNats: 20,
      activeUnits: 0,
      effectiveRank: 1,
      participationRatio: 1,
    },
    mutualInformation: { nats: Math.log(perplexity), capNats: Math.log(1000), rows: 1000 },
    aggregateKl: 17,
    codebook: { codes: 128, choices: 1000, perplexity, used: Math.ceil(1.5 * perplexity), explained, ...more },
  };
  return { step: 40 * (i + 1), epoch: 2 + i, signs: { latent } };
}
const curesOf = (of: Moment, params = ill): readonly string[] | undefined =>
  verdictOf([of], circumstancesOf('vq-vae', params, 'vector')).causes[0]?.cures.map(({ id }) => id);

describe('unused codes', () => {
  it('are none where codes are used, whatever Gaussians would say', () => {
    expect(findings([moment(40, 0.7)], about)).toEqual([]);
    expect(verdictOf([moment(40, 0.7)], about)).toMatchObject({
      state: 'healthy',
      sentence: 'Healthy: 60 of 128 codes carry the rows, as if 40.0 were used alike.',
      reasons: [
        'a row’s codes say 3.69 nats about it (at most 6.91 could show among 1000 rows)',
        '60 of 128 codes are chosen, as if 40.0 were used alike',
        '70 % of the rows’ variance is drawn from them',
        'they cost 20.0 nats under the prior',
      ],
    });
  });

  it('are told where few are left and rows lose by it, with the cures that are not in force', () => {
    const [first, ...others] = findings([moment(6, 0.7)], about);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ cause: { id: 'unused-codes' }, finding: { state: 'watch' } });
    expect(first?.finding.sentence).toBe('only 9 of 128 codes are in use, as if 6.00 were used alike');
    expect(confidenceOf(first?.finding.signs ?? [])).toBeGreaterThan(0.8);
    expect(curesOf(moment(6, 0.7))).toEqual(['restart-codes', 'averaged-codes', 'unit-codes', 'lower-commitment', 'fewer-codes']);
    const healed = { ...ill, 'model.restartAfter': 20, 'model.update': 'average', 'model.unitCodes': true, 'model.commitment': 0.1 }; // prettier-ignore
    expect(curesOf(moment(6, 0.7), healed)).toEqual(['fewer-codes']);
  });

  it('are collapsed where nearly all rows get one', () => {
    expect(verdictOf([moment(1.2, 0.1)], about)).toMatchObject({
      state: 'collapsed',
      sentence: 'Collapsed: nearly all rows get the same code, of 128 that there are.',
    });
  });

  it('call nobody where so few are enough, and ask for a smaller codebook first', () => {
    const seen = moment(8, 0.998);
    const { state, sentence, causes } = verdictOf([seen], about);
    expect([state, sentence]).toEqual(['watch', 'Watch: 12 of 128 codes are in use, and they are all that the rows need.']);
    expect(causes[0]?.confidence).toBeLessThan(0.5);
    expect(curesOf(seen)?.[0]).toBe('fewer-codes');
    const monitor = new Monitor(about);
    for (let i = 0; i < 8; i++) expect(monitor.look(moment(8, 0.998, i))).toEqual([]);
  });

  it('are none before restarts are due, where they are in force', () => {
    const young = circumstancesOf('vq-vae', { ...ill, 'model.restartAfter': 100 }, 'vector');
    const told = [80, 100, 120].map((step) => findings([{ ...moment(1, 0), step }], young).length);
    expect(told).toEqual([0, 0, 1]);
    expect(findings([{ ...moment(1, 0), step: 80 }], about)).toHaveLength(1);
  });

  it('do not count codes that so few rows could not show', () => {
    expect(findings([moment(40, 0.7, 0, { codes: 4096, choices: 120 })], about)).toEqual([]);
    expect(findings([moment(40, 0.7, 0, { codes: 4096 })], about)).toHaveLength(1);
  });

  it('are warned of at the third look, and where fewer are used from look to look, unless so few are enough', () => {
    const warned = (course: readonly number[], explained: number): readonly number[] => {
      const monitor = new Monitor(about);
      return course.flatMap((perplexity, i) =>
        monitor.look(moment(perplexity, explained, i)).map((warning) => (warning.cause.id === 'unused-codes' ? i : -1)),
      );
    };
    expect(warned([6, 6, 6, 6], 0.7)).toEqual([2]);
    expect(warned([3, 4, 5, 6, 6, 6, 6], 0.7)).toEqual([6]); // while more come into use it is young
    expect(warned([80, 90, 70, 55, 45], 0.7)).toEqual([4]);
    expect(warned([80, 90, 70, 55, 45], 0.999)).toEqual([]);
  });
});
