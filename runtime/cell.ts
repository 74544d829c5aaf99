/**
 * One actor at work: its state, what waits for it, and one input at a time.
 *
 *     tell ──▶ mailbox (bounded) ──┐
 *     port ──▶ replies ────────────┼──▶ handler ──▶ effects ──▶ transport, ports, observer
 *     begin, stop ─────────────────┘
 *
 * Replies have a queue of their own and come before messages: each was asked for, so there are no
 * more of them than open questions, and none is ever dropped for want of room. A handler that throws
 * costs the actor its state and that one message; what waits is handled after it has begun again.
 *
 * A million actors may be idle at once, so whatever an idle one can do without is made on first use.
 */
import { Observable, Subject } from 'rxjs';
import type { Ask, Context, Effect, Outcome, Random } from '../actors/actor.ts';
import type { Reply, Send, Service } from '../actors/actor.ts';
import type { Address, Envelope } from '../protocols/messages.ts';
import type { Instant } from '../protocols/units.ts';
import type { Asker, Cancel, Happening, Host, Loss, Outgoing } from './host.ts';
import type { Incoming } from './live.ts';
import { Mailbox } from './mailbox.ts';
import type { Moment } from './moment.ts';
import type { Counter } from './observe.ts';
import { Question } from './question.ts';
import type { Committed, Log, Revived } from './recording.ts';
import type { Input, Notice, Running, Status, StopReason } from './running.ts';
import { afterCrash, PATIENCE, type Row } from './supervision.ts';

/** What `begin`, messages and replies have in common. State is the actor's own affair. */
export type Handle = (state: unknown, input: unknown, context: Context) => readonly Effect[];

/** An actor whose types have been checked, as a loop sees it that runs all sorts. */
export interface AnyActor {
  readonly made?: Readonly<Record<string, string | number | boolean>>;
  readonly begin: (context: Context) => readonly [unknown, ...Effect[]];
  readonly withoutErased?: (state: unknown) => void;
  readonly on: Readonly<Record<string, Handle | undefined>>;
}

/** What this thread has used of the processor, in ms: what others of the machine used meanwhile is no peer's. */
const usedMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

/** When a turn that is written down takes no more inputs: about what the writing takes. */
const LOGGED_TURN_MS = 8;

/** What a cell needs of the loop that it is in. */
export interface Loop {
  readonly host: Host;
  readonly moment: Moment;
  /** How many messages may wait for one actor. */
  readonly bound: number;
  /** Told what was sent, where the line itself does not say what has arrived. */
  readonly sent?: ((name: string) => void) | undefined;
  /** As the line brought them, the messages that it gave a name. */
  readonly brought: WeakMap<Envelope, Incoming>;
  /** The kinds that any of its actors handles, and how often one did. */
  readonly kinds: ReadonlyMap<string, Counter>;
  /** Gives the cell a turn, once however often it is called before that turn. */
  ready(cell: Cell): void;
  /** The cell has come to its end. */
  forget(cell: Cell): void;
}

/** What an actor has only once it has asked, crashed, drawn or been watched. */
interface Extras {
  readonly questions: Set<Question>;
  readonly replies: Mailbox<Reply<Service>>;
  readonly watchers: Set<(notice: Notice) => void>;
  /** Streams for ports, by service. */
  readonly streams: Map<Service, Random>;
  random: Random | undefined;
  inputs: Subject<Input> | undefined;
  /** The crashes in a row; the last one has no restart where the actor stays down. */
  row: Row | undefined;
  cancelRestart: Cancel | undefined;
}

export class Cell implements Running<unknown> {
  readonly self: Address;
  status: Status = 'beginning';
  state: unknown = undefined;
  /** Whether it waits for a turn; the loop's to write. */
  isReady = false;
  readonly #loop: Loop;
  readonly #actor: AnyActor;
  /** Where its chance comes from. */
  readonly #stream: string;
  /** Where what it is handed is written down; undefined where that is nowhere. */
  readonly #log: Log | undefined;
  #mailbox: Mailbox<Envelope> | undefined = undefined;
  #extras: Extras | undefined = undefined;

  constructor(
    loop: Loop,
    actor: AnyActor,
    self: Address,
    { stream = self, log }: { readonly stream?: string; readonly log?: Log | undefined } = {},
  ) {
    this.#loop = loop;
    this.#actor = actor;
    this.#stream = stream;
    this.#log = log;
    this.self = self;
  }

  get waiting(): number {
    return this.#mailbox?.length ?? 0;
  }

