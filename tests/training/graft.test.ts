import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { ring } from '../../src/datasets/gaussians.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import type { Checkpoint } from '../../src/runs/checkpoint.ts';
import { graft } from '../../src/training/graft.ts';

const dataset = ring.make({ rows: 200, seed: 1 });
const data = { dataset, rows: Int32Array.from({ length: 200 }, (_, i) => i) };
const small = { 'net.width': 8, 'net.depth': 2 };
const before = makeModel('gan', small, dataset.sample);
const values = before.initialise(Rng.fromSeed(1), data);
const saved: Checkpoint = {
  position: {
    step: 70,
    epoch: 3,
    elapsedSeconds: 2,
    knobs: { learningRate: 5e-5, discriminatorLearningRate: 2e-4 },
    rollbacks: 1,
  },
  specs: before.state,
  values,
};

function grafted(changes: Record<string, number | string>) {
  const after = makeModel('gan', { ...small, ...changes }, dataset.sample);
  const fresh = after.initialise(Rng.fromSeed(2), data);
  return { after, fresh, ...graft(saved, { state: after.state, fresh, before: before.knobs, after: after.knobs }) };
}

describe('a checkpoint taken over by another model', () => {
  it('keeps every tensor of a model that has the same', () => {
    const { checkpoint, renewed } = grafted({ 'model.loss': 'relativistic', 'r1.gamma': 0.1 });
    expect(renewed).toEqual([]);
    expect(checkpoint.values).toEqual(values);
    expect(checkpoint.position).toMatchObject({ step: 70, epoch: 3, rollbacks: 0 });
  });

  it('begins anew where the shape is another one, and only there, optimiser slots included', () => {
    const { checkpoint, renewed, fresh, after } = grafted({ 'packing.samples': 2 });
    const firstLayer = Object.keys(before.state).filter(
      (name) => before.state[name]?.shape.join() !== after.state[name]?.shape.join(),
    );
    expect(firstLayer.length).toBeGreaterThan(0);
    expect([...renewed].sort()).toEqual(firstLayer.sort());
    for (const name of Object.keys(after.state))
      expect(checkpoint.values[name], name).toBe((renewed.includes(name) ? fresh : values)[name]);
    expect(Object.keys(checkpoint.values).sort()).toEqual(Object.keys(after.state).sort());
  });

  it('keeps a knob where a person moved it, unless the change is about it', () => {
    expect(grafted({ 'packing.samples': 2 }).checkpoint.position.knobs['learningRate']).toBe(5e-5);
    expect(grafted({ 'model.learningRate': 1e-4 }).checkpoint.position.knobs['learningRate']).toBe(1e-4);
  });
});
