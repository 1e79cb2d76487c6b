// `npm run build`: the page (Vite) into dist/page, the node side (esbuild) into dist. Each half is built only where its sources are newer
// than its last build; --force builds both. Files are written aside and renamed, so a running Karst never reads half a file.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');

/** The newest change below `names`, folders included: a deleted file changes its folder. */
function newest(...names) {
  let time = 0;
  const visit = (name) => {
    if (!existsSync(name)) return;
    const facts = statSync(name);
    time = Math.max(time, facts.mtimeMs);
    if (facts.isDirectory()) for (const inside of readdirSync(name)) visit(path.join(name, inside));
  };
  for (const name of names) visit(path.join(root, name));
  return time;
}

const common = ['package.json', 'tools/build.mjs', 'src/base', 'src/protocol', 'src/report'];
const isCurrent = (stamp, ...names) => existsSync(stamp) && statSync(stamp).mtimeMs >= newest(...common, ...names);

function putStamp(stamp, startedMs) {
  writeFileSync(stamp, '');
  utimesSync(stamp, startedMs / 1000, startedMs / 1000); // what changed while building counts as newer
}

function writeAside(file, bytes) {
  mkdirSync(path.dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}.tmp`;
  writeFileSync(aside, bytes);
  renameSync(aside, file);
}

/** Every program that runs as a process or thread of its own. */
function nodeEntries() {
  const entries = { 'cli/karst': 'src/cli/karst.ts' };
  for (const name of readdirSync(path.join(root, 'src/node'), { recursive: true })) {
    if (/-(?:process|worker)\.ts$/.test(name) && name !== 'run-process.ts')
      entries[`node/${path.basename(name, '.ts')}`] = `src/node/${name}`;
  }
  for (const name of ['main', 'engine-process']) {
    if (existsSync(path.join(root, `electron/${name}.ts`))) entries[`electron/${name}`] = `electron/${name}.ts`;
  }
  return entries;
}

async function buildNode() {
  const { build } = await import('esbuild');
  const shared = {
    absWorkingDir: root,
    outdir: dist,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    write: false,
    logLevel: 'warning',
    charset: 'utf8',
  };
  const results = [
    await build({ ...shared, entryPoints: nodeEntries(), format: 'esm', splitting: true, chunkNames: 'chunks/[name]-[hash]' }),
  ];
  if (existsSync(path.join(root, 'electron/preload.ts'))) {
    // A sandboxed preload script cannot be a module.
    const entryPoints = { 'electron/preload': 'electron/preload.ts' };
    results.push(await build({ ...shared, entryPoints, format: 'cjs', outExtension: { '.js': '.cjs' } }));
  }
  const written = new Set();
  for (const file of results.flatMap((result) => result.outputFiles)) {
    writeAside(file.path, file.contents);
    written.add(file.path);
  }
  // Chunks of an hour ago may still be wanted by a process that runs; older ones are not.
  const chunks = path.join(dist, 'chunks');
  for (const name of existsSync(chunks) ? readdirSync(chunks) : []) {
    const file = path.join(chunks, name);
    if (!written.has(file) && Date.now() - statSync(file).mtimeMs > 3_600_000) rmSync(file, { force: true });
  }
}

async function buildPage() {
  const { build } = await import('vite');
  const config = ['renderer/vite.config.ts', 'renderer/vite.config.mjs', 'vite.config.ts']
    .map((name) => path.join(root, name))
    .find(existsSync);
  const aside = path.join(dist, `page.${process.pid}.tmp`);
  const options = { root: path.join(root, 'renderer'), logLevel: 'warn', build: { outDir: aside, emptyOutDir: true } };
  if (config) await build({ configFile: config, ...options });
  else {
    const { svelte } = await import('@sveltejs/vite-plugin-svelte');
    await build({ configFile: false, plugins: [svelte()], ...options });
  }
  const page = path.join(dist, 'page');
  const old = path.join(dist, `page.${process.pid}.old`);
  if (existsSync(page)) renameSync(page, old);
  renameSync(aside, page);
  rmSync(old, { recursive: true, force: true });
}

/** Builds what is out of date and says what was built; `page: false` leaves the page alone. */
export async function buildIfNeeded({ force = false, page = true, log = console.error } = {}) {
  mkdirSync(dist, { recursive: true });
  const halves = [{ title: 'the engine', stamp: '.built-node', sources: ['src', 'electron'], build: buildNode }];
  if (page && existsSync(path.join(root, 'renderer/index.html'))) {
    halves.push({ title: 'the page', stamp: '.built-page', sources: ['renderer'], build: buildPage });
  }
  for (const { title, stamp, sources, build } of halves) {
    const file = path.join(dist, stamp);
    if (!force && isCurrent(file, ...sources)) continue;
    const startedMs = Date.now();
    await build();
    putStamp(file, startedMs);
    log(`Built ${title} in ${((Date.now() - startedMs) / 1000).toFixed(1)} s.`);
  }
}

/** True where nothing needs to be built; costs a look at the files only. */
export function isBuilt() {
  const page = !existsSync(path.join(root, 'renderer/index.html')) || isCurrent(path.join(dist, '.built-page'), 'renderer');
  return page && isCurrent(path.join(dist, '.built-node'), 'src', 'electron');
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildIfNeeded({ force: process.argv.includes('--force') });
}
