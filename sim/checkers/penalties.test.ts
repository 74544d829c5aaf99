import { describe, expect, it } from 'vitest';
import { batch } from '../../protocols/ledger-arbitraries.ts';
import { enter, newLedger } from '../../protocols/ledger.ts';
import { found, suspect } from '../../protocols/rules/penalty-arbitraries.ts';
import { enterPenalty } from '../../protocols/rules/penalty-fold.ts';
import type { Owner } from '../../protocols/rules/penalty-events.ts';
import { hours, points, type Block, type Hotkey, type Instant } from '../../protocols/units.ts';
import type { ChainEpoch } from '../../runtime/chain/in-memory.ts';
import type { Happening } from '../../runtime/host.ts';
import { penalties } from './penalties.ts';

/** A validator is flagged, and a buyer restricted, by what was found at this block. */
const S = 1_000;
const TEMPO = 359;

describe('penalties', () => {
  it('has nothing to say where the flagged have no say and the restricted are not served', () => {
    const { see } = checking();
    expect(see(proposal({ block: S + 360, reputation: 0 }))).toBeUndefined();
    expect(see(proposal({ block: S + 360, buyer: 'w' }))).toBeUndefined();
  });

  it('finds a flagged validator that has a say, from the next epoch to the last block', () => {
    const { see } = checking();
    const of = (block: number) => see(proposal({ block, reputation: 20 }));
    expect([of(S + 359), of(S + 648_001)]).toEqual([undefined, undefined]);
    expect(of(S + 360)).toBe(`a1 is flagged until ${S + 648_000} and has a say at ${S + 360}`);
    expect(of(S + 648_000)).toContain('has a say');
  });

  it('finds a restricted buyer that is served', () => {
    const { see } = checking();
    const of = (block: number) => see(proposal({ block, buyer: 'u' }));
    expect([of(S + 359), of(S + 216_001)]).toEqual([undefined, undefined]);
    expect(of(S + 216_000)).toContain(`restricted until ${S + 216_000}`);
    expect(see(proposal({ block: S + 360, buyer: 'u', account: 'validator' }))).toBeUndefined();
  });

  it('gives a pool that came back the time to find all of it again', () => {
    const { see } = checking();
    const at = (time: number) => see(proposal({ block: S + 360, reputation: 20, at: time }));
    see({ is: 'started', at: 7 as Instant, actor: 'pool/p' } as unknown as Happening);
    expect(at(7 + hours(3) - 1)).toBeUndefined();
    expect(at(7 + hours(3))).toContain('has a say');
  });

  it('finds that the rules pay the flagged nothing', () => {
    const { turn } = checking();
    const row = (hotkey: string) => ({ hotkey, emission: 10n, incentive: 0, dividends: 0 });
    for (const block of [S, S + 360, S + 648_001]) {
      const rows = ['a1', 'b1'].map(row);
      expect(turn({ block: block as Block, rows } as never)).toBeUndefined();
    }
  });
});

function checking() {
  const ledger = newLedger({ day: 7_200 });
  for (let at = 0; at < 5; at++) {
    enter(ledger, batch({ at, opinions: { a1: 95, b1: 95 } }));
  }
  const buyers = [{ ...suspect('u', 90), hotkeys: ['u' as Hotkey] }];
  enterPenalty(ledger.penalties, found(S, { validators: [suspect('a', 90)], buyers }));
  const subnet = {
    nodes: [{ plan: { role: 'validator', name: 'validator-honest-1' }, hotkey: 'b1' }],
    validatorAt: () => ({ state: { ledger } }),
    ownerOf: (hotkey: Hotkey) => hotkey.charAt(0) as Owner,
  };
  const checker = penalties(subnet as never, TEMPO);
  return {
    see: (happening: Happening) => checker.see(happening),
    turn: (epoch: ChainEpoch) => checker.turn?.(epoch),
  };
}

const proposal = ({
  block,
  reputation = 0,
  buyer = 'w',
  account = 'buyer',
  at = hours(9),
}: {
  block: number;
  reputation?: number;
  buyer?: string;
  account?: string;
  at?: number;
}): Happening =>
  ({
    is: 'sent',
    at,
    envelope: {
      kind: 'proposal',
      from: 'pool/p',
      to: 'validator/b1',
      body: {
        query: { buyer, account, rounds: [{ block }] },
        reputations: [{ validator: 'a1', reputation: points(reputation) }],
        answers: [],
      },
    },
  }) as unknown as Happening;
