/**
 * The actor that plays an address' role, made as its journal says it was made.
 */
import { buyer } from '../actors/buyer.ts';
import { miner } from '../actors/miner.ts';
import { pool } from '../actors/pool.ts';
import { validator } from '../actors/validator.ts';
import { roleOf, type Address } from '../protocols/messages.ts';
import type { AnyActor } from './cell.ts';
import type { Made } from './journal.ts';

/** Throws of a role that nobody plays. */
export function actorFor(self: Address, made: Made): AnyActor {
  switch (roleOf(self)) {
    case 'miner':
      return any(miner);
    case 'validator':
      return any(validator);
    case 'pool':
      return any(pool);
    case 'buyer': {
      const { account, queryEvery } = made;
      const isOwn = account === 'validator';
      return any(
        buyer({ account: isOwn ? 'validator' : 'buyer', queryEvery: Number(queryEvery ?? 0) }),
      );
    }
    default:
      throw new Error(`nobody plays the role of ${self}`);
  }
}

/** Its types were checked where it was written; a journal has all sorts. */
const any = (actor: unknown): AnyActor => actor as AnyActor;
