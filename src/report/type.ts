// The type of the app inside a page to keep, so that it looks the same on every machine: bytes that whoever writes the page brings along (the SIL
// Open Font License of both families allows embedding). Without them the page takes what the machine has.
import { toBase64 } from '../base/bytes.ts';

export interface PageFont {
  readonly family: 'Source Sans 3' | 'IBM Plex Mono';
  /** “400”, or the range of a variable font, “200 900”. */
  readonly weight: string;
  readonly woff2: Uint8Array;
}

export const fontFaces = (fonts: readonly PageFont[]): string =>
  fonts
    .map(
      ({ family, weight, woff2 }) =>
        `@font-face{font-family:'${family}';font-weight:${weight};src:url(data:font/woff2;base64,${toBase64(woff2)}) format('woff2')}\n`,
    )
    .join('');
