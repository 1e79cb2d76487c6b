// What came of the known cases as figures of merit: no false alarm, every ailment named, warned of in time. What a run has is known by how it is
// made, and is the first of its case's `truth`; the others name it rightly too, as the same loss of modes is told by how many are gone and by
// whether they come back. Both are counted: what the last verdict leads with, to the letter, and whether that is a right name.
import type { CaseResult, KnownCase } from './known-case.ts';
import type { Comparison } from './table.ts';

export interface Told {
  readonly known: KnownCase;
  readonly result: CaseResult | { readonly error: string };
}

interface Ran {
  readonly known: KnownCase;
  readonly result: CaseResult;
}

export interface Decline {
  /** The last look at which the run fared as at its best, and the first at which nine tenths of what it then lost were gone. */
  readonly from: number;
  readonly to: number;
}

/** Less than this was never worth calling health: nats of information, or a share of the data. */
const NO_HEALTH = { vae: 1, gan: 0.2 } as const;
/** A run that loses less of its best than this has not declined: it was ill from the start, or swayed. */
const LOST = 0.4;
/** Of its best, above which a run sways and has lost nothing yet. */
const AS_BEST = 0.95;

export function declineOf({ health }: Pick<CaseResult, 'health'>, model: string): Decline | undefined {
  const best = health.reduce((at, { value }, i) => (value > (health[at]?.value ?? -Infinity) ? i : at), 0);
  const [top, after] = [health[best], health.slice(best)];
  if (!top || top.value < (model === 'gan' ? NO_HEALTH.gan : NO_HEALTH.vae)) return undefined;
  const lowest = Math.min(...after.map(({ value }) => value));
  if (top.value - lowest < LOST * top.value) return undefined;
  const gone = top.value - 0.9 * (top.value - lowest);
  const to = after.find(({ value }) => value <= gone)?.step ?? top.step;
  const from = after.findLast(({ step, value }) => step <= to && value >= AS_BEST * top.value)?.step ?? top.step;
  return { from, to };
}

/** What the last verdict says: its leading cause, else `healthy` or `unknown`. What was warned of before names nothing here. */
export const namedCause = ({ verdict }: CaseResult): string => verdict.causes[0]?.id ?? verdict.state;

/** What the run has by how it is made. */
export const hasBy = ({ truth }: KnownCase): string => truth[0] ?? 'healthy';

/** Of the first warning that names it rightly: its step, and how many steps before the decline was over. */
export interface Lead {
  readonly warned: number;
  readonly decline?: Decline;
  readonly leadSteps?: number;
  /** `before` it began: the run still fared as at its best; `early`: in its first third. */
  readonly when?: 'before' | 'early' | 'late';
}

export function leadOf({ truth, model }: KnownCase, result: CaseResult): Lead | undefined {
  const first = result.warnings.find(({ id }) => truth.includes(id));
  if (!first) return undefined;
  const [decline, warned] = [declineOf(result, model), first.step];
  if (!decline) return { warned };
  const { from, to } = decline;
  const when = warned <= from ? 'before' : warned <= from + (to - from) / 3 ? 'early' : 'late';
  return { warned, decline, leadSteps: to - warned, when };
}

export const ranOf = (told: readonly Told[]): readonly Ran[] =>
  told.flatMap(({ known, result }) => ('error' in result ? [] : [{ known, result }]));

const titles = (some: readonly { readonly known: KnownCase }[]): string => some.map(({ known }) => known.title).join('; ');

export function merits(told: readonly Told[]): readonly Comparison[] {
  const ran = ranOf(told);
  const healthy = ran.filter(({ known }) => known.truth.length === 0);
  const ill = ran.filter(({ known }) => known.truth.length > 0);
  const falseAlarms = healthy.filter(({ result }) => result.warnings.length > 0 || result.verdict.state !== 'healthy');
  const misnamed = ill.filter(({ known, result }) => !known.truth.includes(namedCause(result)));
  const silent = ill.filter(({ known, result }) => !leadOf(known, result));
  const declining = ill.flatMap(({ known, result }) => {
    const lead = leadOf(known, result);
    return lead?.decline ? [{ known, lead }] : [];
  });
  const late = declining.filter(({ lead }) => lead.when === 'late');
  const before = declining.filter(({ lead }) => lead.when === 'before');
  const merit = (failed: readonly { readonly known: KnownCase }[], of: number, text: string, beside = ''): Comparison => ({
    text: `${text}, ${of - failed.length} of ${of}${beside}${failed.length > 0 ? `: not ${titles(failed)}` : ''}`,
    holds: failed.length === 0,
  });
  const apart = before.length > 0 ? ` (${before.length} of them before it began: ${titles(before)})` : '';
  return [
    merit(falseAlarms, healthy.length, 'no false alarm on a healthy run'),
    merit(misnamed, ill.length, 'the last verdict leads with a right name of what the run has'),
    merit(silent, ill.length, 'it is warned of by a right name while the run trains'),
    merit(late, declining.length, 'a decline is warned of before its first third is over', apart),
  ];
}

/** How many verdicts lead with what the run has to the letter, and how the others put it. No merit: other names may be as right. */
export function namings(told: readonly Told[]): readonly string[] {
  const ill = ranOf(told).filter(({ known }) => known.truth.length > 0);
  const others = ill.filter(({ known, result }) => namedCause(result) !== hasBy(known));
  const among = ill.filter(({ known, result }) => result.verdict.causes.some(({ id }) => id === hasBy(known)));
  const how = others.map(({ known, result }) => {
    const [has, said] = [hasBy(known), namedCause(result)];
    const place = result.verdict.causes.findIndex(({ id }) => id === has);
    const rank = place < 0 ? 'not among its causes' : `cause ${place + 1} of ${result.verdict.causes.length}`;
    return `${known.title} (${said}; ${has} is ${rank})`;
  });
  return [
    `the leading cause of the last verdict is what the run has to the letter, ${ill.length - others.length} of ${ill.length}${how.length > 0 ? `; otherwise: ${how.join('; ')}` : ''}`,
    `what the run has to the letter is among the causes of its last verdict, ${among.length} of ${ill.length}`,
  ];
}
