import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, type Address } from '../../protocols/messages.ts';
import { later, minutes, seconds, type Duration, type Hotkey } from '../../protocols/units.ts';
import { canonical, encodeEnvelope } from '../../protocols/wire.ts';
import { makeStatement } from '../identity/statement.ts';
import { mockKey, notary, type MockKey } from '../notary.ts';
import { framed } from './framing.ts';
import { LINE_VERSION, messageHead, talk, type Greeting } from './frames.ts';
import { MOST_GIVEN } from './giving.ts';
import { LIMITS, type LineLimits } from './limits.ts';
import { costOf } from './outbox.ts';
import {
  NETWORK,
  PATIENCE,
  START,
  TestNetwork,
  turn,
  until,
  type TestNode,
} from './testing/network.ts';
import { RawPeer, type RawStream } from './testing/raw-peer.ts';
import { as, durableEar, missing, readyEar, type Ear } from './testing/talk.ts';

describe('a line under attack', () => {
  afterEach(async () => {
    // Whatever was done to it, an honest peer is heard, and nothing is held any more.
    await heardFromHonest(999);
    await until(() => victim.line.counts().pending === 0);
    expect(victim.line.counts().heldBytes).toBe(0);
    await Promise.all(raws.splice(0).map((raw) => raw.close()));
    await network.close();
  });

  it.each([
    ['10 MB announced', Uint8Array.of(0x80, 0x80, 0x80, 0x05), 'long_frame'],
    ['an endless length', new Uint8Array(100_000).fill(0x80), 'long_prefix'],
    ['a length in more bytes than it needs', Uint8Array.of(0x81, 0x00, 1), 'long_prefix'],
    ['an empty frame', Uint8Array.of(0), 'empty_frame'],
    ['a greeting that is none', framed(canonical(['hullo'])), 'bad_frame'],
    ['a greeting of 2 KB of nested lists', framed(new Uint8Array(2_000).fill(0x81)), 'bad_frame'],
    ['a message before any greeting', framed(messageHead('a'), Uint8Array.of(1)), 'bad_frame'],
    [
      'a greeting with __proto__',
      framed(canonical(JSON.parse('{"__proto__":["hello"]}'))),
      'bad_frame',
    ],
  ] as const)('ends a stranger’s stream at %s', async (_, bytes, why) => {
    const stream = await strangerStream();
    stream.send(bytes);
    await until(stream.isOver);
    expect(victim.line.counts().cut.get(why)).toBe(1);
  });

  it.each([
    ['an announced frame above the largest', Uint8Array.of(0x80, 0x80, 0xc0, 0x01), 'long_frame'],
    ['an ack, where it is we who answer', framed(talk({ is: 'ack', name: 'a' })), 'bad_frame'],
    [
      'a second greeting',
      () => framed(talk({ is: 'hello', greeting: greetingOf(EVIL) })),
      'bad_frame',
    ],
  ] as const)('ends a known peer’s stream at %s', async (_, bytes, why) => {
    const stream = await knownStream();
    stream.send(typeof bytes === 'function' ? bytes() : bytes);
    await until(stream.isOver);
    expect(victim.line.counts().cut.get(why)).toBe(1);
  });

  it('waits for half a frame no longer than it may take', async () => {
    const stream = await knownStream();
    stream.send(framed(messageHead('a'), new Uint8Array(500)).subarray(0, 300));
    await until(() => victim.line.counts().bytesIn >= 300);
    await someTurns();
    network.clock.pass(LIMITS.stallTime);
    await until(stream.isOver);
    expect(victim.line.counts().cut.get('stalled')).toBe(1);
  });

  it('waits for a greeting no longer than it may take, nor for a stranger’s stream', async () => {
    const stream = await strangerStream();
    stream.send(Uint8Array.of(0x80));
    await until(() => victim.line.counts().strangers === 1);
    network.clock.pass(LIMITS.strangerTime);
    await until(stream.isOver);
    expect(victim.line.counts().cut.get('silent')).toBe(1);
  });

  it('has two streams at most from one peer, and hears the last', async () => {
    await knownStream();
    const raw = theRaw();
    const opened = await Promise.allSettled(Array.from({ length: 80 }, () => raw.another()));
    await someTurns();
    const open = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await until(() => open.filter((one) => !one.isOver()).length <= 2);
    expect(victim.line.counts().hearing.validator).toBeLessThanOrEqual(2);
  });

  it('closes sockets that say nothing', async () => {
    const limits = { ...SOME, upgradeTime: 300 as Duration };
    const { line } = await network.node('hasty', { limits });
    const { ip, port } = line.listening ?? { ip: '', port: 0 };
    let closed = 0;
    const sockets = Array.from({ length: 20 }, () =>
      connect(port, ip)
        .on('close', () => closed++)
        .on('error', () => undefined),
    );
    await until(() => closed === sockets.length);
    expect(line.counts().connections).toBe(0);
    // Some are turned away before anyone looks: a host may have so many in a second.
    const { unencrypted } = line.counts();
    expect(unencrypted).toBeGreaterThan(0);
    expect(unencrypted).toBeLessThanOrEqual(sockets.length);
  });

  it('does not take one that has proven its key, and goes, for a socket that said nothing', async () => {
    await strangerStream();
    await until(() => victim.line.counts().connections === 1);
    await theRaw().close();
    await until(() => victim.line.counts().connections === 0);
    await someTurns();
    expect(victim.line.counts().unencrypted).toBe(0);
  });

  it('has room for few strangers, and none of them keeps an honest peer out', async () => {
    const streams: RawStream[] = [];
    for (let number = 0; number < 8; number++) streams.push(await strangerStream(number));
    await until(() => (victim.line.counts().cut.get('crowded') ?? 0) === 8 - SOME.strangers);
    expect(victim.line.counts().strangers).toBe(SOME.strangers);
    // The oldest made room.
    await until(() => streams.slice(0, 8 - SOME.strangers).every((one) => one.isOver()));
  });

  it('takes no more than a peer has credit for, whatever it pushes', async () => {
    const stream = await knownStream();
    isSlow = true;
    const { window } = SOME.classes.validator;
    for (let number = 0; number < 2 * (window / costOf(0)) && !stream.isOver(); number++) {
      stream.message(`m.${number}`, envelope(EVIL.hotkey, number));
    }
    while (!stream.isOver()) {
      expect(victim.line.counts().heldBytes).toBeLessThanOrEqual(window);
      network.clock.pass(seconds(1));
      await turn();
    }
    expect(victim.line.counts().cut).toEqual(new Map([['over_credit', 1]]));
    isSlow = false;
    for (const { done } of ear.incoming) done();
  });

  it.each([
    ['100 000 nested lists', new Uint8Array(100_000).fill(0x81)],
    ['a list of 4 billion', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff, 1)],
    ['a text of 2 GB', Uint8Array.of(0x7a, 0x7f, 0xff, 0xff, 0xff, 0x41)],
    ['two equal keys', Uint8Array.of(0xa2, 0x61, 0x61, 1, 0x61, 0x61, 2)],
    ['bytes after the end', Uint8Array.of(1, 1)],
    ['a tag', Uint8Array.of(0xc1, 0x01)],
    ['__proto__', canonical(JSON.parse('{"__proto__":{"kind":"missing"}}'))],
    ['nothing', new Uint8Array()],
  ])('drops a message of %s, and the stream goes on', async (_, bytes) => {
    const stream = await knownStream();
    stream.message('bad', bytes);
    stream.message('good', envelope(EVIL.hotkey, 5));
    await until(() => ear.numbers.includes(5));
    expect(ear.lost.map(({ why }) => why)).toEqual(['malformed']);
    await until(() => stream.heard.length === 3);
    expect(stream.heard.slice(1)).toEqual(['bad', 'good'].map((name) => ({ is: 'ack', name })));
  });

  it('bans a peer that sends forged messages again and again, for a while', async () => {
    const stream = await knownStream();
    const forged = envelope(honest.hotkey, 1);
    for (let number = 0; number < 40; number++) stream.message(`m.${number}`, forged);
    await until(stream.isOver);
    expect(ear.lost.every(({ why }) => why === 'forged')).toBe(true);
    expect(victim.line.counts().cut.get('faults')).toBe(1);

    const raw = theRaw();
    const answerNow = async () => {
      // The connection may be going down with the stream that was cut.
      const again = await raw
        .stream(endpointOf(victim))
        .catch(() => raw.stream(endpointOf(victim)));
      again.greet(greetingOf(EVIL));
      await until(() => again.heard.length === 1);
      return again.heard[0];
    };
    expect(await answerNow()).toEqual({ is: 'refused', why: 'banned' });
    network.clock.pass(minutes(11));
    expect(await answerNow()).toMatchObject({ is: 'welcome' });
  });

  it.each<[string, Partial<Greeting>]>([
    ['version', { version: LINE_VERSION + 1 }],
    ['genesis', { genesis: 'c'.repeat(64) }],
    ['netuid', { netuid: 344 }],
    ['rules', { rules: 'd'.repeat(64) }],
    ['clock', { now: later(START, minutes(10)) }],
    ['clock', { now: later(START, (0 - minutes(10)) as Duration) }],
    ['unproven', { hotkey: mockKey('somebody').hotkey }],
  ])('refuses a greeting of another %s by that name', async (why, change) => {
    const { raw, endpoint } = await known();
    const stream = await raw.stream(endpoint);
    stream.greet({ ...greetingOf(EVIL), ...change });
    await until(stream.isOver);
    expect(stream.heard).toEqual([{ is: 'refused', why }]);
    expect(victim.line.counts().refused).toEqual(new Map([[why, 1]]));
  });

  it('refuses a statement that was stolen, one that is over, and one without a hotkey’s hand', async () => {
    const guest = mockKey('guest');
    const keys = notary([guest]);
    const thief = await RawPeer.open(new Uint8Array(32).fill(99));
    raws.push(thief);
    const now = network.clock.now();
    const claim = (peerKey: Uint8Array) => ({ ...NETWORK, hotkey: guest.hotkey, peerKey });
    const own = makeStatement(claim(thief.peerKey), keys, now, seconds(10));
    const stolen = makeStatement(claim(new Uint8Array(32).fill(1)), keys, now);
    const greeting = { ...greetingOf(guest), now };
    for (const [statement, why] of [
      [stolen, 'statement_forged'],
      [own && { ...own, signature: new Uint8Array(64) }, 'statement_forged'],
      [own && { ...own, until: later(own.until, minutes(10_000)) }, 'statement_too_long'],
      [own && { ...own, until: later(now, (0 - 1) as Duration) }, 'statement_expired'],
    ] as const) {
      const stream = await thief.stream(endpointOf(victim));
      stream.greet(statement === undefined ? greeting : { ...greeting, statement });
      await until(stream.isOver);
      expect(stream.heard).toEqual([{ is: 'refused', why }]);
    }
    const stream = await thief.stream(endpointOf(victim));
    stream.greet(own === undefined ? greeting : { ...greeting, statement: own });
    await until(() => stream.heard.length === 1);
    expect(stream.heard[0]?.is).toBe('welcome');
  });

  it('does not go on looking at greetings over one connection', async () => {
    const { raw, endpoint } = await known();
    const greeting = { ...greetingOf(EVIL), hotkey: mockKey('somebody').hotkey };
    const first = await raw.stream(endpoint);
    first.greet(greeting);
    let count = 1;
    for (; count < 20;) {
      const stream = await raw.another().catch(() => undefined);
      if (stream === undefined) break;
      stream.greet(greeting);
      count += 1;
      await until(stream.isOver);
    }
    expect(count).toBeLessThanOrEqual(10);
    expect(victim.line.counts().cut.get('refused_often')).toBe(1);
  });

  it.each([
    ['an empty frame', Uint8Array.of(0)],
    ['what is no greeting', framed(canonical(['hullo']))],
  ])('does not go on opening streams to a stranger for %s', async (_, bytes) => {
    let stream = await strangerStream();
    let count = 1;
    for (; count < 20; count++) {
      stream.send(bytes);
      await until(stream.isOver);
      const next = await theRaw()
        .another()
        .catch(() => undefined);
      if (next === undefined) break;
      stream = next;
    }
    expect(count).toBeLessThanOrEqual(10);
    expect(victim.line.counts().cut.get('refused_often')).toBe(1);
  });

  it('reads a peer no further that has spent its points, and everyone else meanwhile', async () => {
    const stream = await knownStream();
    let sent = 0;
    // It keeps to its credit, and to nothing else.
    const flood = setInterval(() => {
      if (stream.heard.length > sent - 200)
        stream.message(`m.${sent}`, envelope(EVIL.hotkey, sent++));
    });
    try {
      for (; sent < 100;) stream.message(`m.${sent}`, envelope(EVIL.hotkey, sent++));
      await until(() => (victim.line.counts().throttled.get('validator') ?? 0) > 0);
      await heardFromHonest(777);
    } finally {
      clearInterval(flood);
    }
    expect(victim.line.counts().cut).toEqual(new Map());
    network.clock.pass(seconds(60));
  });

  it('gives an actor few messages of one peer at a time: who floods waits behind itself', async () => {
    const stream = await knownStream();
    isSlow = true;
    const all = Array.from({ length: 3 * MOST_GIVEN }, (_, number) => number);
    for (const number of all) stream.message(`m.${number}`, envelope(EVIL.hotkey, number));
    await until(() => victim.line.counts().pending === all.length);
    await until(() => ear.numbers.length === MOST_GIVEN);
    await heardFromHonest(777);
    expect(ear.numbers).toEqual([...all.slice(0, MOST_GIVEN), 777]);

    isSlow = false;
    for (const { done } of ear.incoming) done();
    await until(() => ear.numbers.length === all.length + 1);
    expect(ear.numbers.filter((number) => number !== 777)).toEqual(all);
  });

  it('gives an actor one message at a time of a peer whose messages take long', async () => {
    const stream = await knownStream();
    isSlow = true;
    const send = (number: number) => stream.message(`m.${number}`, envelope(EVIL.hotkey, number));
    send(0);
    await until(() => ear.numbers.length === 1);
    ear.incoming[0]?.took?.(50);
    ear.incoming[0]?.done();
    for (let number = 1; number <= 3; number++) send(number);
    await until(() => victim.line.counts().pending === 3 && ear.numbers.length === 2);
    await heardFromHonest(777);
    expect(ear.numbers).toEqual([0, 1, 777]);

    isSlow = false;
    for (const { done } of ear.incoming) done();
    await until(() => ear.numbers.length === 5);
  });

  it('goes on with what waits, also on another stream of the same peer', async () => {
    const first = await knownStream();
    isSlow = true;
    for (let number = 0; number < MOST_GIVEN; number++) {
      first.message(`m.${number}`, envelope(EVIL.hotkey, number));
    }
    await until(() => ear.numbers.length === MOST_GIVEN);
    const second = await theRaw().another();
    second.greet(greetingOf(EVIL));
    await until(() => second.heard.length === 1);
    second.message('next', envelope(EVIL.hotkey, 100));
    await until(() => victim.line.counts().pending === MOST_GIVEN + 1);
    await someTurns();
    expect(ear.numbers).not.toContain(100);

    isSlow = false;
    ear.incoming[0]?.done();
    await until(() => ear.numbers.includes(100));
    for (const { done } of ear.incoming) done();
  });

  it('has places for each kind of peer, and none takes another’s', async () => {
    const guests: RawStream[] = [];
    for (let number = 0; number < 4; number++) {
      const guest = mockKey(`guest ${number}`);
      const raw = await RawPeer.open(new Uint8Array(32).fill(50 + number));
      raws.push(raw);
      const claim = { ...NETWORK, hotkey: guest.hotkey, peerKey: raw.peerKey };
      const statement = makeStatement(claim, notary([guest]), network.clock.now());
      const stream = await raw.stream(endpointOf(victim));
      stream.greet({ ...greetingOf(guest), ...(statement && { statement }) });
      await until(() => stream.heard.length === 1);
      guests.push(stream);
    }
    expect(guests.map(({ heard }) => heard[0]?.is)).toEqual([
      'welcome',
      'welcome',
      'welcome',
      'refused',
    ]);
    expect(victim.line.counts().refused.get('full')).toBe(1);
  });

  beforeEach(async () => {
    network = new TestNetwork();
    victim = await network.node('victim', { limits: SOME });
    honest = await network.node('honest');
    to = as('validator', victim);
    ear = durableEar(victim.line, to);
    victim.line.incoming.subscribe(({ done }) => {
      if (!isSlow) done();
    });
    readyEar(honest.line, as('pool', honest));
  });
});

