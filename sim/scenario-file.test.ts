import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { Compile, type XSchema } from 'typebox/schema';
import { afterAll, describe, expect, it } from 'vitest';
import { hours, minutes } from '../protocols/units.ts';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import { anyScenario } from './scenario-arbitraries.ts';
import { loadScenario, readScenario, SHIPPED, showScenario } from './scenario-file.ts';
import { scenario } from './scenario.ts';

const HEAD = 'format = "leadpoet.scenario/1"\n';
const NOT_REFUSED = 'it was not refused';
const SCHEMA = JSON.parse(
  readFileSync(new URL('./scenario.schema.json', import.meta.url), 'utf8'),
) as Json;
const compiled = Compile(SCHEMA as XSchema);
const fits = (document: unknown): boolean => compiled.Check(document);

describe('readScenario', () => {
  it('reads who takes part, on what network, with what faults, for how long', () => {
    const text = `
      format = "leadpoet.scenario/1"
      duration = "24h"
      [miners]
      honest = 80
      near-duplicate = 10
      [buyers]
      shill = 2
      [network]
      latency = "lognormal(40ms, 0.5)"
      loss = 0.001
      [chain]
      burn = 0.5
      max_uids = 91
      [[faults]]
      at = "2h"
      partition = { for = "10m", share = 0.3 }
      [[faults]]
      at = "3h"
      outage = { service = "checks", for = "1h" }
      [[faults]]
      at = "4h"
      crash = { for = "1m", share = 1 }`;
    expect(readScenario(text, 'mine.toml')).toEqual(
      scenario({
        name: 'mine',
        duration: hours(24),
        miners: { honest: 80, 'near-duplicate': 10 },
        buyers: { shill: 2 },
        network: {
          latency: { kind: 'lognormal', median: 40, sigma: 500_000 },
          loss: 1_000,
        } as never,
        chain: { burn: 500_000_000n, maxUids: 91 } as never,
        faults: [
          { fault: 'partition', at: hours(2), for: minutes(10), share: 300_000, oneSided: false },
          { fault: 'outage', at: hours(3), for: hours(1), service: 'verify', share: 1_000_000 },
          { fault: 'crash', at: hours(4), for: minutes(1), role: 'any', share: 1_000_000 },
        ] as never,
      }),
    );
  });

  it('reads what is not said as `scenario` has it', () => {
    expect(readScenario('format = "leadpoet.scenario/1"', 'unnamed')).toEqual(scenario({}));
  });

  it('reads back what it shows, and the published schema takes it', () => {
    fc.assert(
      fc.property(anyScenario, (any) => {
        const shown = showScenario(any);
        expect(readScenario(shown, any.name)).toEqual(any);
        expect(fits(parse(shown))).toBe(true);
      }),
    );
  });

  it.each([
    ['', 'mine.toml: format is missing; allowed: leadpoet.scenario/1'],
    ['a = 1\nformat = "leadpoet.scenario/2"', 'line 2: format is "leadpoet.scenario/2"; allowed'],
    [head('[minners]'), 'line 2: minners is no known key; allowed: format, '],
    [head('[minners]'), 'the nearest is miners'],
    [
      head('[miners]', 'honest = 1', '', 'garbge = 2'),
      'line 5: miners.garbge is no known strategy',
    ],
    [head('[miners]', 'garbge = 2'), 'silent, selective, erratic; the nearest is garbage'],
    [head('[validators]', 'honest = -1'), 'line 3: validators.honest is -1; allowed: a whole'],
    [head('[buyers]', 'honest = 1.5'), 'line 3: buyers.honest is 1.5; allowed: a whole number, 0'],
    [
      head('[miners]', 'honest = 70000'),
      'miners.honest is 70000; allowed: a whole number, 0 to 65',
    ],
    [head('miners = 3'), 'line 2: miners is 3; allowed: a table'],
    [head('miners = 2026-01-01'), 'line 2: miners is a date; allowed: a table'],
    [head('duration = "10 min"'), 'line 2: duration is "10 min"; allowed: a unit of ms, s, m'],
    [head('duration = "0h"'), 'line 2: duration is "0h"; allowed: a time above 0'],
    [head('duration = 10'), 'line 2: duration is 10; allowed: text, as in "10m"'],
    [head('[network]', 'loss = 1.000001'), 'line 3: network.loss is 1.000001; allowed: a share of'],
    [head('[network]', 'loss = 0.1234567'), 'of six places at most'],
    [head('[network]', 'loss = nan'), 'network.loss is NaN; allowed: a share of 0 to 1'],
    [head('[network]', 'latency = "lognorml(1s, 1)"'), 'the nearest is lognormal'],
    [
      head('[demand]', 'num_leads = 101'),
      'demand.num_leads is 101; allowed: a whole number, 1 to 1',
    ],
    [head('[demand]', 'num_leads = 1e400'), 'demand.num_leads is Infinity'],
    [
      head('[chain]', 'permits_required = 1'),
      'chain.permits_required is 1; allowed: true or false',
    ],
    [head('[chain]', 'burn = 0.0000000001'), 'chain.burn is 1e-10; allowed: TAO'],
    [head('[faults]'), 'faults is a table; allowed: tables, each begun by [[faults]]'],
    [
      fault('crash = { for = "1m", share = 1 }', '', '[[faults]]'),
      'line 6: faults[1].at is missing',
    ],
    [
      head('[[faults]]', 'at = "1h"'),
      'line 2: faults[0] is no fault; allowed: at, and one of part',
    ],
    [fault('crash = { for = "1m", share = 1 }', 'outage = {}'), 'faults[0] is outage and crash'],
    [fault('partition = { for = "1m" }'), 'line 4: faults[0].partition.share is missing'],
    [fault('partition = { share = 1 }'), 'line 4: faults[0].partition.for is missing'],
    [
      fault('partition = { for = "0s", share = 1 }'),
      'partition.for is "0s"; allowed: a time above',
    ],
    [
      fault('outage = { for = "1m" }'),
      'outage.service is missing; allowed: source, audit or checks',
    ],
    [fault('outage = { service = "verfy", for = "1m" }'), 'allowed: one of source, audit, checks'],
    [fault('crash = { role = "minr", for = "1m", share = 1 }'), 'the nearest is miner'],
    [
      head('duration = "1h"', '[[faults]]', 'at = "1h"', 'crash = { for = "1m", share = 1 }'),
      'line 4: faults[0].at is 1h; allowed: before the end at 1h',
    ],
    [head('[miners]', 'honest = 256'), 'mine.toml: chain.max_uids is 256; allowed: at least 257'],
    [head('[validators]', 'honest = 64'), 'chain.max_validators is 64; allowed: at least 65'],
    [head('[network'), 'line 2: the text is not TOML'],
    [head('a = ' + '['.repeat(5_000)), 'the text is not TOML'],
    [head('[miners]', '__proto__ = 1'), 'line 3: miners.__proto__ is no known strategy'],
    [head('[__proto__]', 'honest = 1'), 'line 2: __proto__ is no known key'],
    [head('constructor.prototype = 1'), 'line 2: constructor is no known key'],
    [head('[miners]', '"\u202e" = 1'), 'miners."?" is no known strategy'],
  ])('refuses %j, with the line and what is allowed', (text, message) => {
    const refused = refusalOf(() => readScenario(text, 'mine.toml'));
    expect(refused).toBeInstanceOf(UsageError);
    expect(refused.message).toContain(message);
  });

  it('takes slots that are just enough, and none for buyers', () => {
    const text = head(
      '[miners]',
      'honest = 192',
      '[validators]',
      'honest = 63',
      '[buyers]',
      'shill = 300',
    );
    expect(readScenario(text, 'mine').miners).toEqual({ honest: 192 });
    const free = head('[validators]', 'honest = 255', '[chain]', 'permits_required = false');
    expect(readScenario(free, 'mine').validators).toEqual({ honest: 255 });
  });

  it('names the line on which a value of many lines begins', () => {
    const text = head(
      '# one',
      'faults = [',
      '  { at = "1h", crash = { for = "1m",',
      'share = 2 } },',
      ']',
    );
    expect(refusalOf(() => readScenario(text, 'mine')).message).toContain(
      'mine, line 3: faults[0]',
    );
  });

  it('finds the line of whatever is wrong, wherever it stands', () => {
    fc.assert(
      fc.property(anyScenario, fc.nat(), fc.constantFrom('\n', '\r\n'), (any, at, end) => {
        // A comment in a line of its own, or a wrong key, after any line but within a table.
        const lines = showScenario(any).split('\n');
        const tables = lines.flatMap((line, index) => (line.startsWith('[') ? [index] : []));
        const after = tables[at % tables.length] ?? 0;
        const text = lines.toSpliced(after + 1, 0, '# why', 'wrong_key = 1').join(end);
        const { message } = refusalOf(() => readScenario(text, 'mine'));
        expect(message).toContain(`mine, line ${after + 3}: `);
        expect(message).toContain('wrong_key is no known');
      }),
    );
  });

  it('reads or refuses, whatever comes, and in no time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), anyScenario, fc.nat(), (text, any, at) => {
        const shown = showScenario(any);
        const cut = at % shown.length;
        for (const hostile of [text, shown.slice(0, cut) + text + shown.slice(cut)]) {
          const refused = refusalOf(() => readScenario(hostile, 'mine'));
          if (refused.message !== NOT_REFUSED) expect(refused).toBeInstanceOf(UsageError);
        }
      }),
    );
  });

  it('gives up a line number rather than look for it for minutes', () => {
    const text = head('faults = [', ...Array.from({ length: 21_000 }, () => '1,'), ']', 'z = 1');
    expect(refusalOf(() => readScenario(text, 'mine')).message).toBe(
      'mine: faults[0] is 1; allowed: a table',
    );
  });
});

