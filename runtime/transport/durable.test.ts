import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { addressOf, type Address } from '../../protocols/messages.ts';
import { sealBody } from '../../protocols/seals.ts';
import {
  hours,
  later,
  minutes,
  type BatchId,
  type Digest,
  type Duration,
  type QueryId,
} from '../../protocols/units.ts';
import { makeStatement, type Statement } from '../identity/statement.ts';
import type { Notary } from '../host.ts';
import { mockKey, notary } from '../notary.ts';
import { OWN_LOOPBACK } from '../testing/own-loopback.ts';
import { LIMITS, SHARE } from './limits.ts';
import { NETWORK, TestNetwork, turn, until, type TestNode } from './testing/network.ts';
import { as, durableEar, missing, numberOf, readyEar, refusal } from './testing/talk.ts';

describe('a durable line', () => {
  it('brings each message once and in order, whichever side is killed in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 14 }), async (steps) => {
        const network = new TestNetwork();
        const book = new Book();
        let left = await network.node('left');
        let right = await network.node('right');
        const [from, to] = [as('pool', left), as('validator', right)];
        book.writeDown(left, right, to, from);
        const sent: number[] = [];
        for (const step of steps) {
          if (step === 'send') {
            sent.push(sent.length);
            const message = missing(from, to, sent.length - 1, network.clock.now());
            const name = `m.${sent.length - 1}`;
            book.outgoing.set(name, message);
            left.line.send({ ...message, name });
          } else if (step === 'turn') {
            for (let count = 0; count < 40; count++) await turn();
          } else if (step === 'kill the receiver') {
            const port = right.line.listening?.port ?? 0;
            await network.kill(right);
            const listen = { ip: OWN_LOOPBACK, port };
            right = await network.node('right', { listen, isKnown: book.isKnown });
            book.writeDown(left, right, to, from);
          } else {
            await network.kill(left);
            left = await network.node('left');
            book.writeDown(left, right, to, from);
            for (const [name, message] of book.outgoing) left.line.send({ ...message, name });
          }
        }
        await untilStepping(network, () => book.outgoing.size === 0);
        expect(book.heard).toEqual(sent);
        await network.close();
      }),
      { numRuns: 12 },
    );
  });

  it('has not finished what the other does not yet have for good', async () => {
    const { left, right, from, to } = await pair();
    const ear = durableEar(right.line, to);
    const sender = durableEar(left.line, from);
    left.line.send({ ...missing(from, to, 1, network.clock.now()), name: 'a' });
    await until(() => ear.incoming.length === 1);
    expect(ear.incoming[0]).toMatchObject({ name: 'a' });
    expect(sender.finished).toEqual([]);
    expect(right.line.counts()).toMatchObject({ pending: 1 });
    ear.incoming[0]?.done();
    ear.incoming[0]?.done();
    await until(() => sender.finished.length === 1);
    expect(sender.finished).toEqual(['a']);
    expect(right.line.counts()).toMatchObject({ pending: 0, heldBytes: 0 });
  });

  it('takes no message in twice while the first is under way, and acknowledges it once done', async () => {
    const { right, from, to } = await pair();
    const ear = durableEar(right.line, to);
    const first = await network.node('left');
    durableEar(first.line, from);
    first.line.send({ ...missing(from, to, 1, network.clock.now()), name: 'a' });
    await until(() => ear.incoming.length === 1);
    await network.kill(first);

    const again = await network.node('left');
    const sender = durableEar(again.line, from);
    again.line.send({ ...missing(from, to, 1, network.clock.now()), name: 'a' });
    await until(() => right.line.counts().duplicates === 1);
    expect([ear.numbers, sender.finished]).toEqual([[1], []]);
    ear.incoming[0]?.done();
    await until(() => sender.finished.length === 1);
  });

  it('sends no more than the other can take, and goes on when it can', async () => {
    const window = 8 * 1_500;
    const validator = { ...LIMITS.classes.validator, window };
    const limits = { classes: { ...LIMITS.classes, validator } };
    const { left, right, from, to } = await pair({ limits });
    const ear = durableEar(right.line, to);
    const sender = durableEar(left.line, from);
    for (let number = 0; number < 30; number++) {
      left.line.send(missing(from, to, number, network.clock.now()));
    }
    await until(() => ear.incoming.length > 0);
    for (let count = 0; count < 200; count++) await turn();
    const { length } = ear.incoming;
    expect(length).toBeLessThan(10);
    expect(right.line.counts().cut).toEqual(new Map());
    for (let at = 0; at < 30; at++) {
      await until(() => ear.incoming.length > at);
      ear.incoming[at]?.done();
    }
    await until(() => sender.finished.length === 30);
    expect(ear.numbers).toEqual(Array.from({ length: 30 }, (_, number) => number));
  });

  it('answers a buyer that nobody can dial, also after the other was away', async () => {
    const pool = await network.node('pool');
    const buyer = await network.node('buyer', { serves: false });
    const [from, to] = [as('buyer', buyer), as('pool', pool)];
    const ear = readyEar(buyer.line, from);
    readyEar(pool.line, to);
    // Until the buyer has come, there is no way to it.
    pool.line.send(refusal(to, from, 1, network.clock.now()));
    await until(() => pool.line.counts().unreachable === 1);
    buyer.line.send(missing(from, to, 2, network.clock.now()));
    await until(() => ear.numbers.length === 1);

    const listen = { ip: OWN_LOOPBACK, port: pool.line.listening?.port ?? 0 };
    await network.kill(pool);
    const again = await network.node('pool', { listen });
    readyEar(again.line, to);
    again.line.send(refusal(to, from, 3, network.clock.now()));
    // The buyer comes back by itself, as it may be waiting for an answer.
    await untilStepping(network, () => ear.numbers.length === 2);
    expect(ear.numbers).toEqual([1, 3]);
  });

  it('forgets what is of no use any more, and says so', async () => {
    const { left, right, from, to } = await pair();
    await network.kill(right);
    const sender = durableEar(left.line, from);
    left.line.send({ ...missing(from, to, 1, network.clock.now()), name: 'a' });
    network.clock.pass(minutes(1));
    expect(sender.finished).toEqual([]);
    network.clock.step();
    await until(() => sender.finished.length === 1);
    expect(sender.lost.map(({ why }) => why)).toEqual(['unknown_address']);
    expect(left.line.counts()).toMatchObject({ waiting: 0, waitingBytes: 0 });
  });

  it('keeps a bounded number of messages for who is away', async () => {
    const { left, from } = await pair();
    const sender = durableEar(left.line, from);
    const away = addressOf('validator', mockKey('away').hotkey);
    for (let number = 0; number < 1_030; number++) {
      left.line.send(missing(from, away, number, network.clock.now()));
    }
    expect(left.line.counts().waiting).toBe(1_024);
    expect(sender.lost.map(({ why }) => why)).toEqual(Array(6).fill('overflow'));
    expect(sender.finished).toHaveLength(6);
  });

  it('keeps some for everyone who is away, also where a few have filled all there is for all', async () => {
    const limits = { ...LIMITS, waiting: 100_000 };
    const left = await network.node('left', { limits });
    const from = as('pool', left);
    const sender = durableEar(left.line, from);
    const send = (name: string, count: number) => {
      const away = addressOf('validator', mockKey(name).hotkey);
      const before = sender.lost.length;
      for (let number = 0; number < count; number++) {
        left.line.send(missing(from, away, number, network.clock.now()));
      }
      return sender.lost.length - before;
    };
    expect(send('one', 600)).toBeGreaterThan(0);
    expect(left.line.counts().waitingBytes).toBeLessThanOrEqual(limits.waiting);
    expect(left.line.counts().waitingBytes).toBeGreaterThan(SHARE);
    expect(send('another', 20)).toBe(0);
    expect(send('another', 400)).toBeGreaterThan(0);
    expect(left.line.counts().waitingBytes).toBeLessThanOrEqual(limits.waiting + SHARE);
  });

  it('tells the sender of an address that is not opened here, while another is', async () => {
    const { left, right, from, to } = await pair();
    readyEar(right.line, to);
    const sender = readyEar(left.line, from);
    left.line.send(missing(from, addressOf('pool', right.hotkey), 1, network.clock.now()));
    await until(() => sender.finished.length === 1);
    expect(sender.lost.map(({ why }) => why)).toEqual(['unknown_address']);
  });

  it('ends a buyer’s stream with its statement, and goes on with a new one', async () => {
    const pool = await network.node('pool');
    const buyer = await network.node('buyer', { serves: false });
    const [from, to] = [as('buyer', buyer), as('pool', pool)];
    const ear = readyEar(pool.line, to);
    readyEar(buyer.line, from);
    buyer.line.keep(pool.hotkey, later(network.clock.now(), hours(48)));
    buyer.line.send(missing(from, to, 1, network.clock.now()));
    await until(() => ear.numbers.length === 1 && buyer.line.counts().waiting === 0);
    network.clock.pass(hours(24));
    network.clock.step();
    await untilStepping(
      network,
      () => pool.line.counts().hearing.buyer === 1 && buyer.line.counts().telling === 1,
    );
    buyer.line.send(missing(from, to, 2, network.clock.now()));
    await until(() => ear.numbers.length === 2);
    expect(pool.line.counts().cut.get('lapsed') ?? 0).toBeLessThanOrEqual(1);
  });

  it('does not let a hotkey that has moved to another peer key be spoken for by the old one', async () => {
    const pool = await network.node('pool');
    const said: { statement: Statement | undefined } = { statement: undefined };
    const statement = (): Statement | undefined => said.statement;
    const old = await network.node('buyer', { serves: false, peerName: 'old', statement });
    const claim = { ...NETWORK, hotkey: old.hotkey, peerKey: old.line.peerKey };
    said.statement = makeStatement(claim, old.notary, network.clock.now());
    const [from, to] = [as('buyer', old), as('pool', pool)];
    const ear = readyEar(pool.line, to);
    readyEar(old.line, from);
    old.line.send(missing(from, to, 1, network.clock.now()));
    await until(() => ear.numbers.length === 1);

    network.clock.pass(minutes(2));
    const moved = await network.node('buyer', { serves: false, peerName: 'new' });
    readyEar(moved.line, from);
    moved.line.send(missing(from, to, 2, network.clock.now()));
    await until(() => ear.numbers.length === 2);
    // Its statement would hold for a day, but a later one has taken its place.
    old.line.send(missing(from, to, 3, network.clock.now()));
    await untilStepping(network, () => old.line.counts().waiting === 0);
    expect(ear.numbers).toEqual([1, 2]);
    expect(pool.line.counts().cut.get('replaced')).toBe(1);
    expect(pool.line.counts().refused.get('statement_replayed')).toBeGreaterThan(0);
  });

  it('looks at the signatures of one message in as many turns as it takes', async () => {
    const keys = Array.from({ length: 5 }, (_, number) => mockKey(`panel ${number}`));
    const panel = notary(keys);
    let [checks, most] = [0, 0];
    const turnOver = (): void => {
      most = Math.max(most, checks);
      checks = 0;
    };
    const check: Notary['check'] = (by, statement, signature) => {
      checks += 1;
      return panel.check(by, statement, signature);
    };
    const own = { sign: () => undefined, check };
    const { left, right, from, to } = await pair({
      notary: own,
      limits: { turn: 0 as Duration },
    });
    const heard: string[] = [];
    right.line.inbox.subscribe(({ kind }) => heard.push(kind));
    right.line.lost.subscribe(({ why }) => heard.push(why));
    right.line.open(to);
    readyEar(left.line, from);
    const commits = keys.flatMap(({ hotkey }) => {
      const draft = { ...COMMIT, validator: hotkey };
      return sealBody('commit', draft, (by, statement) => panel.sign(by, statement)) ?? [];
    });
    const body = { query: COMMIT.query, attempt: 1, miner: COMMIT.miner, commits };
    const each = (): void => {
      turnOver();
      if (heard.length === 0) setImmediate(each);
    };
    setImmediate(each);
    left.line.send({ ...missing(from, to, 0, network.clock.now()), kind: 'commits', body });
    await until(() => heard.length === 1);
    expect(heard).toEqual(['commits']);
    // One a turn; two where one ends and the next begins between two looks.
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
  });

  const pair = async (wishes = {}) => {
    const left = await network.node('left');
    const right = await network.node('right', wishes);
    return { left, right, from: as('pool', left), to: as('validator', right) };
  };
});

