import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../../protocols/hash.ts';
import type { Lead } from '../../protocols/lead.ts';
import { disposableListDigest } from '../../protocols/rules/disposable.ts';
import { later, minutes, seconds, type Duration, type Instant } from '../../protocols/units.ts';
import {
  because,
  both,
  outcomeOf,
  PASS,
  type Reason,
  type Verdict,
} from '../../protocols/verdict.ts';
import { memoryFindings } from '../store/findings.ts';
import { Pace } from './pace.ts';
import { openReach, type Reach, type ReachOptions } from './reach.ts';
import {
  passed,
  scripted,
  settled,
  START,
  type Internet,
  type Script,
} from './testing/scripted.ts';

const BY = later(START, seconds(120));
const at = (offset: number): Instant => later(START, offset as Duration);

describe('an audit', () => {
  it('passes where mail has somewhere to go and the website is there', async () => {
    const { audit, asked } = world();
    expect(await audit(leadOf('acme.com'))).toBe(PASS);
    expect(asked).toEqual(['web https://acme.com/', 'mail acme.com']);
  });

  it.each<[string, Script, readonly Reason[]]>([
    ['no such domain', { mail: () => ['absent', 5] }, ['domain_unresolved']],
    ['a domain that takes no mail', { mail: () => ['refuses', 5] }, ['domain_unresolved']],
    ['a name server that is silent', { mail: () => ['silent', 5] }, ['domain_unresolved']],
    ['a name server that hangs', { mail: () => 'hangs' }, ['domain_unresolved']],
    ['a website that is gone', { web: () => ['gone', 5] }, ['website_unreachable']],
    ['a website that hangs', { web: () => 'hangs' }, ['website_unreachable']],
    ['a website whose name is silent', { web: () => ['silent', 5] }, ['website_unreachable']],
    ['a website that nobody may be sent to', { web: () => ['blocked', 5] }, ['blocked_address']],
    [
      'both',
      { mail: () => ['absent', 5], web: () => ['gone', 5] },
      ['domain_unresolved', 'website_unreachable'],
    ],
  ])('says whose fault it is: %s', async (_, script, reasons) => {
    const { audit } = world(script);
    expect(await audit(leadOf('acme.com'))).toBe(reasons.map(because).reduce(both));
  });

  it.each<[string, Script]>([
    ['no name at all', { mail: () => ['absent', 5] }],
    ['names that all lead to ourselves', { web: () => ['blocked', 5] }],
    ['silent names', { mail: () => ['silent', 5] }],
    ['hanging names', { mail: () => 'hangs' }],
    ['a website that refuses', { web: () => ['gone', 0] }],
    ['a website that hangs', { web: () => 'hangs' }],
    ['a website without a name', { web: () => ['silent', 5] }],
  ])('blames nobody where our own way out is cut, and forgets it: %s', async (_, script) => {
    for (const isOnline of [() => [false, 0] as const, () => 'hangs' as const]) {
      let isCut = true;
      const { audit } = world(
        Object.fromEntries(
          Object.entries({ ...script, isOnline }).map(([name, way]) => [
            name,
            (...input: [string, number]) => (isCut ? way(...input) : undefined),
          ]),
        ),
      );
      expect(await audit(leadOf('acme.com'))).toBe(because('checker_offline'));
      isCut = false;
      expect(await audit(leadOf('acme.com'), later(BY, minutes(2)))).toBe(PASS);
    }
  });

  it('asks the control hosts after the host, never before', async () => {
    // The way out is cut while a website is being asked; a moment before it worked.
    let isCut = false;
    const { reach, internet } = world({
      web: (url) => ['gone', url.includes('acme') ? 400 : 0],
      isOnline: () => [!isCut, 0],
    });
    internet.clock.at(at(300), () => (isCut = true));
    const audits = Promise.all(
      ['bolt.io', 'acme.com'].map((domain) => reach.audit(leadOf(domain), BY)),
    );
    expect(await settled(internet.clock, audits)).toEqual(
      (['website_unreachable', 'checker_offline'] as const).map(because),
    );
  });

  it('asks them a few times a second, however many hosts are gone', async () => {
    const { reach, internet, asked } = world({
      web: (url) => ['gone', 10 * Number(/h(\d+)/.exec(url)?.[1])],
    });
    await batch(internet, (lead) => reach.audit(lead, BY));
    const took = internet.clock.now() - START;
    expect(took).toBeLessThan(2_000);
    expect(asked.filter((what) => what === 'control').length).toBeLessThanOrEqual(2 + took / 200);
  });

  it('asks a silent name once more, and takes its second word', async () => {
    let count = 0;
    const { audit, asked } = world({ mail: () => [count++ === 0 ? 'silent' : 'accepts', 5] });
    expect(await audit(leadOf('acme.com'))).toBe(PASS);
    expect(asked.filter((what) => what === 'mail acme.com').length).toBe(2);
  });

  it('takes what should never be thrown as a doubt of ours, and tells of it', async () => {
    const troubles: unknown[] = [];
    const broken = new Error('broken');
    const { audit } = world(
      {},
      {
        names: { addresses: () => Promise.reject(broken), mail: () => Promise.reject(broken) },
        onTrouble: (cause) => troubles.push(cause),
      },
    );
    expect(await audit(leadOf('acme.com'))).toBe(because('checker_offline'));
    expect(troubles).toEqual([broken]);
  });
});

