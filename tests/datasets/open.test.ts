// Paths: what people have on their disks, and what somebody could put there to do harm.
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KarstError } from '../../src/base/errors.ts';
import { readRows } from '../../src/datasets/dataset.ts';
import { splitRows } from '../../src/datasets/split.ts';
import { datasetRecord } from '../../src/engine/dataset-shelf.ts';
import { inspectDataset } from '../../src/engine/inspection.ts';
import { GuardedFile } from '../../src/node/datasets/guarded-file.ts';
import { openDataset } from '../../src/node/datasets/open.ts';
import type { ProgressRecord } from '../../src/protocol/records.ts';
import { concat, npyDictionary, npyHead, writeCsv, writeIdx, writeNpy, writeNpz } from './writers.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'karst-datasets-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function put(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(home, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function refusalOf(path: string, options = {}): Promise<KarstError> {
  try {
    await openDataset(path, options);
  } catch (thrown) {
    if (thrown instanceof KarstError) return thrown;
    throw thrown;
  }
  throw new Error(`${path} opened`);
}

const pixels = (total: number): Uint8Array => Uint8Array.from({ length: total }, (_, i) => (i * 89 + 3) & 255);

type Format = 'png' | 'jpeg' | 'webp' | 'gif';
const picture = (width: number, height: number, format: Format = 'png', colour = '#c04020'): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: colour } })
    .toFormat(format)
    .toBuffer();

/** A folder of one grey picture, written by `write`. */
async function madeOf(name: string, write: (image: Sharp) => Sharp): Promise<string> {
  const image = sharp({ create: { width: 12, height: 12, channels: 3, background: '#808080' } });
  await put(`${name}/a.png`, await write(image).toBuffer());
  return name;
}

describe('names and paths', () => {
  it('opens generated datasets by name, with seed and parameters', async () => {
    const { dataset } = await openDataset('ring', { params: { rows: 50 }, seed: 4 });
    const same = await openDataset('ring', { params: { rows: 50, seed: 4 }, seed: 9 });
    expect(dataset.rows).toBe(50);
    expect(same.dataset.fingerprint).toBe(dataset.fingerprint);
    expect((await refusalOf('ring', { params: { colour: 1 } })).message).toMatch(
      /unknown parameter ring\.colour; known: rows, seed/,
    );
  });

  it('names what is known when nothing is there', async () => {
    const error = await refusalOf(join(home, 'shape'));
    expect(error.code).toBe('not-found');
    expect(error.message).toMatch(/found nothing there\. Known names: shapes, ring, grid/);
  });

  it('checks parameters', async () => {
    const path = await put('a.csv', '1,2\n3,4\n');
    expect((await refusalOf(path, { params: { sise: 3 } })).message).toMatch(
      /unknown parameter dataset a\.csv\.sise; known: rows, size/,
    );
  });

  it('refuses pipes and devices at once', async () => {
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(home, 'pipe.npy')]);
    expect((await refusalOf(join(home, 'pipe.npy'))).message).toMatch(/found a named pipe/);
    expect((await refusalOf('/dev/zero')).message).toMatch(/found a device/);
    await put('a.png', await picture(4, 4));
    execFileSync('mkfifo', [join(home, 'b.png')]);
    const { dataset, refused } = await openDataset(home);
    expect(dataset.rows).toBe(1);
    expect(refused).toContainEqual({ file: 'b.png', expected: 'a file', found: 'a named pipe' });
  });
});

