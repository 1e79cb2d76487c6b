// What came of the recoveries, for a reader: a row a cause, and what must hold of each: the warning came, the cure that was on offer first was the
// one applied, and its run is better off than the same run without it.
import { figures } from './recovery-figures.ts';
import type { Outcome, Recovery, RecoveryCase } from './recovery.ts';
import type { Comparison } from './table.ts';

export interface ToldRecovery {
  readonly known: RecoveryCase;
  readonly result: Recovery | { readonly error: string };
}

const isRecovery = (result: ToldRecovery['result']): result is Recovery => !('error' in result);

const hasCause = ({ verdict }: Outcome, cause: string): boolean => verdict.causes.some(({ id }) => id === cause);

/** The figure is better with the cure than without it. */
function isBetter({ figure }: RecoveryCase, { without, cured }: Recovery): boolean {
  const gain = cured.figure - without.figure;
  return figures[figure].better === 'more' ? gain > 0 : gain < 0;
}

export function recoveryMerits(told: readonly ToldRecovery[]): readonly Comparison[] {
  const merit = (text: string, holds: (known: RecoveryCase, result: Recovery) => boolean): Comparison => {
    const failed = told.filter(({ known, result }) => !(isRecovery(result) && holds(known, result)));
    const names = failed.length > 0 ? `: ${failed.map(({ known }) => known.title).join('; ')}` : '';
    return { text: `${text}, ${told.length - failed.length} of ${told.length}${names}`, holds: failed.length === 0 };
  };
  return [
    merit('its warning comes while it trains', () => true),
    merit('with the cure its figure is better than without it at the same step', isBetter),
    merit('what was warned of is there at the end without the cure', ({ cause }, { without }) => hasCause(without, cause)),
    merit('and gone with it', ({ cause }, { cured }) => !hasCause(cured, cause)),
  ];
}

export function recoveryTable(told: readonly ToldRecovery[], about: string): string {
  return [
    '## Recoveries: `npm run reproduce -- recoveries`',
    '',
    about,
    '',
    '| cause | case | steps | warned at | named first | cure applied | from | figure | at the warning → without the cure → with it | verdict without | verdict with it | CPU s |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...told.map(line),
    '',
    ...recoveryMerits(told).map(({ text, holds }) => `- ${holds ? 'Holds' : '**Does not hold**'}: ${text}.`),
    '',
    ...told.flatMap(({ known }) => (known.note === undefined ? [] : [`- ${known.title}: ${known.note}`])),
    '',
  ].join('\n');
}

function line({ known, result }: ToldRecovery): string {
  const start = [`\`${known.cause}\``, known.title, known.steps];
  if (!isRecovery(result)) return `| ${[...start, `failed: ${result.error}`, '', '', '', '', '', '', '', ''].join(' | ')} |`;
  const { title, digits } = figures[known.figure];
  const shown = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1'));
  const { warning, namedFirst, cure, from, without, cured, seconds } = result;
  return `| ${[
    ...start,
    warning.step,
    namedFirst,
    `\`${cure}\``,
    from === 0 ? 'the start' : `step ${from}`,
    title,
    [warning.figure, without.figure, cured.figure].map(shown).join(' → '),
    verdictWords(without),
    verdictWords(cured),
    seconds.toFixed(0),
  ].join(' | ')} |`;
}

/** "collapsed: mode-collapse", "healthy" */
function verdictWords({ verdict: { state, causes } }: Outcome): string {
  const [leading] = causes;
  return leading ? `${state}: ${leading.id}` : state;
}
