/**
 * A pool's part in sealed reports: it gathers the panel's commits to a miner's answer, shows all of
 * them to the panel at once, and takes the reports that open them.
 *
 *     commits ──▶ all of the panel, or the time is up? ──▶ commits to the panel ──▶ reports that open
 */
import {
  addressOf,
  attemptOf,
  type Commit,
  type Report,
  type Sealed,
} from '../protocols/messages.ts';
import {
  commitDue,
  haveAllCommitted,
  isSealed,
  opens,
  reportsDue,
} from '../protocols/rules/sealed.ts';
import type { Hotkey, Instant } from '../protocols/units.ts';
import { nothing, send, type Effect } from './actor.ts';
import type { Attempting } from './settling.ts';

/** The panel's commits to a miner's answer, as they came: one a member at the most. */
const commitsOn = ({ commits }: Attempting, miner: Hotkey): readonly Sealed<Commit>[] => [
  ...(commits.get(miner)?.values() ?? []),
];

/** Keeps a commit of a panel member to a drawn miner's answer; false where it has one already. */
export function keepCommit({ commits }: Attempting, commit: Sealed<Commit>): boolean {
  const { miner, validator } = commit;
  const own = commits.get(miner) ?? new Map<Hotkey, Sealed<Commit>>();
  if (own.has(validator)) return false;
  commits.set(miner, own.set(validator, commit));
  return true;
}

/** Shows the panel the commits to each answer that nobody will commit to any more. */
export function showCommits(attempt: Attempting, now: Instant): readonly Effect[] {
  const { query, draw, shown } = attempt;
  if (!isSealed(query)) return nothing;
  const isTimeUp = now >= commitDue(query);
  return draw.miners.flatMap((miner) => {
    const commits = commitsOn(attempt, miner);
    if (shown.has(miner) || !(isTimeUp || haveAllCommitted(commits, draw.panel))) return [];
    shown.add(miner);
    if (commits.length === 0) return [];
    const body = { query: query.id, attempt: attemptOf(query), miner, commits };
    return draw.panel.map((validator) => send('commits', addressOf('validator', validator), body));
  });
}

/** Whether a report may count: it opens what was shown, or there is nothing to open. */
export function isOpened(attempt: Attempting, report: Report): boolean {
  const { query, shown, commits } = attempt;
  if (!isSealed(query)) return report.nonce === undefined;
  const commit = commits.get(report.miner)?.get(report.validator);
  return commit !== undefined && shown.has(report.miner) && opens(commit, report);
}

/** Whether no report on a miner's answer is still to come. */
export function hasPanelSpoken(attempt: Attempting, miner: Hotkey, now: Instant): boolean {
  const { query, draw, reports, commits, shown } = attempt;
  if (now >= reportsDue(query)) return true;
  if (isSealed(query) && !shown.has(miner)) return false;
  // Who has not committed by then has nothing to show.
  const speakers = isSealed(query) ? [...(commits.get(miner)?.keys() ?? [])] : draw.panel;
  const spoken = reports.get(miner);
  return speakers.every((validator) => spoken?.has(validator));
}

/** What a case says of the commits to an answer: those that the panel was shown. */
export const commitsIn = (
  attempt: Attempting,
  miner: Hotkey,
): { readonly commits?: readonly Sealed<Commit>[] } =>
  isSealed(attempt.query)
    ? { commits: attempt.shown.has(miner) ? commitsOn(attempt, miner) : [] }
    : {};
