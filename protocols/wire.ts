/**
 * Bytes ⇄ envelope: the one reader of what strangers send.
 *
 *     CBOR { format: 'leadpoet.wire/1', kind, from, to, sentAt, body }
 *
 * There is one way to write a message: shortest heads, definite lengths, map keys sorted by length
 * and then by bytes, no tags. Any other way is refused, so that what is signed and hashed is what
 * travels. Reading goes from coarse to fine: size, then nesting and number of items, then the
 * format's name, the one way of writing, and at last the schema of the kind.
 */
import { decode, encode, Token, Tokenizer, Type, type DecodeOptions } from 'cborg';
import { Compile, type Validator } from 'typebox/schema';
import type { Envelope } from './messages.ts';
import { show } from './query.ts';
import { STRICT_CBOR } from './strict-cbor.ts';
import { envelopeSchema, WIRE_KINDS, type WireKind } from './wire-schema.ts';

/** The format's name and version: it stands in every message. */
export const WIRE_FORMAT: string = 'leadpoet.wire/1';

/**
 * The largest lawful message is a delivery: 100 leads of 16 KiB, 500 lines of stock and the road
 * come to 1.9 MB. A batch has 256 KiB of leads and little else.
 */
export const MAX_ENVELOPE_BYTES = 2_097_152;
/** A full delivery has some 8 000; two million empty maps would take 1.7 s and 320 MB to read. */
const MAX_ITEMS = 65_536;
/** The deepest schema needs 11; the rest is for the extra keys of leads. */
const MAX_DEPTH = 32;
/** An error may quote what was sent: enough of it for one line. */
const MAX_ERROR_LENGTH = 200;

/** Why bytes are no message: what is wrong, where, and what is allowed. */
export interface WireError {
  readonly error: string;
}

export const isWireError = (read: Envelope | WireError): read is WireError => 'error' in read;

/** The one way to write plain data. A key whose value is undefined is absent. */
export const canonical = (value: unknown): Uint8Array =>
  noBuffer(encode(value, { ignoreUndefinedProperties: true }));

export const encodeEnvelope = ({ kind, from, to, sentAt, body }: Envelope): Uint8Array =>
  canonical({ format: WIRE_FORMAT, kind, from, to, sentAt, body });

/** The message that the bytes are, or what is wrong with them. Never throws. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | WireError {
  if (bytes.length > MAX_ENVELOPE_BYTES) {
    return wrong(`the message has ${bytes.length} bytes; allowed: at most ${MAX_ENVELOPE_BYTES}`);
  }
  try {
    return readEnvelope(noBuffer(bytes));
  } catch (cause) {
    return wrong(`the message is not readable: ${cause instanceof Error ? cause.message : 'why'}`);
  }
}

function readEnvelope(bytes: Uint8Array): Envelope | WireError {
  const value: unknown = decode(bytes, { ...STRICT, tokenizer: boundedTokens(bytes) });
  if (!isMap(value)) return wrong('the message is not a map');
  const { format, kind } = value;
  if (format !== WIRE_FORMAT) {
    return wrong(`format is ${showText(format)}; allowed: ${WIRE_FORMAT}`);
  }
  if (!isWireKind(kind)) {
    return wrong(`kind is ${showText(kind)}; allowed: ${WIRE_KINDS.join(', ')}`);
  }
  if (!sameBytes(canonical(value), bytes)) {
    return wrong('the message is not in canonical CBOR: allowed: shortest heads, sorted keys');
  }
  const validator = validatorOf(kind);
  if (!validator.Check(value)) return wrong(firstProblem(validator, value));

  const { from, to, sentAt, body } = value;
  return { kind, from, to, sentAt, body: withRao(kind, body) } as Envelope;
}

const STRICT: DecodeOptions = {
  ...STRICT_CBOR,
  // Rao above 2^53; the schemas allow a bigint nowhere else.
  allowBigInt: true,
};

/**
 * The tokens of `bytes`, up to the bounds on nesting and number. Text is read to the letter: as it
 * comes, cborg drops a byte order mark and mends bad UTF-8, and what was written would not be what
 * was read.
 */
