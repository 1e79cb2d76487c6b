// A table of reproductions: rows of settings, each trained with several seeds, figures as mean and spread beside what was published.
import type { ParamValues } from '../../base/params.ts';

/** What a run is measured by at its end; `data` scores other rows of the data in the samples' place, which is as well as samples can do. */
export type Measurement = 'modes' | 'bound' | 'samples' | 'data';

export interface Job {
  /** A generated dataset's id, or a path. */
  readonly dataset: string;
  readonly datasetParams: ParamValues;
  readonly model: string;
  /** Dotted parameters, `train.` ones included. */
  readonly set: ParamValues;
  readonly steps?: number;
  readonly epochs?: number;
  readonly seed: number;
  readonly measurement: Measurement;
  /** Share of rows held out. */
  readonly heldOut: number;
  /** So many of the others are trained on; all of them unless said. */
  readonly trainRows?: number;
  /** Steps after which the same codes are drawn, the last of them the run's last. */
  readonly drawAt?: readonly number[];
}

/** Figures by name. */
export type Figures = Readonly<Record<string, number>>;

export interface Column {
  readonly figure: string;
  readonly title: string;
  readonly digits: number;
}

export interface Row {
  readonly title: string;
  /** Settings and data with one section each. */
  readonly section: string;
  readonly job: Omit<Job, 'seed' | 'drawAt'>;
  readonly seeds: readonly number[];
  /** Samples over time of the first seed: a file in the folder of pictures beside the document, without its ending. */
  readonly growth?: { readonly file: string; readonly at: readonly number[] };
  /** What papers say, as text with its source. */
  readonly published?: string;
  /** What the reference program in PyTorch gave. */
  readonly reference?: string;
}

/** A figure that must hold of a row's mean, or of every seed where `each`. */
export interface Bar {
  readonly row: string;
  readonly section: string;
  readonly figure: string;
  readonly least?: number;
  readonly most?: number;
  readonly each?: boolean;
}

export interface Table {
  readonly id: string;
  readonly title: string;
  /** What was run and how it is scored, for the reader of the table. */
  readonly about: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly bars: readonly Bar[];
  /** Beyond single rows: comparisons between them. Each answer is a sentence, and whether it holds. */
  readonly comparisons?: (figuresOf: (section: string, row: string) => readonly Figures[]) => readonly Comparison[];
}

export interface Comparison {
  readonly text: string;
  readonly holds: boolean;
}

export interface RowResult {
  readonly row: Row;
  /** One record a seed, in the order of the seeds; a run that failed has its error instead. */
  readonly runs: readonly (Figures | { readonly error: string })[];
  /** Seconds of processor time in training, mean over the runs. */
  readonly seconds: number;
}

export const isFigures = (run: Figures | { readonly error: string }): run is Figures => !('error' in run);

export function meanAndSd(values: readonly number[]): { readonly mean: number; readonly sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

/** Whether each bar holds, in the order of the bars. */
export function checkBars(table: Table, results: readonly RowResult[]): readonly Comparison[] {
  const found = table.bars.map(({ row, section, figure, least = -Infinity, most = Infinity, each = false }) => {
    const result = results.find((one) => one.row.title === row && one.row.section === section);
    const runs = (result?.runs ?? []).filter(isFigures).map((run) => run[figure] as number);
    const values = each ? runs : [meanAndSd(runs).mean];
    const holds =
      runs.length === result?.row.seeds.length && values.every((value) => value >= least - 1e-9 && value <= most + 1e-9);
    const bound = [...(least > -Infinity ? [`at least ${least}`] : []), ...(most < Infinity ? [`at most ${most}`] : [])];
    const column = table.columns.find((one) => one.figure === figure);
    const shown = values.map((value) => value.toFixed(column?.digits ?? 2)).join(', ');
    const text = `${section}, ${row}: ${column?.title ?? figure} ${each ? 'of every seed' : 'in the mean'} ${bound.join(' and ')} (${shown})`;
    return { text, holds };
  });
  const figuresOf = (section: string, row: string): readonly Figures[] =>
    results.find((one) => one.row.section === section && one.row.title === row)?.runs.filter(isFigures) ?? [];
  return [...found, ...(table.comparisons?.(figuresOf) ?? [])];
}

/** The table as Markdown: a part a section, then the bars. */
export function toMarkdown(table: Table, results: readonly RowResult[], about: string): string {
  const sections = [...new Set(table.rows.map((row) => row.section))];
  const lines: string[] = [`## ${table.title}: \`npm run reproduce -- ${table.id}\``, '', table.about, '', about, ''];
  for (const section of sections) {
    const own = results.filter(({ row }) => row.section === section);
    const has = (key: 'published' | 'reference'): boolean => own.some(({ row }) => row[key] !== undefined);
    const heads = [
      section,
      'seeds',
      ...table.columns.map((column) => column.title),
      'CPU s a run',
      ...(has('published') ? ['published'] : []),
      ...(has('reference') ? ['reference run'] : []),
    ];
    lines.push(`| ${heads.join(' | ')} |`, `| ${heads.map(() => '---').join(' | ')} |`);
    for (const { row, runs, seconds } of own) {
      const good = runs.filter(isFigures);
      const cells = table.columns.map(({ figure, digits }) => {
        const values = good.flatMap((run) => (run[figure] === undefined ? [] : [run[figure]]));
        if (values.length === 0) return '–';
        const { mean, sd } = meanAndSd(values);
        return values.length === 1 ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`;
      });
      const failed = runs.length - good.length;
      lines.push(
        `| ${[
          row.title,
          failed > 0 ? `${row.seeds.length} (${failed} failed)` : String(row.seeds.length),
          ...cells,
          seconds.toFixed(0),
          ...(has('published') ? [row.published ?? '–'] : []),
          ...(has('reference') ? [row.reference ?? '–'] : []),
        ].join(' | ')} |`,
      );
    }
    lines.push('', ...own.flatMap(({ row, runs }) => (runs[0] && isFigures(runs[0]) ? growthLines(row) : [])));
  }
  const bars = checkBars(table, results);
  if (bars.length > 0) lines.push(...bars.map(({ text, holds }) => `- ${holds ? 'Holds' : '**Does not hold**'}: ${text}.`), '');
  return lines.join('\n');
}

/** Where a document's pictures lie, seen from the document. */
export const PICTURES = 'pictures';

function growthLines({ title, section, seeds, growth }: Row): string[] {
  if (!growth) return [];
  const steps = growth.at.map((step) => step.toLocaleString('en'));
  const told = `${title}, ${section}: the same codes after ${steps.slice(0, -1).join(', ')} and ${steps.at(-1)} steps (seed ${seeds[0]}), and training pictures.`;
  return [`![${told}](${PICTURES}/${growth.file}.png)`, '', told, ''];
}
