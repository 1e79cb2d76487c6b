// The monitor inside the loop: a VAE whose beta is far too high is told of, once, in events.jsonl as well; a healthy one is not.
import { describe, expect, it } from 'vitest';
import { splitRows } from '../../src/datasets/split.ts';
import { shapes } from '../../src/datasets/shapes.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Moment } from '../../src/collapse/cause.ts';
import { isLook, momentOf } from '../../src/collapse/moments.ts';
import type { TrainingEvent, TrainingSetup } from '../../src/training/contract.ts';
import { train } from '../../src/training/train.ts';

async function events(
  beta: number,
  more: Pick<TrainingSetup, 'seen' | 'data' | 'measure'> = {},
  measureEvery = 0,
): Promise<readonly TrainingEvent[]> {
  const dataset = shapes.make({ rows: 1000, seed: 3 });
  const set = { 'model.net': 'dense', 'net.width': 64, 'model.beta': beta, 'model.latentSize': 8 };
  const split = splitRows(dataset, 1, 0.2);
  const device = await openOnnxDevice({ threads: 1 });
  const told: TrainingEvent[] = [];
  try {
    const setup = {
      model: makeModel('vae', set, dataset.sample),
      dataset,
      trainRows: split.train,
      heldOutRows: split.heldOut,
      device,
      seed: 1,
      params: { batchSize: 50, evaluateEvery: 20, checkpointEvery: 20, latentRows: 400, measureEvery },
      stop: { steps: 200 },
      ...more,
    };
    for await (const event of train(setup)) told.push(event);
  } finally {
    await device.dispose();
  }
  return told;
}

const warnings = (told: readonly TrainingEvent[]) => told.flatMap((event) => (event.kind === 'warned' ? [event.warning] : []));

describe('training', () => {
  it('warns of codes that say nothing when three looks running agree, and only once', async () => {
    const told = await events(400);
    const collapse = warnings(told).filter(({ cause }) => cause.id === 'posterior-collapse');
    expect(collapse).toHaveLength(1);
    const [{ step, since, cause } = { step: 0, since: 0, cause: undefined }] = collapse;
    expect(step - since).toBeGreaterThanOrEqual(40); // three looks that found it
    expect(step).toBeLessThanOrEqual(160);
    expect(cause?.state).toBe('collapsed');
    expect(cause?.cures[0]).toMatchObject({ id: 'lower-beta', changes: { 'model.beta': 1 } });
    // A second session that is given the first one's looks has been told already.
    const reports = told.flatMap((event) => (event.kind === 'reported' ? [event.report] : []));
    const seen: readonly Moment[] = reports.filter(isLook).map(momentOf);
    expect(warnings(await events(400, { seen })).filter(({ cause: again }) => again.id === 'posterior-collapse')).toEqual([]);
  });

  it('does not warn of a healthy run, and says how much of the time its looks took', async () => {
    const told = await events(1);
    expect(warnings(told).map(({ cause }) => cause.id)).toEqual([]);
    const reports = told.flatMap((event) => (event.kind === 'reported' ? [event.report] : []));
    const looks = reports.filter(isLook);
    expect(looks.length).toBeGreaterThanOrEqual(10);
    for (const { watchShare, signs } of looks) {
      expect(watchShare).toBeGreaterThan(0);
      expect(watchShare).toBeLessThan(1);
      expect(signs?.decoder?.shuffledGap?.nats).toBeTypeOf('number');
    }
    expect(looks.at(-1)?.signs?.decoder?.shuffledGap?.nats).toBeGreaterThan(1); // a code that matters
  });

  it('weighs what is known of the data, and what a checkpoint measured whole has shown, until that is measured again', async () => {
    const asked: number[] = [];
    const measure: TrainingSetup['measure'] = ({ step, epoch }) => {
      asked.push(step);
      const signs = { memory: { dataCopying: -20, copied: { share: 0.9, expected: 0.5 } } };
      return Promise.resolve({ step, epoch, signs, measure: {} as never });
    };
    const told = await events(1, { measure, data: { rows: 1000, duplicateShare: 0.5 } }, 100);
    expect(asked).toEqual([100, 200]);
    expect(told.filter(({ kind }) => kind === 'measured')).toHaveLength(2);
    const found = warnings(told).map(({ cause, since }) => [cause.id, since]);
    expect(found).toContainEqual(['poor-data', 20]); // the first look after a whole pass
    expect(found).toContainEqual(['memorisation', 100]);
  });
});
