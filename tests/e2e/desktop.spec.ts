// The desktop shell. The real main and preload run over a stand-in for the `electron` module: windows are pages of a real Chromium, the
// engine is a real process. The same flow runs in Electron itself where its binary is there.
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { _electron, expect, test, type Locator, type Page } from 'playwright/test';
import type { StandIn } from '../electron/stand-in.ts';
import { makeHome, removeHome, root } from './server.ts';

async function buildStandIn(): Promise<string> {
  const outdir = path.join(root, 'dist/stand-in');
  const standIn = path.join(root, 'tests/electron/stand-in.ts');
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'electron/main.ts', 'utility-bootstrap': 'tests/electron/utility-bootstrap.ts' },
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
    plugins: [
      { name: 'stand-in', setup: (pluginBuild) => pluginBuild.onResolve({ filter: /^electron$/ }, () => ({ path: standIn })) },
    ],
  });
  return path.join(outdir, 'main.js');
}

async function seesLandscape(page: Page): Promise<void> {
  await expect(page.getByTestId('run').first()).toHaveAttribute('data-run', 'first-shapes', { timeout: 120_000 });
  await expect(page.getByTestId('map-title')).toContainText(/1,000 rows of Shapes/, { timeout: 120_000 });
  await expect(page.getByTestId('run-status')).toContainText(/step/);
}

let starts = 0;

/** Starts the app on the library `home`: main runs anew with a stand-in of its own. */
async function startApp(home: string): Promise<StandIn> {
  process.env['KARST_HOME'] = home;
  await import(`${pathToFileURL(await buildStandIn()).href}?start=${++starts}`);
  return (globalThis as unknown as { karstStandIn: StandIn }).karstStandIn;
}

async function firstWindow(standIn: StandIn): Promise<{ window: StandIn['windows'][number]; page: Page }> {
  await expect.poll(() => standIn.windows[0]?.webContents.page).toBeTruthy();
  const window = standIn.windows[0];
  const page = window?.webContents.page;
  if (!window || !page) throw new Error('no window was opened');
  return { window, page };
}

/** Quits, and expects every process to be gone afterwards. */
async function quitApp(standIn: StandIn): Promise<void> {
  const quit = new Promise((resolve) => standIn.app.once('quit', resolve));
  standIn.app.quit();
  await quit;
  await expect
    .poll(() => standIn.utilityProcesses.filter(({ child }) => child.exitCode === null && child.signalCode === null).length)
    .toBe(0);
}

test('the real main and preload, over the stand-in', async () => {
  const home = await makeHome();
  const standIn = await startApp(home);
  const { window, page } = await firstWindow(standIn);

  await seesLandscape(page);
  expect(window.isShown).toBe(true);
  expect(standIn.app.isSandboxed).toBe(true);
  expect(window.options['webPreferences']).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
  });
  expect(standIn.registered).toMatchObject([{ scheme: 'app', privileges: { standard: true, secure: true } }]);

  // Guards: the page cannot leave, open windows or ask for permissions; links go to the system's browser, https only.
  const before = page.url();
  await page.evaluate(() => void (location.href = 'https://example.com/'));
  await page.waitForTimeout(500);
  expect(page.url()).toBe(before);
  expect(window.webContents.openHandler({ url: 'https://example.com/' })).toEqual({ action: 'deny' });
  expect(window.webContents.openHandler({ url: 'file:///etc/passwd' })).toEqual({ action: 'deny' });
  expect(standIn.opened).toEqual(['https://example.com/']);
  let granted: unknown;
  standIn.permissions['request']?.({}, 'camera', (answer: unknown) => (granted = answer));
  expect(granted).toBe(false);
  expect(standIn.permissions['check']?.()).toBe(false);
  const scheme = await page.evaluate(async () => {
    const statuses = await Promise.all(
      ['/index.html', '/../package.json', '/%2e%2e/package.json', '/.hidden', '/nothing.js'].map(
        async (url) => (await fetch(url)).status,
      ),
    );
    return { statuses, policy: (await fetch('/index.html')).headers.get('content-security-policy') };
  });
  expect(scheme.statuses).toEqual([200, 404, 404, 404, 404]);
  expect(scheme.policy).toContain("default-src 'none'");

  // What the preload lends: dialogs answer, anything else is refused.
  standIn.dialogs.answer = '/somewhere/data';
  const choose = (kind: string): Promise<unknown> =>
    page.evaluate(
      (asked) =>
        (globalThis as unknown as { karstHost: { choosePath(kind: string): Promise<unknown> } }).karstHost
          .choosePath(asked)
          .catch(String),
      kind,
    );
  expect(await choose('dataset-folder')).toBe('/somewhere/data');
  expect(await choose('anything')).toMatch(/knows dataset-folder/);

  // A dead engine comes back and the page finds it again; its run was saved.
  standIn.utilityProcesses[0]?.child.kill('SIGKILL');
  await expect
    .poll(() => standIn.utilityProcesses.filter(({ child }) => child.exitCode === null && child.signalCode === null).length)
    .toBeGreaterThan(0);
  await expect(page.getByTestId('connection')).toBeHidden();
  await expect(page.getByTestId('run').first()).toHaveAttribute('data-run', 'first-shapes');

  await quitApp(standIn);
  await removeHome(home);
});

