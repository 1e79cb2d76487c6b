// run.json as it is read and written: what the engine relies on is checked; unknown members are kept, so that newer runs lose nothing when
// retitled.
import { KarstError } from '../base/errors.ts';
import type { RunDescription } from './run-folder.ts';

export function readDescription(where: string, bytes: Uint8Array): RunDescription {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new KarstError('bad-data', `${where}: expected JSON, found something else`);
  }
  return checkDescription(where, found);
}

export function checkDescription(where: string, found: unknown): RunDescription {
  const need = (holds: boolean, expected: string): void => {
    if (!holds) throw new KarstError('bad-data', `${where}: expected ${expected}`);
  };
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const isText = (value: unknown): value is string => typeof value === 'string';
  const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  const isValues = (value: unknown): boolean =>
    isRecord(value) && Object.values(value).every((one) => ['number', 'string', 'boolean'].includes(typeof one));
  if (!isRecord(found)) throw new KarstError('bad-data', `${where}: expected an object`);
  const { format, id, title, createdAt, dataset, model, params, latentSize, seed, device, stop, versions } = found;
  if (isText(format) && /^karst-run-/.test(format) && format !== 'karst-run-1') {
    throw new KarstError('unsupported', `${where}: format ${format} is of a newer Karst; this one reads karst-run-1`);
  }
  need(format === 'karst-run-1', 'format "karst-run-1"');
  need([id, title, createdAt, model].every(isText), 'texts for id, title, createdAt and model');
  need(isValues(params), 'values for params');
  need(isCount(latentSize), 'a whole number for latentSize');
  need(typeof seed === 'number' && Number.isFinite(seed), 'a number for seed');
  need(isRecord(device) && isText(device['id']) && isText(device['title']), 'id and title for device');
  need(isRecord(stop) && Object.values(stop).every((one) => typeof one === 'number' && one > 0), 'positive numbers for stop');
  need(isRecord(versions) && Object.values(versions).every(isText), 'texts for versions');
  if (!isRecord(dataset)) throw new KarstError('bad-data', `${where}: expected an object for dataset`);
  need([dataset['id'], dataset['title'], dataset['fingerprint']].every(isText), 'texts for dataset id, title and fingerprint');
  need(isCount(dataset['rows']) && isValues(dataset['params']), 'rows and params for dataset');
  const { sample } = dataset;
  const isPicture = (shape: Record<string, unknown>): boolean =>
    [shape['height'], shape['width']].every((side) => isCount(side) && side > 0) &&
    (shape['channels'] === 1 || shape['channels'] === 3);
  need(
    isRecord(sample) &&
      (sample['kind'] === 'picture' ? isPicture(sample) : sample['kind'] === 'vector' && isCount(sample['size'])),
    'a picture or vector shape for dataset.sample',
  );
  return found as unknown as RunDescription;
}
