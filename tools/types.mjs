// tsc once for every environment, each with only the globals it really has, then svelte-check for the page.
import { spawnSync } from 'node:child_process';

const environments = ['engine', 'node', 'electron', 'renderer', 'tests'];
const run = (script, args) => spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' }).status ?? 1;

let failed = false;
for (const environment of environments) {
  if (run('node_modules/typescript/bin/tsc', ['-p', `config/tsconfig.${environment}.json`]) !== 0) {
    console.error(`types: errors in ${environment}`);
    failed = true;
  }
}
if (
  run('node_modules/svelte-check/bin/svelte-check', [
    '--workspace',
    'renderer',
    '--tsconfig',
    '../config/tsconfig.renderer.json',
    '--fail-on-warnings',
    '--output',
    'human',
  ]) !== 0
) {
  failed = true;
}
process.exitCode = failed ? 1 : 0;
