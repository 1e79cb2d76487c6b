// The built page on the fake engine, served on loopback under the real content policy, in a real Chromium with software GL.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';
import { chromium, type BrowserContextOptions, type Page } from 'playwright';
import { build } from 'vite';
import { pageHeaders } from '../../src/protocol/content-policy.ts';
import { chromiumPath } from '../scene/chromium.ts';

export interface ServedPage {
  /**
   * Opens the page in a context of its own; `query` is `?live`, `?empty`, `?plane` or nothing. Software GL takes seconds to begin: what does not
   * look at the map is quicker `withoutWebGl`.
   */
  open(query?: string, options?: BrowserContextOptions & { readonly withoutWebGl?: boolean }): Promise<Page>;
  /** What the pages reported as errors, content policy violations included. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  woff2: 'font/woff2',
  woff: 'font/woff',
};

export async function servePage(): Promise<ServedPage> {
  const made = await build({
    configFile: fileURLToPath(new URL('./page/vite.config.ts', import.meta.url)),
    logLevel: 'silent',
    build: { write: false, minify: false },
  });
  const files = new Map(
    ('output' in made ? made.output : []).map((file) => [`/${file.fileName}`, 'code' in file ? file.code : file.source]),
  );
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    const name = path === '/' ? '/index.html' : path;
    const content = files.get(name);
    response.writeHead(content === undefined ? 404 : 200, {
      ...pageHeaders,
      'Content-Type': types[name.split('.').at(-1) ?? ''] ?? '',
    });
    response.end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const path = chromiumPath();
  const browser = await chromium.launch({
    ...(path ? { executablePath: path } : {}),
    args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  });
  const problems: string[] = [];
  return {
    problems,
    async open(query = '', { withoutWebGl = false, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, reducedMotion: 'reduce', ...options });
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        const isExpected = message.text().includes('404') || (withoutWebGl && message.text().includes('WebGL'));
        if (message.type() === 'error' && !isExpected) problems.push(message.text());
      });
      if (withoutWebGl) {
        await page.addInitScript(() => {
          type Get = (this: HTMLCanvasElement, kind: string, ...more: unknown[]) => unknown;
          const { value: given } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, 'getContext') as { value: Get };
          const refusing: Get = function (kind, ...more) {
            return kind.startsWith('webgl') ? null : given.call(this, kind, ...more);
          };
          Object.defineProperty(HTMLCanvasElement.prototype, 'getContext', { value: refusing });
        });
      }
      await page.goto(`http://127.0.0.1:${port}/${query}`);
      return page;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}
