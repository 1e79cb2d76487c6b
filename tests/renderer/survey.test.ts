// A survey on the page: which layers a run has and in which words, what the scene is given of them, when it is asked for, and the colours of
// the way to the nearest sample. All of a survey small enough to count by hand.
import type { BufferGeometry, Mesh, Points } from 'three';
import { afterEach, describe, expect, it } from 'vitest';
import { parseColour } from '../../renderer/scene/colour.ts';
import type { SceneColours } from '../../renderer/scene/layer.ts';
import { labelColour } from '../../renderer/scene/palette.ts';
import { SurveyLayer } from '../../renderer/scene/survey-layer.ts';
import { colouringOf, colouringsOf, paint } from '../../renderer/state/colouring.ts';
import { LandscapeState } from '../../renderer/state/landscape.svelte.ts';
import { Library } from '../../renderer/state/library.svelte.ts';
import { Survey } from '../../renderer/state/survey.svelte.ts';
import { drawingOf, isOf, layersOf, litColours, sinkholesOf, unheardWords, usualLayers, type LayerId } from '../../renderer/state/survey-layers.ts'; // prettier-ignore
import type { MapRecord } from '../../src/protocol/records.ts';
import type { SurveyRecord } from '../../src/protocol/survey.ts';
import { stage, until, type Stage } from './stage.ts';

const square = Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1);
const mode = (name: string, state: 'drawn' | 'dropped', label: number) => ({ label, name, state, due: state === 'drawn' ? 1 : 0, rings: [square], centre: Float32Array.of(0.5, 0.5) }); // prettier-ignore
const survey: SurveyRecord = {
  run: 'ring',
  step: 500,
  dims: 2,
  hasBound: false,
  isOff: true,
  isSparse: true,
  covered: Uint8Array.of(1, 0, 0, 255, 1),
  distance: Float32Array.of(0.5, 3, 9, NaN, 1),
  samples: Float32Array.of(0, 0, 1, 1, 2, 2, 3, 3),
  kinds: Uint8Array.of(0, 1, 2, 0),
  repeats: Float32Array.of(0, 0, 1, 1),
  copies: Float32Array.of(2, 2, 5, 5),
  modes: [mode('zero', 'drawn', 0), mode('one', 'dropped', 1)],
  sinkholes: [[square]],
  holes: [[square, square]],
  stillShare: 0.2,
  emptyShare: 0.05,
  figures: {
    coverage: { value: 0.5, unit: 'share', rows: 4, expected: 0.97 },
    'mode-coverage': { value: 0.5, unit: 'share', rows: 4 },
    'near-duplicates': { value: 0.02, unit: 'share', rows: 4, expected: 0.01 },
    'nearest-training-ratio': { value: 0.25, unit: 'share', rows: 4, expected: 0.03 },
  },
};
const map: MapRecord = { run: 'ring', step: 500, method: 'pca', dims: 2, seed: 0, count: 5, positions: new Float32Array(10), rowIds: Int32Array.of(0, 1, 2, 3, 4), provisional: false }; // prettier-ignore
const all = new Set<LayerId>(['samples', 'uncovered', 'modes', 'repeats', 'copies', 'sinkholes', 'holes']);

