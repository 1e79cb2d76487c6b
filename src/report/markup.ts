// HTML as a tagged template. Whatever is put into one is text and is escaped, unless it is markup itself: titles, paths and names of columns come
// from people and files, and none of them can become a tag.

export interface Markup {
  readonly markup: string;
}

/** What may stand in a template: nothing, words, numbers, markup, or a list of these. */
export type Child = Markup | string | number | undefined | readonly Child[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Fit for text and for quoted attributes. What no HTML may hold (control characters) and what would turn the text around it (overrides of
 * direction) becomes the sign for an unknown character.
 */
export const escaped = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/gu, (one) => (/[\t\n\r]/.test(one) ? one : '\uFFFD'))
    .replace(/[&<>"']/g, (one) => entities[one] as string);

export const html = (parts: TemplateStringsArray, ...children: readonly Child[]): Markup => ({
  markup: parts.reduce((text, part, i) => text + written(children[i - 1]) + part),
});

function written(child: Child): string {
  if (child === undefined) return '';
  if (typeof child === 'number') return String(child);
  if (typeof child === 'string') return escaped(child);
  return 'markup' in child ? child.markup : child.map(written).join('');
}

/** A style sheet of our own: no text of a run may come here. */
export const trusted = (markup: string): Markup => ({ markup });
