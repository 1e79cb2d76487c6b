// A folder of pictures to a dataset. First every file's head is read: what is no picture, or declares too many pixels, is refused before
// anything decodes it. Then sharp (libvips) decodes, turns upright, lays on white and resizes, a few at a time on its own threads. Pictures
// that are all of one small size are kept pixel for pixel.
import { availableParallelism } from 'node:os';
import type sharpModule from 'sharp';
import type { OutputInfo } from 'sharp';
import { KarstError, throwIfCancelled } from '../../base/errors.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import type { Limits } from '../../datasets/limits.ts';
import { sortLabelNames } from '../../datasets/parts.ts';
import { pictureDataset } from '../../datasets/pictures.ts';
import { byteCount, count, refusal } from '../../datasets/refusal.ts';
import { describeBytes, pictureHeader } from '../../datasets/signatures.ts';
import type { ProgressRecord, RefusedFile } from '../../protocol/records.ts';
import { GuardedFile } from './guarded-file.ts';
import { asRefused, type FoundFile } from './walk.ts';

export interface PictureChoice {
  /** Side of the square that pictures become; 0: as they are if all alike and small, DEFAULT_SIDE otherwise. */
  readonly size: number;
  readonly fit: 'cover' | 'contain';
  readonly channels: 'auto' | 'grey' | 'colour';
  /** Take so many, spread evenly over the sorted names; 0: all. */
  readonly rows: number;
}

export interface PictureReading {
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: ProgressRecord) => void;
}

const DEFAULT_SIDE = 32;
/** Pictures at most this large, and all alike, are not resized. */
const KEPT_SIDE = 64;
/** Most are photographs: what they show stays what it is mirrored, but not upside down. */
const PHOTOGRAPHS_BEAR = ['flipHorizontal', 'shift', 'crop', 'colour'] as const;
const HEAD_BYTES = 65_536;
const DECODE_SECONDS = 30;
const A_PICTURE = 'a PNG, JPEG, WebP or GIF picture';
const SPLIT_NAMES = /^(train|training|test|testing|val|valid|validation)$/i;

interface Candidate extends FoundFile {
  readonly width: number;
  readonly height: number;
}

export const isPictureName = (name: string): boolean => /\.(png|jpe?g|webp|gif)$/i.test(name);

export async function pictureFolder(
  id: string,
  title: string,
  found: { readonly files: readonly FoundFile[]; readonly refused: readonly RefusedFile[] },
  choice: PictureChoice,
  reading: PictureReading,
): Promise<{ dataset: Dataset; refused: RefusedFile[] }> {
  const refused: RefusedFile[] = [...found.refused];
  const sharp = await loadSharp();
  const wanted = choice.rows > 0 ? spread(found.files, choice.rows) : found.files;
  const candidates = await judge(wanted, refused, reading);
  const target = targetSize(candidates, choice);
  checkMemory(title, candidates.length, target, reading.limits);

  const perPicture = target.height * target.width * 3;
  const pixels = new Uint8Array(candidates.length * perPicture);
  const good = new Uint8Array(candidates.length);
  const progress = counter('Reading pictures', candidates.length, reading);
  await each(candidates, Math.max(2, Math.min(4, availableParallelism())), reading.signal, async (candidate, i) => {
    try {
      pixels.set(await decode(sharp, candidate, target, choice, reading.limits), i * perPicture);
      good[i] = 1;
    } catch (thrown) {
      refused.push(asRefused(candidate.name, 'a picture that can be decoded', thrown));
    }
    progress();
  });

  const kept = candidates.filter((_, i) => good[i]);
  refused.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  if (kept.length === 0) throw nothingGood(title, refused);
  let rows = 0;
  for (let i = 0; i < good.length; i++) if (good[i]) pixels.copyWithin(rows++ * perPicture, i * perPicture, (i + 1) * perPicture);
  const inColour = pixels.subarray(0, rows * perPicture);
  const isGrey = choice.channels !== 'colour' && (choice.channels === 'grey' || greyThroughout(inColour));
  const notes = [
    ...(target.isKept
      ? []
      : [`pictures were resized to ${target.width} × ${target.height} pixels; the parameter size gives another`]),
    ...(refused.length > 0 ? [`${count(refused.length)} ${refused.length === 1 ? 'file was' : 'files were'} refused`] : []),
    ...(wanted.length < found.files.length ? [`${count(wanted.length)} of ${count(found.files.length)} files were taken`] : []),
  ];
  const about = { id, title, notes: [...notes], augmentations: PHOTOGRAPHS_BEAR, ...labelled(kept.map(({ name }) => name)) };
  const values = isGrey ? inColour.filter((_, i) => i % 3 === 0) : inColour;
  const dataset = pictureDataset(about, { height: target.height, width: target.width, channels: isGrey ? 1 : 3, values });
  return { dataset, refused };
}

