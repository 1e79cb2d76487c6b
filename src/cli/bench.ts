// karst bench: throughput on this machine. Other programs are measured beside ours where they are at hand.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { KarstError } from '../base/errors.ts';
import { command } from './command.ts';
import type { Terminal } from './terminal.ts';

interface Benchmark {
  readonly name: string;
  readonly run: (options: {
    readonly terminal: Terminal;
    readonly data: string | undefined;
    readonly baselines: string | undefined;
  }) => Promise<unknown>;
}

/** Each is loaded when it is asked for: they bring whole training and projection libraries along. */
const benchmarks: readonly Benchmark[] = [
  {
    name: 'training',
    run: async ({ terminal, baselines }) => {
      const { benchTraining } = await import('../node/bench/training.ts');
      const { signal } = terminal.interrupt;
      return await benchTraining({
        onLine: (line) => terminal.note(line),
        signal,
        ...(baselines === undefined ? {} : { baselines }),
      });
    },
  },
  {
    name: 'projection',
    run: async ({ terminal, data, baselines }) => {
      if (data === undefined)
        throw new KarstError('usage', 'karst bench projection needs --data: a CSV of codes without a header');
      const { benchProjection } = await import('../node/bench/projection.ts');
      const program = baselines === undefined ? undefined : path.join(baselines, 'umap_baseline.py');
      const baseline = program !== undefined && existsSync(program) ? { baseline: { python: '/usr/bin/python3', program } } : {};
      return await benchProjection({ csv: data, print: (line) => terminal.note(line), ...baseline });
    },
  },
];

export const bench = command({
  name: 'bench',
  summary: 'measures throughput on this machine',
  positionals: [
    { name: 'what', help: `${benchmarks.map((one) => one.name).join(' or ')}; all that can run unless told`, isOptional: true },
  ],
  options: {
    data: { kind: 'text', value: 'FILE', help: 'for projection: a CSV of codes without a header' },
    baselines: { kind: 'text', value: 'DIR', help: 'folder of torch_baseline.py and umap_baseline.py, run in turn with ours' },
  },
  examples: ['karst bench training', 'karst bench projection --data codes.csv --json'],
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
      if (asked === undefined && name === 'projection' && options.data === undefined) {
        terminal.note('projection is left out: it needs --data');
        continue;
      }
      results[name] = await run({ terminal, data: options.data, baselines: options.baselines });
    }
    if (options.json) terminal.result(results, () => '');
  },
});
