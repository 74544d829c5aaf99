/**
 * One lead on its own: nine fields of text, each as it must be. It may be anything at all that came
 * off the wire or out of a file; nothing that it inherits is ever looked at.
 *
 * Whatever is wrong is found, not only the first thing. But a field that is missing, no text or too
 * long is not judged any further.
 */
import { parse } from 'tldts';
import {
  LEAD_KEYS,
  MAX_EMAIL_LENGTH,
  MAX_FIELD_BYTES,
  MAX_LEAD_BYTES,
  MAX_REGION_LENGTH,
  type Lead,
  type LeadKey,
} from '../lead.ts';
import { isIndustry } from '../query.ts';
import { remembered } from '../remembered.ts';
import { because, both, PASS, type FailReason, type Verdict } from '../verdict.ts';

/** Every reason for which the lead is malformed. */
export function formatVerdict(lead: unknown): Verdict {
  if (!isObject(lead)) return because('not_an_object');
  const verdicts = LEAD_KEYS.map((key) => fieldVerdict(lead, key));
  if (isTooLong(lead)) verdicts.push(because('too_long'));
  if (!isNamed(lead)) verdicts.push(because('name_mismatch'));
  return verdicts.reduce(both);
}

/**
 * The same of each lead of a list, by its index, looked at when it is first asked for: a validator,
 * the pool and its checks look at the same batch, and all of them get the same list of it.
 */
export const formatsOf: (leads: readonly unknown[]) => (index: number) => Verdict = remembered(
  (leads) => {
    const known: Verdict[] = [];
    return (index) => (known[index] ??= formatVerdict(leads[index]));
  },
);

/** The lead with its extra keys, or undefined where its format is not as it must be. */
export function readLead(value: unknown, format: Verdict = formatVerdict(value)): Lead | undefined {
  if (!isObject(value) || format !== PASS) return undefined;
  if (!Object.hasOwn(value, '__proto__')) return value as Lead;
  const own = Object.entries(value).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(own) as Lead;
}

/** A field of what may be a lead: undefined where there is none, or no text in it. */
export function fieldOf(lead: unknown, key: LeadKey): string | undefined {
  if (!isObject(lead) || !Object.hasOwn(lead, key)) return undefined;
  const value = lead[key];
  return typeof value === 'string' ? value : undefined;
}

/** An address on the web that a stranger may be sent to: http(s), of a host, without credentials. */
export function readWebUrl(text: string): URL | undefined {
  // The parser forgives blanks, line breaks and other slashes; whoever follows a lead might take
  // them for another host.
  if (!/^https?:\/\/[^/\s\\][^\s\\]*$/i.test(text)) return undefined;
  const url = URL.parse(text);
  return url === null || url.username !== '' || url.password !== '' ? undefined : url;
}

/** The host of such an address. */
export const webHostOf = (text: string): string | undefined =>
  PLAIN_ADDRESS.exec(text)?.[1] ?? readWebUrl(text)?.hostname;

/** Of a host in plain letters there is nothing to parse, which would take ten times as long. */
const PLAIN_ADDRESS = /^https?:\/\/((?:[a-z\d]+(?:-[a-z\d]+)*\.)+[a-z]{2,})(?:\/[^\s\\]*)?$/;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value);

function fieldVerdict(lead: Readonly<Record<string, unknown>>, key: LeadKey): Verdict {
  if (!Object.hasOwn(lead, key)) return because('missing_field');
  const text = lead[key];
  if (typeof text !== 'string') return because('wrong_type');
  if (isOver(text, MAX_FIELD_BYTES)) return because('too_long');
  const reason = RULES[key](text);
  return reason === undefined ? PASS : because(reason);
}

type Rule = (text: string) => FailReason | undefined;

const filled: Rule = (text) => (text.trim() === '' ? 'empty_field' : undefined);

const RULES: Readonly<Record<LeadKey, Rule>> = {
  Business: filled,
  'Owner Full name': filled,
  First: filled,
  Last: filled,
  'Owner(s) Email': (text) => (isEmail(text) ? undefined : 'bad_email'),
  LinkedIn: (text) => (isLinkedIn(text) ? undefined : 'bad_linkedin'),
  Website: (text) => (isWebsite(text) ? undefined : 'bad_website'),
  Industry: (text) => (isIndustry(text) ? undefined : 'bad_industry'),
  Region: (text) => (Array.from(text).length > MAX_REGION_LENGTH ? 'too_long' : filled(text)),
};

const EMAIL = /^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$/;
/** Whether a text is an address as a lead may have it. */
export const isEmail = (text: string): boolean =>
  // The length comes first: the pattern takes quadratic time on what nearly matches.
  text.length <= MAX_EMAIL_LENGTH && EMAIL.test(text);

