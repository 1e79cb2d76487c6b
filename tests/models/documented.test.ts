// docs/models.md names every model, member, cure, parameter and preset: what can be chosen can be looked up.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnyMember } from '../../src/base/family.ts';
import { modelFamilies } from '../../src/engine/catalogue.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/models.md'), 'utf8');

const { models, ...families } = modelFamilies;
/** Families are named by what the parameter that chooses is called. */
/** Members with the section that their parameters have. */
const members: readonly (readonly [string, AnyMember<unknown>])[] = [
  ...models.members.map((one) => ['model', one] as const),
  ...models.members.flatMap(({ parts = [] }) => parts.map((part) => [part.id, part] as const)),
  ...Object.values(families).flatMap((family) =>
    (family.members as readonly AnyMember<unknown>[]).map((one) => [family.name, one] as const),
  ),
];

describe('docs/models.md', () => {
  it.each(members.map(([section, one]) => [`${section} ${one.id}`, section, one] as const))('tells of %s', (_, section, one) => {
    expect(text).toContain(`\`${one.id}\``);
    for (const name of Object.keys(one.params)) expect(text).toMatch(new RegExp(`\`(${section}\\.)?${name}\``));
  });

  it.each(readdirSync(join(root, 'assets/presets')))('lists preset %s', (file) => {
    expect(text).toContain(`\`${file.replace('.json', '')}\``);
  });

  it('names no parameter that is none', () => {
    const known = new Set(members.flatMap(([section, one]) => Object.keys(one.params).map((name) => `${section}.${name}`)));
    const sections = new Set(members.map(([section]) => section));
    const named = [...text.matchAll(/`([A-Za-z0-9]+)\.([A-Za-z0-9]+)`/g)].filter(([, section]) =>
      sections.has(section as string),
    );
    expect(named.length).toBeGreaterThan(60);
    for (const [, section, name] of named) expect(known, `${section}.${name}`).toContain(`${section}.${name}`);
  });
});
