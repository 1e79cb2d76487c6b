// Pictures a second of the landscape, in a headless Chromium on this machine, with who draws them: a graphics card, or software. Each
// picture is waited for until it is drawn, while the camera turns.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { KarstError } from '../../base/errors.ts';
import { softwareGpu } from '../devices/machine.ts';
import { packageRoot } from '../package-facts.ts';
import { findChromium, runPage } from './chromium.ts';

const SIZE = { width: 1280, height: 720 };
const TIME_LIMIT_MS = 180_000;

const answerSchema = z.union([
  z.strictObject({ error: z.string() }),
  z.strictObject({
    renderer: z.string(),
    measured: z.array(
      z.strictObject({
        points: z.number(),
        frames: z.number(),
        medianMs: z.number(),
        p95Ms: z.number(),
        pickMs: z.number(),
      }),
    ),
  }),
]);

export interface DrawingBench {
  /** As the driver names itself. */
  readonly renderer: string;
  readonly isSoftware: boolean;
  readonly width: number;
  readonly height: number;
  readonly measured: readonly {
    readonly points: number;
    readonly frames: number;
    readonly framesPerSecond: number;
    readonly medianMs: number;
    readonly p95Ms: number;
    readonly pickMs: number;
  }[];
}

export interface DrawingOptions {
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly points?: readonly number[];
  /** How long each number of points is measured. */
  readonly forMs?: number;
  readonly chromium?: string | undefined;
}

export const isSoftwareRenderer = (name: string): boolean =>
  /swiftshader|llvmpipe|softpipe|basic render|\bwarp\b|software/i.test(name);

/** Headless, Chromium takes a card on Linux only through Vulkan; where that fails it is asked again as it comes. */
function attempts(): readonly (readonly string[])[] {
  const plain = ['--ignore-gpu-blocklist', '--enable-unsafe-swiftshader'];
  const vulkan = ['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface'];
  return process.platform === 'linux' && softwareGpu() === undefined ? [[...plain, ...vulkan], plain] : [plain];
}

async function bundledPage(): Promise<string> {
  const entry = path.join(packageRoot(), 'renderer/drawing-bench.ts');
  const esbuild = await import('esbuild').catch(() => undefined);
  if (!esbuild || !existsSync(entry)) {
    throw new KarstError(
      'unsupported',
      'the drawing bench is made from the page’s sources: run it in a checkout of Karst, after npm ci',
    );
  }
  const options = { bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'silent' } as const;
  const { outputFiles } = await esbuild.build({ ...options, entryPoints: [entry] });
  return outputFiles[0]?.text ?? '';
}

export async function benchDrawing(options: DrawingOptions = {}): Promise<DrawingBench> {
  const { onLine, signal, points = [10_000, 100_000], forMs = 5000, chromium = findChromium() } = options;
  if (chromium === undefined) {
    throw new KarstError(
      'unsupported',
      'drawing is measured in a Chromium, and none was found: install one (Debian: apt-get install chromium) or name one in KARST_CHROMIUM',
    );
  }
  const query = { points: points.join(','), forMs: String(forMs), width: String(SIZE.width), height: String(SIZE.height) };
  const page = { chromium, script: await bundledPage(), query, timeLimitMs: TIME_LIMIT_MS, ...(signal ? { signal } : {}) };
  let fault: unknown;
  for (const flags of attempts()) {
    try {
      const answer = answerSchema.parse(JSON.parse(await runPage({ ...page, flags })));
      if ('error' in answer) throw new KarstError('unsupported', `the landscape could not be drawn: ${answer.error}`);
      const { renderer } = answer;
      const isSoftware = isSoftwareRenderer(renderer);
      onLine?.(`${isSoftware ? 'software' : 'a graphics card'} draws ${SIZE.width} × ${SIZE.height} pixels: ${renderer}`);
      const measured = answer.measured.map((one) => ({ ...one, framesPerSecond: 1000 / one.medianMs }));
      for (const { points: count, framesPerSecond, medianMs, p95Ms, pickMs } of measured) {
        onLine?.(
          `${String(count).padStart(7)} points: ${framesPerSecond.toFixed(1)} frames/s, median ${medianMs.toFixed(1)} ms, ` +
            `95 % within ${p95Ms.toFixed(1)} ms, a pick ${pickMs.toFixed(1)} ms`,
        );
      }
      return { renderer, isSoftware, ...SIZE, measured };
    } catch (thrown) {
      if (signal?.aborted) throw thrown;
      fault = thrown; // the next attempt may have more luck
    }
  }
  throw fault;
}
