// What training was warned of, and the same codes drawn before the trouble was seen and when it was told.
import { html, type Markup } from './markup.ts';
import { figureOf, type Picture } from './page.ts';
import { count } from './words.ts';

export interface Warned {
  readonly step: number;
  /** The step of the first look that found it. */
  readonly since: number;
  readonly text: string;
  /** Before and after, as far as checkpoints are kept. */
  readonly pictures: readonly Picture[];
}

export const warningSection = (warned: readonly Warned[]): Markup =>
  html`${warned.map(
    ({ step, text, pictures }) =>
      html`<article class="warning">
        <p>
          <span class="collapse">Step <span class="number">${count(step)}</span></span> ${text}
        </p>
        <div class="columns">${pictures.map(figureOf)}</div>
      </article>`,
  )}`;
