/**
 * What the actors' tests stand on: a chain that never changes but for its blocks, bodies with a
 * signature that nobody looks at, chance from a seed, and a prompter that answers an actor's
 * questions and rings its alarms at their instants.
 */
import fc from 'fast-check';
import { batchId, packLeads, saltsFrom } from '../../protocols/batch.ts';
import { BLOCK_TIME, hotkeyNumber, START } from '../../protocols/arbitraries.ts';
import { digest, numbersFrom } from '../../protocols/hash.ts';
import type { Lead } from '../../protocols/lead.ts';
import {
  addressOf,
  attemptOf,
  type Address,
  type Batch,
  type Envelope,
  type Kind,
  type Messages,
  type Query,
  type Report,
  type Role,
  type Sealed,
} from '../../protocols/messages.ts';
import type { ChainView, Head, Metagraph, Neuron } from '../../protocols/metagraph.ts';
import type { Finding } from '../../protocols/rules/collusion/finding.ts';
import { drawOf, queryId, type Draw } from '../../protocols/rules/draw.ts';
import { sampleSize } from '../../protocols/rules/sampling.ts';
import {
  later,
  percent,
  ratio,
  seconds,
  tao,
  type BatchId,
  type Block,
  type Coldkey,
  type Hotkey,
  type Instant,
  type Score,
  type Uid,
} from '../../protocols/units.ts';
import { PASS, type Verdict } from '../../protocols/verdict.ts';
import type {
  Ask,
  Context,
  Effect,
  Note,
  Outcome,
  Random,
  Refused,
  Reply,
  Send,
  Service,
  Services,
} from '../actor.ts';

export { BLOCK_TIME, START };

/** Epochs of 360 blocks: one more than this. */
const TEMPO = 359;

export interface Stage {
  readonly miners: readonly Hotkey[];
  readonly validators: readonly Hotkey[];
  readonly pools: readonly Hotkey[];
  /** Not registered, as a buyer should be. */
  readonly buyer: Hotkey;
  /** The chain at an instant. What it says of one block is one object, whoever asks and whenever. */
  readonly viewAt: (now: Instant) => ChainView;
}

/** A subnet with everybody's standing in order. */
export function stageOf(count: {
  readonly miners?: number;
  readonly validators?: number;
  readonly pools?: number;
}): Stage {
  const { miners = 4, validators = 5, pools = 1 } = count;
  const keys = (from: number, size: number): Hotkey[] =>
    Array.from({ length: size }, (_, index) => hotkeyNumber(from + index));
  const of = (role: 'miner' | 'validator' | 'pool', hotkeys: readonly Hotkey[]) =>
    hotkeys.map((hotkey) => ({ role, hotkey }));
  const everyone = {
    miners: keys(1_000, miners),
    validators: keys(2_000, validators),
    pools: keys(3_000, pools),
  };
  const neurons = [
    ...of('miner', everyone.miners),
    ...of('validator', everyone.validators),
    ...of('pool', everyone.pools),
  ].map(({ role, hotkey }, index): Neuron => ({
    uid: index as Uid,
    hotkey,
    coldkey: hotkey as string as Coldkey,
    stake: tao(role === 'miner' ? 0 : 20),
    permit: true,
    roles: [role],
    registeredAt: 0 as Block,
    lastUpdate: 0 as Block,
  }));
  return { ...everyone, buyer: hotkeyNumber(4_000), viewAt: chainOf(neurons) };
}

function chainOf(neurons: readonly Neuron[]): (now: Instant) => ChainView {
  const made = new Map<number, Metagraph>();
  const at = (number: number): Metagraph => {
    const metagraph = made.get(number) ?? {
      head: headOf(number),
      epochStart: (number - (number % (TEMPO + 1))) as Block,
      tempo: TEMPO,
      permitsRequired: true,
      stakeInAlpha: false,
      neurons,
    };
    made.set(number, metagraph);
    return metagraph;
  };
  return (now) => {
    const latest = at(blockAt(now));
    return {
      latest,
      at: (block) => (block < 0 || block > latest.head.number ? undefined : at(block)),
    };
  };
}

