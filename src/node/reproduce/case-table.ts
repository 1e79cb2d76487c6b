// What came of the known cases, for a reader: each case with what was told and when, the confusion matrix of what runs have and what their last
// verdicts lead with, how many are named to the letter, and whether the figures of merit hold.
import { declineOf, hasBy, leadOf, merits, namedCause, namings, ranOf, type Told } from './case-merits.ts';

/** Why a case may have several right names, for those that read the table. */
const NAMES = [
  'What a run has is known by how it is made. Some have more than one right name, which stand in brackets. Samples that leave modes are called',
  '`mode-collapse` where most modes are gone, `lost-modes` where a few are, `rotating-modes` where those that are left change from look to look:',
  'how far a run has gone at its last look is not known by how it is made. A discriminator that is far ahead (`dominating-discriminator`) makes',
  'its generator leave modes, and one that knows few rows by heart (`overfitted-discriminator`) teaches it to copy them (`memorisation`).',
  'Free bits over a beta that no code is worth hide a `posterior-collapse` behind `padded-latents`, and of thirty dimensions for two factors most',
  'say nothing (`partial-collapse`) or repeat the others (`padded-latents`). Karst says what leads its last verdict, `unknown` where that does not',
  'judge; a warning while the run trained does not count as that. A row of the matrix is the first name, whatever was said.',
];

export function caseTable(told: readonly Told[], about: string): string {
  const seen = told.filter(({ known }) => !known.isUnseen);
  const unseen = told.filter(({ known }) => known.isUnseen);
  return [
    '## Known cases: `npm run reproduce -- collapse`',
    '',
    about,
    '',
    ...NAMES,
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
    ...namings(told).map((text) => `- Counted: ${text}.`),
    '',
  ];
}

function line({ known, result }: Told): string {
  const [has = 'nothing', ...or] = known.truth;
  const start = [known.title, known.seed, known.steps, or.length > 0 ? `${has} (${or.join(', ')})` : has];
  if ('error' in result) return `| ${[...start, `failed: ${result.error}`, '', '', '', ''].join(' | ')} |`;
  const lead = leadOf(known, result);
  const said = namedCause(result);
  const { causes, state } = result.verdict;
  const sure = causes[0]?.confidence;
  const { decline, leadSteps } = lead ?? { decline: declineOf(result, known.model) };
  return `| ${[
    ...start,
    said === state ? said : `${said} (${state})`,
    sure === undefined ? '–' : `${Math.round(100 * sure)} %`,
    lead?.warned ?? (result.warnings[0] ? `${result.warnings[0].step} (${result.warnings[0].id})` : '–'),
    decline ? `${decline.from} to ${decline.to}` : '–',
    leadSteps === undefined ? '–' : `${leadSteps}${lead?.when === 'before' ? ' (before it began)' : ''}`,
  ].join(' | ')} |`;
}

/** Rows: what runs have; columns: what their last verdicts lead with. */
function confusion(told: readonly Told[]): readonly string[] {
  const pairs = ranOf(told).map(({ known, result }) => ({ has: hasBy(known), said: namedCause(result) }));
  const ids = [...new Set(pairs.flatMap(({ has, said }) => [has, said]))].sort();
  const rows = ids.filter((id) => pairs.some(({ has }) => has === id));
  const count = (has: string, said: string): number => pairs.filter((one) => one.has === has && one.said === said).length;
  return [
    `| it has, Karst says | ${ids.join(' | ')} |`,
    `| --- | ${ids.map(() => '---').join(' | ')} |`,
    ...rows.map((has) => `| ${[has, ...ids.map((said) => count(has, said) || '')].join(' | ')} |`),
  ];
}