describe('a look that was cut short', () => {
  it('is nobody’s fault, and is not remembered', async () => {
    let isSlow = true;
    const { reach, internet, audit } = world(
      { mail: () => (isSlow ? ['accepts', 4_000] : ['accepts', 0]) },
      { pace: new Pace({ total: 1 }) },
    );
    // Of six seconds each of three has its part, which is less than it needs.
    const verdicts = await batch(internet, (lead) => reach.audit(lead, at(6_000)), 3);
    expect(new Set(verdicts)).toEqual(new Set([because('deadline')]));
    isSlow = false;
    expect(await audit(leadOf('h0.com'))).toBe(PASS);
  });

  it('has another try when those behind it were fast', async () => {
    const { reach, internet, asked } = world(
      { mail: (domain) => ['accepts', domain === 'h0.com' ? 3_000 : 50] },
      { pace: new Pace({ total: 1 }) },
    );
    const verdicts = await batch(internet, (lead) => reach.audit(lead, at(12_000)), 5);
    expect(new Set(verdicts)).toEqual(new Set([PASS]));
    expect(asked.filter((what) => what === 'mail h0.com').length).toBe(2);
  });

  it('is a doubt of ours where our own way out is cut', async () => {
    const { reach, internet } = world(
      { mail: () => 'hangs', isOnline: () => [false, 0] },
      { pace: new Pace({ total: 1 }) },
    );
    const verdicts = await batch(internet, (lead) => reach.audit(lead, at(6_000)), 3);
    expect(new Set(verdicts)).toEqual(new Set([because('checker_offline')]));
  });

  it('is so too where the deadline came first, once it is known that it is cut', async () => {
    const { reach, internet } = world({
      web: (url) => (url.includes('h0.') ? ['gone', 0] : 'hangs'),
      isOnline: () => [false, 0],
    });
    const verdicts = await batch(internet, (lead) => reach.audit(lead, at(6_000)), 2);
    expect(new Set(verdicts)).toEqual(new Set([because('checker_offline')]));
  });
});

