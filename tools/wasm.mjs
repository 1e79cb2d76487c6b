// Compiles every src/**/*.as.ts (AssemblyScript, SIMD) to a sibling *.wasm.ts that exports the bytes as base64, so that no host has to
// find a binary file. The output is committed; `--check` fails where it is not what the source gives.
import { readFileSync, writeFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const check = process.argv.includes('--check');
const sources = readdirSync('src', { recursive: true })
  .map((name) => path.join('src', name))
  .filter((name) => name.endsWith('.as.ts'));

let stale = 0;
for (const source of sources.sort()) {
  let bytes;
  const { error, stderr } = await asc.main(
    [
      source,
      '--outFile',
      'out.wasm',
      '--optimizeLevel',
      '3',
      '--enable',
      'simd',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '--converge',
    ],
    {
      readFile: (name, base) => (existsSync(path.join(base, name)) ? readFileSync(path.join(base, name), 'utf8') : null),
      writeFile: (name, contents) => void (name === 'out.wasm' && (bytes = contents)),
      listFiles: () => [],
    },
  );
  if (error || !bytes) throw new Error(`${source}: ${stderr.toString()}`);
  const target = source.replace(/\.as\.ts$/, '.wasm.ts');
  const text = `// Made from ${path.basename(source)} by tools/wasm.mjs; ${bytes.length} bytes.\nexport default '${Buffer.from(bytes).toString('base64')}';\n`;
  if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
  if (check) {
    stale++;
    console.error(`${target} is not what ${source} compiles to; run: node tools/wasm.mjs`);
  } else {
    writeFileSync(target, text);
    console.log(`${source} → ${target}, ${bytes.length} bytes`);
  }
}
process.exitCode = stale ? 1 : 0;
