/**
 * What of a value may stand in a log: its shape and its names, never a key, an e-mail address or a
 * lead, and nothing that a terminal or a reader of lines would act on.
 *
 * Secrets are known by three marks: the name of their field, however deep it lies; the look of the
 * text; and, for those that the operator gave us, the text itself. What is cut is said to be cut.
 */
import { LEAD_KEYS } from '../protocols/lead.ts';

/** What a log line is made of. */
export type Loggable = string | number | boolean | null | readonly Loggable[] | LoggedFields;
export interface LoggedFields {
  readonly [field: string]: Loggable;
}

/** Texts that are never shown, each 8 characters or longer: API keys, passwords. */
export type Secrets = readonly string[];

/** A text longer than this is cut: a message for people is shorter, a stranger's may be anything. */
export const MOST_TEXT = 512;
/**
 * All text of one line together, names included. JSON doubles a character at the most (quotes and
 * backslashes; control characters are gone by then), so that a line stays under `MOST_LINE`.
 */
const MOST_TEXTS = 2_048;
/** Values in one line, each with at most some 30 characters of its own: numbers, commas, braces. */
const MOST_VALUES = 96;
/** Deeper than any record of ours. */
const MOST_DEPTH = 5;
/** Of a list or an object. */
const MOST_MEMBERS = 24;
/** The length of a line that cannot be passed, in characters, newline and pino's own part included. */
export const MOST_LINE = 8_192;
/** Only so much of a text is looked through: twice what the longest lead holds. */
const MOST_READ = 16_384;
/** Frames of a stack, from where it was thrown. */
const MOST_FRAMES = 8;
/** A shorter secret would be found in words that are none. */
const LEAST_SECRET = 8;

/** `value` as fields of a line; what is no object stands under `value`. */
export function loggedFields(value: unknown, secrets: Secrets = []): LoggedFields {
  const seen = new Reading(secrets).read(value, 0, '');
  return typeof seen === 'object' && seen !== null && !Array.isArray(seen)
    ? (seen as LoggedFields)
    : { value: seen };
}

/** One text, without anything that it must not hold. */
export function harmlessText(
  text: string,
  secrets: Secrets = [],
  most: number = MOST_TEXT,
): string {
  const shown = redacted(text.slice(0, MOST_READ).toWellFormed(), text.length > MOST_READ, secrets);
  return shown.length <= most ? shown : `${shown.slice(0, most - 1).toWellFormed()}…`;
}

function redacted(text: string, isCut: boolean, secrets: Secrets): string {
  if (PLAIN.test(text) && !secrets.some((secret) => text.includes(secret))) return text;
  if (text.includes('Owner(s) Email')) return '[lead]';
  let shown = text;
  for (const secret of secrets) {
    if (secret.length >= LEAST_SECRET) shown = shown.replaceAll(secret, '[secret]');
  }
  // A word that was cut may be the beginning of an address: it would not be known for one.
  if (isCut) shown = shown.replace(LAST_WORD, '…');
  return shown
    .replaceAll(MNEMONIC, '[secret]')
    .replaceAll(LABELLED, '$1[secret]')
    .replaceAll(BYTES, '[hex]')
    .replaceAll(BASE_64, '[bytes]')
    .replaceAll(/\S+/g, (word) => (ADDRESS.test(word.replaceAll(SCOPE, '')) ? '[email]' : word))
    .replaceAll(UNSEEN, '\u{FFFD}');
}

/**
 * Most of what is logged is such a word, an address of ours, or a number: nothing below can be in
 * it, and looking for all of it costs ten times as much as the line itself.
 */