describe('a check', () => {
  it('says without a provider whether the domain takes mail, as an audit finds it', async () => {
    for (const [mail, reason] of [
      ['refuses', 'email_undeliverable'],
      ['absent', 'domain_unresolved'],
      ['silent', 'domain_unresolved'],
    ] as const) {
      const { check, audit, asked } = world({ mail: () => [mail, 5] });
      expect(await check(leadOf('acme.com'))).toBe(because(reason));
      const before = asked.length;
      expect(await audit(leadOf('acme.com'))).toBe(because('domain_unresolved'));
      expect(asked.length).toBe(before);
    }
  });

  it('says with a provider what that says, within the policy', async () => {
    const verdicts = async (policy: ReachOptions['policy']): Promise<unknown> => {
      const found: unknown[] = [];
      for (const mailbox of [
        'valid',
        'accept_all',
        'webmail',
        'disposable',
        'invalid',
        'unknown',
      ] as const) {
        const { check } = world({ mailbox: () => [mailbox, 5] }, { policy: policy ?? {} }, true);
        found.push(await check(leadOf('acme.com')));
      }
      return found;
    };
    const rest = (
      ['disposable_domain', 'email_undeliverable', 'provider_unavailable'] as const
    ).map(because);
    const bad = because('email_undeliverable');
    expect(await verdicts(undefined)).toEqual([PASS, PASS, PASS, ...rest]);
    expect(await verdicts({ acceptAll: false })).toEqual([PASS, bad, PASS, ...rest]);
    expect(await verdicts({ webmail: false })).toEqual([PASS, PASS, bad, ...rest]);
  });

  it('calls late a host its own fault, and a provider nobody’s', async () => {
    const hangs = () => 'hangs' as const;
    const hung = { web: hangs, mailbox: hangs, mail: hangs };
    const by = at(3_000);
    expect(await world(hung, {}, true).check(leadOf('acme.com'), by)).toBe(
      both(because('website_unreachable'), because('provider_unavailable')),
    );
    expect(await world(hung).check(leadOf('acme.com'), by)).toBe(
      both(because('website_unreachable'), because('domain_unresolved')),
    );
    expect(await world(hung).audit(leadOf('acme.com'), by)).toBe(because('deadline'));
  });
});

describe('findings', () => {
  it('are asked once however many want them at once, and again when they are over', async () => {
    const { audit, internet, asked } = world({ mail: () => ['accepts', 50] });
    await Promise.all(Array.from({ length: 50 }, () => audit(leadOf('acme.com'))));
    expect(asked.toSorted()).toEqual(['mail acme.com', 'web https://acme.com/']);
    await passed(internet.clock, 5 * 3_600_000);
    await audit(leadOf('acme.com', 'someone.else'), at(6 * 3_600_000));
    expect(asked.length).toBe(2);
    await passed(internet.clock, 7 * 3_600_000);
    await audit(leadOf('acme.com'), at(8 * 3_600_000));
    expect(asked.length).toBe(4);
  });

  it('of a fault last minutes, of a provider that cannot tell two', async () => {
    const { check, internet, asked } = world(
      { web: () => ['gone', 0], mailbox: () => ['unknown', 0] },
      {},
      true,
    );
    const count = (what: string): number => asked.filter((one) => one.startsWith(what)).length;
    for (const [minute, webs, boxes] of [
      [0, 1, 1],
      [1, 1, 1],
      [3, 1, 2],
      [14, 1, 3],
      [16, 2, 4],
    ] as const) {
      await passed(internet.clock, minute * 60_000);
      await check(leadOf('acme.com'), later(internet.clock.now(), minutes(2)));
      expect([count('web'), count('mailbox')]).toEqual([webs, boxes]);
    }
  });

  it('are none of a node that judges by another list of throw-away domains', async () => {
    const findings = memoryFindings();
    const asked: string[] = [];
    const audit = async (changes: Partial<ReachOptions>): Promise<number> => {
      const one = world({}, { findings, ...changes });
      await one.audit(leadOf('acme.com'));
      return asked.push(...one.asked);
    };
    const other = digest('a list of another day');
    expect(await audit({})).toBe(2);
    expect(await audit({})).toBe(2);
    expect(await audit({ list: disposableListDigest() })).toBe(2);
    expect(await audit({ list: other })).toBe(4);
    expect(await audit({ list: other })).toBe(4);
    expect(await audit({})).toBe(4);
  });

  it('go on being looked for while one still waits, and no longer', async () => {
    const { reach, internet } = world({ mail: () => ['accepts', 1_000], web: () => 'hangs' });
    const [one, other] = [new AbortController(), new AbortController()];
    const lead = leadOf('acme.com');
    const audits = [reach.audit(lead, BY, one.signal), reach.audit(lead, BY, other.signal)];
    await passed(internet.clock, 100);
    expect(internet.open()).toBe(2);
    one.abort();
    expect(await audits[0]).toBe(because('deadline'));
    await passed(internet.clock, 200);
    expect(internet.open()).toBe(2);
    other.abort();
    await passed(internet.clock, 201);
    expect(internet.open()).toBe(0);
  });

  it('are for the last deadline of those who wait, not for the first', async () => {
    const { reach, internet } = world({ web: () => ['there', 4_000] });
    const soon = reach.audit(leadOf('acme.com'), at(3_000));
    const late = reach.audit(leadOf('acme.com'), BY);
    expect(await settled(internet.clock, soon)).toBe(because('deadline'));
    expect(await settled(internet.clock, late)).toBe(PASS);
  });
});

