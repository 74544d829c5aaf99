/**
 * What two nodes say to one another on a stream, beneath the messages of the protocol.
 *
 *     hello ──▶              who opens the stream, on which network, by which rules
 *          ◀── welcome       the same of the other, and how much may be under way
 *          ◀── refused       or why not: the stream is over
 *     message ──▶            a name, then the envelope's bytes as they are
 *          ◀── ack           has it for good: its sender forgets it
 *          ◀── drop          cannot be delivered here, and why
 *          ◀── credit        how much may be under way from now on
 *
 *     frame = CBOR [what, …] ‖ rest        (a rest in messages alone)
 *
 * A frame's head is a flat list of plain values, so nothing in it can nest, or hide behind a key.
 */
import { decodeFirst } from 'cborg';
import { canonical } from '../../protocols/wire.ts';
import type { Hotkey, Instant } from '../../protocols/units.ts';
import type { Statement } from '../identity/statement.ts';
import { STRICT_CBOR } from '../../protocols/strict-cbor.ts';

/** The version of all that is said here. */
export const LINE_VERSION = 1;
/** Of every frame but a message: a hello with a statement has some 400 bytes. */
export const MAX_TALK_BYTES = 2_048;
/** What a message's frame has beside the envelope: its head, with the longest name. */
export const MAX_HEAD_BYTES = 160;
/** A name is the sender's own affair; ours have 30 characters. */
export const MAX_NAME_LENGTH = 128;

/** Which subnet a node takes part in, and by which rules it judges. */
export interface NetworkName {
  /** 64 hex digits. */
  readonly genesis: string;
  readonly netuid: number;
  /** `protocols/rules-digest.ts`. */
  readonly rules: string;
}

export interface Greeting extends NetworkName {
  readonly version: number;
  readonly hotkey: Hotkey;
  /** The sender's clock. */
  readonly now: Instant;
  /** Of who has announced no peer key on chain. */
  readonly statement?: Statement;
}

/** Why no stream comes about; the other is told the same. */
export type Refusal =
  | 'version'
  | 'genesis'
  | 'netuid'
  | 'rules'
  | 'clock'
  /** Neither the chain nor a statement says that the hotkey is this peer's. */
  | 'unproven'
  | 'statement_expired'
  | 'statement_early'
  | 'statement_too_long'
  | 'statement_forged'
  /** A later statement of the hotkey has taken this one's place. */
  | 'statement_replayed'
  /** As many of its kind are there as may be. */
  | 'full'
  /** It broke the rules of the line too often of late. */
  | 'banned'
  /** No actor runs here now. */
  | 'nobody';

export type Frame =
  | { readonly is: 'hello'; readonly greeting: Greeting }
  | { readonly is: 'welcome'; readonly greeting: Greeting; readonly window: number }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'message'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly is: 'ack'; readonly name: string }
  | { readonly is: 'drop'; readonly name: string }
  | { readonly is: 'credit'; readonly window: number };

/** The head of a message's frame; the envelope's bytes follow as they are. */
export const messageHead = (name: string): Uint8Array => canonical(['message', name]);

/** Every frame but a message. */
export function talk(frame: Exclude<Frame, { is: 'message' }>): Uint8Array {
  switch (frame.is) {
    case 'hello':
      return canonical(['hello', ...greetingList(frame.greeting)]);
    case 'welcome':
      return canonical(['welcome', frame.window, ...greetingList(frame.greeting)]);
    case 'refused':
      return canonical(['refused', frame.why]);
    case 'ack':
    case 'drop':
      return canonical([frame.is, frame.name]);
    case 'credit':
      return canonical(['credit', frame.window]);
  }
}

function greetingList(greeting: Greeting): unknown[] {
  const { version, genesis, netuid, rules, hotkey, now, statement } = greeting;
  const said = [version, genesis, netuid, rules, hotkey, now];
  if (statement === undefined) return said;
  return [...said, statement.since, statement.until, statement.signature];
}

/** The frame that the bytes are; undefined where they are none. Never throws. */
export function readFrame(bytes: Uint8Array): Frame | undefined {
  try {
    const [head, rest] = decodeFirst(bytes.subarray(0, MAX_TALK_BYTES), STRICT_CBOR) as unknown[];
    if (!Array.isArray(head) || !(rest instanceof Uint8Array)) return undefined;
    const [is, ...said] = head as readonly unknown[];
    const headLength = Math.min(bytes.length, MAX_TALK_BYTES) - rest.length;
    if (is === 'message') return readMessage(said, bytes.subarray(headLength));
    return bytes.length === headLength ? readTalk(is, said) : undefined;
  } catch {
    return undefined;
  }
}

function readMessage(said: readonly unknown[], bytes: Uint8Array): Frame | undefined {
  const [name] = said;
  return said.length === 1 && isName(name) ? { is: 'message', name, bytes } : undefined;
}

function readTalk(is: unknown, said: readonly unknown[]): Frame | undefined {
  const [first] = said;
  switch (is) {
    case 'hello': {
      const greeting = readGreeting(said);
      return greeting && { is, greeting };
    }
    case 'welcome': {
      const greeting = readGreeting(said.slice(1));
      return greeting && isCount(first) ? { is, greeting, window: first } : undefined;
    }
    case 'refused':
      return said.length === 1 && isName(first) ? { is, why: first } : undefined;
    case 'ack':
    case 'drop':
      return said.length === 1 && isName(first) ? { is, name: first } : undefined;
    case 'credit':
      return said.length === 1 && isCount(first) ? { is, window: first } : undefined;
    default:
      return undefined;
  }
}

function readGreeting(said: readonly unknown[]): Greeting | undefined {
  const [version, genesis, netuid, rules, hotkey, now, since, until, signature] = said;
  if (said.length !== 6 && said.length !== 9) return undefined;
  if (!isCount(version) || !isName(genesis) || !isCount(netuid) || !isName(rules)) return undefined;
  if (!isName(hotkey) || !isCount(now)) return undefined;

  const own = { version, genesis, netuid, rules, hotkey: hotkey as Hotkey, now: now as Instant };
  if (said.length === 6) return own;
  if (!isCount(since) || !isCount(until) || !isSignature(signature)) return undefined;
  const statement = { since: since as Instant, until: until as Instant, signature };
  return { ...own, statement };
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
/** Printable ASCII without spaces: what may stand in a log, and in a key made of several. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_NAME_LENGTH && /^[!-~]+$/.test(value);
/** Both sr25519 and ed25519 have 64 bytes. */
const isSignature = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && value.length === 64;
