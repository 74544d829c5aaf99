/**
 * What goes wrong in a run, and when: cut lines, services that are out, nodes that crash. Each fault
 * begins at its time, takes its share of the nodes, and ends by itself.
 *
 * Who is hit follows from the run's chance, the fault and the node's name alone: neither the order of
 * the nodes nor one node more moves it, and a larger share hits the same nodes and some others.
 */
import type { Random } from '../actors/actor.ts';
import type { Role } from '../protocols/messages.ts';
import {
  later,
  ONE,
  type Duration,
  type Fraction,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import type { Cancel, Clock } from '../runtime/host.ts';
import type { Subnet } from '../runtime/subnet.ts';
import type { SimulatedLine } from './network.ts';
import type { Fault, Scenario } from './scenario.ts';

export type OutService = Extract<Fault, { fault: 'outage' }>['service'];

/** Who cannot be served by what. */
export interface Outages {
  isOut(service: OutService, hotkey: Hotkey): boolean;
  /** From now on, until what it returns is called. Outages may overlap. */
  begin(service: OutService, hotkeys: Iterable<Hotkey>): Cancel;
}

export function newOutages(): Outages {
  const out = { source: newTally(), audit: newTally(), verify: newTally() };
  return {
    isOut: (service, hotkey) => out[service].has(hotkey),
    begin: (service, hotkeys) => {
      const members = [...hotkeys];
      for (const hotkey of members) out[service].add(hotkey);
      return once(() => {
        for (const hotkey of members) out[service].remove(hotkey);
      });
    },
  };
}

export interface FaultyWorld {
  readonly clock: Clock;
  readonly subnet: Pick<Subnet, 'kill' | 'begin'> & { readonly nodes: readonly FaultyNode[] };
  readonly line: Pick<SimulatedLine, 'partition'>;
  readonly outages: Outages;
  readonly random: Random;
  /** From when a fault's `at` counts. */
  readonly start: Instant;
  readonly tell?: (event: FaultEvent) => void;
}

/** What there is to know of a node here: a `SubnetNode` is one. */
export interface FaultyNode {
  readonly plan: { readonly role: Role; readonly name: string };
  readonly hotkey: Hotkey;
}

export interface FaultEvent {
  readonly is: 'began' | 'ended';
  readonly at: Instant;
  readonly fault: Fault;
  /** The names of those hit, sorted. */
  readonly nodes: readonly string[];
}

/** Lets a scenario's faults come and go. What it returns ends them all, at once and for good. */
export function scheduleFaults({ faults }: Pick<Scenario, 'faults'>, world: FaultyWorld): Cancel {
  const down = newTally();
  const ends = faults.map((fault) => schedule(fault, world, down));
  return () => {
    for (const end of ends) end();
  };
}

/** When the last fault is over, after the beginning; 0 where there is none. */
export const faultsEnd = ({ faults }: Pick<Scenario, 'faults'>): Duration =>
  Math.max(0, ...faults.map((fault) => fault.at + fault.for)) as Duration;

function schedule(fault: Fault, world: FaultyWorld, down: Tally): Cancel {
  const { clock, start, tell } = world;
  let undo: Cancel | undefined;

  const nodes = hit(fault, world);
  const event = (is: FaultEvent['is']): FaultEvent => ({
    is,
    at: clock.now(),
    fault,
    nodes: nodes.map(({ plan }) => plan.name),
  });
  const begins = later(start, fault.at);
  const cancelBegin = clock.at(
    begins,
    () => {
      undo = begin(fault, nodes, world, down);
      tell?.(event('began'));
    },
    SCHEDULER,
  );
  const end = once(() => {
    cancelBegin();
    cancelEnd();
    if (undo === undefined) return;
    undo();
    tell?.(event('ended'));
  });
  const cancelEnd = clock.at(later(begins, fault.for), end, SCHEDULER);
  return end;
}

/** Who has scheduled a fault: it has its place in the order of an instant, as every node does. */
const SCHEDULER = 'faults';

function begin(
  fault: Fault,
  nodes: readonly FaultyNode[],
  { subnet, line, outages }: FaultyWorld,
  down: Tally,
): Cancel {
  const hotkeys = nodes.map(({ hotkey }) => hotkey);
  switch (fault.fault) {
    case 'partition':
      return line.partition(new Set(hotkeys), fault.oneSided);
    case 'outage':
      return outages.begin(fault.service, hotkeys);
    case 'crash':
      // Crashed twice over, a node comes back when the last crash is over.
      for (const hotkey of hotkeys) if (down.add(hotkey)) subnet.kill(hotkey);
      return () => {
        for (const hotkey of hotkeys) if (down.remove(hotkey)) subnet.begin(hotkey);
      };
  }
}

/** Sorted by name. A share above 0 hits one node at least, where there is one that it may hit. */
function hit(fault: Fault, { subnet, random }: FaultyWorld): readonly FaultyNode[] {
  const stream = random.fork(nameOf(fault));
  const ranked = subnet.nodes
    .filter(({ plan }) => mayHit(fault, plan.role))
    .map((node) => ({ node, name: node.plan.name, rank: stream.fork(node.plan.name).next() }))
    .toSorted((a, b) => a.rank - b.rank || byName(a, b));
  return ranked
    .slice(0, countOf(fault.share, ranked.length))
    .toSorted(byName)
    .map(({ node }) => node);
}

const countOf = (share: Fraction, all: number): number => Math.ceil((share * all) / ONE);

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1;

/** What it is and when, but not how large: two of one name hit the same nodes. */
function nameOf(fault: Fault): string {
  switch (fault.fault) {
    case 'partition':
      return `partition at ${fault.at}`;
    case 'outage':
      return `outage of ${fault.service} at ${fault.at}`;
    case 'crash':
      return `crash of ${fault.role} at ${fault.at}`;
  }
}

function mayHit(fault: Fault, role: Role): boolean {
  switch (fault.fault) {
    case 'partition':
      return true;
    case 'outage':
      return ASKERS[fault.service].includes(role);
    case 'crash':
      // With a buyer would go the question of a person, which nobody else can end.
      return fault.role === 'any' ? role !== 'buyer' : role === fault.role;
  }
}

/** Whose actors ask each service. */
const ASKERS: Readonly<Record<OutService, readonly Role[]>> = {
  source: ['miner'],
  audit: ['validator'],
  verify: ['pool', 'validator'],
};

/** How many hold something down: it is up again when the last one lets go. */
interface Tally {
  has(hotkey: Hotkey): boolean;
  /** True for the first. */
  add(hotkey: Hotkey): boolean;
  /** True for the last. */
  remove(hotkey: Hotkey): boolean;
}

function newTally(): Tally {
  const counts = new Map<Hotkey, number>();
  return {
    has: (hotkey) => counts.has(hotkey),
    add(hotkey) {
      const count = (counts.get(hotkey) ?? 0) + 1;
      counts.set(hotkey, count);
      return count === 1;
    },
    remove(hotkey) {
      const count = (counts.get(hotkey) ?? 0) - 1;
      if (count > 0) counts.set(hotkey, count);
      else counts.delete(hotkey);
      return count === 0;
    },
  };
}

function once(task: () => void): Cancel {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    task();
  };
}
