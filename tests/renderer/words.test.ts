import { describe, expect, it } from 'vitest';
import { colouringsOf, commonWord, paint, visibleMask } from '../../renderer/state/colouring.ts';
import { curvesOf, dimensionsOf } from '../../src/report/curves.ts';
import { figuresOf, metricGroups } from '../../src/report/figures.ts';
import { chosenValues, faultOf, fieldsOf, rangeWords } from '../../renderer/state/form-fields.ts';
import { scaleBar } from '../../renderer/state/scale-bar.ts';
import { duration, figure, fixed, gist, setting, title } from '../../renderer/state/words.ts';
import { keyAction } from '../../renderer/landscape/keys.ts';
import { liesOn } from '../../renderer/landscape/path-on-map.ts';
import type { Params } from '../../src/base/params.ts';
import type { MapRecord } from '../../src/protocol/records.ts';

describe('figures', () => {
  it('keep their digits and need no exponent in the middle', () => {
    expect([0.001, 123.456, 12.3, 4180, 1234567, 0.00000123, -2.5, 0, 4].map((value) => figure(value))).toEqual([
      '0.00100', '123', '12.3', '4,180', '1.2e6', '1.2e−6', '−2.50', '0', '4',
    ]); // prettier-ignore
    expect([NaN, Infinity, -Infinity].map((value) => figure(value))).toEqual(['not a number', 'infinite', '−infinite']);
    expect([fixed(-0.25, 1), fixed(-0.04, 1), duration(59.6), duration(3700)]).toEqual(['−0.3', '0.0', '1 min', '1 h 1 min']);
  });

  it('settings carry no digit more than they have', () => {
    expect([0.001, 0.5, 1000, -3, 1e-8, 4294967295, 0.12345].map(setting)).toEqual(['0.001', '0.5', '1,000', '−3', '1e−8', '4.3e9', '0.123']); // prettier-ignore
  });

  it('the gist of a sentence is what it says before its first pause', () => {
    expect(gist('Healthy: 12 of 16 dimensions carry the pictures, in about 5 directions.')).toBe('Healthy: 12 of 16 dimensions carry the pictures'); // prettier-ignore
    expect(gist('Collapsing since step 1,900.')).toBe('Collapsing since step 1,900');
  });

  it('names read as words', () => {
    expect(['learningRate', 'freeBits', 'kl', 'train.batchSize'].map(title)).toEqual(['Learning rate', 'Free bits', 'KL', 'Train batch size']); // prettier-ignore
    expect(['r1Gamma', 'r2Gamma', 'instanceNoiseSd'].map(title)).toEqual(['R1 gamma', 'R2 gamma', 'Instance noise SD']);
  });
});

describe('the form made from parameters', () => {
  const params: Params = {
    freeBits: { kind: 'float', default: 0, min: 0, max: 10, help: '' },
    beta: { kind: 'float', default: 1, min: 0, max: 100, help: '' },
    clip: { kind: 'bool', default: false, help: '' },
    net: { kind: 'choice', default: 'dense', options: ['dense', 'conv'], help: '' },
  };
  const fields = fieldsOf('model', params);

  it('puts the deciding knobs first', () => {
    expect(fields.map(({ name }) => name)).toEqual(['model.beta', 'model.net', 'model.freeBits', 'model.clip']);
    expect(fields.map(({ isImportant }) => isImportant)).toEqual([true, true, false, false]);
  });

  it('says within what bounds a knob is, and what is usual', () => {
    expect(fields.map(({ param }) => rangeWords(param))).toEqual(['0 … 100, usually 1', '', '0 … 10, usually 0', '']);
  });

  it('sends checked values that differ from the defaults', () => {
    expect(chosenValues(fields, { 'model.beta': '4', 'model.clip': 'true', 'model.net': 'dense' })).toEqual({
      'model.beta': 4,
      'model.clip': true,
    });
    expect(chosenValues(fields, { 'model.net': 'conv' }, true)).toEqual({ net: 'conv' });
    const beta = fields[0];
    if (!beta) throw new Error('there is a first field');
    expect(faultOf(beta, { 'model.beta': '400' })).toBe('Beta must be between 0 and 100, got "400"');
    expect(faultOf(beta, { 'model.beta': 'x' })).toContain('a finite number');
    expect(faultOf(beta, {})).toBeUndefined();
  });
});