type Decoder = typeof sharpModule;

/** Loaded when first needed, so that everything else works where its native library cannot be had. */
async function loadSharp(): Promise<Decoder> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const why = 'pictures cannot be decoded here: the package sharp does not load; install it again with npm ci';
    throw new KarstError('unsupported', why, {}, cause);
  }
}

const spread = (files: readonly FoundFile[], rows: number): readonly FoundFile[] =>
  rows >= files.length
    ? files
    : Array.from({ length: rows }, (_, i) => files[Math.floor((i * files.length) / rows)] as FoundFile);

/** Reads every head; pushes to `refused` what is no picture or too large a one. */
async function judge(files: readonly FoundFile[], refused: RefusedFile[], reading: PictureReading): Promise<Candidate[]> {
  const judged = new Array<Candidate | undefined>(files.length);
  const { limits } = reading;
  const progress = counter('Looking at files', files.length, reading);
  await each(files, 8, reading.signal, async (found, i) => {
    try {
      const file = await GuardedFile.open(found.path, found.name);
      try {
        let head = await file.head(HEAD_BYTES);
        let picture = pictureHeader(head);
        if (!picture) throw refusal(found.name, A_PICTURE, describeBytes(head));
        if (file.size > limits.pictureFileBytes)
          throw refusal(found.name, `a picture file of at most ${byteCount(limits.pictureFileBytes)}`, byteCount(file.size));
        if (!picture.size && file.size > HEAD_BYTES) {
          head = await file.all(); // a JPEG with long metadata first
          picture = pictureHeader(head) ?? picture;
        }
        if (!picture.size) throw refusal(found.name, A_PICTURE, `a ${picture.format} file that is cut short or damaged`);
        const { width, height } = picture.size;
        if (width === 0 || height === 0) throw refusal(found.name, 'a picture with pixels', `${width} × ${height}`);
        if (width * height > limits.picturePixels) {
          throw refusal(
            found.name,
            `a picture of at most ${count(limits.picturePixels)} pixels`,
            `${count(width)} × ${count(height)}`,
          );
        }
        judged[i] = { ...found, width, height };
      } finally {
        await file.close();
      }
    } catch (thrown) {
      refused.push(asRefused(found.name, A_PICTURE, thrown));
    }
    progress();
  });
  return judged.filter((one) => one !== undefined);
}

interface Target {
  readonly width: number;
  readonly height: number;
  readonly isKept: boolean;
}

function targetSize(candidates: readonly Candidate[], { size }: PictureChoice): Target {
  if (size > 0)
    return { width: size, height: size, isKept: candidates.every(({ width, height }) => width === size && height === size) };
  const [first] = candidates;
  const isKept =
    first !== undefined &&
    Math.max(first.width, first.height) <= KEPT_SIDE &&
    candidates.every(({ width, height }) => width === first.width && height === first.height);
  return isKept ? { width: first.width, height: first.height, isKept } : { width: DEFAULT_SIDE, height: DEFAULT_SIDE, isKept };
}

function checkMemory(title: string, pictures: number, target: Target, limits: Limits): void {
  const bytes = pictures * target.width * target.height * 3;
  if (bytes <= limits.memoryBytes) return;
  throw refusal(
    title,
    `pictures that take at most ${byteCount(limits.memoryBytes)} of memory`,
    `${count(pictures)} that take ${byteCount(bytes)}`,
    {
      code: 'too-large',
      advice: 'Open them with a smaller size, or a part of them with rows',
    },
  );
}

