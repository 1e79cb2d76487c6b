// The table of VAEs on digits states what can be made; what came of it stands in docs/reproductions.md. Its comparisons judge known figures.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeModel } from '../../src/engine/catalogue.ts';
import { checkBars, type Comparison, type Figures, type Row } from '../../src/node/reproduce/table.ts';
import { vaeMnist } from '../../src/node/reproduce/vae-mnist.ts';

const table = vaeMnist('digits');
const digit = { kind: 'picture', height: 28, width: 28, channels: 1 } as const;

/** Of every run; `change` moves those of a row. */
const judged = (change: (row: Row, figures: Figures, at: number) => Figures): readonly Comparison[] =>
  checkBars(
    table,
    table.rows.map((row) => {
      const beta = Number(row.job.set['model.beta'] ?? 1);
      const figures = {
        elbo: -100 - beta,
        kl: 18 / beta,
        activeUnits: 21 - beta,
        carryingUnits: 21 - beta,
        effectiveRank: 11 / beta,
        logLikelihood: -95 - beta,
      };
      return { row, runs: row.seeds.map((_, at) => change(row, figures, at)), seconds: 1 };
    }),
  );
const failing = (change: (row: Row, figures: Figures, at: number) => Figures): readonly string[] =>
  judged(change).flatMap(({ text, holds }) => (holds ? [] : [text]));

describe('the table of VAEs on digits', () => {
  it.each(table.rows.map((row) => [`${row.section}, ${row.title}`, row] as const))('%s can be made', (_, { job, seeds }) => {
    expect(makeModel(job.model, job.set, digit).latentSize).toBe(20);
    expect(seeds[0]).toBe(1); // paired with the plain VAE of the same seed
  });

  it('stands in the document as it is stated here', () => {
    const text = readFileSync('docs/reproductions.md', 'utf8');
    const written = text.slice(text.indexOf('<!-- vae-mnist -->'), text.indexOf('<!-- /vae-mnist -->'));
    expect(written).toContain(table.about);
    for (const { title, seeds } of table.rows) expect(written).toMatch(new RegExp(`\\| ${title} +\\| ${seeds.length} `));
    expect(written.match(/^- Holds: /gm)).toHaveLength(judged((_, figures) => figures).length);
    expect(written).not.toContain('Does not hold');
  });

  it('holds what rises to the plain VAE and what falls with beta, and names what does not', () => {
    const freed = (row: Row, figures: Figures): Figures =>
      row.section.startsWith('Free bits') ? { ...figures, kl: 3, logLikelihood: -90 } : figures;
    expect(failing(freed)).toEqual([]);
    expect(failing((_, figures) => figures)).toEqual([expect.stringMatching(/^beta 20 with free bits/)]);
    const behind = failing((row, figures, at) =>
      row.title === 'IAF posterior' ? { ...figures, logLikelihood: at === 0 ? -95 : -97.5 } : freed(row, figures),
    );
    expect(behind).toEqual([
      expect.stringContaining('IAF posterior: log p(x) at least that of the plain VAE (-0.25; by seed +1.00, -1.50)'),
    ]);
    const risen = failing((row, figures) =>
      freed(row, row.title === 'beta 10' ? { ...figures, carryingUnits: 18, activeUnits: 18 } : figures),
    );
    expect(risen).toEqual([expect.stringMatching(/^carryingUnits falls/)]);
  });
});
