/**
 * What a buyer's person says of an answer, by the buyer's strategy. A rating speaks of the query's own
 * batch, so an answer without one is not rated by anybody.
 */
import type { QueryAnswer, Random } from '../../actors/actor.ts';
import type { BuyerStrategy } from '../scenario.ts';
import { honestRating } from './honest-buyer.ts';
import type { Ring } from './ring.ts';
import { shillRating } from './shill-buyer.ts';

/** 1 to 10; undefined where nothing is said. `random` is the buyer's own. */
export type Rate = (answer: QueryAnswer, random: Random) => number | undefined;

export const rate =
  (policy: BuyerStrategy, ring: Ring): Rate =>
  (answer, random) => {
    if (!answer.leads.some(({ batch }) => batch === answer.chosen)) return undefined;
    switch (policy) {
      case 'honest':
        // By name, so that its taste in one answer does not depend on those before it.
        return honestRating(answer, random.fork(`taste ${answer.query}`));
      case 'generous':
        // It costs nothing to be kind, and who is kind tells nobody anything.
        return 10;
      case 'shill':
        return shillRating(answer, ring);
      case 'never-rating':
        return undefined;
    }
  };
