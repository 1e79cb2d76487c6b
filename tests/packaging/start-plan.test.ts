// What `npm start` does, for every kind of machine.
import { describe, expect, test } from 'vitest';
import { planStart, type Facts } from '../../tools/start-plan.mjs';

const linux: Facts = { platform: 'linux', env: {}, hasElectron: false, hasXdgOpen: true };
const shown = { DISPLAY: ':0' };
const ssh = { SSH_CONNECTION: '10.0.0.1 5 10.0.0.2 22' };

describe('npm start', () => {
  test.each<[string, Facts]>([
    ['Linux with X', { ...linux, env: shown, hasElectron: true }],
    ['Linux with Wayland', { ...linux, env: { WAYLAND_DISPLAY: 'wayland-0' }, hasElectron: true }],
    ['Linux inside Windows that can show windows', { ...linux, env: shown, hasElectron: true, isWsl: true }],
    ['X forwarded through SSH', { ...linux, env: { ...shown, ...ssh }, hasElectron: true }],
    ['macOS', { platform: 'darwin', env: {}, hasElectron: true }],
    ['Windows', { platform: 'win32', env: {}, hasElectron: true }],
  ])('opens the desktop app on %s', (_, facts) => {
    expect(planStart(facts)).toEqual({ kind: 'desktop', args: [] });
  });

  test.each<[string, Facts, string[]]>([
    ['Linux', { ...linux, env: shown }, ['xdg-open']],
    ['macOS', { platform: 'darwin', env: {}, hasElectron: false }, ['open']],
    ['Windows', { platform: 'win32', env: {}, hasElectron: false }, ['cmd', '/c', 'start', '']],
    ['Linux inside Windows', { ...linux, isWsl: true, hasXdgOpen: false }, ['cmd.exe', '/c', 'start', '']],
  ])('opens the browser on %s without Electron, and says why', (_, facts, opener) => {
    const plan = planStart(facts);
    expect(plan).toMatchObject({ kind: 'serve', opener, args: [] });
    expect(plan.note).toMatch(/Electron's program is not installed/);
    expect(plan.hint).toBeUndefined();
  });

  test.each<[string, Facts, RegExp, RegExp]>([
    ['Linux without a display', linux, /not installed/, /no display/],
    ['Linux without a display, with Electron', { ...linux, hasElectron: true }, /no display/, /no display/],
    ['Linux without xdg-open', { ...linux, env: shown, hasXdgOpen: false }, /not installed/, /No program/],
    ['macOS through SSH', { platform: 'darwin', env: ssh, hasElectron: true }, /no display/, /no display/],
    ['Windows through SSH', { platform: 'win32', env: ssh, hasElectron: true }, /no display/, /no display/],
    ['CI', { ...linux, env: { ...shown, CI: 'true' } }, /not installed/, /CI is set/],
    ['CI with Electron', { ...linux, env: { ...shown, CI: 'true' }, hasElectron: true }, /CI is set/, /CI is set/],
    ['CI inside Windows', { ...linux, env: { CI: '1' }, isWsl: true }, /not installed/, /CI is set/],
  ])('serves and opens nothing on %s', (_, facts, note, hint) => {
    const plan = planStart(facts);
    expect(plan).toMatchObject({ kind: 'serve', args: [] });
    expect(plan.opener).toBeUndefined();
    expect(plan.note).toMatch(note);
    expect(plan.hint).toMatch(hint);
  });

  test('CI=false is not CI', () => {
    expect(planStart({ ...linux, env: { ...shown, CI: 'false' } }).opener).toEqual(['xdg-open']);
  });

  test('--serve serves where the desktop app could open; it is not handed on', () => {
    const plan = planStart({ ...linux, env: shown, hasElectron: true, args: ['--serve', '--port', '9000'] });
    expect(plan).toEqual({ kind: 'serve', args: ['--port', '9000'], opener: ['xdg-open'] });
  });

  test('options are the server’s, so they ask for it', () => {
    expect(planStart({ ...linux, env: shown, hasElectron: true, args: ['--home', '/data'] })).toMatchObject({
      kind: 'serve',
      args: ['--home', '/data'],
    });
  });

  test.each(['--help', '-h', '--json'])('%s opens nothing and advises nothing', (arg) => {
    expect(planStart({ ...linux, env: shown, args: [arg] })).toMatchObject({ kind: 'serve', args: [arg] });
    expect(planStart({ ...linux, env: shown, args: [arg] })).not.toHaveProperty('opener');
    expect(planStart({ ...linux, env: shown, args: [arg] })).not.toHaveProperty('hint');
  });
});
