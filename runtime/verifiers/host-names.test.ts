import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLocalName, toHostName } from './host-names.ts';

describe('the name of a host', () => {
  it.each([
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['a_b.example', 'a_b.example'],
    ['ｅｘａｍｐｌｅ.com', 'example.com'],
  ])('is, of %s, %s', (written, name) => expect(toHostName(written)).toBe(name));

  it.each(
    `localhost a.localhost localhost. com . a..com .a.com a.com.. a.com/b a.com?x a.com#x a.com:80
     u@a.com a%2eb.com 127.0.0.1 127.1 0x7f.1 1.2.3.4. ::1 [::1] a.1 *.a.com a,b.com`.split(/\s+/),
  )('is not %s', (written) => expect(toHostName(written)).toBeUndefined());
  it.each(['', 'a b.com', 'a\n.com', 'a\0b.com', `${'a'.repeat(64)}.com`, 'a.'.repeat(200)])(
    'is not %j',
    (written) => expect(toHostName(written)).toBeUndefined(),
  );

  it('has at most 253 characters', () => {
    const name = `${'a'.repeat(61)}.`.repeat(4);
    expect(toHostName(`${name}${'b'.repeat(5)}`)).toHaveLength(253);
    expect(toHostName(`${name}${'b'.repeat(6)}`)).toBeUndefined();
  });

  it('is what the name system can be asked for, whatever was written', () => {
    const written = fc.oneof(fc.string({ unit: 'grapheme' }), fc.domain(), fc.webAuthority());
    fc.assert(
      fc.property(written, (text) => {
        const name = toHostName(text);
        if (name === undefined) return;
        expect(name).toMatch(/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/);
        expect(name.length).toBeLessThanOrEqual(253);
        expect(toHostName(name)).toBe(name);
        expect(isLocalName(name)).toBe(false);
      }),
    );
  });
});
