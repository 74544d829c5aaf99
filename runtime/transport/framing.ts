/**
 * Where one frame ends and the next begins, on a stream of bytes that a stranger writes.
 *
 *     frame = length (varint, 1 to 4 bytes, the shortest) ‖ so many bytes
 *
 * A length is claimed before anything of it has come, so room grows with what has come and never
 * with the claim. What comes in a thousand pieces is kept as one: the pieces themselves, each with
 * the chunk that it was cut from, would take many times their bytes.
 */
import { encode } from 'uint8-varint';

/** Bytes that are no frame: the stream they came on is of no use any more. */
export class FramingError extends Error {
  readonly why: 'long_prefix' | 'long_frame' | 'empty_frame';
  constructor(why: FramingError['why']) {
    super(`the stream is no frames: ${why}`);
    this.name = 'FramingError';
    this.why = why;
  }
}

/** 4 bytes of 7 bits: 268 MB, far above what any frame may have. */
const MAX_PREFIX = 4;
/** What is made for a frame of which little has come. */
const FIRST_ROOM = 4_096;

/** Pieces of a frame, with its length before them, as one. */
export function framed(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const prefix = encode(length);
  const bytes = new Uint8Array(prefix.length + length);
  bytes.set(prefix);
  let at = prefix.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Takes bytes as they come and gives whole frames. Throws a `FramingError`, and is then done for. */
export class FrameReader {
  /** The largest frame that may begin. It may be changed between two pieces. */
  max: number;
  readonly #take: (frame: Uint8Array) => void;
  /** The length as read so far, and the bytes it took; -1 bytes once it is whole. */
  #length = 0;
  #prefix = 0;
  #room: Uint8Array = NOTHING;
  #have = 0;

  constructor(max: number, take: (frame: Uint8Array) => void) {
    this.max = max;
    this.#take = take;
  }

  /** The claimed length of the frame that has begun; 0 where none has, or its length is not whole. */
  get begun(): number {
    return this.#prefix === WHOLE ? this.#length : 0;
  }

  /** Whether bytes of an unfinished frame, or of its length, have come. */
  get isWithin(): boolean {
    return this.#prefix !== 0;
  }

  /** Every frame that the piece finishes is taken within this call. */
  push(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#prefix !== WHOLE) {
        this.#readPrefix(piece[at] ?? 0);
        at += 1;
        continue;
      }
      const end = Math.min(piece.length, at + this.#length - this.#have);
      this.#keep(piece.subarray(at, end));
      at = end;
      if (this.#have === this.#length) this.#finish();
    }
  }

  #readPrefix(byte: number): void {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#prefix);
    this.#prefix += 1;
    if (byte >= 0x80) {
      // An endless prefix must not be waited for: each byte of it would be looked at again.
      if (this.#prefix === MAX_PREFIX) throw new FramingError('long_prefix');
      return;
    }
    // A last byte of zero says nothing: there is one way to write a length.
    if (byte === 0 && this.#prefix > 1) throw new FramingError('long_prefix');
    if (this.#length === 0) throw new FramingError('empty_frame');
    if (this.#length > this.max) throw new FramingError('long_frame');
    this.#prefix = WHOLE;
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#have + bytes.length;
    if (needed > this.#room.length) {
      const doubled = Math.max(FIRST_ROOM, 2 * this.#room.length);
      const room = new Uint8Array(Math.min(this.#length, Math.max(needed, doubled)));
      room.set(this.#room.subarray(0, this.#have));
      this.#room = room;
    }
    this.#room.set(bytes, this.#have);
    this.#have = needed;
  }

  #finish(): void {
    const frame = this.#room;
    this.#room = NOTHING;
    this.#have = this.#length = this.#prefix = 0;
    this.#take(frame);
  }
}

const WHOLE = -1;
const NOTHING = new Uint8Array();
