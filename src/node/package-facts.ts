// Where Karst's own package lies and which versions it runs with, from sources, a build or an app's archive alike.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { KarstError } from '../base/errors.ts';

export function packageRoot(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file) && versionIn(file, 'karst')) return folder;
    if (path.dirname(folder) === folder) throw new KarstError('internal', "Karst's own package.json is not above its programs");
  }
}

/** The version that a package.json tells, if it is that of `name`. */
function versionIn(file: string, name: string): string | undefined {
  const facts = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
  return facts.name === name ? String(facts.version) : undefined;
}

export function versions(): Readonly<Record<string, string>> {
  const karst = versionIn(path.join(packageRoot(), 'package.json'), 'karst') ?? 'unknown';
  const found: Record<string, string> = { karst, node: process.versions.node };
  const require = createRequire(import.meta.url);
  for (const name of ['@tensorflow/tfjs', 'onnxruntime-node']) {
    try {
      found[name] = String((require(`${name}/package.json`) as { version: unknown }).version);
    } catch {
      // not installed on this machine: another device computes
    }
  }
  return found;
}
