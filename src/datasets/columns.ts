// What the columns of a table are, judged by its first records: numbers, one label, an index that counts the rows, or text that is left
// out. A column is numbers if at least half of its cells are; the first record is a header if most number columns begin with text.
import { quoted, refusal } from './refusal.ts';

export interface ColumnChoice {
  readonly header?: 'auto' | 'yes' | 'no';
  /** 1-based; 0: found by name or by being the one column of text; -1: none. */
  readonly labelColumn?: number;
}

export interface Column {
  readonly kind: 'number' | 'label' | 'left out';
  readonly name: string;
}

export interface CsvRecord {
  /** 1-based line of the file at which the record starts. */
  readonly line: number;
  readonly cells: readonly string[];
}

interface Judgement {
  readonly hasHeader: boolean;
  readonly columns: readonly Column[];
  readonly notes: readonly string[];
}

const LABEL_NAMES = ['label', 'labels', 'class', 'target', 'category', 'species', 'digit'];
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const MISSING = /^(?:nan|na|n\/a|null|none|[+-]?inf(?:inity)?|\?|-|)$/i;

/** NaN where the cell is not a number. Semicolons between cells allow a comma within. */
export function cellNumber(cell: string, delimiter: string): number {
  const trimmed = cell.trim();
  if (NUMBER.test(trimmed)) return Number(trimmed);
  const point = delimiter === ';' ? trimmed.replace(',', '.') : '';
  return NUMBER.test(point) ? Number(point) : NaN;
}

/** `sample` holds at least one record, all of one width. */
export function judgeColumns(file: string, sample: readonly CsvRecord[], delimiter: string, choice: ColumnChoice): Judgement {
  const [first, ...others] = sample as [CsvRecord, ...CsvRecord[]];
  const isNumber = (cell: string | undefined): boolean => !Number.isNaN(cellNumber(cell ?? '', delimiter));
  const judged = others.length > 0 ? others : sample;
  const numeric = first.cells.map((_, j) => 2 * judged.filter(({ cells }) => isNumber(cells[j])).length >= judged.length);
  const noNumbers = (): Error =>
    refusal(`${file}, line ${first.line}`, 'at least one column of numbers', `text: ${quoted(first.cells.join(delimiter))}`);
  if (!numeric.includes(true)) throw noNumbers();
  const headed = first.cells.filter((cell, j) => numeric[j] === true && !isNumber(cell) && !MISSING.test(cell.trim())).length;
  const looksHeaded = others.length > 0 && headed > 0 && 2 * headed >= numeric.filter(Boolean).length;
  const wanted = choice.header ?? 'auto';
  const hasHeader = wanted === 'yes' || (wanted === 'auto' && looksHeaded);
  const names = first.cells.map((cell, j) => (hasHeader ? cell.trim() : '') || `column ${j + 1}`);
  const rows = hasHeader ? others : sample;

  const label = labelColumn(file, names, numeric, rows, hasHeader, choice.labelColumn ?? 0);
  const isIndex = (j: number): boolean =>
    hasHeader && first.cells[j]?.trim() === '' && rows.every(({ cells }, i) => Number(cells[j]) === i);
  const columns = names.map((name, j): Column => {
    if (j === label) return { kind: 'label', name };
    return { kind: numeric[j] === true && !isIndex(j) ? 'number' : 'left out', name };
  });
  if (!columns.some((column) => column.kind === 'number')) throw noNumbers();
  const leftOut = columns.filter((column) => column.kind === 'left out').map((column) => quoted(column.name));
  const notes = [
    ...(label >= 0 ? [`labels from column ${quoted(names[label] as string)}`] : []),
    ...(leftOut.length > 0 ? [`columns left out, since they hold text or count the rows: ${leftOut.join(', ')}`] : []),
  ];
  return { hasHeader, columns, notes };
}

/** -1 where there is none. */
function labelColumn(
  file: string,
  names: readonly string[],
  numeric: readonly boolean[],
  rows: readonly CsvRecord[],
  hasHeader: boolean,
  wanted: number,
): number {
  if (wanted > names.length)
    throw refusal(file, `a label column between 1 and ${names.length}`, String(wanted), { code: 'usage' });
  if (wanted !== 0) return Math.max(-1, wanted - 1);
  const isWhole = (j: number): boolean => rows.every(({ cells }) => /^[+-]?\d+(?:\.0*)?$/.test(cells[j]?.trim() ?? ''));
  const byName = names.findIndex((name, j) => LABEL_NAMES.includes(name.toLowerCase()) && (numeric[j] === false || isWhole(j)));
  if (hasHeader && byName >= 0) return byName;
  const repeats = (j: number): boolean => rows.length < 3 || new Set(rows.map(({ cells }) => cells[j])).size < rows.length;
  const candidates = names.flatMap((_, j) => (numeric[j] === false && repeats(j) ? [j] : [])); // text that never repeats names the rows
  if (candidates.length > 1) {
    const found = candidates.map((j) => quoted(names[j] as string)).join(', ');
    const advice = 'Say which with the parameter labelColumn (1 is the first, -1 none)';
    throw refusal(file, 'at most one column of text, the label', found, { advice });
  }
  return candidates[0] ?? -1;
}