describe('colours', () => {
  const map: MapRecord = {
    run: 'r', step: 1, method: 'pca', dims: 2, seed: 0, count: 4, provisional: false,
    positions: new Float32Array(8), rowIds: Int32Array.of(0, 1, 2, 3), labels: Int32Array.of(1, 0, -1, 1), labelNames: ['zero', 'one'],
    kl: Float32Array.of(0, 1, 2, 3),
  }; // prettier-ignore

  it('come with a legend of labels, those without one last', () => {
    const { colours, legend } = paint(map, 'label', true);
    expect(colours).toHaveLength(16);
    expect(legend).toMatchObject({ kind: 'labels', entries: [{ name: 'zero', count: 1 }, { name: 'one', count: 2 }, { name: 'no label', count: 1 }] }); // prettier-ignore
    expect([...colours.slice(0, 4)]).toEqual([...colours.slice(12, 16)]);
    expect([...colours.slice(0, 4)]).not.toEqual([...colours.slice(4, 8)]);
  });

  it('name the unit and range of values, and fall back to what the map has', () => {
    expect(colouringsOf(map)).toEqual(['label', 'kl']);
    expect(paint(map, 'kl', false).legend).toMatchObject({ kind: 'values', words: 'KL, nats', low: 0, high: 3 });
    expect(paint(map, 'reconstruction', false).legend.kind).toBe('labels');
  });

  it('speak of a residual where the model has no bound', () => {
    const withErrors = { ...map, reconstruction: Float32Array.of(1, 2, 3, 4) };
    expect(paint(withErrors, 'reconstruction', false).legend).toMatchObject({ words: 'Reconstruction error, nats' });
    expect(paint(withErrors, 'reconstruction', false, false).legend).toMatchObject({ words: 'Residual, nats' });
  });

  it('are named without the word that all names begin with', () => {
    expect(commonWord(['mode 0', 'mode 1', 'mode 12'])).toBe('mode ');
    expect(commonWord(['0', '1', '2'])).toBe('');
    expect(commonWord(['red one', 'red two', 'blue one'])).toBe('');
    expect(commonWord(['mode 0', 'mode 1'])).toBe('');
  });

  it('hide labels by a mask', () => {
    expect(visibleMask(map, new Set())).toBeUndefined();
    expect([...(visibleMask(map, new Set([1])) ?? [])]).toEqual([0, 1, 1, 0]);
  });
});

