// One HTML file that stands by itself: no scripts, nothing loaded from anywhere (it says so to the browser, too), every picture inside.
import { toBase64 } from '../base/bytes.ts';
import { html, trusted, type Child, type Markup } from './markup.ts';
import { style } from './style.ts';
import { fontFaces, type PageFont } from './type.ts';

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";

export function page(title: string, body: Child, fonts: readonly PageFont[]): string {
  return `${
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="referrer" content="no-referrer" />
          <title>${title}</title>
          <style>
            ${trusted(fontFaces(fonts) + style)}
          </style>
        </head>
        <body>
          ${body}
        </body>
      </html> `.markup
  }`;
}

/** A picture as PNG, ink on paper and paper on ink. */
export interface Picture {
  readonly title: string;
  /** What is to be seen, for those who do not see it. */
  readonly alt: string;
  readonly light: Uint8Array;
  readonly dark: Uint8Array;
  /** Of the PNG, pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels each stand for one of a sample, and must stay sharp. */
  readonly isPixels: boolean;
}

export function figureOf({ title, alt, light, dark, width, height, isPixels }: Picture): Markup {
  const sources = [light, dark].map((png) => `data:image/png;base64,${toBase64(png)}`);
  const [onPaper, onInk] = sources as [string, string];
  return html`<figure>
    <figcaption>${title}</figcaption>
    <picture>
      ${onPaper === onInk ? undefined : html`<source media="screen and (prefers-color-scheme: dark)" srcset="${onInk}" />`}
      <img class="${isPixels ? 'pixels' : 'plot'}" src="${onPaper}" width="${width}" height="${height}" alt="${alt}" />
    </picture>
  </figure>`;
}
