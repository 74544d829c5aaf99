import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../actors/actor.ts';
import type { Address, Envelope } from '../../protocols/messages.ts';
import {
  later,
  minutes,
  seconds,
  type Duration,
  type Fraction,
  type Instant,
} from '../../protocols/units.ts';
import { encodeEnvelope } from '../../protocols/wire.ts';
import { InMemoryChain } from '../chain/in-memory.ts';
import type { Cancel, Loss, Outgoing, Transport } from '../host.ts';
import { randomFrom } from '../random.ts';
import { auditPort } from '../services/audit.ts';
import { sourcePort } from '../services/source.ts';
import { verifyPort } from '../services/verify.ts';
import { synthetic } from '../sources/synthetic.ts';
import { honest, Subnet } from '../subnet.ts';
import { VirtualClock } from '../virtual-clock.ts';
import type { Libp2pLine } from './libp2p.ts';
import { START, TestNetwork } from './testing/network.ts';

describe('a query', () => {
  it('is settled over libp2p as it is within one process', async () => {
    const within = await settlementsOf();
    const network = new TestNetwork();
    try {
      const over = await settlementsOf(network);
      expect(within.settlements.length).toBeGreaterThan(0);
      expect(over).toEqual(within);
      const sent = network.lines.reduce((sum, line) => sum + line.counts().sent, 0);
      // All but what a node told itself went over the wire, once each.
      expect(sent).toBe(over.messages);
      expect(network.lines.every((line) => line.counts().resent === 0)).toBe(true);
    } finally {
      await network.close();
    }
  });
});

const SEED = 'parity';
/** The line of this process takes as long; both come to the same instants. */
const DELAY = 30 as Duration;
const NODES = [
  ...honest('miner', 4),
  ...honest('validator', 3),
  ...honest('pool', 1),
  ...honest('buyer', 1),
];

/** One query, to the end: what was settled, as bytes, and what the buyer got. */
async function settlementsOf(network?: TestNetwork) {
  const clock = new VirtualClock(START);
  const sides = new Map<string, TimedLine>();
  for (const { name, role } of network === undefined ? [] : NODES) {
    const serves = role !== 'buyer';
    // Of a key that the subnet gives its node of the same name.
    const node = await network?.node(`${SEED}/${name}`, { clock, serves });
    if (node !== undefined) sides.set(name, new TimedLine(clock, node.line));
  }
  const chain = new InMemoryChain({ clock, seed: SEED });
  const delay = { from: seconds(2), to: seconds(20) };
  const source = (careless: boolean) =>
    sourcePort({
      clock,
      delay,
      source: synthetic(careless ? { careless: 500_000 as Fraction } : {}),
    });
  const subnet = new Subnet({
    seed: SEED,
    clock,
    chain,
    random: randomFrom(SEED),
    nodes: NODES.map((plan) =>
      plan.role === 'miner'
        ? { ...plan, services: { source: source(plan.name === 'miner-4') } }
        : plan,
    ),
    services: { audit: auditPort(), verify: verifyPort({ clock, simulatedDelay: seconds(1) }) },
    queryEvery: 0,
    codec: 'wire',
    delay: () => DELAY,
    ...(network === undefined
      ? {}
      : {
          transportOf: (name: string): Transport => {
            const side = sides.get(name);
            if (side === undefined) throw new Error(`no line of ${name}`);
            return side;
          },
        }),
  });
  const settlements: string[] = [];
  let messages = 0;
  subnet.observer.listen((happening) => {
    if (happening.is === 'sent' && happening.envelope.to !== happening.envelope.from) messages += 1;
    if (happening.is !== 'received' || happening.envelope.kind !== 'settlement') return;
    settlements.push(Buffer.from(encodeEnvelope(happening.envelope)).toString('hex'));
  });
  let isStarted = false;
  subnet.start().subscribe({ complete: () => (isStarted = true) });
  await clock.run(() => isStarted);
  let answer: QueryAnswer | undefined;
  subnet.ask({ leads: 10, industry: 'Tech & AI' }).subscribe((value) => (answer = value));
  await clock.run(() => answer !== undefined);
  const lost = new Map(subnet.observer.counts().lost);
  await clock.run(later(clock.now(), minutes(3)));
  subnet.stop();
  return { settlements: settlements.toSorted(), answer, lost, messages };
}

/**
 * A real line on virtual time: while a message is under way time stands still, and what came is
 * handed over when it would have come within the process.
 */
class TimedLine implements Transport {
  readonly inbox = new Subject<Envelope>();
  readonly lost = new Subject<Loss>();
  readonly #clock: VirtualClock;
  readonly #line: Libp2pLine;
  readonly #holds = new Map<string, Cancel>();
  #count = 0;

  constructor(clock: VirtualClock, line: Libp2pLine) {
    this.#clock = clock;
    this.#line = line;
    line.lost.subscribe((loss) => this.lost.next(loss));
    line.finished.subscribe((name) => {
      this.#holds.get(name)?.();
      this.#holds.delete(name);
    });
    line.incoming.subscribe(({ envelope, done }) => {
      clock.at(later(sentAt(envelope), DELAY), () => this.inbox.next(envelope), envelope.from);
      done();
    });
  }

  open(address: Address): void {
    this.#line.open(address);
  }

  close(address: Address): void {
    this.#line.close(address);
  }

  send(envelope: Outgoing): void {
    const name = `m.${this.#count++}`;
    this.#holds.set(name, this.#clock.hold());
    this.#line.send({ ...envelope, name });
  }
}

const sentAt = ({ sentAt: at }: Envelope): Instant => at;
