import { describe, expect, it } from 'vitest';
import { Averages } from '../../src/training/averages.ts';

describe('averages of what steps put out', () => {
  it('are taken over the steps that put a thing out, whatever rested in between', () => {
    const averages = new Averages();
    const step = (beta: number) => ({ rows: 10, durationMs: 100, scalars: { beta } });
    averages.add(
      { loss: Float32Array.of(1), encoderLoss: Float32Array.of(6), 'kl.perDimension': Float32Array.of(1, 2) },
      step(1),
    );
    averages.add({ loss: Float32Array.of(2) }, step(2));
    averages.add(
      { loss: Float32Array.of(6), encoderLoss: Float32Array.of(8), 'kl.perDimension': Float32Array.of(3, 6) },
      step(3),
    );
    expect(averages.durationMs).toBe(300);
    const losses = { loss: 3, encoderLoss: 7 };
    expect(averages.take()).toEqual({ losses, klPerDimension: [2, 4], rowsPerSecond: 100, scalars: { beta: 3 } });
    expect(averages.take()).toEqual({ losses: {}, rowsPerSecond: 0, scalars: { beta: 3 } });
  });
});