describe('the schema', () => {
  const keys = tablesOf(SCHEMA);

  it('has the keys that the reader has, in every table', () => {
    expect(keys.length).toBe(15);
    for (const { path, known } of keys) {
      const document = path.reduceRight<unknown>(
        (held, key) => (key === 'faults' ? { faults: [held] } : { [key]: held }),
        { unknown_key: 1 },
      );
      const text = stringify({ ...(document as object), format: 'leadpoet.scenario/1' });
      const { message } = refusalOf(() => readScenario(text, 'mine'));
      const allowed = /unknown_key is no known \w+; allowed: (.*); the nearest/.exec(message)?.[1];
      expect(allowed?.split(', ').toSorted()).toEqual(known.toSorted());
    }
  });

  it('refuses what the reader refuses, where it can know', () => {
    const wrong = [
      {},
      { format: 'leadpoet.scenario/2' },
      { minners: {} },
      { miners: { garbge: 1 } },
      { miners: { honest: -1 } },
      { miners: { honest: 1.5 } },
      { miners: { honest: 65_537 } },
      { duration: '10 min' },
      { duration: '0h' },
      { network: { loss: 1.5 } },
      { network: { latency: 'lognorml(1s, 1)' } },
      { demand: { num_leads: 0 } },
      { demand: { num_leads: 101 } },
      { faults: [{ at: '1h' }] },
      { faults: [{ crash: { for: '1m', share: 1 } }] },
      { faults: [{ at: '1h', crash: { for: '1m' } }] },
      { faults: [{ at: '1h', crash: { for: '1m', share: 1 }, outage: {} }] },
      { faults: [{ at: '1h', outage: { service: 'verify', for: '1m' } }] },
    ];
    for (const [index, parts] of wrong.entries()) {
      const document = index === 0 ? {} : { format: 'leadpoet.scenario/1', ...parts };
      expect(fits(document)).toBe(false);
      const refused = refusalOf(() => readScenario(stringify(document), 'mine'));
      expect(refused).toBeInstanceOf(UsageError);
    }
  });
});

