import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { emailKey } from '../../protocols/lead.ts';
import { suppressedDigest } from '../../protocols/rules/suppression.ts';
import { readLeadFile } from '../lead-file.ts';
import { hashLine, SUPPRESSION_FORMAT } from '../suppression.ts';
import type { DemoOptions } from './demo-subnet.ts';
import { demo } from './demo.ts';

describe('the demo', () => {
  it('delivers leads and prints the road that they took', async () => {
    const { code, out, err } = await run({});
    expect(code).toBe(0);
    for (const words of [
      'Attempt 1',
      'draws',
      'delivered',
      'The leads',
      'countersigned',
      'rejected',
    ]) {
      expect(out).toContain(words);
    }
    const log = err.split('\n');
    expect(log.slice(0, 3).toSorted()).toEqual(
      [1, 2, 3].map((n) =>
        expect.stringMatching(`^validator-${n} rejects a batch of miner-4: [a-z_]+ \\d`),
      ),
    );
    expect(log.slice(3)).toEqual([expect.stringMatching(/^took [\d.]+ s of wall time$/), '']);
  });

  it('refuses to look for leads by providers without a key, and for companies of a list without that', async () => {
    vi.stubEnv('HUNTER_API_KEY', '');
    const byProviders = { use_open_source_lead_model: true } as const;
    await expect(run(byProviders)).rejects.toThrow('is without HUNTER_API_KEY');
    await expect(run({ businesses: 'mine.csv' })).rejects.toThrow('--businesses is "mine.csv"');
    vi.stubEnv('HUNTER_API_KEY', 'a-key-of-nobody');
    const both = { ...byProviders, minerModel: 'mine.mjs' };
    await expect(run(both)).rejects.toThrow('--miner-model is "mine.mjs"');
    vi.unstubAllEnvs();
  });

  it('refuses what a page has no use for, and what is of use to a page alone', async () => {
    await expect(run({ watch: true, json: true })).rejects.toThrow(
      '--json is there; allowed: without --watch',
    );
    await expect(run({ watch: true, realTime: true })).rejects.toThrow('--real-time is there');
    await expect(run({ port: 8080 })).rejects.toThrow(
      '--port is there; allowed: with --watch alone',
    );
    await expect(run({ open: true })).rejects.toThrow('--open is there');
  });

  it('prints the same for the same seed, to the byte, and something else for another', async () => {
    const [first, again, other] = [await run({}), await run({}), await run({ seed: 2 })];
    expect(again.out).toBe(first.out);
    expect(other.out).not.toBe(first.out);
  });

  it('comes to leads, and settles, where validators commit to their reports first', async () => {
    const [open, sealed] = [await run({ json: true }), await run({ json: true, sealed: true })];
    const said = [open, sealed].map(({ out }) => JSON.parse(out) as Document);
    expect(said.map(({ want }) => want.sealed)).toEqual([false, true]);
    expect(sealed.code).toBe(0);
    expect(said[1]?.leads).toHaveLength(10);
    expect((await run({ sealed: true })).out).toMatch(
      /by sealed reports\.\n[^]*\d of the panel countersigned/,
    );
  });

  it('delivers no bad lead of a file in 50 seeds, and shows why a batch was rejected in each', async () => {
    const rows = (await readLeadFile(LEADS)) as readonly Row[];
    const firsts = new Map(rows.toReversed().map((row) => [emailKey(row['Owner(s) Email']), row]));
    const isGood = (lead: Row): boolean =>
      lead.Industry === 'Tech & AI' &&
      lead['Owner(s) Email'].includes('@') &&
      firsts.get(emailKey(lead['Owner(s) Email']))?.['Owner(s) Email'] === lead['Owner(s) Email'];
    expect(rows.filter(isGood)).toHaveLength(200);

    let full = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const { out } = await run({ source: LEADS, industry: 'Tech & AI', seed, json: true });
      const { leads, attempts } = JSON.parse(out) as Document;
      expect(leads.filter((lead) => !isGood(lead))).toEqual([]);
      expect(new Set(leads.map((lead) => emailKey(lead['Owner(s) Email']))).size).toBe(
        leads.length,
      );
      const rejected = attempts.flatMap(({ road }) => road).filter((s) => s.outcome === 'rejected');
      expect(rejected.some(({ reasons }) => Object.keys(reasons).length > 0)).toBe(true);
      if (leads.length === 10) full++;
    }
    expect(full).toBeGreaterThanOrEqual(45);
  });

  it('exits with 1 and says by attempt why there are no leads', async () => {
    const file = temporary('one.csv', `${HEADER}\nA,Ann Bee,Ann,Bee,bad,x,y,Tech & AI,US\n`);
    const { code, out } = await run({ source: file });
    expect(code).toBe(1);
    expect(out).toContain('No leads.');
    expect(out.match(/no batch was approved and passed its checks/g)).toHaveLength(3);
  });

  it('marks as partial what a short file can give', async () => {
    const rows = (await readLeadFile(LEADS)) as readonly Row[];
    const file = temporary('few.json', JSON.stringify(rows.slice(0, 4)));
    const { code, out } = await run({ source: file, json: true });
    const { leads, partial } = JSON.parse(out) as Document;
    expect(code).toBe(0);
    expect(partial).toBe(true);
    expect(leads.length).toBeGreaterThan(0);
    expect(leads.length).toBeLessThan(5);
  });

  it('says of what it delivers where it is from, when it was checked, and how many were left out', async () => {
    const { out } = await run({ json: true });
    const { leads, compliance, batches } = JSON.parse(out) as Document;
    const { sources } = compliance;
    expect(compliance.suppressed).toEqual({ by_pool: 0, by_buyer: 0 });
    expect(sources.reduce((sum, one) => sum + one.leads, 0)).toBe(leads.length);
    expect(sources.map(({ batch }) => batch)).toEqual(batches.map(({ batch }) => batch));
    for (const { checked_at } of sources) {
      expect(checked_at).toMatch(/^2026-09-21T14:\d\d:\d\dZ$/);
    }
    expect((await run({})).out).toMatch(
      /Compliance\n  10 leads from miner-\d, batch [0-9a-f]{12}, checked 2026-09-21T\S+Z\n  left out .*: 0 by the pool, 0 by the buyer\n/,
    );
  });

  it('keeps from the person whom a list names, by address or domain, whoever would send them', async () => {
    const plain = JSON.parse((await run({ json: true })).out) as Document;
    const emails = plain.leads.map((lead) => lead['Owner(s) Email']);
    const host = emails[1]?.split('@')[1] ?? '';
    const hashes = [emails[0] ?? '', host].map((key) => hashLine(suppressedDigest(key)));
    const list = temporary('list', `${SUPPRESSION_FORMAT}\n${hashes.join('')}`);
    const { code, out } = await run({ suppress: list, json: true });
    const { leads, suppressed_by_miners } = JSON.parse(out) as Document;
    expect(code).toBe(0);
    expect(leads.map((lead) => lead['Owner(s) Email'])).toEqual(
      expect.arrayContaining(emails.slice(2)),
    );
    expect(leads.some((lead) => lead['Owner(s) Email'].endsWith(host))).toBe(false);
    expect(leads.some((lead) => lead['Owner(s) Email'] === emails[0])).toBe(false);
    expect(suppressed_by_miners).toBeGreaterThanOrEqual(2);

    const bad = temporary('bad', `${SUPPRESSION_FORMAT}\nann@acme.com\n`);
    await expect(run({ suppress: bad })).rejects.toThrow('bad: line 2 is "ann@acme.com"');
  });

  it('runs a model of the user’s own, and lives through one that talks nonsense', async () => {
    const model = fileURLToPath(new URL('../examples/miner-model.mjs', import.meta.url));
    const good = await run({ minerModel: model });
    expect(good.out).toMatch(/miner-1 +10 +100 %/);
    const bad = await run({ minerModel: 'echo nonsense' });
    expect(bad.code).toBe(0);
    expect(bad.out).toMatch(/miner-1 .*no answer in time/);
    expect(bad.err).toContain('miner-1: source: the model wrote something that is not JSON');
  });

  it('leaves it to other validators where a validator’s model fails', async () => {
    const { code, out, err } = await run({ validatorModel: 'exit 3' });
    expect(code).toBe(1);
    expect(out).toContain('no validator scored it');
    expect(err).toContain('validator-1: audit:');
  });
});

type Row = Readonly<Record<string, string>> & {
  readonly 'Owner(s) Email': string;
  readonly Industry: string;
};
interface Document {
  readonly want: { readonly sealed: boolean };
  readonly leads: readonly Row[];
  readonly partial: boolean;
  readonly batches: readonly { readonly batch: string }[];
  readonly compliance: {
    readonly sources: readonly {
      readonly batch: string;
      readonly leads: number;
      readonly checked_at: string;
    }[];
    readonly suppressed: { readonly by_pool: number; readonly by_buyer: number };
  };
  readonly suppressed_by_miners: number;
  readonly attempts: readonly {
    readonly road: readonly { readonly outcome: string; readonly reasons: object }[];
  }[];
}

const LEADS = fileURLToPath(new URL('../examples/leads.csv', import.meta.url));
const HEADER =
  'Business,Owner Full name,First,Last,Owner(s) Email,LinkedIn,Website,Industry,Region';

async function run(
  options: Partial<DemoOptions>,
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const code = await demo({ queryLeads: 10, seed: 1, queryEvery: 1, ...options }, io);
  return { code, out, err };
}

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-demo-'));
afterAll(() => rmSync(folder, { recursive: true }));

function temporary(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
