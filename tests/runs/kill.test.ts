// kill -9 at random moments of a real trainer process on a real disk: while it starts, trains, saves or ends.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import { openFiles } from '../../src/node/files.ts';
import { openRun } from '../../src/runs/run-folder.ts';
import { MemoryFiles } from './memory-files.ts';
import { toyRun } from './toy-run.ts';

const KILLS = 20;
const STEPS = 300;

// Inside the repository, so that packages left outside of the bundle are found.
const bundles = resolve(import.meta.dirname, '../../node_modules/.cache');
let bundle: string;
let folder: string;

beforeAll(async () => {
  mkdirSync(bundles, { recursive: true });
  const out = mkdtempSync(join(bundles, 'karst-kill-'));
  bundle = join(out, 'trainer.mjs');
  folder = mkdtempSync(join(tmpdir(), 'karst-kill-'));
  await build({
    entryPoints: [resolve(import.meta.dirname, 'killed-trainer.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(() => {
  rmSync(resolve(bundle, '..'), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

interface Kill {
  /** Lines to wait for; 0 kills while the process starts. */
  readonly afterEvents: number;
  readonly delayMs: number;
}

/** Runs the trainer, to its end or until it is killed. Resolves to its exit code. */
function trainer(steps: number, kill?: Kill): Promise<number | null> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [bundle, folder, String(steps)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let lines = 0;
    const count = (chunk: Buffer): void => {
      const before = lines;
      lines += chunk.filter((byte) => byte === 10).length;
      if (kill && before <= kill.afterEvents && lines > kill.afterEvents) setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
    };
    child.stdout.on('data', count);
    if (kill?.afterEvents === 0) count(Buffer.from('\n'));
    child.once('error', fail);
    child.once('exit', done);
  });
}

it(`a run killed ${KILLS} times is always readable and ends in the bits of one never killed`, { timeout: 300_000 }, async () => {
  const rng = Rng.fromSeed(11);
  let kills = 0;
  let steps: readonly number[] = [];
  while (kills < KILLS) {
    const kill: Kill =
      kills % 5 === 4
        ? { afterEvents: 0, delayMs: 1000 * rng.uniform() }
        : { afterEvents: 1 + rng.integer(40), delayMs: 10 * rng.uniform() };
    const code = await trainer(STEPS, kill);
    expect(code).not.toBe(1);
    kills++;
    const files = openFiles(folder);
    if (!(await files.facts('run.json'))) continue;
    const run = await openRun(files);
    await run.events();
    await run.reports();
    for (const step of await run.latents()) await run.loadLatents(step);
    steps = await run.checkpoints();
    for (const step of steps) expect((await run.loadCheckpoint(step)).position.step).toBe(step);
  }
  expect(steps.at(-1)).toBeGreaterThan(0);
  expect(await trainer(STEPS)).toBe(0);

  const device = await openWasmDevice();
  const whole = await toyRun(new MemoryFiles(), device, { steps: STEPS });
  const run = await openRun(openFiles(folder));
  const [found, wanted] = [await run.loadCheckpoint(), await whole.loadCheckpoint()];
  expect(found.position.step).toBe(STEPS);
  expect(found.values).toEqual(wanted.values);
  const history = (reports: Awaited<ReturnType<typeof run.reports>>): unknown =>
    reports.map(({ step, heldOut }) => [step, heldOut]);
  expect(history(await run.reports())).toEqual(history(await whole.reports()));
  expect(readdirSync(folder)).not.toContain('trainer.lock');
  await device.dispose();
});