describe('the layers of a survey', () => {
  it('say what was counted, and where it is amiss', () => {
    const said = layersOf(survey, ['mode-collapse']).map(({ id, amount, isUsual }) => [id, amount, isUsual]);
    expect(said).toEqual([
      ['samples', '25 %', false], // one of four is like no row
      ['uncovered', '50 %', false], // two of the four rows that were looked at
      ['modes', '1 of 2', false],
      ['repeats', '2 %', true], // twice what real rows get at most
      ['copies', '25 %', false],
      ['sinkholes', '20 %', false],
      ['holes', '5 %', true], // samples suffer from a tenth on
    ]);
    const metrics = layersOf(survey, []).map(({ metric }) => metric);
    expect(metrics).toEqual(['precision', 'coverage', 'mode-coverage', 'near-duplicates', 'nearest-training-ratio', 'sinkholes', 'prior-holes']); // prettier-ignore
  });

  it('leave out what the run has none of', () => {
    const healthy = { ...survey, repeats: new Float32Array(0), kinds: new Uint8Array(4), modes: [], sinkholes: [], holes: [] };
    expect(layersOf(healthy, []).map(({ id }) => id)).toEqual(['samples', 'uncovered']);
  });

  it('are at first those by which the gravest cause is seen', () => {
    expect(usualLayers(undefined)).toEqual(['samples']);
    expect(usualLayers('posterior-collapse')).toEqual(['samples', 'sinkholes', 'holes']);
    expect(usualLayers('mode-collapse')).toEqual(['samples', 'uncovered', 'modes']);
    expect(usualLayers('memorisation')).toEqual(['samples', 'copies']);
  });

  it('become arrays in space, each only while it is on', () => {
    const drawing = drawingOf(survey, all, []);
    expect([...drawing.samples]).toEqual([0, 0, 0, 1, 1, 0, 2, 2, 0, 3, 3, 0]); // a flat map lies at height 0
    expect([...drawing.kinds]).toEqual([0, 1, 2, 0]);
    expect([...drawing.lines]).toEqual([0, 0, 0, 1, 1, 0, 2, 2, 0, 5, 5, 0]);
    expect(drawing.outlines.map(({ look }) => look)).toEqual(['plain', 'bold', 'dashed']);
    expect([...drawingOf(survey, new Set(['samples']), []).kinds]).toEqual([0, 1, 0, 0]); // copies are off
    expect(drawingOf(survey, new Set(['holes']), [])).toMatchObject({ samples: { length: 0 }, lines: { length: 0 }, outlines: [{ look: 'dashed' }] }); // prettier-ignore
    expect(sinkholesOf(survey, all)).toEqual([{ rings: [square] }]);
    expect(sinkholesOf(survey, new Set())).toEqual([]);
  });

  it('keep the colour of collapse from samples that the verdict does not hear, and say so', () => {
    // A VAE whose codes are fine, whatever its samples look like: the verdict is of the codes.
    const vae = { ...survey, hasBound: true, emptyShare: 0.95 };
    const amissOf = (one: SurveyRecord, causes: string[]): string[] =>
      layersOf(one, causes).filter(({ id, isUsual }) => !isUsual && ['samples', 'uncovered', 'modes'].includes(id)).map(({ id }) => id); // prettier-ignore
    expect(amissOf(vae, [])).toEqual([]);
    expect([...drawingOf(vae, all, []).kinds]).toEqual([0, 3, 2, 0]);
    expect(unheardWords(vae, [])).toContain(
      'No collapse: the verdict is of the codes. Samples start from the prior, and 95 % of it',
    );
    // Of a GAN it hears them; of a VAE where a cause tells of them; and there is nothing to say where they are as good as rows.
    expect(amissOf(survey, [])).toEqual(['samples', 'uncovered', 'modes']);
    expect(amissOf(vae, ['prior-mismatch'])).toEqual(['samples', 'uncovered', 'modes']);
    for (const [one, causes] of [[survey, []], [vae, ['prior-mismatch']], [vae, ['posterior-collapse']], [{ ...vae, isOff: false }, []]] as const) expect(unheardWords(one, causes)).toBe(undefined); // prettier-ignore
  });

  it('light the rows that no sample comes near, and no other', () => {
    const lit = litColours(new Uint8Array(20), survey, '#ff0000', '#101010');
    const red = [0, 1, 2, 3, 4].filter((i) => lit[4 * i] === 255);
    expect(red).toEqual([1, 2]);
  });

  it('belong to their map alone', () => {
    expect(isOf(survey, map)).toBe(true);
    for (const other of [{ step: 600 }, { run: 'other' }, { dims: 3 as const }, { count: 4 }]) expect(isOf(survey, { ...map, ...other })).toBe(false); // prettier-ignore
  });
});

