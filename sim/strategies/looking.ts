/**
 * How a scenario has its nodes look for collusion, or not at all.
 */
import type { Context, Effect } from '../../actors/actor.ts';
import { newWatching, type Watching } from '../../actors/watching.ts';
import type { Scenario } from '../scenario.ts';

/** What validators and pools have in common. */
interface Looking<State extends Watching> {
  readonly begin: (context: never) => readonly [State, ...Effect[]];
}

export const looking =
  ({ enabled, ...rules }: Scenario['collusion']) =>
  <State extends Watching, A extends Looking<State>>(actor: A & Looking<State>): A => ({
    ...actor,
    begin(context: Context) {
      const [state, ...effects] = actor.begin(context as never);
      const watching = enabled ? newWatching(context.chain, rules) : { watch: undefined };
      return [{ ...state, ...watching }, ...effects];
    },
  });
