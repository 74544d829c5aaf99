import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { packLeads } from '../../protocols/batch.ts';
import { addressOf, type Batch } from '../../protocols/messages.ts';
import { auditScore } from '../../protocols/rules/audit.ts';
import { later, minutes, percent, seconds } from '../../protocols/units.ts';
import type { Block, Hotkey, Instant } from '../../protocols/units.ts';
import { because, both, PASS, type Verdict } from '../../protocols/verdict.ts';
import { ServiceFault, type Asker, type Clock } from '../host.ts';
import { randomFrom } from '../random.ts';
import { synthetic } from '../sources/synthetic.ts';
import { memoryFindings } from '../store/findings.ts';
import { openReach } from '../verifiers/reach.ts';
import { passed, scripted, settled, START, type Script } from '../verifiers/testing/scripted.ts';
import { reachAudit, reachVerify } from './reach-ports.ts';

const LEADS = synthetic()(randomFrom(1), { leads: 20 });
const [ONE, TWO, THREE] = LEADS;
const hostOf = (lead: (typeof LEADS)[number] | undefined): string =>
  new URL(lead?.Website ?? '').hostname;
const GONE = because('website_unreachable');

describe('reachAudit', () => {
  it('adds what it finds of the sample to what the rules say offline', async () => {
    const { audit, asked } = world({
      web: (url) => [url.includes(hostOf(TWO)) ? 'gone' : 'there', 5],
    });
    const leads = [ONE, TWO, { ...THREE, Business: '' }, LEADS[3]];
    expect(await audit(leads, [0, 1, 2])).toEqual([PASS, GONE, because('empty_field'), PASS]);
    // Neither the malformed one nor the one outside the sample was looked at.
    expect(asked.filter((what) => what.startsWith('web')).length).toBe(2);
  });

  it('lets the better one of two stay, whichever comes first', async () => {
    const { audit } = world({ web: (url) => [url.includes(hostOf(TWO)) ? 'gone' : 'there', 5] });
    const same = { ...TWO, 'Owner(s) Email': ONE?.['Owner(s) Email'] };
    const duplicate = both(GONE, because('duplicate_email'));
    expect(await audit([same, ONE], [0, 1])).toEqual([duplicate, PASS]);
    expect(await audit([ONE, same], [0, 1])).toEqual([PASS, duplicate]);
    // Outside the sample nothing is known of the second: the first stays.
    expect(await audit([ONE, same], [0])).toEqual([PASS, because('duplicate_email')]);
  });

  it('has a verdict in two minutes that lets nothing pass, where everything hangs', async () => {
    const { audit, clock } = world({ mail: () => 'hangs', web: () => 'hangs' });
    const sample = [...LEADS.keys()];
    const verdicts = await audit(LEADS, sample, later(START, minutes(60)));
    expect(auditScore(verdicts, sample)).toMatchObject({ valid: 0, unknown: 0, score: percent(0) });
    expect(clock.now()).toBeLessThan(later(START, minutes(2)));
  });

  it('abstains where its own way out is cut', async () => {
    const { audit } = world({
      mail: () => ['silent', 5],
      web: () => ['gone', 0],
      isOnline: () => [false, 0],
    });
    const sample = [...LEADS.keys()];
    const { unknown, score } = auditScore(await audit(LEADS, sample), sample);
    expect([unknown, score]).toEqual([LEADS.length, undefined]);
  });

  it('gives two validators with one view of the network the same verdicts', async () => {
    const script: Script = {
      mail: (domain) => [domain.length % 3 === 0 ? 'absent' : 'accepts', domain.length],
      web: (url) => [url.length % 4 === 0 ? 'gone' : 'there', url.length],
    };
    const sample = [...LEADS.keys()];
    const [one, other] = [world(script), world(script)];
    const verdicts = await one.audit(LEADS, sample);
    expect(await other.audit(LEADS, sample)).toEqual(verdicts);
    expect(new Set(verdicts).size).toBeGreaterThan(1);
  });

  it('stops looking when nobody waits any more', async () => {
    const { ports, clock, open } = world({ web: () => 'hangs' });
    const asking = ports.audit(input(LEADS, [0, 1]), askerBy()).subscribe();
    await passed(clock, 10);
    expect(open()).toBe(2);
    asking.unsubscribe();
    await passed(clock, 11);
    expect(open()).toBe(0);
  });

  it('reads one batch in a turn of the loop, however many come at once', async () => {
    const { clock, names, web, controls } = scripted();
    const reach = openReach({ names, web, controls, clock, findings: memoryFindings() });
    let turns = 0;
    const counting: Clock = {
      now: () => clock.now(),
      at: (instant, task) =>
        clock.at(instant, () => {
          turns++;
          task();
        }),
    };
    const [audit, verify] = [reachAudit(reach, counting), reachVerify(reach, counting)];
    for (const port of [audit, verify]) {
      const readIn: number[] = [];
      const watched = () => {
        const { batch, ...rest } = input(LEADS, [0, 1]);
        const read = {
          ...batch,
          get leads() {
            readIn.push(turns);
            return batch.leads;
          },
        };
        return { ...rest, batch: read };
      };
      const found = Array.from({ length: 10 }, () =>
        firstValueFrom<readonly Verdict[]>(port(watched(), askerBy())),
      );
      expect((await settled(clock, Promise.all(found))).length).toBe(10);
      expect([readIn.length, new Set(readIn).size]).toEqual([10, 10]);
    }
  });

  it('is unavailable, with the cause, where it breaks off', async () => {
    const broken = new Error('broken');
    const reach = {
      audit: () => Promise.reject(broken),
      check: () => Promise.reject(broken),
      close: () => Promise.resolve(),
    };
    const { clock } = scripted();
    const fault = await firstValueFrom(
      reachAudit(reach, clock)(input(LEADS, [0]), askerBy()),
    ).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(ServiceFault);
    expect(fault).toMatchObject({ fault: 'unavailable', cause: broken });
  });
});