const PLAIN = /^[\w./-]{0,63}$/;
/** Twelve words or more of a phrase that makes a key; a sentence has shorter words between. */
const MNEMONIC = /\b(?:[a-z]{3,8}\s{1,4}){11,}[a-z]{3,8}\b/gi;
/** What is called a secret by the text around it: `api_key=…`, `Bearer …`, `"password": "…"`. */
const LABELLED =
  /((?:bearer|basic)\s{1,4}|(?:key|token|secret|password|passphrase|seed|mnemonic|authorization)["']?\s{0,4}[=:]\s{0,4})(?!bearer|basic)[^\s&,;]+/gi;
/** Thirty-two bytes or more may be a seed. Names of queries and batches have fields of their own. */
const BYTES = /(?:0x)?[0-9a-f]{64,}/gi;
const BASE_64 = /(?<![\w+/-])[\w+/-]{43,}={1,2}/g;
/**
 * It and the one before begin where a run does, and nowhere within: else a stranger’s word of 16 kB
 * would be gone through once from each of its letters.
 */
const LAST_WORD = /(?<!\S)\S+$/;
/** Also as it stands in a URL, or in full width. */
const ADDRESS = /.(?:@|%40|＠)./i;
/** A package's name in the path of a stack is no address. */
const SCOPE = /node_modules\/@[\w.-]+\//g;
/** Escapes, newlines, marks that turn the direction of writing, and what is no character at all. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A field that is secret whatever is in it: `privateKey`, `HUNTER_API_KEY`, `BT_PW_…`, `secretSeed`. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  return SECRET_WORDS.test(plain) || SECRET_KEYS.test(plain);
}
const SECRET_WORDS =
  /secret|passw|passphrase|mnemonic|phrase|seed|token|authori[sz]ation|cookie|credential|suri|^btpw/;
/** Not `hotkey`, `coldkey` and `peerKey`, which are public. */
const SECRET_KEYS = /^keys?$|(?:api|private|access|signing|encryption|master|session)keys?$/;

/** What a lead says of a person or a business. */
const OF_A_LEAD: ReadonlySet<string> = new Set(
  LEAD_KEYS.filter((key) => key !== 'Industry' && key !== 'Region'),
);
/** Hashes that are public, and what one looks for in a log. */
const NAMES_BY_HASH: ReadonlySet<string> = new Set(
  'query batch digest block_hash genesis previous peer'.split(' '),
);
const HASH = /^(?:0x)?[0-9a-f]{64}$/;
/** Names that mean something to whoever merges objects of a log line. */
const NO_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'toJSON']);

/** One reading of one value, with what it may still use. */
class Reading {
  readonly #secrets: Secrets;
  readonly #above = new Set<object>();
  #texts = MOST_TEXTS;
  #values = MOST_VALUES;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  read(value: unknown, depth: number, name: string): Loggable {
    if (--this.#values < 0) return null;
    switch (typeof value) {
      case 'string':
        return this.#text(value, name);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'bigint':
        return this.#text(String(value), name);
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'undefined':
        return null;
      case 'function':
      case 'symbol':
        return `[${typeof value}]`;
    }
  }

  #text(text: string, name: string): string {
    const isName = NAMES_BY_HASH.has(name) && HASH.test(text);
    const shown = isName ? text : harmlessText(text, this.#secrets);
    return this.#spend(shown);
  }

  #spend(text: string): string {
    const left = this.#texts;
    this.#texts = Math.max(0, left - text.length);
    return text.length <= left ? text : `${text.slice(0, left).toWellFormed()}…`;
  }

  #object(value: object, depth: number): Loggable {
    if (this.#above.has(value)) return '[again]';
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
    if (value instanceof Date) return String(value.getTime());
    if (depth >= MOST_DEPTH) return '[deeper]';
    this.#above.add(value);
    try {
      if (value instanceof Error) return this.#error(value, depth);
      return Array.isArray(value) ? this.#list(value, depth) : this.#record(value, depth);
    } catch {
      // A getter that throws, a proxy that refuses.
      return '[unreadable]';
    } finally {
      this.#above.delete(value);
    }
  }

  #list(list: readonly unknown[], depth: number): Loggable {
    const shown = list.slice(0, MOST_MEMBERS).map((item) => this.read(item, depth + 1, ''));
    return list.length > MOST_MEMBERS ? [...shown, `… ${list.length} in all`] : shown;
  }

  #record(value: object, depth: number): Loggable {
    const names = Object.keys(value);
    if (names.includes('Owner(s) Email')) return '[lead]';
    const shown: [string, Loggable][] = [];
    for (const name of names.slice(0, MOST_MEMBERS)) {
      if (NO_NAMES.has(name) || this.#values <= 0 || this.#texts <= 0) continue;
      const field = this.#spend(harmlessText(name, this.#secrets, 64));
      if (OF_A_LEAD.has(name)) shown.push([field, '[lead]']);
      else if (isSecretName(name)) shown.push([field, '[secret]']);
      else shown.push([field, this.read((value as Fields)[name], depth + 1, name)]);
    }
    const left = names.length - shown.length;
    return Object.fromEntries(left > 0 ? [...shown, ['left_out', left]] : shown);
  }

  /** The message alone of what it may say: other fields of an error are whatever a library put there. */
  #error(error: Error, depth: number): Loggable {
    const { name, message, stack, cause } = error;
    const { code } = error as { readonly code?: unknown };
    const frames = (stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, MOST_FRAMES)
      .map((line) => this.read(line.trim().replace(/^at /, ''), depth + 1, ''));
    return {
      name: this.#text(name, ''),
      message: this.#text(message, ''),
      ...(typeof code === 'string' || typeof code === 'number'
        ? { code: this.read(code, depth, '') }
        : {}),
      ...(cause === undefined ? {} : { cause: this.read(cause, depth + 1, '') }),
      ...(frames.length === 0 || depth > 1 ? {} : { stack: frames }),
    };
  }
}

type Fields = Readonly<Record<string, unknown>>;
