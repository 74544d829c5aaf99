/**
 * A checker watches a run and says when something is not as it must be. It is told everything that
 * happens, changes nothing, and may look at what it has seen once more at the end.
 */
import type { ChainEpoch } from '../../runtime/chain/in-memory.ts';
import type { Happening } from '../../runtime/host.ts';
import type { Instant } from '../../protocols/units.ts';

export interface Checker {
  readonly name: string;
  /** What is wrong, in a sentence; undefined where nothing is. */
  see(happening: Happening): string | undefined;
  /** The same of what the chain made of an epoch. */
  turn?(epoch: ChainEpoch): string | undefined;
  /** The same of the run as a whole, when it has ended. */
  end?(at: Instant): string | undefined;
}

/** What a run was stopped for. */
export interface Violation {
  readonly checker: string;
  readonly at: Instant;
  readonly what: string;
}

/** The first violation, if there is one: later ones may only follow from it. */
export class Checks {
  readonly #checkers: readonly Checker[];
  first: Violation | undefined;

  constructor(checkers: readonly Checker[]) {
    this.#checkers = checkers;
  }

  see(happening: Happening): void {
    if (this.first !== undefined) return;
    for (const checker of this.#checkers) this.#note(checker, happening.at, checker.see(happening));
  }

  turn(epoch: ChainEpoch, at: Instant): void {
    for (const checker of this.#checkers) {
      if (this.first === undefined) this.#note(checker, at, checker.turn?.(epoch));
    }
  }

  end(at: Instant): void {
    for (const checker of this.#checkers) {
      if (this.first === undefined) this.#note(checker, at, checker.end?.(at));
    }
  }

  #note({ name }: Checker, at: Instant, what: string | undefined): void {
    if (what !== undefined) this.first ??= { checker: name, at, what };
  }
}
