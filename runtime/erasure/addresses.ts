/**
 * Looks for e-mail addresses in texts and in bytes, whatever the case of their letters.
 *
 *     …\x1eAnn@Acme.com…  ──▶ at each `@`, or `%40`, by the letters beside it ──▶ compare
 *
 * An address may be a part of a longer one, `bo@x.com` of `jimbo@x.com`. In a text one sees that; in
 * binary data the byte before it may be a letter by chance, so there only those longer ones that were
 * seen in a text before are told apart, and in doubt an address counts as found.
 */
import { emailKey } from '../../protocols/lead.ts';

/** No address is longer in bytes, also where its `@` takes three letters. */
export const LONGEST_ADDRESS = 512;

interface Needle {
  readonly email: string;
  readonly text: string;
  /** Where its `@` begins. */
  readonly mark: number;
}

export class Addresses {
  /** As the rules compare them, trimmed and in lower case; each once. */
  readonly emails: readonly string[];
  /** By what stands around their `@`: of ten thousand, few have to be compared at a place. */
  readonly #needles = new Map<string, Needle[]>();
  /** Other people's addresses that have one of these in them, as they were seen in texts. */
  readonly #longer = new Set<string>();

  constructor(emails: readonly string[]) {
    this.emails = [...new Set(emails.map(emailKey))];
    for (const email of this.emails) {
      for (const [sign, text] of writingsOf(email)) {
        const mark = text.lastIndexOf(sign);
        const key = keyAt(text, mark, sign);
        this.#needles.set(key, [...(this.#needles.get(key) ?? []), { email, text, mark }]);
      }
    }
  }

  /** Those that a text names. */
  namedIn(text: string): readonly string[] {
    const lower = text.toLowerCase();
    return this.#found(lower, (at, needle) => {
      const [start, end] = [at - needle.mark, at - needle.mark + needle.text.length];
      const before = WORD_BEFORE.exec(lower.slice(Math.max(0, start - LONGEST_ADDRESS), start));
      const after = WORD_AFTER.exec(lower.slice(end, end + LONGEST_ADDRESS));
      const longer = `${before?.[0] ?? ''}${needle.text}${after?.[0] ?? ''}`;
      if (longer === needle.text) return true;
      if (this.#longer.size < MOST_LONGER) this.#longer.add(longer);
      return false;
    });
  }

  /** Those that bytes may hold. */
  foundIn(bytes: Uint8Array): readonly string[] {
    const lower = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      .toString('latin1')
      .toLowerCase();
    return this.#found(lower, (at, { email }) => {
      for (const longer of this.#longer) {
        const start = at - markIn(longer);
        if (longer.includes(email) && start >= 0 && lower.startsWith(longer, start)) return false;
      }
      return true;
    });
  }

  #found(lower: string, isOne: (at: number, needle: Needle) => boolean): readonly string[] {
    const found = new Set<string>();
    for (const sign of SIGNS) {
      for (let at = lower.indexOf(sign); at !== -1; at = lower.indexOf(sign, at + 1)) {
        for (const needle of this.#needles.get(keyAt(lower, at, sign)) ?? []) {
          if (found.has(needle.email) || !lower.startsWith(needle.text, at - needle.mark)) continue;
          if (isOne(at, needle)) found.add(needle.email);
        }
      }
    }
    return [...found];
  }
}

/** What marks an address: also as it stands in a URL, and where every letter takes two bytes. */
const SIGNS = ['@', '%40', '@\0'] as const;
const writingsOf = (email: string): readonly (readonly [string, string])[] => [
  ['@', email],
  ['%40', email.replace(/@(?=[^@]*$)/, '%40')],
  ['@\0', email.split('').join('\0')],
];
const markIn = (text: string): number => Math.max(text.lastIndexOf('@'), text.lastIndexOf('%40'));
const keyAt = (text: string, at: number, sign: string): string =>
  text.slice(at - 1, at + sign.length + 2);
/** What would make an address a longer one. A sentence may end right behind an address. */
const WORD_BEFORE = /[a-z0-9._%+-]+$/;
const WORD_AFTER = /^(?:[a-z0-9-]|\.[a-z0-9])+/;
/** Whoever sends leads to be mistaken for each other fills no memory with it. */
const MOST_LONGER = 10_000;
