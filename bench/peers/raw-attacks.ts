/**
 * The attacks themselves, each again and again until its time is over, as fast as one core makes them.
 * Half are by strangers; the others are by peers that are registered, which costs them money.
 */
import { connect } from 'node:net';
import { addressOf, type Address } from '../../protocols/messages.ts';
import { later, minutes, type Hotkey, type Instant } from '../../protocols/units.ts';
import { canonical, encodeEnvelope } from '../../protocols/wire.ts';
import { makeStatement } from '../../runtime/identity/statement.ts';
import type { Endpoint } from '../../runtime/live.ts';
import { mockKey, notary } from '../../runtime/notary.ts';
import { framed } from '../../runtime/transport/framing.ts';
import {
  LINE_VERSION,
  MAX_NAME_LENGTH,
  messageHead,
  type Greeting,
  type NetworkName,
} from '../../runtime/transport/frames.ts';
import type { RawPeer, RawStream } from '../../runtime/transport/testing/raw-peer.ts';
import type { AttackName } from './attack-list.ts';

/** A peer whose key stands on the chain. */
export interface Known {
  readonly peer: RawPeer;
  readonly hotkey: Hotkey;
}

/** What an attack has at hand. */
export interface Arms {
  readonly victim: Address<'validator'>;
  readonly endpoint: Endpoint;
  readonly network: NetworkName;
  /** Of whose chain the validator has pages. */
  readonly pool: Hotkey;
  readonly strangers: readonly RawPeer[];
  readonly known: readonly Known[];
  readonly now: () => Instant;
  readonly isOver: () => boolean;
}

type Do = (arms: Arms) => Promise<unknown>;

/** How many strangers, known peers without stake, and with it, an attack needs; and what they do. */
export interface Plan {
  readonly strangers?: number;
  readonly known?: number;
  readonly isStaked?: boolean;
  readonly run: Do;
}

const bytesOf = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);
const evil = (json: string): Uint8Array => canonical(JSON.parse(json));

export const PLANS: Readonly<Record<AttackName, Plan>> = {
  longPrefix: { strangers: 12, run: byStrangers(Uint8Array.of(0x80, 0x80, 0x80, 0x05)) },
  endlessVarint: { strangers: 12, run: byStrangers(bytesOf(100_000, 0x80)) },
  emptyFrame: {
    strangers: 12,
    run: byStrangers(
      Uint8Array.of(0),
      framed(bytesOf(2_000, 0x81)),
      framed(evil('{"__proto__":["hello"]}')),
    ),
  },
  streams: { known: 2, run: byKnown(manyStreams) },
  silentSockets: { run: silentSockets },
  sybils: { strangers: 60, run: (arms) => each(arms.strangers, (peer) => sitting(arms, peer)) },
  push: { known: 2, run: byKnown(push) },
  deepCbor: { known: 4, run: byKnown(sending(() => [bytesOf(100_000, 0x81)])) },
  hugeArray: {
    known: 4,
    run: byKnown(
      sending(() => [
        Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff, 1),
        Uint8Array.of(0x7a, 0x7f, 0xff, 0xff, 0xff, 0x41),
      ]),
    ),
  },
  proto: {
    known: 4,
    run: byKnown(sending(() => [evil('{"__proto__":{"kind":"missing"}}')])),
  },
  forged: {
    known: 4,
    run: byKnown(sending((arms) => [question(arms, mockKey('somebody else').hotkey, 0, 0)])),
  },
  genesis: { strangers: 12, run: byGreetings(() => ({ genesis: 'c'.repeat(64) })) },
  clock: {
    strangers: 12,
    run: byGreetings(({ now }) => ({ now: later(now(), minutes(10)) })),
  },
  stolen: { strangers: 12, run: byGreetings(stolenStatement) },
  flood: { known: 6, run: byKnown(flood) },
  staked: { known: 6, isStaked: true, run: byKnown(flood) },
  slow: {
    strangers: 12,
    known: 12,
    run: (arms) =>
      Promise.all([
        each(arms.strangers, (peer) => sitting(arms, peer)),
        each(arms.known.slice(0, 4), (known) => dripping(arms, known)),
        each(arms.known.slice(4, 8), (known) => halfFrame(arms, known)),
        each(arms.known.slice(8), (known) => stalledReader(arms, known)),
      ]),
  },
};

