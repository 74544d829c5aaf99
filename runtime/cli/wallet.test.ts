import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openKey } from '../wallet/open-key.ts';
import { hiddenPassword, passwordVariable } from '../wallet/password-variable.ts';
import { unboxed } from '../wallet/nacl-seal.ts';
import {
  DEV_FILE,
  sealVault,
  SLOW,
  TESTING_KEY,
  TESTING_PASSWORD,
} from '../wallet/testing/sealing.ts';
import type { Terminal } from './passwords.ts';
import { walletCreate, type CreateOptions } from './wallet-create.ts';
import { walletOverview, type OverviewOptions } from './wallet-overview.ts';

describe('leadpoet wallet create', () => {
  it(
    'makes the files of btcli, the coldkey encrypted by the password of its variable',
    { timeout: SLOW },
    async () => {
      const path = place('sealed');
      const coldkey = `${path}/default/coldkey`;
      const env = { [passwordVariable(coldkey)]: hiddenPassword(coldkey, TESTING_PASSWORD) };
      const { code, out, err } = await create({ 'wallet.path': path, json: true }, { env });
      expect(code).toBe(0);
      const said = JSON.parse(out) as Readonly<Record<string, Record<string, unknown>>>;
      expect(said).toMatchObject({
        format: 'leadpoet.wallet/1',
        coldkey: { file: coldkey, made: true, encrypted: true },
        hotkey: { file: `${path}/default/hotkeys/default`, made: true, encrypted: false },
      });
      expect(filesBelow(path)).toEqual([
        'default/coldkey',
        'default/coldkeypub.txt',
        'default/hotkeys/default',
        'default/hotkeys/defaultpub.txt',
      ]);
      for (const file of filesBelow(path))
        expect(statSync(join(path, file)).mode & 0o777).toBe(0o600);

      const sealed = readFileSync(coldkey);
      expect(sealed.subarray(0, 5).toString()).toBe('$NACL');
      const document = JSON.parse(String(await unboxed(sealed, TESTING_KEY))) as Record<
        string,
        string
      >;
      expect(Object.keys(document)).toEqual(Object.keys(JSON.parse(DEV_FILE) as object));
      expect(document['ss58Address']).toBe(said['coldkey']?.['address']);
      expect(env).toEqual({});
      expect(out + err).not.toContain(document['secretPhrase']);
    },
  );

  it('shows the words of each new key once, to a person alone', async () => {
    const path = place('shown');
    const shown = await create({ 'wallet.path': path, password: false }, { canShow: true });
    for (const file of ['coldkey', 'hotkeys/default']) {
      const { secretPhrase } = documentIn(`${path}/default/${file}`);
      expect(shown.err.split(secretPhrase ?? '')).toHaveLength(2);
      expect(shown.out).not.toContain(secretPhrase);
    }
    const hidden = await create({ 'wallet.path': place('hidden'), password: false });
    const { secretPhrase, privateKey, secretSeed } = documentIn(
      place('hidden') + '/default/coldkey',
    );
    for (const secret of [secretPhrase, privateKey, secretSeed]) {
      expect(hidden.out + hidden.err).not.toContain(secret);
    }
    expect(hidden.err).toContain('keep a copy of it');
  });

  it('makes what is missing, and leaves what is there as it is', async () => {
    const path = place('more');
    await create({ 'wallet.path': path, password: false });
    const before = readFileSync(`${path}/default/coldkey`, 'utf8');
    const more = await create({ 'wallet.path': path, 'wallet.hotkey': 'two', json: true });
    expect(JSON.parse(more.out)).toMatchObject({
      coldkey: { made: false, address: documentIn(`${path}/default/coldkey`)['ss58Address'] },
      hotkey: { made: true, address: documentIn(`${path}/default/hotkeys/two`)['ss58Address'] },
    });
    expect(readFileSync(`${path}/default/coldkey`, 'utf8')).toBe(before);

    await expect(create({ 'wallet.path': path, 'wallet.hotkey': 'two' })).rejects.toThrow(
      /default\/coldkey with .*hotkeys\/two is there already; allowed: another --wallet\.name/,
    );
    rmSync(`${path}/default/coldkey`);
    const pub = readFileSync(`${path}/default/coldkeypub.txt`, 'utf8');
    await create({ 'wallet.path': path, 'wallet.hotkey': 'three' });
    expect(filesBelow(path)).not.toContain('default/coldkey');
    expect(readFileSync(`${path}/default/coldkeypub.txt`, 'utf8')).toBe(pub);
  });

  it('makes both anew where told to', async () => {
    const path = place('anew');
    const options = { 'wallet.path': path, password: false };
    await create(options);
    const before = filesBelow(path).map((file) => readFileSync(join(path, file), 'utf8'));
    chmodSync(`${path}/default/hotkeys/default`, 0o644);
    await create({ ...options, overwrite: true });
    const after = filesBelow(path).map((file) => readFileSync(join(path, file), 'utf8'));
    expect(after).toHaveLength(4);
    for (const [at, text] of after.entries()) expect(text).not.toBe(before[at]);
    const key = await openKey(`${path}/default/hotkeys/default`, {
      password: () => Promise.reject(new Error('it is plain')),
      warn: (text) => expect.fail(text),
    });
    expect(key.address).toBe(documentIn(`${path}/default/hotkeys/defaultpub.txt`)['ss58Address']);
  });

  it('makes nothing where a name is none, or there is nobody to ask for a password', async () => {
    const path = place('nothing');
    await expect(create({ 'wallet.path': path, 'wallet.name': '../x' })).rejects.toThrow(
      '--wallet.name is "../x"',
    );
    await expect(create({ 'wallet.path': path })).rejects.toThrow(
      passwordVariable(`${path}/default/coldkey`),
    );
    expect(() => readdirSync(path)).toThrow('ENOENT');
  });
});

