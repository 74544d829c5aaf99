/**
 * The picture of whoever is watched: a live node, or a whole subnet of a demo or a simulation.
 *
 *     what happens ──folded at once──▶ walks, lines, counts by peer     ┐
 *     what is known ──at most once a second, when somebody looks──▶ standing, flags, figures ┴──▶ picture
 *
 * It has effect on nobody: it listens, and reads what actors know without changing it.
 */
import type { Ledger } from '../../protocols/ledger.ts';
import { hotkeyOf, type Delivery } from '../../protocols/messages.ts';
import { reputationOf, type Standing } from '../../protocols/standing.ts';
import { ONE, type Hotkey, type Instant } from '../../protocols/units.ts';
import type { Cancel, Happening } from '../host.ts';
import type { Observer } from '../observe.ts';
import {
  Findings,
  flagsPart,
  registered,
  standingOf,
  standingPart,
  type Knowledge,
} from './known.ts';
import { Lines } from './lines.ts';
import { Picture } from './picture.ts';
import type { Change } from './source.ts';
import { Talk } from './talk.ts';
import { Trend, type TrendView } from './trend.ts';
import type { Walk } from './walk.ts';
import { Walks } from './walks.ts';

/** What is looked at; the page's heading. */
export interface About {
  readonly is: 'node' | 'demo' | 'simulation';
  /** `validator`, or the scenario's name. */
  readonly title: string;
  /** One line more: the network, the seed. */
  readonly subtitle: string;
  /** Whether time can be steered. */
  readonly controls: boolean;
}

/** Where time stands. */
export interface Moment {
  readonly now: Instant;
  /** Virtual time has its beginning, and often an end. */
  readonly began?: Instant;
  readonly ends?: Instant;
  readonly is?: 'playing' | 'paused' | 'ended';
  /** Virtual over wall time; absent for as fast as may be. */
  readonly speed?: number;
  /** How it went, in a sentence, once it has ended. */
  readonly result?: string;
}

/** Numbers under a heading, such as what a line allows and how much of it is taken. */
export interface Figures {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: number | string, of?: number | string])[];
}

export interface ObservedOptions {
  readonly about: About;
  readonly observer: Observer;
  readonly nameOf: (hotkey: Hotkey) => string;
  /** Whether what a hotkey receives is seen here. */
  readonly isHere: (hotkey: Hotkey) => boolean;
  /** Undefined while nobody knows anything: before anyone has begun. */
  readonly knows: () => Knowledge | undefined;
  readonly moment: () => Moment;
  readonly figures?: () => readonly Figures[];
  /** Wall time in milliseconds since whenever. */
  readonly wall: () => number;
}

/** What is known is read no more often. */
const KNOWN_EVERY_MS = 1_000;
/** Lines in a drawing that an eye can tell apart. */
const MOST_DRAWN = 16;
/** Rows of a pool's stock: five industries in forty regions. */
const MOST_STOCK = 200;
/** Rows of peers, those that were heard most. */
const MOST_PEERS = 64;
/** Pools whose stock is shown. */
const MOST_POOLS = 8;

export class Observed {
  readonly #options: ObservedOptions;
  readonly #picture = new Picture();
  readonly #walks: Walks;
  readonly #lines: Lines;
  readonly #talk: Talk;
  readonly #findings = new Findings();
  readonly #reputations = new Trend();
  readonly #weights = new Trend();
  readonly #stocks = new Map<Hotkey, { readonly at: Instant; readonly stock: Delivery['stock'] }>();
  readonly #silence: Cancel;
  #events = 0;
  #epoch = -1;
  /** When what is known was last read; `undefined` where it has to be read anew. */
  #knownAt: number | undefined;
  #ledger: Ledger | undefined;
  #knownEvents = -1;

  constructor(options: ObservedOptions) {
    this.#options = options;
    const { about, observer, isHere } = options;
    this.#walks = new Walks(this.#picture, (walk) => this.#walkPart(walk));
    this.#lines = new Lines(isHere);
    this.#talk = new Talk(isHere);
    this.#picture.put('about', () => about);
    this.#silence = observer.listen((happening) => this.#see(happening));
  }

  look(since: number): Change {
    this.#picture.put('time', () => this.#timePart());
    const now = this.#options.wall();
    const isStale = this.#knownAt === undefined || now - this.#knownAt >= KNOWN_EVERY_MS;
    if (isStale && this.#knownEvents !== this.#events) {
      this.#knownAt = now;
      this.#knownEvents = this.#events;
      this.#readKnown();
    }
    return this.#picture.since(since);
  }

  close(): void {
    this.#silence();
  }

