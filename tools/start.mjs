// `npm start`: builds what is out of date, then opens the desktop app where Electron's binary and a display are there, else serves the page
// and opens it in the browser, or prints its address, saying why. Options after -- go to `karst serve`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
if (existsSync(path.join(root, 'src'))) {
  const { buildIfNeeded } = await import('./build.mjs');
  await buildIfNeeded();
}

const hasDisplay =
  process.platform === 'win32' || process.platform === 'darwin' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** Electron's program, or why there is none. Asking the package itself would try to download it. */
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

const electron = electronBinary();
if (electron && hasDisplay && existsSync(path.join(root, 'dist/electron/main.js'))) {
  const app = spawn(electron, [root], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => app.kill(signal));
  app.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
} else {
  const why = electron
    ? 'No display is set, so the desktop app cannot open its window'
    : "Electron's program is not installed (npx install-electron fetches it)";
  console.error(`${why}: Karst is served to a browser instead.`);
  const serve = spawn(process.execPath, [path.join(root, 'dist/cli/karst.js'), 'serve', ...process.argv.slice(2)], {
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  let printed = '';
  serve.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    if (printed === undefined) return;
    printed += chunk;
    const address = /http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]+/.exec(printed)?.[0];
    if (!address) return;
    printed = undefined;
    openInBrowser(address);
  });
  // Ctrl-C reaches the server as well, which saves what trains and ends; this process waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => serve.kill('SIGTERM'));
  process.on('SIGHUP', () => serve.kill('SIGHUP'));
  serve.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

function openInBrowser(address) {
  const openers = { darwin: ['open', [address]], win32: ['cmd', ['/c', 'start', '', address]] };
  const [program, args] = openers[process.platform] ?? ['xdg-open', [address]];
  const isThere =
    process.platform !== 'linux' || spawnSync('sh', ['-c', 'command -v xdg-open'], { stdio: 'ignore' }).status === 0;
  if (!hasDisplay || !isThere) {
    console.error(
      `${hasDisplay ? 'No program to open a browser was found' : 'There is no display here'}: open the address above yourself.`,
    );
    console.error('From another machine, through SSH: ssh -L 8710:127.0.0.1:8710 <this machine>, then open it there.');
    return;
  }
  spawn(program, args, { stdio: 'ignore', detached: true })
    .on('error', () => console.error('The browser could not be opened: open the address above yourself.'))
    .unref();
}