describe('a model without a bound', () => {
  const scores = { precision: 0.5, recall: 0.2, density: 0.4, coverage: 0.08, covarianceRatio: 0.01 };
  const samples = {
    ...scores,
    rows: 1000,
    real: { mean: { ...scores, coverage: 0.96 }, bar: scores },
    modes: { captured: 2, of: 25, highQuality: 0.3 },
  };
  const report = { epoch: 0, elapsedSeconds: 0, imagesPerSecond: 0, knobs: {} };

  it('shows scores of its samples first, and calls its losses what they are', () => {
    const charts = curvesOf([
      { ...report, step: 0, losses: {}, heldOut: { reconstruction: 3, rows: 9 }, samples },
      { ...report, step: 5, losses: { discriminatorLoss: 1, loss: 2 } },
    ]);
    expect(charts.map(({ title }) => title)).toEqual(['Modes reached', 'Coverage of the rows', 'Precision of the samples', 'Generator loss', 'Discriminator loss']); // prettier-ignore
    expect(charts[1]?.training).toMatchObject({ steps: [0], values: [0.08] });
    expect(charts[3]).toMatchObject({ training: { steps: [5], values: [2] } });
    expect(charts[3]?.heldOut).toBeUndefined();
    expect(charts[1]?.raw).toBeUndefined();
    expect(charts.map(({ limits }) => limits)).toEqual([[0, 25], [0, 1], [0, 1], undefined, undefined]);
  });

  it('draws the raw weights beside their average', () => {
    const rawSamples = { ...samples, coverage: 0.3, modes: { captured: 5, of: 25, highQuality: 0.3 } };
    const charts = curvesOf([
      { ...report, step: 7, losses: { discriminatorAccuracy: 0.8, discriminatorLoss: 1, loss: 2 }, samples, rawSamples },
    ]);
    expect(charts.slice(0, 2).map(({ training, raw }) => [training.values[0], raw?.name, raw?.values[0]])).toEqual([[2, 'raw weights', 5], [0.08, 'raw weights', 0.3]]); // prettier-ignore
    expect(charts.slice(3).map(({ id }) => id)).toEqual(['discriminatorAccuracy', 'loss', 'discriminatorLoss']);
    expect(charts[3]?.limits).toEqual([0, 1]);
  });

  it('sets each score beside that of real rows', () => {
    const measure = {
      run: 'r', model: 'gan', step: 5, heldOut: { reconstruction: 110.2, rows: 9 }, klPerDimension: [], activeUnits: 3, latentSize: 4,
      effectiveRank: 2, participationRatio: 1.5, mutualInformation: { nats: 2.68, capNats: 6.91, rows: 1000 }, samples,
      verdict: { state: 'collapsed', sentence: '', reasons: [], causes: [] }, metrics: {},
    } as const; // prettier-ignore
    const figures = new Map(figuresOf(measure));
    expect([...figures.keys()].slice(0, 3)).toEqual(['Residual', 'Modes reached', 'Samples near a mode']);
    expect([figures.get('Coverage'), figures.get('Modes reached')]).toEqual(['0.080, real 0.96', '2 of 25']);
    expect(figures.has('Held-out ELBO')).toBe(false);
    expect(figures.get('Samples near a mode')).toBe('30 %');
    expect(figures.has('Reverse KL of the modes')).toBe(false);
    const raw = { ...samples, coverage: 0.3, modes: { ...samples.modes, reverseKlNats: 0.5 } };
    const both = new Map(figuresOf({ ...measure, rawSamples: raw }));
    expect([both.get('Coverage, raw'), both.get('Reverse KL of the modes, raw')]).toEqual(['0.30, real 0.96', '0.50 nats']); // prettier-ignore
    expect(figures.get('Mutual information')).toBe('2.68 of ≤ 6.91 nats');
    const bound = figuresOf({ ...measure, heldOut: { elbo: -104.8, kl: 19.5, reconstruction: 85.24, rows: 9 } });
    expect(bound.slice(0, 3)).toEqual([['Held-out ELBO', '−104.8 nats'], ['Reconstruction', '85.24 nats'], ['KL', '19.5 nats']]); // prettier-ignore
  });
});

describe('metrics', () => {
  const member = { id: 'coverage', title: 'Coverage', summary: 'near', formula: 'c = 1', paper: 'Naeem 2020', params: {} };
  const families = [
    { name: 'sample-metric', members: [member, { ...member, id: 'data-copying', title: 'Copying' }] },
    { name: 'metric', members: ['correlation', 'mutual-information'].map((id) => ({ id, title: id, summary: '', params: {} })) },
  ];
  const nothing = null as unknown as number; // what a line of text makes of NaN

  it('stand in groups in the order of their families, with unit, cap and what real rows get; those without a number do not', () => {
    const metrics = {
      coverage: { value: 0.91, unit: 'share', rows: 1000, expected: 0.969, notes: ['a note'], beside: [{ title: 'mean', value: 0.5, unit: 'nats' }] },
      'data-copying': { value: -1.24, unit: 'z-score', rows: 9, expected: nothing },
      'mutual-information': { value: 7.5, unit: 'nats', rows: 9, cap: 7.601 },
      correlation: { value: nothing, unit: 'correlation', rows: 9 },
      'seen-later': { value: 4, unit: 'bins', rows: 9, cap: 50, expected: 2.5 },
    }; // prettier-ignore
    const groups = metricGroups({ metrics }, families);
    expect(groups.map(({ title, rows }) => [title, ...rows.map(({ value, expected }) => [value, expected])])).toEqual([
      ['Latent space', ['7.50 of ≤ 7.60 nats', undefined]],
      ['Samples', ['91 %', '96.9 %'], ['−1.24 sd', undefined]],
      ['Others', ['4 of 50 bins', '2.50']],
    ]);
    const [coverage] = groups[1]?.rows ?? [];
    expect(coverage).toMatchObject({ title: 'Coverage', formula: 'c = 1', paper: 'Naeem 2020' });
    expect(coverage?.notes).toEqual(['over 1,000 rows', 'mean: 0.500 nats', 'a note']);
    expect(metricGroups({ metrics: {} }, families)).toEqual([]);
  });

  it('take the place of the facts that they are', () => {
    const measure = {
      run: 'r', model: 'vae', step: 5, heldOut: { elbo: -3, kl: 1, reconstruction: 2, rows: 9 }, klPerDimension: [], activeUnits: 3, latentSize: 4,
      effectiveRank: 2, participationRatio: 1.5, mutualInformation: { nats: 2, capNats: 3, rows: 9 },
      verdict: { state: 'healthy', sentence: '', reasons: [], causes: [] }, metrics: {},
    } as const; // prettier-ignore
    const some = { kl: { value: 1, unit: 'nats', rows: 9 }, 'active-units': { value: 3, unit: 'dimensions', rows: 9 } };
    const names = (metrics: typeof some | object): string[] =>
      figuresOf({ ...measure, metrics: { ...metrics } }).map(([name]) => name);
    expect(names({})).toHaveLength(7);
    expect(names({}).filter((name) => !names(some).includes(name))).toEqual(['KL', 'Active units']);
  });
});

