/**
 * A query under way, and who listens to it: a promise of its end, and the steps on the way there.
 */
import type { Cancel } from '../host.ts';
import type { Instant, QueryId } from '../../protocols/units.ts';
import type { Ended, OpenOrder, Progress } from './desk.ts';
import type { Request } from './requests.ts';

export class Under implements OpenOrder {
  readonly request: Request;
  readonly ended: Promise<Ended>;
  query: QueryId | undefined;
  /** When the node was asked; undefined before. */
  toldAt: Instant | undefined;
  /** How it ended; undefined before. */
  end: Ended | undefined;
  readonly #listeners = new Set<(progress: Progress) => void>();
  #resolve: (ended: Ended) => void = () => undefined;

  constructor(request: Request) {
    this.request = request;
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
  }

  listen(listener: (progress: Progress) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told once, whoever finds out first. */
  opened(query: QueryId): void {
    if (this.query !== undefined) return;
    this.query = query;
    this.tell({ is: 'opened', query });
  }

  tell(progress: Progress): void {
    for (const listener of this.#listeners) listener(progress);
  }

  endsWith(ended: Ended): void {
    this.#listeners.clear();
    this.end ??= ended;
    this.#resolve(ended);
  }
}
