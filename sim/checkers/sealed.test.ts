import { describe, expect, it } from 'vitest';
import { commitTo, nonceFrom } from '../../protocols/rules/sealed.ts';
import type { Envelope, Revealed } from '../../protocols/messages.ts';
import { later, seconds, type Hotkey, type Instant } from '../../protocols/units.ts';
import type { Happening } from '../../runtime/host.ts';
import { deadlines } from './deadlines.ts';
import { sealedReports } from './sealed.ts';

describe('sealed reports', () => {
  it('lets those speak who have committed, once all have or time is up', () => {
    expect(told([...BEGUN, commit('a'), commit('b'), report('a'), report('b')])).toEqual([]);
    expect(told([...BEGUN, commit('a'), report('a', after(DUE + 125_001))])).toEqual([]);
  });

  it('finds who speaks before', () => {
    expect(told([...BEGUN, commit('a'), report('a')]).join()).toContain('1 of 2 have committed');
    expect(told([...BEGUN, commit('a'), report('a', after(DUE + 125_000))])).toHaveLength(1);
    // Of another answer they have.
    const elsewhere = commit('b', { miner: 'n' as Hotkey });
    expect(told([...BEGUN, commit('a'), elsewhere, report('a')])).toHaveLength(1);
  });

  it('finds who says something else than it committed to, or what nobody asked to be sealed', () => {
    const all = [...BEGUN, commit('a'), commit('b')];
    expect(told([...all, report('a', AT, { valid: 4 })]).join()).toContain('not the one');
    expect(told([...all, report('a', AT, { nonce: nonceFrom([1]) })])).toHaveLength(1);
    expect(told([...BEGUN, report('a')])).toHaveLength(1);
    expect(told([commit('a')])).toHaveLength(1);
    expect(told([report('a')])).toHaveLength(1);
    expect(told([report('a', AT, { nonce: undefined as never })])).toEqual([]);
  });

  it('finds a case in which a report opens no commit', () => {
    const open = { reports: [reportOf('a')], commits: [commitTo(reportOf('a'))] };
    expect(told([...BEGUN, proposal(open)])).toEqual([]);
    expect(told([...BEGUN, proposal({ ...open, commits: [] })])).toHaveLength(1);
    expect(told([...BEGUN, proposal({ ...open, commits: undefined })])).toHaveLength(1);
    expect(told([...BEGUN, proposal({ ...open, reports: [reportOf('b')] })])).toHaveLength(1);
  });
});

describe('deadlines of sealed reports', () => {
  it('are two minutes for the commit, and 135 s after the batches were due for the report', () => {
    const body = { id: 'b', query: QUERY };
    const offered = happening('received', 'batch', body, AT, 'validator/a');
    const late = (one: Happening): number =>
      [offered, one].flatMap((each) => checker.see(each) ?? []).length;
    const checker = deadlines();
    expect(late(commit('a', {}, later(AT, seconds(120))))).toBe(0);
    expect(late(commit('a', {}, after(120_001)))).toBe(1);
    expect(late(report('a', after(DUE + 135_000)))).toBe(0);
    expect(late(report('a', after(DUE + 135_001)))).toBe(1);
    expect(late(report('a', after(120_001), { nonce: undefined as never }))).toBe(1);
  });
});

const AT = 1_790_000_000_000 as Instant;
const after = (by: number): Instant => (AT + by) as Instant;
/** When the batches of a query of ten leads are due, after it was asked. */
const DUE = 140_000;

function told(happenings: readonly Happening[]): readonly string[] {
  const checker = sealedReports();
  return happenings.flatMap((one) => checker.see(one) ?? []);
}

const happening = (
  is: 'sent' | 'received',
  kind: Envelope['kind'],
  body: object,
  at: Instant = AT,
  to = 'pool/p',
): Happening => ({
  is,
  at,
  envelope: {
    kind,
    from: to === 'pool/p' ? 'validator/a' : 'miner/m',
    to,
    sentAt: at,
    body,
  } as never,
});

const QUERY = { id: 'q', rounds: [{ askedAt: AT }], want: { leads: 10, sealed: true } };
const BEGUN: readonly Happening[] = [
  {
    is: 'noted',
    at: AT,
    actor: 'buyer/b' as never,
    note: {
      note: 'step',
      query: 'q' as never,
      attempt: 1,
      step: { is: 'drawn', miners: 1, panel: 2 },
    },
  },
  happening('sent', 'query', QUERY),
];

const reportOf = (validator: string, parts: Partial<Revealed> = {}): Revealed => ({
  query: 'q' as never,
  attempt: 1,
  miner: 'm' as Hotkey,
  batch: 'b' as never,
  validator: validator as Hotkey,
  block: 3 as never,
  sampled: 5,
  valid: 5,
  unknown: 0,
  reasons: [],
  nonce: nonceFrom([7]),
  ...parts,
});

const commit = (validator: string, parts: object = {}, at = AT): Happening =>
  happening('sent', 'commit', { ...commitTo(reportOf(validator)), ...parts }, at);

/** Said with another content than it was committed to, where there are parts. */
function report(validator: string, at = AT, parts: Partial<Revealed> = {}): Happening {
  const { nonce, ...said } = reportOf(validator, parts);
  return happening('sent', 'report', { ...said, ...(nonce && { nonce }) }, at);
}

const proposal = (answer: object): Happening =>
  happening('sent', 'proposal', { query: QUERY, answers: [answer] });
