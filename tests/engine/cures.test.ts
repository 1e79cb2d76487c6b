// A collapse on purpose, told, cured in a branch by the first cure on offer, and recovered, measured; the run it came from stays as it was.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/protocol/records.ts';
import type { SurveyRecord } from '../../src/protocol/survey.ts';
import { openHostInOneProcess } from './one-process.ts';
import { makeHome, openTestEngine, until, type TestEngine } from './tiny-run.ts';

const { home, remove } = makeHome();
let test: TestEngine;
let ill: RunRecord;

const finished = async (run: string): Promise<RunRecord> => {
  await until(async () => (await test.client.run({ run })).status === 'finished', `the end of ${run}`);
  return await test.client.run({ run });
};

const illness = {
  dataset: 'ring',
  datasetParams: { rows: 500, sd: 0.05 },
  model: 'vae',
  name: 'ill',
  steps: 400,
  seed: 1,
  device: 'onnx-cpu',
  set: {
    'net.width': 64,
    'net.activation': 'tanh',
    'model.latentSize': 2,
    'model.beta': 30,
    'model.learningRate': 3e-3,
    'train.batchSize': 100,
    'train.heldOut': 0.3,
    'train.evaluateEvery': 25,
  },
} as const;

beforeAll(async () => {
  test = openTestEngine(home, false, openHostInOneProcess(home));
  await test.client.startRun(illness);
  ill = await finished('ill');
});
afterAll(async () => {
  await test.close();
  remove();
});

