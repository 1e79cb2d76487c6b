// Reading on in a growing file gives what reading it whole gives, whatever happens to it, and costs what was added.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { appendLine, cutLines, openLines } from '../../src/runs/json-lines.ts';
import { MemoryFiles } from './memory-files.ts';

const FILE = 'metrics.jsonl';
const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Counts the bytes that are read. */
class CountingFiles extends MemoryFiles {
  bytesRead = 0;
  override async read(path: string, from?: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await super.read(path, from);
    this.bytesRead += bytes.length;
    return bytes;
  }
}

const line = (step: number) => ({ step, text: `Größe ${step} – ${'x'.repeat(step % 90)}`, kl: [step / 3, step / 7] });

describe('lines of a file that grows', () => {
  it('are read once each, and the same array comes where nothing did', async () => {
    const files = new CountingFiles();
    const read = openLines(files, FILE);
    expect(await read()).toEqual([]);
    for (let step = 0; step < 2000; step++) await appendLine(files, FILE, line(step));
    const first = await read();
    expect(first).toEqual(Array.from({ length: 2000 }, (_, step) => line(step)));
    files.bytesRead = 0;
    expect(await read()).toBe(first);
    await appendLine(files, FILE, line(2000));
    const second = await read();
    expect(second.length).toBe(2001);
    expect(second[7]).toBe(first[7]); // not parsed anew
    expect(first.length).toBe(2000); // what was given stays as it was
    expect(files.bytesRead).toBeLessThan(10_000);
    expect((await files.facts(FILE))?.bytes).toBeGreaterThan(100_000);
  });

  it('are those of the whole file after any history of appending, tearing, cutting and writing anew', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const files = new MemoryFiles();
      const read = openLines(files, FILE);
      const rng = Rng.fromSeed(seed);
      let next = 0;
      for (let turn = 0; turn < 60; turn++) {
        switch (rng.integer(8)) {
          case 0:
            await files.append(FILE, encode('{"step":1,"torn'));
            break;
          case 1:
            await cutLines(files, FILE, () => true);
            break;
          case 2:
            next = rng.integer(next + 1);
            await cutLines(files, FILE, (one) => (one as { step: number }).step < next);
            break;
          case 3: // written anew, as long as before or longer
            next += rng.integer(3);
            await files.write(
              FILE,
              encode(Array.from({ length: next }, (_, i) => `${JSON.stringify(line(i + 1000 * turn))}\n`).join('')),
            );
            break;
          case 4:
            if (rng.integer(4) === 0) await files.remove(FILE);
            break;
          default:
            for (let k = rng.integer(5); k >= 0; k--) await appendLine(files, FILE, line(next++));
        }
        if (rng.integer(3) > 0) expect(await read(), `seed ${seed}, turn ${turn}`).toEqual(await openLines(files, FILE)());
      }
    }
  });

  it('are told right to several who ask at once', async () => {
    const files = new MemoryFiles();
    const read = openLines(files, FILE);
    for (let step = 0; step < 5; step++) await appendLine(files, FILE, line(step));
    const answers = await Promise.all([read(), read(), appendLine(files, FILE, line(5)).then(read), read()]);
    for (const answer of answers) expect(answer).toEqual(Array.from({ length: answer.length }, (_, step) => line(step)));
    expect(answers.map(({ length }) => length).every((length) => length >= 5)).toBe(true);
    expect(answers[2]?.length).toBe(6);
    expect(await read()).toEqual([0, 1, 2, 3, 4, 5].map(line));
  });

  it('are asked for again after a disk failed once', async () => {
    const files = new MemoryFiles();
    const read = openLines(files, FILE);
    await appendLine(files, FILE, line(0));
    const whole = files.read.bind(files);
    files.read = () => Promise.reject(new Error('the disk failed'));
    await expect(read()).rejects.toThrow('the disk failed');
    files.read = whole;
    expect(await read()).toEqual([line(0)]);
  });
});