describe('array files', () => {
  it('opens every format to the same rows, gzipped or not', async () => {
    const values = pixels(5 * 6 * 6);
    const paths = [
      await put('a/x.npy', writeNpy('|u1', [5, 6, 6], values)),
      await put('b/x.npy.gz', gzipSync(writeNpy('|u1', [5, 6, 6], values))),
      await put('c/x.npz', writeNpz({ x: writeNpy('|u1', [5, 6, 6], values) })),
      await put('d/x-idx3-ubyte', writeIdx([5, 6, 6], values)),
      await put('e/x-idx3-ubyte.gz', gzipSync(writeIdx([5, 6, 6], values))),
      await put('f/unnamed', writeIdx([5, 6, 6], values)),
    ];
    const opened = await Promise.all(paths.map((path) => openDataset(path)));
    expect(new Set(opened.map(({ dataset }) => dataset.fingerprint)).size).toBe(1);
    const folders = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((folder) => openDataset(join(home, folder))));
    expect(new Set([...opened, ...folders].map(({ dataset }) => dataset.fingerprint)).size).toBe(1);
    expect(opened[0]?.dataset.id).toBe(resolve(paths[0] as string));
  });

  it('opens vectors larger than a block, and parts of them', async () => {
    const values = Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i));
    const path = await put('v.npy', writeNpy('<f4', [30_000, 10], values));
    const { dataset } = await openDataset(path);
    expect(readRows(dataset, [29_999])).toEqual(values.slice(-10));
    const part = await openDataset(path, { params: { rows: 7 } });
    expect(part.dataset.rows).toBe(7);
    expect(readRows(part.dataset, [6])).toEqual(values.slice(60, 70));
    const limits = { memoryBytes: 100_000 };
    expect((await refusalOf(path, { limits })).code).toBe('too-large');
    expect((await openDataset(path, { limits, params: { rows: 100 } })).dataset.rows).toBe(100);
    const packed = await put('v.npy.gz', gzipSync(await readFile(path)));
    expect((await openDataset(packed, { limits, params: { rows: 100 } })).dataset.rows).toBe(100);
  });

  it('pairs labels by name and holds out the test part', async () => {
    const train = pixels(4 * 9);
    await put('m/train-images-idx3-ubyte', writeIdx([4, 3, 3], train));
    await put('m/train-labels-idx1-ubyte.gz', gzipSync(writeIdx([4], Uint8Array.of(1, 0, 1, 2))));
    await put('m/t10k-images-idx3-ubyte.gz', gzipSync(writeIdx([2, 3, 3], pixels(18))));
    await put('m/t10k-labels-idx1-ubyte', writeIdx([2], Uint8Array.of(2, 5)));
    const { dataset, refused } = await openDataset(join(home, 'm'));
    expect(refused).toEqual([]);
    expect(dataset.rows).toBe(6);
    expect(dataset.labelNames).toEqual(['0', '1', '2', '5']);
    expect([...(dataset.labels ?? [])]).toEqual([1, 0, 1, 2, 2, 3]);
    expect([...splitRows(dataset, 1).heldOut]).toEqual([4, 5]);
    expect(inspectDataset(datasetRecord(dataset), dataset, refused)).toMatchObject({
      kind: 'dataset',
      dataset: { augmentations: ['shift', 'crop', 'rotate'] },
      classCounts: [1, 2, 2, 1],
      heldOutRows: 2,
    });
    const alone = await openDataset(join(home, 'm/train-images-idx3-ubyte'));
    expect([...(alone.dataset.labels ?? [])]).toEqual([1, 0, 1, 2]);
    await put('n/x.npy', writeNpy('<f4', [2, 2], [1, 2, 3, 4]));
    await put('n/y.npy', writeNpy('<i8', [2], [8, 9]));
    expect((await openDataset(join(home, 'n'))).dataset.labelNames).toEqual(['8', '9']);
  });

  it('opens the good pairs of a folder and names the others', async () => {
    await put('m/train-images-idx3-ubyte', writeIdx([4, 3, 3], pixels(36)));
    await put('m/train-labels-idx1-ubyte', writeIdx([3], Uint8Array.of(1, 0, 1)));
    await put('m/t10k-images-idx3-ubyte', writeIdx([2, 3, 3], pixels(18)));
    await put('m/t10k-labels-idx1-ubyte', writeIdx([2], Uint8Array.of(2, 5)));
    const { dataset, refused } = await openDataset(join(home, 'm'));
    expect(dataset.rows).toBe(2);
    expect(refused).toEqual([{ file: 'train-labels-idx1-ubyte', expected: '4 labels, one for each row', found: '3 labels' }]);
    await rm(join(home, 'm/t10k-images-idx3-ubyte'));
    const error = await refusalOf(join(home, 'm'));
    expect(error.message).toMatch(
      /train-labels-idx1-ubyte: expected 4 labels, one for each row; found 3 labels\. Take the label file away/,
    );
  });

  it('refuses a folder of several datasets, naming them', async () => {
    await put('m/a.csv', '1,2\n');
    await put('m/b.npz', writeNpz({ x: writeNpy('<f4', [1, 1], [1]) }));
    expect((await refusalOf(join(home, 'm'))).message).toMatch(/m: expected one dataset in the folder; found a\.csv, b\.npz/);
  });

  it('stops claims that no file could keep', async () => {
    const huge = concat(npyHead(npyDictionary('|u1', ['1152921504606846976', 1])), new Uint8Array(9));
    expect((await refusalOf(await put('huge.npy', huge))).code).toBe('too-large');
    const large = concat(npyHead(npyDictionary('|u1', [500_000_000, 2])), new Uint8Array(9));
    expect((await refusalOf(await put('large.npy', large))).message).toMatch(
      /large\.npy: expected 1,000,000,128 bytes, as its header announces; found 137, cut short/,
    );
    expect((await refusalOf(await put('large.npy.gz', gzipSync(large)))).message).toMatch(
      /which no compression can stretch so far/,
    );
    const bomb = gzipSync(concat(npyHead(npyDictionary('|u1', [100, 2])), new Uint8Array(30_000_000)));
    const before = process.memoryUsage().arrayBuffers;
    expect((await refusalOf(await put('bomb.npy.gz', bomb))).message).toMatch(
      /expected 328 bytes, as its header announces; found [\d,]+, with something after its end/,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    const lines = gzipSync('1,2\n'.repeat(600_000));
    expect((await refusalOf(await put('bomb.csv.gz', lines), { limits: { csvBytes: 1_000_000 } })).message).toMatch(
      /bomb\.csv\.gz: expected at most 1\.0 MB of text/,
    );
  });

  it('names what is cut short, empty, mislabelled or hostile', async () => {
    const npy = writeNpy('<f4', [2, 2], [1, 2, 3, 4]);
    const cases: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
      ['empty.npy', '', /empty\.npy: expected a NumPy array \(NPY\); found an empty file/],
      ['empty.csv', '', /empty\.csv: expected at least one row of numbers; found an empty file/],
      ['empty.npz', '', /empty\.npz: expected an intact ZIP archive \(NPZ\); found an empty file/],
      ['a-idx3-ubyte', '', /a-idx3-ubyte: expected an IDX file .*; found an empty file/],
      ['a-idx3-ubyte.gz', '', /a-idx3-ubyte\.gz: expected an (IDX|intact gzip) file.*; found/],
      [
        'b-idx3-ubyte.gz',
        gzipSync(writeIdx([2, 2, 2], pixels(8))).subarray(0, 20),
        /intact gzip file; found one that is cut short/,
      ],
      ['c-idx3-ubyte.gz', 'not gzip at all', /c-idx3-ubyte\.gz: expected an intact gzip file; found damaged data/],
      ['cut.npy', npy.subarray(0, npy.length - 1), /cut\.npy: expected 144 bytes, as its header announces; found 143, cut short/],
      ['zip.npy', writeNpz({ x: npy }), /zip\.npy: expected a NumPy array \(NPY\); found a ZIP archive/],
      ['objects.npy', concat(npyHead(npyDictionary('|O', [1, 1])), new Uint8Array(30)), /Python objects \(a pickle\)/],
      ['ragged.csv', '1,2\n3\n', /ragged\.csv, line 2: expected 2 columns, like the first line; found 1/],
      ['picture.csv', await picture(2, 2), /picture\.csv: expected UTF-8 text .*; found a PNG picture/],
      ['a.png', await picture(2, 2), /a\.png: expected an IDX, .* found a PNG picture\. Open the folder that holds it/],
      ['notes.txt', 'hello', /notes\.txt: expected an IDX, NPY, NPZ, CSV or TSV file, .*; found text that starts with "hello"/],
    ];
    for (const [name, content, message] of cases) {
      const error = await refusalOf(await put(name, content));
      expect(error.message).toMatch(message);
      expect(error.code).not.toBe('internal');
    }
  });

  it('notices a file that changes while it is read', async () => {
    const path = await put('a.csv', '1,2\n'.repeat(1000));
    const file = await GuardedFile.open(path, 'a.csv');
    await appendFile(path, '3,4\n');
    await expect(file.all()).rejects.toThrow(
      /a\.csv: expected a file that stays as it is while it is read \(4,000 bytes\); found 4,004 bytes now/,
    );
    await writeFile(path, '1\n');
    await expect(file.all()).rejects.toThrow(/found an end after 2/);
    await file.close();
  });

  it('can be taken back', async () => {
    const path = await put('a.csv', writeCsv(Array.from({ length: 50_000 }, (_, i) => [i, i / 2])));
    const controller = new AbortController();
    controller.abort();
    await expect(openDataset(path, { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    const packed = await put('x.npy.gz', gzipSync(writeNpy('|u1', [30_000, 100], pixels(3_000_000)), { level: 0 }));
    const later = new AbortController();
    const half = openDataset(packed, { signal: later.signal, onProgress: () => later.abort() });
    await expect(half).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('picture folders', () => {
  it('keeps small pictures of one size pixel for pixel', async () => {
    const raw = pixels(7 * 9 * 3);
    await put(
      'p/a.png',
      await sharp(raw, { raw: { width: 9, height: 7, channels: 3 } })
        .png()
        .toBuffer(),
    );
    const { dataset } = await openDataset(join(home, 'p'));
    expect(dataset.sample).toEqual({ kind: 'picture', height: 7, width: 9, channels: 3 });
    expect(Array.from(readRows(dataset, [0]), (x) => Math.round(255 * x))).toEqual([...raw]);
    expect(dataset.notes).toEqual([]);
  });

  it('reads PNG, JPEG, WebP and GIF, whatever they are called, labels by folder, with progress', async () => {
    await put('p/red/1.png', await picture(50, 40));
    await put('p/red/2.jpg', await picture(90, 90, 'jpeg'));
    await put('p/blue/deep/3.webp', await picture(20, 60, 'webp', '#2040c0'));
    await put('p/blue/4.GIF', await picture(64, 64, 'gif', '#2040c0'));
    await put('p/red/x.png/5.png', await picture(100, 100, 'jpeg'));
    await put('p/6.png', await picture(33, 33));
    await put('p/.hidden.png', 'no picture');
    const progress: ProgressRecord[] = [];
    const { dataset, refused } = await openDataset(join(home, 'p'), {
      params: { size: 16 },
      onProgress: (one) => progress.push(one),
    });
    expect(refused).toEqual([]);
    expect(dataset.sample).toEqual({ kind: 'picture', height: 16, width: 16, channels: 3 });
    expect(dataset.labelNames).toEqual(['blue', 'red']);
    expect([...(dataset.labels ?? [])]).toEqual([-1, 0, 0, 1, 1, 1]);
    const middle = Array.from({ length: 6 }, (_, i) => readRows(dataset, [i])[(8 * 16 + 8) * 3] as number);
    middle.forEach((red, i) => expect(red).toBeCloseTo(i === 1 || i === 2 ? 0x20 / 255 : 0xc0 / 255, 1));
    expect(progress.at(-1)).toMatchObject({ fraction: 1, text: 'Reading pictures: 6 of 6' });
    expect(dataset.notes[0]).toMatch(/resized to 16 × 16/);
    expect((await openDataset(join(home, 'p'))).dataset.sample).toMatchObject({ height: 32, width: 32 });
    expect((await openDataset(join(home, 'p'), { params: { rows: 3 } })).dataset.rows).toBe(3);
  });

  it('takes the first frame of an animation, lays transparency on white and turns pictures upright', async () => {
    const frames = await sharp([await picture(8, 8, 'png', '#00ff00'), await picture(8, 8, 'png', '#0000ff')], {
      join: { animated: true },
    })
      .gif()
      .toBuffer();
    await put('p/a.gif', frames);
    await put(
      'p/b.png',
      await sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
        .png()
        .toBuffer(),
    );
    const leftRed = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i % 3 === 0 && Math.floor(i / 3) % 8 < 4 ? 255 : 0));
    await put(
      'p/c.png',
      await sharp(leftRed, { raw: { width: 8, height: 8, channels: 3 } })
        .withMetadata({ orientation: 6 })
        .png()
        .toBuffer(),
    );
    const { dataset } = await openDataset(join(home, 'p'));
    expect([...readRows(dataset, [0]).slice(0, 3)]).toEqual([0, 1, 0]);
    expect(readRows(dataset, [1]).every((value) => value === 1)).toBe(true);
    const turned = readRows(dataset, [2]);
    expect([turned[0], turned[21], turned[7 * 24]]).toEqual([1, 1, 0]); // what was left is on top
  });

  it('finds out that pictures are grey', async () => {
    await put(
      'p/a.png',
      await sharp(pixels(25), { raw: { width: 5, height: 5, channels: 1 } })
        .png()
        .toBuffer(),
    );
    const grey = (await openDataset(join(home, 'p'))).dataset;
    expect(grey.sample).toMatchObject({ channels: 1 });
    expect(Array.from(readRows(grey, [0]), (x) => Math.round(255 * x))).toEqual([...pixels(25)]);
    expect((await openDataset(join(home, 'p'), { params: { channels: 'colour' } })).dataset.sample).toMatchObject({
      channels: 3,
    });
    await put('p/b.png', await picture(5, 5));
    expect((await openDataset(join(home, 'p'))).dataset.sample).toMatchObject({ channels: 3 });
    expect((await openDataset(join(home, 'p'), { params: { channels: 'grey' } })).dataset.sample).toMatchObject({ channels: 1 });
  });

  it('reads 16-bit, palette, grey with alpha, CMYK and interlaced pictures alike', async () => {
    const flat = (await openDataset(join(home, await madeOf('plain', (image) => image.png())))).dataset;
    const variants: Readonly<Record<string, (image: Sharp) => Sharp>> = {
      deep: (image) => image.toColourspace('rgb16').png(),
      palette: (image) => image.png({ palette: true }),
      interlaced: (image) => image.png({ progressive: true }),
      alpha: (image) => image.ensureAlpha(1).png(),
      greyAlpha: (image) => image.ensureAlpha(1).toColourspace('b-w').png(),
      deepGrey: (image) => image.toColourspace('grey16').png(),
      cmyk: (image) => image.toColourspace('cmyk').jpeg({ quality: 100 }),
      progressive: (image) => image.jpeg({ progressive: true }),
    };
    for (const [name, write] of Object.entries(variants)) {
      const { dataset } = await openDataset(join(home, await madeOf(name, write)), { params: { channels: 'colour' } });
      const [mine, plain] = [readRows(dataset, [0]), readRows(flat, [0])];
      const grey = Array.from(
        { length: 3 },
        (_, c) => plain[flat.sample.kind === 'picture' && flat.sample.channels === 1 ? 0 : c] as number,
      );
      grey.forEach((value, c) => expect(Math.abs((mine[c] as number) - value), name).toBeLessThan(0.06));
    }
  });

  it('fits by cropping or by adding white', async () => {
    await put('p/wide.png', await picture(80, 20, 'png', '#000000'));
    const cover = (await openDataset(join(home, 'p'), { params: { size: 16 } })).dataset;
    const contain = (await openDataset(join(home, 'p'), { params: { size: 16, fit: 'contain' } })).dataset;
    expect(Math.max(...readRows(cover, [0]))).toBe(0);
    expect(readRows(contain, [0])[0]).toBe(1);
  });

  it('opens the good pictures and names every refused file', async () => {
    const good = await picture(40, 40);
    const jpeg = await sharp(pixels(200 * 200 * 3), { raw: { width: 200, height: 200, channels: 3 } })
      .jpeg()
      .toBuffer();
    await put('p/good.png', good);
    await put('p/cut.png', good.subarray(0, 60));
    await put('p/cut.jpg', jpeg.subarray(0, jpeg.length / 2));
    await put('p/empty.png', '');
    await put('p/page.png', '<!DOCTYPE html><p>');
    await put('p/drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>');
    const bomb = new Uint8Array(good);
    new DataView(bomb.buffer).setUint32(16, 60_000);
    new DataView(bomb.buffer).setUint32(20, 60_000);
    await put('p/bomb.png', bomb);
    await symlink('/etc/passwd', join(home, 'p/outside.png'));
    await symlink('..', join(home, 'p/loop'));
    await symlink('.', join(home, 'p/self'));
    await symlink('nowhere.png', join(home, 'p/broken.png'));
    await symlink('good.png', join(home, 'p/inside.png'));
    const { dataset, refused } = await openDataset(join(home, 'p'));
    expect(dataset.rows).toBe(2);
    const found = Object.fromEntries(refused.map((one) => [one.file, `${one.expected}; ${one.found}`]));
    expect(Object.keys(found)).toEqual([
      'bomb.png',
      'broken.png',
      'cut.jpg',
      'cut.png',
      'drawing.svg',
      'empty.png',
      'loop',
      'outside.png',
      'page.png',
      'self',
    ]);
    expect(found['bomb.png']).toBe('a picture of at most 100,000,000 pixels; 60,000 × 60,000');
    expect(found['cut.jpg']).toMatch(/can be decoded; a damaged one/);
    expect(found['cut.png']).toMatch(/can be decoded; a damaged one/);
    expect(found['empty.png']).toMatch(/a PNG, JPEG, WebP or GIF picture; an empty file/);
    expect(found['page.png']).toMatch(/a web page/);
    expect(found['drawing.svg']).toMatch(/an XML or SVG document/);
    expect(found['outside.png']).toMatch(/leads out of it/);
    expect(found.loop).toMatch(/circle/);
    expect(found.self).toMatch(/circle/);
    expect(found['broken.png']).toMatch(/nothing there/);
    expect(dataset.notes.join()).toMatch(/10 files were refused/);
  });

  it('refuses a folder in which nothing is good', async () => {
    await mkdir(join(home, 'p'));
    expect((await refusalOf(join(home, 'p'))).message).toMatch(
      /p: expected a folder with at least one usable file; found no files/,
    );
    await put('p/a.png', 'no');
    await put('p/b.png', '');
    const error = await refusalOf(join(home, 'p'));
    expect(error.message).toMatch(
      /found 2 refused, the first being a\.png \(expected a PNG, JPEG, WebP or GIF picture; found text that starts with "no"\)/,
    );
  });

  it('names folders and files that may not be read', async () => {
    if (process.getuid?.() === 0) return; // root may read everything
    await put('p/a.png', await picture(4, 4));
    await chmod(await put('p/b.png', await picture(4, 4)), 0);
    const { refused } = await openDataset(join(home, 'p'));
    expect(refused).toEqual([{ file: 'b.png', expected: 'a readable file', found: 'no permission to read it' }]);
  });

  it('holds to its limits on memory and depth, and stops when told to', async () => {
    for (let i = 0; i < 30; i++) await put(`p/${i}.png`, await picture(8 + (i % 2), 8));
    expect((await refusalOf(join(home, 'p'), { limits: { memoryBytes: 10_000 } })).message).toMatch(
      /30 that take 92\.2 kB\. Open them with a smaller size/,
    );
    expect((await refusalOf(join(home, 'p'), { limits: { folderEntries: 5 } })).code).toBe('too-large');
    await put('p/a/b/c/deep.png', await picture(4, 4));
    const { refused } = await openDataset(join(home, 'p'), { limits: { folderDepth: 2 } });
    expect(refused).toEqual([{ file: 'a/b/c', expected: 'folders at most 2 deep', found: 'a deeper one' }]);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(openDataset(join(home, 'p'), { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('holds out folders called test', async () => {
    for (const name of ['train/cat/1', 'train/dog/2', 'test/cat/3']) await put(`p/${name}.png`, await picture(4, 4));
    const { dataset } = await openDataset(join(home, 'p'));
    expect(dataset.labelNames).toEqual(['cat', 'dog']);
    expect(dataset.augmentations).toEqual(['flipHorizontal', 'shift', 'crop', 'colour']);
    expect([...(dataset.heldOutRows ?? [])]).toEqual([0]);
    expect([...(dataset.labels ?? [])]).toEqual([0, 0, 1]);
  });
});

describe('the real MNIST test digits', () => {
  const folder = resolve('../shared/data/mnist');
  it.skipIf(!existsSync(folder))(
    'open as 10,000 labelled pictures, 8,000 to train on (skipped where the files are not at hand)',
    async () => {
      const { dataset, refused } = await openDataset(folder);
      expect(refused).toEqual([]);
      expect(dataset.rows).toBe(10_000);
      expect(dataset.sample).toEqual({ kind: 'picture', height: 28, width: 28, channels: 1 });
      expect(inspectDataset(datasetRecord(dataset), dataset, refused)).toMatchObject({
        classCounts: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
      });
      const raw = gunzipSync(await readFile(join(folder, 't10k-images-idx3-ubyte.gz'))).subarray(16);
      const row = readRows(dataset, [9999]);
      expect(Array.from(row, (x) => Math.round(255 * x))).toEqual([...raw.subarray(9999 * 784)]);
      expect(dataset.fingerprint).toBe('baf61ae076d04d3ca488058ea5015b81');
      const split = splitRows(dataset, 1);
      expect([split.train.length, split.heldOut.length]).toEqual([8000, 2000]);
    },
  );
});
