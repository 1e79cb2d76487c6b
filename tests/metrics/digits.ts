// The 10,000 MNIST test digits, where the files are at hand beside the checkout.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const folder = resolve(import.meta.dirname, '../../../shared/data/mnist');
export const hasDigits = existsSync(folder);

export interface Digits {
  /** [10,000, 784], 0 … 255 */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

export function readDigits(): Digits {
  const read = (name: string, head: number): Uint8Array => gunzipSync(readFileSync(join(folder, name))).subarray(head);
  return { pixels: read('t10k-images-idx3-ubyte.gz', 16), labels: read('t10k-labels-idx1-ubyte.gz', 8) };
}
