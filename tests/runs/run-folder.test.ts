import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KarstError } from '../../src/base/errors.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import { looksOf } from '../../src/runs/looks.ts';
import { prepareResume } from '../../src/runs/record.ts';
import { createRun, openRun } from '../../src/runs/run-folder.ts';
import type { ReportRecord } from '../../src/protocol/records.ts';
import type { Device } from '../../src/tracing/device.ts';
import { Death, MemoryFiles } from './memory-files.ts';
import { description, toyRun } from './toy-run.ts';

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const text = (files: MemoryFiles, path: string): string => new TextDecoder().decode(files.files.get(path));

const report = (step: number): ReportRecord => ({
  step,
  epoch: 1,
  elapsedSeconds: 0,
  imagesPerSecond: 0,
  losses: {},
  knobs: {},
});

let device: Device;
beforeAll(async () => {
  device = await openWasmDevice();
});
afterAll(() => device.dispose());

describe('a run folder', () => {
  it('holds one report a step, checkpoints, latents and a history of events', async () => {
    const files = new MemoryFiles();
    const run = await toyRun(files, device, { steps: 20 });
    expect((await run.describe()).params).toEqual(description.params);
    expect((await run.reports()).map((report) => report.step)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    expect(await run.checkpoints()).toEqual([0, 4, 5, 8, 10, 12, 15, 16, 20]); // every set of codes has its weights
    expect(await run.latents()).toEqual([0, 4, 8, 12, 16, 20]);
    expect((await run.events()).map((event) => event.kind)).toEqual(['started', 'finished']);
    const latents = await run.loadLatents();
    expect(latents).toMatchObject({ step: 20, count: 6, latentSize: 2 });
    expect(latents.mean.every((value) => Number.isFinite(value))).toBe(true);
    expect((await run.loadCheckpoint(10)).position).toMatchObject({ step: 10, epoch: 2, rollbacks: 0 });
    await expect(run.loadCheckpoint(11)).rejects.toThrow('no checkpoint of step 11; there are: 0, 4, 5, 8, 10, 12, 15, 16, 20');
    expect(await run.isTraining()).toBe(false);
  });

  it('goes on where it stopped, and says so', async () => {
    const files = new MemoryFiles();
    await toyRun(files, device, { steps: 7 });
    const run = await toyRun(files, device, { steps: 20 });
    const whole = await toyRun(new MemoryFiles(), device, { steps: 20 });
    expect((await run.loadCheckpoint()).values).toEqual((await whole.loadCheckpoint()).values);
    expect((await run.events()).map((event) => event.kind)).toEqual(['started', 'finished', 'resumed', 'finished']);
    const steps = (await run.reports()).map((report) => report.step);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });

  it('keeps what a checkpoint measured, takes it back with the checkpoint, and says where it cannot be read', async () => {
    const files = new MemoryFiles();
    const run = await createRun(files, description);
    const signs = { memory: { dataCopying: -4 } };
    const measure = { metrics: { none: { value: NaN, expected: -Infinity, cap: Infinity, rows: -0 } } } as never;
    const look = (step: number) => ({ step, epoch: 1, signs, measure });
    for (const step of [5, 10]) await run.saveMeasure(look(step));
    expect(await run.measures()).toEqual([5, 10]);
    expect(await run.loadMeasure(5)).toStrictEqual(look(5)); // numbers, too, that JSON has no words for
    await run.appendReport({ ...report(7), activeUnits: 1 });
    expect((await looksOf(run, 7)).map(({ step }) => step)).toEqual([5]); // a report without an evaluation is no look
    await run.appendReport({ ...report(8), signs: {}, latent: {} as never });
    expect((await looksOf(run, 9)).map(({ step, signs: seen }) => [step, seen.memory?.dataCopying])).toEqual([
      [5, -4],
      [8, -4], // holds until it is measured again
    ]);
    await run.rewind(5);
    expect(await run.measures()).toEqual([5]);
    await files.write('measures/step-000005.json', encode('{"step":5'));
    await expect(run.loadMeasure(5)).rejects.toThrow(/step-000005.json should hold the measures of a checkpoint/);
    await expect(run.loadMeasure(6)).rejects.toThrow('no measures of step 6; there are: 5');
    expect((await looksOf(run, 7)).length).toBe(0); // it can be made again: nobody need stumble over it
  });

  it('is never created over another, and says where there is none', async () => {
    const files = new MemoryFiles();
    await expect(openRun(files)).rejects.toMatchObject({ code: 'not-found' });
    await createRun(files, description);
    await expect(createRun(files, description)).rejects.toMatchObject({ code: 'exists' });
  });

  it('can be retitled and extended, keeping members it does not know', async () => {
    const files = new MemoryFiles();
    await files.write('run.json', encode(JSON.stringify({ ...description, colour: 'blue' })));
    const run = await openRun(files);
    await run.amend({ title: 'Bars', stop: { steps: 99 } });
    expect(JSON.parse(text(files, 'run.json'))).toEqual({ ...description, colour: 'blue', title: 'Bars', stop: { steps: 99 } });
  });

  it.each([
    ['', 'JSON'],
    ['[]', 'an object'],
    [JSON.stringify({ ...description, format: 'karst-run-9' }), 'newer Karst'],
    [JSON.stringify({ ...description, seed: 'one' }), 'a number for seed'],
    [JSON.stringify({ ...description, params: { a: [] } }), 'values for params'],
    [JSON.stringify({ ...description, dataset: { ...description.dataset, sample: { kind: 'picture', height: 0 } } }), 'shape'],
    [JSON.stringify({ ...description, stop: { steps: -1 } }), 'positive numbers for stop'],
  ])('refuses a damaged description %#', async (content, expected) => {
    const files = new MemoryFiles();
    await files.write('run.json', encode(content));
    await expect(openRun(files)).rejects.toThrow(expected);
  });

  it('leaves a torn last line out and cuts it off before going on', async () => {
    const files = new MemoryFiles();
    const run = await toyRun(files, device, { steps: 10 });
    const reports = await run.reports();
    await files.append('metrics.jsonl', encode('{"step":12,"losses":{"lo'));
    await files.append('events.jsonl', encode('{"at":"2026'));
    expect(await run.reports()).toEqual(reports);
    await toyRun(files, device, { steps: 14 });
    for (const path of ['metrics.jsonl', 'events.jsonl']) {
      for (const line of text(files, path).trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
    expect((await run.reports()).map((report) => report.step)).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  });

  it('thins codes with the weights that made them', async () => {
    const run = await toyRun(new MemoryFiles(), device, { steps: 200 });
    const [codes, weights] = [await run.latents(), await run.checkpoints()];
    expect(codes.length).toBeLessThan(30);
    for (const step of codes) expect(weights).toContain(step);
    expect([codes[0], codes.at(-1)]).toEqual([0, 200]);
  });

  it('passes a damaged newest checkpoint over', async () => {
    const files = new MemoryFiles();
    const run = await toyRun(files, device, { steps: 10 });
    const path = 'checkpoints/step-000010.safetensors';
    const bytes = files.files.get(path) as Uint8Array<ArrayBuffer>;
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await expect(run.loadCheckpoint(10)).rejects.toThrow(/step-000010.safetensors: expected checksum .* damaged/);
    expect((await run.loadCheckpoint()).position.step).toBe(8);
    await toyRun(files, device, { steps: 10 });
    const whole = await toyRun(new MemoryFiles(), device, { steps: 10 });
    expect((await run.loadCheckpoint(10)).values).toEqual((await whole.loadCheckpoint()).values);
  });

  it.each([
    ['cut short', (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, bytes.length / 2)],
    ['emptied', () => new Uint8Array()],
    ['changed in a byte', (bytes: Uint8Array<ArrayBuffer>) => bytes.map((byte, i) => (i === bytes.length - 9 ? byte ^ 4 : byte))],
  ])('sets a newer checkpoint that was %s aside before going on, and says so', async (_how, spoil) => {
    const files = new MemoryFiles();
    const run = await toyRun(files, device, { steps: 10 });
    const paths = [8, 10].map((step) => `checkpoints/step-${String(step).padStart(6, '0')}.safetensors`) as [string, string];
    const spoilt = paths.map((path) => spoil(files.files.get(path) as Uint8Array<ArrayBuffer>));
    paths.forEach((path, i) => files.files.set(path, spoilt[i] as Uint8Array<ArrayBuffer>));
    files.files.set(`${paths[1]}.damaged`, encode('of an earlier time'));
    await prepareResume(run, { now: () => new Date(0) });
    expect(await run.checkpoints()).toEqual([0, 4, 5]); // nobody picks what cannot be read
    expect(files.files.get(`${paths[0]}.damaged`)).toEqual(spoilt[0]); // nothing is lost
    expect(files.files.get(`${paths[1]}.damaged-2`)).toEqual(spoilt[1]);
    expect(text(files, `${paths[1]}.damaged`)).toBe('of an earlier time');
    const warned = (await run.events()).filter(({ kind }) => kind === 'warned');
    expect(warned.map(({ at, step }) => [at, step])).toEqual(Array.from({ length: 2 }, () => ['1970-01-01T00:00:00.000Z', 5]));
    expect(warned[1]?.text).toMatch(
      /^The checkpoint of step 10 is damaged and was set aside as checkpoints\/step-000010\.safetensors\.damaged-2: /,
    );
    await toyRun(files, device, { steps: 10 });
    const whole = await toyRun(new MemoryFiles(), device, { steps: 10 });
    expect((await run.loadCheckpoint(10)).values).toEqual((await whole.loadCheckpoint(10)).values);
    expect((await run.events()).filter(({ kind }) => kind === 'warned').length).toBe(2); // told once
  });

  it('leaves a newer checkpoint alone that a failing disk keeps from being read', async () => {
    const files = new MemoryFiles();
    const run = await toyRun(files, device, { steps: 10 });
    const read = files.read.bind(files);
    files.read = (path, from) =>
      path.includes('step-000010') ? Promise.reject(new KarstError('disk', 'the disk failed')) : read(path, from);
    await expect(run.rewind(5)).rejects.toMatchObject({ code: 'disk' });
    expect(await run.checkpoints()).toContain(10);
  });

  it('keeps the newest checkpoints and a few of the rest', async () => {
    const files = new MemoryFiles();
    const run = await toyRun(files, device, {
      steps: 24,
      checkpointEvery: 1,
      folder: { retention: { last: 2, everySteps: 10, spread: 3 } },
    });
    const kept = await run.checkpoints();
    expect(kept).toEqual(expect.arrayContaining([0, 10, 20, 23, 24]));
    expect(kept).toHaveLength(2 + 3 + 3);
  });
});

describe('a trainer that dies', () => {
  it('right after a rollback goes on with the halved rate, and counts the rollback', async () => {
    const files = new MemoryFiles();
    const run = await toyRun(files, device, { steps: 10 });
    const at = '2026-01-02T03:04:05.000Z';
    const knobs = (await run.loadCheckpoint()).position.knobs;
    const before = { learningRate: 0.5, beta: 2 };
    await run.appendEvent({ at, step: 12, kind: 'knobsChanged', text: 'Changed.', values: before });
    await run.appendEvent({ at, step: 10, kind: 'rolledBack', text: 'Back.', values: { ...knobs, learningRate: 0.25, beta: 2 } });
    await run.appendEvent({ at, step: 11, kind: 'knobsChanged', text: 'Changed.', values: { beta: 3 } });
    const { from, replay } = await prepareResume(run, { now: () => new Date() });
    expect(from.position).toMatchObject({ step: 10, rollbacks: 1 });
    expect(replay).toEqual([
      { step: 10, values: { ...knobs, learningRate: 0.25, beta: 2 } },
      { step: 11, values: { beta: 3 } },
    ]);
    await toyRun(files, device, { steps: 15 });
    const end = await run.loadCheckpoint();
    expect(end.position).toMatchObject({ step: 15, rollbacks: 1, knobs: { learningRate: 0.25, beta: 3 } });
  });

  it('at any byte of its writing leaves a readable run that ends in the same bits', { timeout: 120_000 }, async () => {
    const steps = 12;
    const clean = new MemoryFiles();
    const whole = await toyRun(clean, device, { steps });
    const end = await whole.loadCheckpoint();
    const moments = 30;
    for (let moment = 0; moment < moments; moment++) {
      const files = new MemoryFiles();
      files.revive(Math.floor((clean.written * (moment + 0.5)) / moments));
      // It dies again and again, each time after as much as a little more than one report.
      for (let life = 0; ; life++) {
        try {
          await toyRun(files, device, { steps });
          break;
        } catch (thrown) {
          if (!(thrown instanceof Death)) throw thrown;
          files.revive(life < 3 ? 3_000 + 777 * life : Infinity);
          if (await files.facts('run.json')) {
            const run = await openRun(files);
            await run.events();
            const known = await run.checkpoints();
            if (known.length > 0) expect((await run.loadCheckpoint()).position.step).toBe(known.at(-1));
            for (const step of await run.latents()) await run.loadLatents(step);
          }
        }
      }
      const run = await openRun(files);
      expect((await run.loadCheckpoint()).values).toEqual(end.values);
      expect((await run.reports()).map((report) => [report.step, report.heldOut])).toEqual(
        (await whole.reports()).map((report) => [report.step, report.heldOut]),
      );
    }
  });
});

describe('a full disk', () => {
  it('ends training with an error that says so and loses nothing that was saved', async () => {
    const clean = new MemoryFiles();
    await toyRun(clean, device, { steps: 20 });
    for (const share of [0.2, 0.5, 0.8]) {
      const files = new MemoryFiles();
      files.room = clean.written * share;
      await expect(toyRun(files, device, { steps: 20 })).rejects.toMatchObject({ code: 'disk' });
      const run = await openRun(files);
      const saved = await run.checkpoints();
      expect(saved.length).toBeGreaterThan(0);
      for (const step of saved) await run.loadCheckpoint(step);
      expect(await run.isTraining()).toBe(false);
      files.room = Infinity;
      await toyRun(files, device, { steps: 20 });
      expect((await run.loadCheckpoint()).values).toEqual((await (await openRun(clean)).loadCheckpoint()).values);
    }
  });
});
