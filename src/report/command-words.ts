// A command as a person can paste it into a shell, and as a page shows it: lines end between an option with its value and the next, never
// behind the dashes of one, and what is copied is one line.
import { html, type Markup } from './markup.ts';

/** A word with anything but plain characters is put between single quotes. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Words that stay on one line where there is room: the command with what it is about, each option with its value. */
export function commandParts(words: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (const word of words) {
    if (parts.length === 0 || word.startsWith('--')) parts.push([]);
    (parts.at(-1) as string[]).push(word);
  }
  return parts;
}

export const commandOf = (words: readonly string[]): Markup => {
  const parts = commandParts(words).map((part) => html`<span class="part">${inPart(part)}</span>`);
  return html`<pre><code>${parts.flatMap((part, i) => (i === 0 ? [part] : [' ', part]))}</code></pre>`;
};

/** A name never breaks; a value does where it is wider than the page. */
const inPart = (words: readonly string[]): Markup[] =>
  words.map(
    (word, i) => html`${i === 0 ? '' : ' '}${word.startsWith('--') ? html`<span class="name">${word}</span>` : shellWord(word)}`,
  );
