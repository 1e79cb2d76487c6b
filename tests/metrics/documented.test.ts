// docs/metrics.md tells of every metric: its formula, its defaults and its paper. What the page shows can be looked up.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricFamilies } from '../../src/engine/catalogue.ts';

const lines = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8').split('\n');
const members = metricFamilies.flatMap((family) => family.members.map((one) => [`${family.name} ${one.id}`, one] as const));

describe('docs/metrics.md', () => {
  it.each(members)('tells of %s', (_, { id, formula, paper, params }) => {
    const row = lines.find((line) => line.startsWith(`| \`${id}\` `))?.replaceAll('\\|', '|');
    expect(row, `a row of ${id}`).toBeDefined();
    expect(formula, 'a formula').toBeTruthy();
    expect(row).toContain(formula);
    if (paper) expect(row).toContain(paper);
    for (const [name, param] of Object.entries(params)) {
      const value = param.default === 1 / 3 ? '1/3' : param.default;
      expect(row).toContain(`\`${name}\` ${value}`);
    }
  });

  it('names no metric that is none', () => {
    const known = members.map(([, { id }]) => id);
    const named = lines.flatMap((line) => /^\| `([a-z-]+)` /.exec(line)?.slice(1) ?? []);
    expect(named.filter((id) => !known.includes(id))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });
});
