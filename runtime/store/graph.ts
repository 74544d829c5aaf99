/**
 * Plain data ⇄ bytes: what an actor holds, as it is, with all that is shared in it shared again.
 *
 *     value = tag, what it is of          seen before = its number
 *
 * Not CBOR, which knows neither maps with keys of any kind nor one object in two places; not V8's own
 * format, whose bytes differ with how V8 holds a text at the moment. Here the same data is the same
 * bytes, so that they can be hashed. What is no plain data is a mistake of ours and throws; a
 * function is left out, and whoever reads the data puts it back. The bytes have no version of their
 * own: that of the store (`node-tables.ts`) is theirs too.
 */
import { invariant } from '../../protocols/units.ts';

/** Lays some objects aside when they are written, and brings them back when they are read. */
export interface Aside {
  /** What stands for an object; undefined where it stands for itself. */
  lay(value: object): Stand | undefined;
  /** The object that something stands for. */
  bring(stand: Stand): unknown;
}

export interface Stand {
  /** Which kind of object it is: 0 to 255. */
  readonly kind: number;
  /** Plain data; what is in it may be laid aside in turn. */
  readonly by: unknown;
}

/** Nothing is laid aside. */
export const NOTHING_ASIDE: Aside = {
  lay: () => undefined,
  bring: () => {
    throw new Error('nothing was laid aside');
  },
};

const TAG = {
  undefined: 0,
  null: 1,
  true: 2,
  false: 3,
  whole: 4,
  below0: 5,
  double: 6,
  bigint: 7,
  latin: 8,
  utf8: 9,
  utf16: 10,
  text: 11,
  bytes: 12,
  array: 13,
  map: 14,
  set: 15,
  record: 16,
  shaped: 17,
  seen: 18,
  aside: 19,
} as const;

export interface GraphOptions {
  readonly aside?: Aside;
  /**
   * Writes an object as often as it is met: so two trees that are alike are the same bytes, whatever
   * is shared in them. Not for what goes round in a circle.
   */
  readonly asTree?: true;
}

export const writeGraph = (value: unknown, options: GraphOptions = {}): Uint8Array =>
  new Writer(options).write(value);

/** Throws where the bytes are not what `writeGraph` gave: whoever reads has looked at their hash. */
export const readGraph = (bytes: Uint8Array, aside: Aside = NOTHING_ASIDE): unknown =>
  new Reader(bytes, aside).read();

/** Shorter texts are written each time: a number for them would take as much. */
const SHORT = 3;
const FIRST_BYTES = 4_096;

class Writer {
  readonly #aside: Aside;
  readonly #asTree: boolean;
  readonly #objects = new Map<object, number>();
  readonly #texts = new Map<string, number>();
  readonly #shapes = new Map<string, number>();
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  constructor({ aside = NOTHING_ASIDE, asTree }: GraphOptions) {
    this.#aside = aside;
    this.#asTree = asTree === true;
  }

  write(value: unknown): Uint8Array {
    this.#value(value);
    return new Uint8Array(this.#bytes.subarray(0, this.#at));
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case 'undefined':
        return this.#byte(TAG.undefined);
      case 'boolean':
        return this.#byte(value ? TAG.true : TAG.false);
      case 'number':
        return this.#number(value);
      case 'string':
        return this.#text(value);
      case 'bigint':
        this.#byte(TAG.bigint);
        return this.#text(value.toString());
      case 'object':
        return value === null ? this.#byte(TAG.null) : this.#object(value);
      case 'function':
      case 'symbol':
        throw new TypeError(`a ${typeof value} is no plain data`);
    }
  }

  #object(value: object): void {
    if (!this.#asTree) {
      const number = this.#objects.get(value);
      if (number !== undefined) return this.#numbered(TAG.seen, number);
      this.#objects.set(value, this.#objects.size);
    }
    const stand = this.#aside.lay(value);
    if (stand !== undefined) {
      this.#byte(TAG.aside);
      this.#byte(stand.kind);
      return this.#value(stand.by);
    }
    if (Array.isArray(value)) return this.#items(TAG.array, value.length, value);
    if (value instanceof Uint8Array) return this.#raw(TAG.bytes, value);
    if (value instanceof Map) {
      this.#numbered(TAG.map, value.size);
      for (const [key, of] of value) {
        this.#value(key);
        this.#value(of);
      }
      return;
    }
    if (value instanceof Set) return this.#items(TAG.set, value.size, value);
    this.#record(value as Readonly<Record<string, unknown>>);
  }

  #items(tag: number, size: number, items: Iterable<unknown>): void {
    this.#numbered(tag, size);
    for (const item of items) this.#value(item);
  }

  #record(value: Readonly<Record<string, unknown>>): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    invariant(prototype === Object.prototype || prototype === null, 'a record is plain data');
    const keys = Object.keys(value).filter((key) => typeof value[key] !== 'function');
    // No two lists of keys are spelt alike.
    const spelt = keys.map((key) => `${key.length}:${key}`).join('');
    const shape = this.#shapes.get(spelt);
    if (shape === undefined) {
      this.#shapes.set(spelt, this.#shapes.size);
      this.#numbered(TAG.record, keys.length);
      for (const key of keys) this.#text(key);
    } else this.#numbered(TAG.shaped, shape);
    for (const key of keys) this.#value(value[key]);
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#byte(TAG.double);
      this.#room(8);
      this.#at = this.#bytes.writeDoubleBE(value, this.#at);
    } else if (value < 0) this.#numbered(TAG.below0, -value);
    else this.#numbered(TAG.whole, value);
  }

  #text(value: string): void {
    const number = this.#texts.get(value);
    if (number !== undefined) return this.#numbered(TAG.text, number);
    if (value.length > SHORT) this.#texts.set(value, this.#texts.size);
    if (isLatin(value)) this.#raw(TAG.latin, Buffer.from(value, 'latin1'));
    else if (value.isWellFormed()) this.#raw(TAG.utf8, Buffer.from(value, 'utf8'));
    else this.#raw(TAG.utf16, Buffer.from(value, 'utf16le'));
  }

  #raw(tag: number, bytes: Uint8Array): void {
    this.#numbered(tag, bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A tag and a number of 0 to 2^53 − 1, seven bits a byte, the lowest first. */
  #numbered(tag: number, number: number): void {
    this.#byte(tag);
    let left = number;
    for (; left > 0x7f; left = Math.floor(left / 0x80)) this.#byte(0x80 | (left % 0x80));
    this.#byte(left);
  }

  #byte(byte: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = byte;
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + size));
    this.#bytes.copy(bytes, 0, 0, this.#at);
    this.#bytes = bytes;
  }
}

