import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Instant } from '../../protocols/units.ts';
import { signatureOf } from '../webhooks/signature.ts';
import { commerceSettings, SECRET_VARIABLE } from './commerce-settings.ts';
import { webhookVerify } from './webhook-verify.ts';

describe('leadpoet webhook verify', () => {
  it('says whether a body is what was signed, and lately', async () => {
    const body = fileOf('body.json', BODY);
    const signature = signatureOf(SECRET, Buffer.from(BODY), Date.now() as Instant);
    expect(await verify(body, signature)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ok/),
    });
    const other = fileOf('other.json', `${BODY} `);
    expect(await verify(other, signature)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^not signed/),
    });
    const old = signatureOf(SECRET, Buffer.from(BODY), 1_000_000 as Instant);
    expect(await verify(body, old)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/but not now/),
    });
    expect(await verify(body, 'x')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^not a signature/),
    });
  });

  it('takes the secret from its file, and shows none that is no good', async () => {
    const file = fileOf('secret', `${SECRET}\n`, 0o600);
    const signature = signatureOf(SECRET, Buffer.from(BODY), Date.now() as Instant);
    const body = fileOf('body.json', BODY);
    const byFile = { signature, 'webhook.secret-file': file };
    expect(await webhookVerify(body, byFile, quiet, {})).toBe(0);
    const weak = webhookVerify(body, { signature }, quiet, { [SECRET_VARIABLE]: 'weak secret' });
    await expect(weak).rejects.toThrow(
      'LEADPOET_WEBHOOK_SECRET is something else; allowed: 16 to 512 letters',
    );
    await expect(webhookVerify(body, { signature }, quiet, {})).rejects.toThrow('is missing');
    await expect(webhookVerify('/nowhere', byFile, quiet, {})).rejects.toThrow('cannot read');
  });
});

describe('where deliveries are posted', () => {
  it('is a place of the operator, with a secret', async () => {
    const url = 'https://crm.example/hook?key=1';
    expect(await settings(url)).toEqual({ webhook: { url, secret: SECRET } });
    expect(await settings('http://127.0.0.1:1/')).toMatchObject({ webhook: { secret: SECRET } });
    expect(warned).toEqual([]);
    await settings('http://crm.example/hook');
    expect(warned.join()).toContain('leads go to crm.example for others to read');
    expect(await commerceSettings({}, {}, warn)).toEqual({});
  });

  it.each(['ftp://a.example', 'https://ann:secret@a.example', 'nowhere', 'https://a.example/#x'])(
    'is not %s',
    async (url) => {
      const said = await settings(url).then(String, String);
      expect(said).toContain('--webhook.url is "something else"; allowed: https://');
      expect(said).not.toContain('secret');
    },
  );

  it('needs a secret', async () => {
    const without = commerceSettings({ 'webhook.url': 'https://a.example' }, {}, warn);
    await expect(without).rejects.toThrow(`${SECRET_VARIABLE} is missing`);
  });
});

const SECRET = 'letters that nobody guesses';
const BODY = '{"query_id":"q"}';
const quiet = { out: () => undefined, err: () => undefined };
const warned: string[] = [];
const warn = (text: string): void => void warned.push(text);

const settings = (url: string) =>
  commerceSettings({ 'webhook.url': url }, { [SECRET_VARIABLE]: SECRET }, warn);

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-verify-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));
function fileOf(name: string, text: string, mode = 0o644): string {
  const file = join(DIRECTORY, name);
  writeFileSync(file, text, { mode });
  return file;
}

async function verify(file: string, signature: string) {
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => undefined };
  const code = await webhookVerify(file, { signature }, io, { [SECRET_VARIABLE]: SECRET });
  return { code, out };
}
