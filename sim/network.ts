/**
 * The line between the nodes of a made-up world: it takes its time, loses, repeats and reorders, and
 * it can be cut.
 *
 *     message ──▶ cut? ──▶ lost? ──▶ latency, drawn for it ──▶ (again? out of order?) ──▶ its ways
 *
 * Each pair of addresses, one way, draws from streams of its own, by name: a message more between
 * two nodes leaves everyone else's messages as they were. Latency is drawn for every message, a lost
 * one too, and from another stream than its fate: a worse line loses messages of the same run
 * rather than making up another one.
 *
 * A node reaches itself without the line.
 */
import type { Random } from '../actors/actor.ts';
import { hotkeyOf, type Address } from '../protocols/messages.ts';
import type { Duration, Hotkey } from '../protocols/units.ts';
import type { Cancel } from '../runtime/host.ts';
import { chance } from '../runtime/random.ts';
import { DELAY, type Line, type Way } from '../runtime/transport/in-process.ts';
import { draw } from './distribution.ts';
import type { Scenario } from './scenario.ts';

export interface LineOptions {
  readonly network: Scenario['network'];
  readonly random: Random;
}

export interface SimulatedLine {
  readonly line: Line;
  /**
   * Cuts the members off from all others, until healed: what is sent across meanwhile is lost. Cut
   * on one side, they still hear the others. Cuts may overlap; each heals by itself.
   */
  readonly partition: (members: ReadonlySet<Hotkey>, oneSided: boolean) => Cancel;
  /** What became of all that was sent so far. */
  readonly counts: () => LineCounts;
}

export interface LineCounts {
  readonly sent: number;
  readonly cut: number;
  readonly lost: number;
  readonly repeated: number;
  readonly outOfOrder: number;
}

export function simulatedLine({ network, random }: LineOptions): SimulatedLine {
  const pairs = new Map<Address, Map<Address, Pair>>();
  const cuts = new Set<Cut>();
  const counts = { sent: 0, cut: 0, lost: 0, repeated: 0, outOfOrder: 0 };
  const isPerfect = network.loss + network.repetition + network.reordering === 0;

  function pairOf(from: Address, to: Address): Pair {
    let others = pairs.get(from);
    if (others === undefined) pairs.set(from, (others = new Map()));
    let pair = others.get(to);
    if (pair === undefined) others.set(to, (pair = newPair(from, to, random)));
    return pair;
  }

  function line(from: Address, to: Address): readonly Way[] {
    const pair = pairOf(from, to);
    counts.sent++;
    if (pair.isWithin) return AT_HOME;

    const delay = under(network.latency, pair.latency);
    const fate = isPerfect ? GOOD : fateOf(network, (pair.fate ??= pair.latency.fork('fate')));
    const isCut = cuts.size > 0 && [...cuts].some((cut) => separates(cut, pair));
    if (isCut) return gone('cut');
    if (fate.isLost) return gone('lost');

    if (fate.isOutOfOrder) counts.outOfOrder++;
    const way: Way = fate.isOutOfOrder ? { delay, outOfOrder: true } : { delay };
    if (!fate.isRepeated) return [way];
    counts.repeated++;
    // A copy that took another road: it keeps to no order.
    return [
      way,
      {
        delay: under(network.latency, (pair.again ??= pair.latency.fork('again'))),
        outOfOrder: true,
      },
    ];
  }

  function gone(why: 'cut' | 'lost'): readonly Way[] {
    counts[why]++;
    return NOWHERE;
  }

  return {
    line,
    partition(members, oneSided) {
      const cut: Cut = { members: new Set(members), oneSided };
      cuts.add(cut);
      return () => cuts.delete(cut);
    },
    counts: () => ({ ...counts }),
  };
}

/** Two addresses, one way. */
interface Pair {
  readonly sender: Hotkey;
  readonly receiver: Hotkey;
  readonly isWithin: boolean;
  readonly latency: Random;
  // Made on first use: a network of thousands has hundreds of thousands of pairs.
  fate: Random | undefined;
  again: Random | undefined;
}

function newPair(from: Address, to: Address, random: Random): Pair {
  const [sender, receiver] = [hotkeyOf(from), hotkeyOf(to)];
  return {
    sender,
    receiver,
    isWithin: sender === receiver,
    latency: random.fork(`${from} ${to}`),
    fate: undefined,
    again: undefined,
  };
}

interface Cut {
  readonly members: ReadonlySet<Hotkey>;
  readonly oneSided: boolean;
}

function separates({ members, oneSided }: Cut, { sender, receiver }: Pair): boolean {
  const isOut = members.has(sender) && !members.has(receiver);
  const isIn = !members.has(sender) && members.has(receiver);
  return isOut || (isIn && !oneSided);
}

interface Fate {
  readonly isLost: boolean;
  readonly isRepeated: boolean;
  readonly isOutOfOrder: boolean;
}

/** All three are drawn whatever they come to, so that the next message's do not hang on it. */
const fateOf = ({ loss, repetition, reordering }: Scenario['network'], random: Random): Fate => ({
  isLost: chance(random, loss),
  isRepeated: chance(random, repetition),
  isOutOfOrder: chance(random, reordering),
});

/** Never at once: time must go on while two actors do nothing but answer one another. */
const under = (latency: Scenario['network']['latency'], random: Random): Duration =>
  Math.max(DELAY, draw(latency, random)) as Duration;

const GOOD: Fate = { isLost: false, isRepeated: false, isOutOfOrder: false };
const AT_HOME: readonly Way[] = [{ delay: DELAY }];
const NOWHERE: readonly Way[] = [];
