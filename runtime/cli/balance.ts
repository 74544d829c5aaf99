/**
 * `leadpoet balance`: what the callers of a serving node have paid beforehand, what their deliveries have
 * cost, and a payment entered by hand. The node may be running: both write the same ledger.
 *
 * Nothing of it is on the chain: who has paid is for the operator to see, and to say here.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { show } from '../../protocols/query.ts';
import { showTao, type Instant, type Rao } from '../../protocols/units.ts';
import { nodeDir } from '../network.ts';
import { LEDGER_FILE, PERSON_PATIENCE } from '../prices/ledger-file.ts';
import { Ledger, MOST_BALANCE, type Balance, type Line } from '../prices/ledger.ts';
import { MOST_TAO, readTao } from '../tao.ts';
import { nodeSettings, type RawOptions } from './node-settings.ts';
import { section } from './table.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';

export interface BalanceOptions extends RawOptions {
  readonly account?: string;
  readonly reference?: string;
  readonly note?: string;
  readonly json?: true;
}

/** Of each answer; who wants more asks for one account. */
const MOST_ROWS = 1_000;
/** Words for people: a line of a table. */
const MOST_NOTE = 200;

/** Of one account, or of all. Exit 0, also where an account has paid nothing. */
export function balanceShow(options: BalanceOptions, io: Console): number {
  return atLedger(options, (ledger) => {
    const { account } = options;
    const found =
      account === undefined ? ledger.accounts(MOST_ROWS) : [ledger.balanceOf(nameIn(account))];
    if (options.json === true) return sayJson('leadpoet.balance/1', found.map(balanceJson), io);
    const rows = found.map((one) => [
      one.account,
      showTao(one.balance),
      showTao(one.held),
      showTao(freeOf(one)),
    ]);
    io.out(section('Balances in TAO', BALANCES, rows));
    return EXIT.done;
  });
}

/** Exit 0 where it is entered, also where it was before under the same reference. */
export function balanceTopUp(amount: string, options: BalanceOptions, io: Console): number {
  const rao = amountIn(amount);
  const account = nameIn(options.account);
  const reference =
    options.reference === undefined ? randomUUID() : textIn('--reference', options.reference);
  const note = options.note === undefined ? '' : textIn('--note', options.note);
  return atLedger(options, (ledger) => {
    const entered = ledger.topUp({ account, rao, reference, note }, Date.now() as Instant);
    if (entered === undefined) {
      const has = showTao(ledger.balanceOf(account).balance);
      const allowed = `what makes at most ${showTao(MOST_BALANCE)} with the ${has} TAO that are there`;
      throw new UsageError({ field: 'TAO', came: show(amount), allowed });
    }
    const { line, isNew } = entered;
    if (!isNew && (line.account !== account || line.rao !== rao)) {
      const allowed = `another: it stands for ${showTao(line.rao)} TAO of ${line.account}`;
      throw new UsageError({ field: '--reference', came: show(reference), allowed });
    }
    const now = ledger.balanceOf(account);
    if (options.json === true) {
      return sayJson('leadpoet.top-up/1', { ...lineJson(line), entered: isNew }, io);
    }
    const what = isNew ? 'entered' : 'was entered before, and counts once';
    io.out(`${showTao(rao)} TAO for ${account} ${what}; it has ${showTao(freeOf(now))} TAO free\n`);
    return EXIT.done;
  });
}

/** The latest first. Exit 1 where the account has no line. */
export function balanceHistory(options: BalanceOptions, io: Console): number {
  const account = nameIn(options.account);
  return atLedger(options, (ledger) => {
    const lines = ledger.history(account, MOST_ROWS);
    if (options.json === true) sayJson('leadpoet.ledger/1', lines.map(lineJson), io);
    else io.out(section(`The ledger of ${account} in TAO`, LINES, lines.map(rowOf)));
    return lines.length > 0 ? EXIT.done : EXIT.no;
  });
}

function atLedger(options: BalanceOptions, work: (ledger: Ledger) => number): number {
  const settings = nodeSettings('buyer', options, process.env);
  const dir = nodeDir(settings);
  // A name that was mistyped must not begin a ledger that nobody serves from.
  if (!existsSync(dir)) {
    const { hotkey } = settings.wallet;
    const todo = 'start `leadpoet serve` once, or name its --wallet.hotkey and --data-dir';
    throw new WorldError(`no buyer of hotkey ${hotkey} has been here (${dir}); ${todo}`);
  }
  const ledger = new Ledger(join(dir, LEDGER_FILE), PERSON_PATIENCE);
  try {
    return work(ledger);
  } finally {
    ledger.close();
  }
}

function amountIn(text: string): Rao {
  const rao = readTao(text);
  if (rao !== undefined && rao > 0n) return rao;
  const allowed = `TAO above 0, at most ${MOST_TAO}, with nine digits behind the point at most`;
  throw new UsageError({ field: 'TAO', came: show(text), allowed });
}

/** As `--http.tokens` names callers. */
function nameIn(account: string | undefined): string {
  if (account !== undefined && /^[\w.@-]{1,64}$/.test(account)) return account;
  const allowed = 'a name of --http.tokens, or `default` where there is but one token';
  throw new UsageError({ field: '--account', came: show(account), allowed });
}

function textIn(field: string, text: string): string {
  if (text.trim() !== '' && text.length <= MOST_NOTE && !/\p{Cc}/u.test(text)) return text;
  throw new UsageError({
    field,
    came: show(text),
    allowed: `a line of up to ${MOST_NOTE} letters`,
  });
}

const freeOf = ({ balance, held }: Balance): Rao => (balance - held) as Rao;

const BALANCES = [
  { title: 'account', most: 64 },
  { title: 'balance', align: 'right' as const },
  { title: 'set aside', align: 'right' as const },
  { title: 'free', align: 'right' as const },
];
const LINES = [
  { title: 'when' },
  { title: 'what' },
  { title: 'change', align: 'right' as const },
  { title: 'balance', align: 'right' as const },
  { title: 'leads', align: 'right' as const },
  { title: 'tier', most: 40 },
  { title: 'reference', most: 64 },
  { title: 'note', most: 60 },
];

const rowOf = (line: Line): readonly string[] => [
  whenOf(line),
  line.kind,
  `${line.kind === 'charge' ? '-' : '+'}${showTao(line.rao)}`,
  showTao(line.balance),
  line.leads === undefined ? '' : String(line.leads),
  line.tier ?? '',
  line.reference,
  line.note,
];

const whenOf = ({ at }: Line): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

const balanceJson = (one: Balance): object => ({
  account: one.account,
  balance: showTao(one.balance),
  held: showTao(one.held),
  free: showTao(freeOf(one)),
});

const lineJson = (line: Line): object => ({
  number: line.number,
  at: whenOf(line),
  account: line.account,
  kind: line.kind,
  tao: showTao(line.rao),
  balance: showTao(line.balance),
  reference: line.reference,
  note: line.note,
  leads: line.leads ?? null,
  tier: line.tier ?? null,
});

function sayJson(format: string, what: object, io: Console): number {
  const body = Array.isArray(what) ? { lines: what as readonly unknown[] } : what;
  io.out(`${JSON.stringify({ format, ...body }, null, 2)}\n`);
  return EXIT.done;
}
