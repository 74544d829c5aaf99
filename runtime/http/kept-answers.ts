/**
 * Answers that are asked for again, and what the latest of them said of what pools hold.
 *
 * An answer is kept in memory for a second, so that a client that repeats itself does not have it read
 * from the disk each time, and so that an erased person is gone from here a second later.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import type { Stock } from '../../protocols/messages.ts';
import { later, seconds, type Hotkey, type Instant, type QueryId } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import type { Answers } from '../store/answers.ts';

/** What one pool held when it delivered last. */
export interface PoolCounts {
  readonly pool: Hotkey;
  readonly at: Instant;
  readonly stock: readonly Stock[];
}

const KEPT_TIME = seconds(1);
/** Each of up to a hundred leads, some 50 KB. */
const MOST_KEPT = 64;
/** A subnet has a few pools; a name is only here once it has delivered. */
const MOST_POOLS = 64;
/** Enough to have seen what each pool said last. */
const LATEST = 64;

export class KeptAnswers {
  readonly #answers: Answers;
  readonly #clock: Clock;
  readonly #kept = new Map<QueryId, { readonly answer: QueryAnswer; readonly until: Instant }>();
  readonly #pools = new Map<Hotkey, PoolCounts>();
  /** Of them, once somebody asked. */
  #list: readonly PoolCounts[] | undefined;

  constructor(answers: Answers, clock: Clock) {
    this.#answers = answers;
    this.#clock = clock;
    for (const query of answers.latest(LATEST).toReversed()) {
      const answer = answers.of(query);
      if (answer !== undefined) this.note(answer);
    }
  }

  /** The latest first; the same list for as long as nothing new is told. */
  get pools(): readonly PoolCounts[] {
    this.#list ??= [...this.#pools.values()].toReversed();
    return this.#list;
  }

  /** Takes what an answer says of its pool. */
  note({ pool, stock, answeredAt }: QueryAnswer): void {
    if (pool === undefined || stock.length === 0) return;
    this.#list = undefined;
    this.#pools.delete(pool);
    this.#pools.set(pool, { pool, at: answeredAt, stock });
    for (const oldest of this.#pools.keys()) {
      if (this.#pools.size <= MOST_POOLS) break;
      this.#pools.delete(oldest);
    }
  }

  /** Undefined where the query was not answered, or its answer is not kept any more. */
  of(query: QueryId): QueryAnswer | undefined {
    const now = this.#clock.now();
    const kept = this.#kept.get(query);
    if (kept !== undefined && kept.until > now) return kept.answer;
    for (const [old, { until }] of this.#kept) {
      if (until > now && this.#kept.size < MOST_KEPT) break;
      this.#kept.delete(old);
    }
    const answer = this.#answers.of(query);
    if (answer !== undefined) this.#kept.set(query, { answer, until: later(now, KEPT_TIME) });
    return answer;
  }
}