describe('a batch', () => {
  it('of 100 good leads takes the rounds that the bound makes of it, and no longer', async () => {
    const { reach, internet, asked } = world({
      mail: () => ['accepts', 50],
      web: () => ['there', 50],
    });
    const verdicts = await batch(internet, (lead) => reach.check(lead, BY));
    expect(new Set(verdicts)).toEqual(new Set([PASS]));
    expect([asked.length, internet.most()]).toEqual([200, 64]);
    // 200 look-ups, 64 at a time: four rounds of 50 ms.
    expect(internet.clock.now()).toBe(at(200));
  });

  it('of 100 good leads whose websites take two steps takes no round more, as the longest begin first', async () => {
    const { reach, internet } = world({
      mail: () => ['accepts', 50],
      web: () => ['there', 100],
    });
    await batch(internet, (lead) => reach.audit(lead, BY));
    // 300 steps of 50 ms, 64 at a time: five rounds, and nobody could do with four.
    expect(internet.clock.now()).toBe(at(250));
  });

  it('keeps the loop for itself for a few packets at a time, whatever comes at once', async () => {
    const perTurn: number[] = [0];
    const count = (): void => void perTurn.push((perTurn.pop() ?? 0) + 1);
    const internet = scripted({
      mail: () => (count(), ['accepts', 50]),
      web: () => (count(), ['there', 100]),
    });
    const reach = openReach({
      ...internet,
      findings: memoryFindings(),
      clock: {
        now: () => internet.clock.now(),
        at: (instant, task, by) =>
          internet.clock.at(
            instant,
            () => {
              perTurn.push(0);
              task();
            },
            by,
          ),
      },
    });
    await batch(internet, (lead) => reach.audit(lead, BY));
    expect(perTurn.reduce((sum, sent) => sum + sent)).toBe(200);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(8);
  });

  it('of which 10 hosts hang is done in 20 s, and they alone have failed', async () => {
    const hangs = (name: string): boolean => /h\d?0\.com/.test(name);
    const { reach, internet } = world({
      mail: (domain) => (hangs(domain) ? 'hangs' : ['accepts', 50]),
      web: (url) => (hangs(url) ? 'hangs' : ['there', 50]),
    });
    const verdicts = await batch(internet, (lead) => reach.audit(lead, BY));
    const bad = both(because('domain_unresolved'), because('website_unreachable'));
    expect(verdicts).toEqual(verdicts.map((_, index) => (index % 10 === 0 ? bad : PASS)));
    expect(internet.clock.now()).toBeLessThan(at(20_000));
  });

  it('of which all hang has its verdict in time, and nothing valid', async () => {
    for (const isOnline of [true, false]) {
      const { reach, internet } = world({
        mail: () => 'hangs',
        web: () => 'hangs',
        isOnline: () => [isOnline, 50],
      });
      const verdicts = await batch(internet, (lead) => reach.audit(lead, BY));
      expect(verdicts.map(outcomeOf)).toEqual(verdicts.map(() => (isOnline ? 'fail' : 'unknown')));
      expect(internet.clock.now()).toBeLessThan(BY);
    }
  });

  it('of which all hang has every host asked at least once, though the time is too short for all', async () => {
    const { reach, internet, asked } = world({ mail: () => 'hangs', web: () => 'hangs' });
    const by = at(10_000);
    const verdicts = await batch(internet, (lead) => reach.audit(lead, by));
    expect(verdicts.map(outcomeOf)).toEqual(verdicts.map(() => 'fail'));
    expect(internet.clock.now()).toBeLessThanOrEqual(by);
    expect(new Set(asked.filter((what) => what !== 'control')).size).toBe(200);
  });

  it('has its verdict by the deadline, whatever answers when and who gives up', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(answer, answer), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 20_000 }),
        fc.option(fc.nat(20_000)),
        async (answers, time, leaves) => {
          const of = (name: string): (typeof answers)[number] | undefined =>
            answers[Number(/h(\d+)/.exec(name)?.[1])];
          const { reach, internet } = world({
            mail: (domain) => way(of(domain)?.[0], 'accepts', 'silent'),
            web: (url) => way(of(url)?.[1], 'there', 'gone'),
            isOnline: () => [true, 10],
          });
          const leaving = new AbortController();
          if (leaves !== null) internet.clock.at(at(leaves), () => leaving.abort());
          const by = at(time);
          const verdicts = await batch(
            internet,
            (lead) => reach.audit(lead, by, leaving.signal),
            answers.length,
          );
          expect(internet.clock.now()).toBeLessThanOrEqual(by);
          expect(internet.open()).toBe(0);
          for (const [index, [mail, web]] of answers.entries()) {
            // Nothing is good that did not say so, and nothing bad that said so in good time.
            const isGood = mail.is === 'good' && web.is === 'good';
            if (!isGood) expect(verdicts[index]).not.toBe(PASS);
            const ends = Math.min(8_000, time - 500, leaves ?? time);
            // With less than 50 ms left nobody is asked any more.
            const isEarly = time >= 550 && Math.max(mail.after, web.after) < ends;
            if (isGood && isEarly) expect(verdicts[index]).toBe(PASS);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('begins nothing when it is closed, and ends what it has begun', async () => {
    const { reach, internet, asked } = world({ mail: () => 'hangs' });
    const running = reach.audit(leadOf('acme.com'), BY);
    await passed(internet.clock, 10);
    await reach.close();
    await reach.close();
    expect(await running).toBe(because('deadline'));
    const before = asked.length;
    expect(await reach.audit(leadOf('bolt.io'), BY)).toBe(because('deadline'));
    expect([asked.length, internet.open()]).toEqual([before, 0]);
  });
});

interface Wanted {
  readonly is: 'good' | 'bad' | 'hangs';
  readonly after: number;
}
const answer: fc.Arbitrary<Wanted> = fc.record({
  is: fc.constantFrom('good' as const, 'good' as const, 'bad' as const, 'hangs' as const),
  after: fc.oneof(fc.nat(100), fc.nat(20_000)),
});
const way = <T>(wanted: Wanted | undefined, good: T, bad: T): readonly [T, number] | 'hangs' =>
  wanted === undefined || wanted.is === 'hangs'
    ? 'hangs'
    : [wanted.is === 'good' ? good : bad, wanted.after];

const leadOf = (domain: string, name = 'maria'): Lead =>
  ({ 'Owner(s) Email': `${name}@${domain}`, Website: `https://${domain}/` }) as Lead;

/** As many leads as are wanted, each of a host of its own. */
const batch = (
  internet: Internet,
  look: (lead: Lead) => Promise<Verdict>,
  count = 100,
): Promise<readonly Verdict[]> =>
  settled(
    internet.clock,
    Promise.all(Array.from({ length: count }, (_, index) => look(leadOf(`h${index}.com`)))),
  );

function world(script: Script = {}, changes: Partial<ReachOptions> = {}, hasProvider = false) {
  const internet = scripted(script);
  const { clock, names, web, controls, mailboxes, asked } = internet;
  const reach: Reach = openReach({
    names,
    web,
    controls,
    clock,
    findings: memoryFindings(),
    ...(hasProvider ? { mailboxes } : {}),
    ...changes,
  });
  const look =
    (kind: 'audit' | 'check') =>
    (lead: Lead, by: Instant = BY) =>
      settled(clock, reach[kind](lead, by));
  return { internet, reach, asked, audit: look('audit'), check: look('check') };
}
