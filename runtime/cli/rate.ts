/**
 * `leadpoet rate`: how good the leads of a query were. Whoever sits at a terminal may choose the query
 * among the latest; a script names it by its first digits.
 */
import { join } from 'node:path';
import type { QueryAnswer } from '../../actors/actor.ts';
import { RATING_TIME } from '../../actors/rating.ts';
import { show } from '../../protocols/query.ts';
import { isRating } from '../../protocols/rules/reputation.ts';
import type { Instant, QueryId } from '../../protocols/units.ts';
import { readAnswers, type Answers } from '../store/answers.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { askRating, thisBuyer, type Person } from './buyer-questions.ts';
import { errand, nodeOf } from './errand.ts';
import type { RawOptions } from './node-settings.ts';
import { checkName, queryNamed } from './query-name.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';

/** Exit 0 where it was said, 1 where the rules do not allow it, 3 where nobody is there to hear it. */
export async function rate(
  name: string | undefined,
  text: string | undefined,
  options: RawOptions,
  io: Console,
  person: Person = thisBuyer(),
): Promise<number> {
  if (name !== undefined) checkName(name);
  else if (!person.canAsk) throw missing('QUERY_ID', 'the digits that `leadpoet buy` has shown');
  const given = text === undefined ? undefined : ratingIn(text);
  if (given === undefined && !person.canAsk) throw missing('RATING', RATINGS);
  const { dir } = nodeOf('buyer', options);
  const query = isWhole(name) ? name : await queryIn(dir, name, person);
  const rating = given ?? (await askRating(person));
  if (rating !== undefined) return errand('buyer', { is: 'rating', query, rating }, options, io);
  io.err('leadpoet rate: nothing was said\n');
  return EXIT.no;
}

const RATINGS = 'a whole number, 1 to 10';

const missing = (field: string, allowed: string): UsageError =>
  new UsageError({ field, came: 'missing', allowed });

function ratingIn(text: string): number {
  const rating = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (isRating(rating)) return rating;
  throw new UsageError({ field: 'RATING', came: show(text), allowed: RATINGS });
}

/** Whether it is this buyer's, its node knows. */
const isWhole = (name: string | undefined): name is QueryId => name?.length === 64;

/** Of the answers in the node's file, which may be read while it runs. */
async function queryIn(dir: string, name: string | undefined, person: Person): Promise<QueryId> {
  const answers = readAnswers(join(dir, NODE_FILE));
  try {
    return name === undefined ? await chosen(answers, person) : queryNamed(name, answers);
  } finally {
    answers.close();
  }
}

/** As many as one looks over. */
const LATEST = 8;

async function chosen(answers: Answers, person: Person): Promise<QueryId> {
  const now = Date.now();
  const since = (now - RATING_TIME) as Instant;
  const rateable = answers.since(since, LATEST).flatMap((query) => {
    const answer = answers.of(query);
    return answer?.chosen === undefined || answer.leads.length === 0 ? [] : [answer];
  });
  if (rateable.length === 0) {
    throw new WorldError(
      'no leads have come in the last 30 days; ask for some with `leadpoet buy`',
    );
  }
  const query = await person.choose({
    message: 'Which leads?',
    field: 'QUERY_ID',
    allowed: 'one of the queries that are listed',
    options: rateable.map((answer) => ({ value: answer.query, label: labelOf(answer, now) })),
  });
  return query as QueryId;
}

function labelOf({ query, leads, want, answeredAt }: QueryAnswer, now: number): string {
  const what = [want.industry ?? 'any industry', want.region ?? 'any region'].join(', ');
  return `${query.slice(0, 12)}: ${leads.length} of ${what}, ${agoOf(now - answeredAt)} ago`;
}

/** Of milliseconds, in what says most: `12 min`, `3 h`, `5 days`. */
function agoOf(ms: number): string {
  const minutes = Math.max(Math.floor(ms / 60_000), 0);
  if (minutes < 90) return `${minutes} min`;
  return minutes < 48 * 60
    ? `${Math.floor(minutes / 60)} h`
    : `${Math.floor(minutes / 1_440)} days`;
}
