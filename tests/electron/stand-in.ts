// A small stand-in for the `electron` module, so that the real main and preload run where Electron's binary cannot be had. Windows are
// pages of a real Chromium, the utility process is a real process, app:// is answered by the registered handler behind a loopback server.
// What it cannot show: context isolation between preload and page, fuses, native dialogs and menus.
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright';
import { MessageChannelMain, utilityProcess, utilityProcesses, type MessagePortMain } from './stand-in-ports.ts';
import { decodeFromWire, encodeForWire } from './wire.ts';

export { MessageChannelMain, utilityProcess };

type Handler = (request: Request) => Promise<Response>;
const schemes = new Map<string, Handler>();
const registered: unknown[] = [];
const invocations = new Map<string, (event: unknown, argument: unknown) => unknown>();
const windows: BrowserWindow[] = [];
const userData = mkdtempSync(path.join(tmpdir(), 'karst-stand-in-'));
let browser: Promise<Browser> | undefined;

class App extends EventEmitter {
  readonly name = 'Karst';
  isSandboxed = false;
  isDone = false;
  enableSandbox(): void {
    this.isSandboxed = true;
  }
  requestSingleInstanceLock(): boolean {
    return true;
  }
  whenReady(): Promise<void> {
    return Promise.resolve();
  }
  getPath(_name: string): string {
    return userData;
  }
  quit(): void {
    this.emit('before-quit', {});
    for (const window of [...windows]) window.destroy();
    let isPrevented = false;
    this.emit('will-quit', { preventDefault: () => (isPrevented = true) });
    if (isPrevented) return;
    this.isDone = true;
    void browser?.then((one) => one.close());
    this.emit('quit');
  }
}
export const app = new App();

export const protocol = {
  registerSchemesAsPrivileged: (list: unknown[]) => registered.push(...list),
  handle: (scheme: string, handler: Handler) => schemes.set(scheme, handler),
};

type Permission = (...args: unknown[]) => unknown;
export const permissions: Record<string, Permission> = {};
export const session = {
  defaultSession: {
    setPermissionRequestHandler: (handler: Permission) => void (permissions['request'] = handler),
    setPermissionCheckHandler: (handler: Permission) => void (permissions['check'] = handler),
    setDevicePermissionHandler: (handler: Permission) => void (permissions['device'] = handler),
  },
};

export const ipcMain = {
  handle: (channel: string, answer: (event: unknown, argument: unknown) => unknown) => invocations.set(channel, answer),
};
export const nativeTheme = { shouldUseDarkColors: true };
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };
export const dialogs: { answer: string | undefined; errors: string[] } = { answer: undefined, errors: [] };
export const dialog = {
  showOpenDialog: async () => ({ filePaths: dialogs.answer ? [dialogs.answer] : [] }),
  showSaveDialog: async () => ({ filePath: dialogs.answer ?? '' }),
  showErrorBox: (title: string, content: string) => void dialogs.errors.push(`${title}: ${content}`),
};
export const opened: string[] = [];
export const shell = {
  openExternal: async (url: string) => void opened.push(url),
  showItemInFolder: (file: string) => void opened.push(file),
};
export const Menu = { buildFromTemplate: (template: unknown) => template, setApplicationMenu: (_menu: unknown) => undefined };

class WebContents extends EventEmitter {
  page: Page | undefined;
  origin = '';
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  readonly #ports = new Map<number, MessagePortMain>();
  #nextPort = 1;

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
  /** As the page's URL would read in Electron. */
  seenUrl(url: string): string {
    return url.startsWith(this.origin) ? `app://bundle${url.slice(this.origin.length)}` : url;
  }
  postMessage(channel: string, message: unknown, ports: MessagePortMain[] = []): void {
    const page = this.page;
    if (!page) throw new Error('the page is not there yet');
    const ids = ports.map((port) => {
      const id = this.#nextPort++;
      this.#ports.set(id, port);
      return id;
    });
    // One chain keeps the order of messages, as a real port does.
    let last = page.evaluate(`__standIn.receive(${JSON.stringify({ channel, message, ports: ids })})`).catch(() => undefined);
    ports.forEach((port, i) => {
      port.giveTo((data) => {
        const text = JSON.stringify({ port: ids[i], data: encodeForWire(data) });
        last = last
          .then(() =>
            page.evaluate(
              (sent) => (globalThis as unknown as { __standIn: { deliver(text: string): void } }).__standIn.deliver(sent),
              text,
            ),
          )
          .catch(() => undefined);
      });
    });
  }
  fromPage(port: number, data: unknown): void {
    this.#ports.get(port)?.peer?.receive(decodeFromWire(data));
  }
  async invoke(channel: string, argument: unknown, url: string): Promise<unknown> {
    const answer = invocations.get(channel);
    if (!answer) throw new Error(`no handler for ${channel}`);
    return await answer({ senderFrame: { url: this.seenUrl(url), parent: null } }, argument);
  }
}

