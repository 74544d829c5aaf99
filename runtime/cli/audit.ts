/**
 * `leadpoet audit FILE`: what a validator would say of a file of leads.
 *
 *     leads ──▶ sample by seed ──▶ verdicts ──▶ O_v      approved from 90 %
 *
 * The rules are those of a validator, which takes its seed from a block that nobody can foresee; here
 * it is drawn by chance and printed, or given, and then the audit repeats to the letter. The leads
 * lie here as objects, and to hand objects to a worker costs three times what looking at them does
 * (`bench/audit-pool.ts`): it is all done in line.
 */
import { digest } from '../../protocols/hash.ts';
import type { CheckOutcome } from '../../protocols/messages.ts';
import { isFieldError, readWant, show, type Want } from '../../protocols/query.ts';
import { auditScore, isApproved, offlineVerdict } from '../../protocols/rules/audit.ts';
import { checkOutcome } from '../../protocols/rules/checks.ts';
import { disposableVerdict } from '../../protocols/rules/disposable.ts';
import { withDuplicates } from '../../protocols/rules/duplicates.ts';
import { formatVerdict } from '../../protocols/rules/format.ts';
import { SAMPLE_SHARE, sampleOf, sampleSize } from '../../protocols/rules/sampling.ts';
import { ONE, WHOLE, type Fraction } from '../../protocols/units.ts';
import {
  both,
  outcomeOf,
  PASS,
  reasonsOf,
  type Outcome3,
  type Reason,
  type Verdict,
} from '../../protocols/verdict.ts';
import { readLeadFile } from '../lead-file.ts';
import { systemRandom } from '../random.ts';
import { showAudit } from './audit-report.ts';
import { DEFAULT_CONTROL_HOSTS } from '../verifiers/controls.ts';
import { controlHosts } from './control-hosts.ts';
import { findOnline, NOTHING_FOUND, type Found } from './online.ts';
import { EXIT, UsageError, type Console } from './trouble.ts';

export interface AuditOptions {
  readonly json?: boolean | undefined;
  readonly industry?: string | undefined;
  readonly region?: string | undefined;
  /** Above 0, at most 1; 0.2 where absent. */
  readonly sample?: number | undefined;
  readonly full?: boolean | undefined;
  /** A whole number; drawn by chance where absent. */
  readonly seed?: number | undefined;
  readonly offline?: boolean | undefined;
  readonly checks?: boolean | undefined;
  /** Where what was found is kept for the next audit; in memory alone where absent. */
  readonly dataDir?: string | undefined;
  /** Hosts that are always there, by commas; those of `controls.ts` where absent. */
  readonly controlHosts?: string | undefined;
}

/** As `--json` prints it. */
export interface AuditReport {
  readonly format: 'leadpoet.audit/1';
  readonly leads: number;
  readonly sampled: number;
  readonly seed: number;
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
  /** 0 to 1, in six places; null for an abstention. */
  readonly score: number | null;
  readonly approved: boolean;
  readonly reason?: 'empty' | 'abstained';
  /** Each lead that was looked at, in order; of those outside the sample the duplicates. */
  readonly results: readonly AuditResult[];
  readonly checks?: ChecksReport;
}

export interface AuditResult {
  readonly index: number;
  readonly sampled: boolean;
  readonly verdict: Outcome3;
  readonly reasons: readonly Reason[];
}

export interface ChecksReport {
  readonly passed: number;
  readonly failed: number;
  readonly unknown: number;
  /** Null where more than half could not be told. */
  readonly ok: boolean | null;
}

/** Exit 0 where the file is approved and, if they were asked for, the checks are passed; else 1. */
export async function audit(file: string, options: AuditOptions, io: Console): Promise<number> {
  const want = wantOf(options);
  const share = shareOf(options);
  const seed = seedOf(options);
  const { hosts } = controlHosts(options.controlHosts, process.env, DEFAULT_CONTROL_HOSTS);

  const leads = await readLeadFile(file);
  const task = { want, share, seed, checks: options.checks === true };
  const found =
    options.offline === true
      ? NOTHING_FOUND
      : await online(leads, task, { dataDir: options.dataDir, hosts }, io);
  const report = auditReport(leads, task, found);
  io.out(options.json === true ? `${JSON.stringify(report)}\n` : showAudit(file, report));
  const isPassed = report.checks === undefined || report.checks.ok === true;
  return report.approved && isPassed ? EXIT.done : EXIT.no;
}

interface Task {
  readonly want: Want;
  /** Of the leads that are looked at. */
  readonly share: Fraction;
  readonly seed: number;
  readonly checks: boolean;
}