test('a training outlives a dead trainer, a closed window and a quit', async () => {
  const home = await makeHome();
  const standIn = await startApp(home);
  let { page } = await firstWindow(standIn);
  const run = (): Locator => page.getByTestId('run').first();
  const status = (expected: string): Promise<void> => expect(run()).toHaveAttribute('data-status', expected);
  const resume = (): Promise<void> => page.getByRole('button', { name: 'Resume' }).first().click();
  const trainers = (): StandIn['utilityProcesses'] =>
    standIn.utilityProcesses.filter(
      ({ child }) => child.exitCode === null && child.spawnargs.join(' ').includes('trainer-process'),
    );
  await status('training');
  await expect(page.getByTestId('map-title')).toContainText(/1,000 rows of Shapes/, { timeout: 120_000 });
  // Devices are tried in processes of their own, which main starts too.
  await page.getByRole('button', { name: 'New run' }).click();
  await expect(page.getByLabel('Device').locator('option', { hasText: 'images/s' }).first()).toBeAttached({ timeout: 150_000 });
  await page.getByRole('button', { name: 'Close' }).click();
  expect(standIn.utilityProcesses.some(({ child }) => child.spawnargs.join(' ').includes('probe-process'))).toBe(true);
  expect(existsSync(path.join(home, 'devices.json'))).toBe(true);

  // A trainer that dies is told of; its run goes on from the last checkpoint.
  expect(trainers()).toHaveLength(1);
  trainers()[0]?.child.kill('SIGKILL');
  await status('interrupted');
  await resume();
  await status('training');

  // macOS: the app stays when its window is closed, and opens another when it is called.
  standIn.windows[0]?.destroy();
  standIn.app.emit('activate');
  ({ page } = await firstWindow(standIn));
  await status('training');

  // Quitting while it trains saves; the next start finds it paused there and goes on.
  await expect(page.getByTestId('run-status')).toContainText(/step/);
  await quitApp(standIn);
  const again = await startApp(home);
  ({ page } = await firstWindow(again));
  await status('paused');
  await resume();
  await status('training');
  await page.getByRole('button', { name: 'Pause' }).first().click();
  await status('paused');
  await quitApp(again);
  await removeHome(home);
});

test('Electron itself', async () => {
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? path.join(root, 'node_modules/electron/dist');
  const executablePath = path.join(
    dist,
    process.platform === 'win32'
      ? 'electron.exe'
      : process.platform === 'darwin'
        ? 'Electron.app/Contents/MacOS/Electron'
        : 'electron',
  );
  test.skip(!existsSync(executablePath), 'not run: no Electron binary');
  const home = await makeHome();
  const app = await _electron.launch({
    executablePath,
    args: [root],
    env: { ...(process.env as Record<string, string>), KARST_HOME: home },
  });
  const page = await app.firstWindow();
  await seesLandscape(page);
  expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe('undefined');
  await app.close();
  await removeHome(home);
});
