import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offlineVerdict } from '../../protocols/rules/audit.ts';
import { PASS } from '../../protocols/verdict.ts';
import { chooseAddress, isGeneric, isUnwanted, leadOf } from './choose.ts';
import type { Company, Person } from './company.ts';
import type { Prospect } from './prospect.ts';

const MARIA = { first: 'Maria', last: 'Keller' };

describe('chooseAddress', () => {
  it("takes the owner's own before one of nobody's, however sure that is", () => {
    const own = person('maria.keller@acme.com', { confidence: 10, name: MARIA });
    const info = person('info@acme.com', { confidence: 99, isGeneric: true });
    expect(chooseAddress([info, own], MARIA)?.email).toBe(own.email);
    expect(chooseAddress([info], MARIA)).toMatchObject({ email: info.email, name: MARIA });
  });

  it('knows the owner by the address alone, and without accents', () => {
    for (const local of ['maria.keller', 'mkeller', 'keller_m', 'maria', 'KellerMaria']) {
      expect(chooseAddress([person(`${local}@acme.com`)], MARIA)?.email).toBe(`${local}@acme.com`);
    }
    const zoe = person('zoe@acme.com', { name: { first: 'Zoe', last: 'Muller' } });
    expect(chooseAddress([zoe], { first: 'Zoë', last: 'Müller' })?.email).toBe('zoe@acme.com');
  });

  it('takes somebody who leads where no owner is known, and nobody else', () => {
    const name = { first: 'Omar', last: 'Khan' };
    for (const role of ['Founder & CEO', 'co-owner', 'Managing Director', 'executive']) {
      expect(chooseAddress([person('omar@acme.com', { name, roles: [role] })])?.name).toEqual(name);
    }
    for (const role of [
      'Engineer',
      'Cooperation Manager',
      'Assistant',
      'senior',
      'Product Owners Guild',
    ]) {
      expect(chooseAddress([person('omar@acme.com', { name, roles: [role] })])).toBeUndefined();
    }
    expect(chooseAddress([person('omar@acme.com', { roles: ['CEO'] })])).toBeUndefined();
  });

  it("never gives somebody else's address for the owner's", () => {
    fc.assert(
      fc.property(people, (all) => {
        const chosen = chooseAddress(all, MARIA);
        if (chosen === undefined) return;
        const from = all.find(({ email }) => email === chosen.email);
        expect(chosen.name).toEqual(MARIA);
        const isOwn = from?.name?.first === 'Maria' || /^m(aria)?\.?keller/.test(chosen.email);
        expect(isOwn || (from !== undefined && isGeneric(from))).toBe(true);
      }),
    );
  });

  it('takes the surest of its kind, personal before generic, in whatever order they come', () => {
    fc.assert(
      fc.property(people, fc.option(fc.constant(MARIA), { nil: undefined }), (all, owner) => {
        const chosen = chooseAddress(all, owner);
        expect(chooseAddress(all.toReversed(), owner)).toEqual(chosen);
        const alone = all.filter((one) => chooseAddress([one], owner) !== undefined);
        const personal = alone.filter((one) => !isGeneric(one));
        const kind = personal.length > 0 ? personal : alone;
        const most = Math.max(...kind.map(({ confidence }) => confidence));
        expect(kind.some((one) => one.confidence === most && one.email === chosen?.email)).toBe(
          alone.length > 0,
        );
      }),
    );
  });

  it.each(['info', 'Sales', 'sales-de', 'contact.us', 'hr2', 'support+x'])(
    'calls %s@ generic',
    (local) => {
      expect(isGeneric(person(`${local}@acme.com`))).toBe(true);
    },
  );

  it.each(['maria', 'infor', 'salesman', 'john.sales', 'hrothgar'])(
    'calls %s@ personal',
    (local) => {
      expect(isGeneric(person(`${local}@acme.com`))).toBe(false);
    },
  );
});

