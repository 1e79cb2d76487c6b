// Downloads one file to disk as a stream, hashing it on the way, and holds what came against the checksums the server sent along.
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KarstError } from '../../base/errors.ts';

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (received: number, total: number | undefined) => void;
  readonly fetch?: typeof globalThis.fetch;
  readonly maxBytes?: number;
  /** Given up when nothing comes for so long. */
  readonly stallMs?: number;
}

export interface Download {
  readonly bytes: number;
  readonly sha256: string;
  /** True where the server named a digest of the content, and it fits. */
  readonly serverChecked: boolean;
}

/** Digests that a server names: RFC 9530's Repr-Digest, the older Digest, and Google Cloud Storage's x-goog-hash. Base64 by algorithm. */
function serverDigests(headers: Headers): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['repr-digest', 'digest', 'x-goog-hash']) {
    for (const [, algorithm = '', value = ''] of (headers.get(name) ?? '').matchAll(/([\w-]+)=:?([A-Za-z0-9+/]+=*):?/g)) {
      const plain = algorithm.toLowerCase().replace('-', '');
      if (plain === 'sha256' || plain === 'md5') found[plain] = value;
    }
  }
  return found;
}

function unreachable(url: string, cause: unknown): KarstError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = inner instanceof Error ? ((inner as NodeJS.ErrnoException).code ?? inner.message) : String(inner);
  return new KarstError('disconnected', `${url} cannot be reached (${reason}); check the network, or name a mirror`, {}, cause);
}

/** What a failing disk, network or caller means to a person. */
function explain(error: unknown, url: string, path: string): unknown {
  if (error instanceof KarstError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new KarstError('disk', `the disk is full: ${path} cannot be written`, {}, error);
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new KarstError('disk', `${path} cannot be written (${code})`, {}, error);
  return unreachable(url, error);
}

export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<Download> {
  const { maxBytes = 4 * 2 ** 30, stallMs = 60_000, signal } = options;
  const stop = new AbortController();
  const cancel = (): void =>
    stop.abort(signal?.reason instanceof KarstError ? signal.reason : new KarstError('cancelled', 'cancelled'));
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const stall = (): void => stop.abort(new KarstError('disconnected', `${url}: nothing came for ${String(stallMs / 1000)} s`));
  let timer = setTimeout(stall, stallMs);
  try {
    const response = await (options.fetch ?? globalThis.fetch)(url, { signal: stop.signal, redirect: 'follow' });
    if (!response.ok || !response.body) {
      const code = response.status === 404 ? 'not-found' : 'disconnected';
      throw new KarstError(code, `${url} answered ${String(response.status)} ${response.statusText}`.trim());
    }
    // A content-encoding is undone by fetch, and then neither length nor digests are those of what arrives.
    const asSent = response.headers.get('content-encoding') === null;
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = asSent && Number.isFinite(length) ? length : undefined;
    if (total !== undefined && total > maxBytes)
      throw new KarstError('too-large', `${url} is ${String(total)} bytes, more than ${String(maxBytes)}`);
    const disk = await statfs(dirname(path));
    if (total !== undefined && disk.bavail * disk.bsize < total) {
      throw new KarstError(
        'disk',
        `${dirname(path)} has ${String(disk.bavail * disk.bsize)} bytes left, ${url} needs ${String(total)}`,
      );
    }
    const named = asSent ? serverDigests(response.headers) : {};
    const hashes: Record<string, Hash> = { sha256: createHash('sha256') };
    if (named['md5'] !== undefined) hashes['md5'] = createHash('md5');
    let received = 0;
    const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        clearTimeout(timer);
        timer = setTimeout(stall, stallMs);
        received += chunk.length;
        if (received > maxBytes) throw new KarstError('too-large', `${url} is larger than ${String(maxBytes)} bytes`);
        for (const hash of Object.values(hashes)) hash.update(chunk);
        options.onBytes?.(received, total);
        yield chunk;
      }
    };
    await pipeline(Readable.from(response.body), counted, createWriteStream(path), {
      signal: stop.signal,
    });
    if (total !== undefined && received !== total) {
      throw new KarstError('bad-data', `${url}: ${String(received)} of ${String(total)} bytes came`);
    }
    const digests = Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, hash.digest()]));
    for (const [algorithm, expected] of Object.entries(named)) {
      const actual = digests[algorithm]?.toString('base64');
      if (actual !== expected)
        throw new KarstError('bad-data', `${url}: the server names ${algorithm} ${expected}, what came has ${String(actual)}`);
    }
    return {
      bytes: received,
      sha256: (digests['sha256'] as Buffer).toString('hex'),
      serverChecked: Object.keys(named).length > 0,
    };
  } catch (error) {
    throw explain(stop.signal.aborted ? stop.signal.reason : error, url, path);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
