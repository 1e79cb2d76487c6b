// Where the programs of threads and processes lie. In a build they stand beside each other: dist/node/<name>.js. When Karst runs from its
// TypeScript sources (tests), a program is bundled when first asked for, into node_modules/.cache/karst, under a name made of its content:
// packages are then found as usual, and what has not changed is not written again.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { KarstError } from '../base/errors.ts';

const bundled = new Map<string, Promise<URL>>();

/** The program of src/node/…/<name>.ts as one that Node can start: `new Worker(url)` or `fork(fileURLToPath(url))`. */
export function workerUrl(name: string): Promise<URL> {
  if (!import.meta.url.endsWith('.ts')) return Promise.resolve(new URL(`../node/${name}.js`, import.meta.url));
  let url = bundled.get(name);
  if (!url) bundled.set(name, (url = bundle(name)));
  return url;
}

async function bundle(name: string): Promise<URL> {
  const folder = path.dirname(fileURLToPath(import.meta.url));
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((file) => path.basename(file) === `${name}.ts`);
  if (found === undefined) throw new KarstError('internal', `there is no src/node/${name}.ts to start`);
  const root = path.dirname(path.dirname(folder));
  const { build } = await import('esbuild');
  const result = await build({
    absWorkingDir: root,
    entryPoints: [path.join(folder, found)],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    write: false,
    logLevel: 'silent',
  });
  const [output] = result.outputFiles;
  if (!output) throw new KarstError('internal', `src/node/${found} gave no program`);
  const cache = path.join(root, 'node_modules/.cache/karst');
  const file = path.join(cache, `${name}-${createHash('sha256').update(output.contents).digest('hex').slice(0, 16)}.mjs`);
  if (!existsSync(file)) {
    mkdirSync(cache, { recursive: true });
    const aside = `${file}.${process.pid}.tmp`;
    writeFileSync(aside, output.contents);
    renameSync(aside, file); // two test files may bundle the same program at once
  }
  return pathToFileURL(file);
}
