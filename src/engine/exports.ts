// What a run gives to other programs: its decoder or encoder as ONNX, its codes as safetensors, NPY, CSV or Parquet.
import { counted } from '../base/counted.ts';
import { KarstError } from '../base/errors.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import type { EngineApi } from '../protocol/engine-api.ts';
import type { LatentSample } from '../runs/latents.ts';
import { writeLatents } from '../runs/latents.ts';
import type { RunDescription, RunFolder } from '../runs/run-folder.ts';
import type { EngineHost } from './engine-host.ts';
import { drawnCodes, latentsNear } from './latent-sample.ts';
import { writeParquet } from './parquet.ts';
import { pointColumns, writeCsv, writeNpy, type Column } from './tables.ts';

export interface ExportNeeds {
  readonly host: EngineHost;
  readonly open: (run: string) => Promise<RunFolder>;
  readonly folderOf: (run: string) => string;
  readonly decoder: () => Promise<DecoderClient>;
  readonly isConfined: boolean;
}

export function openExports({ host, open, folderOf, decoder, isConfined }: ExportNeeds): { make: EngineApi['exportRun'] } {
  return {
    async make({ run, step, what, codes: shown, seed, out }, { signal }) {
      if (out !== undefined && isConfined)
        throw new KarstError('refused', 'from here exports are saved in their run only: leave the path out');
      const folder = await open(run);
      const ending = out === undefined ? undefined : /\.([a-z0-9]+)$/i.exec(out)?.[1]?.toLowerCase();
      const made =
        what === 'latents'
          ? codes(
              await latentsNear(folder, step),
              { run, description: await folder.describe(), shown, seed, karst: host.versions['karst'] ?? 'unknown' },
              ending ?? 'safetensors',
            )
          : await model();
      const path =
        out === undefined
          ? `${folderOf(run)}/exports/${what}-step-${String(made.step).padStart(6, '0')}.${made.ending}`
          : host.resolvePath(out);
      await host.writeFile(path, made.bytes);
      return { path, bytes: made.bytes.length, summary: made.summary };

      async function model(): Promise<{ step: number; bytes: Uint8Array; summary: string; ending: string }> {
        if (ending !== undefined && ending !== 'onnx')
          throw new KarstError('usage', `a model is written as .onnx, not .${ending}`);
        const at = { folder: folderOf(run), ...(step === undefined ? {} : { step }) };
        const exported = await (
          await decoder()
        ).exportModel({ ...at, what: what as 'decoder' | 'encoder' }, signal ? { signal } : {});
        return { ...exported, ending: 'onnx' };
      }
    },
  };
}

interface Told {
  readonly run: string;
  readonly description: RunDescription;
  readonly shown: 'mean' | 'sample';
  /** Of the draws. */
  readonly seed: number;
  readonly karst: string;
}

function codes(sample: LatentSample, { run, description, shown, seed, karst }: Told, ending: string) {
  const { step, count, latentSize, rowIds, labels } = sample;
  const { title, dataset } = description;
  const values = shown === 'sample' ? drawnCodes(sample, seed).data : sample.mean;
  const what = shown === 'sample' ? `draws from the posteriors by seed ${seed}` : 'posterior means';
  const summary = `${counted(count, 'code')} of ${counted(latentSize, 'dimension')}, ${title} at step ${step}`;
  const columns = (): readonly Column[] => {
    const names = Array.from({ length: latentSize }, (_, j) => `z${j}`);
    return pointColumns(rowIds, names, values, labels, dataset.labelNames);
  };
  switch (ending) {
    case 'safetensors':
      if (shown === 'sample')
        throw new KarstError(
          'usage',
          'safetensors hold means and log-variances, of which any draw can be made: write draws as .npy, .csv or .parquet',
        );
      return {
        step,
        bytes: writeLatents(sample),
        summary: `${summary}: mean, logVariance, reconstruction, ${sample.kl ? 'kl, ' : ''}rowIds${labels ? ', labels' : ''}`,
        ending,
      };
    case 'npy':
      return { step, bytes: writeNpy(values, [count, latentSize]), summary: `${summary}: ${what}`, ending };
    case 'csv':
      return { step, bytes: writeCsv(columns()), summary: `${summary}: ${what}`, ending };
    case 'parquet': {
      const facts = {
        'karst.run': run,
        'karst.step': String(step),
        'karst.seed': String(description.seed),
        'karst.what': what,
      };
      const bytes = writeParquet(columns(), facts, `Karst version ${karst}`);
      return { step, bytes, summary: `${summary}: ${what}`, ending };
    }
    default:
      throw new KarstError('usage', `codes are written as .safetensors, .npy, .csv or .parquet, not .${ending}`);
  }
}
