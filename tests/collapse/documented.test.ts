// docs/collapse.md tells of every cause and cure in the words that the page uses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/collapse/causes.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/collapse.md'), 'utf8');

describe('docs/collapse.md', () => {
  it.each(causes.map((cause) => [cause.id, cause] as const))(
    'tells of %s and its cures',
    (_, { id, title, summary, cures, paper }) => {
      const row = text.split('\n').find((line) => line.includes(`(\`${id}\`)`));
      for (const words of [title, summary, paper]) expect(row).toContain(words);
      const order = cures.map((cure) => row?.indexOf(`\`${cure.id}\``) ?? -1);
      expect(order.every((at, i) => at > (order[i - 1] ?? 0))).toBe(true);
      for (const { id: cure, why } of cures)
        expect(text.split('\n').some((line) => line.includes(`\`${cure}\``) && line.includes(why))).toBe(true);
    },
  );
});