let network: TestNetwork;
let victim: TestNode;
let honest: TestNode;
let ear: Ear;
let to: Address;
/** Whether the victim has nothing for good. */
let isSlow = false;
const raws: RawPeer[] = [];

const EVIL = mockKey('evil');
const BUYERS = { ...LIMITS.classes.buyer, places: 3 };
const VALIDATORS = { ...LIMITS.classes.validator, window: 6 * costOf(60_000) };
/** As few as can be seen to be few. */
const SOME: LineLimits = {
  ...LIMITS,
  ...PATIENCE,
  strangers: 3,
  perHost: 100,
  classes: {
    ...LIMITS.classes,
    buyer: BUYERS,
    validator: { ...VALIDATORS, points: { perSecond: 10, most: 500 } },
  },
};

/** An honest message comes through; on a busy machine a dial may have to be tried again. */
async function heardFromHonest(number: number): Promise<void> {
  honest.line.send(missing(as('pool', honest), to, number, network.clock.now()));
  while (!ear.numbers.includes(number)) {
    const { unreachable, opening } = honest.line.counts();
    if (unreachable > 0 && opening === 0) network.clock.pass(250 as Duration);
    await turn();
  }
}

const greetingOf = ({ hotkey }: MockKey): Greeting => ({
  ...NETWORK,
  version: LINE_VERSION,
  hotkey,
  now: network.clock.now(),
});

