/** Whatever a stranger may put on the wire: no actor fails at it, or does much about it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hotkeyNumber } from '../protocols/arbitraries.ts';
import { anyEnvelope, bodiesSealedBy } from '../protocols/message-arbitraries.ts';
import {
  addressOf,
  type Address,
  type Envelope,
  type Kind,
  type Role,
} from '../protocols/messages.ts';
import { later, minutes, seconds, type Hotkey } from '../protocols/units.ts';
import { buyer } from './buyer.ts';
import { miner } from './miner.ts';
import { pool } from './pool.ts';
import { commitBy } from './testing/sealed.ts';
import {
  anyoneOn,
  arrivalOf,
  batchBy,
  drawnFor,
  envelope,
  leadsOf,
  play,
  queryOn,
  reportBy,
  stageOf,
  type Heard,
} from './testing/stage.ts';
import { validator } from './validator.ts';

describe('strangers', () => {
  it('make no miner fail, or say much', () => holds(miner, MINER, GOOD.miner));
  it('make no validator fail, or say much', () => holds(validator, VALIDATOR, GOOD.validator));
  it('make no pool fail, or say much', () => holds(pool, POOL, GOOD.pool));
  it('make no buyer fail, or say much', () =>
    holds(buyer({ account: 'buyer', queryEvery: 1 }), BUYER, GOOD.buyer));
});

function holds<State>(
  actor: Parameters<typeof play<State>>[1],
  self: Address,
  good: readonly Heard[],
): void {
  fc.assert(
    fc.property(fc.array(anyLetter, { maxLength: 12 }), (letters) => {
      const heard = letters.map(({ from, envelope: one, after }): Heard => ({
        at: later(NOW, seconds(after)),
        envelope: { ...one, from: from ?? one.from, to: self } as Envelope,
      }));

      const quiet = play(STAGE, actor, { self, heard: good, from: NOW, end: END });
      const { done } = play(STAGE, actor, {
        self,
        heard: [...good, ...heard],
        from: NOW,
        end: END,
      });

      // A page is all that a stranger could make anybody send, and it is not for strangers.
      expect(done.length - quiet.done.length).toBeLessThanOrEqual(4 * letters.length);
    }),
    { numRuns: 200 }, // Each one plays two runs.
  );
}

const STAGE = stageOf({ miners: 4, validators: 5, pools: 2 });
const QUERY = queryOn(STAGE);
const NOW = arrivalOf(QUERY);
const END = later(NOW, minutes(10));
const DRAW = drawnFor(STAGE, QUERY);
const BUYER = addressOf('buyer', STAGE.buyer);
const MINER = addressOf('miner', DRAW.miners[0] as Hotkey);
const VALIDATOR = addressOf('validator', DRAW.panel[0] as Hotkey);
const POOL = addressOf('pool', QUERY.pool);

const BATCH = batchBy(DRAW.miners[0] as Hotkey, QUERY, leadsOf('a', 3));
const SEALED = queryOn(STAGE, { nonce: 2, want: { leads: 3, sealed: true } });
const SEALED_BATCH = batchBy(DRAW.miners[0] as Hotkey, SEALED, leadsOf('a', 3));
/** Something good under way, for the hostile to be beside. */
const GOOD: Readonly<Record<'miner' | 'validator' | 'pool' | 'buyer', readonly Heard[]>> = {
  miner: [{ at: NOW, envelope: envelope('query', BUYER, MINER, QUERY) }],
  validator: [BATCH, SEALED_BATCH].map((batch) => ({
    at: NOW,
    envelope: envelope('batch', MINER, VALIDATOR, batch),
  })),
  pool: [
    { at: NOW, envelope: envelope('query', BUYER, POOL, QUERY) },
    { at: NOW, envelope: envelope('batch', MINER, POOL, BATCH) },
    {
      at: NOW,
      envelope: envelope('report', VALIDATOR, POOL, reportBy(DRAW.panel[0] as Hotkey, BATCH)),
    },
    { at: NOW, envelope: envelope('query', BUYER, POOL, SEALED) },
    { at: NOW, envelope: envelope('batch', MINER, POOL, SEALED_BATCH) },
    {
      at: NOW,
      envelope: envelope(
        'commit',
        VALIDATOR,
        POOL,
        commitBy(DRAW.panel[0] as Hotkey, SEALED_BATCH),
      ),
    },
  ],
  buyer: [{ at: NOW, envelope: envelope('want', BUYER, BUYER, { want: { leads: 3 }, nonce: 1 }) }],
};

/** Signed by anybody at all, and often by those who have a say. */
const keys = fc.constantFrom(
  ...STAGE.miners,
  ...STAGE.validators,
  ...STAGE.pools,
  STAGE.buyer,
  hotkeyNumber(5_000),
);
const bodies = bodiesSealedBy(() => new Uint8Array(64), keys);
const anyLetter = fc.record({
  from: fc.option(anyoneOn(STAGE)),
  envelope: anyEnvelope(bodies).map((one) => ({ ...one, from: truthful(one) })),
  after: fc.nat({ max: 500 }),
});

/** Who has to say it, and the field that names them: as far as a stranger gets. */
const SPEAKERS: Partial<Record<Kind, readonly [Role, string]>> = {
  query: ['buyer', 'buyer'],
  batch: ['miner', 'miner'],
  commit: ['validator', 'validator'],
  report: ['validator', 'validator'],
  proposal: ['pool', 'pool'],
  countersign: ['validator', 'validator'],
  settlement: ['pool', 'pool'],
  feedback: ['buyer', 'buyer'],
};

function truthful({ kind, body, from }: Envelope): Address {
  const [role, field] = SPEAKERS[kind] ?? [];
  if (role === undefined || field === undefined) return from;
  return addressOf(role, Object.entries(body).find(([name]) => name === field)?.[1] as Hotkey);
}
