// A real Chromium with software GL on the laboratory page, for the scene's tests. The page is bundled in memory: no server, no files.
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright';

/** Debian's Chromium, or one that was named, or Playwright's own where it is installed. */
export function chromiumPath(): string | undefined {
  const own = chromium.executablePath();
  return [process.env['KARST_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', own].find(
    (path) => path && existsSync(path),
  );
}

export interface LaboratoryPage {
  readonly page: Page;
  /** Closes the browser, and throws if the page reported an error meanwhile. */
  readonly close: () => Promise<void>;
}

const html = `<!doctype html><html lang="en"><head><title>Landscape laboratory</title></head>
<body><div id="map"></div></body></html>`;
const css = `html, body { margin: 0; height: 100%; font-family: 'Source Sans 3 Variable', sans-serif; }
#map { position: relative; width: 100%; height: 100%; overflow: hidden; }`;

export async function openLaboratory(width = 900, height = 600): Promise<LaboratoryPage> {
  const bundle = await build({
    entryPoints: [new URL('./laboratory.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    outdir: '/bundle',
    loader: { '.woff2': 'dataurl' },
  });
  const contentOf = (ending: string): string => bundle.outputFiles.find((file) => file.path.endsWith(ending))?.text ?? '';
  const path = chromiumPath();
  const browser = await chromium.launch({
    ...(path ? { executablePath: path } : {}),
    args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  });
  const page = await browser.newPage({ viewport: { width, height } });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.setContent(html);
  await page.addStyleTag({ content: css + contentOf('.css') });
  await page.addScriptTag({ content: contentOf('.js') });
  return {
    page,
    close: async () => {
      await browser.close();
      if (problems.length > 0) throw new Error(`the page reported:\n${problems.join('\n')}`);
    },
  };
}
