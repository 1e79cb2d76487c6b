// The command line as a person types it: real processes, real files, exit codes.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GridProvenance, MeasureRecord, RunRecord } from '../../src/protocol/records.ts';
import type { ComparisonPage } from '../../src/protocol/reports.ts';
import { readParquet } from '../engine/read-parquet.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'karst-cli-'));
const started: ChildProcess[] = [];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(...words: string[]): { child: ChildProcess; ended: Promise<Ended>; said: () => string } {
  const env = { ...process.env, KARST_HOME: path.join(folder, 'home') };
  const child = spawn(process.execPath, [path.join(root, 'dist/cli/karst.js'), ...words], { cwd: folder, env });
  started.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  return { child, ended, said: () => out + err };
}
const karst = (...words: string[]): Promise<Ended> => start(...words).ended;

/** What each list of words gives, all in one process: for what starts nothing else. */
async function many(lists: readonly (readonly string[])[]): Promise<readonly Ended[]> {
  const env = { ...process.env, KARST_HOME: path.join(folder, 'home') };
  const given = [path.join(import.meta.dirname, 'many.mjs'), path.join(root, 'dist/cli/karst.js'), JSON.stringify(lists)];
  const { stdout } = await promisify(execFile)(process.execPath, given, { cwd: folder, env, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as Ended[];
}

async function said(running: { said: () => string }, what: RegExp): Promise<void> {
  const startMs = performance.now();
  while (!what.test(running.said())) {
    if (performance.now() - startMs > 60_000) throw new Error(`waited a minute for ${what}; it said: ${running.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const tiny = [
  ...['--dataset', 'shapes', '--model', 'vae', '--device', 'onnx-cpu', '--seed', '1'],
  ...['model.net=dense', 'net.width=32', 'net.depth=1', 'model.latentSize=4', 'train.batchSize=20', 'dataset.rows=200'].flatMap(
    (one) => ['--set', one],
  ),
];

beforeAll(async () => {
  const { buildIfNeeded } = (await import(path.join(root, 'tools/build.mjs'))) as {
    buildIfNeeded: (options: { page: boolean; log: () => void }) => Promise<void>;
  };
  await buildIfNeeded({ page: false, log: () => {} });
  const { code, out, err } = await karst('train', ...tiny, '--steps', '30', '--run', 'runs/first', '--json');
  expect(code, err).toBe(0);
  expect(JSON.parse(out) as RunRecord).toMatchObject({ status: 'finished', step: 30, id: path.join(folder, 'runs/first') });
});
afterAll(() => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('one run from its training to its export', () => {
  it('train makes a folder outside any library, with what was asked in it', () => {
    const run = JSON.parse(readFileSync(path.join(folder, 'runs/first/run.json'), 'utf8')) as Record<string, unknown>;
    expect(run).toMatchObject({ seed: 1, stop: { steps: 30 }, latentSize: 4, dataset: { id: 'shapes', params: { rows: 200 } } });
    expect(existsSync(path.join(folder, 'home/runs/first'))).toBe(false);
  });

  it('measure tells figures as JSON on stdout, and as text', async () => {
    const { code, out } = await karst('measure', 'runs/first', '--json');
    expect(code).toBe(0);
    const measured = JSON.parse(out) as MeasureRecord;
    expect(measured).toMatchObject({ step: 30, latentSize: 4, heldOut: { rows: 20 } });
    expect(Object.keys(measured.heldOut).sort()).toEqual(['elbo', 'kl', 'reconstruction', 'rows']);
    expect(measured.klPerDimension.length).toBe(4);
    expect(measured.activeUnits).toBeLessThanOrEqual(4);
    expect((await karst('measure', 'runs/first')).out).toContain(`ELBO ${measured.heldOut.elbo?.toFixed(2)}`);
  });

  it('measure writes a page that loads nothing, and compare sets two checkpoints side by side, in words and as a page', async () => {
    const { code, out, err } = await karst('measure', 'runs/first', '--html', 'first.html', '--json');
    expect(code, err).toBe(0);
    const measured = JSON.parse(out) as MeasureRecord & { html: string };
    expect(measured).toMatchObject({ step: 30, html: path.join(folder, 'first.html') });
    const page = readFileSync(measured.html, 'utf8');
    expect(page).toContain('</html>');
    expect(page).not.toMatch(/<script|<link|url\((?!#|data:font\/woff2;base64,)|(src|href|srcset)="(?!data:image\/png;base64,)/);
    expect(page.match(/src="data:image\/png/g)).toHaveLength(2);
    const words = page.replace(/<[^>]*>/g, '');
    expect(words).toContain('--set net.width=32');
    expect(words).toContain('--set dataset.rows=200');

    const compared = await karst('compare', 'runs/first@0', 'runs/first', '--html', '--json');
    expect(compared.code, compared.err).toBe(0);
    const found = JSON.parse(compared.out) as ComparisonPage;
    expect(found.sides.map(({ step }) => step)).toEqual([0, 30]);
    const elbo = found.figures.find(({ id }) => id === 'elbo');
    const [before, after] = elbo?.values as [number, number];
    expect(elbo).toMatchObject({ differences: [null, after - before], isBetter: [null, true] });
    expect(after).toBe(measured.heldOut.elbo);
    expect(found.path).toBe(path.join(folder, 'runs/first/exports/comparison-first-step-000000-first-step-000030.html'));
    expect(readFileSync(found.path as string, 'utf8')).toContain('first, step 30');
  });

  it('train takes the data that a preset is meant for, where Karst makes them', async () => {
    const few = ['--set', 'dataset.rows=2000', '--device', 'onnx-cpu', '--seed', '1', '--steps', '3', '--json'];
    const { code, out, err } = await karst('train', '--preset', 'ring-r3gan', ...few, '--run', 'runs/ring');
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ model: 'gan', dataset: { id: expect.stringContaining('ring') as string } });
    const refusals = [
      [['--preset', 'mnist-mlp'], /needs --dataset: mnist-mlp is meant for digits, which are files/],
      [['--preset', 'nothing'], /unknown preset "nothing"; known: .*ring-r3gan/],
    ] as const;
    const refused = await Promise.all(refusals.map(([words]) => karst('train', ...words, '--run', 'runs/refused')));
    for (const [i, [, expected]] of refusals.entries())
      expect([refused[i]?.code, refused[i]?.err]).toEqual([2, expect.stringMatching(expected)]);
    expect(existsSync(path.join(folder, 'runs/refused'))).toBe(false);
  });

  it('grid draws, twice the same bytes, and inspect reads it back', async () => {
    const asked = ['grid', 'runs/first', '--kind', 'prior', '--rows', '2', '--cols', '3', '--seed', '1'];
    const drawn = await Promise.all(['g.png', 'h.png'].map((file) => karst(...asked, '--out', file)));
    expect(drawn.map(({ code }) => code)).toEqual([0, 0]);
    expect(readFileSync(path.join(folder, 'g.png')).equals(readFileSync(path.join(folder, 'h.png')))).toBe(true);
    const { code, out } = await karst('inspect', 'g.png', '--json');
    expect(code).toBe(0);
    const found = JSON.parse(out) as { kind: string; provenance: GridProvenance; cells: { shows: string; latent: number[] }[] };
    expect(found).toMatchObject({ kind: 'grid', provenance: { step: 30, seed: 1, rows: 2, cols: 3, kind: 'prior' } });
    expect(found.cells.map(({ shows, latent }) => [shows, latent.length])).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => [`prior ${i}`, 4]),
    );
  });

  it('grid --again draws a grid from its PNG alone, the same bytes', async () => {
    const { code, out, err } = await karst('grid', '--again', 'g.png', '--out', 'again.png');
    expect(code, err).toBe(0);
    expect(out).toContain('2 × 3 cells');
    expect(out).toContain('the same file, byte for byte');
    expect(readFileSync(path.join(folder, 'again.png')).equals(readFileSync(path.join(folder, 'g.png')))).toBe(true);
    renameSync(path.join(folder, 'runs/first'), path.join(folder, 'runs/moved'));
    try {
      const gone = await karst('grid', '--again', 'g.png', '--out', 'again-2.png');
      expect([gone.code, gone.err]).toEqual([1, expect.stringMatching(/there is no run in .*g\.png was drawn from run/)]);
      const found = await karst('grid', 'runs/moved', '--again', 'g.png', '--out', 'again-3.png', '--json');
      expect(JSON.parse(found.out)).toMatchObject({ isSame: true, path: path.join(folder, 'again-3.png') });
    } finally {
      renameSync(path.join(folder, 'runs/moved'), path.join(folder, 'runs/first'));
    }
  });

  it('project, export and inspect give what other programs read', async () => {
    const project = ['project', 'runs/first', '--dims'];
    const [projected, other, exported, run, dataset] = await Promise.all([
      karst(...project, '2', '--method', 'umap', '--seed', '1', '--out', 'map.csv', '--json'),
      karst(...project, '3', '--seed', '7', '--out', 'map.parquet'),
      karst('export', 'runs/first', '--what', 'decoder', '--out', 'd.onnx'),
      karst('inspect', 'runs/first'),
      karst('inspect', 'ring'),
    ]);
    expect(projected.code, projected.err).toBe(0);
    expect(JSON.parse(projected.out)).toMatchObject({ method: 'umap', dims: 2, rows: 200 });
    const lines = readFileSync(path.join(folder, 'map.csv'), 'utf8').trim().split('\r\n');
    expect([lines.length, lines[0]]).toEqual([201, 'row,x,y,label']);
    expect(other.code, other.err).toBe(0);
    const { columns, rows, facts } = await readParquet(path.join(folder, 'map.parquet'));
    expect(columns).toEqual(['row INT32', 'x FLOAT', 'y FLOAT', 'z FLOAT', 'label BYTE_ARRAY']);
    expect(rows.length).toBe(200);
    expect(facts).toMatchObject({ 'karst.step': '30', 'karst.method': 'pca', 'karst.seed': '7' });
    expect(facts['karst.run']).toBe(path.join(folder, 'runs/first'));
    expect(exported.code, exported.err).toBe(0);
    expect(readFileSync(path.join(folder, 'd.onnx')).length).toBeGreaterThan(1000);
    expect(run.out).toContain('finished at step 30');
    expect(dataset.out).toMatch(/vectors of 2[^]+augmentations that keep a row what it is: noise/);
  });

  it('resume goes on', async () => {
    const { code, out, err } = await karst('resume', 'runs/first', '--steps', '10', '--json');
    expect(code, err).toBe(0);
    expect((JSON.parse(out) as RunRecord).step).toBe(40);
  });
});

describe('Ctrl-C', () => {
  it('saves a checkpoint, says how to go on, and ends with 130', async () => {
    const training = start('train', ...tiny, '--seconds', '600', '--run', './long');
    await said(training, /step [1-9]/);
    training.child.kill('SIGINT');
    const { code, err } = await training.ended;
    expect(code, err).toBe(130);
    expect(err).toContain('karst resume ./long');
    const { out } = await karst('inspect', './long', '--json');
    const { run } = JSON.parse(out) as { run: RunRecord };
    expect(run.status).toBe('paused');
    expect(run.checkpoints.at(-1)).toBe(run.step);
    expect((await karst('resume', './long', '--steps', '5')).code).toBe(0);
  });
});

describe('serve', () => {
  it('prints an address, keeps its key over a restart, and ends at Ctrl-C', async () => {
    const addresses: string[] = [];
    const port = await freePort();
    for (let turn = 0; turn < 2; turn++) {
      const serving = start('serve', '--port', String(port), '--no-starter');
      await said(serving, /\/open\/[\w-]+/);
      const address = /http:\S+/.exec(serving.said())?.[0] as string;
      addresses.push(address);
      expect((await fetch(address)).status).toBe(200);
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(401);
      serving.child.kill('SIGINT');
      expect((await serving.ended).code).toBe(0);
    }
    expect(addresses[0]).toBe(addresses[1]);
  });
});

describe('wrong usage', () => {
  const cases: [string[], RegExp][] = [
    [['flurb'], /there is no command "flurb"; there are train, resume/],
    [['grid', 'runs/first', '--kidn', 'prior'], /does not know --kidn; it knows --kind, --rows/],
    [['grid', 'runs/first', '--kind', 'priors'], /--kind must be one of prior, reconstruction/],
    [['grid', 'runs/first', '--rows', 'many'], /--rows must be a whole number, got "many"/],
    [['grid', 'runs/first', '--rows', '0'], /--rows must be between 1 and 100/],
    [['grid'], /needs <run>/],
    [['grid', '--again', 'g.png', '--seed', '3'], /leave --seed out/],
    [['grid', 'runs/first', 'more'], /"more" too many/],
    [['train', '--run', 'x'], /needs --dataset/],
    [['train', '--dataset', 'shapes', '--steps', '5', '--epochs', '1'], /one of --steps, --epochs and --seconds/],
    [['train', '--dataset', 'shapes', '--set', 'beta'], /a\.b=value/],
    [
      ['train', '--dataset', 'shapes', '--set', 'model.betta=1', '--steps', '1', '--run', './x'],
      /unknown parameter .*betta; known: .*beta/,
    ],
    [['train', '--dataset', 'shapes', '--model', 'gpt', '--run', './x'], /unknown model "gpt"; known: vae/],
    [['export', 'runs/first'], /needs --what/],
    [['project', 'runs/first', '--out', 'x.doc'], /\.csv, \.npy or \.parquet/],
  ];
  /** What opens an engine before it is refused is a process of its own. */
  const isAlone = ([name, ...words]: readonly string[]): boolean => name === 'flurb' || words.includes('./x');
  const told = new Map<readonly string[], Ended>();
  beforeAll(async () => {
    const words = cases.map(([one]) => one);
    const [alone, together] = [words.filter(isAlone), words.filter((one) => !isAlone(one))];
    const ended = [...(await Promise.all(alone.map((one) => karst(...one)))), ...(await many(together))];
    [...alone, ...together].forEach((one, i) => told.set(one, ended[i] as Ended));
  });

  it.each(cases)('karst %j exits with 2 and says what is right', (words, message) => {
    const { code, err, out } = told.get(words) as Ended;
    expect(err).toMatch(message);
    expect([code, out]).toEqual([2, '']);
  });

  it('what is not there or is broken exits with 1', async () => {
    writeFileSync(path.join(folder, 'broken.npy'), 'not an array');
    const lists = [
      ['measure', './nowhere'],
      ['inspect', './nowhere'],
      ['inspect', './broken.npy'],
      ['measure', 'runs/first', '--step', '7'],
    ];
    for (const [i, { code, err, out }] of (await Promise.all(lists.map((words) => karst(...words)))).entries()) {
      expect([code, out], lists[i]?.join(' ')).toEqual([1, '']);
      expect(err.trim()).toMatch(/karst: .+/);
    }
  });
});

describe('help', () => {
  it('is there for every command, made of its options', async () => {
    const overview = await karst('--help');
    expect(overview.code).toBe(0);
    const names = [...overview.out.matchAll(/^ {2}(\w+) {2}/gm)].map(([, name]) => name as string);
    expect(names).toEqual([
      'train',
      'resume',
      'measure',
      'compare',
      'cure',
      'project',
      'grid',
      'inspect',
      'export',
      'serve',
      'doctor',
      'bench',
      'reproduce',
      'devices',
    ]);
    const [version, nothing, ...helps] = await many([['--version'], [], ...names.map((name) => [name, '--help'])]);
    for (const [i, { code, out }] of helps.entries()) {
      expect([code, out.split('\n')[0]]).toEqual([0, expect.stringContaining(`karst ${names[i]}`)]);
      expect(out).toContain('--json');
    }
    expect(helps.length).toBe(names.length);
    expect(version?.out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(nothing?.code).toBe(2);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
