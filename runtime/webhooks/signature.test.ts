import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { later, seconds, type Instant } from '../../protocols/units.ts';
import { signatureOf, TOLERANCE, verifySignature } from './signature.ts';

describe('a signature', () => {
  it('is what its receivers compute by the book', () => {
    const mac = createHmac('sha256', SECRET).update('1764366000.{"a":1}').digest('hex');
    expect(signatureOf(SECRET, BODY, NOW)).toBe(`t=1764366000,v1=${mac}`);
  });

  it('holds for what was signed, by that secret, for five minutes', () => {
    const header = signatureOf(SECRET, BODY, NOW);
    const verify = (now: Instant) => verifySignature(header, BODY, { secret: SECRET, now });
    expect(verify(NOW)).toBe('holds');
    expect(verify(later(NOW, TOLERANCE))).toBe('holds');
    expect(verify(later(NOW, (TOLERANCE + 1) as never))).toBe('old');
    expect(verify((NOW - TOLERANCE - 1) as Instant)).toBe('old');
    expect(verifySignature(header, BODY, { secret: 'another', now: NOW })).toBe('forged');
  });

  it('holds where one of several does', () => {
    const [time, v1] = signatureOf(SECRET, BODY, NOW).split(',');
    const two = `${time}, v1=${'0'.repeat(64)}, ${v1}`;
    expect(verifySignature(two, BODY, { secret: SECRET, now: NOW })).toBe('holds');
  });

  it('does not hold for another body or another time', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.integer({ min: 1, max: 200 }), (a, b, s) => {
        const header = signatureOf(SECRET, a, NOW);
        const same = Buffer.compare(a, b) === 0;
        expect(verifySignature(header, b, { secret: SECRET, now: NOW })).toBe(
          same ? 'holds' : 'forged',
        );
        const moved = header.replace(/t=\d+/, `t=${later(NOW, seconds(s)) / 1_000}`);
        expect(verifySignature(moved, a, { secret: SECRET, now: NOW })).toBe('forged');
      }),
      { numRuns: 200 },
    );
  });

  it('is checked by the lines that the README has for a receiver', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const [, lines = ''] = /```js\n(.*?isGenuine.*?)```/s.exec(readme) ?? [];
    const script = `data:text/javascript,${encodeURIComponent(lines)}`;
    const { isGenuine } = (await import(/* @vite-ignore */ script)) as {
      isGenuine: (header: string, body: Uint8Array, secret: string) => boolean;
    };
    const now = Date.now() as Instant;
    const header = signatureOf(SECRET, BODY, now);
    expect(isGenuine(header, BODY, SECRET)).toBe(true);
    expect(isGenuine(header, Buffer.from('{"a":2}'), SECRET)).toBe(false);
    expect(isGenuine(header, BODY, 'another')).toBe(false);
    expect(isGenuine('t=1', BODY, SECRET)).toBe(false);
    const old = (now - 301_000) as Instant;
    expect(isGenuine(signatureOf(SECRET, BODY, old), BODY, SECRET)).toBe(false);
  });

  it('may be anything at all that a stranger sends', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(verifySignature(header, BODY, { secret: SECRET, now: NOW })).toBe('malformed');
      }),
      { numRuns: 200 },
    );
    for (const header of [
      't=1',
      `v1=${'0'.repeat(64)}`,
      `t=1e3,v1=${'0'.repeat(64)}`,
      't=1,v1=0',
    ]) {
      expect(verifySignature(header, BODY, { secret: SECRET, now: NOW })).toBe('malformed');
    }
  });
});

const SECRET = 'a secret of sixteen letters';
const BODY = Buffer.from('{"a":1}');
const NOW = 1_764_366_000_000 as Instant;
