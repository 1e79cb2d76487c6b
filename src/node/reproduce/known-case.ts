// A known case: a run whose ailment, or health, is known by how it is made. It is trained as the trainer does, with the monitor at work, into a
// folder that is thrown away, and measured whole at its end: what was told, when, and how the run fared meanwhile.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { ParamValues } from '../../base/params.ts';
import { resolve } from '../../base/params.ts';
import { isLook } from '../../collapse/moments.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import { splitRows } from '../../datasets/split.ts';
import { makeModel } from '../../engine/catalogue.ts';
import { firstLook } from '../../engine/data-look.ts';
import { measureRun } from '../../engine/full-measure.ts';
import { dotted, splitRecipe } from '../../models/recipe.ts';
import type { ReportRecord, VerdictRecord } from '../../protocol/records.ts';
import { record } from '../../runs/record.ts';
import { createRun, type RunDescription } from '../../runs/run-folder.ts';
import type { KnobChange, TrainingSetup } from '../../training/contract.ts';
import { train } from '../../training/train.ts';
import { trainParams } from '../../training/train-params.ts';
import { openDataset } from '../datasets/open.ts';
import { openOnnxDevice } from '../devices/onnx.ts';
import { openFiles } from '../files.ts';
import { tableOfTwoFactors } from './known-table.ts';

/** What is done to the data: rows of a class are kept from training, or rows are copies of a few. */
export type Flaw =
  | { readonly kind: 'without'; readonly label: number }
  | { readonly kind: 'copies'; readonly share: number; readonly originals: number };

export type Copies = Extract<Flaw, { kind: 'copies' }>;

export interface KnownCase {
  readonly title: string;
  /** Ids of causes that name it rightly, the best name first; none of a healthy run. */
  readonly truth: readonly string[];
  readonly dataset: string;
  readonly datasetParams?: ParamValues;
  readonly flaw?: Flaw;
  readonly model: string;
  readonly set: ParamValues;
  readonly steps: number;
  readonly seed: number;
  readonly heldOut?: number;
  /** Looks, evenly spaced. */
  readonly looks?: number;
  /** Knobs that are moved while it trains, as a person would: health ends where the first is. */
  readonly moves?: readonly KnobChange[];
  /** Never looked at while bounds were chosen. */
  readonly isUnseen?: boolean;
}

/** A dataset that is made for the case and read as a CSV file. */
export const TABLE = 'table of two factors';

export interface CaseResult {
  readonly warnings: readonly {
    readonly step: number;
    readonly since: number;
    readonly id: string;
    readonly state: 'watch' | 'collapsed';
    readonly confidence: number;
  }[];
  readonly verdict: VerdictRecord;
  /** At each look: information of the codes in nats, or the share of the data with a sample near it. */
  readonly health: readonly { readonly step: number; readonly value: number }[];
  readonly steps: number;
  readonly seconds: number;
  /** Part of the time that looking took. */
  readonly watchShare: number;
}

/** Enough to see a decline in. */
const LOOKS = 40;

export async function runCase(known: KnownCase): Promise<CaseResult> {
  const {
    dataset: source,
    datasetParams = {},
    model: modelId,
    set,
    steps,
    seed,
    heldOut = 0.2,
    flaw,
    looks = LOOKS,
    moves,
  } = known;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'karst-case-'));
  const opened = await openSource(known, folder);
  const dataset = flaw?.kind === 'copies' ? withCopies(opened, flaw) : opened;
  const split = splitRows(dataset, seed, heldOut);
  const trainRows = flaw?.kind === 'without' ? split.train.filter((row) => dataset.labels?.[row] !== flaw.label) : split.train;
  const model = makeModel(modelId, set, dataset.sample);
  const every = Math.max(1, Math.round(steps / looks));
  const params = resolve('train', trainParams, {
    ...splitRecipe(set)['train'],
    heldOut,
    latentRows: 1000,
    evaluateEvery: every,
    checkpointEvery: 10 * every, // and at the end
    measureEvery: 20 * every,
  });
  const device = await openOnnxDevice({ provider: 'cpu', threads: 1 });
  const before = process.cpuUsage();
  try {
    const description: RunDescription = {
      format: 'karst-run-1',
      id: 'case',
      title: known.title,
      createdAt: new Date().toISOString(),
      dataset: {
        id: source,
        params: datasetParams,
        title: dataset.title,
        fingerprint: dataset.fingerprint,
        rows: dataset.rows,
        sample: dataset.sample,
      },
      model: modelId,
      params: { ...model.params, ...dotted('train', params) },
      latentSize: model.latentSize,
      seed,
      device: { id: device.id, title: device.title },
      stop: { steps },
      versions: {},
    };
    const run = await createRun(openFiles(folder), description);
    const measure: TrainingSetup['measure'] = async (at) =>
      await measureRun({ folder: run, description, model, ...at }, device, dataset, { importanceSamples: 0 });
    const setup: TrainingSetup = {
      ...{ model, dataset, trainRows, heldOutRows: split.heldOut, device, seed, params, stop: { steps }, measure },
      data: firstLook(dataset),
      ...(moves ? { replay: moves } : {}),
    };
    const reports: ReportRecord[] = [];
    const warnings: CaseResult['warnings'][number][] = [];
    let verdict: VerdictRecord | undefined;
    for await (const event of record(run, train(setup), { now: () => new Date() })) {
      if (event.kind === 'reported' && isLook(event.report)) reports.push(event.report);
      else if (event.kind === 'measured') ({ verdict } = event.look.measure);
      else if (event.kind === 'warned') {
        const { step, since, cause } = event.warning;
        warnings.push({ step, since, id: cause.id, state: cause.state, confidence: cause.confidence });
      }
    }
    const { user, system } = process.cpuUsage(before);
    return {
      warnings,
      verdict: verdict as VerdictRecord, // the last step's checkpoint is always measured
      health: reports.map(({ step, samples, latent }) => ({
        step,
        value: samples ? samples.coverage : (latent?.mutualInformation.nats ?? NaN),
      })),
      steps,
      seconds: (user + system) / 1e6,
      watchShare: reports.at(-1)?.watchShare ?? 0,
    };
  } finally {
    await device.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** By id or path; a table of known factors is written first. */
async function openSource({ dataset, datasetParams = {} }: KnownCase, folder: string): Promise<Dataset> {
  if (dataset !== TABLE) return (await openDataset(dataset, { params: datasetParams })).dataset;
  const file = path.join(folder, 'table.csv');
  await writeFile(file, tableOfTwoFactors(Number(datasetParams['rows']), Number(datasetParams['seed'])));
  return (await openDataset(file)).dataset;
}

/** The dataset with a share of its rows, the last ones, replaced by copies of the first few. */
export function withCopies(dataset: Dataset, { share, originals }: Copies): Dataset {
  const firstCopy = Math.round((1 - share) * dataset.rows);
  const source = (row: number): number => (row < firstCopy ? row : row % originals);
  const { labels } = dataset;
  return {
    ...dataset,
    ...(labels ? { labels: labels.map((_, row) => labels[source(row)] as number) } : {}),
    copyRow: (row, out, offset) => dataset.copyRow(source(row), out, offset),
  };
}