const blockAt = (now: Instant): Block => Math.floor((now - START) / BLOCK_TIME) as Block;
const headOf = (number: number): Head => ({
  number: number as Block,
  hash: digest('leadpoet.test-block/1', number),
  time: later(START, seconds(12 * number)),
});
/** The first block after an instant. */
export const headAfter = (instant: Instant): Head => headOf(blockAt(instant) + 1);

/** Chance that repeats. */
export function randomFrom(seed: string): Random {
  const numbers = numbersFrom(digest('leadpoet.test-random/1', seed));
  return {
    next: () => Math.floor(numbers.next().value / 2 ** 16),
    fork: (name) => randomFrom(`${seed}/${name}`),
  };
}

export const contextOf = <R extends Role>(
  stage: Stage,
  self: Address<R>,
  now: Instant,
): Context<R> => ({ self, now, random: randomFrom(self), chain: stage.viewAt(now) });

/** A body as it passes a host that found its signature good. */
export const sealed = <T extends object>(draft: T): Sealed<T> => ({
  ...draft,
  signature: new Uint8Array(64),
});

export const envelope = <K extends Kind>(
  kind: K,
  from: Address,
  to: Address<Messages[K]['to']>,
  body: Messages[K]['body'],
): Envelope<K> => ({ kind, from, to, sentAt: START, body });

/** 7 s before the next block: long enough after the first for the chain to have a past. */
export const ASKED: Instant = later(START, seconds(12 * 400 + 5));

export interface QueryOptions {
  readonly buyer?: Hotkey;
  readonly account?: Query['account'];
  readonly nonce?: number;
  readonly want?: Query['want'];
  readonly pool?: Hotkey;
  /** When each attempt was asked. */
  readonly asked?: readonly Instant[];
}

export function queryOn(stage: Stage, options: QueryOptions = {}): Sealed<Query> {
  const { account = 'buyer', nonce = 1, want = { leads: 10 }, asked = [ASKED] } = options;
  const openedAt = asked[0] ?? ASKED;
  const buyer = options.buyer ?? stage.buyer;
  const name = { buyer, account, openedAt, nonce, want };
  return sealed({
    ...name,
    id: queryId(name),
    rounds: asked.map((askedAt) => ({ askedAt, block: headAfter(askedAt).number })),
    pool: options.pool ?? (stage.pools[0] as Hotkey),
  });
}

/** When the query is with those who were drawn: its block is there by then. */
export const arrivalOf = ({ rounds }: Query): Instant =>
  headAfter(rounds.at(-1)?.askedAt ?? ASKED).time;

/** The draw of a query that has one. */
export function drawnFor(stage: Stage, query: Query): Draw {
  const draw = drawOf(query, stage.viewAt(arrivalOf(query)));
  if (typeof draw === 'string') throw new Error(`the stage's query has no draw: ${draw}`);
  return draw;
}

/** Good leads of as many people; other names are other people. */
export const leadsOf = (name: string, count: number): Lead[] =>
  Array.from({ length: count }, (_, index) => ({
    Business: 'Acme',
    'Owner Full name': 'Ann Lee',
    First: 'Ann',
    Last: 'Lee',
    'Owner(s) Email': `${name}.${index}@acme.com`,
    LinkedIn: 'https://linkedin.com/in/ann',
    Website: 'https://acme.com',
    Industry: 'Tech & AI',
    Region: 'US',
  }));

export function batchBy(
  miner: Hotkey,
  query: Sealed<Query>,
  leads: readonly object[],
  madeAt: Instant = arrivalOf(query),
): Sealed<Batch> {
  const bytes = packLeads(leads, saltsFrom(digest('leadpoet.test-salt/1', miner), leads.length));
  const id = batchId(query.id, miner, bytes) as BatchId;
  return sealed({ id, query, miner, madeAt, count: leads.length, leads: bytes });
}

