import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64, toHex } from '../../src/base/bytes.ts';

describe('base64 and hex', () => {
  it('agree with Node for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromBase64(toBase64(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it.each(['a', 'ab', 'abc', 'a===', 'ab=c', 'ab c', 'ab==ab=='])('refuses %j', (text) => {
    expect(() => fromBase64(text)).toThrow(/base64/);
  });
});
