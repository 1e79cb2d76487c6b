// `npm run karst -- …`: builds what is out of date, then becomes the command line. It runs in this very process, so exit codes and signals
// are its own.
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const entry = path.join(root, 'dist/cli/karst.js');
if (existsSync(path.join(root, 'src'))) {
  const { buildIfNeeded } = await import('./build.mjs');
  await buildIfNeeded();
}
process.argv[1] = entry;
await import(pathToFileURL(entry).href);
