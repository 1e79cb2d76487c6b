// What is lost when something dies: nothing that was saved.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineEvents } from '../../src/protocol/engine-api.ts';
import { makeHome, openTestEngine, tinyRequest, until, type TestEngine } from './tiny-run.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function open(home?: string): TestEngine {
  const made = home === undefined ? makeHome() : undefined;
  if (made) ends.push(made.remove);
  const test = openTestEngine(made?.home ?? (home as string));
  ends.push(test.close);
  return test;
}

/** The process that holds a run's lock. */
function trainerOf(home: string, run: string): number {
  const folder = path.join(home, 'runs', run);
  const lock = readdirSync(folder).find((name) => name.endsWith('.lock')) as string;
  return (JSON.parse(readFileSync(path.join(folder, lock), 'utf8')) as { pid: number }).pid;
}

const status = async ({ client }: TestEngine): Promise<string> => (await client.run({ run: 'tiny' })).status;
const step = async ({ client }: TestEngine): Promise<number> => (await client.run({ run: 'tiny' })).checkpoints.at(-1) ?? 0;

describe('a trainer', () => {
  it('that is killed leaves an interrupted run, which resumes', async () => {
    const test = open();
    await test.client.startRun({ ...tinyRequest, name: 'tiny', steps: 1_000_000 });
    await until(async () => (await step(test)) >= 40, 'checkpoints');
    process.kill(trainerOf(test.home, 'tiny'), 'SIGKILL');
    await until(async () => (await status(test)) === 'interrupted', 'the interruption');
    const notice = test.told.find(({ name }) => name === 'noticed')?.event as EngineEvents['noticed'];
    expect(notice).toMatchObject({ level: 'error', run: 'tiny', text: expect.stringContaining('SIGKILL') as string });
    const saved = await step(test);

    const resumed = await test.client.resumeRun({ run: 'tiny', steps: 40 });
    expect(resumed.steps).toBe(saved + 40);
    await until(async () => (await status(test)) === 'finished', 'the end');
    expect((await test.client.run({ run: 'tiny' })).step).toBe(saved + 40);
    const steps = (await test.client.reports({ run: 'tiny' })).map((report) => report.step);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b)); // history has one line a step
  });

  it('is paused with a checkpoint, takes knobs, and is not started twice', async () => {
    const test = open();
    await test.client.startRun({ ...tinyRequest, name: 'tiny', steps: 1_000_000 });
    await until(async () => (await step(test)) >= 20, 'a checkpoint');
    await expect(test.client.resumeRun({ run: 'tiny' })).rejects.toMatchObject({ code: 'exists' });
    await test.client.setKnobs({ run: 'tiny', values: { beta: 3 } });
    await until(async () => (await test.client.reports({ run: 'tiny' })).at(-1)?.knobs['beta'] === 3, 'the new beta');
    const paused = await test.client.pauseRun({ run: 'tiny' });
    expect(paused.status).toBe('paused');
    expect(paused.checkpoints.at(-1)).toBe(paused.step);
    await expect(test.client.pauseRun({ run: 'tiny' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a run that trains in another engine', () => {
  it('is not touched: neither its stop nor its history changes', async () => {
    const first = open();
    await first.client.startRun({ ...tinyRequest, name: 'tiny', steps: 1_000_000 });
    await until(async () => (await step(first)) >= 20, 'a checkpoint');
    const second = open(first.home);
    await expect(second.client.resumeRun({ run: 'tiny', steps: 20 })).rejects.toMatchObject({ code: 'exists' });
    expect((await second.client.run({ run: 'tiny' })).steps).toBe(1_000_000);
    await first.client.pauseRun({ run: 'tiny' });
    const steps = (await first.client.reports({ run: 'tiny' })).map((report) => report.step);
    const told = first.told
      .filter(({ name }) => name === 'reported')
      .flatMap(({ event }) => (event as EngineEvents['reported']).reports);
    expect(steps).toEqual([...new Set(told.map((report) => report.step))]); // no line of history was cut
  });
});

describe('an engine', () => {
  it('that ends saves what trains; the next one finds it paused and goes on', async () => {
    const first = open();
    await first.client.startRun({ ...tinyRequest, name: 'tiny', steps: 1_000_000 });
    await until(async () => (await step(first)) >= 20, 'a checkpoint');
    await first.close();
    const second = open(first.home);
    const found = await second.client.run({ run: 'tiny' });
    expect(found.status).toBe('paused');
    expect(found.checkpoints.at(-1)).toBe(found.step);
    expect(found.step).toBeGreaterThanOrEqual(20);
    await second.client.resumeRun({ run: 'tiny', steps: 20 });
    await until(async () => (await status(second)) === 'finished', 'the end');
  });

  it('starts its decoder again when it died', async () => {
    const test = open();
    await test.client.startRun({ ...tinyRequest, name: 'tiny', steps: 20 });
    await until(async () => (await status(test)) === 'finished', 'the end');
    const before = await test.client.point({ run: 'tiny', rowId: 3 });
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
    const decoder = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('decoder-process'));
    process.kill(decoder as number, 'SIGKILL');
    await until(
      async () =>
        test.client.point({ run: 'tiny', rowId: 3 }).then(
          () => true,
          () => false,
        ),
      'a new decoder',
    );
    expect(await test.client.point({ run: 'tiny', rowId: 3 })).toEqual(before);
  });
});
