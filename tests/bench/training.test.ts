import { expect, test } from 'vitest';
import { withPublishedWasm } from '../../src/node/bench/published-wasm.ts';
import { benchTraining } from '../../src/node/bench/training.ts';

test(
  'the training bench measures every workload, and the published wasm backend beside our own',
  { timeout: 120_000 },
  async () => {
    const { measured, ratios } = await benchTraining({
      windowMs: 1,
      repeats: 1,
      baselines: 'no-such-folder',
      python: 'no-such-python',
    });
    const ofDense = measured.filter((one) => one.workload === 'mlp-vae').map((one) => one.engine);
    expect(ofDense.filter((engine) => engine.startsWith('published'))).toHaveLength(1);
    expect(ofDense.filter((engine) => engine.includes('WebAssembly'))).toHaveLength(1);
    expect(measured.every((one) => one.imagesPerSecond > 0)).toBe(true);
    const [dense, conv, gan] = ratios;
    expect(dense?.toPublishedWasm).toBeGreaterThan(0);
    expect(dense?.toWasm).toBeGreaterThan(0);
    expect(conv).toEqual({ workload: 'conv-vae' });
    expect(gan).toEqual({ workload: 'dcgan' });
    // Our kernels are registered now: what would be measured is no longer what is published.
    await expect(withPublishedWasm(() => Promise.resolve())).rejects.toThrow(/fresh one/);
  },
);
