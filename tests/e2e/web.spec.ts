// The whole of a first visit, in order: the first start trains by itself, the landscape fills, hovering shows, two clicks give a path, a
// grid is exported and read back, the server is restarted in the middle, and nothing is lost.
import AxeBuilder from '@axe-core/playwright';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, type Locator, type Page } from 'playwright/test';
import { karst, makeHome, removeHome, root, serve, type Served } from './server.ts';

test.describe.configure({ mode: 'serial' });

let home: string;
let server: Served;
let page: Page;
const faults: string[] = [];

test.beforeAll(async ({ browser }) => {
  home = await makeHome();
  server = await serve(home, '--port', '0');
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: 'dark' });
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  page.on('console', (message) => {
    // A lost connection is told by the browser itself; everything else on the console is a fault of ours.
    if (message.type() === 'error' && !/WebSocket|ERR_CONNECTION_REFUSED/.test(message.text())) faults.push(message.text());
  });
});

test.afterAll(async () => {
  await page.close();
  await server.stop();
  await removeHome(home);
});

/** The run in the library, whose status the page shows. */
const firstRun = (): Locator => page.getByTestId('run').first();

/** Moves the pointer over the map until a point answers. */
async function hoverSomePoint(from: number): Promise<{ x: number; y: number }> {
  const box = await page.getByTestId('map').boundingBox();
  if (!box) throw new Error('the map has no place on the page');
  for (let i = from; i < from + 60; i++) {
    const angle = i * 2.399963; // golden angle: spreads evenly over a disc
    const radius = 4 + 11 * Math.sqrt(i - from);
    const x = box.x + box.width / 2 + radius * Math.cos(angle);
    const y = box.y + box.height / 2 + radius * Math.sin(angle);
    await page.mouse.move(x, y);
    const card = page.getByTestId('hover-card');
    if (
      await card.waitFor({ timeout: 1200 }).then(
        () => true,
        () => false,
      )
    )
      return { x, y };
  }
  throw new Error('no point answered the pointer');
}

test('the first start trains on shapes by itself and fills the landscape', async () => {
  await page.goto(server.address);
  await expect(page).toHaveTitle(/Karst/);
  expect(page.url(), 'the key does not stay in the address').not.toContain(new URL(server.address).pathname.slice(6));
  await expect(firstRun()).toBeVisible();
  await expect(page.getByTestId('map-title')).toContainText(/1,000 rows of Shapes/);
  await expect(page.getByTestId('run-status')).toContainText(/step/);
  await expect(page.getByTestId('curves').getByRole('img').first()).toBeVisible();
});

test('points move while it trains', async () => {
  const steps = async (): Promise<number> =>
    Number(/step ([\d,]+)/.exec((await page.getByTestId('map-title').textContent()) ?? '')?.[1]?.replaceAll(',', '') ?? -1);
  const before = await steps();
  await expect.poll(steps, { timeout: 90_000 }).toBeGreaterThan(before);
});

test('hovering shows original and reconstruction, two clicks give a path', async () => {
  const first = await hoverSomePoint(0);
  await expect(page.getByTestId('hover-card')).toHaveAttribute('data-loaded', 'true');
  await expect(page.getByTestId('hover-card').getByRole('img')).toHaveCount(2);
  await page.mouse.click(first.x, first.y);
  await expect(page.getByTestId('neighbours').getByRole('listitem').first()).toBeVisible();
  await expect(page.getByTestId('traversal')).toBeVisible();
  await page.mouse.move(5, 5);
  const second = await hoverSomePoint(25);
  await page.mouse.click(second.x, second.y);
  await expect(page.getByTestId('filmstrip').getByRole('listitem')).toHaveCount(8);
});

test('a sample grid is exported, and tells where it came from', async () => {
  await page.getByRole('button', { name: 'Sample grid' }).click();
  await expect(page.getByTestId('grid-preview')).toBeVisible();
  await page.getByRole('button', { name: 'Save in the run' }).click();
  await expect(page.getByTestId('grid-saved')).toContainText('.png');
  const saved = await page.getByTestId('grid-saved').locator('.path').textContent();
  await page.getByRole('button', { name: 'Close' }).click();
  const inspected = JSON.parse(await karst('inspect', saved?.trim() ?? '', '--json', '--home', home)) as Record<string, unknown>;
  expect(inspected).toMatchObject({ kind: 'grid', provenance: { run: 'first-shapes', kind: 'prior', rows: 8, cols: 8 } });
  const bytes = await readFile(saved?.trim() ?? '');
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
});

test('the page is usable by those who cannot see it', async () => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
});

test('it is seen in dark and light, small and large', async () => {
  const folder = path.join(root, 'artefacts/screens');
  for (const [width, height] of [
    [1280, 720],
    [1920, 1080],
  ] as const) {
    for (const scheme of ['dark', 'light'] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForTimeout(1500); // panels ease, the map fits itself
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, 'nothing sticks out sideways').toBeLessThanOrEqual(0);
      await page.screenshot({ path: path.join(folder, `landscape-${width}x${height}-${scheme}.png`) });
    }
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.emulateMedia({ colorScheme: 'dark' });
});

test('the server restarts in the middle: the page reconnects and loses nothing', async () => {
  await server.stop();
  await expect(page.getByTestId('connection')).toBeVisible();
  server = await serve(home, '--port', String(server.port));
  await expect(page.getByTestId('connection')).toBeHidden();
  await expect(firstRun()).toHaveAttribute('data-run', 'first-shapes');
  await expect(page.getByTestId('map-title')).toContainText(/1,000 rows of Shapes/);
  await expect(page.getByTestId('filmstrip').getByRole('listitem')).toHaveCount(8);
  await expect(firstRun()).toHaveAttribute('data-status', /^(paused|finished)$/);
  if ((await firstRun().getAttribute('data-status')) === 'paused') {
    await page.getByRole('button', { name: 'Resume' }).first().click();
    await expect(firstRun()).toHaveAttribute('data-status', 'training');
  }
});

test('nothing went wrong on the console', () => {
  expect(faults).toEqual([]);
});
