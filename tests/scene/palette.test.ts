import { describe, expect, test } from 'vitest';
import { contrast, deltaE, fromOklab, parseColour, seenWith, toHex, toOklab, type Rgb } from '../../renderer/scene/colour.ts';
import { DISTINCT_LABELS, labelColour, labelColours, limitsOf, valueColour, valueColours } from '../../renderer/scene/palette.ts';

const grounds = { dark: parseColour('#12161b'), light: parseColour('#f6f2e9') };
const collapse = { dark: parseColour('#ff9a3d'), light: parseColour('#c8560a') };
const eyes: Readonly<Record<string, (colour: Rgb) => Rgb>> = {
  'all cones': (colour) => colour,
  'no red cones': (colour) => seenWith('protanopia', colour),
  'no green cones': (colour) => seenWith('deuteranopia', colour),
};

describe('colour arithmetic', () => {
  test('reads what CSS tokens hold, and says what it expected otherwise', () => {
    expect(parseColour('#f80')).toEqual(parseColour('rgb(255, 136, 0)'));
    expect(parseColour(' #FF8800 ')).toEqual(parseColour('rgb(255 136 0)'));
    expect(() => parseColour('orange')).toThrow(/expected a colour as #rgb.*"orange"/);
  });

  test('OKLab has the published values of red, and comes back', () => {
    // Ottosson's page and CSS Color 4: #ff0000 = oklab(0.628 0.225 0.126).
    expect(toOklab([1, 0, 0]).map((v) => Math.round(v * 1000) / 1000)).toEqual([0.628, 0.225, 0.126]);
    for (const hex of ['#000000', '#ffffff', '#1c6a94', '#ff9a3d']) expect(toHex(fromOklab(toOklab(parseColour(hex))))).toBe(hex);
  });

  test('contrast has its known ends', () => {
    expect(contrast([0, 0, 0], [1, 1, 1])).toBeCloseTo(21, 6);
    expect(contrast(parseColour('#767676'), [1, 1, 1])).toBeCloseTo(4.54, 2);
  });

  test('dichromats see greys as they are and confuse red with green', () => {
    for (const kind of ['protanopia', 'deuteranopia', 'tritanopia'] as const) {
      expect(deltaE(seenWith(kind, [0.5, 0.5, 0.5]), [0.5, 0.5, 0.5])).toBeLessThan(0.1);
    }
    const [red, green] = [parseColour('#c0504d'), parseColour('#6f7d2c')];
    expect(deltaE(seenWith('deuteranopia', red), seenWith('deuteranopia', green))).toBeLessThan(0.5 * deltaE(red, green));
  });
});

describe.each(['dark', 'light'] as const)('label colours in %s', (theme) => {
  const dark = theme === 'dark';
  const colours = Array.from({ length: DISTINCT_LABELS }, (_, label) => labelColour(label, dark));

  test.each(Object.entries(eyes))('differ from each other and from collapse, to eyes with %s', (_, see) => {
    const seen = colours.map(see);
    for (let i = 0; i < seen.length; i++) {
      for (let j = 0; j < i; j++) expect(deltaE(seen[i] as Rgb, seen[j] as Rgb), `${i} and ${j}`).toBeGreaterThan(6.5);
      expect(deltaE(seen[i] as Rgb, see(collapse[theme])), `${i} and collapse`).toBeGreaterThan(6);
    }
  });

  test('stand out from the ground and leave the colour of collapse alone', () => {
    for (const [i, colour] of colours.entries()) {
      expect(contrast(colour, grounds[theme]), String(i)).toBeGreaterThan(3);
      expect(deltaE(colour, collapse[theme]), String(i)).toBeGreaterThan(15);
    }
  });

  test('are others again after ten, and grey where unknown', () => {
    const thirty = Array.from({ length: 30 }, (_, label) => toHex(labelColour(label, dark)));
    expect(new Set(thirty).size).toBe(30);
    const [, a, b] = toOklab(labelColour(-1, dark));
    expect(Math.hypot(a, b)).toBeLessThan(0.03);
  });
});

describe.each([true, false])('value colours (dark %s)', (dark) => {
  test('are perceptually uniform: equal steps look equal', () => {
    const steps = Array.from({ length: 16 }, (_, k) => deltaE(valueColour(k / 16, dark), valueColour((k + 1) / 16, dark)));
    const mean = steps.reduce((a, b) => a + b, 0) / steps.length;
    for (const step of steps) expect(Math.abs(step / mean - 1)).toBeLessThan(0.12);
  });

  test('run one way in lightness, the highest standing out most', () => {
    const lightness = Array.from({ length: 32 }, (_, k) => toOklab(valueColour(k / 31, dark))[0]);
    for (let k = 1; k < 32; k++)
      expect(((lightness[k] as number) - (lightness[k - 1] as number)) * (dark ? 1 : -1)).toBeGreaterThan(-1e-3);
    const ground = grounds[dark ? 'dark' : 'light'];
    expect(contrast(valueColour(1, dark), ground)).toBeGreaterThan(9);
    expect(contrast(valueColour(0, dark), ground)).toBeGreaterThan(1.4);
  });
});

test('arrays of colours are bytes with full opacity, limits leave out strays', () => {
  const labels = labelColours([0, 1, -1], true);
  expect([...labels.slice(0, 4)]).toEqual([...labelColour(0, true).map((v) => Math.round(v * 255)), 255]);
  const values = Float32Array.from({ length: 101 }, (_, i) => (i === 100 ? 1e9 : i));
  expect(limitsOf(values)).toEqual([2, 98]);
  const colours = valueColours(values, true);
  expect(colours.slice(400, 404)).toEqual(colours.slice(396, 400));
  expect(valueColours(Float32Array.from([5, 5]), true).length).toBe(8);
});
