// The linear VAE against its closed form (Lucas et al. 2019, probabilistic PCA): with data covariance eigenvalues λ, noise variance 1 and
// weight beta, exactly the dimensions with λ > beta are used, each with KL ½ ln(λ / beta).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { readRows, type Dataset } from '../../src/datasets/dataset.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { activeUnits, openEvaluator } from '../../src/training/evaluate.ts';
import { train } from '../../src/training/train.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Arrays } from '../../src/tracing/program.ts';
import { arrayDataset, normals, range, toyModel } from '../training/toy.ts';

let onnx: Device;
beforeAll(async () => {
  onnx = await openOnnxDevice({ provider: 'cpu', threads: 1 });
});
afterAll(() => onnx.dispose());

describe('the linear VAE', () => {
  const eigenvalues = [16, 8, 5, 3, 1.5, 0.7, 0.4, 0.2, 0.1, 0.05];
  const dataset = turned(normals(6000, eigenvalues.map(Math.sqrt)));

  it.each([1, 2, 4])(
    'at beta %d uses the dimensions that the closed form says, with its KL',
    { timeout: 120_000 },
    async (beta) => {
      const model = toyModel(dataset, {
        'model.latentSize': 10,
        'model.beta': beta,
        'model.standardise': false,
        'model.likelihood': 'gaussian',
        'likelihood.variance': 'fixed',
        'likelihood.sigma': 1,
        'net.depth': 0,
        'model.learningRate': 0.01,
        'model.decay': 3000,
      });
      let values: Arrays | undefined;
      const params = { batchSize: 256, reportEvery: 3000, evaluateEvery: 3000, checkpointEvery: 3000, latentRows: 0 };
      const trainRows = range(0, dataset.rows);
      const setup = { model, dataset, trainRows, heldOutRows: range(0, 0), device: onnx, seed: 1, params, stop: { steps: 3000 } };
      for await (const event of train(setup)) if (event.kind === 'checkpointed') values = event.checkpoint.values;
      const state = await onnx.createState(model.state, values ?? {});
      const evaluator = await openEvaluator(model, onnx, state, Rng.fromSeed(2), 500);
      const { klPerDimension, mean } = await evaluator.evaluate(dataset, trainRows);
      const expected = eigenvalues.map((lambda) => (lambda > beta ? 0.5 * Math.log(lambda / beta) : 0));
      expect(activeUnits(mean, 10)).toBe(expected.filter((nats) => nats > 0).length);
      const found = [...klPerDimension].sort((a, b) => b - a);
      found.forEach((nats, j) => expect(Math.abs(nats - (expected[j] ?? NaN)), `dimension ${j}: ${nats}`).toBeLessThan(0.05));
      evaluator.dispose();
      state.dispose();
    },
  );

  /** The same data, made uncorrelated in the sample and turned, so that the axes tell nothing. */
  function turned(source: Dataset): Dataset {
    const size = eigenvalues.length;
    const data = readRows(source, range(0, source.rows));
    // Gram & Schmidt on the columns, then the variances that were asked for.
    const columns = Array.from({ length: size }, (_, j) =>
      Float64Array.from({ length: source.rows }, (__, i) => data[i * size + j] ?? 0),
    );
    const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    columns.forEach((column, j) => {
      const average = column.reduce((sum, value) => sum + value, 0) / column.length;
      column.forEach((value, i) => (column[i] = value - average));
      for (const earlier of columns.slice(0, j)) {
        const share = dot(column, earlier) / dot(earlier, earlier);
        column.forEach((value, i) => (column[i] = value - share * (earlier[i] ?? 0)));
      }
      const factor = Math.sqrt((eigenvalues[j] ?? 0) / (dot(column, column) / column.length));
      column.forEach((value, i) => (column[i] = value * factor));
    });
    const rng = Rng.fromSeed(4);
    for (let turn = 0; turn < 40; turn++) {
      const [a, b] = rng.permutation(size);
      const angle = 2 * Math.PI * rng.uniform();
      const [one, two] = [columns[a ?? 0] as Float64Array, columns[b ?? 0] as Float64Array];
      one.forEach((x, i) => {
        const y = two[i] ?? 0;
        one[i] = x * Math.cos(angle) - y * Math.sin(angle);
        two[i] = x * Math.sin(angle) + y * Math.cos(angle);
      });
    }
    columns.forEach((column, j) => column.forEach((value, i) => (data[i * size + j] = value)));
    return arrayDataset({ kind: 'vector', size }, data);
  }
});
