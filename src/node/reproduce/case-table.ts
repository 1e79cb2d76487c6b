// What came of the known cases, for a reader: each case with what was told and when, the confusion matrix of causes, and whether the figures of
// merit hold: no false alarm, every collapse named, warned in the first third of the decline.
import type { CaseResult, KnownCase } from './known-case.ts';
import type { Comparison } from './table.ts';

export interface Told {
  readonly known: KnownCase;
  readonly result: CaseResult | { readonly error: string };
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

/** What Karst says the run has: the leading cause of its last verdict, or else what it warned of first. */
export const namedCause = ({ verdict, warnings }: CaseResult): string => verdict.causes[0]?.id ?? warnings[0]?.id ?? 'healthy';

/** Of the first warning that names it rightly: its step, and how many steps before the decline was over. */
export interface Lead {
  readonly warned: number;
  readonly decline?: Decline;
  readonly leadSteps?: number;
  /** In the first third of the decline, or before it. */
  readonly isEarly?: boolean;
}

export function leadOf({ truth, model }: KnownCase, result: CaseResult): Lead | undefined {
  const first = result.warnings.find(({ id }) => truth.includes(id));
  if (!first) return undefined;
  const decline = declineOf(result, model);
  if (!decline) return { warned: first.step };
  const isEarly = first.step <= decline.from + (decline.to - decline.from) / 3;
  return { warned: first.step, decline, leadSteps: decline.to - first.step, isEarly };
}

const isResult = (result: Told['result']): result is CaseResult => !('error' in result);

export function merits(told: readonly Told[]): readonly Comparison[] {
  const ran = told.flatMap(({ known, result }) => (isResult(result) ? [{ known, result }] : []));
  const healthy = ran.filter(({ known }) => known.truth.length === 0);
  const ill = ran.filter(({ known }) => known.truth.length > 0);
  const falseAlarms = healthy.filter(({ result }) => result.warnings.length > 0 || result.verdict.state !== 'healthy');
  const misnamed = ill.filter(({ known, result }) => !known.truth.includes(namedCause(result)));
  const silent = ill.filter(({ known, result }) => !leadOf(known, result));
  const declining = ill.flatMap(({ known, result }) => {
    const lead = leadOf(known, result);
    return lead?.decline ? [{ known, lead }] : [];
  });
  const late = declining.filter(({ lead }) => lead.isEarly === false);
  const names = (some: readonly { readonly known: KnownCase }[]): string =>
    some.length > 0 ? `: ${some.map(({ known }) => known.title).join('; ')}` : '';
  const merit = (failed: readonly { readonly known: KnownCase }[], of: number, text: string): Comparison => ({
    text: `${text}, ${of - failed.length} of ${of}${names(failed)}`,
    holds: failed.length === 0,
  });
  return [
    merit(falseAlarms, healthy.length, 'no false alarm on a healthy run'),
    merit(misnamed, ill.length, 'what ails a run is named rightly'),
    merit(silent, ill.length, 'it is warned of while the run trains'),
    merit(late, declining.length, 'in the first third of a decline'),
  ];
}

export function caseTable(told: readonly Told[], about: string): string {
  const seen = told.filter(({ known }) => !known.isUnseen);
  const unseen = told.filter(({ known }) => known.isUnseen);
  return [
    '## Known cases: `npm run reproduce -- collapse`',
    '',
    about,
    '',
    ...part('Cases that the bounds were tried on', seen),
    ...part('Cases that were never looked at while bounds were chosen', unseen),
  ].join('\n');
}

function part(title: string, told: readonly Told[]): readonly string[] {
  if (told.length === 0) return [];
  return [
    `### ${title}`,
    '',
    '| case | seed | steps | it has | Karst says | sure | warned at | decline | lead, steps |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...told.map(line),
    '',
    ...confusion(told),
    '',
    ...merits(told).map(({ text, holds }) => `- ${holds ? 'Holds' : '**Does not hold**'}: ${text}.`),
    '',
  ];
}

function line({ known, result }: Told): string {
  const start = [known.title, known.seed, known.steps, known.truth[0] ?? 'nothing'];
  if (!isResult(result)) return `| ${[...start, `failed: ${result.error}`, '', '', '', ''].join(' | ')} |`;
  const lead = leadOf(known, result);
  const said = namedCause(result);
  const sure = result.verdict.causes[0]?.confidence;
  const { decline, leadSteps } = lead ?? { decline: declineOf(result, known.model) };
  return `| ${[
    ...start,
    said === 'healthy' ? 'healthy' : `${said} (${result.verdict.state})`,
    sure === undefined ? '–' : `${Math.round(100 * sure)} %`,
    lead?.warned ?? (result.warnings[0] ? `${result.warnings[0].step} (${result.warnings[0].id})` : '–'),
    decline ? `${decline.from} to ${decline.to}` : '–',
    leadSteps ?? '–',
  ].join(' | ')} |`;
}

/** Rows: what it has; columns: what Karst says. Of several right names the one that was said counts. */
function confusion(told: readonly Told[]): readonly string[] {
  const pairs = told.flatMap(({ known, result }) => {
    if (!isResult(result)) return [];
    const said = namedCause(result);
    return [{ has: known.truth.includes(said) ? said : (known.truth[0] ?? 'healthy'), said }];
  });
  const ids = [...new Set(pairs.flatMap(({ has, said }) => [has, said]))].sort();
  const count = (has: string, said: string): number => pairs.filter((one) => one.has === has && one.said === said).length;
  return [
    `| it has, Karst says | ${ids.join(' | ')} |`,
    `| --- | ${ids.map(() => '---').join(' | ')} |`,
    ...ids.map((has) => `| ${[has, ...ids.map((said) => count(has, said) || '')].join(' | ')} |`),
  ];
}
