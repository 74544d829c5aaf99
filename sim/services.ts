/**
 * What the nodes of a made-up world ask of it: leads, audits, checks. They judge by the rules that
 * run live; in place of the network stands the lead's own truth, and in place of its pace a draw.
 *
 *     audit    offline rules + truth of the sample, duplicates last      out: checker_offline
 *     verify   offline rules + truth and mailbox of all, duplicates last  out: provider_unavailable
 *     source   the miner's own, after a while                            out: unavailable
 *     collusion  the method that runs live, once for all who ask the same
 *
 * Only an outage makes anything unknown. How long an answer takes is drawn by the name of what was
 * asked from the asker's own stream, so it does not depend on what else was asked before.
 */
import { defer, type Observable } from 'rxjs';
import type { Random } from '../actors/actor.ts';
import { hotkeyOf, type Batch } from '../protocols/messages.ts';
import { deadlineVerdict } from '../protocols/rules/audit.ts';
import { withDuplicatesAmong } from '../protocols/rules/duplicates.ts';
import { invariant, later, type Duration, type Instant } from '../protocols/units.ts';
import { because, both, PASS, type Verdict } from '../protocols/verdict.ts';
import { ServiceFault, type Asker, type Clock, type ServicePort } from '../runtime/host.ts';
import { after } from '../runtime/services/after.ts';
import type { LeadSource } from '../runtime/services/source.ts';
import { draw, type Distribution } from './distribution.ts';
import type { Outages } from './faults.ts';
import type { Findings } from './findings.ts';
import { looksInLine, type Look, type Looks } from './looks.ts';
import type { Scenario } from './scenario.ts';

export interface World {
  readonly clock: Clock;
  /** How long each service takes. */
  readonly pace: Scenario['services'];
  readonly outages: Pick<Outages, 'isOut'>;
  /** Where leads are looked at; in line where absent. */
  readonly looks?: Looks;
  /** Where collusion is looked for; nowhere where absent. */
  readonly findings?: Findings;
}

export interface SimulatedServices {
  /** A port for a miner with this source. */
  readonly source: (source: LeadSource) => ServicePort<'source'>;
  readonly audit: ServicePort<'audit'>;
  readonly verify: ServicePort<'verify'>;
  readonly collusion: ServicePort<'collusion'>;
}

/** One for all nodes of a run, so that they share what they find. */
export function simulatedServices({
  clock,
  pace,
  outages,
  looks = looksInLine(),
  findings,
}: World): SimulatedServices {
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
      answered({ clock, looks }, pace.audit, asker, batch, batch.id, (look, share) => {
        const out = isOut('audit', asker) ? because('checker_offline') : undefined;
        return audited(look, sample, share(sample.length), out);
      }),

    verify: ({ batch, only, about }, asker) =>
      answered(
        { clock, looks },
        pace.checks,
        asker,
        batch,
        `${batch.id}/${about}`,
        (look, share) => {
          const out = isOut('verify', asker) ? because('provider_unavailable') : undefined;
          const verdicts = checked(look, share(look.count), out);
          return only === undefined ? verdicts : only.map((index) => verdicts[index] ?? PASS);
        },
      ),

    collusion: ({ window }, { random, by }) =>
      defer(() => {
        if (findings === undefined) throw new ServiceFault('unavailable', 'nobody looks');
        const now = clock.now();
        const takes = draw(pace.collusion, random.fork(window.name));
        const due = later(now, Math.max(0, Math.min(takes, by - 1 - now)) as Duration);
        findings.expect(window, due);
        return after(clock, due, () => findings.at(window));
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
  { clock, looks }: { readonly clock: Clock; readonly looks: Looks },
  pace: Distribution,
  { random, by }: { readonly random: Random; readonly by: Instant },
  batch: Batch,
  name: string,
  find: (look: Look, share: Share) => T,
): Observable<T> {
  return defer(() => {
    const now = clock.now();
    const takes = draw(pace, random.fork(name));
    const has = Math.max(0, by - 1 - now) as Duration;
    const share: Share = (count) => (takes <= has ? count : Math.floor((count * has) / takes));
    const due = later(now, Math.min(takes, has) as Duration);
    looks.expect(batch, due);
    return after(clock, due, () => find(looks.at(batch), share));
  });
}

/** Of the sample the first `done` are looked at in time; `out` is what a checker that is out says. */
function audited(
  { persons, alone, truth }: Look,
  sample: readonly number[],
  done: number,
  out: Verdict | undefined,
): readonly Verdict[] {
  const own: Verdict[] = persons.map(() => PASS);
  for (const [rank, index] of sample.entries()) {
    own[index] = rank < done ? both(alone(index), out ?? truth(index)) : deadlineVerdict;
  }
  return withDuplicatesAmong(persons, own);
}

/** Of all leads the first `done` have their provider's answer in time. */
function checked(
  { persons, checkable, checks }: Look,
  done: number,
  out: Verdict | undefined,
): readonly Verdict[] {
  const own = persons.map((_, index) =>
    both(checkable(index), out ?? (index < done ? checks(index) : because('provider_unavailable'))),
  );
  return withDuplicatesAmong(persons, own);
}
