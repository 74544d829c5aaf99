/**
 * How reports become the end of a batch, and what makes a case binding.
 *
 * The pool settles with these functions, every panel member repeats them before it countersigns,
 * and everyone repeats them again before a record moves anybody's standing.
 */
import { neuronOf, type Metagraph } from '../metagraph.ts';
import type { Answer, Answered, Case, CheckOutcome, Countersign, Report } from '../messages.ts';
import { ratio, type Digest, type Hotkey, type Reputation, type Score } from '../units.ts';
import { because, PASS, type Verdict } from '../verdict.ts';
import { isApproved } from './audit.ts';
import { checkOutcome, CODES } from './checks.ts';
import type { Draw } from './draw.ts';
import { finalScore, isDenied } from './final-score.ts';
import { isOpenedRight } from './sealed.ts';

/** What the reports say of a batch, before the automated checks. */
export interface Judgement {
  readonly finalScore?: Score;
  readonly denied: boolean;
  readonly approved: boolean;
}

/** R_v of the panel's members, by hotkey. */
export type Reputations = ReadonlyMap<Hotkey, Reputation>;

/** F, and whether the batch is approved: F ≥ 0.90 and not denied by the trusted. */
export function judge(
  reports: readonly Report[],
  reputations: Reputations,
  drawnAt: Metagraph,
): Judgement {
  const opinions = reports.flatMap(({ validator, score }) =>
    score === undefined
      ? []
      : [
          {
            score,
            reputation: reputations.get(validator) ?? (0 as Reputation),
            age: drawnAt.head.number - (neuronOf(drawnAt, validator)?.registeredAt ?? Infinity),
          },
        ],
  );
  const final = finalScore(opinions);
  const denied = isDenied(opinions);
  const approved = final !== undefined && isApproved(final) && !denied;
  return { ...(final === undefined ? {} : { finalScore: final }), denied, approved };
}

/** What is wrong with a case that anyone can see who knows the draw; undefined where nothing is. */
export type CaseFault =
  | 'not_its_pool'
  | 'not_the_drawn_miners'
  | 'not_the_panel'
  | 'stray_report'
  /** A report without a commit that it opens, or commits that are not the panel's. */
  | 'not_opened'
  | 'wrong_judgement'
  | 'wrong_count'
  | 'wrong_checks';

/** Everyone who follows the pool asks it of the same case, with the same draw. */
export function caseFault(theCase: Case, draw: Draw, drawnAt: Metagraph): CaseFault | undefined {
  const here = looked.get(drawnAt) ?? new WeakMap<Case, Looked>();
  const known = here.get(theCase);
  if (known?.draw === draw) return known.fault;
  const fault = faultIn(theCase, draw, drawnAt);
  looked.set(drawnAt, here.set(theCase, { draw, fault }));
  return fault;
}

interface Looked {
  readonly draw: Draw;
  readonly fault: CaseFault | undefined;
}

/** Beside the metagraph, which nobody holds for long: a case stands in a pool's records for ever. */
const looked = new WeakMap<Metagraph, WeakMap<Case, Looked>>();

function faultIn(theCase: Case, draw: Draw, drawnAt: Metagraph): CaseFault | undefined {
  if (theCase.query.pool !== theCase.pool) return 'not_its_pool';
  if (!sameList(theCase.answers.map(minerOf), draw.miners)) return 'not_the_drawn_miners';
  if (!sameList(theCase.reputations.map(validatorOf), draw.panel)) return 'not_the_panel';

  const reputations = reputationsOf(theCase);
  for (const answer of theCase.answers) {
    if (!areItsReports(answer, theCase, draw)) return 'stray_report';
    if (!isOpenedRight(answer, theCase.query, draw.panel)) return 'not_opened';
    if (answer.kind === 'missed') continue;
    if (!isJudgedRight(answer, judge(answer.reports, reputations, drawnAt))) {
      return 'wrong_judgement';
    }
    if (answer.count < 1 || answer.count > theCase.query.want.leads) return 'wrong_count';
    if (!areItsChecks(answer)) return 'wrong_checks';
  }
  return undefined;
}

export const reputationsOf = ({ reputations }: Case): Reputations =>
  new Map(reputations.map(({ validator, reputation }) => [validator, reputation]));

/** Every report is a panel member's, one each, on this answer of this attempt. */
function areItsReports(answer: Answer, { query }: Case, draw: Draw): boolean {
  const validators = new Set(answer.reports.map(validatorOf));
  if (validators.size !== answer.reports.length) return false;
  return answer.reports.every(
    (report) =>
      draw.panel.includes(report.validator) &&
      report.miner === answer.miner &&
      report.query === query.id &&
      report.attempt === query.rounds.length &&
      (answer.kind === 'missed' || report.batch === answer.batch) &&
      isSound(report),
  );
}

/** Whether a report's score is what its counts make it, and its reasons are those of its sample. */
export function isSound({ sampled, valid, unknown, score, reasons }: Report): boolean {
  if (valid + unknown > sampled) return false;
  if (new Set(reasons.map(([reason]) => reason)).size !== reasons.length) return false;
  if (reasons.some(([, count]) => count > sampled)) return false;
  if (score === undefined) return true;
  // Who could not tell of more than half abstains.
  if (sampled === unknown || 2 * unknown > sampled) return false;
  return score === ratio(valid, sampled - unknown);
}

/** An approved batch alone was checked: every lead of it, with the outcome that follows. */
function areItsChecks({ approved, checks, count }: Answered): boolean {
  if (checks === undefined || !approved) return checks === undefined && !approved;
  return checks.leads.length === count && checks.outcome === outcomeOfCodes(checks.leads);
}

/** The codes say less than the verdicts did, but enough to repeat their outcome. */
const outcomeOfCodes = (codes: Uint8Array): CheckOutcome =>
  checkOutcome(Array.from(codes, verdictOf));

function verdictOf(code: number): Verdict {
  if (code === CODES.fail) return because('email_undeliverable');
  return code === CODES.unknown ? because('provider_unavailable') : PASS;
}

const isJudgedRight = (answer: Answered, right: Judgement): boolean =>
  answer.finalScore === right.finalScore &&
  answer.denied === right.denied &&
  answer.approved === right.approved;

/** A case binds when more than half of the panel, each once, has signed exactly this case. */
export function isBinding(
  countersigns: readonly Countersign[],
  theCase: Case,
  digest: Digest,
  draw: Draw,
): boolean {
  const signers = new Set(
    countersigns
      .filter(
        (sign) =>
          sign.digest === digest &&
          sign.query === theCase.query.id &&
          sign.attempt === theCase.query.rounds.length &&
          draw.panel.includes(sign.validator),
      )
      .map(validatorOf),
  );
  return signers.size * 2 > draw.panel.length;
}

const minerOf = ({ miner }: { readonly miner: Hotkey }): Hotkey => miner;
const validatorOf = ({ validator }: { readonly validator: Hotkey }): Hotkey => validator;

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);
