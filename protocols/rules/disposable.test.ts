import { disposableEmailBlocklist } from 'disposable-email-domains-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodLead, hostileValue } from '../arbitraries.ts';
import { because, PASS } from '../verdict.ts';
import { disposableListDigest, disposableVerdict } from './disposable.ts';

describe('disposableVerdict', () => {
  it('finds a listed host, in any case, and any host below a listed domain', () => {
    for (const host of ['mailinator.com', 'MAILINATOR.com', 'eu.mailinator.com']) {
      expect(disposableVerdict(mailing(`ann@${host}`))).toBe(because('disposable_domain'));
    }
  });

  it('leaves a domain alone that a listed one stands below or beside', () => {
    for (const host of ['gmail.com', 'duck.com', 'my-mailinator.com', 'mailinator.com.acme.com']) {
      expect(disposableVerdict(mailing(`ann@${host}`))).toBe(PASS);
    }
  });

  it('does not take what is no address for one', () => {
    for (const email of ['mailinator.com', `${'a'.repeat(250)}@mailinator.com`, 7, undefined]) {
      expect(disposableVerdict(mailing(email))).toBe(PASS);
    }
  });

  it('knows every name on the list', () => {
    fc.assert(
      fc.property(fc.constantFrom(...disposableEmailBlocklist()), (host) => {
        expect(disposableVerdict(mailing(`a@${host}`))).toBe(because('disposable_domain'));
        expect(disposableVerdict(mailing(`A@${host.toUpperCase()} `))).toBe(
          because('disposable_domain'),
        );
      }),
    );
  });

  it('passes good leads, and whatever is no lead', () => {
    fc.assert(
      fc.property(fc.oneof(goodLead, hostileValue), (lead) => {
        expect(disposableVerdict(lead)).toBe(PASS);
      }),
    );
  });
});

describe('disposableListDigest', () => {
  it('is that of the list that this release pins', () => {
    expect(disposableListDigest()).toBe(
      'd3df8691a23a5ce2ee94703b40cabb7e329573e1d1034322109fbd6e5e058ba4',
    );
  });

  it('names the list', () => {
    expect(disposableListDigest()).toMatch(/^[0-9a-f]{64}$/);
    expect(disposableListDigest()).toBe(disposableListDigest());
  });
});

const mailing = (email: unknown): unknown => ({ 'Owner(s) Email': email });
