// THE list of tables of reproductions.
import { KarstError } from '../../base/errors.ts';
import { gan2d } from './gan-2d.ts';
import { pictures } from './pictures.ts';
import type { Table } from './table.ts';
import { vaeMnist } from './vae-mnist.ts';

const makers: Readonly<Record<string, (mnist: string) => Table>> = { 'gan-2d': () => gan2d, 'vae-mnist': vaeMnist, pictures };

export const tableIds = Object.keys(makers);

/** The table `id`; `mnist` is a folder with MNIST's t10k files. */
export function tableOf(id: string, mnist: string): Table {
  const made = makers[id]?.(mnist);
  if (made) return made;
  throw new KarstError('usage', `there is no table "${id}"; there are ${tableIds.join(', ')}`);
}
