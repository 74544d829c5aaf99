import { describe, expect, it } from 'vitest';
import type { Address, RefusalReason } from '../../protocols/messages.ts';
import {
  later,
  minutes,
  seconds,
  type Duration,
  type Instant,
  type QueryId,
} from '../../protocols/units.ts';
import type { Happening } from '../host.ts';
import { follow, goOn, newProgress, showProgress, type Progress } from './buy-progress.ts';

describe('the progress of a query', () => {
  it('says that a block has to draw first', () => {
    expect(shown(newProgress(START), seconds(3))).toEqual([
      '0:03  the next block draws whom to ask',
    ]);
  });

  it('says who was asked, and how long everyone has by the rules', () => {
    const progress = asking(1, ['a', 'b']);
    expect(shown(progress, seconds(10))).toEqual([
      '0:10  attempt 1 of 3: 2 miners asked, 3 validators to judge',
      '      miners have 2:10 left, the answer comes within 6:10',
    ]);
    expect(shown(progress, seconds(141))).toEqual([
      '2:21  attempt 1 of 3: 2 miners asked, 3 validators to judge',
      '      the time of the miners is up; the answer comes within 3:59',
    ]);
    expect(shown(progress, minutes(7))[1]).toContain('within 0:00');
  });

  it('says who refused, and why', () => {
    const progress = asking(1, ['a', 'b', 'c']);
    for (const [who, why] of [
      ['a', 'busy'],
      ['b', 'busy'],
      ['c', 'stale'],
    ] as const) {
      expect(follow(progress, refusal(who, why, 1))).toBe(true);
    }
    expect(shown(progress, seconds(1))[1]).toBe('      refused: 2 busy, 1 heard of it too late');
  });

  it('begins anew with another attempt, and hears no refusal of the one before', () => {
    const progress = asking(1, ['a', 'b', 'c']);
    follow(progress, refusal('a', 'busy', 1));
    follow(progress, drawn(2));
    for (const miner of ['d', 'e']) follow(progress, sent(miner, 2));
    expect(follow(progress, refusal('b', 'busy', 1))).toBe(false);
    expect(shown(progress, seconds(10))).toEqual([
      '0:10  attempt 2 of 3: 2 miners asked, 3 validators to judge',
      expect.stringContaining('miners have'),
    ]);
  });

  it('goes on with what was under way', () => {
    const progress = newProgress(START);
    goOn(progress, query(2), { miners: ['5a', '5b'], panel: ['5v'] } as unknown as Draw);
    expect(shown(progress, seconds(0))[0]).toBe(
      '0:00  attempt 2 of 3: 2 miners asked, 1 validator to judge',
    );
  });

  it('is not made of what others say to each other', () => {
    const progress = newProgress(START);
    const batch = {
      is: 'received',
      at: START,
      envelope: { kind: 'batch' },
    } as unknown as Happening;
    expect(follow(progress, batch)).toBe(false);
  });
});

type Draw = Parameters<typeof goOn>[2];

const START = 1_700_000_000_000 as Instant;
const shown = (progress: Progress, after: Duration) => showProgress(progress, later(START, after));

/** Ten leads: two minutes and twenty seconds to find them. */
const query = (attempt: number): Parameters<typeof goOn>[1] & { readonly id: QueryId } => ({
  id: 'q' as QueryId,
  openedAt: START,
  want: { leads: 10 },
  rounds: Array.from({ length: attempt }, () => ({ askedAt: START, block: 1 })) as never,
});

function asking(attempt: number, miners: readonly string[]): Progress {
  const progress = newProgress(START);
  follow(progress, drawn(attempt));
  follow(progress, {
    ...sent('p', attempt),
    envelope: envelope('query', 'pool/p', query(attempt)),
  } as Happening);
  for (const miner of miners) follow(progress, sent(miner, attempt));
  return progress;
}

const envelope = (kind: string, to: string, body: unknown) => ({ kind, from: 'buyer/b', to, body });

const sent = (miner: string, attempt: number): Happening =>
  ({
    is: 'sent',
    at: START,
    envelope: envelope('query', `miner/${miner}`, query(attempt)),
  }) as Happening;

const drawn = (attempt: number): Happening => ({
  is: 'noted',
  at: START,
  actor: 'buyer/b' as Address,
  note: {
    note: 'step',
    query: 'q' as QueryId,
    attempt,
    step: { is: 'drawn', miners: 2, panel: 3 },
  },
});

const refusal = (miner: string, reason: RefusalReason, attempt: number): Happening =>
  ({
    is: 'received',
    at: START,
    envelope: {
      ...envelope('refusal', 'buyer/b', { query: 'q', attempt, reason }),
      from: `miner/${miner}`,
    },
  }) as Happening;
