// CSV and TSV (RFC 4180) of vectors, read in pieces as they arrive: quoted fields, LF or CRLF, a byte-order mark, comma, semicolon (then
// also decimal commas) or tab. The first 200 records decide what the columns are (columns.ts); after that every cell must be what its
// column is, or the file is refused by line and column.
import { cellNumber, judgeColumns, type Column, type ColumnChoice, type CsvRecord } from './columns.ts';
import type { Dataset } from './dataset.ts';
import { standardLimits, type Limits } from './limits.ts';
import { sortLabelNames } from './parts.ts';
import { byteCount, count, quoted, refusal } from './refusal.ts';
import { describeBytes } from './signatures.ts';
import { vectorDataset } from './vectors.ts';

export interface CsvOptions extends ColumnChoice {
  /** A tab for TSV; read off the first line otherwise. */
  readonly delimiter?: string;
  /** Stop after so many; 0: read all. */
  readonly rows?: number;
  readonly limits?: Limits;
}

const SAMPLE = 200;
const MAX_FLOAT32 = 3.4028235677973366e38; // the least that rounds to infinity

export class CsvReader {
  readonly #file: string;
  readonly #options: CsvOptions;
  readonly #limits: Limits;
  #delimiter: string;
  #rest = new Uint8Array(0); // bytes after the last line end
  #bytesRead = 0;
  #line = 0;
  #open = ''; // a record whose quote has not closed
  #openLine = 0;
  #sample: CsvRecord[] | undefined = [];
  #columns: readonly Column[] = [];
  #hasHeader = false;
  #values = new Float32Array(4096);
  #filled = 0;
  #rows = 0;
  readonly #labels: number[] = [];
  readonly #classes = new Map<string, number>();
  readonly #notes: string[] = [];

  constructor(file: string, options: CsvOptions = {}) {
    this.#file = file;
    this.#options = options;
    this.#limits = options.limits ?? standardLimits;
    this.#delimiter = options.delimiter ?? '';
  }

  /** True once as many rows as asked for are in: the rest of the file need not be read. */
  get done(): boolean {
    const wanted = this.#options.rows ?? 0;
    return wanted > 0 && this.#rows >= wanted;
  }

