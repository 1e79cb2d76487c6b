import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/base/bytes.ts';

const refused = expect.objectContaining({ code: 'bad-data' }) as object;
function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (thrown) {
    return thrown;
  }
}

describe('message frames', () => {
  it('give back any plain value and any arrays', () => {
    const arrays = fc.oneof(
      fc.uint8Array(),
      fc.int16Array(),
      fc.float32Array(),
      fc.float64Array(),
      fc.bigInt64Array(),
      fc.int32Array({ maxLength: 3 }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        arrays,
        tie('list'),
        tie('record'),
      ),
      list: fc.array(tie('tree'), { maxLength: 4 }),
      record: fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom('$section', '$number', '$$a', '__proto__', 'constructor')),
        tie('tree'),
        {
          maxKeys: 4,
          noNullPrototype: true,
        },
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => deepStrictEqual(decodeMessage(encodeMessage(value)), value)),
      { numRuns: 500 },
    );
  });

  it('put every section at a multiple of eight bytes', () => {
    const bytes = encodeMessage({ a: new Uint8Array([1, 2, 3]), b: new Float64Array([0.5]) });
    expect(bytes.length % 8).toBe(0);
    const at = bytes.length - 8;
    expect(new Float64Array(bytes.buffer, at, 1)[0]).toBe(0.5);
    expect([...bytes.subarray(at - 8, at - 5)]).toEqual([1, 2, 3]);
  });

  it('are refused when cut short or changed, and never crash the reader', () => {
    const whole = encodeMessage({ method: 'x', data: new Float32Array([1, 2, 3]), more: [new Uint8Array(5), { deep: 1 }] });
    for (let length = 0; length < whole.length; length++) {
      expect(thrownBy(() => decodeMessage(whole.subarray(0, length)))).toEqual(refused);
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = whole.slice();
        changed[at] = byte;
        const answer = thrownBy(() => decodeMessage(changed));
        if (answer instanceof Error) expect(answer).toEqual(refused);
      }),
      { numRuns: 2000 },
    );
  });

  const framed = (header: unknown, extra = 0): Uint8Array => {
    const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
    const bytes = new Uint8Array(Math.ceil((8 + text.length) / 8) * 8 + extra);
    bytes.set(new TextEncoder().encode('KST1'));
    new DataView(bytes.buffer).setUint32(4, text.length, true);
    bytes.set(text, 8);
    return bytes;
  };
  it.each([
    ['a length beyond the frame', { sections: [['f32', 2 ** 40]], value: 0 }],
    ['a negative length', { sections: [['f32', -1]], value: 0 }],
    ['a broken length', { sections: [['f32', 0.5]], value: 0 }],
    ['a kind that is inherited', { sections: [['constructor', 1]], value: 0 }],
    ['too many sections', { sections: Array.from({ length: 5000 }, () => ['u8', 0]), value: 0 }],
    ['a section that is not there', { sections: [], value: { $section: 0 } }],
    ['a section named by a word', { sections: [['u8', 0]], value: { $section: 'length' } }],
    ['a number named by an inherited word', { sections: [], value: { $number: 'constructor' } }],
    ['no value', { sections: [] }],
    ['deep nesting', `{"sections":[],"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['bad JSON', '{"sections":'],
  ])('with %s are refused', (_what, header) => {
    expect(thrownBy(() => decodeMessage(framed(header)))).toEqual(refused);
  });
  it('with bytes behind the last section are refused', () => {
    expect(thrownBy(() => decodeMessage(framed({ sections: [], value: 1 }, 8)))).toEqual(refused);
  });

  it('refuse to carry what is not plain data', () => {
    for (const value of [new Map(), new Date(), () => 1, Symbol('x'), 1n, new Error('x')]) {
      expect(thrownBy(() => encodeMessage({ value }))).toMatchObject({ code: 'internal' });
    }
  });
});
