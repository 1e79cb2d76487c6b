// The report as a page: what stands in it, that nothing of a run can become a tag or a request, that it is well-formed and the same every time.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPageFonts } from '../../src/node/page-fonts.ts';
import { dimensionBars } from '../../src/report/dimension-bars.ts';
import { commandOf, shellWord } from '../../src/report/command-words.ts';
import { escaped, html } from '../../src/report/markup.ts';
import { runPage } from '../../src/report/run-page.ts';
import { ink, paper } from '../../src/report/style.ts';
import { trainingCharts } from '../../src/report/training-charts.ts';
import { HOSTILE, knownReport } from './known-report.ts';

const text = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

/** Tags that are closed in another order than they were opened, or never. */
function unclosed(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const tags = page
    .replace(/<style>.*?<\/style>|<!doctype html>/gs, '')
    .matchAll(/<(\/?)([a-z][\w-]*)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|[<>]/gi);
  for (const [whole, isEnd, name, , isVoid] of tags) {
    if (name === undefined)
      wrong.push(whole); // a bare < or >
    else if (isEnd) {
      if (open.pop() !== name) wrong.push(name);
    } else if (!isVoid) open.push(name);
  }
  return [...wrong, ...open];
}

describe('the report of a run', () => {
  const page = runPage(knownReport());

  it('tells the verdict, the cause with its evidence, and what to type', () => {
    const told = text(page);
    for (const words of [
      'Collapsed : two dimensions are left.',
      'Partial collapse 75 % sure',
      '+ the KL is small',
      'karst cure first --apply lower-beta',
      'model.beta=1',
      'Held-out ELBO −120.5 nats',
      'Mutual information nats a code says I = E[a &lt; b] over 1,000 rows a note &amp; more 3.50 of ≤ 6.90 nats',
      '50 % 97 %',
      '2 of 3 carry information',
      'Warnings while it trained Step 250 Partial collapse of first, seen since step 200. Step 150, before it was seen',
      'model.beta = 4',
      'karst train --run first',
      'run-1',
      'abc123',
    ])
      expect(told).toContain(words);
    // What speaks for a cause comes first; advice has no command.
    expect(told.indexOf('the KL is small')).toBeLessThan(told.indexOf('are fine'));
    expect(page).not.toContain('--apply more-data');
  });

  it('is the same bytes for the same record', () => {
    expect(runPage(knownReport())).toBe(page);
  });

  it('lets no name of a run become a tag, an attribute or a turn of the text around it', () => {
    const hostile = runPage(knownReport(`${HOSTILE}" onload="x`));
    expect(hostile).not.toMatch(/<script/i);
    for (const one of ['\u202E', '\u0000']) expect(hostile).not.toContain(one);
    const attributes = [...hostile.matchAll(/<[a-z][^<>]*>/gi)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'));
    expect(attributes.filter((tag) => /\son\w+=/i.test(tag))).toEqual([]);
    expect(hostile).toContain('&lt;script&gt;alert(&quot;x &amp; &#39;y&#39;&quot;)&lt;/script&gt;');
  });

  it('is well-formed, with one heading of the first order and names for its sections, its pictures and its columns', () => {
    const hostile = runPage(knownReport(HOSTILE));
    expect(unclosed(hostile)).toEqual([]);
    expect(unclosed(page.replace('</table>', '</div>'))).not.toEqual([]);
    expect(page.match(/<h1/g)).toHaveLength(1);
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/aria-labelledby="([^"]*)"/g)) expect(ids).toContain(id);
    for (const [tag] of page.matchAll(/<img[^>]*>/g)) expect(tag).toMatch(/alt="[^"]+"/);
    for (const [tag] of page.matchAll(/<svg[^>]*>/g)) expect(tag).toMatch(/aria-label="[^"]+"|aria-hidden="true"/);
    for (const [tag] of page.matchAll(/<th[ >][^>]*>?/g)) expect(tag).toMatch(/scope="(col|row)"/);
  });

  it('loads nothing from anywhere, and forbids it', () => {
    const addresses = [...page.matchAll(/\s(?:src|srcset|href|action|poster|data)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses).toEqual(['CQ==', 'Bwg=', 'BAUG', 'AQID'].map((png) => `data:image/png;base64,${png}`));
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/<(script|link|iframe|object|embed|base|form)\b/i);
    expect(/<style>(.*?)<\/style>/s.exec(page)?.[1]).not.toMatch(/url\(|@import|expression/i);
  });
});

