/**
 * Takes queries for a buyer's node from many callers, and has an answer for each.
 *
 *     asked ──▶ placed (on the disk) ──▶ the node's own actor ──▶ opened ──▶ steps ──▶ answered
 *       └─ the same caller, key and want: the same order, whether it is open, answered, or of before
 *
 * Nobody's query depends on whether they wait for it: who hangs up finds the answer under the same
 * key. One node has one desk, and what is open there is what is open here.
 */
import type { QueryAnswer, Step } from '../../actors/actor.ts';
import type { BuyerState } from '../../actors/answering.ts';
import { MOST_QUERIES } from '../../actors/buyer.ts';
import { addressOf, type Address } from '../../protocols/messages.ts';
import type { Want } from '../../protocols/query.ts';
import { isSame } from '../../protocols/same.ts';
import {
  hours,
  later,
  seconds,
  type Duration,
  type Instant,
  type QueryId,
} from '../../protocols/units.ts';
import type { Cancel, Happening } from '../host.ts';
import { stayInTouch } from '../in-touch.ts';
import type { LiveNode } from '../node.ts';
import { below } from '../random.ts';
import { DEFAULT_CALLER } from './callers.ts';
import { Cashier } from './cashier.ts';
import type { Charge, Price, Short } from './charge.ts';
import { KeptAnswers } from './kept-answers.ts';
import { keyOf, Requests, type Request } from './requests.ts';
import { Under } from './under.ts';

/** What of a node a desk needs. */
export type DeskNode = Pick<
  LiveNode,
  'hotkey' | 'dir' | 'host' | 'line' | 'running' | 'answered' | 'store'
> &
  Partial<Pick<LiveNode, 'audit'>>;

/** What becomes of an order. */
export type Ended =
  | { readonly is: 'answered'; readonly answer: QueryAnswer; readonly price?: Price }
  | { readonly is: 'short'; readonly short: Short }
  /** The node could not take it; asked again it may. */
  | { readonly is: 'lost' }
  /** This process ends before the query does, which goes on when it is started again. */
  | { readonly is: 'left' };

/** What happens on the way there. */
export type Progress =
  | { readonly is: 'opened'; readonly query: QueryId }
  | { readonly is: 'step'; readonly query: QueryId; readonly attempt: number; readonly step: Step };

/** A query that is under way. */
export interface OpenOrder {
  readonly query: QueryId | undefined;
  readonly ended: Promise<Ended>;
  /** Calls `listener` with what happens from now on. */
  listen(listener: (progress: Progress) => void): Cancel;
}

export type Asked =
  | { readonly is: 'open'; readonly order: OpenOrder }
  | { readonly is: 'answered'; readonly answer: QueryAnswer; readonly price?: Price }
  /** The key was used for something else. */
  | { readonly is: 'mismatch' }
  /** It was answered, and the answer is not kept any more. */
  | { readonly is: 'gone' }
  | { readonly is: 'full' }
  | { readonly is: 'leaving' };

/** An answer, and what it has cost where anything is charged. */
export interface Delivered {
  readonly answer: QueryAnswer;
  readonly price?: Price;
}

/** A caller's wish. */
export interface Wish {
  readonly caller: string;
  readonly want: Want;
  /** The caller's own name for it. */
  readonly key?: string;
}

/** Two queries of one buyer and instant are told apart by it. */
const MOST_NONCE = 2 ** 31;
/** How often it is looked whether the node has taken what it was told. */
const LOOK_EVERY: Duration = seconds(1);
/** An actor acts at once; it is held up for seconds only where its machine is. */
const ACT_TIME: Duration = seconds(10);
const FORGET_EVERY: Duration = hours(1);
/** Answers that came while nobody listened are among the latest; never more than can be open. */
const LATEST = MOST_QUERIES;

export class Desk {
  readonly #node: DeskNode;
  readonly #cashier: Cashier;
  readonly #requests: Requests;
  readonly #kept: KeptAnswers;
  readonly #byNonce = new Map<number, Under>();
  readonly #byKey = new Map<string, Under>();
  readonly #self: Address<'buyer'>;
  readonly #cancels: Cancel[] = [];
  #isLeaving = false;
  #isClosed = false;

