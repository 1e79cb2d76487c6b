// The drawing bench in a real Chromium, and what it says where there is none or one that does not work.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { findChromium } from '../../src/node/bench/chromium.ts';
import { benchDrawing, isSoftwareRenderer } from '../../src/node/bench/drawing.ts';
import { chromiumPath } from '../scene/chromium.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A program that stands where a Chromium should. */
function program(text: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'karst-chromium-test-'));
  folders.push(folder);
  const file = path.join(folder, 'chromium');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe.skipIf(chromiumPath() === undefined)('in a Chromium', () => {
  it('measures frames and picks of each number of points, and says who drew', async () => {
    const lines: string[] = [];
    const onLine = (line: string): number => lines.push(line);
    const bench = await benchDrawing({ points: [200, 3000], forMs: 200, chromium: chromiumPath(), onLine });
    expect(bench.renderer).not.toBe('');
    expect(bench.isSoftware).toBe(isSoftwareRenderer(bench.renderer));
    expect(bench.measured.map(({ points }) => points)).toEqual([200, 3000]);
    for (const { frames, framesPerSecond, medianMs, p95Ms, pickMs } of bench.measured) {
      expect(frames).toBeGreaterThanOrEqual(3);
      expect(framesPerSecond * medianMs).toBeCloseTo(1000, 6);
      expect(p95Ms).toBeGreaterThanOrEqual(medianMs);
      expect(pickMs).toBeGreaterThan(0);
    }
    expect(lines[0]).toContain(bench.renderer);
    expect(lines.length).toBe(3);
  });
});

describe('without a Chromium that works', () => {
  it('says what to install', async () => {
    const before = process.env['KARST_CHROMIUM'];
    process.env['KARST_CHROMIUM'] = '/nowhere/chromium';
    try {
      expect(findChromium()).toBeUndefined();
      await expect(benchDrawing()).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/none was found: install one .*KARST_CHROMIUM/) as string,
      });
    } finally {
      if (before === undefined) delete process.env['KARST_CHROMIUM'];
      else process.env['KARST_CHROMIUM'] = before;
    }
  });

  it.skipIf(process.platform === 'win32')('tells how it ended, and stops at a cancel', async () => {
    const broken = program('echo "cannot open display" >&2; exit 3');
    await expect(benchDrawing({ chromium: broken })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/exit code 3.*cannot open display/) as string,
    });
    await expect(benchDrawing({ chromium: '/nowhere/chromium' })).rejects.toThrow(/could not be started/);
    const cancelling = new AbortController();
    const waiting = benchDrawing({ chromium: program('exec sleep 60'), signal: cancelling.signal });
    setTimeout(() => cancelling.abort(), 300);
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('is found by name on the path', () => {
    const file = program('exit 0');
    expect(findChromium({ PATH: ['/nowhere', path.dirname(file)].join(path.delimiter) })).toBe(file);
    expect(findChromium({ PATH: path.dirname(file), KARST_CHROMIUM: file })).toBe(file);
  });
});

it.each([
  ['ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)', true],
  ['ANGLE (Mesa, llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5)', true],
  ['ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0)', true],
  ['ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 Direct3D11 vs_5_0 ps_5_0, D3D11)', false],
  ['ANGLE (Apple, ANGLE Metal Renderer: Apple M2, Unspecified Version)', false],
  ['ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)', false],
])('%s: software %s', (name, isSoftware) => {
  expect(isSoftwareRenderer(name)).toBe(isSoftware);
});