/** What a validator says that found so many of its sample good; undefined: that it abstains. */
export function reportBy(
  validator: Hotkey,
  { id, query, miner, count }: Batch,
  score: Score | undefined = percent(100),
): Sealed<Report> {
  const sampled = sampleSize(count);
  const valid = Math.floor((sampled * (score ?? 0)) / 1_000_000);
  return sealed({
    query: query.id,
    attempt: attemptOf(query),
    miner,
    batch: id,
    validator,
    block: headAfter(arrivalOf(query)).number,
    reasons: [],
    ...(score === undefined
      ? { sampled: 0, valid: 0, unknown: 0 }
      : { sampled, valid, unknown: 0, score: ratio(valid, sampled) as Score }),
  });
}

/** All of a batch passes. */
export const allPass = (count: number): readonly Verdict[] =>
  Array.from({ length: count }, () => PASS);

export interface Answer<S extends Service = Service> {
  /** When the answer is there; at the deadline, where absent. */
  readonly at?: Instant;
  readonly outcome: Outcome<Services[S]['output']>;
}
/** What the world answers; a timeout at the deadline where it says nothing. */
export type World = (asked: Ask, now: Instant) => Answer | undefined;

export const found = <T>(value: T): { readonly ok: true; readonly value: T } => ({
  ok: true,
  value,
});
export const failed = (
  fault: 'timeout' | 'unavailable' | 'refused' = 'unavailable',
): { readonly ok: false; readonly fault: typeof fault } => ({ ok: false, fault });

/** Nobody colluded, as far as one can tell. */
export const NOTHING_FOUND: Finding = { sufficient: true, validators: [], buyers: [], rings: [] };

/** A world where everything goes well: enough stake, every lead good, blocks every 12 s. */
export const kindWorld: World = (asked, now) => {
  switch (asked.ask) {
    case 'stake':
      return { at: now, outcome: found(tao(50)) };
    case 'block':
      return {
        at: headAfter(asked.input.after).time,
        outcome: found(headAfter(asked.input.after)),
      };
    case 'audit':
      return { at: now, outcome: found(allPass(asked.input.batch.count)) };
    case 'verify': {
      const { batch, only } = asked.input;
      return { at: now, outcome: found(allPass(only?.length ?? batch.count)) };
    }
    case 'collusion':
      return { at: now, outcome: found(NOTHING_FOUND) };
    case 'setWeights':
      return { at: now, outcome: found(0 as Block) };
    case 'source':
      return { at: now, outcome: found(leadsOf('source', asked.input.want.leads)) };
    case 'answer':
      return { at: now, outcome: found(null) };
    case 'alarm':
      return undefined;
  }
};

export interface Heard {
  readonly at: Instant;
  readonly envelope: Envelope;
}
export interface Done {
  readonly at: Instant;
  readonly effect: Effect;
}

/** An actor of any role, with its types checked where it was handed over. */
interface AnyActor<State> {
  readonly begin: (context: never) => readonly [State, ...Effect[]];
  readonly on: object;
}
type Handle = (state: unknown, input: unknown, context: Context) => readonly Effect[];

/**
 * Plays an actor from `begin` to `end`: it hears each message at its instant, and has each question
 * answered. Of one instant, what was asked first is answered first, and answers come before messages.
 */
