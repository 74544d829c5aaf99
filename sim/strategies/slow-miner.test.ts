import { describe, expect, it } from 'vitest';
import {
  arrivalOf,
  ASKED,
  drawnFor,
  envelope,
  play,
  queryOn,
  stageOf,
} from '../../actors/testing/stage.ts';
import { miner } from '../../actors/miner.ts';
import { addressOf } from '../../protocols/messages.ts';
import { batchDue } from '../../protocols/rules/deadlines.ts';
import { hours, later, type Hotkey } from '../../protocols/units.ts';
import { silentMiner, type MinerActor } from './silent-miner.ts';
import { SLACK, slowMiner } from './slow-miner.ts';

describe('a slow miner', () => {
  it('answers each query once, about the deadline: as often in time as not', () => {
    const done = playMiner(slowMiner(miner));
    const due = batchDue(QUERIES[0] as (typeof QUERIES)[number]);
    const times = done.flatMap(({ at, effect }) =>
      'send' in effect && effect.send === 'batch' && effect.to === POOL ? [at - due] : [],
    );
    expect(times).toHaveLength(QUERIES.length);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0 - SLACK);
    expect(Math.max(...times)).toBeLessThanOrEqual(SLACK);
    const inTime = times.filter((time) => time <= 0).length;
    expect(inTime).toBeGreaterThan(QUERIES.length / 4);
    expect(inTime).toBeLessThan((3 * QUERIES.length) / 4);
  });

  it('sends the batches that an honest one would', () => {
    const batches = (actor: MinerActor) =>
      playMiner(actor)
        .map(({ effect }) => ('send' in effect && effect.send === 'batch' ? effect : undefined))
        .filter((effect) => effect !== undefined)
        .map(({ to, body }) => `${to} ${body.id}`);
    expect(batches(slowMiner(miner)).toSorted()).toEqual(batches(miner).toSorted());
  });
});

describe('a silent miner', () => {
  it('says nothing and asks nothing', () => {
    expect(playMiner(silentMiner(miner))).toEqual([]);
  });
});

const STAGE = stageOf({});
const [SELF] = STAGE.miners as [Hotkey];
const POOL = addressOf('pool', STAGE.pools[0] as Hotkey);
/** All of one instant. */
const QUERIES = Array.from({ length: 40 }, (_, nonce) => queryOn(STAGE, { nonce })).filter(
  (query) => drawnFor(STAGE, query).miners.includes(SELF),
);

const playMiner = (actor: MinerActor) =>
  play(STAGE, actor, {
    self: addressOf('miner', SELF),
    from: ASKED,
    end: later(ASKED, hours(1)),
    heard: QUERIES.map((query) => ({
      at: arrivalOf(query),
      envelope: envelope('query', addressOf('buyer', query.buyer), addressOf('miner', SELF), query),
    })),
  }).done;