function boundedTokens(bytes: Uint8Array): DecodeOptions['tokenizer'] & object {
  const tokens = new Tokenizer(bytes, { ...STRICT, retainStringBytes: true });
  /** How many items each open list or map still lacks, the innermost last. */
  const open: number[] = [];
  let items = 0;

  return {
    done: () => tokens.done(),
    pos: () => tokens.pos(),
    next() {
      const token = tokens.next();
      items += 1;
      if (items > MAX_ITEMS) throw new RangeError(`more than ${MAX_ITEMS} items`);
      nest(open, itemsIn(token));
      if (open.length > MAX_DEPTH) throw new RangeError(`nested more than ${MAX_DEPTH} deep`);
      return token.byteValue === undefined
        ? token
        : new Token(Type.string, toTheLetter.decode(token.byteValue));
    },
  };
}
const toTheLetter = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function itemsIn({ type, value }: Token): number {
  if (Type.equals(type, Type.array)) return Number(value);
  return Type.equals(type, Type.map) ? 2 * Number(value) : 0;
}

/** One more item came, itself with `inside` to follow: opens a level, or closes those now full. */
function nest(open: number[], inside: number): void {
  if (inside > 0) {
    open.push(inside);
    return;
  }
  while (open.length > 0) {
    const lacks = (open.pop() ?? 0) - 1;
    if (lacks > 0) {
      open.push(lacks);
      return;
    }
  }
}

/** Compiled when the first message of its kind comes: all of them take longer than `--help` may. */
function validatorOf(kind: WireKind): Validator {
  const known = validators.get(kind);
  if (known !== undefined) return known;
  const validator = Compile(envelopeSchema(kind));
  validators.set(kind, validator);
  return validator;
}
const validators = new Map<WireKind, Validator>();

/** `body.want.leads must be <= 100`: of the problems found, the most telling, then the deepest. */
function firstProblem(validator: Validator, value: unknown): string {
  const [, problems] = validator.Errors(value);
  const [first] = problems.toSorted(
    (a, b) =>
      tellingness(b.keyword) - tellingness(a.keyword) ||
      b.instancePath.length - a.instancePath.length,
  );
  if (first === undefined) return 'the message does not fit its kind';
  const path = first.instancePath.slice(1).replaceAll('/', '.');
  return `${path} ${first.keyword === 'boolean' ? 'is not allowed' : first.message}`.trimStart();
}

/** Of either-or, the branches that were not meant complain of their names and of every key. */
function tellingness(keyword: string): number {
  if (keyword === 'boolean') return 1;
  return ['anyOf', 'enum', 'required', 'additionalProperties'].includes(keyword) ? 0 : 2;
}

/** Rao is a bigint however small it is. */
function withRao(kind: WireKind, body: unknown): unknown {
  if (kind !== 'refusal') return body;
  const { shortfall, ...rest } = body as { shortfall?: Readonly<Record<string, unknown>> };
  if (shortfall === undefined) return body;
  const { requirement, need, has } = shortfall;
  if (requirement !== 'stake') return body;
  return { ...rest, shortfall: { requirement, need: toBigInt(need), has: toBigInt(has) } };
}
const toBigInt = (value: unknown): bigint => BigInt(value as number | bigint);

const wrong = (error: string): WireError => ({
  error: error.length > MAX_ERROR_LENGTH ? `${error.slice(0, MAX_ERROR_LENGTH)}...` : error,
});
const showText = (value: unknown): string =>
  typeof value === 'string' || value === undefined ? show(value) : `a ${typeof value}`;

/** The same bytes, never as a Buffer: what is read must not depend on how it came. */
const noBuffer = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array);

const isWireKind = (value: unknown): value is WireKind =>
  (WIRE_KINDS as readonly unknown[]).includes(value);

/** By a compare in one call: byte by byte a batch took longer than all else in its reading. */
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
