// `npm start`: builds what is out of date, then opens the desktop app where Electron's program and a display are there, else serves the
// page and opens it in the browser, or prints its address, saying why (start-plan.mjs decides). `npm start -- --serve` serves in any case;
// other options after -- go to `karst serve`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { planStart } from './start-plan.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
if (existsSync(path.join(root, 'src'))) {
  const { buildIfNeeded } = await import('./build.mjs');
  await buildIfNeeded();
}

/** Electron's program, if it is there. Asking the package itself would try to download it. */
function electronBinary() {
  const folder = path.join(root, 'node_modules/electron');
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const names = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' };
  const program = names[process.platform] ?? 'electron';
  const told = path.join(folder, 'path.txt');
  const candidates = [
    override && path.join(override, program),
    existsSync(told) && path.join(folder, 'dist', readFileSync(told, 'utf8').trim()),
    path.join(folder, 'dist', program),
  ];
  return candidates.find((candidate) => candidate && existsSync(candidate));
}

const isLinux = process.platform === 'linux';
const electron = electronBinary();
const plan = planStart({
  platform: process.platform,
  env: process.env,
  hasElectron: electron !== undefined && existsSync(path.join(root, 'dist/electron/main.js')),
  isWsl: isLinux && /microsoft/i.test(readFileSync('/proc/version', 'utf8')),
  hasXdgOpen: isLinux && spawnSync('sh', ['-c', 'command -v xdg-open'], { stdio: 'ignore' }).status === 0,
  args: process.argv.slice(2),
});
if (plan.kind === 'desktop') openDesktop();
else serve();

function endWith(child) {
  child.on('error', (error) => {
    console.error(`${child.spawnfile} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

function openDesktop() {
  const app = spawn(electron, [root], { stdio: 'inherit' });
  // Ctrl-C reaches the app as well, which saves what trains and ends; this process waits for it.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => app.kill(signal));
  endWith(app);
}

function serve() {
  if (plan.note) console.error(plan.note);
  const child = spawn(process.execPath, [path.join(root, 'dist/cli/karst.js'), 'serve', ...plan.args], {
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    if (printed === undefined) return;
    printed += chunk;
    const [address, port] = /http:\/\/127\.0\.0\.1:(\d+)\/open\/[\w-]+(?=\s)/.exec(printed) ?? [];
    if (!address) return;
    printed = undefined;
    if (plan.opener) openInBrowser(plan.opener, address, port);
    else if (plan.hint) tellHowToOpen(plan.hint, port);
  });
  process.on('SIGINT', () => {}); // as above
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  endWith(child);
}

function tellHowToOpen(hint, port) {
  console.error(hint);
  console.error(`From another machine, through SSH: ssh -L ${port}:127.0.0.1:${port} <this machine>, then open it there.`);
}

function openInBrowser([program, ...args], address, port) {
  spawn(program, [...args, address], { stdio: 'ignore', detached: true })
    .on('error', () => tellHowToOpen('The browser could not be opened: open the address above yourself.', port))
    .unref();
}
