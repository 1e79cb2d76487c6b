// A headless Chromium that opens one page made by us and sends back what it found. No driver: the page comes from a server on loopback
// that lives as long as the browser, and posts its answer there.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { KarstError } from '../../base/errors.ts';

const ON_PATH = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'chrome'];
const ELSEWHERE: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((name) =>
    ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map((file) =>
      path.join(process.env[name] ?? 'C:/', file),
    ),
  ),
};

/** One that $KARST_CHROMIUM names, else one of the usual ones of this machine. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment['KARST_CHROMIUM'];
  if (named) return existsSync(named) ? named : undefined;
  const folders = (environment['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const usual = ON_PATH.flatMap((name) => folders.map((folder) => path.join(folder, name + suffix)));
  return [...usual, ...(ELSEWHERE[process.platform] ?? [])].find((file) => existsSync(file));
}

export interface PageRun {
  readonly chromium: string;
  /** What decides who draws. */
  readonly flags: readonly string[];
  /** A module. */
  readonly script: string;
  readonly query: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal;
}

/** What the page posted, as text. */
export async function runPage({ chromium, flags, script, query, timeLimitMs, signal }: PageRun): Promise<string> {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'karst-chromium-'));
  let answered: (text: string) => void = () => {};
  let failed: (error: KarstError) => void = () => {};
  const answer = new Promise<string>((resolve, reject) => ([answered, failed] = [resolve, reject]));
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.end();
        answered(Buffer.concat(parts).toString());
      });
    } else if (request.url?.startsWith('/page.js')) {
      response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(script);
    } else {
      const html = '<!doctype html><html lang="en"><title>Karst</title><body style="margin:0"><div id="map"></div>';
      response
        .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
        .end(`${html}<script type="module" src="/page.js"></script>`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/?${new URLSearchParams(query).toString()}`;
  const isRoot = process.getuid?.() === 0;
  const child = spawn(
    chromium,
    [
      ...['--headless=new', '--no-first-run', '--hide-scrollbars', '--mute-audio', '--force-device-scale-factor=1'],
      ...(isRoot ? ['--no-sandbox'] : []), // Chromium refuses to be root inside its sandbox; the page is ours
      ...flags,
      `--user-data-dir=${profile}`,
      url,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)));
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failed(new KarstError('unsupported', `${chromium} could not be started: ${error.message}`));
      resolve();
    });
    child.once('exit', (code, by) => {
      const last = complaints.trim().split('\n').at(-1) ?? '';
      failed(
        new KarstError('unsupported', `${chromium} ended before it had drawn anything (${by ?? `exit code ${code}`}): ${last}`),
      );
      resolve();
    });
  });
  const limit = setTimeout(
    () => failed(new KarstError('unsupported', `${chromium} had not measured within ${timeLimitMs / 1000} s`)),
    timeLimitMs,
  );
  const cancel = (): void => failed(new KarstError('cancelled', 'interrupted'));
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    return await answer;
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener('abort', cancel);
    child.kill();
    await gone;
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
