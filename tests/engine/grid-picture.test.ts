// A sheet of pictures: every sample pixel where it belongs, and the line between them.
import { expect, it } from 'vitest';
import { gridPicture } from '../../src/engine/grid-picture.ts';
import { pictureLine } from '../../src/engine/sheet-colours.ts';

it('lays pictures out in reading order, each pixel repeated, a line between them', () => {
  const grey = { kind: 'pictures', count: 3, height: 1, width: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) } as const;
  const { width, height, data } = gridPicture(grey, 2, 2, 1, pictureLine.light);
  expect([width, height]).toEqual([5, 3]);
  expect([...data]).toEqual([1, 2, 255, 3, 4, ...new Array<number>(5).fill(255), 5, 6, 255, 255, 255]);
  const twice = gridPicture(grey, 2, 2, 2, pictureLine.light);
  expect([twice.width, twice.height, ...twice.data.slice(10, 20)]).toEqual([10, 6, 1, 1, 2, 2, 255, 255, 3, 3, 4, 4]);
});

it('draws the line of the dark in colour, and as bright in grey', () => {
  const colour = { kind: 'pictures', count: 2, height: 1, width: 1, channels: 3, data: Uint8Array.of(9, 8, 7, 6, 5, 4) } as const;
  const [red, green, blue] = pictureLine.dark;
  expect([...gridPicture(colour, 1, 2, 1, pictureLine.dark).data]).toEqual([9, 8, 7, red, green, blue, 6, 5, 4]);
  const grey = { ...colour, channels: 1, data: Uint8Array.of(9, 6) } as const;
  const [first, line, last] = gridPicture(grey, 1, 2, 1, pictureLine.dark).data;
  expect([first, last]).toEqual([9, 6]);
  expect(line).toBe(49); // 0.299 · 42 + 0.587 · 51 + 0.114 · 61
});
