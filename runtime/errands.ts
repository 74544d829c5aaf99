/**
 * What a person asks of a node of theirs, beside leads: a rating, an appeal, a vote, which the node's
 * own actor says to those who are to hear it, or refuses; and to erase somebody, which the node does.
 *
 *     person ──▶ own actor ──▶ feedback, appeal, vote ──▶ (pools, validators)
 *        │          └──▶ refused, and why
 *        └──▶ erased: the store, and whatever the actors hold
 */
import type { Refused } from '../actors/actor.ts';
import {
  addressOf,
  type Address,
  type Draft,
  type Envelope,
  type Kind,
} from '../protocols/messages.ts';
import { emailKey } from '../protocols/lead.ts';
import { sealBody } from '../protocols/seals.ts';
import {
  invariant,
  seconds,
  type Duration,
  type Hotkey,
  type QueryId,
} from '../protocols/units.ts';
import type { AuditLog } from './audit-log.ts';
import { Addresses } from './erasure/addresses.ts';
import type { Happening, Host, Notary } from './host.ts';
import type { DurableTransport } from './live.ts';
import type { Running } from './running.ts';
import { systemOf } from './spawn.ts';
import type { NodeStore } from './store/node-store.ts';
import { until } from './until.ts';

export type Errand = Saying | Erasing;

/** Something to be said to others. */
export type Saying =
  | { readonly is: 'rating'; readonly query: QueryId; readonly rating: number }
  | { readonly is: 'appeal' }
  | { readonly is: 'vote'; readonly accused: Hotkey; readonly lifts: boolean };

/** Persons to be erased. The hash is what the audit log and the receipt call each of them. */
export interface Erasing {
  readonly is: 'erase';
  readonly persons: readonly { readonly email: string; readonly hash: string }[];
}

export type ErrandOutcome =
  /** To so many it was said, and so many of them have it by now; the others get it later. */
  | { readonly is: 'said'; readonly to: number; readonly heard: number }
  | { readonly is: 'refused'; readonly why: Refused }
  /** There is nobody to say it to. */
  | { readonly is: 'unsaid' }
  /** So many leads of each of the persons, in the order in which they were named. */
  | { readonly is: 'erased'; readonly leads: readonly number[] }
  /** Nobody was; what is to be done about it. */
  | { readonly is: 'not_erased'; readonly why: string };

/** What of a node an errand needs. */
export interface ErrandNode {
  readonly hotkey: Hotkey;
  readonly host: Host & { readonly transport: DurableTransport };
  readonly notary: Notary;
  readonly running: Running<unknown>;
  readonly store: Pick<NodeStore, 'erase'>;
  readonly audit: AuditLog;
}

/** An actor acts at once; it is held up for seconds only where its machine is. */
const ACT_TIME: Duration = seconds(10);
/** Who does not have it by then is away. */
const HEAR_TIME: Duration = seconds(10);

/** What the actor says to others for each kind of errand. */
const SAYS: Readonly<Record<Saying['is'], Kind>> = {
  rating: 'feedback',
  appeal: 'appeal',
  vote: 'vote',
};

export const run = (node: ErrandNode, errand: Errand): Promise<ErrandOutcome> =>
  errand.is === 'erase' ? Promise.resolve(erase(node, errand)) : say(node, errand);

/** In one go: no actor has a turn before it has forgotten. */
function erase({ store, host, audit }: ErrandNode, { persons }: Erasing): ErrandOutcome {
  try {
    return { is: 'erased', leads: eraseFrom(store, audit, persons) };
  } catch (cause) {
    // A full disk, or a file that another version has written: its person is told, and can do it again.
    return { is: 'not_erased', why: cause instanceof Error ? cause.message : String(cause) };
  } finally {
    // Also where nothing was overwritten yet: the leads are gone.
    systemOf(host).goOnFromLogs();
  }
}

/** Of a store whose actors do not run, or go on from their logs next. Says so in the audit log. */
export function eraseFrom(
  store: ErrandNode['store'],
  audit: AuditLog,
  persons: Erasing['persons'],
): readonly number[] {
  const erased = store.erase(new Addresses(persons.map(({ email }) => email)));
  const leads = persons.map(({ email }) => erased.get(emailKey(email)) ?? 0);
  for (const [index, { hash }] of persons.entries()) {
    audit.write({ is: 'erased', about: hash, leads: leads[index] ?? 0 });
  }
  return leads;
}

async function say(node: ErrandNode, errand: Saying): Promise<ErrandOutcome> {
  const { host, running } = node;
  const envelope = envelopeOf(node, errand);
  const said = new Set<string>();
  const heard = new Set<string>();
  const hearing = host.transport.finished.subscribe((name) => heard.add(name));
  const areHeard = (): boolean => [...said].every((name) => heard.has(name));
  let refused: Refused | undefined;
  const stop = host.observer.listen((happening) => {
    refused ??= refusalOf(happening, envelope);
    const name = nameSaid(happening, running.self, SAYS[errand.is]);
    if (name !== undefined) said.add(name);
  });
  try {
    running.tell(envelope);
    await until(host.clock, ACT_TIME, () => refused !== undefined || said.size > 0);
    if (refused !== undefined) return { is: 'refused', why: refused };
    if (said.size === 0) return { is: 'unsaid' };
    await until(host.clock, HEAR_TIME, areHeard);
    return { is: 'said', to: said.size, heard: [...said].filter((name) => heard.has(name)).length };
  } finally {
    stop();
    hearing.unsubscribe();
  }
}

function envelopeOf({ hotkey, host, notary, running }: ErrandNode, errand: Saying): Envelope {
  const from = running.self;
  const sentAt = host.clock.now();
  const block = host.chain.view.latest.head.number;
  switch (errand.is) {
    case 'rating': {
      const { query, rating } = errand;
      const to = addressOf('buyer', hotkey);
      return { kind: 'rating', from, to, sentAt, body: { query, rating } };
    }
    case 'appeal': {
      const to = addressOf('validator', hotkey);
      const body = signed('appeal', { validator: hotkey, block }, notary);
      return { kind: 'appeal', from, to, sentAt, body };
    }
    case 'vote': {
      const { accused, lifts } = errand;
      const to = addressOf('validator', hotkey);
      const body = signed('vote', { validator: hotkey, accused, lifts, block }, notary);
      return { kind: 'vote', from, to, sentAt, body };
    }
  }
}

function signed<K extends 'appeal' | 'vote'>(
  kind: K,
  draft: Draft<K>,
  notary: Notary,
): Envelope<K>['body'] {
  const body = sealBody(kind, draft, (by, statement) => notary.sign(by, statement));
  invariant(body !== undefined, 'a node has the key of its hotkey');
  return body;
}

function refusalOf(happening: Happening, { kind, from }: Envelope): Refused | undefined {
  if (happening.is !== 'noted' || happening.note.note !== 'refused') return undefined;
  const { note } = happening;
  return note.kind === kind && note.from === from ? note.why : undefined;
}

/** The name of what the actor has just said to somebody. */
function nameSaid(happening: Happening, self: Address, says: Kind): string | undefined {
  if (happening.is !== 'sent') return undefined;
  const { kind, from, to, name } = happening.envelope;
  // A line without names tells nothing of who has heard.
  return kind === says && from === self ? (name ?? to) : undefined;
}
