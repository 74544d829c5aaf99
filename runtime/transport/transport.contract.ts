/**
 * What every transport keeps to, run by the tests of each: at most once, in order, never within
 * `send`, nothing whose sender or signatures are not proven, and every loss seen by one side.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, type Address, type Draft, type Envelope } from '../../protocols/messages.ts';
import { sealBody, type Sign } from '../../protocols/seals.ts';
import type { Digest, Hotkey, Instant, QueryId } from '../../protocols/units.ts';
import { encodeEnvelope } from '../../protocols/wire.ts';
import type { Loss, Notary, Outgoing, Transport } from '../host.ts';

/** Two hosts on one line, each with the key of its hotkey. */
export interface LineUnderTest {
  readonly left: EndUnderTest;
  readonly right: EndUnderTest;
  /** Lets all that is under way arrive. */
  readonly settle: () => Promise<unknown>;
  /** Puts raw bytes on the line as `from`, where the line can. */
  readonly inject?: (to: Address, bytes: Uint8Array, from: Address) => void;
  readonly close?: () => Promise<unknown>;
}

export interface EndUnderTest {
  readonly hotkey: Hotkey;
  readonly notary: Notary;
  readonly transport: Transport;
}

export interface LineOptions {
  readonly maxBytes?: number;
}

export function transportContract(
  name: string,
  make: (options: LineOptions) => LineUnderTest | Promise<LineUnderTest>,
  { runs }: { readonly runs?: number } = {},
): void {
  const often = runs === undefined ? {} : { numRuns: runs };

  /** A line on which the left speaks as a pool, the right as a validator, and both are heard. */
  async function line(options: LineOptions, test: (open: OpenLine) => Promise<void>) {
    const made = await make(options);
    const { left, right } = made;
    const pool = addressOf('pool', left.hotkey);
    const validator = addressOf('validator', right.hotkey);
    left.transport.open(pool);
    right.transport.open(validator);
    const [toLeft, toRight] = [ear(left.transport), ear(right.transport)];
    try {
      await test({ ...made, pool, validator, toLeft, toRight });
    } finally {
      await made.close?.();
    }
  }

  describe(name, () => {
    it('delivers what was sent, to whom it was sent, later', () =>
      line({}, async ({ left, pool, validator, toLeft, toRight, settle }) => {
        left.transport.send(missing(pool, validator, 7));
        expect(toRight.heard).toEqual([]);
        await settle();
        expect(toRight).toEqual({ heard: [missing(pool, validator, 7)], lost: [] });
        expect(toLeft).toEqual({ heard: [], lost: [] });
      }));

    it('delivers to its own side too, and never within `send`', () =>
      line({}, async ({ left, pool, toLeft, settle }) => {
        left.transport.send(missing(pool, pool, 1));
        expect(toLeft.heard).toEqual([]);
        await settle();
        expect(toLeft.heard).toEqual([missing(pool, pool, 1)]);
      }));

    it('signs what has to be signed', () =>
      line({}, async ({ right, pool, validator, toLeft, settle }) => {
        const body = countersign(right.hotkey);
        right.transport.send(outgoing('countersign', validator, pool, body));
        await settle();
        const sealed = sealBody('countersign', body, signOf(right));
        expect(toLeft.heard).toMatchObject([
          { kind: 'countersign', from: validator, body: sealed },
        ]);
      }));

    it('keeps the order of each pair, and brings nothing twice', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), (toRightFirst) =>
          line({}, async ({ left, right, pool, validator, toLeft, toRight, settle }) => {
            for (const [number, isToRight] of toRightFirst.entries()) {
              if (isToRight) left.transport.send(missing(pool, validator, number));
              else right.transport.send(missing(validator, pool, number));
            }
            await settle();
            const numbers = [...toRightFirst.keys()];
            expect(numbersOf(toRight)).toEqual(numbers.filter((at) => toRightFirst[at]));
            expect(numbersOf(toLeft)).toEqual(numbers.filter((at) => !toRightFirst[at]));
          }),
        ),
        often,
      );
    });

    it('sends nothing in the name of an address that it has not opened', () =>
      line({}, async ({ left, pool, validator, toLeft, toRight, settle }) => {
        const unopened = addressOf('validator', left.hotkey);
        left.transport.send(missing(unopened, validator, 1));
        left.transport.send(missing(validator, validator, 2));
        left.transport.close(pool);
        left.transport.send(missing(pool, validator, 3));
        await settle();
        expect(toLeft.lost.map(whyAndFrom)).toEqual([
          ['not_opened', unopened],
          ['not_opened', validator],
          ['not_opened', pool],
        ]);
        expect(toRight).toEqual({ heard: [], lost: [] });
      }));

    it('sends nothing that it cannot sign', () =>
      line({}, async ({ left, right, pool, validator, toLeft, toRight, settle }) => {
        const body = countersign(left.hotkey);
        right.transport.send(outgoing('countersign', validator, pool, body));
        await settle();
        expect(toLeft.heard).toEqual([]);
        expect(toRight.lost.map(whyAndFrom)).toEqual([['not_opened', validator]]);
      }));

    it('has lost what nobody has opened, has closed, or hears', () =>
      line({}, async ({ left, right, pool, validator, toLeft, toRight, settle }) => {
        const nobody = addressOf('validator', 'nobody' as Hotkey);
        left.transport.send(missing(pool, nobody, 1));
        await settle();
        left.transport.send(missing(pool, validator, 2));
        right.transport.close(validator);
        await settle();
        expect(toRight.heard).toEqual([]);
        expect(toLeft.lost.map(({ why, from, to }) => [why, from, to])).toEqual([
          ['unknown_address', pool, nobody],
          ['unknown_address', pool, validator],
        ]);
      }));

    it('carries nothing above its limit, and says so', () =>
      line({ maxBytes: 300 }, async ({ right, pool, validator, toLeft, toRight, settle }) => {
        right.transport.send(outgoing('countersign', validator, pool, countersign(right.hotkey)));
        right.transport.send(missing(validator, pool, 1));
        await settle();
        expect(numbersOf(toLeft)).toEqual([1]);
        expect(toRight.lost.map(whyAndFrom)).toEqual([['oversized', validator]]);
      }));

    it('keeps at home what a person asks of their own node', () =>
      line({}, async ({ left, pool, validator, toLeft, toRight, settle }) => {
        const want = { want: { leads: 1 }, nonce: 1 };
        left.transport.send({
          ...missing(pool, validator, 1),
          kind: 'want',
          body: want,
        });
        await settle();
        expect(toRight.heard).toEqual([]);
        expect([...toLeft.lost, ...toRight.lost].map(({ why }) => why)).toEqual(['malformed']);
      }));

    it('lets in no bytes that are no message', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) =>
          line({}, async ({ inject, pool, validator, toRight, settle }) => {
            if (inject === undefined) return;
            inject(validator, bytes, pool);
            await settle();
            expect(toRight.heard).toEqual([]);
            expect(toRight.lost.map(({ why }) => why)).toEqual(['malformed']);
            // What the sender spoke as stands in the message alone, on a line between machines.
            expect([pool, undefined]).toContain(toRight.lost[0]?.from);
          }),
        ),
        often,
      );
    });

    it('lets in nothing whose sender, receiver or signature is another than it says', () =>
      line({}, async ({ inject, right, left, pool, validator, toLeft, settle }) => {
        if (inject === undefined) return;
        const good = outgoing('countersign', validator, pool, countersign(right.hotkey));
        const sealed = sealBody('countersign', good.body, signOf(right));
        const envelope = { ...good, body: sealed } as Envelope<'countersign'>;
        const { body } = envelope;
        const stranger = addressOf('validator', left.hotkey);
        const forged: Envelope[] = [
          { ...envelope, from: stranger },
          { ...envelope, to: addressOf('pool', right.hotkey) },
          { ...envelope, body: { ...body, attempt: body.attempt + 1 } },
          { ...envelope, body: { ...body, validator: left.hotkey } },
          { ...envelope, body: { ...body, signature: body.signature.map((byte) => byte ^ 1) } },
          { ...envelope, body: { ...body, signature: new Uint8Array() } },
        ];
        for (const one of [...forged, envelope]) inject(pool, encodeEnvelope(one), validator);
        await settle();
        expect(toLeft.heard).toEqual([envelope]);
        expect(toLeft.lost.map(({ why }) => why)).toEqual(forged.map(() => 'forged'));
      }));
  });
}

