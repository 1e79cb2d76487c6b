// How a reader says no: which file, what was expected, what was found and, where there is something to do, what. The three parts
// travel as facts too, so that a list of refused files can be made from errors.
import { KarstError, type ErrorCode } from '../base/errors.ts';

export interface Refusal {
  readonly code?: ErrorCode;
  /** A sentence that starts with a verb: "Save it again with …". */
  readonly advice?: string;
  readonly cause?: unknown;
}

export function refusal(file: string, expected: string, found: string, more: Refusal = {}): KarstError {
  const message = `${file}: expected ${expected}; found ${found}${more.advice ? `. ${more.advice}` : ''}`;
  return new KarstError(more.code ?? 'bad-data', message, { file, expected, found }, more.cause);
}

/** 1234567 → "1,234,567", the same under every locale. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** 3221225472 → "3.0 GB" */
export function byteCount(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  const power = Math.min(units.length, Math.max(1, Math.floor(Math.log10(bytes) / 3)));
  return `${(bytes / 10 ** (3 * power)).toFixed(1)} ${units[power - 1]}`;
}

/** Text from a file, made fit for a message: short, printable, quoted. */
export function quoted(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(short);
}
