// karst bench: throughput on this machine. Other programs are measured beside ours where they are at hand.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { KarstError } from '../base/errors.ts';
import { command } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Where a checkout may have reference programs and codes beside it. */
const NEARBY_BASELINES = '../shared/bench';
const NEARBY_CODES = '../shared/data/mnist-pca32.csv';

interface Benchmark {
  readonly name: string;
  readonly run: (options: {
    readonly terminal: Terminal;
    readonly data: string | undefined;
    readonly baselines: string | undefined;
    readonly only: string | undefined;
    readonly python: string | undefined;
  }) => Promise<unknown>;
}

/** Each is loaded when it is asked for: they bring whole training and projection libraries along. */
const benchmarks: readonly Benchmark[] = [
  {
    name: 'training',
    run: async ({ terminal, only, python }) => {
      const { benchTraining } = await import('../node/bench/training.ts');
      const { signal } = terminal.interrupt;
      return await benchTraining({
        onLine: (line) => terminal.note(line),
        signal,
        ...(only === undefined ? {} : { only }),
        ...(python === undefined ? {} : { pythons: [python] }),
      });
    },
  },
  {
    name: 'projection',
    run: async ({ terminal, data, baselines }) => {
      const { benchProjection } = await import('../node/bench/projection.ts');
      const program = path.join(baselines ?? NEARBY_BASELINES, 'umap_baseline.py');
      const baseline = existsSync(program) ? { baseline: { python: '/usr/bin/python3', program } } : {};
      const csv = data ?? (existsSync(NEARBY_CODES) ? NEARBY_CODES : undefined);
      return await benchProjection({ print: (line) => terminal.note(line), ...(csv === undefined ? {} : { csv }), ...baseline });
    },
  },
  {
    name: 'metrics',
    run: async ({ terminal }) => {
      const { benchMetrics } = await import('../node/bench/metrics.ts');
      return await benchMetrics({ onLine: (line) => terminal.note(line), signal: terminal.interrupt.signal });
    },
  },
  {
    name: 'decode',
    run: async ({ terminal }) => {
      const { benchDecode } = await import('../node/bench/decode.ts');
      return await benchDecode({ onLine: (line) => terminal.note(line), signal: terminal.interrupt.signal });
    },
  },
  {
    name: 'memory',
    run: async ({ terminal }) => {
      const { benchMemory } = await import('../node/bench/memory.ts');
      return await benchMemory({ onLine: (line) => terminal.note(line), signal: terminal.interrupt.signal });
    },
  },
  {
    name: 'drawing',
    run: async ({ terminal }) => {
      const { benchDrawing } = await import('../node/bench/drawing.ts');
      return await benchDrawing({ onLine: (line) => terminal.note(line), signal: terminal.interrupt.signal });
    },
  },
];

export const bench = command({
  name: 'bench',
  summary: 'measures throughput on this machine',
  positionals: [{ name: 'what', help: `${benchmarks.map((one) => one.name).join(', ')}; all unless told`, isOptional: true }],
  options: {
    data: { kind: 'text', value: 'FILE', help: 'for projection: a CSV of codes without a header; made-up clusters otherwise' },
    baselines: { kind: 'text', value: 'DIR', help: 'for projection: folder of umap_baseline.py, run in turn with ours' },
    only: {
      kind: 'text',
      value: 'ROWS',
      help: 'for training: rows by name, or torch, objectives, flows, vae-cures, gan-losses, gan-cures; comma-separated',
    },
    python: {
      kind: 'text',
      value: 'FILE',
      help: 'for training: a Python that has PyTorch; python3 and /usr/bin/python3 are tried',
    },
  },
  examples: ['karst bench training', 'karst bench training --only dcgan,flows', 'karst bench projection --data codes.csv --json'],
  async run({ positionals, options, terminal }) {
    const asked = positionals[0];
    const chosen = benchmarks.filter((one) => asked === undefined || one.name === asked);
    if (chosen.length === 0)
      throw new KarstError(
        'usage',
        `there is no benchmark "${asked}"; there are ${benchmarks.map((one) => one.name).join(', ')}`,
      );
    const results: Record<string, unknown> = {};
    for (const { name, run } of chosen) {
      try {
        results[name] = await run({ terminal, ...options });
      } catch (thrown) {
        // What this machine lacks for one benchmark does not keep the others from running.
        if (asked !== undefined || !(thrown instanceof KarstError && thrown.code === 'unsupported')) throw thrown;
        terminal.note(`${name}: ${thrown.message}`);
      }
    }
    if (options.json) terminal.result(results, () => '');
  },
});