describe('leadpoet wallet overview', () => {
  it('lists all, with addresses, and how each is encrypted', async () => {
    const path = place('many');
    await create({ 'wallet.path': path, 'wallet.name': 'b', password: false });
    const { ss58Address } = documentIn(`${path}/b/coldkey`);
    mkdirSync(`${path}/a/hotkeys`, { recursive: true });
    writeFileSync(`${path}/a/coldkey`, sealVault(Buffer.from(DEV_FILE), 'p'), { mode: 0o600 });
    cpSync(`${path}/b/coldkeypub.txt`, `${path}/a/coldkeypub.txt`);
    writeFileSync(`${path}/a/hotkeys/box`, '$NACLx', { mode: 0o600 });
    writeFileSync(`${path}/a/hotkeys/old`, 'gAAAAABx', { mode: 0o600 });
    writeFileSync(`${path}/a/hotkeys/wide`, DEV_FILE, { mode: 0o644 });
    cpSync(`${path}/b/coldkeypub.txt`, `${path}/a/hotkeys/awaypub.txt`);
    writeFileSync(`${path}/a/hotkeys/x.part`, 'SECRET');
    mkdirSync(`${path}/empty`);
    writeFileSync(`${path}/a-file`, '');

    const { code, out, err } = await overview({ 'wallet.path': path, json: true });
    expect(code).toBe(0);
    const missing = { file: 'missing', encrypted: false };
    expect(JSON.parse(out)).toEqual({
      format: 'leadpoet.wallets/1',
      path,
      wallets: [
        {
          name: 'a',
          coldkey: { address: ss58Address, file: 'vault', encrypted: true },
          hotkeys: [
            { name: 'away', address: ss58Address, ...missing },
            { name: 'box', address: null, file: 'nacl', encrypted: true },
            { name: 'old', address: null, file: 'fernet', encrypted: true },
            {
              name: 'wide',
              address: '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV',
              file: 'plain',
              encrypted: false,
            },
          ],
        },
        {
          name: 'b',
          coldkey: { address: ss58Address, file: 'plain', encrypted: false },
          hotkeys: [
            {
              name: 'default',
              address: documentIn(`${path}/b/hotkeys/default`)['ss58Address'],
              file: 'plain',
              encrypted: false,
            },
          ],
        },
        { name: 'empty', coldkey: null, hotkeys: [] },
      ],
    });
    expect(err).toBe(
      `leadpoet: others than its owner have access to ${path}/a/hotkeys/wide (mode 644): chmod 600 ${path}/a/hotkeys/wide\n`,
    );

    const one = await overview({ 'wallet.path': path, 'wallet.name': 'b' });
    expect(one.out.trimEnd().split('\n')).toHaveLength(3);
    expect(one.out).toContain(ss58Address);
    await expect(overview({ 'wallet.path': path, 'wallet.name': 'c' })).rejects.toThrow(
      `${path}/c is no wallet; there are: a, b, empty`,
    );
  });

  it('goes on where a file is not as it must be, and names it', async () => {
    const path = place('odd');
    mkdirSync(`${path}/w/coldkey`, { recursive: true });
    mkdirSync(`${path}/w/hotkeys`);
    writeFileSync(`${path}/w/hotkeys/big`, Buffer.alloc(70_000), { mode: 0o600 });
    writeFileSync(`${path}/w/hotkeys/odd`, '{"ss58Address":"\u001b[2J5GrwvaEF5z"}', {
      mode: 0o600,
    });
    writeFileSync(`${path}/w/hotkeys/\u001b[2J`, DEV_FILE, { mode: 0o600 });
    const { out, err } = await overview({ 'wallet.path': path });
    expect(out).toMatch(/w +coldkey +- +cannot be read/);
    expect(out).toMatch(/big +- +cannot be read/);
    expect(out).toMatch(/odd +- +plain/);
    expect(out + err).not.toContain('\u001b');
    expect(err).toContain(`${path}/w/coldkey is no file`);
    expect(err).toContain(`${path}/w/hotkeys/big is larger than 64 KiB`);
  });

  it('says where there is no folder of wallets', async () => {
    await expect(overview({ 'wallet.path': place('gone') })).rejects.toThrow(
      `${place('gone')} is not there; name another with --wallet.path, or: leadpoet wallet create`,
    );
    mkdirSync(place('bare'));
    expect((await overview({ 'wallet.path': place('bare') })).out).toBe(
      `no wallets in ${place('bare')}\n`,
    );
  });
});

