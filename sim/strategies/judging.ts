/**
 * How a validator comes to verdicts otherwise than by an honest look.
 *
 *     unlooked   the audit is not asked for where there is a ready verdict: no work, at once
 *     relooked   the audit is done, and then something else is said
 *     unchecked  the checks of a proposal are not repeated: it is signed as one that could not tell
 *
 * The report is the honest actor's own, made of the verdicts that it is handed: its counts fit its
 * score, as the rules demand, so nobody can tell by the report alone.
 */
import type { Context, Effect, Random, Services } from '../../actors/actor.ts';
import type { validator } from '../../actors/validator.ts';
import { ONE, type Fraction } from '../../protocols/units.ts';
import { because, outcomeOf, PASS, type Verdict } from '../../protocols/verdict.ts';
import { chance } from '../../runtime/random.ts';

export type ValidatorActor = typeof validator;
export type Looked = Services['audit']['input'];

/** Verdicts without a look; undefined where it has to look after all. */
export type Ready = (at: Looked, context: Context) => readonly Verdict[] | undefined;
/** What it says instead of what it found. */
export type Instead = (
  found: readonly Verdict[],
  at: Looked,
  context: Context,
) => readonly Verdict[];

export const unlooked = (honest: ValidatorActor, ready: Ready): ValidatorActor => ({
  ...honest,
  on: {
    ...honest.on,
    blockReply: (state, reply, context) =>
      honest.on.blockReply(state, reply, context).flatMap((effect): readonly Effect[] => {
        if (!('ask' in effect && effect.ask === 'audit')) return [effect];
        const { input } = effect;
        const value = ready(input, context);
        if (value === undefined) return [effect];
        const outcome = { ok: true, value } as const;
        return honest.on.auditReply(state, { service: 'audit', input, outcome }, context);
      }),
  },
});

export const relooked = (honest: ValidatorActor, instead: Instead): ValidatorActor => ({
  ...honest,
  on: {
    ...honest.on,
    auditReply(state, reply, context) {
      const { input, outcome } = reply;
      if (!outcome.ok) return honest.on.auditReply(state, reply, context);
      const value = instead(outcome.value, input, context);
      return honest.on.auditReply(state, { ...reply, outcome: { ok: true, value } }, context);
    },
  },
});

export const unchecked = (honest: ValidatorActor): ValidatorActor => ({
  ...honest,
  on: {
    ...honest.on,
    stakeReply: (state, reply, context) =>
      honest.on.stakeReply(state, reply, context).flatMap((effect): readonly Effect[] => {
        if (!('ask' in effect && effect.ask === 'verify')) return [effect];
        const { input } = effect;
        const outcome = { ok: false, fault: 'unavailable' } as const;
        return honest.on.verifyReply(state, { service: 'verify', input, outcome }, context);
      }),
  },
});

export const allPass = ({ batch }: Looked): readonly Verdict[] =>
  Array.from({ length: batch.count }, () => PASS);

/** A fault that nobody can prove was not there: a website that did not answer just then. */
const MADE_UP: Verdict = because('website_unreachable');

/** The score lowered by a part of the whole, with chance where that is no whole number of leads. */
export function lowered(
  found: readonly Verdict[],
  { sample }: Looked,
  by: Fraction,
  random: Random,
): readonly Verdict[] {
  const told = sample.filter((index) => outcomeIn(found, index) !== 'unknown').length;
  const part = told * by;
  const rest = (part % ONE) as Fraction;
  return withFailed(found, sample, Math.floor(part / ONE) + (chance(random, rest) ? 1 : 0));
}

/** Fails so many of the sampled leads that pass; all of them, where there are fewer. */
export function withFailed(
  found: readonly Verdict[],
  sample: readonly number[],
  count: number,
): readonly Verdict[] {
  const failed = sample.filter((index) => outcomeIn(found, index) === 'pass').slice(0, count);
  return found.map((verdict, index) => (failed.includes(index) ? MADE_UP : verdict));
}

const outcomeIn = (found: readonly Verdict[], index: number) =>
  outcomeOf(found[index] ?? because('deadline'));
