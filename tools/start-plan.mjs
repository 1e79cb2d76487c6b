// What `npm start` does on this machine, decided from facts alone; start-plan.d.mts says which.

/** True where windows can be shown. macOS and Windows always can, except through SSH, where they would open on a screen elsewhere. */
function hasDisplay({ platform, env }) {
  const isRemote = Boolean(env.SSH_CONNECTION ?? env.SSH_TTY);
  if (platform === 'win32' || platform === 'darwin') return !isRemote;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

const isSet = (value) => Boolean(value) && value !== 'false' && value !== '0';

/** The command that opens an address, or undefined where none should be tried. */
function opener({ platform, env, isWsl = false, hasXdgOpen = false }, isShown) {
  if (isSet(env.CI)) return undefined;
  // Windows opens the browser for a Linux inside it, with a display of its own or not; loopback is shared.
  if (isWsl) return ['cmd.exe', '/c', 'start', ''];
  if (!isShown) return undefined;
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  return hasXdgOpen ? ['xdg-open'] : undefined;
}

export function planStart(facts) {
  const { env, hasElectron, args = [] } = facts;
  const isShown = hasDisplay(facts);
  const wantsServer = args.includes('--serve');
  const serveArgs = args.filter((arg) => arg !== '--serve');
  // Options are the server's: whoever gives some wants it, or its help.
  const isServed = wantsServer || serveArgs.length > 0;
  if (hasElectron && isShown && !isServed && !isSet(env.CI)) return { kind: 'desktop', args: [] };

  const why = isServed
    ? undefined
    : !hasElectron
      ? "Electron's program is not installed (npx install-electron fetches it)"
      : isShown
        ? 'CI is set, so no window is opened'
        : 'There is no display, so the desktop app cannot open its window';
  const isForReading = serveArgs.some((arg) => arg === '--help' || arg === '-h' || arg === '--json');
  const found = isForReading ? undefined : opener(facts, isShown);
  const hint = isSet(env.CI)
    ? 'CI is set, so no browser is opened: open the address above yourself.'
    : isShown
      ? 'No program that opens a browser was found: open the address above yourself.'
      : 'There is no display here: open the address above yourself.';
  return {
    kind: 'serve',
    args: serveArgs,
    ...(why ? { note: `${why}: Karst is served to a browser instead.` } : {}),
    ...(found ? { opener: found } : isForReading ? {} : { hint }),
  };
}