/** Looks at the Internet, and says on stderr how far it is. */
async function online(
  leads: readonly unknown[],
  task: Task,
  { dataDir, hosts }: { readonly dataDir: string | undefined; readonly hosts: readonly string[] },
  io: Console,
): Promise<Found> {
  const { openInternet } = await import('../verifiers/internet.ts');
  const internet = openInternet({
    env: process.env,
    say: (line) => io.err(`${line}\n`),
    ...(dataDir === undefined ? {} : { dataDir }),
    controlHosts: hosts,
  });
  try {
    return await findOnline(leads, internet.reach, {
      sample: sampleIn(leads, task),
      checks: task.checks,
      now: () => internet.clock.now(),
      tell: (done, of) => io.err(`\r${done} of ${of} look-ups of leads\u001B[K`),
    });
  } finally {
    io.err('\r\u001B[K');
    await internet.close();
  }
}

const sampleIn = (leads: readonly unknown[], { share, seed }: Task): readonly number[] =>
  sampleOf(digest('leadpoet.audit/1', seed), leads.length, sampleSize(leads.length, share));

/** The same for the same leads, seed and findings, everywhere. */
export function auditReport(
  leads: readonly unknown[],
  task: Task,
  found: Found = NOTHING_FOUND,
): AuditReport {
  const { want, seed, checks } = task;
  const sample = sampleIn(leads, task);
  const inSample = new Set(sample);
  const own = leads.map((lead, index) =>
    inSample.has(index) ? both(offlineVerdict(lead, want), found.audited(index)) : PASS,
  );
  const verdicts = withDuplicates(leads, own);
  const { sampled, valid, unknown, score } = auditScore(verdicts, sample);
  const reason = leads.length === 0 ? 'empty' : score === undefined ? 'abstained' : undefined;
  return {
    format: 'leadpoet.audit/1',
    leads: leads.length,
    sampled,
    seed,
    valid,
    invalid: sampled - valid - unknown,
    unknown,
    score: score === undefined ? null : score / WHOLE,
    approved: score !== undefined && isApproved(score),
    ...(reason === undefined ? {} : { reason }),
    results: resultsOf(verdicts, inSample),
    ...(checks ? { checks: checksReport(checksOf(leads, found)) } : {}),
  };
}

/** Section 5 of the rules, over all leads. */
const checksOf = (leads: readonly unknown[], { checked }: Found): readonly Verdict[] =>
  withDuplicates(
    leads,
    leads.map((lead, index) =>
      both(both(formatVerdict(lead), disposableVerdict(lead)), checked(index)),
    ),
  );

const resultsOf = (
  verdicts: readonly Verdict[],
  sample: ReadonlySet<number>,
): readonly AuditResult[] =>
  verdicts
    .map((verdict, index) => ({ verdict, index, sampled: sample.has(index) }))
    .filter(({ verdict, sampled }) => sampled || verdict !== PASS)
    .map(({ verdict, index, sampled }) => ({
      index,
      sampled,
      verdict: outcomeOf(verdict),
      reasons: reasonsOf(verdict),
    }));

const OK: Readonly<Record<CheckOutcome, boolean | null>> = {
  passed: true,
  failed: false,
  undecided: null,
};

function checksReport(verdicts: readonly Verdict[]): ChecksReport {
  const count = (outcome: Outcome3): number =>
    verdicts.filter((verdict) => outcomeOf(verdict) === outcome).length;
  return {
    passed: count('pass'),
    failed: count('fail'),
    unknown: count('unknown'),
    ok: OK[checkOutcome(verdicts)],
  };
}

function wantOf({ industry, region }: AuditOptions): Want {
  // A file has any number of leads, and no rule of the audit reads how many were wanted.
  const want = readWant({ num_leads: 1, industry, region });
  if (isFieldError(want)) throw new UsageError({ ...want, field: `--${want.field}` });
  return want;
}

function shareOf({ sample, full = false }: AuditOptions): Fraction {
  if (full && sample !== undefined) {
    throw new UsageError({ field: '--sample', came: 'beside --full', allowed: 'one of the two' });
  }
  if (full) return ONE;
  if (sample === undefined) return SAMPLE_SHARE;
  if (!(sample > 0 && sample <= 1)) {
    throw trouble('--sample', sample, 'a number above 0, at most 1');
  }
  // A share below a millionth is one all the same: ten leads are looked at in any case.
  return Math.max(1, Math.round(sample * ONE)) as Fraction;
}

function seedOf({ seed = systemRandom().next() }: AuditOptions): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw trouble('--seed', seed, 'a whole number, 0 or more');
}

const trouble = (field: string, came: unknown, allowed: string): UsageError =>
  new UsageError({ field, came: show(came), allowed });