export function play<State>(
  stage: Stage,
  actor: AnyActor<State>,
  {
    self,
    heard,
    peers = () => [],
    world = kindWorld,
    from = START,
    end,
  }: {
    readonly self: Address;
    readonly heard: readonly Heard[];
    /** What others say to what it says. */
    readonly peers?: (said: Send, at: Instant) => readonly Heard[];
    readonly world?: World;
    readonly from?: Instant;
    readonly end: Instant;
  },
): { readonly state: State; readonly done: readonly Done[] } {
  const on = actor.on as Readonly<Record<string, Handle>>;
  const random = randomFrom(self);
  const replies: { readonly at: Instant; readonly reply: Reply<Service> }[] = [];
  const letters = heard.toSorted((a, b) => a.at - b.at);
  const done: Done[] = [];

  const perform = (effects: readonly Effect[], at: Instant): void => {
    for (const effect of effects) {
      done.push({ at, effect });
      if ('send' in effect) {
        for (const letter of peers(effect, at))
          letters.splice(placeOf(letters, letter.at), 0, letter);
      }
      if (!('ask' in effect)) continue;
      const answer = world(effect, at) ?? { outcome: failed('timeout') };
      const { ask: service, input } = effect;
      const reply = { service, input, outcome: answer.outcome } as Reply<Service>;
      const due = Math.max(at, Math.min(answer.at ?? effect.by, effect.by)) as Instant;
      replies.splice(placeOf(replies, due), 0, { at: due, reply });
    }
  };
  const context = (now: Instant): Context => ({ self, now, random, chain: stage.viewAt(now) });

  const [state, ...first] = actor.begin(context(from) as never);
  perform(first, from);
  for (;;) {
    const [reply] = replies;
    const [letter] = letters;
    if (reply !== undefined && reply.at <= (letter?.at ?? Infinity)) {
      if (reply.at > end) break;
      replies.shift();
      const handle = on[`${reply.reply.service}Reply`];
      if (handle) perform(handle(state, reply.reply, context(reply.at)), reply.at);
    } else if (letter !== undefined && letter.at <= end) {
      letters.shift();
      const handle = on[letter.envelope.kind];
      if (handle) perform(handle(state, letter.envelope, context(letter.at)), letter.at);
    } else break;
  }
  return { state, done };
}

function placeOf(list: readonly { readonly at: Instant }[], at: Instant): number {
  const index = list.findIndex((other) => other.at > at);
  return index < 0 ? list.length : index;
}

const isSend =
  <K extends Kind>(kind: K) =>
  (effect: Effect): effect is Extract<Send, { readonly send: K }> =>
    'send' in effect && effect.send === kind;
const isAsk =
  <S extends Service>(service: S) =>
  (effect: Effect): effect is Extract<Ask, { readonly ask: S }> =>
    'ask' in effect && effect.ask === service;

/** The messages of one kind among what an actor did. */
export const sent = <K extends Kind>(
  kind: K,
  effects: readonly Effect[],
): Extract<Send, { readonly send: K }>[] => effects.filter(isSend(kind));

/** The questions to one service among what an actor did. */
export const asked = <S extends Service>(
  service: S,
  effects: readonly Effect[],
): Extract<Ask, { readonly ask: S }>[] => effects.filter(isAsk(service));

/** Why messages were refused. */
export const refused = (effects: readonly Effect[]): Refused[] =>
  effects
    .filter((effect): effect is Extract<Note, { readonly note: 'refused' }> => {
      return 'note' in effect && effect.note === 'refused';
    })
    .map(({ why }) => why);

export const effectsOf = (done: readonly Done[]): Effect[] => done.map(({ effect }) => effect);

/** Somebody of the stage, or a stranger, in a role that may be another than its own. */
export const anyoneOn = (stage: Stage): fc.Arbitrary<Address> =>
  fc
    .tuple(
      fc.constantFrom<Role>('buyer', 'miner', 'validator', 'pool'),
      fc.constantFrom(
        ...stage.miners,
        ...stage.validators,
        ...stage.pools,
        stage.buyer,
        hotkeyNumber(5_000),
      ),
    )
    .map(([role, hotkey]) => addressOf(role, hotkey));

/** Anyone but one. */
export const othersOn = (stage: Stage, except: Address): fc.Arbitrary<Address> =>
  anyoneOn(stage).filter((address) => address !== except);
