// The desktop app: owns the window, the menu, the dialogs and the engine's life, nothing else. The engine runs in a utility process,
// because a native training step blocks whatever thread calls it.
import path from 'node:path';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  protocol,
  session,
  shell,
  type IpcMainInvokeEvent,
} from 'electron';
import { startEngine, type EngineLink } from './engine-link.ts';
import { guardAllContents, guardSession, isOurPage } from './guards.ts';
import { menuTemplate } from './menu.ts';
import { PAGE_ORIGIN, pageResponder, pageScheme } from './page-scheme.ts';
import { restoreBounds, keepBounds } from './window-bounds.ts';

const dist = path.resolve(import.meta.dirname, '..');
const grounds = { dark: '#12161b', light: '#f6f2e9' };

let engine: EngineLink | undefined;
let window: BrowserWindow | undefined;
let isStopped = false;

app.enableSandbox();
protocol.registerSchemesAsPrivileged([pageScheme]);
guardAllContents();

function openWindow(): void {
  const stateFile = path.join(app.getPath('userData'), 'window.json');
  const opened = new BrowserWindow({
    ...restoreBounds(stateFile),
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'Karst',
    backgroundColor: nativeTheme.shouldUseDarkColors ? grounds.dark : grounds.light,
    webPreferences: {
      preload: path.join(dist, 'electron/preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  window = opened;
  opened.once('ready-to-show', () => opened.show());
  keepBounds(opened, stateFile);
  opened.on('closed', () => (window = undefined));
  // Again after a reload: the page that asked for the old port is gone.
  opened.webContents.on('did-finish-load', () => engine?.connect(opened.webContents));
  void opened.loadURL(`${PAGE_ORIGIN}/index.html`);
}

/** Answers `channel` for our own page only; `answer` checks its argument. */
function handle(channel: string, answer: (argument: unknown) => Promise<unknown>): void {
  ipcMain.handle(channel, (event: IpcMainInvokeEvent, argument: unknown) => {
    if (!isOurPage(event.senderFrame)) throw new Error(`${channel} is for Karst's own page`);
    return answer(argument);
  });
}

function answerPage(): void {
  handle('choose-path', async (kind) => {
    if (kind === 'save-grid') {
      const { filePath } = await dialog.showSaveDialog({
        defaultPath: 'grid.png',
        filters: [{ name: 'PNG picture', extensions: ['png'] }],
      });
      return filePath || undefined;
    }
    if (kind !== 'dataset-folder' && kind !== 'dataset-file')
      throw new Error(`choose-path knows dataset-folder, dataset-file and save-grid, got ${String(kind)}`);
    const { filePaths } = await dialog.showOpenDialog({ properties: [kind === 'dataset-folder' ? 'openDirectory' : 'openFile'] });
    return filePaths[0];
  });
  handle('reveal', async (file) => {
    if (typeof file !== 'string' || !path.isAbsolute(file)) throw new Error('reveal needs an absolute path');
    shell.showItemInFolder(file);
  });
}

if (!app.requestSingleInstanceLock()) {
  app.quit();
} else {
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });

  void app.whenReady().then(() => {
    protocol.handle(pageScheme.scheme, pageResponder(path.join(dist, 'page')));
    guardSession(session.defaultSession);
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(app.name, process.platform)));
    answerPage();
    engine = startEngine({
      entry: path.join(dist, 'electron/engine-process.js'),
      programs: path.join(dist, 'node'),
      env: {
        ...(process.env as Record<string, string>),
        KARST_HOME: process.env['KARST_HOME'] ?? path.join(app.getPath('home'), '.karst'),
      },
      onGivenUp: (reason) =>
        dialog.showErrorBox('Karst’s engine stopped', `${reason}\nYour runs are saved. Start Karst again to go on.`),
    });
    openWindow();
    app.on('activate', () => {
      if (!window) openWindow();
    });
  });

  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });

  app.on('will-quit', (event) => {
    if (isStopped || !engine) return;
    event.preventDefault();
    void engine.stop().then(() => {
      isStopped = true;
      app.quit();
    });
  });
}
