// The type of the built page, for pages to keep: the Latin letters of both families, 44 KB. A page that was never built has none.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PageFont } from '../report/type.ts';
import { packageRoot } from './package-facts.ts';

/** By the start of the built file's name; a hash of its content follows. */
const FACES = [
  { start: 'source-sans-3-latin-wght-normal-', family: 'Source Sans 3', weight: '200 900' },
  { start: 'ibm-plex-mono-latin-400-normal-', family: 'IBM Plex Mono', weight: '400' },
] as const;

export async function readPageFonts(folder = path.join(packageRoot(), 'dist/page/assets')): Promise<readonly PageFont[]> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const fonts = FACES.map(async ({ start, family, weight }): Promise<PageFont[]> => {
    const name = names.find((one) => one.startsWith(start) && one.endsWith('.woff2'));
    return name === undefined ? [] : [{ family, weight, woff2: await readFile(path.join(folder, name)) }];
  });
  return (await Promise.all(fonts)).flat();
}