  get open(): number {
    return this.#extras?.questions.size ?? 0;
  }

  get random(): Random {
    return (this.#more().random ??= this.#loop.host.random.fork(this.#stream));
  }

  get inputs(): Observable<Input> {
    return new Observable((subscriber) => {
      if (this.status === 'stopped') return subscriber.complete();
      const extras = this.#more();
      extras.inputs ??= new Subject();
      return extras.inputs.subscribe(subscriber);
    });
  }

  tell(envelope: Envelope): void {
    if (this.status === 'stopped') return this.#lose('stopped', envelope);
    this.#mailbox ??= new Mailbox(this.#loop.bound);
    if (!this.#mailbox.offer(envelope)) return this.#lose('overflow', envelope);
    // One that rests after a crash has its turn when it begins again, not before.
    if (!this.isReady && this.status === 'live') this.#loop.ready(this);
  }

  stop(): void {
    if (this.status === 'stopped') return;
    if (this.#loop.moment.isOf(this)) this.status = 'stopping';
    else this.#end();
  }

  /**
   * Goes on from where its log ends, which was changed under it: what it held of the past is gone, what
   * waits for it is handled then. Not to be called within a turn of its own.
   */
  goOnFromLog(): void {
    if (this.status !== 'live' || this.#log === undefined) return;
    this.#drop();
    this.status = 'beginning';
    this.#loop.ready(this);
  }

  watch(watcher: (notice: Notice) => void): Cancel {
    // Of its own, so that one function may watch twice and stop once.
    const own = (notice: Notice): void => watcher(notice);
    const { clock, observer } = this.#loop.host;
    if (this.status === 'stopped') {
      const told = { is: 'stopped', why: this.#whyStopped() } as const;
      return clock.at(clock.now(), () => observer.isolate(own, told), this.self);
    }
    const { watchers } = this.#more();
    watchers.add(own);
    return () => watchers.delete(own);
  }

  /** Handles at most `limit` inputs, and returns how many it took. */
  turn(limit: number): number {
    const { moment, host } = this.#loop;
    const { clock } = host;
    let taken = 0;
    let envelope: Envelope | undefined;
    const log = this.#log;
    moment.enter(this);
    if (log !== undefined) log.enter();
    try {
      if (this.status === 'beginning') {
        taken++;
        this.#begin(moment);
      }
      while (taken < limit && this.status === 'live') {
        const reply = this.#extras?.replies.take();
        envelope = reply === undefined ? this.#mailbox?.take() : undefined;
        if (envelope !== undefined) this.#receive(envelope, moment);
        else if (reply !== undefined) this.#hear(reply, moment);
        else break;
        taken++;
        // A turn that is written down holds up whatever came meanwhile for as long as it takes.
        if (log !== undefined && clock.now() - moment.now >= LOGGED_TURN_MS) break;
      }
      if (log !== undefined) this.#carryOut(this.#commit(log, this.state), moment.now);
    } catch (cause) {
      this.#crash(cause, envelope);
    }
    if (log !== undefined) log.leave();
    moment.leave();
    this.#afterTurn();
    return taken;
  }

  #afterTurn(): void {
    if (this.status === 'stopping') this.#end();
    else if (this.status === 'live' && this.#hasWork()) this.#loop.ready(this);
  }

  #hasWork(): boolean {
    return this.waiting > 0 || (this.#extras?.replies.length ?? 0) > 0;
  }

  #begin(moment: Moment): void {
    const at = moment.now;
    const revived = this.#log?.revive();
    if (revived !== undefined) return this.#goOn(revived, at);
    this.#extras?.inputs?.next({ is: 'begin', at });
    this.#log?.begins(at, this.random);
    const [state, ...effects] = this.#actor.begin(moment);
    this.#log?.adopt(state);
    this.state = state;
    this.#isLive(at);
    this.#perform(effects, moment);
  }

  #isLive(at: Instant): void {
    this.status = 'live';
    this.#tell({ is: 'started', at, actor: this.self });
    if (this.#extras?.row !== undefined) this.#notify({ is: 'restarted' });
  }

  /** From where its log ends: what is open is asked again, what may not have arrived is sent again. */
  #goOn({ state, random, open, unsent }: Revived, at: Instant): void {
    this.state = state;
    this.#more().random = random;
    this.#isLive(at);
    for (const ask of open) this.#ask(ask, at);
    for (const envelope of unsent) this.#sendOut(envelope, at);
  }

  #receive(envelope: Envelope, moment: Moment): void {
    // Own kinds alone: a peer may have written `constructor`, or `auditReply`.
    const received = this.#loop.kinds.get(envelope.kind);
    const handle = this.#actor.on[envelope.kind];
    if (received === undefined || handle === undefined) {
      this.#loop.brought.get(envelope)?.done();
      return this.#lose('malformed', envelope);
    }

    if (this.#log !== undefined) {
      const input = { is: 'message', at: moment.now, envelope } as const;
      const brought = this.#loop.brought.get(envelope);
      if (!this.#log.hand(input, brought)) return;
      if (brought?.took !== undefined) {
        const began = usedMs();
        this.#handle(envelope, moment, handle, received);
        return brought.took(usedMs() - began);
      }
    }
    this.#handle(envelope, moment, handle, received);
  }

  #handle(envelope: Envelope, moment: Moment, handle: Handle, received: Counter): void {
    const { observer } = this.#loop.host;
    if (observer.watched) observer.tell({ is: 'received', at: moment.now, envelope });
    if (this.#extras?.inputs !== undefined) {
      this.#extras.inputs.next({ is: 'message', at: moment.now, envelope });
    }
    const effects = handle(this.state, envelope, moment);
    if (effects.length > 0 || this.#log !== undefined) this.#perform(effects, moment);
    received.count++;
  }

  #hear(reply: Reply<Service>, moment: Moment): void {
    const handle = this.#actor.on[replyName(reply.service)];
    if (handle === undefined) return;
    this.#log?.hand({ is: 'reply', at: moment.now, reply });
    this.#extras?.inputs?.next({ is: 'reply', at: moment.now, reply });
    this.#perform(handle(this.state, reply, moment), moment);
  }

  #perform(effects: readonly Effect[], moment: Moment): void {
    // They wait until the turn is written down.
    if (this.#log !== undefined) return this.#log.did(effects);
    for (const effect of effects) {
      if ('send' in effect) this.#send(effect, moment.now);
      else if ('ask' in effect) this.#ask(effect, moment.now);
      else this.#loop.host.observer.noted(effect, this.self, moment.now);
    }
  }

  /** `state`: undefined where a handler left it half done. */
  #commit(log: Log, state: unknown): Committed {
    const committed = log.commit({ state, random: this.random });
    for (const done of committed.done) done();
    return committed;
  }

  #carryOut({ effects }: Committed, at: Instant): void {
    for (const effect of effects) {
      if ('ask' in effect) this.#ask(effect, at);
      else if ('note' in effect) this.#loop.host.observer.noted(effect, this.self, at);
      else this.#sendOut(effect, at);
    }
  }