  /** Throws a `WorldError` where its file cannot be used. The node's actor is live by now. */
  constructor(node: DeskNode, charge?: Charge) {
    this.#node = node;
    this.#cashier = new Cashier(charge, node.host.clock);
    this.#self = addressOf('buyer', node.hotkey);
    this.#requests = new Requests(node.dir);
    this.#kept = new KeptAnswers(node.store.answers, node.host.clock);
    const answers = node.answered.subscribe((answer) => void this.#answered(answer));
    this.#cancels.push(
      () => answers.unsubscribe(),
      node.host.observer.listen((happening) => this.#noticed(happening)),
      this.#every(LOOK_EVERY, () => this.#lookForLost()),
      this.#every(FORGET_EVERY, () => void this.#requests.forget(this.#now()).catch(ignored)),
    );
    this.#goOn();
  }

  /** How many queries are open. */
  get open(): number {
    return this.#byNonce.size;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Whether it has no memory any more: whoever asks still has come too late. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What the latest answers said of what pools hold. */
  get kept(): KeptAnswers {
    return this.#kept;
  }

  ask({ caller, want, key }: Wish): Asked {
    if (this.#isClosed) return { is: 'leaving' };
    const name = key === undefined ? undefined : keyOf(caller, key);
    const before = name === undefined ? undefined : this.#before(name, want);
    if (before !== undefined) return before;
    if (this.#isLeaving) return { is: 'leaving' };
    if (this.#byNonce.size >= MOST_QUERIES) return { is: 'full' };
    const request: Request = {
      nonce: this.#newNonce(),
      caller,
      want,
      at: this.#now(),
      ...(name !== undefined && { key: name }),
    };
    const under = this.#enter(request);
    this.#requests.place(request).then(
      () => this.#begin(under),
      () => this.#end(under, { is: 'lost' }),
    );
    return { is: 'open', order: under };
  }

  /** Whose query it was; undefined where it is none that was answered here. */
  callerOf(query: QueryId): string | undefined {
    return this.#requestOf(query)?.caller;
  }

  /** What a caller has asked and was answered, the latest first, at most `most`. */
  askedBy(caller: string, most: number): readonly Request[] {
    return this.#requests.of(caller, most);
  }

  /** The answer of a query of the caller's; undefined where it is another's, or is not kept any more. */
  answerFor(caller: string, query: QueryId): Delivered | undefined {
    const request = this.#requestOf(query);
    // What was bought at this node's own command line is its operator's.
    if ((request?.caller ?? DEFAULT_CALLER) !== caller) return undefined;
    const answer = this.#kept.of(query);
    const price = this.#cashier.priceOf(query);
    return answer && { answer, ...(price && { price }) };
  }

  #requestOf(query: QueryId): Request | undefined {
    const noted = this.#requests.byQuery(query);
    if (noted !== undefined) return noted;
    // It may be answered, and a moment before it is noted.
    return [...this.#byNonce.values()].find((under) => under.query === query)?.request;
  }

  /** From now on no new query opens; those that are open go on. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Whoever still waits is told that the query goes on without them. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isLeaving = true;
    for (const cancel of this.#cancels) cancel();
    for (const under of this.#byNonce.values()) this.#end(under, { is: 'left' });
    this.#requests.close();
  }

  /** The order that was given under this name; undefined where none was. */
  #before(name: string, want: Want): Asked | undefined {
    const under = this.#byKey.get(name);
    const request = under?.request ?? this.#requests.byKey(name, this.#now());
    if (request === undefined) return undefined;
    if (!isSame(request.want, want)) return { is: 'mismatch' };
    if (under?.end?.is === 'answered') return under.end;
    if (under !== undefined) return { is: 'open', order: under };
    if (request.query !== undefined) {
      const answer = this.#kept.of(request.query);
      if (answer === undefined) return { is: 'gone' };
      const price = this.#cashier.priceOf(answer.query);
      return { is: 'answered', answer, ...(price && { price }) };
    }
    // The process ended before the node was asked. Now it is, under the name of before.
    if (this.#isLeaving) return { is: 'leaving' };
    if (this.#byNonce.size >= MOST_QUERIES) return { is: 'full' };
    const again = this.#enter(request);
    this.#begin(again);
    return { is: 'open', order: again };
  }

  #enter(request: Request): Under {
    const under = new Under(request);
    this.#byNonce.set(request.nonce, under);
    if (request.key !== undefined) this.#byKey.set(request.key, under);
    return under;
  }

  /** It is on the disk: the node may be asked. */
  #begin(under: Under): void {
    const { nonce, want } = under.request;
    const short = this.#cashier.reserve(under.request);
    if (short !== undefined) {
      void this.#requests.drop(nonce).catch(ignored);
      this.#end(under, short === 'lost' ? { is: 'lost' } : { is: 'short', short });
      return;
    }
    under.toldAt = this.#now();
    const self = this.#self;
    const envelope = { from: self, to: self, sentAt: under.toldAt, body: { want, nonce } };
    this.#node.running.tell({ kind: 'want', ...envelope });
  }

  async #answered(answer: QueryAnswer): Promise<void> {
    this.#kept.note(answer);
    const under = this.#byNonce.get(answer.nonce);
    if (under === undefined) return;
    // Where there was nobody to ask it opened and ended in one.
    under.opened(answer.query);
    const price = await this.#cashier.settle(under.request, answer);
    const { caller } = under.request;
    this.#node.audit?.write({ is: 'asked_by', query: answer.query, caller });
    // It is on the disk already, and its caller need not wait until it is noted whose it is. Who comes
    // with the same key before that has it from here; where the disk is full, it is found among the
    // answers at the next start.
    under.endsWith({ is: 'answered', answer, ...(price && { price }) });
    await this.#requests.answered(answer).catch(ignored);
    this.#forget(under);
  }

  #end(under: Under, ended: Ended): void {
    this.#forget(under);
    under.endsWith(ended);
  }

  #forget({ request: { nonce, key } }: Under): void {
    this.#byNonce.delete(nonce);
    if (key !== undefined) this.#byKey.delete(key);
  }

