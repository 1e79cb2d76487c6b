// The command that makes a run again, against the parameters that runs were made with; and that every metric says which way it is better.
import { describe, expect, it } from 'vitest';
import { makeModel, metricFamilies } from '../../src/engine/catalogue.ts';
import { changedParams, repetitionOf } from '../../src/engine/repetition.ts';
import { betterOf } from '../../src/report/better.ts';
import type { SampleShape } from '../../src/datasets/dataset.ts';
import type { ParamValues } from '../../src/base/params.ts';
import type { RunDescription } from '../../src/runs/run-folder.ts';

const picture: SampleShape = { kind: 'picture', height: 8, width: 8, channels: 1 };

const asked = (model: string, set: ParamValues, changes: Partial<RunDescription> = {}): RunDescription => ({
  format: 'karst-run-1',
  id: 'first',
  title: 'first',
  createdAt: '2026-01-02T03:04:05.000Z',
  dataset: { id: '/my data', params: {}, title: 'data', fingerprint: 'f', rows: 100, sample: picture },
  model,
  params: { ...makeModel(model, set, picture).params, 'train.batchSize': 20 },
  latentSize: 4,
  seed: 7,
  device: { id: 'onnx-cpu', title: 'ONNX Runtime' },
  stop: { epochs: 3 },
  versions: {},
  ...changes,
});

describe('the command that makes a run again', () => {
  it.each([
    ['vae', {}],
    ['vae', { 'model.net': 'dense', 'net.width': 32, 'model.prior': 'realnvp', 'prior.couplings': 4, 'model.latentSize': 4 }],
    ['gan', { 'model.loss': 'relativistic', 'r1.gamma': 0.1, 'model.net': 'dense', 'net.depth': 1 }],
  ] as const)('asks a %s with %o for the very same parameters', (model, set) => {
    const description = asked(model, set);
    const changed = changedParams(description);
    const { 'train.batchSize': batch, ...ofModel } = changed;
    expect(batch).toBe(20);
    expect({ ...makeModel(model, ofModel, picture).params, 'train.batchSize': 20 }).toEqual(description.params);
    // No more than differs: what is left as usual is not said.
    expect(Object.keys(ofModel).length).toBeLessThanOrEqual(Object.keys(set).length);
  });

  it('names data, seed, device and stop, and quotes nothing away', () => {
    const { command, notes } = repetitionOf(asked('vae', { 'model.beta': 4 }), [], 90);
    expect(command.slice(0, 12).join(' ')).toBe(
      'karst train --dataset /my data --model vae --seed 7 --device onnx-cpu --epochs 3',
    );
    expect(command.join(' ')).toContain('--set model.beta=4 --set train.batchSize=20 --run first-again');
    expect(notes).toHaveLength(1);
  });

  it('counts steps where the clock stopped a run, and says what a person turned', () => {
    const turned = { at: '', step: 40, kind: 'knobsChanged', text: 'Changed beta.', values: { beta: 2 } } as const;
    const { command, notes } = repetitionOf(asked('vae', {}, { stop: { seconds: 60 } }), [turned], 90);
    expect(command.join(' ')).toContain('--steps 90');
    expect(notes.join(' ')).toMatch(/stopped by the clock.*At step 40 a person set beta = 2/);
  });

  it('of a branch is the cure that made it', () => {
    const branch = asked('vae', {}, { branchOf: { run: 'parent', step: 50, cure: 'lower-beta' } });
    expect(repetitionOf(branch, [], 90).command).toEqual(['karst', 'cure', 'parent', '--apply', 'lower-beta']);
  });
});

it('every metric says which way it is better, or that it cannot tell', () => {
  const ids = metricFamilies.flatMap(({ members }) => members.map(({ id }) => id));
  expect(Object.keys(betterOf).sort()).toEqual(ids.sort());
});
