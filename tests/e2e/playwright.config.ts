// Drives the built Karst as a person would. One worker: two cores train, draw in software and serve at the same time.
import { existsSync } from 'node:fs';
import { defineConfig } from 'playwright/test';

const candidates = [process.env['KARST_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find((path) => path && existsSync(path));

export default defineConfig({
  testDir: '.',
  outputDir: '../../artefacts/e2e',
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 720 },
    colorScheme: 'dark',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    },
  },
  projects: [
    { name: 'web', testMatch: 'web*.spec.ts' },
    { name: 'desktop', testMatch: 'desktop*.spec.ts' },
  ],
});