  #see(happening: Happening): void {
    this.#events++;
    this.#walks.see(happening);
    this.#talk.see(happening);
    if (this.#lines.see(happening)) {
      this.#picture.put('lines', () => this.#lines.latest(this.#options.nameOf));
    }
    if (happening.is === 'asked' && happening.ask.ask === 'setWeights') this.#sampleEpoch();
    if (happening.is === 'replied' && happening.reply.service === 'collusion') {
      const { outcome } = happening.reply;
      if (outcome.ok) this.#findings.keep(outcome.value as Parameters<Findings['keep']>[0]);
    }
    if (happening.is !== 'sent' && happening.is !== 'received') return;
    const { kind, from, body } = happening.envelope;
    if (kind === 'delivery') this.#stocked(hotkeyOf(from), body as Delivery, happening.at);
  }

  /** What a pool says of its stock with each delivery. */
  #stocked(pool: Hotkey, { stock }: Delivery, at: Instant): void {
    if (!this.#stocks.has(pool) && this.#stocks.size >= MOST_POOLS) return;
    this.#stocks.set(pool, { at, stock });
    this.#picture.put('pool', () => this.#poolPart());
  }

  #readKnown(): void {
    const { figures, nameOf } = this.#options;
    const knowledge = this.#knowledge();
    if (knowledge !== undefined) {
      this.#sampleEpoch(knowledge);
      const standing = standingOf(knowledge);
      if (standing !== undefined) {
        this.#picture.put('standing', () => standingPart(knowledge, standing, nameOf));
        const trends = this.#trendPart(standing, knowledge);
        this.#picture.put('trend', () => trends);
      }
      const flags = flagsPart(knowledge, this.#findings, nameOf);
      this.#picture.put('flags', () => flags);
      const { head, epochStart, tempo, neurons } = knowledge.metagraph;
      const chain = { block: head.number, epochStart, tempo, neurons: neurons.length };
      this.#picture.put('chain', () => chain);
    }
    this.#picture.put('peers', () => this.#peersPart());
    this.#picture.put('figures', () => figures?.() ?? []);
  }

  /** With the ledger that was there last, where it has gone with its actor, as at the end of a run. */
  #knowledge(): Knowledge | undefined {
    const knowledge = this.#options.knows();
    this.#ledger = knowledge?.ledger ?? this.#ledger;
    return knowledge && { ...knowledge, ledger: this.#ledger };
  }

  /** A sample an epoch; of an epoch that has turned since the last one. */
  #sampleEpoch(known?: Knowledge): void {
    const knowledge = known ?? this.#knowledge();
    if (knowledge === undefined || knowledge.metagraph.epochStart <= this.#epoch) return;
    const standing = standingOf(knowledge);
    if (standing === undefined) return;
    this.#epoch = knowledge.metagraph.epochStart;
    const { now } = this.#options.moment();
    this.#reputations.add(now, reputationsIn(standing, knowledge));
    this.#weights.add(now, weightsIn(standing, knowledge));
  }

  #trendPart(standing: Standing, knowledge: Knowledge): object {
    const { moment, nameOf } = this.#options;
    const at = moment().now;
    const drawn = (trend: Trend, values: ReadonlyMap<Hotkey, number>): TrendView =>
      trend.view(telling(values), { at, values }, nameOf);
    return {
      reputations: drawn(this.#reputations, reputationsIn(standing, knowledge)),
      weights: drawn(this.#weights, weightsIn(standing, knowledge)),
    };
  }

  #walkPart(walk: Walk): object {
    const { nameOf } = this.#options;
    return {
      ...walk,
      buyer: nameOf(walk.buyer),
      pool: walk.pool && nameOf(walk.pool),
      lanes: walk.lanes.map((lane) => ({
        ...lane,
        miner: nameOf(lane.miner),
        reports: lane.reports.map((word) => ({ ...word, validator: nameOf(word.validator) })),
      })),
    };
  }

  #timePart(): object {
    return { ...this.#options.moment(), events: this.#events };
  }

  #poolPart(): readonly object[] {
    return [...this.#stocks].map(([pool, { at, stock }]) => ({
      name: this.#options.nameOf(pool),
      at,
      total: stock.reduce((sum, { leads }) => sum + leads, 0),
      rows: stock.slice(0, MOST_STOCK),
      more: Math.max(0, stock.length - MOST_STOCK),
    }));
  }

  #peersPart(): object {
    const all = [...this.#talk.peers].toSorted(([, a], [, b]) => b.said - a.said);
    return {
      rows: all.slice(0, MOST_PEERS).map(([hotkey, peer]) => ({
        name: this.#options.nameOf(hotkey),
        ...peer,
        at: peer.at === 0 ? null : peer.at,
      })),
      more: Math.max(0, all.length - MOST_PEERS),
      unlisted: this.#talk.unlisted,
    };
  }
}

/** In points, also of who is new. */
const reputationsIn = (standing: Standing, { metagraph }: Knowledge): ReadonlyMap<Hotkey, number> =>
  new Map(
    registered(metagraph, 'validator', standing.validators).map((hotkey) => [
      hotkey,
      reputationOf(standing, hotkey) / 1_000,
    ]),
  );

/** As a share of 1; more than 1 where a miner answers surely. */
const weightsIn = ({ miners }: Standing, { metagraph }: Knowledge): ReadonlyMap<Hotkey, number> =>
  new Map(
    registered(metagraph, 'miner', miners).map((hotkey) => [
      hotkey,
      (miners.get(hotkey)?.weight ?? 0) / ONE,
    ]),
  );

/** Who has nothing left is what one looks for; then those who have most. */
function telling(values: ReadonlyMap<Hotkey, number>): readonly Hotkey[] {
  const sorted = [...values].toSorted(([, a], [, b]) => b - a);
  const fallen = sorted.filter(([, value]) => value === 0).slice(0, MOST_DRAWN / 2);
  const risen = sorted.filter(([, value]) => value > 0).slice(0, MOST_DRAWN - fallen.length);
  return [...fallen, ...risen].map(([hotkey]) => hotkey);
}