describe('its charts', () => {
  it('draw bars as long as their information, the dead ones greyed and last', () => {
    const drawn = dimensionBars([2, 0.001, 8], 2).markup;
    const bars = [...drawn.matchAll(/<rect\s+class="(\w+)"[^>]*?width="([\d.]+)"/gs)].map(([, kind, width]) => [
      kind,
      Number(width),
    ]);
    expect(bars.map(([kind]) => kind)).toEqual(['bar', 'bar', 'dead']);
    const [[, longest], [, second]] = bars as [[string, number], [string, number]];
    expect(second / longest).toBeCloseTo(2 / 8, 3);
  });

  it('mark what happened at its step', () => {
    const { course } = knownReport();
    const drawn = trainingCharts(course).markup;
    // Of 0 … 500 steps over 52 … 552 pixels: step 250 is at 302, step 300 at 352.
    const marks = [...drawn.matchAll(/class="mark (\w+)"\s+x1="([\d.]+)"/g)].slice(0, 2).map(([, kind, x]) => [kind, Number(x)]);
    expect(marks).toEqual([
      ['warned', 302],
      ['changed', 352],
    ]);
    expect(text(drawn)).toContain('1 step 250 Partial collapse of first');
  });
});

describe('what it is made of', () => {
  it('escapes words and keeps markup', () => {
    expect(html`<p title="${'"'}">${'<b>'}${html`<b>${1}</b>`}${[undefined, 'a&b']}</p>`.markup).toBe(
      '<p title="&quot;">&lt;b&gt;<b>1</b>a&amp;b</p>',
    );
    expect(escaped('a\tb\u0007')).toBe('a\tb\uFFFD');
  });

  it('quotes what a shell would read', () => {
    expect(['first', 'runs/first@500', 'my run', `it's`, '$(x)'].map(shellWord)).toEqual([
      'first',
      'runs/first@500',
      `'my run'`,
      String.raw`'it'\''s'`,
      `'$(x)'`,
    ]);
  });

  it('ends the lines of a command between options, and copies as one', () => {
    const command = commandOf(['karst', 'train', '--run', 'my run', '--autopilot', '--set', 'model.beta=4']).markup;
    expect(command.replace(/<[^>]*>/g, '')).toBe('karst train --run &#39;my run&#39; --autopilot --set model.beta=4');
    expect(command.match(/(?<=<span class="part">).*?(?=<\/span>(?: <span class="part">|<\/code>))/g)).toEqual([
      'karst train',
      '<span class="name">--run</span> &#39;my run&#39;',
      '<span class="name">--autopilot</span>',
      '<span class="name">--set</span> model.beta=4',
    ]);
  });

  it('brings its type along, as data, where there is some', () => {
    const font = { family: 'Source Sans 3', weight: '200 900', woff2: Uint8Array.of(1, 2, 3) } as const;
    const page = runPage({ ...knownReport(), fonts: [font] });
    expect([...page.matchAll(/url\([^#)]*\)/g)].map(([address]) => address)).toEqual(['url(data:font/woff2;base64,AQID)']);
    expect(page).toContain(`font-src data:`);
    expect(runPage(knownReport())).not.toContain('@font-face');
  });

  it('finds the type of a built page, and does without where there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'karst-fonts-'));
    expect(await readPageFonts(join(folder, 'none'))).toEqual([]);
    for (const name of [
      'source-sans-3-latin-ext-wght-normal-a.woff2',
      'source-sans-3-latin-wght-normal-b.woff2',
      'ibm-plex-mono-latin-400-normal-c.woff',
    ])
      writeFileSync(join(folder, name), name);
    const fonts = await readPageFonts(folder);
    rmSync(folder, { recursive: true });
    expect(fonts.map(({ family, woff2 }) => [family, new TextDecoder().decode(woff2)])).toEqual([
      ['Source Sans 3', 'source-sans-3-latin-wght-normal-b.woff2'],
    ]);
  });

  it('has the colours of the app', () => {
    const tokens = readFileSync(join(import.meta.dirname, '../../renderer/look/tokens.css'), 'utf8');
    const ofApp = new Map(
      [...tokens.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)].map(
        ([, token, light, dark]) => [token, [light, dark]] as const,
      ),
    );
    for (const token of Object.keys(paper))
      expect([token, paper[token], ink[token]]).toEqual([token, ...(ofApp.get(token) ?? [])]);
    expect(Object.keys(ink)).toEqual(Object.keys(paper));
  });
});