let network = new TestNetwork();
afterEach(async () => {
  await network.close();
  network = new TestNetwork();
});

const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.constant('send' as const) },
  { weight: 3, arbitrary: fc.constant('turn' as const) },
  { weight: 1, arbitrary: fc.constant('kill the receiver' as const) },
  { weight: 1, arbitrary: fc.constant('kill the sender' as const) },
);

const HEX = '0123456789abcdef'.repeat(4);
const COMMIT = {
  query: HEX as QueryId,
  attempt: 1,
  miner: mockKey('miner').hotkey,
  batch: HEX as BatchId,
  seal: HEX as Digest,
};

/** What two nodes have on disk: it outlives them. */
class Book {
  readonly outgoing = new Map<string, ReturnType<typeof missing>>();
  readonly heard: number[] = [];
  readonly #names = new Set<string>();
  readonly isKnown = (_: Address, name: string): boolean => this.#names.has(name);

  /** Listens to both, in this life of theirs. */
  writeDown(left: TestNode, right: TestNode, to: Address, from: Address): void {
    for (const { line } of [left, right]) {
      if (this.#lives.has(line)) continue;
      this.#lives.add(line);
      line.finished.subscribe((name) => this.outgoing.delete(name));
      line.incoming.subscribe(({ envelope, name, done }) => {
        // Written down, then acknowledged in a later turn, in which a node may already be dead.
        this.#names.add(name);
        this.heard.push(numberOf(envelope));
        setImmediate(done);
      });
      line.open(line === left.line ? from : to);
    }
  }
  readonly #lives = new Set<unknown>();
}

/** Waits, and lets time pass where everything waits for it. */
async function untilStepping(on: TestNetwork, holds: () => boolean): Promise<void> {
  while (!holds()) {
    const counts = on.lines.map((line) => line.counts());
    const isBusy = counts.some((one) => one.opening > 0 || one.waiting > one.unreachable);
    if (!isBusy) on.clock.pass(250 as Duration);
    for (let count = 0; count < 5; count++) await turn();
  }
}
