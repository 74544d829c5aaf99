/**
 * What a person who buys leads is asked, where no flag says it: how many, of which industry, of which
 * region. A wrong answer is explained and asked for again.
 */
import { INDUSTRIES, MAX_REGION_LENGTH } from '../../protocols/lead.ts';
import { isFieldError, MAX_LEADS, readWant, show, type Want } from '../../protocols/query.ts';
import { isRating } from '../../protocols/rules/reputation.ts';
import { asked, somebodyThere, type Wanted } from './prompts.ts';
import { UsageError } from './trouble.ts';

/** As the flags have it. */
export interface WantFlags {
  readonly numLeads?: string;
  readonly industry?: string;
  readonly region?: string;
  readonly sealed?: true;
  /** False where nothing is to be asked: what no flag says is left open. */
  readonly ask?: boolean;
}

export interface TextQuestion extends Wanted {
  readonly message: string;
  /** What is wrong with an answer; undefined where nothing is. */
  readonly check: (answer: string) => string | undefined;
}

export interface Choice extends Wanted {
  readonly message: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** Whoever is asked. Throws `BrokenOff` where they would rather not, and a `UsageError` at the end of input. */
export interface Person {
  readonly canAsk: boolean;
  text(question: TextQuestion, signal?: AbortSignal): Promise<string>;
  choose(choice: Choice): Promise<string>;
}

/** Whoever is at the terminal of this process. */
export const thisBuyer = (): Person => ({
  canAsk: somebodyThere(),
  async text({ message, check, ...wanted }, signal) {
    const { text } = await import('@clack/prompts');
    const validate = (answer: string | undefined): string | undefined => check(answer ?? '');
    return asked((common) => text({ message, validate, ...common }), wanted, signal);
  },
  async choose({ message, options, ...wanted }) {
    const { select } = await import('@clack/prompts');
    return asked((common) => select({ message, options: [...options], ...common }), wanted);
  },
});

/** Throws a `UsageError` where a flag is wrong, or one is missing that nobody can be asked for. */
export async function wantOf(flags: WantFlags, person: Person): Promise<Want> {
  const { numLeads, sealed, ask = true } = flags;
  const count = numLeads === undefined ? undefined : countOf(numLeads);
  const mayAsk = ask && person.canAsk;
  // Flags are looked at first: nobody answers questions to be told of a flag afterwards.
  valid({ num_leads: count ?? (mayAsk ? 1 : count), ...flags });
  if (!mayAsk) return valid({ num_leads: count, ...flags });
  const num_leads = count ?? countOf(await person.text(HOW_MANY));
  const industry = flags.industry ?? orAny(await person.choose(WHICH_INDUSTRY));
  const region = flags.region ?? orAny((await person.text(WHICH_REGION)).trim());
  return valid({ num_leads, industry, region, sealed });
}

/** How good leads were, 1 to 10; undefined where the person would rather say that another time. */
export async function askRating(person: Person, signal?: AbortSignal): Promise<number | undefined> {
  const answer = (await person.text(HOW_GOOD, signal)).trim();
  return answer === '' ? undefined : wholeOf(answer);
}

const HOW_MANY: TextQuestion = {
  message: `How many leads? 1 to ${MAX_LEADS}`,
  field: '--num-leads',
  allowed: `a whole number, 1 to ${MAX_LEADS}`,
  check: (answer) => wrong({ num_leads: countOf(answer) }),
};

const WHICH_INDUSTRY: Choice = {
  message: 'Of which industry?',
  field: '--industry',
  allowed: `one of ${INDUSTRIES.join(', ')}`,
  options: [
    { value: '', label: 'any' },
    ...INDUSTRIES.map((industry) => ({ value: industry, label: industry })),
  ],
};

const WHICH_REGION: TextQuestion = {
  message: 'Of which region, such as US or DE? Enter for any',
  field: '--region',
  allowed: `1 to ${MAX_REGION_LENGTH} characters, or none for any`,
  check: (answer) => (answer.trim() === '' ? undefined : wrong({ num_leads: 1, region: answer })),
};

const HOW_GOOD: TextQuestion = {
  message: 'How good are they, 1 to 10? Enter to say it later',
  field: 'RATING',
  allowed: 'a whole number, 1 to 10',
  check(answer) {
    if (answer.trim() === '' || isRating(wholeOf(answer))) return undefined;
    return `${show(answer)} is not it: a whole number, 1 to 10`;
  },
};

/** NaN where it is no whole number; more digits than that are of nothing we count. */
const wholeOf = (text: string): number =>
  /^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;

/** The text itself where it is no number, to be shown as it came. */
const countOf = (text: string): number | string => {
  const count = wholeOf(text);
  return Number.isNaN(count) ? text : count;
};

const orAny = (answer: string): string | undefined => (answer === '' ? undefined : answer);

type RawWant = Parameters<typeof readWant>[0];

function valid(raw: RawWant): Want {
  const want = readWant(raw);
  if (!isFieldError(want)) return want;
  throw new UsageError({ ...want, field: `--${want.field.replace('_', '-')}` });
}

function wrong(raw: RawWant): string | undefined {
  const want = readWant(raw);
  return isFieldError(want) ? `${want.came} is not it: ${want.allowed}` : undefined;
}
