// Drawing against areas that geometry gives.
import { describe, expect, it } from 'vitest';
import { Raster } from '../../src/engine/raster.ts';

/** White on black: what is drawn is the share of each pixel. */
const area = ({ data }: Raster): number => data.reduce((sum, value) => sum + value, 0) / 3 / 255;
const blank = (): Raster => new Raster(60, 40, [0, 0, 0]);
const white = [255, 255, 255] as const;

describe('a raster', () => {
  it.each([1, 2.5, 7, 15.3])('draws discs of radius %d with their area, wherever they lie between pixels', (radius) => {
    for (const [x, y] of [[30, 20], [30.5, 20.5], [29.8, 20.3]] as const) {
      const drawn = blank();
      drawn.disc(x, y, radius, white);
      expect(Math.abs(area(drawn) / (Math.PI * radius ** 2) - 1)).toBeLessThan(radius < 2 ? 0.1 : 0.02);
    }
  }); // prettier-ignore

  it('draws lines with round ends with their area, in every direction', () => {
    for (const angle of [0, 0.3, Math.PI / 4, 1.2, Math.PI / 2]) {
      const drawn = blank();
      const [dx, dy] = [14 * Math.cos(angle), 14 * Math.sin(angle)];
      drawn.segment(30 - dx, 20 - dy, 30 + dx, 20 + dy, 3, white);
      expect(Math.abs(area(drawn) / (28 * 3 + Math.PI * 1.5 ** 2) - 1)).toBeLessThan(0.03);
    }
  });

  it('covers exactly the area of a rectangle between pixels', () => {
    const drawn = blank();
    drawn.rectangle(10.25, 5.5, 20.75, 8.125, white);
    expect(Math.abs(area(drawn) - 10.5 * 2.625)).toBeLessThan(0.05); // 8 bits a pixel
    expect(drawn.data[(6 * 60 + 12) * 3]).toBe(255);
    expect(drawn.data[(5 * 60 + 10) * 3]).toBe(Math.round(255 * 0.75 * 0.5));
  });

  it('mixes by opacity, and draws nothing outside', () => {
    const drawn = new Raster(10, 10, [200, 100, 0]);
    drawn.rectangle(-5, -5, 50, 50, [0, 100, 200], 0.25);
    expect([...drawn.data.slice(0, 3)]).toEqual([150, 100, 50]);
    const whole = blank();
    whole.disc(-30, 20, 10, white);
    whole.segment(0, 100, 60, 100, 3, white);
    whole.disc(Number.NaN, 20, 10, white);
    expect(area(whole)).toBe(0);
  });

  it('places one picture in another and leaves a copy alone', () => {
    const inner = new Raster(3, 2, [1, 2, 3]);
    const outer = blank();
    const copy = outer.copy();
    outer.place(inner, 57, 38);
    expect([...outer.data.slice((39 * 60 + 57) * 3)]).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(area(copy)).toBe(0);
  });
});
