import { describe, expect, it } from 'vitest';
import { KarstError, fromErrorRecord, toErrorRecord } from '../../src/base/errors.ts';
import { Family, member } from '../../src/base/family.ts';

const scale = member({
  id: 'scale',
  title: 'Scale',
  summary: 'multiplies',
  params: {
    factor: { kind: 'float', default: 2, min: 0, max: 10, help: 'by how much' },
    times: { kind: 'int', default: 1, min: 1, max: 9, help: 'how often' },
    sign: { kind: 'choice', default: 'plus', options: ['plus', 'minus'], help: 'direction' },
    twice: { kind: 'bool', default: false, help: 'again' },
  },
  make: (values) => (x: number) =>
    x * values.factor ** values.times * (values.sign === 'minus' ? -1 : 1) * (values.twice ? 2 : 1),
});
const family = new Family('operation', [scale]);

describe('Family', () => {
  it('makes a member from defaults and from checked values, text included', () => {
    expect(family.make('scale')(3)).toBe(6);
    expect(family.make('scale', { factor: '3', times: 2, sign: 'minus', twice: 'true' })(1)).toBe(-18);
  });

  it.each([
    ['scael', {}, 'unknown operation "scael"; known: scale'],
    ['scale', { factr: 1 }, 'unknown parameter scale.factr; known: factor, times, sign, twice'],
    ['scale', { constructor: 1 }, 'unknown parameter scale.constructor'],
    ['scale', { factor: 11 }, 'scale.factor must be between 0 and 10, got 11'],
    ['scale', { factor: 'NaN' }, 'scale.factor must be a finite number, got "NaN"'],
    ['scale', { factor: '' }, 'scale.factor must be a finite number'],
    ['scale', { times: 1.5 }, 'scale.times must be a whole number, got 1.5'],
    ['scale', { sign: 'up' }, 'scale.sign must be one of plus, minus, got "up"'],
    ['scale', { twice: 1 }, 'scale.twice must be true or false, got 1'],
  ])('refuses %s %j by name', (id, given, message) => {
    expect(() => family.make(id, given)).toThrow(message);
  });

  it('refuses two members of one id', () => {
    expect(() => new Family('operation', [scale, scale])).toThrow(/twice/);
  });
});

describe('errors on the wire', () => {
  it('come back with code, message, facts and stack', () => {
    const error = new KarstError('bad-data', 'expected 4 bytes, got 3', { bytes: 3 });
    const back = fromErrorRecord(structuredClone(toErrorRecord(error)));
    expect(back).toMatchObject({ code: 'bad-data', message: 'expected 4 bytes, got 3', facts: { bytes: 3 }, stack: error.stack });
    expect(toErrorRecord('a string')).toEqual({ code: 'internal', message: 'a string' });
    expect(toErrorRecord(new TypeError('x')).code).toBe('internal');
  });
});
