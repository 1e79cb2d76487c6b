// Runs in the sandbox before the page. It hands the engine's port into the page's world (contextBridge cannot carry ports) and lends the
// page four abilities; nothing of Electron itself is exposed.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { enginePortMessage, type PageHost } from '../src/protocol/page-host.ts';

const host: PageHost = {
  platform: process.platform,
  pathOf: (file) => (file instanceof File ? webUtils.getPathForFile(file) : ''),
  choosePath: (kind) => ipcRenderer.invoke('choose-path', kind) as Promise<string | undefined>,
  reveal: (path) => ipcRenderer.invoke('reveal', path) as Promise<void>,
};
contextBridge.exposeInMainWorld('karstHost', Object.freeze(host));

ipcRenderer.on(enginePortMessage, (event) => {
  window.postMessage(enginePortMessage, window.location.origin, event.ports);
});
