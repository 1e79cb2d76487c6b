import { describe, expect, it } from 'vitest';
import { Averages } from '../../src/training/averages.ts';

describe('averages of what steps put out', () => {
  it('are taken over the steps that put a thing out, whatever rested in between', () => {
    const averages = new Averages();
    averages.add({ loss: Float32Array.of(1), encoderLoss: Float32Array.of(6), 'kl.perDimension': Float32Array.of(1, 2) });
    averages.add({ loss: Float32Array.of(2) });
    averages.add({ loss: Float32Array.of(6), encoderLoss: Float32Array.of(8), 'kl.perDimension': Float32Array.of(3, 6) });
    expect(averages.take()).toEqual({ losses: { loss: 3, encoderLoss: 7 }, klPerDimension: [2, 4] });
    expect(averages.take()).toEqual({ losses: {} });
  });
});
