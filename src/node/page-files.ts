// The built page's files, by URL path, for the loopback server and the desktop app's scheme alike. Nothing outside the folder is ever
// read: dot files, parent paths, encoded slashes and links that lead out are not found.
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

export interface PageFile {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** The file that `urlPath` (undecoded, starting with "/") names below `folder`, or undefined. "/" is index.html. */
export async function pageFile(folder: string, urlPath: string): Promise<PageFile | undefined> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  const parts = decoded.split('/').filter((part) => part !== '');
  if (parts.some((part) => part.startsWith('.') || /[\\\0:]/.test(part))) return undefined;
  const relative = parts.length === 0 ? 'index.html' : parts.join('/');
  const type = types[path.extname(relative)];
  if (!type) return undefined;
  try {
    const root = await realpath(folder);
    const file = await realpath(path.join(root, relative));
    if (!file.startsWith(root + path.sep)) return undefined;
    // Vite puts a content hash into the name of everything under assets/.
    const caching = relative.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-store';
    return { bytes: await readFile(file), headers: { 'Content-Type': type, 'Cache-Control': caching } };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG')
      return undefined;
    throw error;
  }
}
