/**
 * What the Internet says of a file's leads, for `leadpoet audit`: of those in the sample what a
 * validator would find, and of all of them what the automated checks would.
 *
 * A batch has at most a hundred leads and two minutes. A file may have more: it has two minutes for
 * each hundred of them, so that nothing fails that would pass in a batch of its own.
 */
import { MAX_LEADS } from '../../protocols/query.ts';
import { AUDIT_TIME } from '../../protocols/rules/deadlines.ts';
import { formatVerdict } from '../../protocols/rules/format.ts';
import { later, type Instant } from '../../protocols/units.ts';
import { PASS, type Verdict } from '../../protocols/verdict.ts';

/** Looks at one lead, and is done by an instant. */
export interface LeadLook {
  /** As an audit does: the domain of the e-mail, and the website. */
  audit(lead: unknown, by: Instant): Promise<Verdict>;
  /** As the automated checks do: the mailbox, and the website. */
  check(lead: unknown, by: Instant): Promise<Verdict>;
}

/** What was found of the lead at an index beside what can be told without the network. */
export interface Found {
  readonly audited: (index: number) => Verdict;
  readonly checked: (index: number) => Verdict;
}

export const NOTHING_FOUND: Found = { audited: () => PASS, checked: () => PASS };

export interface OnlineTask {
  readonly sample: readonly number[];
  readonly checks: boolean;
  readonly now: () => Instant;
  /** How many were looked at so far, and of how many. */
  readonly tell: (done: number, of: number) => void;
}

/** What is no lead at all is not looked up. */
export async function findOnline(
  leads: readonly unknown[],
  look: LeadLook,
  { sample, checks, now, tell }: OnlineTask,
): Promise<Found> {
  const isFit = (index: number): boolean => formatVerdict(leads[index]) === PASS;
  const toAudit = sample.filter(isFit);
  const toCheck = checks ? [...leads.keys()].filter(isFit) : [];
  const of = toAudit.length + toCheck.length;
  let done = 0;
  const counted = async (finding: Promise<Verdict>): Promise<Verdict> => {
    const verdict = await finding;
    tell(++done, of);
    return verdict;
  };

  const audited = await byHundreds(toAudit, now(), (index, by) =>
    counted(look.audit(leads[index], by)),
  );
  const checked = await byHundreds(toCheck, now(), (index, by) =>
    counted(look.check(leads[index], by)),
  );
  return {
    audited: byIndex(toAudit, audited),
    checked: byIndex(toCheck, checked),
  };
}

/**
 * One hundred after the other, so that a long file waits here and not in the queues of who looks, which
 * are bounded. The n-th hundred has until n times two minutes from now.
 */
async function byHundreds(
  indices: readonly number[],
  now: Instant,
  look: (index: number, by: Instant) => Promise<Verdict>,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let from = 0, by = later(now, AUDIT_TIME); from < indices.length; from += MAX_LEADS) {
    const until = by;
    const hundred = indices.slice(from, from + MAX_LEADS);
    verdicts.push(...(await Promise.all(hundred.map((index) => look(index, until)))));
    by = later(by, AUDIT_TIME);
  }
  return verdicts;
}

function byIndex(
  indices: readonly number[],
  verdicts: readonly Verdict[],
): (index: number) => Verdict {
  const found = new Map(indices.map((index, rank) => [index, verdicts[rank] ?? PASS]));
  return (index) => found.get(index) ?? PASS;
}
