import fc from 'fast-check';
import { firstValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { goodLeads } from '../protocols/arbitraries.ts';
import { isSuppressed, suppressedDigest } from '../protocols/rules/suppression.ts';
import type { Lead } from '../protocols/lead.ts';
import type { Asker } from './host.ts';
import {
  hashLine,
  MAX_SUPPRESSION_BYTES,
  bytesIn,
  parseSuppression,
  suppressedBy,
  SUPPRESSION_FORMAT,
  suppressionKey,
  withoutSuppressed,
} from './suppression.ts';

describe('a suppression list', () => {
  it('is read as it was written, comments, blank lines and line ends aside', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.emailAddress()), anyFiller, anyEnd, (emails, filler, end) => {
        const hashes = emails.map((email) => suppressedDigest(email));
        const lines = hashes.flatMap((hash) => [filler, hashLine(hash).trim()]);
        const text = [SUPPRESSION_FORMAT, ...lines].join(end);
        expect([...read(text)].toSorted()).toEqual(hashes.toSorted());
        expect([...read(`\u{FEFF}${text}${end}`)].toSorted()).toEqual(hashes.toSorted());
      }),
    );
  });

  it('names nobody', () => {
    const line = hashLine(suppressedDigest('ann@acme.com'));
    expect(line).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it.each([
    ['', 'list: line 1 is ""; allowed: leadpoet.suppression/1'],
    ['leadpoet.suppression/2\n', 'list: line 1 is "leadpoet.suppression/2"; allowed: leadpoet'],
    [`${SUPPRESSION_FORMAT}\n# x\n\nann@acme.com\n`, 'list: line 4 is "ann@acme.com"; allowed: a'],
    [`${SUPPRESSION_FORMAT}\n${'A'.repeat(64)}\n`, 'list: line 2 is "AAAA'],
    [`${SUPPRESSION_FORMAT}\n#${'x'.repeat(2_000)}\n`, 'list: line 2 is "2001 bytes long"'],
  ])('is refused where a line is bad: %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('has a bound on its hashes and on its bytes', async () => {
    const lines = ['1', '2', '2', '3', '4'].map((digit) => digit.repeat(64));
    const text = [SUPPRESSION_FORMAT, ...lines].join('\n');
    expect(parseSuppression(Buffer.from(text), 'list', 4).size).toBe(4);
    expect(() => parseSuppression(Buffer.from(text), 'list', 3)).toThrow(
      'list: line 6 is "one hash too many"; allowed: at most 3 of them',
    );

    const piece = new Uint8Array(1_000_000);
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += piece.length;
        yield await Promise.resolve(piece);
      }
    }
    await expect(bytesIn(endless(), 'list')).rejects.toThrow('list: its size is more than that');
    expect(given).toBeLessThanOrEqual(MAX_SUPPRESSION_BYTES + piece.length);
  });
});

describe('suppressionKey', () => {
  it('reads a host in any script as the one that mail goes to', () => {
    expect(suppressionKey('Bücher.example')).toBe('xn--bcher-kva.example');
    expect(suppressionKey('ann@BÜCHER.example.com')).toBe('ann@xn--bcher-kva.example.com');
    for (const text of ['bü cher.example', 'bücher.example/x', 'ünn@acme.com', '１２７.0.0.1']) {
      expect(suppressionKey(text)).toMatchObject({ came: JSON.stringify(text) });
    }
  });
});

describe('withoutSuppressed', () => {
  it('hands on whom the list does not name, in order, and tells how many it left out', async () => {
    await fc.assert(
      fc.asyncProperty(goodLeads(6), fc.subarray([0, 1, 2, 3, 4, 5]), async (leads, out) => {
        const list = new Set(out.map((at) => suppressedDigest(emailOf(leads[at]))));
        let told = 0;
        const port = withoutSuppressed(
          () => of(leads),
          suppressedBy(list),
          (count) => (told += count),
        );
        const kept = await firstValueFrom(port(undefined as never, undefined as never as Asker));
        expect(kept).toEqual(leads.filter((lead) => !isSuppressed(list, lead)));
        expect(told).toBe(leads.length - kept.length);
        expect(told).toBeGreaterThanOrEqual(list.size);
      }),
    );
  });
});

const emailOf = (lead: Lead | undefined): string =>
  (lead?.['Owner(s) Email'] ?? '').trim().toLowerCase();

const anyFiller = fc.constantFrom('', '# by letter', '   ', '#');
const anyEnd = fc.constantFrom('\n', '\r\n');

const read = (text: string) => parseSuppression(Buffer.from(text), 'list');