// Digests of eight bits a character are half as long as in UTF-8.
// oxlint-disable-next-line no-control-regex -- all of the first 256, the control characters too
const isLatin = (text: string): boolean => /^[\u0000-\u00ff]*$/.test(text);

class Reader {
  readonly #bytes: Buffer;
  readonly #aside: Aside;
  readonly #objects: unknown[] = [];
  readonly #texts: string[] = [];
  readonly #shapes: (readonly string[])[] = [];
  #at = 0;

  constructor(bytes: Uint8Array, aside: Aside) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#aside = aside;
  }

  read(): unknown {
    const value = this.#value();
    invariant(this.#at === this.#bytes.length, 'a graph ends where its bytes do');
    return value;
  }

  #value(): unknown {
    const tag = this.#byte();
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.true:
        return true;
      case TAG.false:
        return false;
      case TAG.whole:
        return this.#number();
      case TAG.below0:
        return -this.#number();
      case TAG.double:
        return this.#taken(8).readDoubleBE();
      case TAG.bigint:
        return BigInt(this.#value() as string);
      case TAG.latin:
        return this.#text('latin1');
      case TAG.utf8:
        return this.#text('utf8');
      case TAG.utf16:
        return this.#text('utf16le');
      case TAG.text:
        return found(this.#texts, this.#number());
      case TAG.seen:
        return found(this.#objects, this.#number());
      default:
        return this.#object(tag);
    }
  }

  #object(tag: number): unknown {
    const place = this.#objects.length;
    this.#objects.push(undefined);
    // In its place before what is in it is read, which may be the object itself.
    const put = <T>(value: T): T => {
      this.#objects[place] = value;
      return value;
    };
    switch (tag) {
      case TAG.bytes:
        return put(new Uint8Array(this.#taken(this.#number())));
      case TAG.array: {
        const items: unknown[] = put([]);
        for (let left = this.#count(); left > 0; left--) items.push(this.#value());
        return items;
      }
      case TAG.set: {
        const items = put(new Set<unknown>());
        for (let left = this.#count(); left > 0; left--) items.add(this.#value());
        return items;
      }
      case TAG.map: {
        const items = put(new Map<unknown, unknown>());
        for (let left = this.#count(); left > 0; left--) {
          const key = this.#value();
          items.set(key, this.#value());
        }
        return items;
      }
      case TAG.record: {
        const keys = Array.from({ length: this.#count() }, () => this.#value() as string);
        this.#shapes.push(keys);
        return this.#record(keys, put({}));
      }
      case TAG.shaped:
        return this.#record(found(this.#shapes, this.#number()), put({}));
      case TAG.aside: {
        const kind = this.#byte();
        return put(this.#aside.bring({ kind, by: this.#value() }));
      }
      default:
        throw new TypeError(`no value begins with ${tag}`);
    }
  }

  #record(keys: readonly string[], into: Record<string, unknown>): unknown {
    for (const key of keys) {
      const value = this.#value();
      // By name alone it would set the prototype.
      if (key === '__proto__') Object.defineProperty(into, key, { value, ...OWN });
      else into[key] = value;
    }
    return into;
  }

  #text(encoding: 'latin1' | 'utf8' | 'utf16le'): string {
    const text = this.#taken(this.#number()).toString(encoding);
    if (text.length > SHORT) this.#texts.push(text);
    return text;
  }

  /** How many items follow: each takes a byte at least. */
  #count(): number {
    const count = this.#number();
    invariant(count <= this.#bytes.length - this.#at, 'there are as many items as are said');
    return count;
  }

  #number(): number {
    let number = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#byte();
      number += (byte & 0x7f) * scale;
      invariant(number <= Number.MAX_SAFE_INTEGER, 'a number is below 2^53');
      if (byte < 0x80) return number;
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    invariant(byte !== undefined, 'a graph does not end within a value');
    return byte;
  }

  #taken(size: number): Buffer {
    const from = this.#at;
    invariant(size <= this.#bytes.length - from, 'a graph does not end within a value');
    this.#at += size;
    return this.#bytes.subarray(from, this.#at);
  }
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;

function found<T>(list: readonly T[], number: number): T {
  invariant(number < list.length, 'what was seen before was there before');
  return list[number] as T;
}
