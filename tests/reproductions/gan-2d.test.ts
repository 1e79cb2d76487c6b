// The table of Gaussians in the plane states what can be run and what is run; what comes of it stands in docs/reproductions.md.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeModel } from '../../src/engine/catalogue.ts';
import { splitRecipe } from '../../src/models/recipe.ts';
import { gan2d } from '../../src/node/reproduce/gan-2d.ts';
import { reproduce } from '../../src/node/reproduce/reproduce.ts';
import { checkBars, toMarkdown, type Figures, type Row, type RowResult, type Table } from '../../src/node/reproduce/table.ts';

const plane = { kind: 'vector', size: 2 } as const;

describe('the table of Gaussians in the plane', () => {
  it.each(gan2d.rows.map((row) => [`${row.section}, ${row.title}`, row] as const))('%s can be made', (_, { job }) => {
    const model = makeModel(job.model, job.set, plane);
    const batch = Number(splitRecipe(job.set)['train']?.['batchSize']);
    const parts = model.training(batch).map(({ program }) => program.name);
    expect(parts).toEqual(['gan.critic', 'gan.generator', 'gan.encoder']);
  });

  it('has every method on both, as many judgements a step, and schedules that end with the run', () => {
    const titles = (section: string): string[] => gan2d.rows.filter((row) => row.section === section).map(({ title }) => title);
    expect(titles('Grid of 25, setting S1')).toEqual(titles('Ring of 8, setting S1'));
    expect(titles('Ring of 8, setting S1')).toHaveLength(9);
    for (const { job, section } of gan2d.rows) {
      const { 'train.batchSize': batch, 'packing.samples': pack = 1, 'model.decay': decay } = job.set;
      expect(Number(batch) / Number(pack)).toBe(section.endsWith('S2') ? 512 : 256);
      if (section.endsWith('S2')) expect(decay).toBe(job.steps);
    }
  });

  it('asks only for rows and columns that there are, of three seeds at least', () => {
    for (const { section, row, figure } of gan2d.bars) {
      const found = gan2d.rows.find((one) => one.section === section && one.title === row);
      expect(found?.seeds.length, `${section}, ${row}`).toBeGreaterThanOrEqual(3);
      expect(gan2d.columns.map((column) => column.figure)).toContain(figure);
    }
  });

  it('stands in the document as it is stated here, with every bar held', () => {
    const text = readFileSync('docs/reproductions.md', 'utf8');
    const written = text.slice(text.indexOf('<!-- gan-2d -->'), text.indexOf('<!-- /gan-2d -->'));
    expect(written).toContain(gan2d.about);
    for (const { title, seeds } of gan2d.rows) expect(written).toMatch(new RegExp(`\\| ${escaped(title)} +\\| ${seeds.length} `));
    expect(written.match(/^- Holds: /gm)).toHaveLength(gan2d.bars.length + 1);
    expect(written).not.toContain('Does not hold');
  });
});

const escaped = (text: string): string => text.replace(/[()]/g, '\\$&');

const row = (title: string, seeds: readonly number[], set: Row['job']['set'] = {}): Row => ({
  title,
  section: 'S',
  seeds,
  job: {
    dataset: 'ring',
    datasetParams: { rows: 600 },
    model: 'gan',
    set: { 'model.net': 'dense', 'net.width': 4, 'train.batchSize': 8, ...set },
    steps: 2,
    measurement: 'modes',
    heldOut: 0.2,
  },
});
const tableOf = (rows: readonly Row[], bars: Table['bars']): Table => ({
  id: 't',
  title: 'T',
  about: '',
  columns: [{ figure: 'modes', title: 'modes', digits: 1 }],
  rows,
  bars,
});

describe('a table', () => {
  const asked = row('a', [1, 2]);
  const results = (...runs: RowResult['runs']): RowResult[] => [{ row: asked, runs, seconds: 1 }];
  const bar = { section: 'S', row: 'a', figure: 'modes', least: 8 };
  const holds = (runs: RowResult['runs'], each: boolean): boolean | undefined =>
    checkBars(tableOf([asked], [{ ...bar, each }]), results(...runs))[0]?.holds;

  it('holds a bar against every seed or against their mean, and never where a run is missing', () => {
    const [low, high]: Figures[] = [{ modes: 7 }, { modes: 9 }];
    expect(holds([low!, high!], false)).toBe(true);
    expect(holds([low!, high!], true)).toBe(false);
    expect(holds([high!, high!], true)).toBe(true);
    expect(holds([high!, { error: 'died' }], true)).toBe(false);
    expect(holds([high!], false)).toBe(false);
  });

  it('shows mean and spread of the runs that ended, and says which bar does not hold', () => {
    const text = toMarkdown(tableOf([asked], [bar]), results({ modes: 6 }, { modes: 8 }), 'two minutes');
    expect(text).toContain('| a | 2 | 7.0 ± 1.4 | 1 |');
    expect(text).toContain('**Does not hold**: S, a: modes in the mean at least 8 (7.0).');
    expect(toMarkdown(tableOf([asked], []), results({ modes: 6 }, { error: 'died' }), '')).toContain(
      '| a | 2 (1 failed) | 6.0 |',
    );
  });

  it('is run in processes, the longest first, each run with its own seed; one that fails takes its own row along', async () => {
    const rows = [row('few', [1]), { ...row('more', [1, 2]), job: { ...row('more', []).job, steps: 40 } }];
    const broken = row('broken', [1], { 'packing.samples': 3 });
    const order: string[] = [];
    const found = await reproduce(tableOf([...rows, broken], []), {
      processes: 1,
      onRun: ({ row: one, seed }) => order.push(`${one.title} ${seed}`),
    });
    expect(order.slice(0, 2)).toEqual(['more 1', 'more 2']);
    expect(found.map(({ row: one }) => one.title)).toEqual(['few', 'more', 'broken']);
    const [, more, failed] = found;
    expect(more?.runs).toHaveLength(2);
    expect(more?.runs.every((run) => 'modes' in run && 'highQuality' in run && 'rawModes' in run)).toBe(true);
    expect(more?.runs[0]).not.toEqual(more?.runs[1]);
    expect(failed?.runs).toEqual([{ error: expect.stringContaining('packing.samples 3') as string }]);
  }, 60_000);
});
