// Every pair of text and ground that the page uses is readable in both themes, and the collapse colour is nobody else's.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast, deltaE, parseColour } from '../../renderer/scene/colour.ts';
import { labelColour } from '../../renderer/scene/palette.ts';
import { sheetColours } from '../../src/engine/sheet-colours.ts';

const css = readFileSync(new URL('../../renderer/look/tokens.css', import.meta.url), 'utf8');
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)].map(([, name, light, dark]) => [name, { light, dark }] as const),
);
const colour = (name: string, theme: 'light' | 'dark') => parseColour(tokens.get(name)?.[theme] ?? 'missing');

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const grounds = ['ground', 'panel', 'raised'];
  it.each(['ink', 'text', 'muted', 'accent', 'collapse', 'good'])('reads %s at 4.5:1 on every ground', (name) => {
    for (const ground of grounds)
      expect(contrast(colour(name, theme), colour(ground, theme)), `on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });
  it('reads what stands on the accents', () => {
    expect(contrast(colour('on-accent', theme), colour('accent', theme))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour('on-collapse', theme), colour('collapse', theme))).toBeGreaterThanOrEqual(4.5);
  });
  it('outlines controls at 3:1', () => {
    for (const ground of grounds) expect(contrast(colour('edge', theme), colour(ground, theme))).toBeGreaterThanOrEqual(3);
  });
  it('keeps the collapse colour apart from accent and labels', () => {
    const collapse = colour('collapse', theme);
    expect(deltaE(collapse, colour('accent', theme))).toBeGreaterThan(15);
    for (let label = 0; label < 10; label++) expect(deltaE(collapse, labelColour(label, theme === 'dark'))).toBeGreaterThan(10);
  });
});

it('writes no colour anywhere but in the tokens', () => {
  const folder = new URL('../../renderer/', import.meta.url);
  const components = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte'));
  expect(components.length).toBeGreaterThan(20);
  for (const file of components) {
    const style = /<style>[\s\S]*<\/style>/.exec(readFileSync(new URL(file, folder), 'utf8'))?.[0] ?? '';
    expect(style, file).not.toMatch(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i);
  }
});

it.each(['light', 'dark'] as const)('has the colours that %s sample grids are drawn in', (theme) => {
  for (const [name, drawn] of Object.entries(sheetColours[theme])) {
    expect(
      colour(name, theme).map((value) => Math.round(255 * value)),
      name,
    ).toEqual(drawn);
  }
});
