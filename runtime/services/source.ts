/**
 * A miner's source of leads as a service of its node: what it finds it hands over after a while, as
 * a search on the web would, and each miner after a while of its own.
 */
import { defer } from 'rxjs';
import type { Random } from '../../actors/actor.ts';
import type { Lead } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { invariant, later, type Duration } from '../../protocols/units.ts';
import type { Clock, ServicePort } from '../host.ts';
import { below } from '../random.ts';
import { after } from './after.ts';

/** Finds at most as many leads as wanted; the same ones for the same stream of chance. */
export type LeadSource = (random: Random, want: Want) => readonly Lead[];

export interface SourceOptions {
  readonly source: LeadSource;
  readonly clock: Clock;
  /** How long it takes, both ends included; no time at all where absent. */
  readonly delay?: { readonly from: Duration; readonly to: Duration };
}

export const sourcePort =
  ({ source, clock, delay }: SourceOptions): ServicePort<'source'> =>
  ({ query, attempt, want }, { random }) =>
    defer(() => {
      // By name, so that a query's leads do not depend on which others were answered before it.
      const own = random.fork(`${query}/${attempt}`);
      const wait = delay === undefined ? 0 : delay.from + below(own, delay.to - delay.from + 1);
      return after(clock, later(clock.now(), wait as Duration), () => {
        const leads = source(own, want);
        invariant(leads.length <= want.leads, 'a source finds no more than wanted');
        return leads;
      });
    });
