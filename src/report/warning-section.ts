// What training was warned of, and the same codes drawn before the trouble was seen and when it was told.
import { html, type Markup } from './markup.ts';
import { figureOf, type Picture } from './page.ts';
import { count } from './words.ts';

export interface Warned {
  /** Causes that were first seen and told at the same looks share their pictures. */
  readonly told: readonly { readonly step: number; readonly text: string }[];
  /** Before and after, as far as checkpoints are kept. */
  readonly pictures: readonly Picture[];
}

export const warningSection = (warned: readonly Warned[]): Markup =>
  html`${warned.map(
    ({ told, pictures }) =>
      html`<article class="warning">
        ${told.map(
          ({ step, text }) =>
            html`<p>
              <span class="collapse">Step <span class="number">${count(step)}</span></span> ${text}
            </p>`,
        )}
        <div class="columns">${pictures.map(figureOf)}</div>
      </article>`,
  )}`;
