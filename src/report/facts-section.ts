// What the run is, whole enough to make it again: data and their fingerprint, every parameter that is not as usual, seed, device, versions, command.
import type { ParamValues } from '../base/params.ts';
import { commandOf } from './command-words.ts';
import { html, type Markup } from './markup.ts';
import { count } from './words.ts';

export interface RunFacts {
  readonly run: string;
  readonly title: string;
  readonly createdAt: string;
  readonly dataset: { readonly id: string; readonly title: string; readonly rows: number; readonly fingerprint: string };
  readonly model: string;
  /** Parameters that are not their defaults. */
  readonly changed: ParamValues;
  readonly preset?: string;
  readonly seed: number;
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Steps taken so far, and where training was asked to stop. */
  readonly trained: string;
  /** Of run.json: what was asked. */
  readonly fingerprint: string;
  /** Of the weights that were measured. */
  readonly weights: string;
  /** Words of the command that makes the run again, and what a person must know of it. */
  readonly command: readonly string[];
  readonly commandNotes: readonly string[];
}

export function factsSection(facts: RunFacts): Markup {
  const changed = Object.entries(facts.changed);
  const versions = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`);
  const rows: readonly (readonly [string, Markup | string])[] = [
    [
      'Data',
      html`${facts.dataset.title}, ${count(facts.dataset.rows)} rows <span class="muted number">${facts.dataset.id}</span>`,
    ],
    ['Data fingerprint', html`<span class="number">${facts.dataset.fingerprint}</span>`],
    ['Model', facts.model + (facts.preset === undefined ? '' : `, preset ${facts.preset}`)],
    [
      'Not as usual',
      changed.length === 0
        ? 'nothing: every parameter has its default'
        : html`<span class="number">${changed.map(([name, value]) => html`${name} = ${String(value)}<br />`)}</span>`,
    ],
    ['Seed', html`<span class="number">${facts.seed}</span>`],
    ['Trained', facts.trained],
    ['Device', facts.device],
    ['Versions', html`<span class="number">${versions.join(', ')}</span>`],
    ['Made', html`<time datetime="${facts.createdAt}" class="number">${facts.createdAt}</time>`],
    ['Run fingerprint', html`<span class="number">${facts.fingerprint}</span>`],
    ['Weights fingerprint', html`<span class="number">${facts.weights}</span>`],
  ];
  return html`<section aria-labelledby="again">
    <h2 id="again">The run, and how to make it again</h2>
    <div class="stack">
      <dl class="facts small">
        ${rows.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      ${commandOf(facts.command)} ${facts.commandNotes.map((note) => html`<p class="small muted">${note}</p>`)}
    </div>
  </section>`;
}