function isLinkedIn(text: string): boolean {
  if (PLAIN_PROFILE.test(text)) return true;
  const url = readWebUrl(text);
  if (url === undefined || !/(^|\.)linkedin\.com$/.test(url.hostname)) return false;
  return /^\/(in|company)\/[^/]/.test(url.pathname);
}

/** A profile as nearly all are written; any other is parsed. */
const PLAIN_PROFILE = /^https?:\/\/(?:[a-z]+\.)?linkedin\.com\/(?:in|company)\/[\w-]+\/?$/;

/** The list gives a suffix to any name, `x.internal` too: only one that is listed counts. */
function isWebsite(text: string): boolean {
  const host = webHostOf(text);
  if (host === undefined) return false;
  const { domain, isIcann, isPrivate } = parse(host, { allowPrivateDomains: true });
  return domain !== null && (isIcann === true || isPrivate === true);
}

/** True also where one of the three is not there to compare, which has a reason of its own. */
function isNamed(lead: Readonly<Record<string, unknown>>): boolean {
  const full = nameOf(lead, 'Owner Full name');
  const parts = [nameOf(lead, 'First'), nameOf(lead, 'Last')];
  if (full === undefined) return true;
  // A name of nothing but accents is contained in all others, and is nobody's.
  return parts.every((part) => part === undefined || (part !== '' && full.includes(part)));
}

/** Without case and accents. Lower, then upper, so that ß and SS are the same too. */
function nameOf(lead: Readonly<Record<string, unknown>>, key: LeadKey): string | undefined {
  const text = fieldOf(lead, key)?.trim() ?? '';
  if (text === '' || isOver(text, MAX_FIELD_BYTES)) return undefined;
  // Most names are plain, and there is nothing to take off them.
  if (PLAIN.test(text)) return text.toUpperCase();
  const bare = text.normalize('NFD').replaceAll(/\p{M}/gu, '');
  return bare.toLowerCase().toUpperCase();
}

const PLAIN = /^[ -~]*$/;

const isTooLong = (lead: object): boolean =>
  !isClearlyShort(lead) &&
  (bytesLeft(lead, MAX_LEAD_BYTES, 0) < 0 || itemsLeft(lead, MAX_ITEMS) < 0);

/** Nothing but a few texts, which could not be too long in any script: nobody need count the bytes. */
function isClearlyShort(lead: object): boolean {
  const fields = Object.entries(lead);
  let length = 0;
  for (const [key, value] of fields) {
    if (typeof value !== 'string') return false;
    length += key.length + value.length;
  }
  return 2 * fields.length <= MAX_ITEMS && MOST_BYTES_A_UNIT * length <= MAX_LEAD_BYTES;
}

/** Deeper than anyone nests in earnest, and shallow enough for any stack. */
const MAX_DEPTH = 16;

/** What is left of `budget` bytes after the value; below 0 as soon as it is used up, or too deep. */
function bytesLeft(value: unknown, budget: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  if (typeof value === 'string') return budget - byteLength(value, budget);
  if (ArrayBuffer.isView(value)) return budget - value.byteLength;
  if (typeof value !== 'object' || value === null) return budget - String(value).length;

  let left = budget;
  for (const key of Object.keys(value)) {
    const name = Array.isArray(value) ? 1 : byteLength(key, left);
    left = bytesLeft((value as Record<string, unknown>)[key], left - name, depth + 1);
    if (left < 0) break;
  }
  return left;
}

/**
 * Keys and values of a lead, nested ones too; its nine fields are 18. A delivery has 100 leads, and the
 * wire takes 65 536 items: what the rules let in must never be refused on its way out.
 */
const MAX_ITEMS = 500;

/** What is left of `budget` items after those within the value; below 0 as soon as it is used up. */
function itemsLeft(value: unknown, budget: number): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return budget;
  let left = budget;
  for (const key of Object.keys(value)) {
    left -= Array.isArray(value) ? 1 : 2;
    if (left < 0) break;
    left = itemsLeft((value as Record<string, unknown>)[key], left);
  }
  return left;
}

/** Of UTF-8, for each unit of UTF-16. */
const MOST_BYTES_A_UNIT = 3;

const isOver = (text: string, limit: number): boolean =>
  MOST_BYTES_A_UNIT * text.length > limit && byteLength(text, limit) > limit;

/** In UTF-8; of a text that is over `limit` anyway, some number over it. */
const byteLength = (text: string, limit: number): number =>
  text.length > limit ? text.length : Buffer.byteLength(text);
