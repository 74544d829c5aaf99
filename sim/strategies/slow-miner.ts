/**
 * A slow miner has good leads and holds them until the deadline, give or take two seconds.
 *
 *     found ──▶ held ──▶ due − 2 s … due + 2 s ──▶ batch
 *
 * Who has more queries than hands is late now and then. The rules take an answer at the very
 * deadline and none after it: half of this miner's work is lost, and each loss is a miss in D_m.
 */
import { ask, nothing, type Actor, type Effect } from '../../actors/actor.ts';
import type { MinerState } from '../../actors/miner.ts';
import { batchDue } from '../../protocols/rules/deadlines.ts';
import { seconds, type Duration, type Instant } from '../../protocols/units.ts';
import { below } from '../../runtime/random.ts';
import type { MinerActor } from './silent-miner.ts';

/** So much before the deadline or after it, at the most. */
export const SLACK: Duration = seconds(2);

type SlowMiner = Actor<'miner', MinerState, 'stake' | 'source' | 'alarm'>;

export function slowMiner(honest: MinerActor): SlowMiner {
  /** Answers that wait for their alarm: no more than the honest miner has jobs. */
  const held = new Map<string, readonly Effect[]>();
  return {
    ...honest,
    begin(context) {
      held.clear();
      return honest.begin(context);
    },
    on: {
      ...honest.on,
      sourceReply(state, reply, context) {
        const { query, attempt } = reply.input;
        const about = `${query}/${attempt}`;
        const job = state.jobs.get(about)?.work;
        const effects = honest.on.sourceReply(state, reply, context);
        if (job === undefined || effects.length === 0) return effects;

        held.set(about, effects);
        // By name, so that how late one answer is does not depend on those before it.
        const lag = below(context.random.fork(`slow ${about}`), 2 * SLACK + 1) - SLACK;
        return [ask('alarm', { about }, (batchDue(job.query) + lag) as Instant)];
      },
      alarmReply(_state, { input }) {
        const effects = held.get(input.about) ?? nothing;
        held.delete(input.about);
        return effects;
      },
    },
  };
}