describe('loadScenario', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-scenario-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const fileOf = (name: string, bytes: string | Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  it.each(SHIPPED)('has %s, which fits the schema and says what it asks', (name) => {
    expect(loadScenario(name).name).toBe(name);
    const text = readFileSync(new URL(`./scenarios/${name}.toml`, import.meta.url), 'utf8');
    expect(fits(parse(text))).toBe(true);
    expect(/^(# .*\n)+/.exec(text)?.[0]).toContain('?');
  });

  it('ships what lies in the folder, and no more', () => {
    const files = readdirSync(new URL('./scenarios/', import.meta.url));
    expect(files.toSorted()).toEqual(SHIPPED.map((name) => `${name}.toml`).toSorted());
  });

  it('has the ninety days that are promised: 7 200 queries of 100 leads', () => {
    const { duration, miners, validators, buyers, demand } = loadScenario('ninety-days');
    const count = (all: object): number => Object.values(all).reduce((sum, n) => sum + n, 0);
    expect([miners, validators, buyers].map(count)).toEqual([192, 64, 20]);
    expect(demand).toMatchObject({ leads: 100, queriesPerDay: 4 });
    expect((duration / hours(24)) * demand.queriesPerDay * count(buyers)).toBe(7_200);
  });

  it('reads a file, and names the scenario after it', () => {
    const file = fileOf('mine.toml', head('[miners]', 'honest = 3'));
    expect(loadScenario(file)).toEqual(scenario({ name: 'mine', miners: { honest: 3 } }));
  });

  it('names those that ship where there is none of a name', () => {
    const { message } = refusalOf(() => loadScenario('basline'));
    expect(message).toBe(
      `SCENARIO is "basline"; allowed: a TOML file, or one of ${SHIPPED.join(', ')}; the nearest is baseline`,
    );
    expect(refusalOf(() => loadScenario(''))).toBeInstanceOf(UsageError);
    expect(refusalOf(() => loadScenario('__proto__'))).toBeInstanceOf(UsageError);
  });

  it('says what cannot be read, and why', () => {
    const missing = refusalOf(() => loadScenario(join(folder, 'none.toml')));
    expect(missing).toBeInstanceOf(WorldError);
    expect(missing.message).toContain('ENOENT; give a TOML file, or one of baseline, ');
    expect(refusalOf(() => loadScenario(folder)).message).toContain('EISDIR');
  });

  it('reads no more than 64 KiB, and UTF-8 alone', () => {
    const least = head('#');
    const full = fileOf('full.toml', least + 'x'.repeat(65_536 - least.length));
    expect(loadScenario(full).name).toBe('full');
    const over = fileOf('over.toml', least + 'x'.repeat(65_537 - least.length));
    expect(refusalOf(() => loadScenario(over)).message).toContain('is too long; allowed: 65536');
    const bad = fileOf('bad.toml', Uint8Array.of(0x61, 0xff));
    expect(refusalOf(() => loadScenario(bad)).message).toContain('is not UTF-8; allowed: TOML');
  });
});

function head(...lines: string[]): string {
  return [HEAD.trimEnd(), ...lines].join('\n');
}
function fault(...lines: string[]): string {
  return head('[[faults]]', 'at = "1h"', ...lines);
}

function refusalOf(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return new Error(NOT_REFUSED);
}

interface Table {
  readonly path: readonly string[];
  readonly known: readonly string[];
}
type Json = { readonly [key: string]: Json };

/** Each table that the schema has, by the keys to it. */
function tablesOf(all: Json, at: Json = all, path: readonly string[] = []): readonly Table[] {
  const name = at['$ref'] as unknown as string | undefined;
  const named = name === undefined ? at : (all['$defs']?.[name.slice('#/$defs/'.length)] ?? {});
  const item = named['items'];
  if (item !== undefined) return tablesOf(all, item, path);
  const { properties } = named;
  if (properties === undefined) return [];
  return [
    { path, known: Object.keys(properties) },
    ...Object.entries(properties).flatMap(([key, held]) => tablesOf(all, held, [...path, key])),
  ];
}
