// What a sample grid is drawn in: ink on paper, or paper on ink, the page's own colours (renderer/look/tokens.css).
import type { GridTheme } from '../protocol/engine-api.ts';
import type { Colour } from './raster.ts';

export interface SheetColours {
  readonly panel: Colour;
  readonly rule: Colour;
  readonly contour: Colour;
  readonly ink: Colour;
  readonly accent: Colour;
}

export const sheetColours: Readonly<Record<GridTheme, SheetColours>> = {
  light: {
    panel: [0xfb, 0xf8, 0xf1],
    rule: [0xdd, 0xd5, 0xc5],
    contour: [0x9a, 0x8f, 0x79],
    ink: [0x1f, 0x26, 0x2d],
    accent: [0x1c, 0x6a, 0x94],
  },
  dark: {
    panel: [0x17, 0x1c, 0x22],
    rule: [0x2a, 0x33, 0x3d],
    contour: [0x6f, 0x84, 0x96],
    ink: [0xec, 0xe6, 0xda],
    accent: [0x7c, 0xc4, 0xe8],
  },
};

/** Between pictures, whose own ground may be of any colour: white, or the rule of the dark. */
export const pictureLine: Readonly<Record<GridTheme, Colour>> = { light: [255, 255, 255], dark: sheetColours.dark.rule };
