// The page as a person meets it, in a real Chromium, on an engine made up for tests.
import { AxeBuilder } from '@axe-core/playwright';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Page as PageState } from '../../renderer/state/page.svelte.ts';
import { chromiumPath } from '../scene/chromium.ts';
import { servePage, type ServedPage } from './served-page.ts';

const found = chromiumPath();
if (!found)
  console.warn('tests/renderer/page.test.ts not run: no Chromium at /usr/bin/chromium, in KARST_CHROMIUM or from Playwright');

interface Fake {
  refuse: boolean;
  cut(): void;
  readonly page: PageState;
}
declare global {
  interface Window {
    readonly fake: Fake;
  }
}

describe.skipIf(!found)('the page', () => {
  let served: ServedPage;
  let page: Page;
  beforeAll(async () => {
    served = await servePage();
  });
  afterAll(async () => {
    await served.close();
    expect(served.problems).toEqual([]);
  });
  afterEach(async () => {
    await page.context().close();
  });
  const mapped = (): Promise<unknown> => page.waitForSelector('[data-testid=landscape][data-points="4000"]');
  /** By every rule in the dark; the light theme differs in nothing but colours. A dialog is all that can be reached while it is open. */
  async function faults(part?: string): Promise<string[]> {
    const of = (): AxeBuilder => (part ? new AxeBuilder({ page }).include(part) : new AxeBuilder({ page }));
    const dark = await of().analyze();
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await of().withRules(['color-contrast']).analyze();
    await page.emulateMedia({ colorScheme: 'dark' });
    return [...dark.violations, ...light.violations].map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`); // prettier-ignore
  }

  /** Draws around the middle of the map, so much of it. */
  async function lasso(share: number): Promise<void> {
    const box = await page.getByTestId('map').boundingBox();
    if (!box) throw new Error('the map has no place on the page');
    const at = (turn: number): [number, number] => [
      box.x + box.width * (0.5 + 0.5 * share * Math.cos(2 * Math.PI * turn)),
      box.y + box.height * (0.5 + 0.5 * share * Math.sin(2 * Math.PI * turn)),
    ];
    await page.mouse.move(...at(0));
    await page.mouse.down();
    for (let i = 1; i < 12; i++) await page.mouse.move(...at(i / 12));
    await page.mouse.up();
  }
  const selected = async (): Promise<number> =>
    Number(/^([\d,]+) rows? selected/.exec((await page.getByTestId('selected-rows').innerText()).trim())?.[1]?.replaceAll(',', '') ?? NaN); // prettier-ignore

  test('has nothing for axe to object to, in the dark and in the light theme', async () => {
    page = await served.open('', { colorScheme: 'dark', withoutWebGl: true });
    await mapped();
    await page.getByText('Other cures').first().click();
    await page.getByTestId('verdict').getByText('Poor data').click();
    await page.getByText('Why', { exact: true }).click();
    await page.getByRole('button', { name: 'Coverage' }).click();
    expect(await faults()).toEqual([]);
    await page.evaluate(() => window.fake.page.selection.selectAll());
    await page.getByRole('button', { name: 'Decode these' }).click();
    await page.getByTestId('decoded-rows').getByRole('listitem').first().waitFor();
    expect(await faults()).toEqual([]);
    await page.getByRole('button', { name: 'New run' }).click();
    await page.getByRole('dialog').getByLabel('Preset').selectOption('digits');
    await page.getByRole('dialog').getByLabel('Learning rate').fill('0.002');
    await page.getByText('More settings').click();
    expect(await faults('dialog')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Sample grid' }).click();
    await page.getByTestId('grid-preview').waitFor();
    expect(await faults('dialog')).toEqual([]);
  });

  test('says what is the matter and how sure that is, and tries the cure in a branch', async () => {
    page = await served.open('', { withoutWebGl: true });
    const leading = page.locator('[data-testid=cause][data-cause=posterior-collapse]');
    await leading.getByText('83 % sure').waitFor();
    await leading.getByText('Told at step 340, seen since step 260.').waitFor();
    await leading.getByRole('img', { name: 'Samples at step' }).nth(1).waitFor();
    expect(await leading.getByRole('list', { name: 'Evidence' }).getByRole('listitem').allInnerTexts()).toEqual(
      ['+', '+', '−'].map((mark) => expect.stringContaining(mark) as string),
    );
    await page.getByTestId('verdict').getByText('Poor data').click();
    expect(await page.locator('[data-cure=more-data]').getByRole('button').count()).toBe(0); // advice
    await page.getByRole('button', { name: 'Try this: Lower beta to 1' }).click();
    await page.locator('[data-testid=run][data-run=digits-beta-4-lower-beta]').waitFor();
    await page.getByText('“digits, beta 4” is paused and kept as it was.').waitFor();
    await page.locator('[data-testid=verdict][data-state=healthy]').waitFor();
    const words = 'Branch of digits, beta 4 at step 500, trying “Lower beta to 1”';
    expect((await page.getByTestId('branch').innerText()).replace(/\s+/g, ' ')).toBe(`${words}.`);
    expect(await page.locator('[data-testid=run] .read-aloud').allTextContents()).toEqual([expect.stringContaining(words)]);
    await page.getByTestId('branch').getByRole('button', { name: 'digits, beta 4' }).click();
    await page.locator('[data-testid=run][data-run=digits-beta-4] [aria-current=true]').waitFor();
    expect(await page.getByTestId('branch').count()).toBe(0);
  });

  test('walks from point to point and decodes a path with the keyboard alone', async () => {
    page = await served.open();
    await mapped();
    await page.getByTestId('map').focus();
    await page.keyboard.press('n');
    await page.locator('[data-testid=hover-card][data-loaded=true]').waitFor();
    expect(await page.getByTestId('hover-card').getByRole('img').count()).toBe(2);
    // The map itself: axe reads every element three times, which is slow beside a software GL.
    const { violations } = await new AxeBuilder({ page }).include('[data-testid=landscape]').analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByTestId('traversal').waitFor();
    expect(await page.getByTestId('selection').locator('tbody tr').count()).toBe(13); // A and its twelve neighbours
    for (const key of ['d', 'd', 'd', 'Enter']) await page.keyboard.press(key);
    await page.getByTestId('filmstrip').waitFor();
    expect(await page.getByTestId('filmstrip').getByRole('listitem').count()).toBe(8);
    expect(await page.getByTestId('path').textContent()).toContain('11 of 15');
    await page.keyboard.press('Escape'); // the point pointed at
    await page.keyboard.press('Escape'); // the points picked
    await page.getByTestId('bench-empty').waitFor();
  });

  test('selects rows by a lasso, and decodes, draws and exports them', async () => {
    page = await served.open();
    await mapped();
    await page.getByTestId('map').focus();
    await page.keyboard.press('l');
    await page.getByText('Draw around points to select their rows').waitFor();
    await lasso(0.2);
    const few = await selected();
    expect(few).toBeGreaterThan(10);
    await lasso(0.4); // in place of those before
    const many = await selected();
    expect(many).toBeGreaterThan(few);
    expect(many).toBeLessThan(4000);
    await page.keyboard.down('Alt');
    await lasso(0.2);
    await page.keyboard.up('Alt');
    expect(await selected()).toBe(many - few);

    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save CSV' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('karst-rows-digits-beta-4.csv');
    const [head, ...rows] = (await readFile(await saved.path(), 'utf8')).trim().split('\n');
    expect([head?.startsWith('row,label,x,y,z,'), rows.length, new Set(rows).size]).toEqual([true, many - few, many - few]);
    expect(rows.every((row) => /^\d*[02468],\d,-?\d/.test(row))).toBe(true); // the map's rows are even

    const classes = page.getByRole('list', { name: 'Classes of the selected rows' }).getByRole('button');
    const counts = (await classes.allInnerTexts()).map((text) => Number(text.split(' ').at(-1)?.replaceAll(',', '')));
    expect(counts.length).toBeGreaterThan(0);
    expect(counts.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(many - few);
    await page.getByLabel('First of the selected rows').getByRole('img').first().waitFor();
    await page.getByRole('button', { name: 'Only these' }).click();
    expect(await page.getByRole('button', { name: 'Only these' }).getAttribute('aria-pressed')).toBe('true');

    await page.getByRole('button', { name: 'Decode these' }).click();
    await page.getByTestId('decoded-rows').getByRole('listitem').first().waitFor();
    expect(await page.getByTestId('decoded-rows').getByRole('listitem').count()).toBe(Math.min(60, many - few));
    await page.getByRole('button', { name: 'Grid of these' }).click();
    await page.getByTestId('grid-preview').waitFor();
    expect(await page.getByLabel(/Only the [\d,]+ selected rows/).isChecked()).toBe(true);
    await page.keyboard.press('Escape');

    await page.getByTestId('map').focus();
    await page.keyboard.press('Escape'); // the lasso
    expect(await page.getByRole('button', { name: 'Lasso' }).getAttribute('aria-pressed')).toBe('false');
    expect(await selected()).toBe(many - few);
    await page.keyboard.press('Escape'); // the rows
    await page.getByTestId('selected-rows').waitFor({ state: 'detached' });
    await page.keyboard.press('n');
    await page.getByTestId('hover-card').waitFor();
    await page.keyboard.press('Shift+Enter');
    expect(await selected()).toBe(1);
  });

  test('draws rows of two numbers as places among the data, in the card, the strips and the path', async () => {
    page = await served.open('?plane', { withoutWebGl: true });
    await mapped();
    expect(await page.getByRole('group', { name: 'Colour by' }).locator('[aria-pressed=true]').textContent()).toContain('Error');
    expect(await page.getByRole('button', { name: 'Pictures', exact: true }).count()).toBe(0);
    await page.evaluate(() => window.fake.page.landscape.hover(1999));
    await page.locator('[data-testid=hover-card][data-loaded=true]').waitFor();
    expect(await page.getByTestId('hover-card').getByRole('img').first().getAttribute('aria-label')).toMatch(/^Original of row \d+: −?[\d.]+, −?[\d.]+$/); // prettier-ignore
    // 400 rows of the data, and on them the one.
    const around = page.getByTestId('hover-card').locator('svg.places path.around').first();
    expect((await around.getAttribute('d'))?.match(/M/g)).toHaveLength(400);
    await page.evaluate(() => window.fake.page.landscape.pick(1999));
    await page.getByTestId('traversal').waitFor();
    expect(await page.getByTestId('traversal').locator('svg.places').count()).toBe(6 * 9);
    await page.evaluate(() => window.fake.page.landscape.pick(20));
    await page.getByTestId('filmstrip').waitFor();
    expect(await page.getByTestId('filmstrip').locator('svg.places path.mark').count()).toBe(8);
  });

  test('tells on the map where a model has collapsed: each mark a switch, its metric a click away, and a colouring', async () => {
    page = await served.open('', { withoutWebGl: true });
    await mapped();
    await page.getByRole('button', { name: 'Pause' }).first().click(); // no survey of what trains
    const layer = page.locator('[data-layer=uncovered]');
    const on = layer.getByRole('button').first();
    await layer.getByText('25 %').waitFor();
    expect(await on.getAttribute('aria-pressed')).toBe('false'); // a posterior collapse is seen by other marks
    await on.click();
    expect(await on.getAttribute('aria-pressed')).toBe('true');
    await layer.getByRole('button', { name: /^Number, formula and paper/ }).click();
    await layer.getByText('coverage = 1/N').waitFor();
    await page.getByRole('button', { name: 'Nearest sample' }).click();
    await page.getByText('Coloured by distance to the nearest sample').waitFor();
    await page
      .getByTestId('legend')
      .getByRole('button', { name: /^Number, formula and paper/ })
      .click();
    await page.getByTestId('legend').getByText('Naeem et al. 2020').waitFor();
    await page.getByRole('button', { name: 'Collapse', exact: true }).click();
    await page.getByText('Coloured by label').waitFor(); // that colouring went with the survey
  });

  test('compares two checkpoints, and not one with itself', async () => {
    page = await served.open('', { withoutWebGl: true });
    await page.getByRole('button', { name: 'Compare', exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    const go = dialog.getByRole('button', { name: 'Compare', exact: true });
    expect(await go.isEnabled()).toBe(true);
    await dialog.getByLabel('Run').first().selectOption('digits-beta-4');
    await dialog.getByText('Both sides are the same checkpoint').waitFor();
    expect(await go.isDisabled()).toBe(true);
    await dialog.getByLabel('Step').first().selectOption('500');
    await go.click();
    await dialog.getByText('2 runs are not there').waitFor(); // what the engine says stands where it was asked
  });

  test('says that the line is lost, comes back by itself, and shows what happened meanwhile', async () => {
    page = await served.open('?live', { withoutWebGl: true });
    await mapped();
    await page.evaluate(() => {
      window.fake.refuse = true;
      window.fake.cut();
    });
    await page.locator('[data-testid=connection][data-state=lost]').waitFor();
    const before = await page.getByTestId('run-status').textContent();
    await page.waitForTimeout(500);
    await page.evaluate(() => void (window.fake.refuse = false));
    await page.getByTestId('connection').waitFor({ state: 'detached' });
    await page.waitForFunction((text) => document.querySelector('[data-testid=run-status]')?.textContent !== text, before);
  });

  test('keeps drawing after the graphics driver took the context and gave it back', async () => {
    page = await served.open();
    await mapped();
    await page.evaluate(() => {
      const loss = [...document.querySelectorAll('canvas')].map((canvas) => canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')).find((one) => one); // prettier-ignore
      if (!loss) throw new Error('no context to lose');
      loss.loseContext();
      setTimeout(() => loss.restoreContext(), 700);
    });
    await page.getByText('The graphics driver took the drawing away.').waitFor();
    await page.getByText('The graphics driver took the drawing away.').waitFor({ state: 'detached' });
    await page.getByTestId('map').focus();
    await page.keyboard.press('n');
    await page.getByTestId('hover-card').waitFor();
  });

  test('says in words what is missing without WebGL, and everything else works', async () => {
    page = await served.open('', { withoutWebGl: true });
    await page.getByText('The landscape cannot be drawn here.').waitFor();
    await page.getByRole('button', { name: 'Sample grid' }).click();
    await page.getByTestId('grid-preview').waitFor();
    await page.getByRole('button', { name: 'Save in the run' }).click();
    await page.getByText('exports/prior-1.png').waitFor();
  });

  test('starts a run from an empty library, and says what was wrong with a value', async () => {
    page = await served.open('?empty');
    await page.getByTestId('no-runs').waitFor();
    await page.getByTestId('nothing-yet').getByRole('button', { name: 'Start a run' }).click();
    await page.getByLabel('Beta').fill('-1');
    await page.getByText('Beta must be between 0 and 100').waitFor();
    expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true);
    await page.getByLabel('Beta').fill('99');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('leaves nothing to learn').waitFor();
    await page.getByLabel('Beta').fill('4');
    await page.getByLabel('Name', { exact: true }).fill('mine');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.locator('[data-testid=run][data-run=mine]').waitFor();
    await page.getByText('The landscape forms here.').waitFor();
  });

  test('fits its window: nothing scrolls sideways, at 1280 × 720 and on a 4K screen', async () => {
    for (const viewport of [
      { width: 1280, height: 720 },
      { width: 3840, height: 2160 },
    ]) {
      // prettier-ignore
      page = await served.open('', { viewport, withoutWebGl: true });
      await mapped();
      await page.evaluate(() => window.fake.page.landscape.pick(1999));
      await page.getByTestId('traversal').waitFor();
      const wide = await page.evaluate(
        () =>
        [...document.querySelectorAll('.library, .inspector, .bench, .bar, main')].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className), // prettier-ignore
      );
      expect(wide, `${viewport.width} wide`).toEqual([]);
      const map = await page.getByTestId('landscape').boundingBox(); // the map is as large
      expect((map?.width ?? 0) / viewport.width).toBeGreaterThan(0.4);
      if (viewport.width === 1280) await page.context().close();
    }
  });

  test('remembers the theme, a folded panel and a panel’s width', async () => {
    page = await served.open('', { colorScheme: 'dark', withoutWebGl: true });
    await mapped();
    await page.getByRole('button', { name: 'Use the light theme' }).click();
    await page.getByRole('button', { name: 'Bench', exact: true }).click();
    const splitter = page.getByRole('separator', { name: 'Width of the library' });
    await splitter.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    const width = await splitter.getAttribute('aria-valuenow');
    await page.reload();
    await mapped();
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(246, 242, 233)');
    expect(await page.getByRole('region', { name: 'Bench' }).count()).toBe(0);
    expect(await splitter.getAttribute('aria-valuenow')).toBe(width);
    expect(Number(width)).toBe(18);
  });

  test('removes a run and brings it back', async () => {
    page = await served.open('', { withoutWebGl: true });
    await mapped();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Removed “digits, beta 4”.').waitFor();
    expect(await page.getByTestId('run').count()).toBe(2);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator('[data-testid=run][data-run=digits-beta-4]').waitFor();
    expect(await page.getByTestId('run').count()).toBe(3);
  });
});
