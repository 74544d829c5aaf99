/**
 * `leadpoet appeal`, `vote` and, in `rate.ts`, `rate`: what a person has to say by a node of theirs. Where that node runs
 * it is left in its box; where it does not, it is started for this alone.
 */
import { existsSync } from 'node:fs';
import { show } from '../../protocols/query.ts';
import type { Hotkey } from '../../protocols/units.ts';
import type { Refused } from '../../actors/actor.ts';
import { WallClock } from '../clock.ts';
import { leaveErrand } from '../errand-box.ts';
import { run, type ErrandOutcome, type Saying } from '../errands.ts';
import { nodeDir } from '../network.ts';
import { openNode } from '../node.ts';
import { NodeRuns } from '../store/node-lock.ts';
import { nodeSettings, type NodeSettings, type RawOptions } from './node-settings.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';

/** Exit 0 where it was said, 1 where the rules do not allow it, 3 where nobody is there to hear it. */
export const appeal = (options: RawOptions, io: Console): Promise<number> =>
  errand('validator', { is: 'appeal' }, options, io);

export const vote = (
  accused: string,
  lifts: string,
  options: RawOptions,
  io: Console,
): Promise<number> => {
  if (!/^[0-9A-Za-z]{40,64}$/.test(accused)) {
    const allowed = 'the hotkey of the validator that appeals, as `leadpoet metagraph` shows it';
    throw new UsageError({ field: 'HOTKEY', came: show(accused), allowed });
  }
  if (lifts !== 'yes' && lifts !== 'no') {
    const allowed = 'yes, to lift the flag, or no';
    throw new UsageError({ field: 'the vote', came: show(lifts), allowed });
  }
  const said = { is: 'vote', accused: accused as Hotkey, lifts: lifts === 'yes' } as const;
  return errand('validator', said, options, io);
};

/** Says it by the node of the role that the options name. */
export async function errand(
  role: 'buyer' | 'validator',
  what: Saying,
  options: RawOptions,
  io: Console,
): Promise<number> {
  const { settings, dir } = nodeOf(role, options);
  const outcome = await done(settings, dir, what, io);
  return tell(outcome, what.is, options['json'] === true, io);
}

/** A node that has been here. Throws a `WorldError` where none has. */
export function nodeOf(
  role: 'buyer' | 'validator',
  options: RawOptions,
): { readonly settings: NodeSettings; readonly dir: string } {
  const settings = nodeSettings(role, options, process.env);
  const dir = nodeDir(settings);
  if (existsSync(dir)) return { settings, dir };
  const todo = 'name its --wallet.hotkey and --data-dir';
  throw new WorldError(
    `no ${role} of hotkey ${settings.wallet.hotkey} has been here (${dir}); ${todo}`,
  );
}

async function done(
  settings: NodeSettings,
  dir: string,
  what: Saying,
  io: Console,
): Promise<ErrandOutcome> {
  const say = (line: string): void => io.err(`leadpoet: ${line}\n`);
  try {
    const node = await openNode({ settings, env: process.env, say });
    try {
      return await run(node, what);
    } finally {
      await node.close();
    }
  } catch (cause) {
    if (!(cause instanceof NodeRuns)) throw cause;
    const clock = new WallClock();
    const outcome = await leaveErrand(dir, what, clock);
    clock.stop();
    if (outcome !== undefined) return outcome;
    throw new WorldError(`${cause.message.split(';')[0]}, and does not answer; look at its log`, {
      cause,
    });
  }
}

/** Says what came of it, and gives back the exit code. Throws a `WorldError` where nobody heard it. */
export function tell(
  outcome: ErrandOutcome,
  what: Saying['is'],
  asJson: boolean,
  io: Console,
): number {
  if (asJson)
    io.out(`${JSON.stringify({ format: 'leadpoet.errand/1', errand: what, ...outcome })}\n`);
  switch (outcome.is) {
    case 'said': {
      const { to, heard } = outcome;
      const later = heard < to ? '; the others have it once they are back and this node runs' : '';
      if (!asJson) io.out(`${SAID[what]}: ${heard} of ${to} have it${later}\n`);
      return EXIT.done;
    }
    case 'refused':
      io.err(`leadpoet: refused: ${REFUSALS[outcome.why] ?? outcome.why}\n`);
      return EXIT.no;
    case 'erased':
    case 'not_erased':
    case 'unsaid':
      throw new WorldError('there is no pool with standing to hear it; try again when there is');
  }
}

const SAID: Readonly<Record<Saying['is'], string>> = {
  rating: 'rated',
  appeal: 'appealed',
  vote: 'voted',
};

const REFUSALS: Partial<Readonly<Record<Refused, string>>> = {
  unknown_query: 'it is no query of this buyer, it brought nothing to rate, or it is too long ago',
  repeated: 'it was said before',
  out_of_range: 'a rating is a whole number, 1 to 10',
  no_standing: 'this hotkey lacks the standing for it',
  late: 'it is too late',
  not_flagged: 'this validator is not flagged',
  second_appeal: 'this flag was appealed against before',
  no_appeal: 'this validator has not appealed',
  own: 'one does not vote on oneself',
  ring_mate: 'the accused’s ring has no vote',
  flagged: 'who is flagged has no vote',
};
