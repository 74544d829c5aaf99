import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEAD_KEYS, type Lead } from '../../protocols/lead.ts';
import { vcardsOf } from './vcard.ts';

describe('a vCard', () => {
  it('says who somebody is and how to reach them', () => {
    expect(vcardsOf([ANN])).toBe(
      [
        'BEGIN:VCARD',
        'VERSION:4.0',
        'FN:Ann Lee',
        'N:Lee;Ann;;;',
        'EMAIL;TYPE=work:ann@acme.com',
        'ORG:Acme\\, Inc.\\; Köln',
        'ADR;TYPE=work:;;;;;;DE',
        'CATEGORIES:Tech & AI',
        'URL;TYPE=work:https://acme.com',
        'SOCIALPROFILE;SERVICE-TYPE=LinkedIn:https://linkedin.com/in/ann',
        'END:VCARD',
        '',
      ].join('\r\n'),
    );
  });

  it('is nothing where there is no lead', () => expect(vcardsOf([])).toBe(''));

  it('is read again as it was', () => {
    fc.assert(
      fc.property(fc.array(anyLead, { maxLength: 3 }), (leads) => {
        expect(read(vcardsOf(leads))).toEqual(leads.map((lead) => shown(lead)));
      }),
    );
  });

  it('has no line of more than 75 octets, and cuts no character', () => {
    fc.assert(
      fc.property(fc.array(anyLead, { maxLength: 3 }), (leads) => {
        const bytes = Buffer.from(vcardsOf(leads));
        const lines = bytes.toString('latin1').split('\r\n');
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(75);
        // Throws where a character is cut.
        for (const line of lines) strictUtf8.decode(Buffer.from(line, 'latin1'));
      }),
    );
  });

  it('fills its lines: the one before a fold has no room for another character', () => {
    const [, , first, second, third] = vcardsOf([
      { ...ANN, 'Owner Full name': 'a'.repeat(150) },
    ]).split('\r\n');
    expect([first, second, third]).toEqual([
      `FN:${'a'.repeat(72)}`,
      ` ${'a'.repeat(74)}`,
      ` ${'a'.repeat(4)}`,
    ]);
  });
});

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

const ANN: Lead = {
  Business: 'Acme, Inc.; Köln',
  'Owner Full name': 'Ann Lee',
  First: 'Ann',
  Last: 'Lee',
  'Owner(s) Email': 'ann@acme.com',
  LinkedIn: 'https://linkedin.com/in/ann',
  Website: 'https://acme.com',
  Industry: 'Tech & AI',
  Region: 'DE',
};

/** A reader of vCards, from the RFC: unfold, cut into lines, names, components; take escapes off. */
function read(cards: string): readonly object[] {
  const found: Record<string, readonly string[]>[] = [];
  const lines = cards.replaceAll(/\r\n[ \t]/g, '').split('\r\n');
  expect(lines.pop()).toBe('');
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Z-]+)(?:;[^:]*)?:(.*)$/su.exec(line) ?? [];
    if (name === 'BEGIN') found.push({});
    const card = found.at(-1) ?? {};
    expect(card).not.toHaveProperty(name);
    card[name] = name === 'URL' || name === 'SOCIALPROFILE' ? [value] : components(value);
  }
  return found;
}

/** Cut at semicolons, but for those behind a backslash, which takes along what follows it. */
function components(value: string): readonly string[] {
  const parts = [''];
  const add = (letter: string): void => void parts.push(`${parts.pop()}${letter}`);
  for (let at = 0; at < value.length; at++) {
    const letter = value.charAt(at);
    if (letter === ';') parts.push('');
    else if (letter === '\\') add(value.charAt(++at) === 'n' ? '\n' : value.charAt(at));
    else add(letter);
  }
  return parts;
}

/** What is to be found of a lead: what no text or URI may hold is seen, not lost. */
function shown(lead: Lead): object {
  const text = (raw: string): string =>
    raw.replaceAll(/\r\n|\r/g, '\n').replaceAll(/(?![\t\n])\p{Cc}/gu, '\u{FFFD}');
  const uri = (raw: string): string => raw.replaceAll(/[\p{Cc}\s]/gu, encodeURIComponent);
  return {
    BEGIN: ['VCARD'],
    VERSION: ['4.0'],
    FN: [text(lead['Owner Full name'])],
    N: [text(lead.Last), text(lead.First), '', '', ''],
    EMAIL: [text(lead['Owner(s) Email'])],
    ORG: [text(lead.Business)],
    ADR: ['', '', '', '', '', '', text(lead.Region)],
    CATEGORIES: [text(lead.Industry)],
    URL: [uri(lead.Website)],
    SOCIALPROFILE: [uri(lead.LinkedIn)],
    END: ['VCARD'],
  };
}

const anyText = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...Array.from(',;:\\\n\r\t aé漢😀n'), 'END:VCARD', '\r\nNOTE:x'),
  }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
);
const anyLead: fc.Arbitrary<Lead> = fc
  .tuple(...LEAD_KEYS.map(() => anyText))
  .map((texts) => Object.fromEntries(LEAD_KEYS.map((key, at) => [key, texts[at]])) as Lead);
