// Checkpoints side by side as a page to keep: verdicts and causes, samples, figures with their differences from the first, what was asked differently.
import type { ComparedSide, ComparisonRecord } from '../protocol/reports.ts';
import { betterWord, comparedGroups, type ComparedRow } from './comparison-words.ts';
import { html, type Markup } from './markup.ts';
import { figureOf, page, type Picture } from './page.ts';
import { footer, section } from './run-page.ts';
import type { PageFont } from './type.ts';
import { sentenceOf } from './verdict-section.ts';
import { count } from './words.ts';

export function comparisonPage(
  comparison: ComparisonRecord,
  /** Of each side. */
  pictures: readonly (readonly Picture[])[],
  karst: string | undefined,
  fonts: readonly PageFont[],
): string {
  const { sides, caveats, params } = comparison;
  const names = sides.map(({ title }) => title);
  const body = [
    html`<header class="top">
      <p class="above">Comparison</p>
      <h1>${names.join(' and ')}</h1>
      ${
        caveats.length === 0
          ? undefined
          : html`<div class="caveats stack" role="note">${caveats.map((caveat) => html`<p>${caveat}</p>`)}</div>`
      }
    </header>`,
    section('verdicts', 'Verdicts', html`<div class="sides">${sides.map(verdictOf)}</div>`),
    pictures.every((one) => one.length === 0)
      ? undefined
      : section(
          'samples',
          'Samples',
          html`<div class="sides">${pictures.map((one) => html`<div>${one.map(figureOf)}</div>`)}</div>`,
        ),
    section(
      'figures',
      'Figures',
      html`<p class="muted small" style="margin-bottom:1rem">
          Differences are from ${names[0]}. Where a figure tells better from worse by itself, the difference says which.
        </p>
        <div class="stack tables wide" style="gap:1.5rem">
          ${comparedGroups(comparison).map(({ title, rows }) => figureTable(title, rows, names))}
        </div>`,
    ),
    section(
      'asked',
      'What was asked differently',
      params.length === 0
        ? html`<p>Nothing: every parameter is the same in all.</p>`
        : html`<div class="wide">
            <table class="beside params">
              <caption>
                Parameters
              </caption>
              <thead>
                <tr>
                  <th scope="col">Parameter</th>
                  ${names.map((name) => html`<th scope="col">${name}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${params.map(
                  ({ name, values }) =>
                    html`<tr>
                      <th scope="row" class="number">${breakable(name)}</th>
                      ${values.map((value) => html`<td class="number">${value === null ? '–' : String(value)}</td>`)}
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`,
    ),
    footer(karst),
  ];
  return page(`${names.join(' and ')}: comparison`, body, fonts);
}

/** “net.width” breaks behind the point, where it must. */
const breakable = (name: string): Markup[] =>
  name.split(/(?<=\.)/).map((part, i) => (i === 0 ? html`${part}` : html`<wbr />${part}`));

/** A sign stays with its number. */
const withUnitBeside = (value: string): string => value.replace(/(\d) (?=[%×])/g, '$1\u00A0');

const verdictOf = ({ title, model, dataset, step, seed, heldOutRows, verdict }: ComparedSide): Markup =>
  html`<div>
    <h3>${title}</h3>
    <p>${sentenceOf(verdict)}</p>
    ${
      verdict.causes.length === 0
        ? undefined
        : html`<ul class="small">
            ${verdict.causes.map(
              (cause) => html`<li>${cause.title} <span class="muted">${Math.round(100 * cause.confidence)} % sure</span></li>`,
            )}
          </ul>`
    }
    <p class="muted small">
      ${model} on ${dataset.title}, step <span class="number">${count(step)}</span>, seed <span class="number">${seed}</span>,
      <span class="number">${count(heldOutRows)}</span> held-out rows
    </p>
  </div>`;

function figureTable(title: string, rows: readonly ComparedRow[], names: readonly string[]): Markup {
  return html`<table class="beside">
    <caption>
      ${title}
    </caption>
    <thead>
      <tr>
        <th scope="col">Figure</th>
        ${names.map((name) => html`<th scope="col">${name}</th>`)}
        <th scope="col">Better</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ title: name, better, cells }) =>
          html`<tr>
            <th scope="row">${name}</th>
            ${cells.map(({ value, difference, isBetter }) => {
              const word = betterWord(isBetter);
              return html`<td class="number">
                ${withUnitBeside(value)}
                ${
                  difference === ''
                    ? undefined
                    : html`<br /><span class="${isBetter === null ? 'muted' : isBetter ? 'good' : 'ink'}">${difference}</span>${
                          word === '' ? undefined : html` <span class="muted">${word}</span>`
                        }`
                }
              </td>`;
            })}
            <td class="not small">${better}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
