import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyLead, goodLead } from '../arbitraries.ts';
import { isFieldError } from '../query.ts';
import type { TightDigest } from '../units.ts';
import { isSuppressed, readSuppressed, suppressedDigest } from './suppression.ts';

describe('isSuppressed', () => {
  it('finds an address, however it is written, and its sub-addresses', () => {
    const list = listing('Ann@acme.com');
    for (const email of ['ann@acme.com', ' ANN@ACME.COM ', 'ann+news@acme.com', 'ann+@acme.com']) {
      expect(isSuppressed(list, mailing(email))).toBe(true);
    }
    for (const email of ['anna@acme.com', 'ann@acme.co', 'ann@eu.acme.com', 'b+ann@acme.com']) {
      expect(isSuppressed(list, mailing(email))).toBe(false);
    }
  });

  it('finds everyone at a domain and below it, and nobody above or beside', () => {
    const list = listing('@eu.acme.co.uk');
    for (const host of ['eu.acme.co.uk', 'EU.acme.co.uk', 'a.b.c.eu.acme.co.uk']) {
      expect(isSuppressed(list, mailing(`bob@${host}`))).toBe(true);
    }
    for (const host of ['acme.co.uk', 'neu.acme.co.uk', 'us.acme.co.uk', 'eu.acme.co.uk.com']) {
      expect(isSuppressed(list, mailing(`bob@${host}`))).toBe(false);
    }
  });

  it('finds whoever is listed by address, host or any domain above, among whatever else is', () => {
    fc.assert(
      fc.property(goodLead, fc.array(anyEntry), fc.nat(), (lead, others, pick) => {
        const host = lead['Owner(s) Email'].toLowerCase().split('@')[1] ?? '';
        const keys = [lead['Owner(s) Email'], host, ...above(host)].filter(isListable);
        const key = keys[pick % keys.length] ?? '';
        expect(isSuppressed(listing(...others, key), lead)).toBe(true);
      }),
    );
  });

  it('finds more on a longer list and never less, and nobody on an empty one', () => {
    fc.assert(
      fc.property(anyLead, fc.array(anyEntry), fc.array(anyEntry), (lead, some, more) => {
        const before = isSuppressed(listing(...some), lead);
        const after = isSuppressed(listing(...some, ...more), lead);
        expect(after || !before).toBe(true);
        expect(isSuppressed(new Set(), lead)).toBe(false);
      }),
    );
  });

  it('lives through what is no lead', () => {
    const list = listing('acme.com');
    for (const email of ['acme.com', '@', '', 7, null, `${'a.'.repeat(5_000)}@acme.com`]) {
      expect(isSuppressed(list, mailing(email))).toBe(false);
    }
    expect(isSuppressed(list, undefined)).toBe(false);
    expect(isSuppressed(list, mailing(`a@${'b.'.repeat(120)}acme.com`))).toBe(true);
  });
});

describe('readSuppressed', () => {
  it('reads addresses and domains, alike however they are written', () => {
    expect(readSuppressed(' Ann@Acme.com ')).toBe('ann@acme.com');
    for (const text of ['acme.com', '@acme.com', ' @ACME.COM']) {
      expect(readSuppressed(text)).toBe('acme.com');
    }
    expect(readSuppressed('xn--bcher-kva.example')).toBe('xn--bcher-kva.example');
  });

  it('refuses a public suffix, an IP address and what is neither address nor domain', () => {
    const bad = ['com', '@com', 'co.uk', '127.0.0.1', 'a b.com', 'ann@', '@@acme.com', '-a.com'];
    for (const text of [
      ...bad,
      'a..com',
      'acme.com.',
      'https://acme.com',
      '',
      `${'a'.repeat(300)}.com`,
    ]) {
      expect(isListable(text)).toBe(false);
    }
  });

  it('reads its own key again as the same key, whatever it was given', () => {
    fc.assert(
      fc.property(fc.oneof(anyEntry, fc.string(), fc.emailAddress(), fc.domain()), (text) => {
        const key = readSuppressed(text);
        if (typeof key === 'string') expect(readSuppressed(key)).toBe(key);
        else expect(isFieldError(key)).toBe(true);
      }),
    );
  });
});

const anyEntry = fc.oneof(
  goodLead.map((lead) => lead['Owner(s) Email']),
  fc.constantFrom('acme.com', '@eu.acme.com', 'ann@acme.com', 'example.com'),
);

const listing = (...entries: readonly string[]): ReadonlySet<TightDigest> =>
  new Set(
    entries.flatMap((entry) => {
      const key = readSuppressed(entry);
      return typeof key === 'string' ? [suppressedDigest(key)] : [];
    }),
  );

const isListable = (text: string): boolean => typeof readSuppressed(text) === 'string';

const above = (host: string): readonly string[] => {
  const rest = host.slice(host.indexOf('.') + 1);
  return rest === host ? [] : [rest, ...above(rest)];
};

const mailing = (email: unknown): unknown => ({ 'Owner(s) Email': email });
