/**
 * What validators say of flags, each time that they have looked at an epoch.
 *
 *     voting      on every appeal: to lift the flag where nothing is left to watch, own V_c < 0.25 on what
 *                 came meanwhile; anew when that has changed, for an appeal is heard for seven days
 *     appealing   against one's own flag, whatever one did
 *
 * Whoever would not be heard keeps quiet, and what was lost on the way is said again.
 */
import { send, type Context, type Effect, type Reply } from '../../actors/actor.ts';
import { addressOf, hotkeyOf } from '../../protocols/messages.ts';
import { ownersIn } from '../../protocols/metagraph.ts';
import { appealAgainst, appealVotedOn } from '../../protocols/rules/appeals.ts';
import { WATCHED, type Finding } from '../../protocols/rules/collusion/finding.ts';
import { withStanding } from '../../protocols/rules/eligibility.ts';
import type { Penalty } from '../../protocols/rules/penalties.ts';
import type { ValidatorState } from '../../actors/validator.ts';
import type { ValidatorActor } from './judging.ts';

type Say = (state: ValidatorState, found: Finding, context: Context) => readonly Effect[];

type Pleading = (honest: ValidatorActor) => ValidatorActor;

const afterLooking =
  (say: Say): Pleading =>
  (honest) => ({
    ...honest,
    on: {
      ...honest.on,
      collusionReply(state: ValidatorState, reply: Reply<'collusion'>, context) {
        const effects = honest.on.collusionReply(state, reply, context);
        const { input, outcome } = reply;
        // A part of a window is no view of it.
        if (!outcome.ok || input.narrow) return effects;
        return [...effects, ...say(state, outcome.value, context)];
      },
    },
  });

const voting: Pleading = afterLooking(({ ledger: { penalties } }, found, context) => {
  const self = hotkeyOf(context.self);
  const block = context.chain.latest.head.number;
  const owner = ownersIn(context.chain.latest)(self);
  return [...penalties.validators].flatMap(([accused, history]) => {
    const appeal = appealVotedOn(penalties, { owner, accused, at: block });
    if (typeof appeal === 'string') return [];
    const flag = history.penalties.find((one) => one.appeal === appeal);
    const [hotkey] = flag?.hotkeys ?? [];
    if (flag === undefined || hotkey === undefined) return [];
    const lifts = worstOf(flag, found) < WATCHED;
    if (appeal.votes.get(owner)?.lifts === lifts) return [];
    return toAll('vote', { validator: self, accused: hotkey, lifts, block }, context);
  });
});

/** One's own V_c of the accused, now. */
const worstOf = ({ hotkeys }: Penalty, { validators }: Finding): number =>
  Math.max(
    0,
    ...validators.filter(({ validator }) => hotkeys.includes(validator)).map(({ score }) => score),
  );

export const appealing: Pleading = afterLooking(({ ledger: { penalties } }, _found, context) => {
  const self = hotkeyOf(context.self);
  const block = context.chain.latest.head.number;
  const owner = ownersIn(context.chain.latest)(self);
  if (typeof appealAgainst(penalties, { owner, at: block }) === 'string') return [];
  return toAll('appeal', { validator: self, block }, context);
});

/** Both. */
export const honestly: Pleading = (honest) => voting(appealing(honest));

/** To everyone who keeps a ledger. */
function toAll<K extends 'appeal' | 'vote'>(
  kind: K,
  body: Parameters<typeof send<K>>[2],
  { self, chain }: Context,
): readonly Effect[] {
  const { latest } = chain;
  const pools = withStanding(latest, 'pool').map(({ hotkey }) => addressOf('pool', hotkey));
  const validators = withStanding(latest, 'validator')
    .map(({ hotkey }) => addressOf('validator', hotkey))
    .filter((address) => address !== self);
  return [...pools, ...validators].map((to) => send(kind, to as never, body));
}
