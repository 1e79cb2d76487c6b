// The verdict in a sentence, and each cause with how sure it is, what speaks for it and against it, and what to try, with the command that tries it.
import type { CauseRecord, CureRecord, VerdictRecord } from '../protocol/records.ts';
import { commandOf } from './command-words.ts';
import { html, type Markup } from './markup.ts';

/** The first word carries the colour: “Collapsed: …”. */
export function sentenceOf({ state, sentence }: VerdictRecord): Markup {
  const [, first = '', rest = sentence] = /^([\p{L}-]+)(.*)$/su.exec(sentence) ?? [];
  const tone = state === 'healthy' ? 'good' : state === 'unknown' ? 'muted' : 'collapse';
  return html`<span class="${tone}">${first}</span>${rest}`;
}

export function verdictSection(verdict: VerdictRecord, run: string): Markup {
  const { reasons, causes } = verdict;
  return html`<section aria-labelledby="verdict">
    <h2 id="verdict">Verdict</h2>
    <p class="lead">${sentenceOf(verdict)}</p>
    ${reasons.length === 0 ? undefined : causes.length === 0 ? reasonList(reasons) : folded(reasons)}
    ${causes.map((cause) => causeArticle(cause, run))}
  </section>`;
}

const reasonList = (reasons: readonly string[]): Markup =>
  html`<ul class="small reasons">
    ${reasons.map((reason) => html`<li class="first">${reason}</li>`)}
  </ul>`;

/** Causes bring their evidence along; what else was looked at waits. */
const folded = (reasons: readonly string[]): Markup =>
  html`<details class="reasons">
    <summary class="small">What was looked at</summary>
    ${reasonList(reasons)}
  </details>`;

function causeArticle({ title, confidence, sentence, summary, paper, evidence, cures }: CauseRecord, run: string): Markup {
  const signs = evidence.toSorted((a, b) => Number(b.speaksFor) - Number(a.speaksFor));
  return html`<article class="cause">
    <header>
      <h3>${title}</h3>
      ${surenessOf(confidence)}
    </header>
    <p class="first">${sentence}.</p>
    <p class="small">${summary} <span class="muted">${paper}</span></p>
    <ul class="signs small" aria-label="Evidence">
      ${signs.map(
        ({ text, speaksFor }) =>
          html`<li class="${speaksFor ? 'for' : 'against'}">
            <span class="number" role="img" aria-label="${speaksFor ? 'For:' : 'Against:'}">${speaksFor ? '+' : '−'}</span
            ><span>${text}</span>
          </li>`,
      )}
    </ul>
    ${
      cures.length === 0
        ? undefined
        : html`<h4>What to try</h4>
            <ol class="cures small">
              ${cures.map((cure) => cureItem(cure, run))}
            </ol>`
    }
  </article>`;
}

function surenessOf(confidence: number): Markup {
  const percent = Math.round(100 * confidence);
  return html`<span class="sure small muted"
    ><svg width="60" height="6" viewBox="0 0 60 6" aria-hidden="true">
      <rect width="60" height="6" fill="var(--rule)" />
      <rect width="${(0.6 * percent).toFixed(1)}" height="6" fill="var(--collapse)" /></svg
    >${percent} % sure</span
  >`;
}

function cureItem({ id, title, why, paper, from, changes }: CureRecord, run: string): Markup {
  const settings = Object.entries(changes);
  return html`<li>
    <h4>${title}</h4>
    <p>${why} ${paper ? html`<span class="muted">${paper}</span>` : undefined}</p>
    ${
      settings.length === 0
        ? undefined
        : html`<p class="muted">
              Sets <code>${settings.map(([name, value]) => `${name}=${value}`).join(', ')}</code>,
              ${from === 'start' ? 'from the start' : 'from the last good checkpoint'}:
            </p>
            ${commandOf(['karst', 'cure', run, '--apply', id])}`
    }
  </li>`;
}
