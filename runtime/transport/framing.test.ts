import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framed, FrameReader, FramingError } from './framing.ts';

describe('frames on a stream', () => {
  it('come out as they went in, however the stream is cut', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }));
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 200 })), (sent, cuts) => {
        const stream = Buffer.concat(sent.map((frame) => framed(frame)));
        expect(read(300, ...cut(stream, cuts)).frames).toEqual(sent);
      }),
    );
  });

  it('are one of their parts', () => {
    expect(framed(bytes(1, 2), bytes(3))).toEqual(bytes(3, 1, 2, 3));
    expect(framed(new Uint8Array(128)).subarray(0, 2)).toEqual(bytes(0x80, 1));
  });

  it('may be as large as they may, and not one byte more', () => {
    for (const size of [1, 127, 128, 16_384, 300_000]) {
      const stream = framed(new Uint8Array(size));
      expect(read(size, stream)).toMatchObject({ frames: [{ length: size }], why: undefined });
      expect(read(size - 1, stream)).toEqual({ frames: [], why: 'long_frame' });
    }
  });

  it.each([
    ['an endless prefix', bytes(0x80, 0x80, 0x80, 0x80), 'long_prefix'],
    ['a prefix of five bytes', bytes(0xff, 0xff, 0xff, 0xff, 0x01), 'long_prefix'],
    ['a length written in more bytes than it needs', bytes(0x81, 0x00, 0x05), 'long_prefix'],
    ['10 MB announced', bytes(0x80, 0x80, 0x80, 0x05), 'long_frame'],
    ['an empty frame', bytes(0), 'empty_frame'],
  ] as const)('refuses %s as soon as it can be told', (_, stream, why) => {
    expect(read(2 ** 21, ...cut(stream, []))).toEqual({ frames: [], why });
  });

  it('fail on no bytes with anything but a FramingError', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (pieces) => {
        const { frames, why } = read(64, ...pieces);
        const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
        const taken = frames.reduce((sum, frame) => sum + framed(frame).length, 0);
        if (why === undefined) expect(taken).toBeLessThanOrEqual(total);
      }),
    );
  });

  it('take no room for what was only announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 200 }, () => new FrameReader(2 ** 21, () => undefined));
    for (const reader of readers) reader.push(bytes(0x80, 0x80, 0x80, 0x01, 7));
    // 400 MB were announced, a byte of each has come.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 2 ** 20);
    expect(readers.every(({ begun, isWithin }) => isWithin && begun === 2 ** 21)).toBe(true);
  });
});

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

function read(max: number, ...pieces: readonly Uint8Array[]) {
  const frames: Uint8Array[] = [];
  const reader = new FrameReader(max, (frame) => frames.push(frame));
  let why: string | undefined;
  try {
    for (const piece of pieces) reader.push(piece);
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    why = error.why;
  }
  return { frames, why };
}

/** Pieces of the lengths given; once these are used up, of one byte. */
function cut(stream: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, piece = 0; at < stream.length; piece++) {
    const length = lengths[piece] ?? 1;
    pieces.push(new Uint8Array(stream.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}