/** Injected before the page's own scripts: the part of `electron` that a sandboxed preload may require. */
function preloadSource(preloadFile: string): string {
  return `(() => {
    ${encodeForWire.toString()}
    ${decodeFromWire.toString()}
    const listeners = new Map();
    const ports = new Map();
    globalThis.__standIn = {
      receive({ channel, ports: ids }) {
        const given = ids.map((id) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => standInPort(id, JSON.stringify(encodeForWire(data)));
          ports.set(id, port1);
          return port2;
        });
        for (const listener of listeners.get(channel) ?? []) listener({ ports: given });
      },
      deliver(text) {
        const { port, data } = JSON.parse(text);
        ports.get(port)?.postMessage(decodeFromWire(data));
      },
    };
    const electron = {
      contextBridge: { exposeInMainWorld: (name, value) => Object.defineProperty(globalThis, name, { value }) },
      ipcRenderer: {
        on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
        invoke: (channel, argument) => standInInvoke(channel, JSON.stringify(argument)),
      },
      webUtils: { getPathForFile: (file) => '/dropped/' + file.name },
    };
    const run = new Function('require', 'module', 'exports', 'process', ${JSON.stringify(readFileSync(preloadFile, 'utf8'))});
    const module = { exports: {} };
    run(() => electron, module, module.exports, { platform: ${JSON.stringify(process.platform)} });
  })()`;
}

async function serveScheme(): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const handler = schemes.get('app');
      if (!handler) throw new Error('no handler for app://');
      const answer = await handler(new Request(`app://bundle${request.url}`, { method: request.method ?? 'GET' }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    })().catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  readonly options: Record<string, unknown>;
  isShown = false;
  #server: Server | undefined;

  constructor(options: Record<string, unknown>) {
    super();
    this.options = options;
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(url: string): Promise<void> {
    browser ??= chromium.launch({
      executablePath: process.env['KARST_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    });
    const contents = this.webContents;
    this.#server = await serveScheme();
    contents.origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const page = await (await browser).newPage({ viewport: { width: 1280, height: 720 }, colorScheme: 'dark' });
    contents.page = page;
    await page.exposeBinding('standInPort', (_source, port: number, text: string) => contents.fromPage(port, JSON.parse(text)));
    await page.exposeBinding('standInInvoke', ({ frame }, channel: string, argument: string) =>
      contents.invoke(channel, JSON.parse(argument), frame.url()),
    );
    const { preload } = this.options['webPreferences'] as { preload: string };
    await page.addInitScript({ content: preloadSource(preload) });
    page.on('load', () => contents.emit('did-finish-load'));
    page.on('popup', (popup) => {
      if (contents.openHandler({ url: popup.url() }).action === 'deny') void popup.close();
    });
    await page.route('**/*', async (route) => {
      const request = route.request();
      let isPrevented = false;
      if (request.isNavigationRequest() && page.url() !== 'about:blank') {
        const event = {
          url: contents.seenUrl(request.url()),
          isMainFrame: request.frame() === page.mainFrame(),
          preventDefault: () => (isPrevented = true),
        };
        contents.emit('will-frame-navigate', event);
        if (event.isMainFrame) contents.emit('will-navigate', event);
      }
      // An empty answer leaves the page where it is, as a prevented navigation does.
      await (isPrevented ? route.fulfill({ status: 204 }) : route.continue());
    });
    await page.goto(contents.origin + new URL(url).pathname);
    this.emit('ready-to-show');
  }
  show(): void {
    this.isShown = true;
  }
  getNormalBounds(): object {
    return { x: 10, y: 20, width: 1280, height: 720 };
  }
  isMinimized(): boolean {
    return false;
  }
  restore(): void {}
  focus(): void {}
  destroy(): void {
    this.emit('close');
    windows.splice(windows.indexOf(this), 1);
    this.#server?.close();
    this.#server?.closeAllConnections();
    void this.webContents.page?.close();
    this.webContents.emit('destroyed');
    this.emit('closed');
  }
}

/** What a test may look at and steer. */
const standIn = { app, windows, registered, permissions, dialogs, opened, utilityProcesses, userData };
export type StandIn = typeof standIn;
(globalThis as unknown as { karstStandIn: StandIn }).karstStandIn = standIn;
