/**
 * A validator's audit and the pool's checks with a look at the Internet, as services.
 *
 *     offline rules ──▶ well-formed leads are looked at, all at once ──▶ duplicates, over the batch
 *
 * Which of two with the same e-mail stays depends on what was found of each, so that comes last. A
 * lead whose format has failed is not looked at: nobody is sent to what is not an address.
 *
 * Of batches that come at once each has a turn of the event loop to itself for the offline rules.
 */
import { catchError, from, Observable, throwError } from 'rxjs';
import { decodeLeads } from '../../protocols/batch.ts';
import type { Lead } from '../../protocols/lead.ts';
import { offlineVerdict } from '../../protocols/rules/audit.ts';
import { AUDIT_TIME, CHECKS_TIME } from '../../protocols/rules/deadlines.ts';
import { disposableVerdict } from '../../protocols/rules/disposable.ts';
import { withDuplicates } from '../../protocols/rules/duplicates.ts';
import { formatVerdict, readLead } from '../../protocols/rules/format.ts';
import { later, type Duration, type Instant } from '../../protocols/units.ts';
import { both, PASS, type Verdict } from '../../protocols/verdict.ts';
import { ServiceFault, type Clock, type ServicePort } from '../host.ts';
import type { Reach } from '../verifiers/reach.ts';
import { soonBy, Turns } from '../verifiers/turns.ts';

/** A verdict for each lead of the batch, of those outside the sample on duplicates alone. */
export function reachAudit(reach: Reach, clock: Clock): ServicePort<'audit'> {
  const turns = new Turns(BATCHES_A_TURN, soonBy(clock));
  return ({ batch, sample }, { by }) =>
    whileWanted(async (signal) => {
      const due = withinTime(clock, by, AUDIT_TIME);
      await turns.next();
      const leads = decodeLeads(batch.leads);
      const sampled = new Set(sample);
      const own = await Promise.all(
        leads.map(async (lead, index) =>
          sampled.has(index)
            ? looked(lead, offlineVerdict(lead, batch.query.want), (good) =>
                reach.audit(good, due, signal),
              )
            : PASS,
        ),
      );
      return withDuplicates(leads, own);
    });
}

/** A verdict for each lead, or for each of those at `only`, in the order of `only`. */
export function reachVerify(reach: Reach, clock: Clock): ServicePort<'verify'> {
  const turns = new Turns(BATCHES_A_TURN, soonBy(clock));
  return ({ batch, only }, { by }) =>
    whileWanted(async (signal) => {
      const due = withinTime(clock, by, CHECKS_TIME);
      await turns.next();
      const leads = decodeLeads(batch.leads);
      const wanted = new Set(only ?? leads.keys());
      const own = await Promise.all(
        leads.map(async (lead, index) => {
          const offline = both(formatVerdict(lead), disposableVerdict(lead));
          return wanted.has(index)
            ? looked(lead, offline, (good) => reach.check(good, due, signal))
            : offline;
        }),
      );
      const verdicts = withDuplicates(leads, own);
      return only === undefined ? verdicts : only.map((index) => verdicts[index] ?? PASS);
    });
}

/** To decode a hundred leads and judge them offline takes 4 ms, and 20 while the code is cold. */
const BATCHES_A_TURN = 1;

async function looked(
  lead: unknown,
  offline: Verdict,
  look: (lead: Lead) => Promise<Verdict>,
): Promise<Verdict> {
  const good = readLead(lead);
  return good === undefined ? offline : both(offline, await look(good));
}

/** The rules give two minutes, however long an asker would wait. */
function withinTime(clock: Clock, by: Instant, time: Duration): Instant {
  const most = later(clock.now(), time);
  return by < most ? by : most;
}

/** Works while somebody waits for it. */
const whileWanted = <T>(work: (signal: AbortSignal) => Promise<T>): Observable<T> =>
  new Observable((subscriber) => {
    const leaving = new AbortController();
    subscriber.add(() => leaving.abort());
    return from(work(leaving.signal)).pipe(catchError(brokenOff)).subscribe(subscriber);
  });

const brokenOff = (cause: unknown): Observable<never> =>
  throwError(() => new ServiceFault('unavailable', 'the look broke off', { cause }));