  /** An actor's notes name its query; the nonce is in its state for as long as that is open. */
  #noticed(happening: Happening): void {
    if (happening.is === 'asked' && happening.ask.ask === 'block') {
      const query = happening.ask.input.about as QueryId;
      this.#underOf(query)?.opened(query);
      return;
    }
    if (happening.is !== 'noted' || happening.note.note !== 'step') return;
    const { query, attempt, step } = happening.note;
    this.#underOf(query)?.tell({ is: 'step', query, attempt, step });
  }

  #underOf(query: QueryId): Under | undefined {
    const asking = this.#state?.open.get(query)?.work;
    return asking && this.#byNonce.get(asking.nonce);
  }

  get #state(): BuyerState | undefined {
    return this.#node.running.state as BuyerState | undefined;
  }

  /** A want that did not fit the mailbox, or that crashed its actor, is never heard of again. */
  #lookForLost(): void {
    const { running } = this.#node;
    const end = this.#now() - ACT_TIME;
    const late = [...this.#byNonce.values()].filter(
      ({ toldAt, query }) => query === undefined && toldAt !== undefined && toldAt < end,
    );
    if (late.length === 0 || (running.status !== 'live' && running.status !== 'stopped')) return;
    const open = this.#openNonces();
    for (const under of late) {
      const { nonce } = under.request;
      if (running.status === 'live' && open.has(nonce)) continue;
      // Where that fails it is looked for again in a moment.
      if (!this.#cashier.release(under.request)) continue;
      void this.#requests.drop(nonce).catch(ignored);
      this.#end(under, { is: 'lost' });
    }
  }

  #openNonces(): ReadonlySet<number> {
    return new Set([...(this.#state?.open.values() ?? [])].map(({ work }) => work.nonce));
  }

  /** After a start: what is open goes on, what was answered is noted, what was never asked is not. */
  #goOn(): void {
    const open = [...(this.#state?.open ?? [])];
    const askings = new Map(open.map(([query, { work }]) => [work.nonce, { query, work }]));
    const left = this.#requests.open();
    const unanswered = left.filter(({ nonce }) => !askings.has(nonce));
    const latest = unanswered.length === 0 ? [] : this.#node.store.answers.latest(LATEST);
    const answers = new Map<number, QueryAnswer>();
    for (const query of latest) {
      const answer = this.#node.store.answers.of(query);
      if (answer !== undefined) answers.set(answer.nonce, answer);
    }
    const paid = unanswered.flatMap((request) => {
      const answer = answers.get(request.nonce);
      return answer === undefined ? [] : [[request, answer] as const];
    });
    this.#cashier.goOn(new Set(askings.keys()), paid);
    for (const request of left) {
      const one = askings.get(request.nonce);
      if (one !== undefined) {
        const under = this.#enter(request);
        under.toldAt = this.#now();
        under.query = one.query;
        stayInTouch(this.#node, one.work);
        continue;
      }
      const answer = answers.get(request.nonce);
      if (answer !== undefined) {
        void this.#requests.answered(answer).catch(ignored);
        continue;
      }
      // Under a key it may still be asked for.
      if (request.key === undefined) void this.#requests.drop(request.nonce).catch(ignored);
    }
  }

  #newNonce(): number {
    for (;;) {
      const nonce = below(this.#node.host.random, MOST_NONCE);
      if (!this.#byNonce.has(nonce) && !this.#requests.has(nonce)) return nonce;
    }
  }

  #now(): Instant {
    return this.#node.host.clock.now();
  }

  #every(period: Duration, work: () => void): Cancel {
    const { clock } = this.#node.host;
    let cancel: Cancel = () => undefined;
    const again = (): void => {
      cancel = clock.at(later(clock.now(), period), () => {
        work();
        again();
      });
    };
    again();
    return () => cancel();
  }
}

/** What cannot be written down now is found again at the next start. */
const ignored = (): void => undefined;