  push(bytes: Uint8Array): void {
    if (this.#bytesRead === 0) this.#refuseOtherFormats(bytes);
    this.#bytesRead += bytes.length;
    if (this.#bytesRead > this.#limits.csvBytes)
      throw this.#refuse(`at most ${byteCount(this.#limits.csvBytes)} of text`, 'more', undefined, 'too-large');
    const end = bytes.lastIndexOf(10) + 1;
    if (end === 0) return this.#keep(bytes);
    this.#keep(bytes.subarray(0, end));
    const whole = this.#rest;
    this.#rest = bytes.slice(end);
    this.#lines(this.#decode(whole.subarray(0, whole.length - 1)));
  }

  finish(id: string, title: string): Dataset {
    if (this.#rest.length > 0 && !this.done) this.#lines(this.#decode(this.#rest));
    if (this.#open !== '' && !this.done)
      throw this.#refuse('a closing quote', `the end of the file inside a quote opened here`, this.#openLine);
    this.#decide();
    if (this.#rows === 0) throw this.#refuse('at least one row of numbers', this.#hasHeader ? 'a header alone' : 'no rows');
    const numbers = this.#columns.filter((column) => column.kind === 'number');
    const values = this.#values.slice(0, this.#filled);
    const names = this.#hasHeader ? numbers.map((column) => column.name) : undefined;
    return vectorDataset({ id, title, notes: this.#notes, ...this.#sortedLabels() }, numbers.length, values, names);
  }

  #refuse(expected: string, found: string, line?: number, code: 'bad-data' | 'too-large' = 'bad-data'): Error {
    return refusal(line === undefined ? this.#file : `${this.#file}, line ${line}`, expected, found, { code });
  }

  #refuseOtherFormats(bytes: Uint8Array): void {
    const looks = describeBytes(bytes.subarray(0, 64));
    if (bytes.length > 0 && !looks.startsWith('text')) throw this.#refuse('UTF-8 text with one row a line', looks);
  }

  #keep(bytes: Uint8Array): void {
    if (this.#rest.length > this.#limits.csvRecordLength * 4)
      // UTF-8 takes up to 4 bytes a character
      throw this.#refuse(`lines of at most ${count(this.#limits.csvRecordLength)} characters`, 'a longer one', this.#line + 1);
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    this.#rest = joined;
  }

  #decode(bytes: Uint8Array): string {
    const zero = bytes.indexOf(0);
    if (zero >= 0) throw this.#refuse('text', 'a zero byte', this.#line + 1);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // drops a byte-order mark
    } catch {
      throw this.#refuse('UTF-8 text', `bytes of another encoding at or after this line`, this.#line + 1);
    }
  }

  #lines(text: string): void {
    for (const raw of text.split('\n')) {
      this.#line++;
      if (this.done) return;
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      const quotes = line.includes('"') ? line.split('"').length - 1 : 0;
      if (this.#open === '' && quotes === 0) {
        if (line !== '') this.#record(this.#line, line, false);
        continue;
      }
      const isFirst = this.#open === '';
      if (isFirst) this.#openLine = this.#line;
      const joined = isFirst ? line : `${this.#open}\n${line}`;
      if (joined.length > this.#limits.csvRecordLength)
        throw this.#refuse(
          `records of at most ${count(this.#limits.csvRecordLength)} characters`,
          'a longer one',
          this.#openLine,
        );
      const isOpen = (quotes % 2 === 1) === isFirst; // an odd line opens when closed, closes when open
      this.#open = isOpen ? joined : '';
      if (!isOpen) this.#record(this.#openLine, joined, true);
    }
  }

  #record(line: number, text: string, hasQuotes: boolean): void {
    if (this.#delimiter === '') this.#delimiter = likelyDelimiter(text);
    const cells = hasQuotes ? this.#unquote(line, text) : text.split(this.#delimiter);
    const record = { line, cells };
    if (this.#sample === undefined) return this.#row(record);
    const [first] = this.#sample;
    if (first) this.#checkWidth(record, first.cells.length);
    else if (cells.length > this.#limits.valuesPerRow)
      throw this.#refuse(`at most ${count(this.#limits.valuesPerRow)} columns`, count(cells.length), line, 'too-large');
    this.#sample.push(record);
    if (this.#sample.length > SAMPLE) this.#decide();
  }

  #checkWidth(record: CsvRecord, width: number): void {
    if (record.cells.length !== width) {
      throw this.#refuse(`${width} columns, like the first line`, String(record.cells.length), record.line);
    }
  }

  #unquote(line: number, text: string): string[] {
    const cells: string[] = [];
    let at = 0;
    for (;;) {
      let cell = '';
      if (text[at] === '"') {
        at++;
        for (;;) {
          const close = text.indexOf('"', at);
          if (close < 0) throw this.#refuse('a closing quote', 'none', line);
          cell += text.slice(at, close);
          at = close + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at++;
        }
        if (at < text.length && text[at] !== this.#delimiter)
          throw this.#refuse('a delimiter after a closing quote', quoted(text.slice(at, at + 12)), line);
      } else {
        const stop = text.indexOf(this.#delimiter, at);
        cell = text.slice(at, stop < 0 ? text.length : stop);
        if (cell.includes('"')) throw this.#refuse('quotes around a whole field only', quoted(cell), line);
        at = stop < 0 ? text.length : stop;
      }
      cells.push(cell);
      if (at >= text.length) return cells;
      at++;
    }
  }

  #decide(): void {
    const sample = this.#sample;
    if (sample === undefined) return;
    this.#sample = undefined;
    if (sample.length === 0)
      throw this.#refuse('at least one row of numbers', this.#bytesRead === 0 ? 'an empty file' : 'blank lines');
    const table = judgeColumns(this.#file, sample, this.#delimiter, this.#options);
    this.#hasHeader = table.hasHeader;
    this.#columns = table.columns;
    this.#notes.push(...table.notes);
    for (const record of table.hasHeader ? sample.slice(1) : sample) if (!this.done) this.#row(record);
  }

  #row(record: CsvRecord): void {
    this.#checkWidth(record, this.#columns.length);
    if (this.#rows >= this.#limits.rows)
      throw this.#refuse(`at most ${count(this.#limits.rows)} rows`, 'more', record.line, 'too-large');
    this.#makeRoom(this.#columns.length);
    this.#rows++;
    for (let j = 0; j < this.#columns.length; j++) {
      const cell = record.cells[j] as string;
      const column = this.#columns[j] as Column;
      if (column.kind === 'left out') continue;
      if (column.kind === 'label') {
        this.#labels.push(this.#classOf(cell.trim(), record.line));
        continue;
      }
      const value = cellNumber(cell, this.#delimiter);
      if (!(Math.abs(value) < MAX_FLOAT32)) {
        const found = cell.trim() === '' ? 'an empty cell' : quoted(cell);
        throw this.#refuse(
          `a finite number in ${/^column \d/.test(column.name) ? column.name : `column ${quoted(column.name)}`}`,
          found,
          record.line,
        );
      }
      this.#values[this.#filled++] = value;
    }
  }

  #makeRoom(values: number): void {
    if (this.#filled + values <= this.#values.length) return;
    const limit = Math.floor(this.#limits.memoryBytes / 4);
    const wanted = Math.min(limit, Math.max(2 * this.#values.length, this.#filled + values));
    if (this.#filled + values > limit)
      throw this.#refuse(
        `rows that take at most ${byteCount(this.#limits.memoryBytes)} of memory`,
        'more',
        this.#line,
        'too-large',
      );
    const grown = new Float32Array(wanted);
    grown.set(this.#values.subarray(0, this.#filled));
    this.#values = grown;
  }

  #classOf(name: string, line: number): number {
    if (name === '') return -1;
    const known = this.#classes.get(name);
    if (known !== undefined) return known;
    if (this.#classes.size >= this.#limits.classes)
      throw this.#refuse(`at most ${count(this.#limits.classes)} different labels`, 'more', line, 'too-large');
    this.#classes.set(name, this.#classes.size);
    return this.#classes.size - 1;
  }

  #sortedLabels(): { labels?: Int32Array; labelNames?: string[] } {
    if (this.#classes.size === 0) return {};
    const labelNames = sortLabelNames(this.#classes.keys());
    const moved = new Int32Array(labelNames.length);
    labelNames.forEach((name, i) => (moved[this.#classes.get(name) as number] = i));
    return { labels: Int32Array.from(this.#labels, (label) => (label < 0 ? -1 : (moved[label] as number))), labelNames };
  }
}

/** A tab or a semicolon where one stands outside quotes (commas are then decimal or text); a comma otherwise. */
function likelyDelimiter(record: string): string {
  const bare = record.replace(/"[^"]*"/g, '');
  return ['\t', ';'].find((mark) => bare.includes(mark)) ?? ',';
}

/** A whole file at once. */
export function csvDataset(id: string, file: string, bytes: Uint8Array, options: CsvOptions = {}): Dataset {
  const reader = new CsvReader(file, options);
  reader.push(bytes);
  return reader.finish(id, file);
}
