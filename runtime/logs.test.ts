import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START } from '../protocols/arbitraries.ts';
import { anyEnvelope, bodiesSealedBy } from '../protocols/message-arbitraries.ts';
import type { Address } from '../protocols/messages.ts';
import { later, minutes } from '../protocols/units.ts';
import type { DeliveredLead } from '../protocols/messages.ts';
import { demoMiners, demoSubnet } from './cli/demo-subnet.ts';
import { ServiceFault, type Loss } from './host.ts';
import { logLevel, openLogs, type LogLevel, type Logs } from './logs.ts';
import { Observer } from './observe.ts';
import { openWorkers } from './services/workers.ts';
import { runUntilDone, VirtualClock } from './virtual-clock.ts';

describe('the log of a node', () => {
  it('shows at trace level no lead, address or key of a whole query, and its road all the same', async () => {
    const { lines, leads } = await demoAtTrace();
    expect(leads.length).toBe(10);
    const all = lines.join('');
    expect(all).not.toMatch(/[^\s/"]@[^\s/"]/);
    for (const { lead } of leads) {
      for (const key of [
        'Business',
        'Owner Full name',
        'Owner(s) Email',
        'LinkedIn',
        'Website',
      ] as const) {
        expect(all).not.toContain(lead[key]);
      }
      for (const key of ['First', 'Last'] as const) expect(all).not.toContain(`"${lead[key]}"`);
    }
    const said = lines.map(read);
    for (const msg of ['received', 'sent', 'asked', 'answered', 'settled', 'rejected a batch']) {
      expect(said.some((line) => line['msg'] === msg)).toBe(true);
    }
    const delivery = said.find(({ msg, kind }) => msg === 'sent' && kind === 'delivery');
    expect(delivery).toMatchObject({
      level: 'trace',
      leads: 10,
      query: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('says of a message of any kind its ends and its query, and nothing of its body', () => {
    const signature = new Uint8Array(64).fill(7);
    fc.assert(
      fc.property(anyEnvelope(bodiesSealedBy(() => signature)), (envelope) => {
        const { observer, lines } = open('trace');
        observer.tell({ is: 'received', at: START, envelope });
        const { kind, from, to } = envelope;
        expect(read(lines[0])).toMatchObject({ msg: 'received', kind, from, to });
        // Names of queries, batches and participants, and whole numbers.
        expect(String(lines[0]).length).toBeLessThan(600);
        expect(lines[0]).not.toMatch(/bytes|signature|"7"|@/);
      }),
      { numRuns: 200 }, // Each opens a log of its own.
    );
  });

  it.each<[LogLevel, string[]]>([
    ['info', ['info', 'warn', 'error']],
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['trace', ['trace', 'debug', 'info', 'warn', 'error']],
  ])('writes at %s what is at least that grave', (level, written) => {
    const { logs, lines } = open(level);
    for (const one of ['trace', 'debug', 'info', 'warn', 'error'] as const) logs.say(one, 'x');
    expect(lines.map((line) => read(line)['level'])).toEqual(written);
  });

  it('is told its level by the flags of a command', () => {
    expect(logLevel({})).toBe('info');
    expect(logLevel({ 'logging.debug': true })).toBe('debug');
    expect(logLevel({ 'logging.debug': true, 'logging.trace': true })).toBe('trace');
    expect(logLevel({ logging_trace: true })).toBe('trace');
  });

  it('is not filled by a flood of lost messages: some are written, all are counted', async () => {
    const { observer, lines, logs, clock } = open('info');
    for (let n = 0; n < 100_000; n++) observer.lost({ why: 'forged', at: START });
    expect(lines.length).toBe(20);
    await clock.run(later(START, minutes(1)));
    expect(lines.slice(20).map(read)).toEqual([
      expect.objectContaining({
        msg: 'lines were left out',
        sort: 'lost forged',
        left_out: 99_980,
      }),
    ]);
    expect(logs.counts()).toEqual({ written: 21, leftOut: 99_980, failed: 0 });
  });

  it('is one JSON object a line whatever a stranger put into a name', () => {
    const text = fc.string({ unit: 'binary', maxLength: 2_000 });
    fc.assert(
      fc.property(text, text, (from, kind) => {
        const { observer, lines } = open('info');
        observer.lost({
          why: 'malformed',
          at: START,
          from,
          kind,
          to: '__proto__',
        } as unknown as Loss);
        expect(lines.length).toBe(1);
        expect(lines[0]).toMatch(/^\{[^\p{Cc}]*\}\n$/u);
        expect(read(lines[0])).toMatchObject({
          level: 'warn',
          why: 'malformed',
          role: 'validator',
        });
      }),
      { numRuns: 200 }, // Each opens a log of its own.
    );
  });

  it('keeps its own names: a field cannot pass for the level, the time or the base', () => {
    const { logs, lines } = open('info');
    logs.say('info', 'said', { level: 'error', time: 'never', msg: 'x', role: 'pool' });
    expect(lines[0]?.match(/"(level|time|msg|role)":/g)?.length).toBe(4);
    expect(read(lines[0])).toMatchObject({
      level: 'info',
      msg: 'said',
      role: 'validator',
      level_: 'error',
    });
  });

  it('tells a fault of ours, and of a stranger’s error only which it is, where leads are about', () => {
    const { observer, lines } = open('info');
    const failed = (cause: Error): void =>
      observer.replied(
        {
          service: 'source',
          input: { query: 'q', attempt: 1, want: { leads: 1 } },
          outcome: { ok: false, fault: 'unavailable' },
        } as never,
        'miner/5F' as Address,
        START,
        cause,
      );
    failed(new ServiceFault('unavailable', 'the quota of the provider is used up'));
    failed(Object.assign(new Error('getaddrinfo ENOTFOUND acme.example'), { code: 'ENOTFOUND' }));
    expect(lines.map((line) => read(line)['cause'])).toEqual([
      { name: 'ServiceFault', message: 'the quota of the provider is used up' },
      { name: 'Error', code: 'ENOTFOUND' },
    ]);
  });

  it('lives on where its lines cannot be written, and counts them', () => {
    const clock = new VirtualClock(START);
    const full = (): void => {
      throw new Error('ENOSPC');
    };
    const logs = openLogs({ level: 'info', clock, write: full });
    logs.say('info', 'said');
    expect(logs.counts()).toEqual({ written: 0, leftOut: 0, failed: 1 });
  });

  it('hears nothing more once it is closed, and has said what it left out', () => {
    const { observer, lines, logs } = open('info');
    for (let n = 0; n < 25; n++) observer.lost({ why: 'forged', at: START });
    logs.close();
    observer.lost({ why: 'stopped', at: START });
    expect(observer.watched).toBe(false);
    expect(read(lines.at(-1))).toMatchObject({ msg: 'lines were left out', left_out: 5 });
  });
});

const read = (line: string | undefined): Readonly<Record<string, unknown>> =>
  JSON.parse(line ?? 'null') as Record<string, unknown>;

function open(level: LogLevel): {
  readonly logs: Logs;
  readonly observer: Observer;
  readonly clock: VirtualClock;
  readonly lines: string[];
} {
  const clock = new VirtualClock(START);
  const observer = new Observer();
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const logs = openLogs({ level, clock, observer, write, base: { role: 'validator' } });
  return { logs, observer, clock, lines };
}

/** All that the nodes of a demo say of one query, and the leads that came of it. */
async function demoAtTrace(): Promise<{ lines: string[]; leads: readonly DeliveredLead[] }> {
  const options = { queryLeads: 10, seed: 1, queryEvery: 1 };
  const clock = new VirtualClock(START);
  const workers = openWorkers();
  const lines: string[] = [];
  const subnet = demoSubnet(clock, options, await demoMiners(options, () => undefined), {
    workers,
  });
  const { observer } = subnet;
  const logs = openLogs({ level: 'trace', clock, observer, write: (line) => lines.push(line) });
  await runUntilDone(clock, subnet.start());
  const answer = await runUntilDone(clock, subnet.ask({ leads: 10 }));
  await clock.run(later(clock.now(), minutes(2)));
  subnet.stop();
  logs.close();
  await workers.close();
  return { lines, leads: answer?.leads ?? [] };
}