describe('dimensions', () => {
  it('are sorted by information, and as many are dead as the active units leave', () => {
    expect(dimensionsOf([0.2, 2, 0.001], 1).map(({ index, isDead }) => [index, isDead])).toEqual([[1, false], [0, true], [2, true]]); // prettier-ignore
    expect(dimensionsOf([0.2, 2, 0.001], undefined).map(({ isDead }) => isDead)).toEqual([false, false, true]);
  });
});

describe('the scale bar', () => {
  it('is a round number of standard deviations of a readable length', () => {
    for (const unitsPerPixel of [1e-4, 0.003, 0.017, 0.5, 40]) {
      const bar = scaleBar(1.3, unitsPerPixel);
      if (!bar) throw new Error('there is a bar');
      expect(bar.pixels).toBeGreaterThanOrEqual(60);
      expect(bar.pixels).toBeLessThanOrEqual(151);
      expect(bar.pixels * unitsPerPixel).toBeCloseTo(bar.sd * 1.3, 6);
      expect(['1', '2', '5']).toContain(bar.sd.toExponential().charAt(0));
    }
    expect(scaleBar(undefined, 1)).toBeUndefined();
    expect(scaleBar(1, 0)).toBeUndefined();
  });
});

describe('keys of the landscape', () => {
  const key = (name: string, more = {}) => keyAction({ key: name, shiftKey: false, altKey: false, ...more }, 3);
  it('turn, move, zoom, walk, pick and clear', () => {
    expect(key('ArrowLeft')).toEqual({ kind: 'view', action: 'turn-left' });
    expect(key('ArrowLeft', { shiftKey: true })).toEqual({ kind: 'view', action: 'move-left' });
    expect(keyAction({ key: 'ArrowUp', shiftKey: false, altKey: false }, 2)).toEqual({ kind: 'view', action: 'move-up' });
    expect(key('ArrowUp', { altKey: true })).toEqual({ kind: 'walk', direction: 'up' });
    expect([key('+'), key('f')]).toEqual([{ kind: 'view', action: 'zoom-in' }, { kind: 'view', action: 'fit' }]); // prettier-ignore
    expect([key('n'), key('Enter'), key('Escape')].map((one) => one?.kind)).toEqual(['walk', 'pick', 'clear']);
    expect([key('l'), key('B'), key('Enter', { shiftKey: true })]).toEqual([{ kind: 'tool', tool: 'lasso' }, { kind: 'tool', tool: 'rectangle' }, { kind: 'select' }]); // prettier-ignore
    expect([key('Tab'), key('q')]).toEqual([undefined, undefined]);
  });
});

describe('a path on the map', () => {
  const map = { dims: 2, positions: Float32Array.of(0, 0, 10, 0, 5, 8) } as const;
  it('is drawn where its ends are the points picked', () => {
    expect(liesOn(map, Float32Array.of(0.1, 0, 5, 1, 9.8, 0.2), 3, [0, 1])).toBe(true);
    expect(liesOn(map, Float32Array.of(0.1, 0, 5, 1, 6, 0.2), 3, [0, 1])).toBe(false); // B has moved away
    expect(liesOn(map, Float32Array.of(0, 0, 0, 10, 0, 0), 2, [0, 1])).toBe(false); // a path in three dimensions
    expect(liesOn(map, Float32Array.of(0, 0, 10, 0), 2, [0, undefined])).toBe(false);
  });
});
