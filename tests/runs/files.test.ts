import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KarstError } from '../../src/base/errors.ts';
import { openFiles } from '../../src/node/files.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'karst-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the file port', () => {
  it('writes, appends, reads, lists and removes', async () => {
    const files = openFiles(folder);
    await files.write('a/b.txt', bytes('one'));
    await files.write('a/b.txt', bytes('two'));
    await files.append('a/c.txt', bytes('x'));
    await files.append('a/c.txt', bytes('y'));
    expect(text(await files.read('a/b.txt'))).toBe('two');
    expect(text(await files.read('a/c.txt'))).toBe('xy');
    expect(await files.list('a')).toEqual(['b.txt', 'c.txt']);
    expect(await files.list('nowhere')).toEqual([]);
    expect(await files.facts('a')).toMatchObject({ kind: 'folder' });
    expect(await files.facts('a/b.txt')).toMatchObject({ kind: 'file', bytes: 3 });
    expect(await files.facts('a/b.txt/c')).toBeUndefined();
    await files.remove('a');
    await files.remove('a');
    expect(await files.list('')).toEqual([]);
    await expect(files.read('a/b.txt')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('reads a file from a byte on', async () => {
    const files = openFiles(folder);
    await files.write('a', bytes('0123456789'));
    expect(text(await files.read('a', 7))).toBe('789');
    expect(text(await files.read('a', 0))).toBe('0123456789');
    expect((await files.read('a', 10)).length).toBe(0);
    expect((await files.read('a', 99)).length).toBe(0);
    await expect(files.read('b', 1)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('gives a file another name, never one that is taken', async () => {
    const files = openFiles(folder);
    await files.write('a/b', bytes('one'));
    await files.write('a/c', bytes('two'));
    await expect(files.move('a/b', 'a/c')).rejects.toMatchObject({ code: 'exists' });
    await files.move('a/b', 'a/d');
    expect(await files.list('a')).toEqual(['c', 'd']);
    expect(text(await files.read('a/d'))).toBe('one');
    await expect(files.move('a/b', 'a/e')).rejects.toMatchObject({ code: 'not-found' });
    await expect(files.move('a/c', '../c')).rejects.toMatchObject({ code: 'refused' });
  });

  it('refuses paths that lead outside', async () => {
    const files = openFiles(join(folder, 'inner'));
    for (const path of ['../x', 'a/../../x', '/etc/passwd', '..', 'a\0b']) {
      await expect(files.write(path, bytes('x'))).rejects.toMatchObject({ code: 'refused' });
    }
    await expect(files.remove('')).rejects.toMatchObject({ code: 'refused' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves no temporary files, hides those of others and sweeps old ones', async () => {
    const files = openFiles(folder);
    await files.write('a.txt', bytes('x'));
    expect(readdirSync(folder)).toEqual(['a.txt']);
    const name = '.a.txt.01234567-89ab-cdef-0123-456789abcdef.tmp';
    writeFileSync(join(folder, name), 'half');
    expect(await files.list('')).toEqual(['a.txt']);
    expect(readdirSync(folder)).toContain(name); // another process may be at it
    utimesSync(join(folder, name), new Date(0), new Date(0));
    await files.list('');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('keeps the old file when the new one cannot be written', async () => {
    const files = openFiles(folder);
    mkdirSync(join(folder, 'taken'));
    await expect(files.write('taken', bytes('x'))).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('says that the disk is full and loses nothing', async ({ skip }) => {
    const mount = join(folder, 'tiny');
    mkdirSync(mount);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]);
    if (mounted.status !== 0) skip('a tiny disk can only be mounted by root');
    try {
      const files = openFiles(mount);
      await files.write('saved', bytes('good'));
      await files.append('log', bytes('line\n'));
      await expect(files.write('saved', new Uint8Array(200_000))).rejects.toMatchObject({ code: 'disk' });
      await expect(files.write('saved', new Uint8Array(200_000))).rejects.toThrow('the disk is full: saved could not be written');
      await expect(files.append('log', new Uint8Array(200_000))).rejects.toMatchObject({ code: 'disk' });
      expect(text(await files.read('saved'))).toBe('good');
      expect(text(await files.read('log'))).toBe('line\n');
      expect(await files.list('')).toEqual(['log', 'saved']);
      await files.write('saved', bytes('again'));
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});

describe('the lock', () => {
  it('is held by one at a time and free after release', async () => {
    const [one, two] = [openFiles(folder), openFiles(folder)];
    const lock = await one.lock('l');
    expect(await two.isLocked('l')).toBe(true);
    await expect(two.lock('l')).rejects.toMatchObject({ code: 'exists', facts: { pid: process.pid } });
    await lock.release();
    expect(await two.isLocked('l')).toBe(false);
    await (await two.lock('l')).release();
    expect(await one.list('')).toEqual([]);
  });

  it('of a killed process is taken over, by one of several', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const { pid } = child;
    writeFileSync(join(folder, 'l'), JSON.stringify({ pid, host: hostname(), started: '', token: 'theirs' }));
    await expect(openFiles(folder).lock('l')).rejects.toThrow(`process ${pid}`);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => openFiles(folder).lock('l')));
    const locks = tries.filter((one) => one.status === 'fulfilled');
    expect(locks).toHaveLength(1);
    for (const one of tries) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(KarstError);
    await locks[0]?.value.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of an earlier process with the same id is taken over', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only Linux tells when a process began without asking another program');
    writeFileSync(join(folder, 'l'), JSON.stringify({ pid: process.pid, host: hostname(), started: 'boot/1', token: 'old' }));
    expect(await openFiles(folder).isLocked('l')).toBe(false);
    await (await openFiles(folder).lock('l')).release();
  });

  it('of another machine is respected', async () => {
    writeFileSync(join(folder, 'l'), JSON.stringify({ pid: 1, host: 'elsewhere', started: '', token: 't' }));
    await expect(openFiles(folder).lock('l')).rejects.toThrow('process 1 on elsewhere is training this run');
  });

  it('that was torn while being made counts as stale', async () => {
    writeFileSync(join(folder, 'l'), '{"pid"');
    await (await openFiles(folder).lock('l')).release();
  });
});
