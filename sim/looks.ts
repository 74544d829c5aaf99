/**
 * What there is to be found of each of a batch's leads on its own, by the rules and by the truth of
 * the made-up world. Five validators and a pool look at the same batch: what was found is remembered.
 *
 *     alone       offline rules and the query's want       checkable   the rules that checks begin with
 *     truth       domain and website                       checks      the same, and the mailbox
 */
import { decodeLeads } from '../protocols/batch.ts';
import type { Batch } from '../protocols/messages.ts';
import type { Want } from '../protocols/query.ts';
import { offlineVerdict } from '../protocols/rules/audit.ts';
import { disposableVerdict } from '../protocols/rules/disposable.ts';
import { personsIn } from '../protocols/rules/duplicates.ts';
import { formatsOf } from '../protocols/rules/format.ts';
import type { Instant } from '../protocols/units.ts';
import { both, type Verdict } from '../protocols/verdict.ts';
import { memo } from './memo.ts';
import { mailboxTruth, truthOf } from './truth.ts';

type Seen = (index: number) => Verdict;

/** A look at a batch's leads, each by its index. */
export interface Look {
  readonly count: number;
  /** The same for two leads of one person, and for no others. */
  readonly persons: readonly (string | number | undefined)[];
  readonly alone: Seen;
  readonly checkable: Seen;
  readonly truth: Seen;
  readonly checks: Seen;
}

/** Where leads are looked at. */
export interface Looks {
  /** A look at the batch will be asked for at this instant, and not before. */
  expect(batch: Batch, by: Instant): void;
  at(batch: Batch): Look;
}

/** A batch is audited and checked within minutes of its making; of 100 leads it holds some 100 kB. */
const REMEMBERED = 256;

/** Looks when it is asked to, and at no more leads than it is asked for. */
export function looksInLine(remembered: number = REMEMBERED): Looks {
  const seen = memo(looker, remembered);
  return {
    expect: () => undefined,
    at: ({ leads, query }) => seen.of(leads)(query.want),
  };
}

/** Looks at one batch. It is for one query: another want is hardly ever asked for, and seen anew. */
function looker(bytes: Uint8Array): (want: Want) => Look {
  const leads = decodeLeads(bytes);
  const format = formatsOf(leads);
  const truth = each(leads, truthOf);
  const checkable = (lead: unknown, index: number): Verdict =>
    both(format(index), disposableVerdict(lead));
  const seen = {
    count: leads.length,
    persons: personsIn(leads),
    checkable: each(leads, checkable),
    truth,
    checks: each(leads, (lead, index) => both(truth(index), mailboxTruth(lead))),
  };
  let last: { readonly name: string; readonly look: Look } | undefined;
  return (want) => {
    const name = nameOf(want);
    if (last?.name !== name) {
      const alone = each(leads, (lead, index) => offlineVerdict(lead, want, format(index)));
      last = { name, look: { ...seen, alone } };
    }
    return last.look;
  };
}

/** What tells one want from another, for the rules that look at leads. */
export const nameOf = ({ industry, region }: Want): string => JSON.stringify([industry, region]);

/** A verdict of each lead, found when it is first asked for. */
function each(leads: readonly unknown[], judge: (lead: unknown, index: number) => Verdict): Seen {
  const known: Verdict[] = [];
  return (index) => (known[index] ??= judge(leads[index], index));
}

/** What a packed look holds of each lead: the first index of its person, and four verdicts. */
const COLUMNS = 5;
const NOBODY = -1;

/** The whole look as numbers, which cross from thread to thread. */
export function packedLook(leads: Uint8Array, want: Want): Int32Array<ArrayBuffer> {
  const { count, persons, alone, checkable, truth, checks } = looker(leads)(want);
  const packed = new Int32Array(count * COLUMNS);
  const firsts = new Map<string | number, number>();
  for (const [index, person] of persons.entries()) {
    if (person !== undefined && !firsts.has(person)) firsts.set(person, index);
    packed.set(
      [
        person === undefined ? NOBODY : (firsts.get(person) ?? index),
        alone(index),
        checkable(index),
        truth(index),
        checks(index),
      ],
      index * COLUMNS,
    );
  }
  return packed;
}

export function lookFrom(packed: Int32Array): Look {
  const count = packed.length / COLUMNS;
  const column =
    (at: number): Seen =>
    (index) =>
      packed[index * COLUMNS + at] as Verdict;
  return {
    count,
    persons: Array.from({ length: count }, (_, index) => {
      const first = packed[index * COLUMNS] ?? NOBODY;
      return first === NOBODY ? undefined : first;
    }),
    alone: column(1),
    checkable: column(2),
    truth: column(3),
    checks: column(4),
  };
}
