/**
 * What the tests of validators' strategies stand on: one of a panel of five, four miners, a batch of
 * each, and audits that find what the test says.
 */
import {
  arrivalOf,
  ASKED,
  batchBy,
  effectsOf,
  envelope,
  found,
  kindWorld,
  leadsOf,
  play,
  queryOn,
  sent,
  stageOf,
  asked,
  type Heard,
  type Stage,
  type World,
} from '../../../actors/testing/stage.ts';
import type { Effect } from '../../../actors/actor.ts';
import { addressOf, type Batch, type Query, type Sealed } from '../../../protocols/messages.ts';
import { hours, later, type Hotkey, type Score } from '../../../protocols/units.ts';
import type { Verdict } from '../../../protocols/verdict.ts';
import type { ValidatorActor } from '../judging.ts';

export const STAGE: Stage = stageOf({});
export const SELF: Hotkey = STAGE.validators[0] as Hotkey;

/** The batch of each miner, of as many leads as the query wants. */
export const batchesFor = (query: Sealed<Query>): readonly Sealed<Batch>[] =>
  STAGE.miners.map((miner) => batchBy(miner, query, leadsOf(miner, query.want.leads)));

export interface Played {
  readonly effects: readonly Effect[];
  /** O_v of each miner's batch, as it was reported; undefined where it abstained. */
  readonly scores: ReadonlyMap<Hotkey, Score | undefined>;
  /** Audits that it asked for. */
  readonly audits: number;
}

/** Plays a validator that is offered batches and hears other things before. */
export function playPanel(
  actor: ValidatorActor,
  {
    leads = 50,
    finds = (batch) => Array.from({ length: batch.count }, () => 0 as Verdict),
    before = [],
    query = queryOn(STAGE, { want: { leads } }),
    world = kindWorld,
  }: {
    readonly leads?: number;
    readonly finds?: (batch: Batch) => readonly Verdict[];
    readonly before?: readonly Heard[];
    readonly query?: Sealed<Query>;
    readonly world?: World;
  } = {},
): Played {
  const self = addressOf('validator', SELF);
  const at = arrivalOf(query);
  const { done } = play(STAGE, actor, {
    self,
    from: ASKED,
    end: later(ASKED, hours(1)),
    heard: [
      ...before,
      ...batchesFor(query).map((batch) => ({
        at,
        envelope: envelope('batch', addressOf('miner', batch.miner), self, batch),
      })),
    ],
    world: (question, now) =>
      question.ask === 'audit'
        ? { at: now, outcome: found(finds(question.input.batch)) }
        : world(question, now),
  });
  const effects = effectsOf(done);
  const reports = sent('report', effects).map(({ body }) => body);
  return {
    effects,
    scores: new Map(reports.map(({ miner, score }) => [miner, score])),
    audits: asked('audit', effects).length,
  };
}
