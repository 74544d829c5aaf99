/** Lines on the loopback of one machine, with a chain that says who is where. */
import { digestBytes } from '../../../protocols/hash.ts';
import { minutes, type Hotkey, type Instant } from '../../../protocols/units.ts';
import type { Clock, Notary } from '../../host.ts';
import { makeStatement, type Statement } from '../../identity/statement.ts';
import type { Endpoint, PeerDirectory } from '../../live.ts';
import { mockKey, notary } from '../../notary.ts';
import { OWN_LOOPBACK } from '../../testing/own-loopback.ts';
import type { NetworkName } from '../frames.ts';
import type { LineLimits } from '../limits.ts';
import { openLibp2p, type Libp2pLine, type Libp2pOptions } from '../libp2p.ts';
import { SteppedClock } from './stepped-clock.ts';

export const START = 1_760_000_000_000 as Instant;
export const NETWORK: NetworkName = { genesis: 'a'.repeat(64), netuid: 343, rules: 'b'.repeat(64) };

/**
 * A handshake has real time, whatever clock the line has: so much of it that none is given up because the
 * machine stood still.
 */
export const PATIENCE: Pick<LineLimits, 'upgradeTime'> = { upgradeTime: minutes(10) };

/** Who has announced what. */
export class MockDirectory implements PeerDirectory {
  readonly #endpoints = new Map<Hotkey, Endpoint>();

  endpointOf(hotkey: Hotkey): Endpoint | undefined {
    return this.#endpoints.get(hotkey);
  }

  hotkeyOf(peerKey: Uint8Array): Hotkey | undefined {
    for (const [hotkey, endpoint] of this.#endpoints) {
      if (Buffer.compare(endpoint.peerKey, peerKey) === 0) return hotkey;
    }
    return undefined;
  }

  announce(hotkey: Hotkey, endpoint: Endpoint): void {
    this.#endpoints.set(hotkey, endpoint);
  }
}

/** A node of the network: its line, and what it is known by. */
export interface TestNode {
  readonly hotkey: Hotkey;
  readonly notary: Notary;
  readonly seed: Uint8Array;
  readonly line: Libp2pLine;
}

export interface NodeWishes extends Partial<Libp2pOptions> {
  /** Whether it announces itself; a buyer does not, and has a statement instead. */
  readonly serves?: boolean;
  /** Whose peer key it has; its own where absent. */
  readonly peerName?: string;
}

export class TestNetwork {
  readonly clock: SteppedClock = new SteppedClock(START);
  readonly directory: MockDirectory = new MockDirectory();
  readonly lines: Libp2pLine[] = [];

  /** Opens the line of a node that is known by a name. */
  async node(
    name: string,
    { serves = true, peerName, ...wishes }: NodeWishes = {},
  ): Promise<TestNode> {
    const key = mockKey(name);
    const keys = notary([key]);
    const seed = seedOf(peerName ?? name);
    const at: { peerKey?: Uint8Array } = {};
    const { hotkey } = key;
    const claim = () => ({ ...NETWORK, hotkey, peerKey: at.peerKey ?? new Uint8Array(32) });
    const clock: Clock = wishes.clock ?? this.clock;
    const line = await openLibp2p({
      clock,
      notary: keys,
      hotkey,
      seed,
      directory: this.directory,
      network: NETWORK,
      ...(serves ? { listen: { ip: OWN_LOOPBACK, port: 0 } } : {}),
      ...(serves
        ? {}
        : { statement: (): Statement | undefined => makeStatement(claim(), keys, clock.now()) }),
      ...wishes,
      limits: { ...PATIENCE, ...wishes.limits },
    });
    at.peerKey = line.peerKey;
    this.lines.push(line);
    const { listening, peerKey } = line;
    if (serves && listening !== undefined) {
      this.directory.announce(hotkey, { peerKey, ...listening });
    }
    return { hotkey, notary: keys, seed, line };
  }

  /** Lets all arrive that can, then time pass until what cannot arrive is of no use any more. */
  async settle(): Promise<void> {
    for (;;) {
      const all = this.lines.map((line) => line.counts());
      const sum = (of: (counts: (typeof all)[number]) => number): number =>
        all.reduce((total, counts) => total + of(counts), 0);
      const waiting = sum((counts) => counts.waiting);
      if (waiting + sum((counts) => counts.pending) === 0) return;
      const isStuck = waiting > 0 && waiting === sum((counts) => counts.unreachable);
      if (isStuck && sum((counts) => counts.opening) === 0) this.clock.step();
      await turn();
    }
  }

  /** Ends a node as SIGKILL does: nothing of it is left but its key and its port. */
  async kill({ line }: TestNode): Promise<void> {
    this.lines.splice(this.lines.indexOf(line), 1);
    await line.shut();
  }

  async close(): Promise<void> {
    await Promise.all(this.lines.map((line) => line.shut()));
  }
}

/** Waits for something that real I/O will bring about. The test's own timeout is its end. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** The peer key of a node that has a name. */
const seedOf = (name: string): Uint8Array => digestBytes('leadpoet.test-peer/1', name);
