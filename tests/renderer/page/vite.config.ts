// Serves the page on the fake engine: npx vite --config tests/renderer/page/vite.config.ts
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  cacheDir: here('../../../dist/vite-test-page'),
  plugins: [svelte({ configFile: false, compilerOptions: { runes: true, css: 'external' } })],
  build: { outDir: here('../../../dist/test-page'), emptyOutDir: true, assetsInlineLimit: 0, target: 'es2023' },
  server: { host: '127.0.0.1', fs: { allow: [here('../../..')] } },
});
