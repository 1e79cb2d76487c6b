// The gate: format, lint, types, kernels, floors, unused code, unit tests. Every step runs, so one report names everything that is wrong.
import { spawnSync } from 'node:child_process';

const bin = (path) => [process.execPath, `node_modules/${path}`];
const steps = [
  ['format', [...bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['lint', [...bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.']],
  ['types', [process.execPath, 'tools/types.mjs']],
  ['kernels', [process.execPath, 'tools/wasm.mjs', '--check']],
  [
    'floors',
    [
      ...bin('dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'electron',
      'renderer',
    ],
  ],
  ['unused', [...bin('knip/bin/knip.js'), '--no-progress']],
  ['unit tests', [...bin('vitest/vitest.mjs'), 'run']],
];

const only = process.argv.slice(2);
const failed = [];
for (const [name, [command, ...args]] of steps) {
  if (only.length > 0 && !only.includes(name)) continue;
  const start = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'passed' : 'FAILED'}: ${name} (${seconds} s)`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) console.error(`check failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