const events = (run: string): readonly Record<string, unknown>[] =>
  readFileSync(path.join(home, 'runs', run, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a cure', () => {
  it('is offered for what was told while it trained', async () => {
    const told = events('ill').filter(({ kind }) => kind === 'warned');
    expect(told.map(({ cause }) => (cause as { id: string }).id)).toContain('posterior-collapse');
    expect(
      test.told.some(
        ({ name, event }) => name === 'noticed' && (event as { text: string }).text.startsWith('Posterior collapse'),
      ),
    ).toBe(true);
    const { verdict, metrics } = await test.client.measure({ run: 'ill' });
    expect(verdict.state).toBe('collapsed');
    expect(verdict.causes[0]).toMatchObject({ id: 'posterior-collapse', state: 'collapsed' });
    expect(verdict.causes[0]?.cures[0]).toMatchObject({ id: 'lower-beta', changes: { 'model.beta': 1 } });
    expect(metrics['mutual-information']?.value).toBeLessThan(0.5);
    expect(metrics['coverage']?.expected).toBeGreaterThan(0.9);
    expect(metrics['gradient-norm']?.value).toBeGreaterThan(0);
    expect(metrics['decoder-sensitivity']?.perDimension).toHaveLength(2);
    expect(metrics['discriminator-accuracy'], 'of a model without one').toBeUndefined();
    const gap = metrics['shuffled-gap']?.value ?? NaN;
    const said = verdict.causes[0]?.evidence.find(({ text }) => text.includes('another row’s code'));
    expect(said?.text).toContain(`${Math.abs(gap) < 9.995 ? gap.toFixed(2) : gap.toFixed(1)} nats`);
  });

  it('goes on in a branch from before the collapse was seen, and helps; the run stays as it was', async () => {
    const branch = await test.client.cure({ run: 'ill', cure: 'lower-beta' });
    expect(branch.id).toBe('ill-lower-beta');
    expect(branch.params['model.beta']).toBe(1);
    const told = events('ill').find(({ cause }) => (cause as { id: string } | undefined)?.id === 'posterior-collapse');
    expect(branch.branchOf).toMatchObject({ run: 'ill', cure: 'lower-beta' });
    expect(branch.branchOf?.step).toBeLessThan(told?.['since'] as number);
    await finished('ill-lower-beta');
    expect(events('ill-lower-beta')[0]).toMatchObject({ kind: 'intervened', values: { 'model.beta': 1 } });
    const [before, after] = [await test.client.measure({ run: 'ill' }), await test.client.measure({ run: 'ill-lower-beta' })];
    expect(before.mutualInformation.nats).toBeLessThan(0.5);
    expect(after.mutualInformation.nats).toBeGreaterThan(2);
    expect(after.verdict.state).not.toBe('collapsed');
    const reports = await test.client.reports({ run: 'ill-lower-beta' });
    expect(reports[0]?.step).toBe(0); // the way there is part of the branch
    expect(reports.at(-1)?.step).toBe(400);
    expect(await test.client.run({ run: 'ill' })).toEqual({
      ...ill,
      verdict: expect.anything() as unknown,
      thumbnails: expect.anything() as unknown,
    });
  });

  it('shows on the map: before it no sample comes near most rows, afterwards near more of them', async () => {
    const before = await test.client.survey({ run: 'ill', dims: 2 });
    const after = await test.client.survey({ run: 'ill-lower-beta', dims: 2 });
    const { count } = await test.client.map({ run: 'ill', dims: 2 });
    expect(before.covered).toHaveLength(count);
    expect(before.samples).toHaveLength(2 * before.kinds.length);
    const uncovered = ({ covered }: SurveyRecord): number => covered.filter((one) => one === 0).length / covered.length;
    expect(uncovered(before)).toBeGreaterThan(0.8);
    expect(uncovered(after)).toBeLessThan(uncovered(before));
    expect(before.figures['coverage']?.value).toBeCloseTo(1 - uncovered(before), 1);
    // Posterior collapse is one hollow, whatever slopes the decoder has left; and the legend's number is the layer's.
    expect(before.stillShare).toBeGreaterThan(0.95);
    expect(before.sinkholes.length).toBeGreaterThan(0);
    expect(after.stillShare).toBeLessThan(0.5);
    for (const { figures, stillShare } of [before, after]) expect(figures['sinkholes']?.value).toBeCloseTo(stillShare, 6);
    expect(before.figures['precision']?.expected).toBeGreaterThan(0.9);
  });

  it('that begins anew has the parameters of both', async () => {
    const branch = await test.client.cure({ run: 'ill', cure: 'cyclic-annealing' });
    expect(branch.params).toMatchObject({ 'model.annealing': 'cyclic', 'model.beta': 30 });
    expect(branch.branchOf?.step).toBe(0);
    await finished(branch.id);
  });

  it('trains as long again where the run it comes from was over and nothing was told', async () => {
    const { stop } = JSON.parse(readFileSync(path.join(home, 'runs', 'ill', 'run.json'), 'utf8')) as { stop: unknown };
    expect(stop).toEqual({ steps: 400 });
    const branch = await test.client.cure({ run: 'ill', cure: 'slower' });
    expect(branch.branchOf?.step).toBe(400);
    expect(branch.steps).toBe(800);
    const way = await test.client.reports({ run: branch.id });
    expect(
      way.filter(({ isOfOtherLoss }) => isOfOtherLoss),
      'the loss is the same',
    ).toEqual([]);
    expect((await test.client.pauseRun({ run: branch.id })).status).toBe('paused');
  });

  it('whose loss is another one does not compare its losses with those on the way there', async () => {
    const branch = await test.client.cure({ run: 'ill', cure: 'flow-prior' });
    await test.client.pauseRun({ run: branch.id });
    const { step = NaN } = branch.branchOf ?? {};
    const reports = await test.client.reports({ run: branch.id });
    expect(reports.filter((report) => report.step <= step).length).toBeGreaterThan(10);
    for (const report of reports) expect(report.isOfOtherLoss).toBe(report.step <= step ? true : undefined);
  });

  it('leaves training alone where it is refused', async () => {
    await test.client.resumeRun({ run: 'ill', steps: 100_000 });
    await expect(test.client.cure({ run: 'ill', cure: 'packing' })).rejects.toThrow(/no place in a vae/);
    expect((await test.client.run({ run: 'ill' })).status).toBe('training');
    await test.client.pauseRun({ run: 'ill' });
  });

  it('is applied by the autopilot as soon as training warns, one after the other and never twice', async () => {
    await test.client.startRun({ ...illness, name: 'flown', steps: 200, set: { ...illness.set, 'train.autopilot': true } });
    const notice = () => test.told.filter(({ event }) => String((event as { text?: string }).text).startsWith('Autopilot'));
    await until(() => Promise.resolve(notice().length > 0), 'the autopilot');
    await finished('flown-lower-beta');
    const branch = await test.client.run({ run: 'flown-lower-beta' });
    expect(branch.branchOf).toMatchObject({ run: 'flown', cure: 'lower-beta' });
    expect(branch.params).toMatchObject({ 'model.beta': 1, 'train.autopilot': true });
    expect(['paused', 'finished']).toContain((await test.client.run({ run: 'flown' })).status);
    expect(notice()).toHaveLength(1);
    expect(notice()[0]?.event).toMatchObject({ text: expect.stringContaining('went on in flown-lower-beta') as unknown });
  });

  it('that is unknown, advice, or in force already is refused with what to do', async () => {
    const refused = (cure: string, run = 'ill') => expect(test.client.cure({ run, cure })).rejects;
    await refused('hope').toThrow(/unknown cure "hope"; known: .*lower-beta/);
    await refused('more-data').toThrow(/advice/);
    await refused('lower-beta', 'ill-lower-beta').toThrow(/in force in this run already/);
    await refused('packing').toThrow(/no place in a vae/);
  });
});
