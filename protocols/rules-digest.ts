/**
 * Names the rules that a node judges by: every number and list that two nodes must share for them
 * to come to the same verdict, the same F and the same standing. Two that differ in one of them
 * would dispute each other's settlements for ever, so they tell each other before anything else.
 */
import { MAX_BATCH_BYTES } from './batch.ts';
import { digest } from './hash.ts';
import {
  INDUSTRIES,
  LEAD_KEYS,
  MAX_EMAIL_LENGTH,
  MAX_FIELD_BYTES,
  MAX_LEAD_BYTES,
  MAX_REGION_LENGTH,
} from './lead.ts';
import { MAX_LEADS } from './query.ts';
import { APPEAL_BLOCKS, LIFTING, QUORUM } from './rules/appeals.ts';
import { APPROVAL } from './rules/audit.ts';
import { CHECKS_DIFFER, CHECKS_PASSED } from './rules/checks.ts';
import { COLLUSION_METHOD, FLAGGED, WATCHED } from './rules/collusion/finding.ts';
import { LEAST_COMMON } from './rules/collusion/like-pairs.ts';
import { LEAST_WORDS } from './rules/collusion/praise.ts';
import { WINDOWS as COLLUSION_WINDOWS } from './rules/collusion/windows.ts';
import {
  AUDIT_TIME,
  CHECKS_TIME,
  QUERY_FRESH,
  SETTLE_TIME,
  SOURCE_TIME,
  SOURCE_TIME_A_LEAD,
} from './rules/deadlines.ts';
import { disposableListDigest } from './rules/disposable.ts';
import { ATTEMPTS, MINERS_DRAWN, PANEL_SIZE } from './rules/draw.ts';
import { ALPHA_TOLERANCE, BUYER_STAKE, VALIDATOR_STAKE } from './rules/eligibility.ts';
import { ACCURACY_FLOOR } from './rules/emissions.ts';
import {
  AGREEMENT,
  DENIAL,
  LEAST_TRUSTED,
  REPUTATION_FLOOR,
  TRUSTED_AGE,
  TRUSTED_REPUTATION,
} from './rules/final-score.ts';
import { LEAST_ASKED, WINDOWS } from './rules/miner-score.ts';
import { FLAG_BLOCKS, RESTRICTION_BLOCKS } from './rules/penalties.ts';
import { POOL_LIFE } from './rules/pool.ts';
import {
  AGREED,
  APPROVED_A_FAILURE,
  DAY_GAIN,
  DAY_LOSS,
  DISAGREED,
  FULL_PRECISION,
  LEAST_SCORERS,
  LEAST_SCORES,
  START,
} from './rules/reputation.ts';
import { LEAST_SAMPLE, SAMPLE_SHARE } from './rules/sampling.ts';
import { REVEAL_TIME, SHOW_TIME } from './rules/sealed.ts';
import { FULL_WEIGHT } from './rules/weights.ts';
import { MOST_VALIDATORS } from './rules/yuma/stake.ts';
import { BLOCKS_PER_DAY, type Digest } from './units.ts';
import { FAIL_REASONS, UNKNOWN_REASONS } from './verdict.ts';
import { canonical, MAX_ENVELOPE_BYTES, WIRE_FORMAT } from './wire.ts';

/** The numbers and lists by name; a list that is long stands by its digest. */
const shared = (): Readonly<Record<string, unknown>> => ({
  WIRE_FORMAT,
  MAX_ENVELOPE_BYTES,
  MAX_BATCH_BYTES,
  MAX_LEADS,
  BLOCKS_PER_DAY,
  LEAD_KEYS,
  INDUSTRIES,
  MAX_FIELD_BYTES,
  MAX_LEAD_BYTES,
  MAX_EMAIL_LENGTH,
  MAX_REGION_LENGTH,
  FAIL_REASONS,
  UNKNOWN_REASONS,
  DISPOSABLE: disposableListDigest(),
  QUERY_FRESH,
  SOURCE_TIME,
  SOURCE_TIME_A_LEAD,
  AUDIT_TIME,
  CHECKS_TIME,
  SETTLE_TIME,
  SHOW_TIME,
  REVEAL_TIME,
  POOL_LIFE,
  MINERS_DRAWN,
  PANEL_SIZE,
  ATTEMPTS,
  VALIDATOR_STAKE,
  BUYER_STAKE,
  ALPHA_TOLERANCE,
  SAMPLE_SHARE,
  LEAST_SAMPLE,
  APPROVAL,
  CHECKS_PASSED,
  CHECKS_DIFFER,
  AGREEMENT,
  DENIAL,
  LEAST_TRUSTED,
  REPUTATION_FLOOR,
  TRUSTED_AGE,
  TRUSTED_REPUTATION,
  START,
  FULL_PRECISION,
  AGREED,
  DISAGREED,
  APPROVED_A_FAILURE,
  DAY_GAIN,
  DAY_LOSS,
  LEAST_SCORES,
  LEAST_SCORERS,
  MINER_WINDOWS: WINDOWS,
  LEAST_ASKED,
  ACCURACY_FLOOR,
  FULL_WEIGHT,
  MOST_VALIDATORS,
  FLAGGED,
  WATCHED,
  COLLUSION_METHOD,
  COLLUSION_WINDOWS,
  COLLUSION_LEAST_COMMON: LEAST_COMMON,
  COLLUSION_LEAST_WORDS: LEAST_WORDS,
  FLAG_BLOCKS,
  RESTRICTION_BLOCKS,
  APPEAL_BLOCKS,
  QUORUM,
  LIFTING,
});

/** Two nodes that say the same judge alike. Some 30 ms the first time: a list of 9 000 names. */
export const rulesDigest = (): Digest => (named ??= rulesDigestOf(shared()));
let named: Digest | undefined;

/** The digest of any such numbers and lists: each name and each value tells. */
export const rulesDigestOf = (rules: Readonly<Record<string, unknown>>): Digest =>
  digest('leadpoet.rules/1', canonical(rules));
