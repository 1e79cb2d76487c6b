// karst grid: a sample grid as PNG, with everything in it that is needed to draw it again, and the same grid drawn again from its PNG.
import { KarstError } from '../base/errors.ts';
import { gridKinds, gridThemes, gridViews } from '../protocol/engine-api.ts';
import type { GridRecord, ProgressRecord } from '../protocol/records.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { runReference } from './run-reference.ts';

export const grid = command({
  name: 'grid',
  summary: 'draws a grid of samples, its provenance inside the PNG; or a grid again, from its PNG alone',
  positionals: [
    {
      name: 'run',
      help: 'its folder, or its name in the library; with --again only where the run has moved since',
      isOptional: true,
    },
  ],
  options: {
    kind: { kind: 'choice', options: gridKinds, help: 'what the cells show; prior unless told' },
    rows: { kind: 'whole', value: 'R', min: 1, max: 100, help: 'rows of cells; 8 unless told' },
    cols: { kind: 'whole', value: 'C', min: 1, max: 100, help: 'columns of cells; 8 unless told' },
    seed: { kind: 'number', value: 'N', help: 'draws the samples, or the rows to start from; 0 unless told' },
    scale: {
      kind: 'whole',
      value: 'K',
      min: 1,
      max: 32,
      help: 'each sample pixel becomes K × K, plots are K times as large; 1 unless told',
    },
    view: { kind: 'choice', options: gridViews, help: 'for places in the plane: one plot a cell (unless told), or all in one' },
    theme: { kind: 'choice', options: gridThemes, help: 'ink on paper (unless told), or paper on ink' },
    step: { kind: 'whole', value: 'N', min: 0, help: 'the checkpoint of this step; the newest otherwise' },
    temperature: { kind: 'number', value: 'T', min: 0, help: 'factor on draws from the prior; 1 unless told' },
    truncation: { kind: 'number', value: 'SD', min: 0.01, help: 'draws beyond so many standard deviations are drawn again' },
    weights: { kind: 'choice', options: ['average', 'raw'], help: 'of a generator: its moving average, or as it is' },
    from: { kind: 'rows', value: 'I,J,…', help: 'rows of the dataset to start from; chosen by seed otherwise' },
    again: { kind: 'text', value: 'GRID.png', help: 'draws this grid again instead: the same pixels' },
    out: { kind: 'text', value: 'FILE', help: 'where to save it; in the run’s exports otherwise' },
  },
  examples: [
    'karst grid runs/first --kind prior --rows 8 --cols 8 --seed 1 --out g.png',
    'karst grid runs/first --kind interpolation --from 3,17 --rows 1 --out path.png',
    'karst grid runs/ring --view together --rows 20 --cols 20 --out ring.png',
    'karst grid --again g.png --out h.png',
  ],
  async run({ positionals, options, terminal }) {
    const { again, kind, rows, cols, seed, scale, view, theme, step, temperature, truncation, weights, from, out } = options;
    const chosen = { kind, rows, cols, seed, scale, view, theme, step, temperature, truncation, weights, from };
    const asked = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
    const [first] = Object.keys(asked);
    if (again !== undefined && first !== undefined)
      throw new KarstError('usage', `--again draws what the grid says of itself: leave --${first} out`);
    const [given] = positionals;
    const run = given === undefined ? undefined : runReference(given);
    if (run === undefined && again === undefined)
      throw new KarstError('usage', 'karst grid needs <run>, its folder or its name in the library, or --again GRID.png');
    const where = { save: out === undefined, ...(out === undefined ? {} : { out }) };
    await withEngine(options.home, async ({ client }) => {
      const listening = {
        signal: terminal.interrupt.signal,
        onProgress: (progress: ProgressRecord) => terminal.progress(progress),
      };
      if (again !== undefined) {
        const drawn = await client.redrawGrid({ path: again, ...(run === undefined ? {} : { run }), ...where }, listening);
        const { isSame } = drawn;
        const verdict = isSame
          ? 'the same file, byte for byte'
          : `not the bytes of ${again}, which another program may have written`;
        terminal.result({ ...facts(drawn), isSame }, () => `${sentence(drawn)}: ${verdict}`);
      } else {
        const { from: rowIds, ...more } = asked as { from?: number[] };
        const request = { run: run as string, kind: kind ?? 'prior', ...where, ...more, ...(rowIds ? { rowIds } : {}) } as const;
        const drawn = await client.grid(request, listening);
        terminal.result(facts(drawn), () => sentence(drawn));
      }
    });
  },
});

const facts = ({ path, width, height, provenance }: GridRecord): object => ({ path, width, height, provenance });

const sentence = ({ path, width, height, provenance: { rows, cols, step, seed } }: GridRecord): string =>
  `${path}: ${rows} × ${cols} cells, ${width} × ${height} pixels, step ${step}, seed ${seed}`;
