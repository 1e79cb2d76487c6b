// A comparison as cells of a table: values with their units, differences with their sign, and a word on who does better.
import type { ComparedFigure, ComparisonRecord } from '../protocol/reports.ts';
import { bare, withUnit } from './figures.ts';
import { figure } from './words.ts';

export interface ComparedRow {
  readonly id: string;
  readonly title: string;
  /** “more is better”, “towards 1”; nothing where one cannot say. */
  readonly better: string;
  readonly cells: readonly ComparedCell[];
}

export interface ComparedCell {
  readonly value: string;
  /** From the first side, with its sign; why there is none, where there could be one. */
  readonly difference: string;
  readonly isBetter: boolean | null;
}

/** Figures by group, in their order. */
export function comparedGroups({
  figures,
}: ComparisonRecord): readonly { readonly title: string; readonly rows: ComparedRow[] }[] {
  const titles = [...new Set(figures.map(({ group }) => group))];
  return titles.map((title) => ({ title, rows: figures.filter(({ group }) => group === title).map(rowOf) }));
}

function rowOf({ id, title, unit, better, values, expected, differences, isBetter, apart }: ComparedFigure): ComparedRow {
  const way = better === undefined ? '' : typeof better === 'string' ? `${better} is better` : `towards ${goal(better.towards)}`;
  return {
    id,
    title,
    better: way,
    cells: values.map((value, i) => {
      const real = expected?.[i] ?? null;
      return {
        value: value === null ? '–' : withUnit(value, unit) + (real === null ? '' : `, expected ${bare(real, unit)}`),
        difference: i === 0 || value === null ? '' : differenceOf(differences[i] ?? null, unit, apart),
        // The same value beside other rows may lie nearer to what these get: true, but “same, worse” helps nobody.
        isBetter: differences[i] === 0 ? null : (isBetter[i] ?? null),
      };
    }),
  };
}

const goal = (towards: number | 'real rows'): string => (typeof towards === 'number' ? figure(towards) : towards);

function differenceOf(difference: number | null, unit: string, apart: string | undefined): string {
  if (difference === null) return apart === undefined ? '' : `not compared: ${apart}`;
  if (difference === 0) return 'same';
  return `${difference > 0 ? '+' : ''}${unit === 'share' ? `${figure(100 * difference, 2)} points` : figure(difference)}`;
}

/** For those who do not see the colour. */
export const betterWord = (isBetter: boolean | null): string => (isBetter === null ? '' : isBetter ? 'better' : 'worse');
