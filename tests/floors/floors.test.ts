// The floors are only as good as the machine that checks them: violations planted in a temporary copy of the tree must be caught.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(path.join(tmpdir(), 'karst-floors-'));
  for (const name of ['src', 'electron', 'renderer', 'config', '.dependency-cruiser.cjs', 'package.json']) {
    await cp(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
});

afterAll(() => rm(copy, { recursive: true, force: true }));

const cruise = (): Promise<string> =>
  new Promise((resolve) => {
    const script = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [script, '--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src', 'electron', 'renderer'];
    execFile(process.execPath, args, { cwd: copy, maxBuffer: 2 ** 26 }, (_error, stdout) => resolve(stdout));
  });

const planted: [file: string, text: string, rule: string][] = [
  ['src/base/planted.ts', "import type { Port } from '../protocol/port.ts';\nexport type P = Port;\n", 'base-uses-nothing'],
  [
    'src/metrics/planted-up.ts',
    "import type { EngineHost } from '../engine/planted-target.ts';\nexport type H = EngineHost;\n",
    'floor-of-metrics',
  ],
  ['src/engine/planted-target.ts', 'export type EngineHost = number;\n', ''],
  [
    'src/latent/planted-beside.ts',
    "import type { T } from '../metrics/planted-side.ts';\nexport type U = T;\n",
    'floor-of-latent',
  ],
  ['src/metrics/planted-side.ts', 'export type T = number;\n', ''],
  [
    'src/training/planted-node.ts',
    "import { readFileSync } from 'node:fs';\nexport const text = readFileSync('x');\n",
    'engine-knows-no-host',
  ],
  [
    'src/metrics/planted-tf.ts',
    "import type * as tf from '@tensorflow/tfjs';\nexport type T = tf.Tensor;\n",
    'tfjs-only-where-tensors-live',
  ],
  ['src/projection/planted-package.ts', "import sharp from 'sharp';\nexport const s = sharp;\n", 'engine-packages'],
  [
    'renderer/Planted.svelte',
    '<script lang="ts">\n  import { readRows } from \'../src/datasets/dataset.ts\';\n</script>\n\n<p>{readRows.name}</p>\n',
    'page-knows-only-the-contract',
  ],
  [
    'renderer/planted-type.ts',
    "export type { SampleShape } from '../src/datasets/dataset.ts';\n",
    'page-knows-only-the-contract',
  ],
  ['renderer/planted-three.ts', "import { Vector3 } from 'three';\nexport const v = new Vector3();\n", 'three-only-in-the-scene'],
  ['src/base/planted-a.ts', "import { b } from './planted-b.ts';\nexport const a = (): number => b();\n", 'no-circular'],
  ['src/base/planted-b.ts', "import { a } from './planted-a.ts';\nexport const b = (): number => a();\n", ''],
  ['src/base/planted-lost.ts', "import { gone } from './nowhere.ts';\nexport const g = gone as number;\n", 'not-to-unresolvable'],
];

describe('the floors', () => {
  it('hold, and every planted violation is caught by its rule, .svelte files and type-only imports included', async () => {
    expect(await cruise()).toContain('no dependency violations found');
    for (const [file, text] of planted) {
      await mkdir(path.dirname(path.join(copy, file)), { recursive: true });
      await writeFile(path.join(copy, file), text);
    }
    const report = await cruise();
    for (const [file, , rule] of planted) {
      if (rule) expect(report, `${rule} should name ${file}`).toMatch(new RegExp(`${rule}.*${file.replaceAll('.', '\\.')}`));
    }
  }, 180_000);

  it('hold for type-only imports of a component too', async () => {
    const eslint = new ESLint({ cwd: root });
    const component =
      '<script lang="ts">\n  import type { SampleShape } from \'../src/datasets/dataset.ts\';\n  let { shape }: { shape: SampleShape } = $props();\n</script>\n\n<p>{shape.kind}</p>\n';
    const lint = async (text: string): Promise<string[]> => {
      const [result] = await eslint.lintText(text, { filePath: path.join(root, 'renderer/Planted.svelte') });
      return result?.messages.map((message) => message.ruleId ?? message.message) ?? [];
    };
    expect(await lint(component)).toEqual(['no-restricted-imports']);
    expect(await lint(component.replace('src/datasets/dataset', 'src/protocol/records'))).toEqual([]);
  });
});
