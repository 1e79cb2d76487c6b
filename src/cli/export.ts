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
  },
  examples: [
    'karst export runs/first --what decoder --out decoder.onnx',
    'karst export runs/first --what latents --out codes.csv',
  ],
  async run({ positionals, options, terminal }) {
    const { what, out, step } = options;
    if (what === undefined) throw new KarstError('usage', 'karst export needs --what: decoder, encoder or latents');
    const run = runReference(positionals[0] as string);
    await withEngine(options.home, async ({ client }) => {
      const asked = { run, what, ...(out === undefined ? {} : { out }), ...(step === undefined ? {} : { step }) };
      const written = await client.exportRun(asked, { signal: terminal.interrupt.signal });
      terminal.result(written, () => `${written.path}: ${written.summary}, ${written.bytes} bytes`);
    });
  },
});