const endpointOf = ({ line }: TestNode) => {
  if (line.listening === undefined) throw new Error('it listens');
  return { peerKey: line.peerKey, ...line.listening };
};

function theRaw(): RawPeer {
  const [raw] = raws;
  if (raw === undefined) throw new Error('there is one');
  return raw;
}

/** A peer whose key stands on the chain. */
async function known() {
  const raw = await RawPeer.open(new Uint8Array(32).fill(9));
  raws.push(raw);
  network.directory.announce(EVIL.hotkey, { peerKey: raw.peerKey, ip: '127.0.0.1', port: 9 });
  return { raw, endpoint: endpointOf(victim) };
}

/** Its stream, welcome. */
async function knownStream(): Promise<RawStream> {
  const { raw, endpoint } = await known();
  const stream = await raw.stream(endpoint);
  stream.greet(greetingOf(EVIL));
  await until(() => stream.heard.length === 1);
  return stream;
}

async function strangerStream(number = 0): Promise<RawStream> {
  const raw = await RawPeer.open(new Uint8Array(32).fill(20 + number));
  raws.push(raw);
  return raw.stream(endpointOf(victim));
}

const envelope = (from: Hotkey, number: number): Uint8Array =>
  encodeEnvelope(missing(addressOf('validator', from), to, number, network.clock.now()));

async function someTurns(): Promise<void> {
  for (let count = 0; count < 50; count++) await turn();
}
