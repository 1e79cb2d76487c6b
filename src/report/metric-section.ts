// Every figure by what it is about: the value with its unit and its cap, what is expected (of real rows in the samples' place), and, folded, the formula, the paper and the notes.
import type { FamilyRecord, MeasureRecord } from '../protocol/records.ts';
import { figuresOf, metricGroups, type MetricGroup } from './figures.ts';
import { html, type Markup } from './markup.ts';
import { count } from './words.ts';

export function metricSection(measure: MeasureRecord, families: readonly FamilyRecord[]): Markup {
  return html`<section aria-labelledby="figures">
    <h2 id="figures">Figures</h2>
    <div class="stack tables" style="gap:1.5rem">
      <table class="figures">
        <caption>
          Of the model as a whole, over ${count(measure.heldOut.rows)} held-out rows
        </caption>
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          ${figuresOf(measure).map(
            ([name, value]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td class="number">${value}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${metricGroups(measure, families).map(groupTable)}
    </div>
  </section>`;
}

function groupTable({ title, rows }: MetricGroup): Markup {
  const hasExpected = rows.some(({ expected }) => expected !== undefined);
  return html`<table class="figures">
    <caption>
      ${title}
    </caption>
    <thead>
      <tr>
        <th scope="col">Metric</th>
        <th scope="col">Value</th>
        ${hasExpected ? html`<th scope="col">Expected</th>` : undefined}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ title: name, value, expected, summary, formula, paper, notes }) =>
          html`<tr>
            <th scope="row">
              <details>
                <summary>${name}</summary>
                <div class="stack small">
                  ${summary ? html`<p class="first">${summary}</p>` : undefined}
                  ${formula ? html`<p><code>${formula}</code></p>` : undefined}
                  ${notes.map((note) => html`<p class="first muted">${note}</p>`)}
                  ${paper ? html`<p class="muted">${paper}</p>` : undefined}
                </div>
              </details>
            </th>
            <td class="number">${value}</td>
            ${hasExpected ? html`<td class="number not">${expected}</td>` : undefined}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