const each = <T>(all: readonly T[], one: (it: T) => Promise<unknown>): Promise<unknown> =>
  Promise.all(all.map(one));

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

async function until({ isOver }: Arms, holds: () => boolean): Promise<void> {
  while (!holds() && !isOver()) await turn();
}

/** Again and again, whatever comes of it: a victim that refuses is what we are here to see. */
async function again({ isOver }: Arms, once: () => Promise<unknown>): Promise<void> {
  while (!isOver()) {
    try {
      await once();
    } catch {
      // Turned away at the door: some time before the next try, as a dial costs us more than it.
      await pause(5);
    }
  }
}

/** Over the connection that there is, or a new one. */
const streamOf = ({ endpoint }: Arms, peer: RawPeer): Promise<RawStream> =>
  peer.connections.at(-1)?.status === 'open' ? peer.another() : peer.stream(endpoint);

const greetingOf = ({ network, now }: Arms, hotkey: Hotkey): Greeting => ({
  ...network,
  version: LINE_VERSION,
  hotkey,
  now: now(),
});

/** A stream of a known peer, greeted, and whatever the answer was. */
async function greeted(arms: Arms, { peer, hotkey }: Known): Promise<RawStream> {
  const stream = await streamOf(arms, peer);
  stream.greet(greetingOf(arms, hotkey));
  await until(arms, () => stream.heard.length > 0 || stream.isOver());
  return stream;
}

function byStrangers(...pieces: readonly Uint8Array[]): Do {
  return (arms) =>
    each(arms.strangers, (peer) =>
      again(arms, async () => {
        for (const bytes of pieces) {
          const stream = await streamOf(arms, peer);
          stream.send(bytes);
          await until(arms, stream.isOver);
        }
      }),
    );
}

function byGreetings(change: (arms: Arms) => Partial<Greeting>): Do {
  return (arms) =>
    each(arms.strangers, (peer) =>
      again(arms, async () => {
        const stream = await streamOf(arms, peer);
        stream.greet({ ...greetingOf(arms, mockKey('nobody').hotkey), ...change(arms) });
        await until(arms, stream.isOver);
      }),
    );
}

function byKnown(one: (arms: Arms, known: Known) => Promise<unknown>): Do {
  return (arms) => each(arms.known, (known) => again(arms, () => one(arms, known)));
}

/** Messages of a known peer, a few under way at a time, until it is cut, which it is. */
function sending(messages: (arms: Arms) => readonly Uint8Array[]) {
  return async (arms: Arms, known: Known): Promise<void> => {
    const stream = await greeted(arms, known);
    for (let number = 0; !stream.isOver() && !arms.isOver(); number++) {
      for (const bytes of messages(arms)) stream.message(`m.${number}.${bytes.length}`, bytes);
      await until(arms, () => stream.heard.length > number - 8 || stream.isOver());
      await turn();
    }
  };
}

/** All at once, and each of them greeted: the victim has room for few. */
async function manyStreams(arms: Arms, known: Known): Promise<void> {
  await greeted(arms, known);
  const opened = await Promise.allSettled(Array.from({ length: 80 }, () => known.peer.another()));
  for (const one of opened) {
    if (one.status === 'fulfilled') one.value.greet(greetingOf(arms, known.hotkey));
  }
  await turn();
}