describe('leadOf', () => {
  it('makes a lead of what is known', () => {
    const own = person('maria@acme.com', { name: MARIA, linkedIn: 'https://linkedin.com/in/mk' });
    const owned = { ...PROSPECT, owner: MARIA, ownerInFull: 'Dr. Maria von Keller' };
    expect(leadOf(owned, COMPANY, [own], { leads: 1 })).toEqual({
      Business: 'Acme',
      'Owner Full name': 'Dr. Maria von Keller',
      First: 'Maria',
      Last: 'Keller',
      'Owner(s) Email': 'maria@acme.com',
      LinkedIn: 'https://linkedin.com/in/mk',
      Website: 'https://acme.com',
      Industry: 'Tech & AI',
      Region: 'DE',
    });
  });

  it('makes none where anything is missing', () => {
    const ceo = person('m@acme.com', { name: MARIA, roles: ['CEO'] });
    const { name: _name, ...nameless } = COMPANY;
    const { linkedIn: _linkedIn, ...unlinked } = COMPANY;
    expect(leadOf(PROSPECT, COMPANY, [ceo], { leads: 1 })).toBeDefined();
    for (const company of [
      nameless,
      unlinked,
      { ...COMPANY, sectors: [] },
      { ...COMPANY, places: [] },
    ]) {
      expect(leadOf(PROSPECT, company, [ceo], { leads: 1 })).toBeUndefined();
    }
    expect(leadOf(PROSPECT, COMPANY, [], { leads: 1 })).toBeUndefined();
    expect(
      leadOf(PROSPECT, COMPANY, [ceo], { leads: 1, industry: 'Finance & Fintech' }),
    ).toBeUndefined();
    expect(leadOf(PROSPECT, COMPANY, [ceo], { leads: 1, region: 'US' })).toBeUndefined();
    expect(leadOf(PROSPECT, COMPANY, [ceo], { leads: 1, region: 'germany' })?.Region).toBe(
      'germany',
    );
  });

  it('gives good leads alone, whatever the provider says', () => {
    fc.assert(
      fc.property(
        wild,
        fc.array(wildPerson),
        fc.constantFrom(undefined, MARIA),
        (text, all, owner) => {
          const company: Company = {
            name: text[0],
            sectors: ['Software', text[1]],
            places: ['DE', text[2]],
            linkedIn: text[3],
          };
          const prospect = owner === undefined ? PROSPECT : { ...PROSPECT, owner };
          const lead = leadOf(prospect, company, all, { leads: 1 });
          if (lead !== undefined) expect(offlineVerdict(lead, { leads: 1 })).toBe(PASS);
        },
      ),
    );
  });
});

describe('isUnwanted', () => {
  it('is so where it is known to be something else, and not where nothing is known', () => {
    const want = { leads: 1, industry: 'Tech & AI', region: 'DE' } as const;
    const unknown: Company = { sectors: [], places: [] };
    expect(isUnwanted(PROSPECT, COMPANY, want)).toBe(false);
    expect(isUnwanted(PROSPECT, unknown, want)).toBe(false);
    expect(isUnwanted(PROSPECT, { ...COMPANY, sectors: ['Banks'] }, want)).toBe(true);
    expect(isUnwanted(PROSPECT, { ...COMPANY, places: ['US'] }, want)).toBe(true);
    expect(isUnwanted({ ...PROSPECT, region: 'FR' }, COMPANY, want)).toBe(true);
    expect(isUnwanted({ ...PROSPECT, region: 'de' }, unknown, want)).toBe(false);
  });
});

const PROSPECT: Prospect = { domain: 'acme.com', website: 'https://acme.com' };
const COMPANY: Company = {
  name: 'Acme',
  sectors: ['Software'],
  places: ['DE', 'Germany'],
  linkedIn: 'https://www.linkedin.com/company/acme',
};

function person(email: string, rest: Partial<Person> = {}): Person {
  return { email, isGeneric: false, confidence: 50, roles: [], ...rest };
}

const people: fc.Arbitrary<readonly Person[]> = fc.uniqueArray(
  fc
    .record({
      local: fc.constantFrom(
        'maria.keller',
        'mkeller',
        'info',
        'sales',
        'omar',
        'omar.khan',
        'zoe',
      ),
      confidence: fc.nat(3),
      isGeneric: fc.boolean(),
      name: fc.constantFrom(undefined, MARIA, { first: 'Omar', last: 'Khan' }),
      roles: fc.constantFrom([], ['CEO'], ['Engineer']),
    })
    .map(({ local, name, ...rest }) =>
      person(`${local}@acme.com`, {
        ...rest,
        // A provider that gives Maria's name to others is believed; here it does not.
        ...(name === undefined || (name === MARIA && !local.startsWith('m')) ? {} : { name }),
      }),
    )
    .filter(({ email, name }) => !(email.startsWith('m') && name !== undefined && name !== MARIA)),
  { selector: ({ email }) => email },
);

const wildText = fc.oneof(
  fc.constantFrom('Acme', 'https://www.linkedin.com/in/x', 'CEO', ''),
  fc.string({ unit: 'binary', maxLength: 2_000 }),
);
const wild = fc.tuple(wildText, wildText, wildText, wildText);
const wildPerson: fc.Arbitrary<Person> = fc
  .record({
    email: fc.oneof(wildText, fc.constantFrom('m@acme.com', 'info@acme.com', 'x@mailinator.com')),
    isGeneric: fc.boolean(),
    confidence: fc.double(),
    name: fc.record({ first: wildText, last: wildText }),
    roles: fc.array(wildText),
    linkedIn: wildText,
  })
  .map((one) => one);
