/**
 * Sealed reports: a panel member commits to its report before anyone's is shown, so that a pool that
 * passes reports on has none to pass on until nobody can change its own.
 *
 *     seal = H(validator, report as canonical CBOR, nonce)
 *
 *     batch due ──120 s──▶ commits due ──5 s──▶ shown to the panel by ──10 s──▶ revealed by
 *                                      └──────────── 15 s, REVEAL_TIME ────────────┘
 *
 * The nonce is 256 bits long and drawn for this report alone, from 128 bits of chance: without it the
 * few hundred reports that are likely could be tried one by one. A reveal is the report itself, with
 * the nonce. One that nobody committed to, or that doesn't open its commit, is void: its validator
 * counts as silent. Each of these instants still belongs to the time that it ends.
 */
import { digest } from '../hash.ts';
import {
  attemptOf,
  type Answer,
  type Commit,
  type Query,
  type Report,
  type Revealed,
} from '../messages.ts';
import { later, seconds, type Digest, type Duration, type Hotkey, type Instant } from '../units.ts';
import { canonical } from '../wire.ts';
import { AUDIT_TIME, batchDue } from './deadlines.ts';

/**
 * What a pool has to show the commits after the last moment for one. A panel member that was shown
 * some but not all reveals only at the end of it, when no other takes a set with one more: so nobody
 * can commit to what it has read.
 */
export const SHOW_TIME: Duration = seconds(5);
/**
 * What the panel has to reveal after the last moment for a commit: to be shown the commits, and two
 * journeys of five seconds. Of the 240 s to settle it leaves the automated checks 105.
 */
export const REVEAL_TIME: Duration = seconds(15);

/** Whether the reports on this query's batches are committed to first. */
export const isSealed = ({ want }: Query): boolean => want.sealed === true;

/** The last instant at which a commit is in time: that of the audit of the last batch. */
export const commitDue = (query: Query): Instant => later(batchDue(query), AUDIT_TIME);

/** The last instant at which a panel member lets itself be shown the commits. */
export const showDue = (query: Query): Instant => later(commitDue(query), SHOW_TIME);

/** The last instant at which a report is in time, sealed or not. */
export const reportsDue = (query: Query): Instant =>
  isSealed(query) ? later(commitDue(query), REVEAL_TIME) : commitDue(query);

/** The nonce of a report, from numbers that nobody else can know. */
export const nonceFrom = (secret: readonly number[]): Digest =>
  digest('leadpoet.nonce/1', ...secret);

/** What a validator says of a report that it keeps to itself for now. */
export function commitTo(report: Revealed): Commit {
  const { query, attempt, miner, batch, validator } = report;
  return { query, attempt, miner, batch, validator, seal: sealOver(report) };
}

function sealOver(report: Revealed): Digest {
  // A report as it was signed has a signature too, which is made after the seal.
  const { nonce, signature: _, ...said } = report as Revealed & { readonly signature?: unknown };
  return digest('leadpoet.commit/1', said.validator, canonical(said), nonce);
}

/** Whether a report is the one that was committed to. */
export const opens = (commit: Commit, report: Report): boolean =>
  isRevealed(report) &&
  commit.query === report.query &&
  commit.attempt === report.attempt &&
  commit.miner === report.miner &&
  commit.batch === report.batch &&
  commit.validator === report.validator &&
  commit.seal === sealOver(report);

const isRevealed = (report: Report): report is Revealed => report.nonce !== undefined;

/** Whether each of a panel has committed. */
export const haveAllCommitted = (commits: readonly Commit[], panel: readonly Hotkey[]): boolean =>
  panel.every((member) => commits.some(({ validator }) => validator === member));

/** Whether commits are those of one miner's answer, by panel members, one each. */
export function areCommitsOn(
  commits: readonly Commit[],
  {
    query,
    miner,
    panel,
  }: { readonly query: Query; readonly miner: Hotkey; readonly panel: readonly Hotkey[] },
): boolean {
  const authors = new Set(commits.map(({ validator }) => validator));
  return (
    authors.size === commits.length &&
    commits.every(
      (commit) =>
        panel.includes(commit.validator) &&
        commit.miner === miner &&
        commit.query === query.id &&
        commit.attempt === attemptOf(query),
    )
  );
}

/**
 * Whether an answer has its commits and each of its reports opens one of them; of a query that doesn't
 * ask for seals, whether it has neither commits nor nonces.
 */
export function isOpenedRight(
  { commits, reports, miner }: Answer,
  query: Query,
  panel: readonly Hotkey[],
): boolean {
  if (!isSealed(query)) {
    return commits === undefined && reports.every(({ nonce }) => nonce === undefined);
  }
  return (
    commits !== undefined &&
    areCommitsOn(commits, { query, miner, panel }) &&
    reports.every((report) => commits.some((commit) => opens(commit, report)))
  );
}
