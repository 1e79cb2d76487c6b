// karst export: a run's decoder or encoder as ONNX, or its codes as a table.
import { KarstError } from '../base/errors.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { runReference } from './run-reference.ts';

export const exportRun = command({
  name: 'export',
  summary: 'writes a run’s decoder or encoder as ONNX, or its codes as safetensors, NPY, CSV or Parquet',
  positionals: [{ name: 'run', help: 'its folder, or its name in the library' }],
  options: {
    what: { kind: 'choice', options: ['decoder', 'encoder', 'latents'], help: 'what to write' },
    out: { kind: 'text', value: 'FILE', help: 'ends in .onnx for models; .safetensors, .npy, .csv or .parquet for latents' },
    step: { kind: 'whole', value: 'N', min: 0, help: 'the checkpoint of this step; the newest otherwise' },
    codes: {
      kind: 'choice',
      options: ['mean', 'sample'],
      help: 'what stands for a row: its posterior’s mean, or one draw by --seed; mean unless told',
    },
    seed: { kind: 'number', value: 'N', help: 'of the draws; 0 unless told' },
  },
  examples: [
    'karst export runs/first --what decoder --out decoder.onnx',
    'karst export runs/first --what latents --out codes.csv',
  ],
  async run({ positionals, options, terminal }) {
    const { what, out, step, codes, seed } = options;
    if (what === undefined) throw new KarstError('usage', 'karst export needs --what: decoder, encoder or latents');
    const run = runReference(positionals[0] as string);
    await withEngine(options.home, async ({ client }) => {
      const given = Object.entries({ out, step, codes, seed }).filter(([, value]) => value !== undefined);
      const asked = { run, what, ...(Object.fromEntries(given) as { out?: string }) };
      const written = await client.exportRun(asked, { signal: terminal.interrupt.signal });
      terminal.result(written, () => `${written.path}: ${written.summary}, ${written.bytes} bytes`);
    });
  },
});
