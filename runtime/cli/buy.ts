/**
 * `leadpoet buy`: a buyer's node that dials out, asks, waits, prints, and leaves.
 *
 *     flags, or a person ──▶ what is wanted ──▶ query ──▶ leads ──▶ how good are they?
 *
 * What it asked and what came of it lie in its data directory: killed and started again with the same
 * question it goes on with that one, and an answer that nobody has seen yet is shown, not asked anew.
 */
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { AttemptFailure, QueryAnswer } from '../../actors/actor.ts';
import type { Want } from '../../protocols/query.ts';
import { seconds, type Duration } from '../../protocols/units.ts';
import { run } from '../errands.ts';
import { openNode, type LiveNode } from '../node.ts';
import { closeOrder } from '../orders.ts';
import { answerTo } from './buy-query.ts';
import { teller, type Teller } from './buy-teller.ts';
import { askRating, thisBuyer, wantOf, type Person, type WantFlags } from './buyer-questions.ts';
import { tell } from './errand.ts';
import { lineAgain, lineToRate } from './invitation.ts';
import type { LeadFormat } from './lead-formats.ts';
import { answerJson, formatOf, showAs, writeLeads } from './lead-output.ts';
import { nodeSettings, type RawOptions } from './node-settings.ts';
import { exitOf, hearSignals, type Signal } from './stopping.ts';
import { BrokenOff, EXIT, UsageError, WorldError, type Console } from './trouble.ts';

export interface BuyOptions extends RawOptions, WantFlags {
  readonly out?: string;
  readonly format?: string;
  readonly json?: true;
}

/** Exit 0 where leads came, 1 where none did, 3 where nobody is there to bring any. */
export async function buy(
  options: BuyOptions,
  io: Console,
  person: Person = thisBuyer(),
): Promise<number> {
  const format = formatOf(options.format, options.out);
  const settings = nodeSettings('buyer', options, process.env);
  if (options.out !== undefined) checkWritable(options.out);
  const want = await wantedBy(options, person, io);
  const { told } = hearSignals();
  const telling = teller(io);
  try {
    const node = await openNode({ settings, env: process.env, say: telling.say });
    try {
      telling.watch(node);
      return await served({ node, want, options, format, person, telling, told }, io);
    } finally {
      telling.end();
      await node.close(LEAVING);
    }
  } finally {
    telling.end();
  }
}

/** What it has said last is on its way; it is said again when it is back. */
const LEAVING: Duration = seconds(2);

async function wantedBy(options: BuyOptions, person: Person, io: Console): Promise<Want> {
  try {
    return await wantOf(options, person);
  } catch (trouble) {
    // Somebody who was just asked wonders.
    const wasAsked =
      trouble instanceof BrokenOff || (trouble instanceof UsageError && person.canAsk);
    if (wasAsked) io.err('leadpoet buy: nothing was asked of anybody\n');
    throw trouble;
  }
}

interface Serving {
  readonly node: LiveNode;
  readonly want: Want;
  readonly options: BuyOptions;
  readonly format: LeadFormat;
  readonly person: Person;
  readonly telling: Teller;
  readonly told: Promise<Signal>;
}

async function served(parts: Serving, io: Console): Promise<number> {
  const { node, want, options, format, telling, told } = parts;
  const { say, goesOn } = telling;
  let isPlaced = false;
  const answered = answerTo(node, want, { say, goesOn, placed: () => (isPlaced = true) });
  // Where the signal comes first nobody waits for it any more.
  answered.catch(() => undefined);
  const end = await Promise.race([answered, told]);
  telling.end();
  if (typeof end === 'string') {
    const again = `to see what came of it: ${lineAgain(options, want)}`;
    say(
      isPlaced
        ? `${end}: the query goes on when this is run again; ${again}`
        : `${end}: nothing was asked of anybody`,
    );
    return exitOf(end);
  }
  print(end, { ...options, format }, io);
  closeOrder(node.dir, end.nonce);
  // A rating speaks of the query's own batch, not of what the pool had.
  if (end.leads.length > 0 && end.chosen !== undefined) await invite(parts, end, io);
  return codeOf(end);
}

/** Asks how good the leads are, or says how that is said later. Never throws: leads have come. */
async function invite(
  { node, options, person, told }: Serving,
  { query }: QueryAnswer,
  io: Console,
): Promise<void> {
  const line = `rate them, 1 to 10: ${lineToRate(options, query)}`;
  const stopped = new AbortController();
  void told.then(() => stopped.abort());
  // What is piped into a pager would be asked about in the midst of it.
  const mayAsk = options.ask !== false && person.canAsk && process.stdout.isTTY;
  try {
    const rating = mayAsk ? await askRating(person, stopped.signal) : undefined;
    if (rating === undefined) return io.err(`leadpoet buy: ${line}\n`);
    tell(await run(node, { is: 'rating', query, rating }), 'rating', false, io);
  } catch (trouble) {
    if (trouble instanceof WorldError) io.err(`leadpoet buy: ${trouble.message}\n`);
    else if (!(trouble instanceof BrokenOff || trouble instanceof UsageError)) throw trouble;
    io.err(`leadpoet buy: ${line}\n`);
  }
}

/** Found out before anything is asked: leads that cannot be written are leads lost. */
function checkWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new WorldError(`cannot write into ${dirname(file)}; name another file with --out`, {
      cause,
    });
  }
}

function print(
  answer: QueryAnswer,
  { out, json, format }: BuyOptions & { readonly format: LeadFormat },
  io: Console,
): void {
  const nameOf = (hotkey: string): string => hotkey.slice(0, 8);
  const within = out === undefined && process.stdout.isTTY ? process.stdout.columns : undefined;
  const text = showAs(format, { answer, nameOf, ...(within !== undefined && { within }) });
  if (out !== undefined) writeLeads(out, text);
  if (json === true) io.out(`${JSON.stringify(answerJson(answer), null, 2)}\n`);
  else if (out === undefined) io.out(text);
  else io.out(`${answer.leads.length} leads in ${out}, query ${answer.query}\n`);
}

const NOBODY: readonly (AttemptFailure | undefined)[] = [
  'no_miner',
  'no_validator',
  'no_pool',
  'no_block',
  'pool_silent',
];

function codeOf({ leads, attempts }: QueryAnswer): number {
  if (leads.length > 0) return EXIT.done;
  return attempts.every(({ failure }) => NOBODY.includes(failure)) ? EXIT.world : EXIT.no;
}
