// What a sample grid says of itself: under the keyword `karst` of its PNG stand run, model fingerprint, step, seed and every cell's latent.
import { z } from 'zod';
import { fromBase64 } from '../base/bytes.ts';
import { KarstError } from '../base/errors.ts';
import { fingerprint } from '../datasets/fingerprint.ts';
import { gridKinds, gridViews } from '../protocol/engine-api.ts';
import type { GridProvenance } from '../protocol/records.ts';
import type { Checkpoint } from '../runs/checkpoint.ts';
import type { RunDescription } from '../runs/run-folder.ts';
import type { EngineHost } from './engine-host.ts';
import { isPng, readPng, writePng, type Picture } from './png.ts';

const PNG_KEYWORD = 'karst';
const MAX_GRID_BYTES = 512 * 2 ** 20;

/** The picture as a PNG that carries where it came from. */
export function signedPng(picture: Picture, provenance: GridProvenance): Uint8Array {
  return writePng(picture, { [PNG_KEYWORD]: JSON.stringify(provenance), Software: `Karst ${provenance.karst}` });
}

/** Of what was asked of a run: its data, model, parameters and seed. Titles and stops do not count. */
export function runFingerprint({ dataset, model, params, seed, createdAt }: RunDescription): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return fingerprint('run', new TextEncoder().encode(JSON.stringify([dataset.fingerprint, model, sorted, seed, createdAt])));
}

/** Of every value that a checkpoint holds: two models with one fingerprint are the same model. */
export function modelFingerprint({ values }: Pick<Checkpoint, 'values'>): string {
  const parts = Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, array]) => `${name} ${fingerprint(name, new Uint8Array(array.buffer, array.byteOffset, array.byteLength))}`);
  return fingerprint('model', new TextEncoder().encode(parts.join('\n')));
}

const count = z.int().min(1).max(100);
const provenanceSchema = z.looseObject({
  format: z.literal('karst-grid-1'),
  run: z.string(),
  runFingerprint: z.string(),
  modelFingerprint: z.string(),
  step: z.int().min(0),
  seed: z.number(),
  kind: z.enum(gridKinds),
  rows: count,
  cols: count,
  scale: z.int().min(1).max(32),
  view: z.enum(gridViews).optional(),
  theme: z.literal('dark').optional(),
  latents: z.base64(),
  latentSize: z.int().min(1),
  cells: z.array(z.string()).max(10_000),
  cellSteps: z.array(z.int().min(0)).optional(),
  originals: z.array(z.int().min(-1)).optional(),
  weights: z.literal('raw').optional(),
  karst: z.string(),
});

export interface SignedPng {
  readonly provenance: GridProvenance;
  readonly width: number;
  readonly height: number;
}

/** The grid that lies at a path which a person gave. */
export async function readGrid(host: EngineHost, given: string): Promise<SignedPng & { readonly bytes: Uint8Array }> {
  const bytes = await host.readFile(host.resolvePath(given), MAX_GRID_BYTES);
  const found = isPng(bytes) ? readProvenance(given, bytes) : undefined;
  if (found) return { ...found, bytes };
  const what = isPng(bytes) ? 'a PNG without its provenance' : 'something that is no PNG';
  throw new KarstError('bad-data', `${given}: expected a grid drawn by Karst, found ${what}. Open the folder to see it as data`);
}

/** What a PNG says of itself; undefined where it is no grid of ours. */
export function readProvenance(where: string, bytes: Uint8Array): SignedPng | undefined {
  const { width, height, texts } = readPng(where, bytes);
  const text = texts[PNG_KEYWORD];
  if (text === undefined) return undefined;
  const bad = (found: string): KarstError => new KarstError('bad-data', `${where}: expected a grid's provenance, found ${found}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw bad('text that is not JSON');
  }
  const parsed = provenanceSchema.safeParse(json);
  if (!parsed.success) throw bad(`${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
  const provenance = json as GridProvenance; // not the parsed copy: members keep their order, so that the text can be written again
  const { rows, cols, cells, latentSize, latents } = provenance;
  if (cells.length !== rows * cols || fromBase64(latents).length !== 4 * cells.length * latentSize) {
    throw bad(`${cells.length} cells and ${fromBase64(latents).length} bytes of latents for a grid of ${rows} × ${cols}`);
  }
  return { provenance, width, height };
}
