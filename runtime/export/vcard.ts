/**
 * Leads as vCards 4.0 (RFC 6350), a card a lead, with LinkedIn as RFC 9554 has it.
 *
 *     what a stranger wrote ──▶ escaped ──▶ one line ──▶ folded at 75 octets, never within a character
 *
 * Nothing in a field can begin a property of its own, or end the card.
 */
import type { Lead } from '../../protocols/lead.ts';

/** One card after the other; nothing where there is no lead. */
export const vcardsOf = (leads: readonly Lead[]): string => leads.map(cardOf).join('');

function cardOf(lead: Lead): string {
  return [
    'BEGIN:VCARD',
    'VERSION:4.0',
    `FN:${text(lead['Owner Full name'])}`,
    `N:${text(lead.Last)};${text(lead.First)};;;`,
    `EMAIL;TYPE=work:${text(lead['Owner(s) Email'])}`,
    `ORG:${text(lead.Business)}`,
    `ADR;TYPE=work:;;;;;;${text(lead.Region)}`,
    `CATEGORIES:${text(lead.Industry)}`,
    `URL;TYPE=work:${uri(lead.Website)}`,
    `SOCIALPROFILE;SERVICE-TYPE=LinkedIn:${uri(lead.LinkedIn)}`,
    'END:VCARD',
  ]
    .map((line) => `${folded(line)}\r\n`)
    .join('');
}

/** What separates is escaped; what no text may hold is shown as a mark. */
const text = (raw: string): string =>
  raw
    .replaceAll(/[\\,;]/g, (letter) => `\\${letter}`)
    .replaceAll(/\r\n|[\r\n]/g, '\\n')
    .replaceAll(/(?!\t)\p{Cc}/gu, '\u{FFFD}');

/** A URI has no escapes of vCard's: what it may not hold is written as its bytes. */
const uri = (raw: string): string =>
  raw.toWellFormed().replaceAll(/[\p{Cc}\s]/gu, (letter) => encodeURIComponent(letter));

/** Without the line break, which is not counted. */
const MOST_OCTETS = 75;

/** A line that goes on begins with a blank, which is counted. */
function folded(line: string): string {
  const lines: string[] = [];
  let current = '';
  let octets = 0;
  for (const letter of line.toWellFormed()) {
    const size = Buffer.byteLength(letter);
    if (octets + size > MOST_OCTETS) {
      lines.push(current);
      current = ' ';
      octets = 1;
    }
    current += letter;
    octets += size;
  }
  return [...lines, current].join('\r\n');
}