describe('the command line of wallets', () => {
  it('takes both spellings of a flag, and its variable', () => {
    const path = place('spelt');
    const made = leadpoet(
      'wallet',
      'create',
      '--no-password',
      '--wallet_name=one',
      '--wallet_hotkey',
      'h',
      '--wallet.path',
      path,
    );
    expect(made).toMatchObject({ status: 0 });
    expect(filesBelow(path)).toContain('one/hotkeys/h');
    const seen = leadpoet('wallet', 'overview', '--wallet_path', path);
    expect(seen).toMatchObject({ status: 0, err: '' });
    expect(seen.out).toContain('one');
  });

  it.each([
    [['wallet', 'overview', '--wallet.path', '/nowhere'], 3, '/nowhere is not there'],
    [['wallet', 'create', '--wallet.name', 'a/b'], 2, '--wallet.name is "a/b"; allowed: 1 to 200'],
    [['wallet', 'create', '--wallet.path', '/nowhere'], 2, 'BT_PW__NOWHERE_DEFAULT_COLDKEY'],
    [['wallet', 'create', '--wallet.nam', 'x'], 2, "unknown option '--wallet.nam' (Did you mean"],
    [['wallet', 'zzzzz'], 2, "unknown command 'zzzzz'; allowed: create, overview"],
  ] as const)('answers %j with exit %i in one line', (args, status, line) => {
    const answer = leadpoet(...args);
    expect(answer).toMatchObject({ status, out: '' });
    expect(answer.err).toContain(line);
    expect(answer.err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('shows its help where no command of the group is named', () => {
    const { status, out, err } = leadpoet('wallet');
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('overview');
  });
});

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-wallet-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

const filesBelow = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .toSorted();

const documentIn = (file: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function listening(
  run: (io: { out: (text: string) => void; err: (text: string) => void }) => Promise<number>,
): Promise<Said> {
  let out = '';
  let err = '';
  const code = await run({ out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

const create = (
  options: Partial<CreateOptions>,
  {
    env = {},
    canShow = false,
  }: { readonly env?: Record<string, string>; readonly canShow?: boolean } = {},
): Promise<Said> => {
  const terminal: Terminal = {
    canAsk: false,
    canShow,
    askPassword: () => Promise.reject(new Error('nobody was to be asked')),
  };
  return listening((io) => walletCreate({ password: true, ...options }, io, { terminal, env }));
};

const overview = (options: OverviewOptions): Promise<Said> =>
  listening((io) => walletOverview(options, io));

const BIN = fileURLToPath(new URL('../../leadpoet.cjs', import.meta.url));

function leadpoet(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, out: stdout, err: stderr };
}
