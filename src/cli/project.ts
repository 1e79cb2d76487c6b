// karst project: a run's codes laid out in two or three dimensions, as a table.
import path from 'node:path';
import { KarstError } from '../base/errors.ts';
import type { ParamValues } from '../base/params.ts';
import { pointColumns, writeCsv, writeNpy } from '../engine/tables.ts';
import { projections } from '../projection/projections.ts';
import type { MapRecord } from '../protocol/records.ts';
import { command } from './command.ts';
import { withEngine, type Session } from './engine-session.ts';
import { runReference } from './run-reference.ts';
import type { Terminal } from './terminal.ts';

export const project = command({
  name: 'project',
  summary: 'lays out a run’s codes in two or three dimensions',
  positionals: [{ name: 'run', help: 'its folder, or its name in the library' }],
  options: {
    method: { kind: 'text', value: 'ID', help: `${projections.members.map((one) => one.id).join(' or ')}; pca unless told` },
    dims: { kind: 'choice', options: ['2', '3'], help: 'dimensions of the map; 3 unless told' },
    seed: { kind: 'number', value: 'N', help: 'the same seed gives the same map; 0 unless told' },
    set: { kind: 'settings', value: 'NAME=VALUE', help: 'a parameter of the method' },
    step: { kind: 'whole', value: 'N', min: 0, help: 'codes of this step; the newest otherwise' },
    codes: {
      kind: 'choice',
      options: ['mean', 'sample'],
      help: 'what stands for a row: its posterior’s mean, or one draw by --seed; mean unless told',
    },
    out: { kind: 'text', value: 'FILE', help: 'ends in .csv or .parquet (row, coordinates, label) or .npy (coordinates)' },
  },
  examples: ['karst project runs/first --method umap --dims 3 --seed 1 --out codes.csv'],
  async run({ positionals, options, terminal }) {
    const { out, step, method = 'pca', dims = '3', seed, set, codes = 'mean' } = options;
    if (out === undefined) throw new KarstError('usage', 'karst project needs --out: a file that ends in .csv, .npy or .parquet');
    const ending = path.extname(out).toLowerCase();
    if (ending !== '.csv' && ending !== '.npy' && ending !== '.parquet')
      throw new KarstError('usage', `--out must end in .csv, .npy or .parquet, got ${JSON.stringify(out)}`);
    projections.make(method, set); // a wrong method or parameter is told before anything is computed
    const run = runReference(positionals[0] as string);
    const request = { run, method, dims: dims === '2' ? (2 as const) : (3 as const), params: set, codes };
    await withEngine(options.home, async (session) => {
      const more = { ...(seed === undefined ? {} : { seed }), ...(step === undefined ? {} : { step }) };
      const map = await finalMap(session, terminal, { ...request, ...more });
      const bytes = await written(map, ending, set, (await session.client.about({})).version);
      const { openEngineHost } = await import('../node/engine-host.ts');
      await openEngineHost(options.home).writeFile(path.resolve(out), bytes);
      const { step: at, count, quality, unitsPerSd } = map;
      terminal.result(
        { path: path.resolve(out), run, step: at, method, dims: map.dims, seed: map.seed, rows: count, quality, unitsPerSd },
        () =>
          `${out}: ${count} rows in ${map.dims} dimensions by ${method}, step ${at}${quality ? `, trustworthiness ${quality.trustworthiness.toFixed(3)}, continuity ${quality.continuity.toFixed(3)}` : ''}`,
      );
    });
  },
});

/** The map itself, not the quick one that stands in for it: that comes as an event. */
async function finalMap(
  { engine, client }: Session,
  terminal: Terminal,
  request: Parameters<Session['client']['map']>[0],
): Promise<MapRecord> {
  return await new Promise<MapRecord>((resolve, reject) => {
    terminal.progress({ text: `laying out by ${request.method}` });
    engine.subscribe((name, event) => {
      if (name === 'mapUpdated' && (event as MapRecord).method === request.method) resolve(event as MapRecord);
      if (name === 'noticed') reject(new KarstError('internal', (event as { text: string }).text));
    });
    const { signal } = terminal.interrupt;
    signal.addEventListener('abort', () => reject(new KarstError('cancelled', 'interrupted')), { once: true });
    client.map(request, { signal, onProgress: (progress) => terminal.progress(progress) }).then((map) => {
      if (!map.provisional) resolve(map);
    }, reject);
  });
}

async function written(
  map: MapRecord,
  ending: '.csv' | '.npy' | '.parquet',
  params: ParamValues,
  karst: string,
): Promise<Uint8Array> {
  const { run, step, method, seed, dims, positions, rowIds, labels, labelNames } = map;
  if (ending === '.npy') return writeNpy(positions, [map.count, dims]);
  const columns = pointColumns(rowIds, ['x', 'y', 'z'].slice(0, dims), positions, labels, labelNames);
  if (ending === '.csv') return writeCsv(columns);
  const { writeParquet } = await import('../engine/parquet.ts');
  const facts = {
    'karst.run': run,
    'karst.step': String(step),
    'karst.method': method,
    'karst.seed': String(seed),
    'karst.params': JSON.stringify(params),
  };
  return writeParquet(columns, facts, `Karst version ${karst}`);
}
