import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WallClock } from '../clock.ts';
import { Addresses } from '../erasure/addresses.ts';
import { openNodeStore, type NodeStore } from '../store/node-store.ts';
import { answerOf, leadOf, putAnswers } from '../store/testing/answered.ts';
import { exportLeads } from './export.ts';
import { UsageError, WorldError } from './trouble.ts';

describe('leadpoet export', () => {
  it('gives the leads of an earlier answer as a CRM takes them, while its node runs', () => {
    const { code, out } = exported(ONE, { format: 'hubspot' });
    expect(code).toBe(0);
    expect(out.split('\r\n')[1]).toMatch(/^First of it,Last of it,ann@acme.com,Acme,/);
  });

  it('knows a query by its first digits, where they are those of one alone', () => {
    expect(exported('aaaaaab', { format: 'vcard' }).out).toContain('EMAIL;TYPE=work:ann@acme.com');
    expect(() => exported('aaaaaa', {})).toThrow('QUERY_ID is "aaaaaa"; allowed: one alone of');
    expect(() => exported('cccccc', {})).toThrow(UsageError);
    expect(() => exported('a%', {})).toThrow('or the first 6 or more');
  });

  it('writes a file for its owner alone, in the format of its name', () => {
    const out = join(DIRECTORY, 'contacts.vcf');
    expect(exported(ONE, { out }).out).toBe(`2 leads in ${out}\n`);
    expect(readFileSync(out, 'utf8').match(/BEGIN:VCARD/g)).toHaveLength(2);
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  it('leaves out who was erased since, and says so', () => {
    node.erase(new Addresses(['BEN@acme.com']));
    const { code, out, err } = exported(ONE, { format: 'csv' });
    expect({ code, lines: out.trim().split('\r\n').length }).toEqual({ code: 0, lines: 2 });
    expect(err).toContain('1 leads of this answer were erased since');
    node.erase(new Addresses(['ann@acme.com']));
    expect(exported(ONE, { format: 'csv' }).code).toBe(1);
  });

  it('says where no buyer has been', () => {
    expect(() => exported(ONE, { 'wallet.hotkey': 'nobody' })).toThrow(WorldError);
  });
});

const ONE = `aaaaaab${'0'.repeat(57)}`;
const OTHER = `aaaaaac${'0'.repeat(57)}`;
const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-export-'));
const clock = new WallClock();
let node: NodeStore;

beforeAll(() => {
  const dir = join(DIRECTORY, 'mock', 'buyer', 'b1');
  const leads = ['ann@acme.com', 'ben@acme.com'].map((email) =>
    leadOf({ Business: 'Acme', 'Owner(s) Email': email }),
  );
  putAnswers(dir, [answerOf(ONE, leads), answerOf(OTHER, [])]);
  node = openNodeStore(dir, { clock });
});
afterAll(() => {
  node.close();
  clock.stop();
  rmSync(DIRECTORY, { recursive: true });
});

function exported(query: string, options: Readonly<Record<string, string>>) {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const code = exportLeads(
    query,
    { mock: true, dataDir: DIRECTORY, 'wallet.hotkey': 'b1', ...options },
    io,
  );
  return { code, out, err };
}
