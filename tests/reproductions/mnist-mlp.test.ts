// Runs where KARST_MNIST names a folder with the t10k files: KARST_MNIST=… npx vitest run tests/reproductions
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { idxDataset } from '../../src/datasets/idx.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { readPreset } from '../../src/models/preset.ts';
import { makeModel } from '../../src/models/recipe.ts';
import { families } from '../training/toy.ts';
import { reproduceMnistMlp } from './mnist-mlp.ts';

const folder = process.env['KARST_MNIST'];

function digits(path: string): Dataset {
  const file = (kind: RegExp): { name: string; bytes: Uint8Array } => {
    const name = readdirSync(path).find((one) => one.startsWith('t10k') && kind.test(one)) ?? '';
    const bytes = readFileSync(join(path, name));
    return { name, bytes: name.endsWith('.gz') ? gunzipSync(bytes) : bytes };
  };
  return idxDataset('mnist', file(/images/), file(/labels/));
}

describe('the dense VAE on digits', () => {
  it.skipIf(!folder)('reaches the reference figures', { timeout: 600_000 }, async () => {
    const device = await openOnnxDevice({ provider: 'cpu' });
    const found = await reproduceMnistMlp(families, digits(folder ?? ''), device);
    process.stdout.write(`${JSON.stringify(found)}\n`);
    expect(found.elbo).toBeGreaterThan(-114);
    expect(Math.abs(found.kl - 18.2)).toBeLessThan(1.5);
    expect(found.activeUnits).toBeGreaterThanOrEqual(12);
    expect(found.activeUnits).toBeLessThanOrEqual(14);
    await device.dispose();
  });
});

describe('presets', () => {
  const path = join(import.meta.dirname, '../../assets/presets');
  it.each(readdirSync(path))('%s can be made, and states only what differs', (name) => {
    const preset = readPreset(name, readFileSync(join(path, name), 'utf8'));
    expect(`${preset.id}.json`).toBe(name);
    const channels = name.startsWith('mnist') ? 1 : 3;
    const sample = { kind: 'picture', height: 28, width: 28, channels } as const;
    const { params } = makeModel(families, preset.model, sample, preset.set);
    const { params: plain } = makeModel(families, preset.model, sample);
    for (const [key, value] of Object.entries(preset.set)) {
      if (key.startsWith('train.')) continue;
      expect(params[key]).toBe(value);
      expect(plain[key], `${key} is the default`).not.toBe(value);
    }
  });
});
