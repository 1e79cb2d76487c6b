// What a command says: results on stdout, everything else on stderr. Progress is one line that is drawn over on a terminal, and now and
// then a line of its own elsewhere.
import process from 'node:process';
import type { ProgressRecord } from '../protocol/records.ts';

/** Lines of progress that are not drawn over come at most this often. */
const LINE_EVERY_MS = 5000;
const BAR_WIDTH = 24;

export class Terminal {
  isJson = false;
  /** Aborted by Ctrl-C. */
  readonly interrupt = new AbortController();
  readonly #stdout: NodeJS.WritableStream;
  readonly #stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  #lineMs = -Infinity;
  #lastText = '';
  #isDrawn = false;

  constructor(
    stdout: NodeJS.WritableStream = process.stdout,
    stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number } = process.stderr,
  ) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** A result, for people. */
  out(text: string): void {
    this.clear();
    this.#stdout.write(`${text}\n`);
  }

  /** A result: as JSON where that was asked for, else as `text` says it. */
  result(value: unknown, text: () => string): void {
    this.out(this.isJson ? JSON.stringify(value, plainArrays, 2) : text());
  }

  /** Something to know that is no result. */
  note(text: string): void {
    this.clear();
    this.#stderr.write(`${text}\n`);
  }

  progress({ fraction, text }: ProgressRecord): void {
    if (this.#stderr.isTTY) {
      const bar = fraction === undefined ? '' : `${barOf(fraction)} ${String(Math.floor(fraction * 100)).padStart(3)} %  `;
      const line = `${bar}${text}`.slice(0, (this.#stderr.columns ?? 80) - 1);
      this.#stderr.write(`\r\u001b[2K${line}`);
      this.#isDrawn = true;
      return;
    }
    const now = performance.now();
    const share = fraction === undefined ? '' : `${Math.floor(fraction * 100)} % `;
    if (now - this.#lineMs < LINE_EVERY_MS && fraction !== 1) return;
    if (share + text === this.#lastText) return;
    this.#lineMs = now;
    this.#lastText = share + text;
    this.#stderr.write(`${share}${text}\n`);
  }

  /** Takes away a line of progress that is being drawn over. */
  clear(): void {
    if (this.#isDrawn) this.#stderr.write('\r\u001b[2K');
    this.#isDrawn = false;
  }
}

function barOf(fraction: number): string {
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * BAR_WIDTH);
  return '━'.repeat(full) + '╌'.repeat(BAR_WIDTH - full);
}

/** Typed arrays as lists; what JSON has no word for as null. */
function plainArrays(_key: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as unknown as ArrayLike<number>) : value;
}