interface OpenLine extends LineUnderTest {
  readonly pool: Address<'pool'>;
  readonly validator: Address<'validator'>;
  readonly toLeft: Ear;
  readonly toRight: Ear;
}

interface Ear {
  readonly heard: Envelope[];
  readonly lost: Loss[];
}

function ear(transport: Transport): Ear {
  const [heard, lost]: [Envelope[], Loss[]] = [[], []];
  transport.inbox.subscribe((envelope) => heard.push(envelope));
  transport.lost.subscribe((loss) => lost.push(loss));
  return { heard, lost };
}

const SENT = 1_760_000_000_000 as Instant;

const outgoing = <K extends Outgoing['kind']>(
  kind: K,
  from: Address,
  to: Outgoing<K>['to'],
  body: Draft<K>,
): Outgoing<K> => ({ kind, from, to, sentAt: SENT, body });

const missing = (
  from: Address,
  to: Address<'pool'> | Address<'validator'>,
  number: number,
): Outgoing<'missing'> & Envelope<'missing'> => ({
  ...outgoing('missing', from, to, { pool: '5P' as Hotkey, from: number, to: number }),
  body: { pool: '5P' as Hotkey, from: number, to: number },
});

const signOf =
  ({ notary }: EndUnderTest): Sign =>
  (by, statement) =>
    notary.sign(by, statement);

const HEX = '0123456789abcdef'.repeat(4);
const countersign = (validator: Hotkey): Draft<'countersign'> => ({
  query: HEX as QueryId,
  attempt: 1,
  digest: HEX as Digest,
  validator,
});

const numbersOf = ({ heard }: Ear): number[] =>
  heard.map(({ body }) => (body as Envelope<'missing'>['body']).from);
const whyAndFrom = ({ why, from }: Loss): unknown[] => [why, from];
