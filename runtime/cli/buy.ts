/**
 * `leadpoet buy`: a buyer's node that dials out, asks, waits, prints, and leaves.
 *
 * What it asked and what came of it lie in its data directory: killed and started again with the same
 * question it goes on with that one, and an answer that nobody has seen yet is shown, not asked anew.
 */
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { first, firstValueFrom } from 'rxjs';
import type { AttemptFailure, QueryAnswer } from '../../actors/actor.ts';
import type { BuyerState } from '../../actors/answering.ts';
import { addressOf } from '../../protocols/messages.ts';
import { isFieldError, readWant, type Want } from '../../protocols/query.ts';
import { withStanding } from '../../protocols/rules/eligibility.ts';
import { seconds, type Duration } from '../../protocols/units.ts';
import { stayInTouch } from '../in-touch.ts';
import { openNode, type LiveNode } from '../node.ts';
import { closeOrder, openOrder, placeOrder } from '../orders.ts';
import { below } from '../random.ts';
import { until } from '../until.ts';
import { showStep } from './answer-report.ts';
import type { LeadFormat } from './lead-formats.ts';
import { answerJson, formatOf, showAs, writeLeads } from './lead-output.ts';
import { nodeSettings, type RawOptions } from './node-settings.ts';
import { exitOf, hearSignals } from './stopping.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';

export interface BuyOptions extends RawOptions {
  readonly numLeads?: string;
  readonly industry?: string;
  readonly region?: string;
  readonly sealed?: true;
  readonly out?: string;
  readonly format?: string;
  readonly json?: true;
}

/** Exit 0 where leads came, 1 where none did, 3 where nobody is there to bring any. */
export async function buy(options: BuyOptions, io: Console): Promise<number> {
  const want = wantOf(options);
  const format = formatOf(options.format, options.out);
  const settings = nodeSettings('buyer', options, process.env);
  if (options.out !== undefined) checkWritable(options.out);
  const say = (line: string): void => io.err(`leadpoet buy: ${line}\n`);
  const { told } = hearSignals();
  const node = await openNode({ settings, env: process.env, say });
  try {
    tellSteps(node, say);
    const answered = answerTo(node, want, say);
    const end = await Promise.race([answered, told]);
    if (typeof end === 'string') {
      say(`${end}: the query goes on when this is run again`);
      return exitOf(end);
    }
    print(end, { ...options, format }, io);
    closeOrder(node.dir, end.nonce);
    return codeOf(end);
  } finally {
    await node.close(LEAVING);
  }
}

/** What it has said last is on its way; it is said again when it is back. */
const LEAVING: Duration = seconds(2);

function wantOf({ numLeads, industry, region, sealed }: BuyOptions): Want {
  if (numLeads === undefined) {
    throw new UsageError({
      field: '--num-leads',
      came: 'missing',
      allowed: 'a whole number, 1 to 100',
    });
  }
  const count = /^\d{1,9}$/.test(numLeads) ? Number(numLeads) : numLeads;
  const want = readWant({ num_leads: count, industry, region, sealed });
  if (!isFieldError(want)) return want;
  throw new UsageError({ ...want, field: `--${want.field.replace('_', '-')}` });
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

async function answerTo(
  node: LiveNode,
  want: Want,
  say: (line: string) => void,
): Promise<QueryAnswer> {
  const { host, dir, running, answered } = node;
  await until(host.clock, BEGIN_TIME, () => running.status === 'live');
  const before = openOrder(dir, want);
  const nonce = before ?? below(host.random, MOST_NONCE);
  const answer = firstValueFrom(answered.pipe(first((one) => one.nonce === nonce)));
  // Who leaves before it comes does not wait for it.
  answer.catch(() => undefined);
  const found = before === undefined ? undefined : answerOf(node, nonce);
  if (found !== undefined) {
    say('this was answered before it could be shown');
    return found;
  }
  const open = (running.state as BuyerState | undefined)?.open.values() ?? [];
  const asking = [...open].find(({ work }) => work.nonce === nonce)?.work;
  if (asking !== undefined) {
    say('going on with the query of before');
    stayInTouch(node, asking);
    return answer;
  }
  placeOrder(dir, nonce, want);
  await market(node, say);
  const self = addressOf('buyer', node.hotkey);
  const sentAt = host.clock.now();
  running.tell({ kind: 'want', from: self, to: self, sentAt, body: { want, nonce } });
  return answer;
}

/** An actor begins in its first turn; it comes back as it was within seconds. */
const BEGIN_TIME: Duration = seconds(60);
/** Two queries of one buyer and instant are told apart by it. */
const MOST_NONCE = 2 ** 31;
/** Orders are few: the answer to one is among the latest. */
const LATEST = 64;

function answerOf({ store }: LiveNode, nonce: number): QueryAnswer | undefined {
  for (const query of store.answers.latest(LATEST)) {
    const answer = store.answers.of(query);
    if (answer?.nonce === nonce) return answer;
  }
  return undefined;
}

/**
 * Nodes that have just been started get their permits with the next epoch, and nine of them on a busy
 * machine take a while to start.
 */
const MARKET_TIME: Duration = seconds(60);

/** Waits a while for somebody to ask; who is missing then, the answer says. */
async function market({ host, chain }: LiveNode, say: (line: string) => void): Promise<void> {
  const missing = (): string | undefined =>
    (['miner', 'validator', 'pool'] as const).find(
      (role) => withStanding(chain.view.latest, role).length === 0,
    );
  const role = missing();
  if (role === undefined) return;
  say(`waiting for a ${role} with standing, at most ${MARKET_TIME / 1_000} s`);
  await until(host.clock, MARKET_TIME, () => missing() === undefined);
}

/** One line a step, with the seconds since the beginning: somebody waits. */
function tellSteps({ host }: LiveNode, say: (line: string) => void): void {
  const began = host.clock.now();
  host.observer.listen((happening) => {
    if (happening.is !== 'noted' || happening.note.note !== 'step') return;
    const { attempt, step } = happening.note;
    const after = Math.round((host.clock.now() - began) / 1_000);
    say(`${after} s, attempt ${attempt}: ${showStep(step, (hotkey) => hotkey.slice(0, 8))}`);
  });
}

function print(
  answer: QueryAnswer,
  { out, json, format }: BuyOptions & { readonly format: LeadFormat },
  io: Console,
): void {
  const nameOf = (hotkey: string): string => hotkey.slice(0, 8);
  const text = showAs(format, { answer, nameOf });
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
