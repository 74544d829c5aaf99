/**
 * The walks of the latest queries, folded from what happens.
 *
 *     happening ──▶ walk of its query ──▶ part `walk/…` of the picture
 *
 * In a whole subnet a message is seen as it is sent and as it is received: what is known is not
 * learned twice.
 */
import { roadStep } from '../../actors/road.ts';
import {
  hotkeyOf,
  roleOf,
  type Case,
  type Envelope,
  type Kind,
  type Query,
} from '../../protocols/messages.ts';
import type { Hotkey, Instant, QueryId } from '../../protocols/units.ts';
import type { Happening, Outgoing } from '../host.ts';
import type { Picture } from './picture.ts';
import * as go from './walk.ts';
import type { Walk } from './walk.ts';

/** As many as a person has an eye for; each is some 6 kB at the most. */
export const MOST_WALKS = 24;

export class Walks {
  readonly #picture: Picture;
  readonly #show: (walk: Walk) => unknown;
  readonly #walks = new Map<QueryId, Walk>();

  /** `show` makes of a walk what the page is told. */
  constructor(picture: Picture, show: (walk: Walk) => unknown) {
    this.#picture = picture;
    this.#show = show;
  }

  see(happening: Happening): void {
    switch (happening.is) {
      case 'received':
      case 'sent':
        this.#message(happening.envelope, happening.at);
        break;
      case 'asked':
        this.#asked(happening, happening.at);
        break;
      case 'replied':
        this.#replied(happening);
        break;
      case 'noted':
      case 'lost':
      case 'started':
      case 'crashed':
      case 'stopped':
        break;
    }
  }

  #message({ kind, from, to, body }: Envelope | Outgoing, at: Instant): void {
    const { is, of } = { is: kind, of: body } as unknown as Said;
    switch (is) {
      case 'query': {
        const walk = this.#begin(of);
        if (roleOf(to) === 'miner') {
          const lane =
            of.rounds.length === walk.attempt ? go.laneOf(walk, hotkeyOf(to)) : undefined;
          if (lane !== undefined) lane.askedAt ??= at;
        }
        break;
      }
      case 'batch': {
        const walk = this.#begin(of.query);
        if (of.query.rounds.length === walk.attempt) go.offered(walk, of, at);
        break;
      }
      case 'report':
        this.#on(of.query, (walk) => {
          if (of.attempt === walk.attempt) go.reported(walk, of, at);
        });
        break;
      case 'refusal':
        this.#on(of.query, (walk) => {
          if (roleOf(from) === 'miner') go.refused(walk, of, hotkeyOf(from));
        });
        break;
      case 'proposal':
        this.#case(of);
        break;
      case 'delivery':
        this.#on(of.query, (walk) => {
          if (of.attempt === walk.attempt) go.delivered(walk, of, at);
        });
        break;
      case 'settlement': {
        const { record } = of;
        if (record.kind === 'settled') this.#settled(record, at);
        if (record.kind === 'rated') this.#rated(record.feedback.query, record.feedback.rating);
        break;
      }
      case 'rating':
      case 'feedback':
        this.#rated(of.query, of.rating);
        break;
      case 'want':
      case 'commit':
      case 'commits':
      case 'countersign':
      case 'missing':
      case 'appeal':
      case 'vote':
        break;
    }
  }

  #asked({ actor, ask }: Happening & { is: 'asked' }, at: Instant): void {
    if (ask.ask === 'verify' && roleOf(actor) === 'pool') {
      const { batch } = ask.input;
      this.#on(batch.query.id, (walk) => {
        const lane = walk.lanes.find(({ miner }) => miner === batch.miner);
        if (lane !== undefined) lane.checkedFrom ??= at;
      });
    }
    if (ask.ask === 'answer') {
      this.#on(ask.input.query, (walk) => go.answered(walk, ask.input, at));
    }
  }

  #replied({ actor, reply, at }: Happening & { is: 'replied' }): void {
    if (reply.service !== 'verify' || roleOf(actor) !== 'pool') return;
    const { batch } = reply.input as { readonly batch: { query: Query; miner: Hotkey } };
    this.#on(batch.query.id, (walk) => {
      const lane = walk.lanes.find(({ miner }) => miner === batch.miner);
      if (lane !== undefined) lane.checkedAt ??= at;
    });
  }

  #case({ query, answers }: Case): void {
    const walk = this.#begin(query);
    if (query.rounds.length !== walk.attempt) return;
    go.walked(
      walk,
      answers.map((answer) => roadStep(answer)),
    );
  }

  #settled(
    {
      case: theCase,
      countersigns,
    }: { readonly case: Case; readonly countersigns: readonly unknown[] },
    at: Instant,
  ): void {
    // Entries of long ago come again to a node that catches up: they begin no walk.
    this.#on(theCase.query.id, (walk) => {
      if (theCase.query.rounds.length !== walk.attempt || walk.settled !== null) return;
      this.#case(theCase);
      walk.settled = { at, countersigns: countersigns.length };
      walk.endedAt ??= at;
      if (walk.outcome === 'open') walk.outcome = 'settled';
    });
  }

  #rated(query: QueryId, rating: number): void {
    this.#on(query, (walk) => void (walk.rating = rating));
  }

  #begin(query: Query): Walk {
    const walk = this.#walks.get(query.id) ?? this.#add(query);
    go.attemptOn(walk, query);
    this.#draw(walk);
    return walk;
  }

  #add(query: Query): Walk {
    const walk = go.newWalk(query);
    this.#walks.set(query.id, walk);
    for (const [id, { id: name, outcome }] of this.#walks) {
      if (this.#walks.size <= MOST_WALKS) break;
      // One that is still under way is worth more than one that has ended, while there is room.
      if (outcome === 'open' && this.#walks.size <= 2 * MOST_WALKS) continue;
      this.#walks.delete(id);
      this.#picture.drop(`walk/${name}`);
    }
    return walk;
  }

  #on(query: QueryId, act: (walk: Walk) => void): void {
    const walk = this.#walks.get(query);
    if (walk === undefined) return;
    act(walk);
    this.#draw(walk);
  }

  #draw(walk: Walk): void {
    this.#picture.put(`walk/${walk.id}`, () => this.#show(walk));
  }
}

/** A kind with the body that belongs to it. */
type Said = { [K in Kind]: { readonly is: K; readonly of: Envelope<K>['body'] } }[Kind];
