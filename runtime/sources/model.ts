/**
 * A user's own model, as a miner's source of leads or a validator's audit. It is a module, whose
 * default export (or `miner`, `validator`) is called, or a command; each question runs in a process
 * of its own, so that whatever a model does the node lives on:
 *
 *     miner       {"query":{"num_leads":10,"industry":"Tech & AI"}}      ──▶  [ lead, … ]
 *     validator   {"want":{…},"leads":[ … ],"sample":[0,4]}              ──▶  [ {"verdict":"fail",
 *                                                 one a sampled lead:           "reasons":[…]}, … ]
 *
 * A model that crashes, hangs or is not to be had is `unavailable`; one that answers something else
 * is `refused`, and the message says what.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { map, Observable } from 'rxjs';
import { decodeLeads, packLeads, unpackLeads } from '../../protocols/batch.ts';
import type { Lead } from '../../protocols/lead.ts';
import { show, type Want } from '../../protocols/query.ts';
import { duplicateVerdicts } from '../../protocols/rules/duplicates.ts';
import {
  because,
  both,
  FAIL_REASONS,
  outcomeOf,
  PASS,
  UNKNOWN_REASONS,
  type Reason,
  type Verdict,
} from '../../protocols/verdict.ts';
import { WorldError } from '../cli/trouble.ts';
import { ServiceFault, type Asker, type Clock, type ServicePort } from '../host.ts';
import { askProgram, type Program } from './child.ts';
import { inTurn } from './turns.ts';

export interface ModelOptions {
  /** A path to a module (it ends in `.js`, `.mjs`, `.ts`, …), or a command for the shell. */
  readonly model: string;
  readonly clock: Clock;
}

/** A miner's source of leads. */
export function minerModel({ model, clock }: ModelOptions): ServicePort<'source'> {
  const ask = asking(programOf(model, 'miner'), clock);
  return ({ want }, asker) =>
    ask({ query: asked(want) }, asker).pipe(map((answer) => readLeads(answer, want.leads)));
}

/** A validator's audit. What is outside the sample is looked at for duplicates, by the rule. */
export function validatorModel({ model, clock }: ModelOptions): ServicePort<'audit'> {
  const ask = asking(programOf(model, 'validator'), clock);
  return ({ batch, sample }, asker) => {
    const leads = decodeLeads(batch.leads);
    const question = { want: asked(batch.query.want), leads, sample };
    return ask(question, asker).pipe(
      map((answer) => {
        const verdicts = [...duplicateVerdicts(leads)];
        for (const [at, verdict] of readVerdicts(answer, sample.length).entries()) {
          verdicts[sample[at] ?? 0] = verdict;
        }
        return verdicts;
      }),
    );
  };
}

/** The words of a query on the outside. */
const asked = ({ leads, industry, region }: Want): object => ({
  num_leads: leads,
  industry,
  region,
});

/** A module runs on the Node that runs us, with a memory of its own that is bounded. */
function programOf(model: string, role: 'miner' | 'validator'): Program {
  if (!/^\S.*\.[cm]?[jt]s$/.test(model)) return { file: model, args: [], shell: true };
  const path = resolve(model);
  if (!existsSync(path)) throw new WorldError(`there is no module ${model}; check the path`);

  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const runner = fileURLToPath(new URL(`./model-runner${ending}`, import.meta.url));
  const memory = `--max-old-space-size=${MAX_MEMORY_MB}`;
  return {
    file: process.execPath,
    args: [memory, runner, pathToFileURL(path).href, role],
    shell: false,
  };
}

const MAX_MEMORY_MB = 1_024;

/** One question at a time is answered; the asker's deadline counts from when it asked. */
function asking(
  program: Program,
  clock: Clock,
): (question: object, asker: Asker) => Observable<unknown> {
  const turns = inTurn();
  return (question, { by }) => timely(clock, by, turns(askProgram(program, question)));
}

const timely = <T>(clock: Clock, by: Asker['by'], work: Observable<T>): Observable<T> =>
  new Observable((subscriber) => {
    const late = (): void =>
      subscriber.error(new ServiceFault('unavailable', 'the model was not done by the deadline'));
    subscriber.add(clock.at(by, late));
    subscriber.add(work.subscribe(subscriber));
  });

/** What a model gives for leads need not be good ones, but must fit into a batch. */
function readLeads(answer: unknown, most: number): readonly Lead[] {
  if (!Array.isArray(answer)) throw refused(show(answer), 'an array of leads');
  if (answer.length > most) throw refused(`${answer.length} leads`, `at most ${most}`);
  const bad = answer.findIndex((lead) => !isTextual(lead));
  if (bad >= 0) throw refused(`leads[${bad}]: ${show(answer[bad])}`, 'an object of text fields');

  const leads = answer as readonly Lead[];
  const salts = leads.map(() => new Uint8Array(16));
  const fits = unpackLeads(packLeads(leads, salts)) !== undefined;
  if (!fits) throw refused('leads that are too long', 'what fits into a batch');
  return leads;
}

const isTextual = (lead: unknown): boolean =>
  typeof lead === 'object' &&
  lead !== null &&
  !Array.isArray(lead) &&
  Object.values(lead).every((value) => typeof value === 'string');

function readVerdicts(answer: unknown, count: number): readonly Verdict[] {
  if (!Array.isArray(answer)) throw refused(show(answer), 'an array of verdicts');
  if (answer.length !== count) {
    throw refused(`${answer.length} verdicts`, `${count}, one for each sampled lead`);
  }
  return answer.map((item: unknown, at) => {
    const verdict = readVerdict(item);
    if (verdict !== undefined) return verdict;
    const allowed = 'a verdict (pass, fail, unknown) with the reasons for it';
    throw refused(`verdicts[${at}]: ${show(item)}`, allowed);
  });
}

/** Undefined where the reasons are none of ours, or do not make the verdict that it names. */
function readVerdict(item: unknown): Verdict | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const named: unknown = Object.hasOwn(item, 'verdict') ? Reflect.get(item, 'verdict') : undefined;
  const reasons: unknown = Object.hasOwn(item, 'reasons') ? Reflect.get(item, 'reasons') : [];
  if (!Array.isArray(reasons) || !reasons.every(isReason)) return undefined;
  const verdict = reasons.map(because).reduce(both, PASS);
  return outcomeOf(verdict) === named ? verdict : undefined;
}

const isReason = (value: unknown): value is Reason =>
  ([...FAIL_REASONS, ...UNKNOWN_REASONS] as readonly unknown[]).includes(value);

const refused = (came: string, allowed: string): ServiceFault =>
  new ServiceFault('refused', `the model gave ${came}; allowed: ${allowed}`);
