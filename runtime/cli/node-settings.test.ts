import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tao } from '../../protocols/units.ts';
import { NODE_FLAGS, nodeOptions, variableOf } from './node-flags.ts';
import { nodeSettings, type Environment, type RawOptions } from './node-settings.ts';

describe('the settings of a node', () => {
  it('are those of the subnet on the test network where nothing is told', () => {
    expect(nodeSettings('buyer', {}, {})).toEqual({
      role: 'buyer',
      network: { is: 'live', name: 'test' },
      netuid: 343,
      wallet: {
        name: 'default',
        hotkey: 'default',
        path: join(homedir(), '.bittensor', 'wallets'),
      },
      dataDir: join(homedir(), '.leadpoet'),
      openSourceLeads: false,
      retention: { leads: 30, answers: 365 },
      queryEvery: 0,
      logging: 'info',
    });
  });

  it('come from the flag, else the environment, else the file, else by default', () => {
    fc.assert(
      fc.property(maybePort, maybePort, maybePort, (flag, variable, filed) => {
        const file = fileOf(filed === undefined ? '' : `[axon]\nport = ${filed}\n`);
        const { axon } = nodeSettings(
          'miner',
          { mock: true, config: file, ...(flag === undefined ? {} : { 'axon.port': flag }) },
          variable === undefined ? {} : { LEADPOET_AXON_PORT: variable },
        );
        expect(axon?.port).toBe(Number(flag ?? variable ?? filed ?? 0));
      }),
      { numRuns: 50 },
    );
  });

  it('say under which name a wrong one was told', () => {
    const file = fileOf('axon.port = 65536\n');
    const most = 'a whole number, 0 to 65535';
    for (const [options, env, line] of [
      [{ 'axon.port': 'x' }, {}, `--axon.port is "x"; allowed: ${most}`],
      [{}, { LEADPOET_AXON_PORT: '-1' }, `LEADPOET_AXON_PORT is "-1"; allowed: ${most}`],
      [{ config: file }, {}, `${file}: axon.port is "65536"; allowed: ${most}`],
    ] as const) {
      expect(() => nodeSettings('miner', { mock: true, ...options }, env)).toThrow(line);
    }
  });

  it.each<[string, RawOptions, Environment, RegExp]>([
    [
      'a mock chain and an endpoint',
      { mock: true, 'subtensor.chain_endpoint': 'ws://a' },
      {},
      /^--subtensor\.chain_endpoint is "ws:\/\/a"; allowed: no chain endpoint with --mock/,
    ],
    [
      'the same by other names',
      { 'subtensor.network': 'mock' },
      { LEADPOET_SUBTENSOR_CHAIN_ENDPOINT: 'ws://a' },
      /^LEADPOET_SUBTENSOR_CHAIN_ENDPOINT is/,
    ],
    [
      'a live miner without a source',
      { 'axon.ip': '1.2.3.4' },
      {},
      /^--miner-model is missing; allowed: .* or --use_open_source_lead_model/,
    ],
    [
      'two sources',
      { mock: true, minerModel: 'm', use_open_source_lead_model: true },
      {},
      /^--miner-model is "m"; allowed: without/,
    ],
    [
      'businesses of nobody',
      { mock: true, businesses: 'f' },
      {},
      /^--businesses is "f"; allowed: with/,
    ],
    [
      'mock stake on a real chain',
      { 'axon.ip': '1.2.3.4', 'mock.stake': '5' },
      {},
      /^--mock\.stake is "5"; allowed: with --mock alone/,
    ],
    ['no address for peers', { minerModel: 'm' }, {}, /^--axon\.ip is missing/],
    [
      'a name for one',
      { mock: true, 'axon.ip': 'localhost' },
      {},
      /^--axon\.ip is "localhost"; allowed: an IP address/,
    ],
    [
      'a hotkey that is a path',
      { mock: true, 'wallet.hotkey': '../x' },
      {},
      /^--wallet\.hotkey is "\.\.\/x"/,
    ],
    [
      'a network of nobody',
      { 'subtensor.network': 'main' },
      {},
      /^--subtensor\.network is "main"; allowed: one of test, finney, local, mock/,
    ],
    ['half a rao', { mock: true, 'mock.stake': '0.0000000001' }, {}, /^--mock\.stake is/],
    [
      'a switch that is neither',
      {},
      { LEADPOET_MOCK: 'perhaps' },
      /^LEADPOET_MOCK is "perhaps"; allowed: true or false/,
    ],
  ])('refuse %s', (_, options, env, line) => {
    expect(() => nodeSettings('miner', options, env)).toThrow(line);
  });

  it('take TAO to the last rao', () => {
    const { mockStake } = nodeSettings('pool', { mock: true, 'mock.stake': '19.999999999' }, {});
    expect(mockStake).toBe(tao(20) - 1n);
  });

  it('of a file are known by their flags, with - or _, as tables or with dots', () => {
    const text = `
      netuid = 7
      data_dir = "/tmp/x"
      mock = true
      wallet.hotkey = "a"
      [logging]
      debug = true`;
    expect(nodeSettings('pool', { config: fileOf(text) }, {})).toMatchObject({
      network: { is: 'mock' },
      netuid: 7,
      dataDir: '/tmp/x',
      wallet: { hotkey: 'a' },
      logging: 'debug',
    });
  });

  it.each([
    ['axn.port = 1', '"axn.port" is no setting; allowed: axon.port, or another'],
    ['axon = 1', '"axon" is no setting'],
    ['config = "x"', '"config" is no setting'],
    ['__proto__.mock = true', '"__proto__.mock" is no setting'],
    ['netuid = [1]', 'netuid is [1]; allowed: a text, a number, true or false'],
    ['netuid =', 'line 1: the text is not TOML'],
    ['a.b.c.d.e.f.g = 1', 'is no'],
    [`a = "${'x'.repeat(65_536)}"`, 'a file of more than 65536 bytes'],
  ])('of a file are refused by name: %s', (text, line) => {
    expect(() => nodeSettings('pool', { config: fileOf(text) }, {})).toThrow(line);
  });

  it('name a file that is not there', () => {
    expect(() => nodeSettings('pool', { config: '/nowhere' }, {})).toThrow(
      'cannot read /nowhere: ENOENT',
    );
  });
});

describe('the flags of a node', () => {
  it('are each of one name, with a variable of its own', () => {
    const variables = NODE_FLAGS.map(({ name }) => variableOf(name));
    expect(new Set(variables).size).toBe(NODE_FLAGS.length);
    expect(variables).toContain('LEADPOET_DATA_DIR');
  });

  it('are offered to those alone who have a use for them', () => {
    const has = (role: 'buyer' | 'miner') => nodeOptions(role).map(({ long }) => long);
    expect(has('miner')).toContain('--axon.port');
    expect(has('buyer')).not.toContain('--axon.port');
    expect(has('buyer')).toContain('--mock.stake');
  });
});

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-settings-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));
let files = 0;
function fileOf(text: string): string {
  const file = join(DIRECTORY, `${files++}.toml`);
  writeFileSync(file, text);
  return file;
}

const maybePort = fc.option(fc.nat(65_535).map(String), { nil: undefined });
