// The landscape in a real Chromium with software GL: what it draws, picks, keeps and gives back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, openLaboratory, type LaboratoryPage } from './chromium.ts';

const found = chromiumPath();
if (!found)
  console.warn('tests/scene/landscape.test.ts not run: no Chromium at /usr/bin/chromium, in KARST_CHROMIUM or from Playwright');

describe.skipIf(!found)('the landscape', () => {
  let laboratory: LaboratoryPage;
  beforeAll(async () => {
    laboratory = await openLaboratory();
  });
  afterAll(async () => {
    await laboratory.close();
  });

  test('draws 100,000 points in one call and picks the front one at any place, exactly', async () => {
    const result = await laboratory.page.evaluate(async () => {
      const L = window.laboratory;
      const map = L.open('dark');
      const count = 100_000;
      const { positions, labels } = L.clusters(count, 10, 1);
      // Seven known points, nearer than all others and far apart, at indices whose every byte matters.
      const known = [0, 1, 255, 256, 65_535, 65_536, 99_999];
      map.setPoints({ dims: 3, count, positions });
      map.setColours(L.labelColours(labels, true));
      await L.still();
      const view = map.view();
      known.forEach((index, k) => {
        const [fx, fy] = [Math.sin(view.azimuth) * Math.cos(view.elevation), Math.cos(view.azimuth) * Math.cos(view.elevation)];
        const back = view.distance * 0.55;
        const across = (k - 3) * 0.8;
        positions.set([view.target[0] - fx * back + Math.cos(view.azimuth) * across, view.target[1] - fy * back - Math.sin(view.azimuth) * across, view.target[2] + Math.sin(view.elevation) * back], 3 * index);
      });
      map.setPoints({ dims: 3, count, positions }, { fit: 'never' });
      await L.still();
      const picks: { index: number; picked: number | undefined }[] = [];
      for (const index of known) {
        const at = map.screenPosition(index);
        picks.push({ index, picked: at && (await map.pick(at.x, at.y)) });
      }
      return { picks, stats: map.stats(), corner: await map.pick(3, 3) };
    }); // prettier-ignore
    for (const { index, picked } of result.picks) expect(picked).toBe(index);
    expect(result.corner).toBeUndefined();
    expect(result.stats.points).toBe(100_000);
    expect(result.stats.pointDrawCalls).toBe(1);
    expect(result.stats.drawCalls).toBeLessThanOrEqual(8);
  });

  test('picks a point a few pixels beside it, never a hidden one, and sprites like points', async () => {
    const result = await laboratory.page.evaluate(async () => {
      const L = window.laboratory;
      const map = L.open('light');
      map.setPoints({ dims: 2, count: 4, positions: Float32Array.from([0, 0, 10, 0, 10, 10, 0, 10]) });
      await L.still();
      const at = (i: number): { x: number; y: number } => map.screenPosition(i) ?? { x: -1, y: -1 };
      const beside = await map.pick(at(2).x + 8, at(2).y);
      const far = await map.pick(at(2).x + 40, at(2).y);
      map.setVisible(Uint8Array.from([1, 1, 0, 1]));
      await L.still();
      const hidden = await map.pick(at(2).x, at(2).y);
      map.setVisible(undefined);
      map.setThumbnails({
        samples: { kind: 'pictures', count: 1, width: 2, height: 2, channels: 3, data: new Uint8Array(12).fill(200) },
        indices: Int32Array.from([2]),
        mode: 'always',
      });
      await L.still();
      const sprite = await map.pick(at(2).x + 20, at(2).y);
      return { beside, far, hidden, sprite };
    });
    expect(result).toEqual({ beside: 2, far: undefined, hidden: undefined, sprite: 2 });
  });

  test('fits all points into the window, clear of what the page covers', async () => {
    const outside = await laboratory.page.evaluate(async () => {
      const L = window.laboratory;
      const map = L.open('dark');
      const padding = { top: 80, right: 120, bottom: 60, left: 20 };
      map.setPadding(padding);
      const outside: number[] = [];
      for (const dims of [2, 3] as const) {
        const { positions } = L.clusters(3000, 5, 8, dims);
        map.setPoints({ dims, count: 3000, positions });
        for (const azimuth of [0, 2]) {
          map.setView({ ...map.view(), azimuth: dims === 3 ? azimuth : 0 });
          map.fit();
          await L.still(60);
          for (let i = 0; i < 3000; i++) {
            const at = map.screenPosition(i);
            if (!at || at.x < padding.left - 1 || at.x > 901 - padding.right || at.y < padding.top - 1 || at.y > 601 - padding.bottom) outside.push(dims, azimuth, i, at?.x ?? -1, at?.y ?? -1); // prettier-ignore
          }
        }
      }
      return outside;
    });
    expect(outside).toEqual([]);
  });

  test('draws only on demand: nothing while nothing moves, one picture for a change', async () => {
    const frames = await laboratory.page.evaluate(async () => {
      const L = window.laboratory;
      const map = L.open('dark');
      const { positions, labels } = L.clusters(2000, 5, 2);
      map.setPoints({ dims: 3, count: 2000, positions });
      const before = await L.still();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const idle = map.stats().frames - before;
      map.setColours(L.labelColours(labels, true));
      map.setHighlight([1, 2, 3]);
      map.setMarkers({ selected: 4 });
      await L.still();
      return { idle, change: map.stats().frames - before };
    });
    expect(frames).toEqual({ idle: 0, change: 1 });
  });

  test('eases points to their new places and the camera to its goal, then stands still', async () => {
    const result = await laboratory.page.evaluate(async () => {
      const L = window.laboratory;
      const map = L.open('light', { reducedMotion: false });
      const first = L.clusters(500, 4, 3).positions;
      const second = L.clusters(500, 4, 4).positions;
      map.setPoints({ dims: 3, count: 500, positions: first });
      await L.still();
      map.setPoints({ dims: 3, count: 400, positions: second }, { fit: 'never' });
      const before = map.stats().frames;
      const start = map.screenPosition(7);
      await L.still();
      const end = map.screenPosition(7);
      const eased = map.stats().frames - before;
      map.setReducedMotion(true);
      map.setPoints({ dims: 3, count: 400, positions: second }, { fit: 'never' });
      await L.still();
      return { start, end, target: map.screenPosition(7), eased, points: map.stats().points };
    });
    expect(result.eased).toBeGreaterThan(2);
    expect(result.end).toEqual(result.target);
    expect(result.start).not.toEqual(result.end);
    expect(result.points).toBe(400);
  });

  test('loses its context and comes back with the same picture', async () => {
    const result = await laboratory.page.evaluate(async () => {
      const L = window.laboratory;
      const map = L.open('dark');
      const { positions, labels } = L.clusters(2000, 5, 2);
      map.setPoints({ dims: 3, count: 2000, positions });
      map.setColours(L.labelColours(labels, true));
      map.setPath({ dims: 3, count: 3, positions: Float32Array.from([0, 0, 0, 1, 1, 1, 3, 0, 1]) });
      await L.still();
      const pixels = async (): Promise<number[]> => {
        const bitmap = await createImageBitmap(await map.picture());
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext('2d');
        context?.drawImage(bitmap, 0, 0);
        return [...(context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [])];
      };
      const before = await pixels();
      const loss = (map.canvas.getContext('webgl2') as WebGL2RenderingContext).getExtension('WEBGL_lose_context');
      loss?.loseContext();
      await new Promise((resolve) => setTimeout(resolve, 100));
      const lost = map.stats().contextLost;
      const pickedWhileLost = await map.pick(450, 300);
      map.setHighlight(undefined);
      loss?.restoreContext();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await L.still();
      const after = await pixels();
      const at = map.screenPosition(11);
      const picked = at && (await map.pick(at.x, at.y));
      let different = 0;
      for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) different++;
      const colours = new Set<number>();
      for (let i = 0; i < before.length; i += 4) colours.add((before[i] ?? 0) * 65536 + (before[i + 1] ?? 0) * 256 + (before[i + 2] ?? 0));
      return { lost, pickedWhileLost, different, colours: colours.size, ground: before.slice(0, 3), picked: typeof picked, events: L.events.map(([name]) => name) };
    }); // prettier-ignore
    expect(result.lost).toBe(true);
    expect(result.pickedWhileLost).toBeUndefined();
    expect(result.different).toBe(0);
    expect(result.colours).toBeGreaterThan(50);
    // The ground is the token, not something near it.
    expect(result.ground).toEqual([0x12, 0x16, 0x1b]);
    expect(result.picked).toBe('number');
    expect(result.events.filter((name) => name === 'lost' || name === 'restored')).toEqual(['lost', 'restored']);
  });

  test('a click takes the point that is pointed out, also where a new map has carried it away', async () => {
    const { page } = laboratory;
    const target = await page.evaluate(async () => {
      const L = window.laboratory;
      const map = L.open('light');
      map.setPoints({ dims: 2, count: 3, positions: Float32Array.from([0, 0, 8, 0, 4, 6]), ids: Int32Array.from([10, 11, 12]) });
      await L.still();
      return map.screenPosition(0) ?? { x: -1, y: -1 };
    });
    await page.mouse.move(target.x, target.y);
    await page.waitForFunction(() => window.laboratory.events.some(([name, index]) => name === 'hover' && index === 0));
    await page.evaluate(async () => {
      const L = window.laboratory;
      const positions = Float32Array.from([0, 0, 4, 6, 8, 0]); // row 11 lies where row 10 was
      L.landscape.setPoints({ dims: 2, count: 3, positions, ids: Int32Array.from([11, 12, 10]) });
      await L.still();
    });
    await page.mouse.click(target.x + 1, target.y); // a hand is never quite still
    await page.waitForFunction(() => window.laboratory.events.some(([name]) => name === 'pick'));
    const taken = await page.evaluate(() => window.laboratory.events.filter(([name]) => name !== 'view').map(([name, index]) => [name, index])); // prettier-ignore
    expect(taken).toEqual([['hover', 0], ['pick', 2]]); // prettier-ignore
    // Where the hand moves, what lies under it is meant again.
    await page.mouse.move(target.x + 7, target.y);
    await page.mouse.move(target.x, target.y);
    await page.waitForFunction(() => window.laboratory.events.at(-1)?.[0] === 'hover');
    expect(await page.evaluate(() => window.laboratory.events.at(-1)?.slice(0, 2))).toEqual(['hover', 0]);
  });

  test('tells what is hovered, picked and enclosed, and turns, moves and zooms under a hand', async () => {
    const { page } = laboratory;
    const places = await page.evaluate(async () => {
      const L = window.laboratory;
      const map = L.open('light');
      map.setPoints({ dims: 3, count: 5, positions: Float32Array.from([0, 0, 0, 4, 0, 0, 4, 4, 0, 0, 4, 0, 2, 2, 3]) });
      await L.still();
      return [0, 1, 2, 3, 4].map((i) => map.screenPosition(i) ?? { x: -1, y: -1 });
    });
    const target = places[2] as { x: number; y: number };
    await page.mouse.move(target.x + 1, target.y);
    await page.waitForFunction(() => window.laboratory.events.some(([name, index]) => name === 'hover' && index === 2));
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForFunction(() => window.laboratory.events.some(([name, index]) => name === 'pick' && index === 2));
    // Zooming under the pointer keeps the point under it.
    await page.mouse.wheel(0, -200);
    await page.evaluate(() => window.laboratory.still());
    const zoomed = await page.evaluate(() => window.laboratory.landscape.screenPosition(2) ?? { x: 0, y: 0 });
    expect(Math.hypot(zoomed.x - target.x, zoomed.y - target.y)).toBeLessThan(3);
    const turned = await page.evaluate(() => window.laboratory.landscape.view().azimuth);
    await page.mouse.move(40, 40);
    await page.mouse.down();
    await page.mouse.move(140, 60, { steps: 4 });
    await page.mouse.up();
    const after = await page.evaluate(() => window.laboratory.landscape.view());
    expect(after.azimuth - turned).toBeCloseTo(100 * 0.0055, 1);
    await page.evaluate(async () => {
      const L = window.laboratory;
      L.landscape.reset();
      L.landscape.setTool('rectangle');
      await L.still();
    });
    await page.mouse.move(2, 2);
    await page.mouse.down();
    await page.mouse.move(880, 590, { steps: 3 });
    await page.mouse.up();
    const selected = await page.evaluate(() => window.laboratory.events.filter(([name]) => name === 'select').map(([, indices]) => [...(indices as Int32Array)])); // prettier-ignore
    expect(selected).toEqual([[0, 1, 2, 3, 4]]);
    const next = await page.evaluate(() => {
      const map = window.laboratory.landscape;
      const left = map.pointTowards(2, 'left');
      return left !== undefined && (map.screenPosition(left)?.x ?? 1e9) < (map.screenPosition(2)?.x ?? 0);
    });
    expect(next).toBe(true);
  });

  test('refuses arrays of the wrong length, naming both sides', async () => {
    const messages = await laboratory.page.evaluate(() => {
      const map = window.laboratory.open('dark');
      map.setPoints({ dims: 3, count: 2, positions: new Float32Array(6) });
      const tries = [
        () => map.setColours(new Uint8Array(3)),
        () => map.setVisible(new Uint8Array(1)),
        () => map.setPoints({ dims: 3, count: 3, positions: new Float32Array(6) }),
      ];
      return tries.map((attempt) => {
        try {
          attempt();
          return 'accepted';
        } catch (error) {
          return error instanceof Error ? error.message : String(error);
        }
      });
    });
    expect(messages).toEqual(['expected 8 colours, got 3', 'expected 2 mask values, got 1', 'expected 3 × 3 coordinates of points, got 6']); // prettier-ignore
  });

  test('gives everything back: after dispose no GL object, element or listener is left', async () => {
    const result = await laboratory.page.evaluate(async () => {
      const L = window.laboratory;
      const cycle = async (): Promise<{ stats: unknown; living: Record<string, number>; elements: number }> => {
        const map = L.open('dark');
        for (const seed of [1, 2]) {
          const { positions, labels } = L.clusters(300 * seed, 5, seed);
          map.setPoints({ dims: 3, count: 300 * seed, positions });
          map.setColours(L.labelColours(labels, true));
          map.setPath({ dims: 3, count: 3, positions: Float32Array.from([0, 0, 0, 1, 1, 1, 3, 0, 1]) });
          map.setMarkers({ hovered: 1, selected: 2, a: 3, b: 4 });
          map.setLabels([{ text: 'seven', position: [0, 0, 0] }]);
          map.setSinkholes([{ rings: [Float32Array.from([0, 0, 1, 0, 1, 1, 0, 1])] }]);
          map.setThumbnails({
            samples: { kind: 'pictures', count: 3, width: 4, height: 4, channels: 1, data: new Uint8Array(48) },
            indices: Int32Array.from([1, 2, 3]),
            mode: 'always',
          });
          await L.still();
          await map.pick(400, 300);
        }
        map.dispose();
        map.dispose();
        const { geometries, textures, programs } = map.stats();
        return { stats: { geometries, textures, programs }, living: { ...L.living }, elements: document.querySelectorAll('#map *').length };
      };
      return [await cycle(), await cycle()];
    }); // prettier-ignore
    const [first, second] = result;
    for (const { stats, elements } of result) {
      expect(stats).toEqual({ geometries: 0, textures: 0, programs: 0 });
      expect(elements).toBe(0);
    }
    // What three.js itself makes once per context goes with the context; nothing of ours may be left before that.
    const grown = Object.fromEntries(Object.entries(second?.living ?? {}).map(([kind, n]) => [kind, n - (first?.living[kind] ?? 0)])); // prettier-ignore
    console.log('GL objects that three.js leaves to the context', JSON.stringify(grown));
    expect(grown['Buffer']).toBe(0);
    expect(grown['Program']).toBe(0);
  });

  test('measures its own frames', async () => {
    const times = await laboratory.page.evaluate(async () => {
      const map = window.laboratory.open('dark');
      map.setPoints({ dims: 3, count: 1000, positions: window.laboratory.clusters(1000, 5, 1).positions });
      await window.laboratory.still();
      return map.measureFrames(3);
    });
    expect(times).toHaveLength(3);
    for (const time of times) expect(time).toBeGreaterThan(0);
  });
});