/** Loopback has addresses enough for whoever is allowed so many connections from each. */
async function silentSockets(arms: Arms): Promise<void> {
  const { ip, port } = arms.endpoint;
  const sockets = new Set<ReturnType<typeof connect>>();
  for (let number = 0; !arms.isOver(); number++) {
    const localAddress = `127.0.0.${2 + (number % 16)}`;
    const socket = connect({ port, host: ip, localAddress });
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    // Four hundred at a time.
    while (sockets.size >= 400 && !arms.isOver()) await pause(1);
    if (number % 8 === 0) await turn();
  }
  for (const socket of sockets) socket.destroy();
}

/** A stream without a word, and another connection once it is thrown out. */
async function sitting(arms: Arms, peer: RawPeer): Promise<void> {
  await again(arms, async () => {
    const stream = await streamOf(arms, peer);
    while (!stream.isOver() && !arms.isOver()) await pause(20);
  });
}

/** 25 MB in what is no message, 60 KB each, without regard to credit. */
async function push(arms: Arms, known: Known): Promise<void> {
  const stream = await greeted(arms, known);
  const piece = bytesOf(60_000, 0);
  for (let sent = 0; sent < 25e6 && !stream.isOver() && !arms.isOver(); sent += piece.length) {
    stream.message(`p.${sent}`, piece);
    while (stream.isFull() && !stream.isOver() && !arms.isOver()) await turn();
  }
  await until(arms, stream.isOver);
}

/** What anyone with a chain may ask: of the costliest sort, a page of 32 links. */
function question({ victim, pool, now }: Arms, from: Hotkey, first: number, last: number) {
  return encodeEnvelope({
    kind: 'missing',
    from: addressOf('validator', from),
    to: victim,
    sentAt: now(),
    body: { pool, from: first, to: last },
  });
}

/** Of names that no message of this run had. */
let messages = 0;

/** Beyond, each is asked for again within ten seconds, and refused. */
const PAGES = 100;

/** As much as credit allows, each message another, and all of it well-formed. */
async function flood(arms: Arms, known: Known): Promise<void> {
  const stream = await greeted(arms, known);
  const answered = stream.heard.length;
  let sent = 0;
  while (!stream.isOver() && !arms.isOver()) {
    if (sent - (stream.heard.length - answered) < 256) {
      const first = sent++ % PAGES;
      stream.message(`f.${messages++}`, question(arms, known.hotkey, first, first + 31));
    } else await turn();
  }
}

function stolenStatement({ network, now }: Arms): Partial<Greeting> {
  const guest = mockKey('guest');
  const claim = { ...network, hotkey: guest.hotkey, peerKey: bytesOf(32, 1) };
  const statement = makeStatement(claim, notary([guest]), now());
  return { hotkey: guest.hotkey, ...(statement && { statement }) };
}

/** A frame of one byte each 300 ms. */
async function dripping(arms: Arms, known: Known): Promise<void> {
  await again(arms, async () => {
    const stream = await greeted(arms, known);
    const frame = framed(messageHead('drip'), bytesOf(500, 0));
    for (let at = 0; at < frame.length && !stream.isOver() && !arms.isOver(); at++) {
      stream.send(frame.subarray(at, at + 1));
      await pause(300);
    }
  });
}

async function halfFrame(arms: Arms, known: Known): Promise<void> {
  await again(arms, async () => {
    const stream = await greeted(arms, known);
    stream.send(framed(messageHead('half'), bytesOf(500, 0)).subarray(0, 300));
    while (!stream.isOver() && !arms.isOver()) await pause(20);
  });
}

/** Sends what has to be acknowledged, under long names, and never reads that it is. */
async function stalledReader(arms: Arms, known: Known): Promise<void> {
  await again(arms, async () => {
    const stream = await greeted(arms, known);
    stream.deafen();
    while (!stream.isOver() && !arms.isOver()) {
      for (let burst = 0; burst < 20; burst++) {
        const name = `d.${messages++}.`.padEnd(MAX_NAME_LENGTH, 'x');
        stream.message(name, question(arms, known.hotkey, 0, 0));
      }
      // The points of a peer, all of them.
      await pause(100);
    }
  });
}
