import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../protocols/wire.ts';
import type { Hotkey, Instant } from '../../protocols/units.ts';
import { MAX_NAME_LENGTH, messageHead, readFrame, talk, type Frame } from './frames.ts';

describe('a frame', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyTalk, (frame) => {
        expect(readFrame(talk(frame))).toEqual(frame);
      }),
    );
    fc.assert(
      fc.property(anyName, fc.uint8Array({ maxLength: 5_000 }), (name, bytes) => {
        const read = readFrame(Buffer.concat([messageHead(name), bytes]));
        expect(read).toMatchObject({ is: 'message', name });
        expect(read?.is === 'message' && [...read.bytes]).toEqual([...bytes]);
      }),
    );
  });

  it('is nothing that it could not have been written as', () => {
    fc.assert(
      fc.property(anyTalk, fc.uint8Array({ minLength: 1, maxLength: 9 }), (frame, more) => {
        expect(readFrame(Buffer.concat([talk(frame), more]))).toBeUndefined();
        expect(readFrame(talk(frame).slice(0, -1))).toBeUndefined();
      }),
    );
  });

  it.each([
    ['a name too long', ['ack', 'a'.repeat(MAX_NAME_LENGTH + 1)]],
    ['a name with a space', ['ack', 'a b']],
    ['no name', ['ack', '']],
    ['another word', ['whoami', 'a']],
    ['a list in it', ['ack', ['a']]],
    ['a credit below zero', ['credit', -1]],
    ['a credit in parts', ['credit', 0.5]],
    ['a map', { is: 'ack', name: 'a' }],
    ['__proto__', JSON.parse('{"__proto__":{"is":"ack","name":"a"}}')],
    ['a message with more in its head', ['message', 'a', 'b']],
    ['a signature too short', ['hello', 1, 'g', 343, 'r', 'h', 0, 0, 1, new Uint8Array(63)]],
    ['half a statement', ['hello', 1, 'g', 343, 'r', 'h', 0, 0]],
  ])('is none with %s', (_, value) => {
    expect(readFrame(canonical(value))).toBeUndefined();
  });

  it('is none of any other bytes, and reading never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
        const read = readFrame(bytes);
        if (read !== undefined && read.is !== 'message') expect(talk(read)).toEqual(bytes);
      }),
    );
    for (const byte of [0x81, 0x9f, 0xa1, 0xbf, 0xc1, 0xd8, 0xff]) {
      expect(readFrame(new Uint8Array(100_000).fill(byte))).toBeUndefined();
    }
    expect(readFrame(Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff, 1))).toBeUndefined();
    expect(readFrame(Uint8Array.of(0x7a, 0x7f, 0xff, 0xff, 0xff, 0x41))).toBeUndefined();
  });
});

const anyName = fc.stringMatching(/^[!-~]{1,40}$/);
const anyCount = fc.nat();
const anyGreeting = fc.record(
  {
    version: anyCount,
    genesis: anyName,
    netuid: anyCount,
    rules: anyName,
    hotkey: anyName.map((name) => name as Hotkey),
    now: anyCount.map((now) => now as Instant),
    statement: fc.record({
      since: anyCount.map((now) => now as Instant),
      until: anyCount.map((now) => now as Instant),
      signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    }),
  },
  { requiredKeys: ['version', 'genesis', 'netuid', 'rules', 'hotkey', 'now'] },
);
const anyTalk: fc.Arbitrary<Exclude<Frame, { is: 'message' }>> = fc.oneof(
  anyGreeting.map((greeting) => ({ is: 'hello' as const, greeting })),
  fc
    .tuple(anyGreeting, anyCount)
    .map(([greeting, window]) => ({ is: 'welcome' as const, greeting, window })),
  anyName.map((why) => ({ is: 'refused' as const, why })),
  anyName.map((name) => ({ is: 'ack' as const, name })),
  anyName.map((name) => ({ is: 'drop' as const, name })),
  anyCount.map((window) => ({ is: 'credit' as const, window })),
);