  #send({ send: kind, to, body }: Send, sentAt: Instant): void {
    const { transport, observer } = this.#loop.host;
    // Kind, receiver and body are of one kind still, which the union of all kinds can't say.
    const envelope = { kind, from: this.self, to, sentAt, body } as Outgoing;
    if (observer.watched) observer.tell({ is: 'sent', at: sentAt, envelope });
    transport.send(envelope);
  }

  /** Of a turn that is written down, and under a name. */
  #sendOut(envelope: Outgoing, at: Instant): void {
    const { transport, observer } = this.#loop.host;
    if (observer.watched) observer.tell({ is: 'sent', at, envelope });
    transport.send(envelope);
    if (envelope.name !== undefined) this.#loop.sent?.(envelope.name);
  }

  #ask(ask: Ask, at: Instant): void {
    const { host } = this.#loop;
    this.#tell({ is: 'asked', at, actor: this.self, ask });
    const question = new Question(ask, this);
    question.put(host.services, new Asked(this, ask), host.clock);
    if (!question.closed) this.#more().questions.add(question);
  }

  /** The answer waits for its turn, so that no handler is entered from within another. */
  settled(question: Question, outcome: Outcome<unknown>, cause?: unknown): void {
    const { host } = this.#loop;
    const { ask: service, input } = question.asked;
    const { questions, replies } = this.#more();
    questions.delete(question);
    // Made of its own question and that question's outcome, which the union can't say.
    const reply = { service, input, outcome } as Reply<Service>;
    this.#log?.answered(reply, question.asked);
    host.observer.replied(reply, this.self, host.clock.now(), cause);
    replies.offer(reply);
    if (!this.isReady && this.status === 'live') this.#loop.ready(this);
  }

  /** The stream that a port draws from when this actor asks. */
  streamFor(service: Service): Random {
    const { streams } = this.#more();
    let stream = streams.get(service);
    if (stream === undefined) {
      stream = this.random.fork(service);
      streams.set(service, stream);
    }
    return stream;
  }

  #crash(cause: unknown, envelope: Envelope | undefined): void {
    const { host } = this.#loop;
    const extras = this.#more();
    const now = host.clock.now();
    const row = afterCrash(extras.row, now, PATIENCE);
    extras.row = row;
    this.#salvage(now);
    this.#drop();
    host.observer.crashed({ is: 'crashed', at: now, actor: this.self, cause, ...row });
    if (envelope !== undefined) this.#lose('crashed', envelope);
    if (row.restartsAt === undefined || this.status === 'stopping') this.status = 'stopping';
    else this.#rest(row.restartsAt, extras);
    this.#notify({ is: 'crashed', cause, ...row });
  }

  /**
   * What the turn came to before the crash is written down and done, and that the input that crashed it
   * is over: it must not crash the next life too. Questions are asked by that one.
   */
  #salvage(at: Instant): void {
    if (this.#log === undefined) return;
    try {
      this.#log.failed();
      const { effects } = this.#commit(this.#log, undefined);
      this.#carryOut({ effects: effects.filter((effect) => !('ask' in effect)), done: [] }, at);
    } catch {
      // The disk does not take it: nothing of the turn has happened, and its messages come again.
    }
  }

  #rest(until: Instant, extras: Extras): void {
    this.status = 'resting';
    const restart = (): void => {
      this.status = 'beginning';
      this.#loop.ready(this);
    };
    extras.cancelRestart = this.#loop.host.clock.at(until, restart, this.self);
  }

  #end(): void {
    const mailbox = this.#mailbox;
    this.status = 'stopped';
    this.#mailbox = undefined;
    this.#extras?.cancelRestart?.();
    this.#drop();
    for (let left = mailbox?.take(); left !== undefined; left = mailbox?.take()) {
      this.#lose('stopped', left);
    }
    this.#log?.close();
    this.#loop.forget(this);
    this.#tell({ is: 'stopped', at: this.#loop.host.clock.now(), actor: this.self });
    this.#notify({ is: 'stopped', why: this.#whyStopped() });
    this.#extras?.watchers.clear();
    this.#extras?.inputs?.complete();
  }

  /** State goes, and with it all questions: an answer to one life must not reach the next. */
  #drop(): void {
    this.state = undefined;
    if (this.#extras === undefined) return;
    const { questions, replies } = this.#extras;
    for (const question of questions) question.drop();
    questions.clear();
    while (replies.take() !== undefined);
  }

  #whyStopped(): StopReason {
    const row = this.#extras?.row;
    return row !== undefined && row.restartsAt === undefined ? 'crashed' : 'told';
  }

  #lose(why: Loss['why'], { kind, from, to }: Envelope): void {
    const at = this.#loop.host.clock.now();
    // A kind that nobody handles is a peer's text and no label for a metric.
    const known = this.#loop.kinds.has(kind) ? { kind } : {};
    this.#loop.host.observer.lost({ why, at, from, to, ...known });
  }

  #tell(happening: Happening): void {
    const { observer } = this.#loop.host;
    if (observer.watched) observer.tell(happening);
  }

  #notify(notice: Notice): void {
    const { observer } = this.#loop.host;
    for (const watcher of this.#extras?.watchers ?? []) observer.isolate(watcher, notice);
  }

  #more(): Extras {
    this.#extras ??= {
      questions: new Set(),
      replies: new Mailbox(Infinity),
      watchers: new Set(),
      streams: new Map(),
      random: undefined,
      inputs: undefined,
      row: undefined,
      cancelRestart: undefined,
    };
    return this.#extras;
  }
}

/** The name of a service's handler, made once: it is looked up for every answer. */
function replyName(service: Service): string {
  let name = replyNames.get(service);
  if (name === undefined) {
    name = `${service}Reply`;
    replyNames.set(service, name);
  }
  return name;
}
const replyNames = new Map<Service, string>();

/** Who asks, as a port sees it. Its stream is made for the ports that draw. */
class Asked implements Asker {
  readonly self: Address;
  readonly by: Instant;
  readonly #cell: Cell;
  readonly #service: Service;

  constructor(cell: Cell, { ask, by }: Ask) {
    this.self = cell.self;
    this.by = by;
    this.#cell = cell;
    this.#service = ask;
  }

  get random(): Random {
    return this.#cell.streamFor(this.#service);
  }
}