/** [height, width, 3] bytes. */
async function decode(
  sharp: Decoder,
  candidate: Candidate,
  target: Target,
  choice: PictureChoice,
  limits: Limits,
): Promise<Uint8Array> {
  const file = await GuardedFile.open(candidate.path, candidate.name);
  let bytes: Uint8Array;
  try {
    if (file.size > limits.pictureFileBytes) throw refusal(candidate.name, 'a file that stays as it is', 'a larger one now');
    bytes = await file.all();
  } finally {
    await file.close();
  }
  if (!pictureHeader(bytes)) throw refusal(candidate.name, A_PICTURE, describeBytes(bytes)); // exchanged since it was judged
  const picture = sharp(bytes, { limitInputPixels: limits.picturePixels, failOn: 'error', sequentialRead: true, pages: 1 })
    .autoOrient()
    .timeout({ seconds: DECODE_SECONDS })
    .flatten({ background: '#fff' })
    .resize(target.width, target.height, { fit: choice.fit, background: '#fff' });
  const inSpace = choice.channels === 'grey' ? picture.greyscale() : picture.toColourspace('srgb');
  let decoded: { data: Uint8Array; info: OutputInfo };
  try {
    decoded = await inSpace.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause);
    throw refusal(candidate.name, 'a picture that can be decoded', `a damaged one (${why})`, { cause });
  }
  const { data, info } = decoded;
  if (info.channels === 3) return data;
  const wide = new Uint8Array(info.width * info.height * 3);
  for (let p = 0; p < info.width * info.height; p++) wide.fill(data[p * info.channels] as number, 3 * p, 3 * p + 3);
  return wide;
}

function greyThroughout(pixels: Uint8Array): boolean {
  for (let i = 0; i < pixels.length; i += 3) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false;
  }
  return true;
}

/** The first folder of each name is its label; folders called train and test are parts of the data, and the next one is the label. */
export function labelled(names: readonly string[]): { labels?: Int32Array; labelNames?: string[]; heldOutRows?: Int32Array } {
  const paths = names.map((name) => name.split('/'));
  const isSplit = paths.every(([first, ...rest]) => rest.length > 0 && SPLIT_NAMES.test(first as string));
  const folderOf = (path: readonly string[]): string | undefined =>
    path.length > (isSplit ? 2 : 1) ? path[isSplit ? 1 : 0] : undefined;
  const trained = isSplit ? paths.map(([first]) => /^train/i.test(first as string)) : [];
  const apart = Int32Array.from(trained.flatMap((isTrained, row) => (isTrained ? [] : [row])));
  const heldOut = apart.length > 0 && apart.length < names.length ? { heldOutRows: apart } : {};
  const labelNames = sortLabelNames(new Set(paths.map(folderOf).filter((folder) => folder !== undefined)));
  if (labelNames.length === 0) return heldOut;
  const order = new Map(labelNames.map((name, i) => [name, i]));
  return { labels: Int32Array.from(paths, (path) => order.get(folderOf(path) ?? '') ?? -1), labelNames, ...heldOut };
}

export function nothingGood(title: string, refused: readonly RefusedFile[]): Error {
  const [first] = refused;
  const found = first
    ? `${count(refused.length)} refused, the first being ${first.file} (expected ${first.expected}; found ${first.found})`
    : 'no files';
  return refusal(title, 'a folder with at least one usable file', found, {
    advice: 'Karst opens pictures (PNG, JPEG, WebP, GIF), IDX, NPY, NPZ, CSV and TSV files',
  });
}

/** Runs `work` over `items`, `width` at a time; stops at the first throw. */
async function each<T>(
  items: readonly T[],
  width: number,
  signal: AbortSignal | undefined,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      throwIfCancelled(signal);
      const index = next++;
      try {
        await work(items[index] as T, index);
      } catch (thrown) {
        next = items.length; // the other lanes end too
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

function counter(text: string, total: number, { onProgress }: PictureReading): () => void {
  let done = 0;
  return () => {
    done++;
    onProgress({ fraction: done / total, text: `${text}: ${count(done)} of ${count(total)}` });
  };
}
