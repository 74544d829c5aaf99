/**
 * Appeals and votes on their way into the ledger. As with ratings, each counts when it stands in a
 * pool's chain: so all have the same.
 *
 *     validator ──appeal, vote──▶ pools, validators ──▶ pools ──▶ chain ──▶ everyone's ledger
 *
 * Every pool takes them, and twice the same counts once: no pool can keep one from being heard.
 */
import { neuronOf } from '../protocols/metagraph.ts';
import {
  addressOf,
  hotkeyOf,
  roleOf,
  type Envelope,
  type SettledRecord,
} from '../protocols/messages.ts';
import { appealEvent, voteEvent } from '../protocols/records.ts';
import { appealAgainst, appealVotedOn } from '../protocols/rules/appeals.ts';
import { standingOf, withStanding } from '../protocols/rules/eligibility.ts';
import { hours, later, type Duration } from '../protocols/units.ts';
import { nothing, refuse, send, type Context, type Effect, type Refused } from './actor.ts';
import { isPresent } from './asking.ts';
import { append, followers, type Following } from './following.ts';
import { firstTime, type Seen } from './once.ts';
import { ownersAt } from './watching.ts';

/** Votes of one validator on one appeal come no more often: it has seven days to change its mind. */
const VOTE_PAUSE: Duration = hours(1);

type Plea = Envelope<'appeal'> | Envelope<'vote'>;
type Hearing = Following & { readonly seen: Seen<string> };

/** A validator hands on what it hears from whoever says it, so that every pool hears it. */
export function handOn(state: Hearing, plea: Plea, context: Context): readonly Effect[] {
  if (!isOwn(plea)) return refuse(plea, 'not_yours');
  const why = faultOf(state, plea, context);
  if (why !== undefined) return refuse(plea, why);
  return withStanding(context.chain.latest, 'pool').map(({ hotkey }) => {
    const to = addressOf('pool', hotkey);
    return plea.kind === 'appeal' ? send('appeal', to, plea.body) : send('vote', to, plea.body);
  });
}

/** A pool puts it into its chain. */
export function takePlea(state: Hearing, plea: Plea, context: Context): readonly Effect[] {
  const { self, chain } = context;
  if (roleOf(plea.from) !== 'validator') return refuse(plea, 'not_yours');
  const why = faultOf(state, plea, context);
  // What one validator brings, all do.
  if (why !== undefined) return isOwn(plea) ? refuse(plea, why) : nothing;
  const entry = append(state, hotkeyOf(self), recordOf(plea), context);
  return followers(chain.latest, self).map((to) => send('settlement', to, entry));
}

const isOwn = ({ from, body }: Plea): boolean => from === addressOf('validator', body.validator);

const recordOf = (plea: Plea): SettledRecord =>
  plea.kind === 'appeal'
    ? { kind: 'appealed', appeal: plea.body }
    : { kind: 'voted', vote: plea.body };

/** Why it is not taken; undefined where it is, and a vote then counts as given for an hour. */
function faultOf(
  { ledger: { penalties }, seen }: Hearing,
  plea: Plea,
  { now, chain }: Context,
): Refused | undefined {
  const { latest } = chain;
  const { validator, block } = plea.body;
  if (standingOf('validator', neuronOf(latest, validator), latest) !== undefined) {
    return 'no_standing';
  }
  if (!isPresent(block, chain)) return 'late';

  const ownerOf = ownersAt(block, chain);
  if (plea.kind === 'appeal') {
    const event = appealEvent(plea.body, ownerOf);
    if (penalties.events.has(event.key)) return 'repeated';
    const flag = appealAgainst(penalties, event);
    return typeof flag === 'string' ? flag : undefined;
  }
  const event = voteEvent(plea.body, ownerOf);
  if (penalties.events.has(event.key)) return 'repeated';
  const appeal = appealVotedOn(penalties, event);
  if (typeof appeal === 'string') return appeal;
  const said = `vote ${validator} ${appeal.key}`;
  return firstTime(seen, said, later(now, VOTE_PAUSE), now) ? undefined : 'repeated';
}