describe('the way to the nearest sample', () => {
  it('colours the points once there is a survey, in ways between rows, grey where nobody looked', () => {
    expect(colouringsOf(map)).toEqual([]);
    expect(colouringsOf(map, survey)).toEqual(['sample']);
    expect(colouringOf({ ...map, kl: new Float32Array(5) }, 'sample')).toBe('kl'); // the survey was closed
    const { colours, legend } = paint(map, 'sample', true, true, survey);
    expect(legend).toMatchObject({ kind: 'values', words: expect.stringContaining('fifth nearest row') as string, low: 0.5, high: 9, metric: 'coverage' }); // prettier-ignore
    const at = (i: number): number[] => [...colours.subarray(4 * i, 4 * i + 3)];
    expect(at(3)).toEqual(labelColour(-1, true).map((one) => Math.round(255 * one)));
    expect(new Set([0, 1, 2, 3, 4].map((i) => at(i).join())).size).toBe(5);
  });
});

describe('the layer in the scene', () => {
  const ink = parseColour('#ffffff');
  const collapse = parseColour('#ff0000');
  const colours: SceneColours = { dark: true, ground: [0, 0, 0], ink, text: ink, muted: ink, rule: ink, accent: ink, contour: ink, collapse }; // prettier-ignore

  it('draws a mark a sample, a piece a line, and dashes with gaps; and nothing without a survey', () => {
    const layer = new SurveyLayer(() => -1);
    const [lying, raised, marks] = layer.object.children as [Mesh<BufferGeometry>, Mesh<BufferGeometry>, Points<BufferGeometry>];
    const count = ({ geometry }: { geometry: BufferGeometry }, name: string): number => geometry.getAttribute(name)?.count ?? 0;
    expect(layer.object.visible).toBe(false);
    layer.setTheme(colours);
    layer.set(drawingOf(survey, all, []));
    expect(layer.object.visible).toBe(true);
    expect(count(marks, 'position')).toBe(4);
    expect(count(raised, 'start')).toBe(2 + 4 + 4); // two links, and both modes at their height
    expect(count(lying, 'start')).toBe(2); // of four sides, every other two are left out
    const rims = marks.geometry.getAttribute('rimColour');
    const discs = marks.geometry.getAttribute('discColour');
    expect([0, 1, 2, 3].map((i) => rims.getY(i))).toEqual([1, 0, 1, 1]); // off the data: in the colour of collapse
    expect([0, 1, 2, 3].map((i) => discs.getW(i))).toEqual([0, 0, 1, 0]); // a copy is filled
    layer.set(undefined);
    expect([layer.object.visible, layer.places.length, count(marks, 'position')]).toEqual([false, 0, 0]);
    layer.dispose();
  });
});

describe('the survey of the run looked at', () => {
  let open: Stage | undefined;
  afterEach(() => open?.connection.close());

  it('opens by itself where the verdict is grave, waits for the end of training, and goes with the map', async () => {
    open = stage();
    const library = new Library(open.connection);
    const landscape = new LandscapeState(open.connection, library);
    const found = new Survey(open.connection, library, landscape);
    open.connection.start();
    await until(() => landscape.map !== undefined, 'the map');
    expect(found.isOpen).toBe(true); // posterior collapse
    expect([found.call.running, found.shown]).toEqual([false, undefined]); // it trains
    await library.pause('digits-beta-4');
    await until(() => found.shown !== undefined, 'the survey');
    expect([...found.on]).toEqual(['samples', 'sinkholes', 'holes']);
    found.toggle('samples');
    found.toggle('copies');
    expect([...found.on]).toEqual(['sinkholes', 'holes', 'copies']);

    landscape.show({ dims: 2 });
    await until(() => found.shown?.dims === 2, 'the survey of the flat map');
    found.open(false);
    expect(found.shown).toBeUndefined();
    library.select('digits-cyclic'); // healthy, and a person closed it anyway
    await until(() => landscape.map?.run === 'digits-cyclic', 'the other map');
    expect([found.isOpen, found.found, found.chosen.size]).toEqual([false, undefined, 0]);
  });
});
