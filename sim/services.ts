/**
 * What the nodes of a made-up world ask of it: leads, audits, checks. They judge by the rules that
 * run live; in place of the network stands the lead's own truth, and in place of its pace a draw.
 *
 *     audit    offline rules + truth of the sample, duplicates last      out: checker_offline
 *     verify   offline rules + truth and mailbox of all, duplicates last  out: provider_unavailable
 *     source   the miner's own, after a while                            out: unavailable
 *
 * Only an outage makes anything unknown. How long an answer takes is drawn by the name of what was
 * asked from the asker's own stream, so it does not depend on what else was asked before.
 */
import { defer, type Observable } from 'rxjs';
import type { Random } from '../actors/actor.ts';
import { decodeLeads } from '../protocols/batch.ts';
import { hotkeyOf } from '../protocols/messages.ts';
import type { Want } from '../protocols/query.ts';
import { deadlineVerdict, offlineVerdict } from '../protocols/rules/audit.ts';
import { disposableVerdict } from '../protocols/rules/disposable.ts';
import { withDuplicates } from '../protocols/rules/duplicates.ts';
import { formatVerdict } from '../protocols/rules/format.ts';
import { invariant, later, type Duration, type Instant } from '../protocols/units.ts';
import { because, both, PASS, type Verdict } from '../protocols/verdict.ts';
import { ServiceFault, type Asker, type Clock, type ServicePort } from '../runtime/host.ts';
import { after } from '../runtime/services/after.ts';
import type { LeadSource } from '../runtime/services/source.ts';
import { draw, type Distribution } from './distribution.ts';
import type { Outages } from './faults.ts';
import { memo } from './memo.ts';
import type { Scenario } from './scenario.ts';
import { checksOf, truthOf } from './truth.ts';

export interface World {
  readonly clock: Clock;
  /** How long each service takes. */
  readonly pace: Scenario['services'];
  readonly outages: Pick<Outages, 'isOut'>;
  /** Batches whose leads are remembered; `REMEMBERED` where absent. */
  readonly remembered?: number;
}

export interface SimulatedServices {
  /** A port for a miner with this source. */
  readonly source: (source: LeadSource) => ServicePort<'source'>;
  readonly audit: ServicePort<'audit'>;
  readonly verify: ServicePort<'verify'>;
}

/** A batch is audited and checked within minutes of its making; of 100 leads it holds some 100 kB. */
const REMEMBERED = 512;

/** One for all nodes of a run, so that they share what they find. */
export function simulatedServices({
  clock,
  pace,
  outages,
  remembered = REMEMBERED,
}: World): SimulatedServices {
  const batches = memo(decodedBatch, remembered);
  const isOut = (service: 'source' | 'audit' | 'verify', { self }: Asker): boolean =>
    outages.isOut(service, hotkeyOf(self));

  return {
    source:
      (source) =>
      ({ query, attempt, want }, asker) =>
        defer(() => {
          const own = asker.random.fork(`${query}/${attempt}`);
          const due = later(clock.now(), draw(pace.source, own.fork('delay')));
          return after(clock, due, () => {
            if (isOut('source', asker)) throw new ServiceFault('unavailable', 'the source is out');
            const leads = source(own.fork('leads'), want);
            invariant(leads.length <= want.leads, 'a source finds no more than wanted');
            return leads;
          });
        }),

    audit: ({ batch, sample }, asker) =>
      answered(clock, pace.audit, asker, batch.id, (share) => {
        const seen = batches.of(batch.leads);
        const out = isOut('audit', asker) ? because('checker_offline') : undefined;
        return seen.audited(batch.query.want, sample, share(sample.length), out);
      }),

    verify: ({ batch, only, about }, asker) =>
      answered(clock, pace.checks, asker, `${batch.id}/${about}`, (share) => {
        const seen = batches.of(batch.leads);
        const out = isOut('verify', asker) ? because('provider_unavailable') : undefined;
        const verdicts = seen.checked(share(seen.count), out);
        return only === undefined ? verdicts : only.map((index) => verdicts[index] ?? PASS);
      }),
  };
}

/** How many of so many leads were done by the time the answer is due. */
type Share = (count: number) => number;

/**
 * What was found, when it was found, or at the last instant at which it is of use. By then a part
 * is done, as large as the time that there was.
 */
function answered<T>(
  clock: Clock,
  pace: Distribution,
  { random, by }: { readonly random: Random; readonly by: Instant },
  name: string,
  find: (share: Share) => T,
): Observable<T> {
  return defer(() => {
    const now = clock.now();
    const takes = draw(pace, random.fork(name));
    const has = Math.max(0, by - 1 - now) as Duration;
    const share: Share = (count) => (takes <= has ? count : Math.floor((count * has) / takes));
    return after(clock, later(now, Math.min(takes, has) as Duration), () => find(share));
  });
}

/** A batch's leads, and what was found of each on its own: for each want, and by the checks. */
interface DecodedBatch {
  readonly count: number;
  /** Of the sample the first `done` are looked at in time; `out` is what a checker that is out says. */
  audited(
    want: Want,
    sample: readonly number[],
    done: number,
    out: Verdict | undefined,
  ): readonly Verdict[];
  /** Of all leads the first `done` have their provider's answer in time. */
  checked(done: number, out: Verdict | undefined): readonly Verdict[];
}

function decodedBatch(bytes: Uint8Array): DecodedBatch {
  const leads = decodeLeads(bytes);
  // A batch is for one query: another want is hardly ever asked for, and then found anew.
  let last: { readonly name: string; readonly alone: (lead: number) => Verdict } | undefined;
  const checkable = each(leads, (lead) => both(formatVerdict(lead), disposableVerdict(lead)));
  const truth = each(leads, truthOf);
  const checks = each(leads, checksOf);

  function offline(want: Want): (lead: number) => Verdict {
    const name = JSON.stringify([want.industry, want.region]);
    if (last?.name !== name) {
      last = { name, alone: each(leads, (lead) => offlineVerdict(lead, want)) };
    }
    return last.alone;
  }

  return {
    count: leads.length,

    audited(want, sample, done, out) {
      const own: Verdict[] = leads.map(() => PASS);
      const alone = offline(want);
      for (const [rank, index] of sample.entries()) {
        own[index] = rank < done ? both(alone(index), out ?? truth(index)) : deadlineVerdict;
      }
      return withDuplicates(leads, own);
    },

    checked(done, out) {
      const own = leads.map((_, index) =>
        both(
          checkable(index),
          out ?? (index < done ? checks(index) : because('provider_unavailable')),
        ),
      );
      return withDuplicates(leads, own);
    },
  };
}

/** A verdict of each lead, found when it is first asked for. */
function each(
  leads: readonly unknown[],
  judge: (lead: unknown) => Verdict,
): (index: number) => Verdict {
  const known: Verdict[] = [];
  return (index) => (known[index] ??= judge(leads[index]));
}
