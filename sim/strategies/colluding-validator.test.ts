import { describe, expect, it } from 'vitest';
import { ask } from '../../actors/actor.ts';
import { ASKED, contextOf } from '../../actors/testing/stage.ts';
import { validator } from '../../actors/validator.ts';
import { addressOf } from '../../protocols/messages.ts';
import {
  later,
  minutes,
  percent,
  type Hotkey,
  type Uid,
  type Weight16,
} from '../../protocols/units.ts';
import { because, PASS } from '../../protocols/verdict.ts';
import { colludingValidator } from './colluding-validator.ts';
import { playPanel, SELF, STAGE } from './testing/panel.ts';

describe('a colluding validator', () => {
  it('approves its ring’s miner without a look, and marks those that compete with it down', () => {
    const { scores, audits } = playPanel(colludingValidator(ringWith(OURS))(validator), {
      finds: ({ miner, count }) =>
        Array.from({ length: count }, () => (miner === OURS ? because('bad_email') : PASS)),
    });
    expect(audits).toBe(STAGE.miners.length - 1);
    expect(scores.get(OURS)).toBe(percent(100));
    for (const miner of RIVALS) expect(scores.get(miner)).toBe(percent(80));
  });

  it('is honest where its ring has nobody in the draw', () => {
    const absent = colludingValidator(ringWith(STAGE.buyer))(validator);
    expect(playPanel(absent)).toEqual(playPanel(validator));
  });

  it('gives all its weights to the ring’s miners', () => {
    const honest: typeof validator = {
      ...validator,
      on: {
        ...validator.on,
        alarmReply: (_state, _reply, { now }) => [
          ask('setWeights', [[0 as Uid, 7 as Weight16]], later(now, minutes(2))),
        ],
      },
    };
    const self = addressOf('validator', SELF);
    const context = contextOf(STAGE, self, ASKED);
    const weightsOf = (ours: Hotkey) => {
      const { begin, on } = colludingValidator(ringWith(ours))(honest);
      const reply = { service: 'alarm', input: { about: 'epoch' }, outcome: TIMED_OUT } as const;
      return on.alarmReply(begin(context)[0], reply, context);
    };
    const uid = STAGE.viewAt(ASKED).latest.neurons.find(({ hotkey }) => hotkey === OURS)?.uid;
    expect(weightsOf(OURS)).toMatchObject([{ ask: 'setWeights', input: [[uid, 65_535]] }]);
    expect(weightsOf(STAGE.buyer)).toMatchObject([{ ask: 'setWeights', input: [[0, 7]] }]);
  });
});

const [, OURS] = STAGE.miners as [Hotkey, Hotkey];
const RIVALS = STAGE.miners.filter((miner) => miner !== OURS);
const TIMED_OUT = { ok: false, fault: 'timeout' } as const;
const ringWith = (miner: Hotkey) => ({ validators: new Set([SELF]), miners: new Set([miner]) });