describe('reachVerify', () => {
  it('looks at every lead, or at those asked for alone, in their order', async () => {
    const { verify, asked } = world({
      web: (url) => [url.includes(hostOf(TWO)) ? 'gone' : 'there', 5],
      mail: (domain) => [
        THREE?.['Owner(s) Email'].endsWith(`@${domain}`) ? 'refuses' : 'accepts',
        5,
      ],
    });
    const thrown = { ...LEADS[3], 'Owner(s) Email': 'someone@mailinator.com' };
    const leads = [ONE, TWO, THREE, thrown, ONE, { ...LEADS[4], First: 7 }];
    expect(await verify(leads, [4, 1])).toEqual([because('duplicate_email'), GONE]);
    expect(asked.filter((what) => what.startsWith('web')).length).toBe(2);
    expect(await verify(leads)).toEqual([
      PASS,
      GONE,
      because('email_undeliverable'),
      because('disposable_domain'),
      because('duplicate_email'),
      because('wrong_type'),
    ]);
    expect(await verify(leads, [])).toEqual([]);
  });
});

const input = (leads: readonly unknown[], sample: readonly number[]) => ({
  batch: {
    leads: packLeads(
      leads as object[],
      leads.map(() => new Uint8Array(16)),
    ),
    query: { want: { leads: leads.length } },
  } as unknown as Batch,
  sample,
  block: 1 as Block,
  about: '',
});

const askerBy = (by: Instant = later(START, seconds(120))): Asker => ({
  self: addressOf('validator', '5V' as Hotkey),
  by,
  random: randomFrom('reach'),
});

function world(script: Script) {
  const { clock, names, web, controls, asked, open } = scripted(script);
  const reach = openReach({ names, web, controls, clock, findings: memoryFindings() });
  const ports = { audit: reachAudit(reach, clock), verify: reachVerify(reach, clock) };
  return {
    ports,
    clock,
    asked,
    open,
    audit: (leads: readonly unknown[], sample: readonly number[], by?: Instant) =>
      settled<readonly Verdict[]>(
        clock,
        firstValueFrom(ports.audit(input(leads, sample), askerBy(by))),
      ),
    verify: (leads: readonly unknown[], only?: readonly number[]) =>
      settled<readonly Verdict[]>(
        clock,
        firstValueFrom(ports.verify({ ...input(leads, []), ...(only ? { only } : {}) }, askerBy())),
      ),
  };
}
