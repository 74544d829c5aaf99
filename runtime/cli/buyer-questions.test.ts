import { describe, expect, it } from 'vitest';
import { askRating, wantOf, type Person, type WantFlags } from './buyer-questions.ts';

describe('what a person wants', () => {
  it('is asked for, each question that no flag answers', async () => {
    await expect(want({}, '25', 'Tech & AI', ' us ')).resolves.toEqual({
      leads: 25,
      industry: 'Tech & AI',
      region: 'us',
    });
    await expect(want({ numLeads: '3', region: 'DE' }, 'Tech & AI')).resolves.toEqual({
      leads: 3,
      industry: 'Tech & AI',
      region: 'DE',
    });
  });

  it('is any industry and any region where these are skipped', async () => {
    await expect(want({}, '1', '', ' ')).resolves.toEqual({ leads: 1 });
  });

  it('is what the flags say where nothing is to be asked', async () => {
    await expect(want({ numLeads: '7', ask: false, sealed: true })).resolves.toEqual({
      leads: 7,
      sealed: true,
    });
  });

  it.each(['0', '101', '', 'ten', '1.5', '-1', '1e1', '9'.repeat(10)])(
    'is not %j leads, and the person is told what it may be',
    async (answer) => {
      await expect(want({}, answer)).rejects.toThrow('is not it: a whole number, 1 to 100');
    },
  );

  it('is of a region that others could name', async () => {
    await expect(want({}, '1', '', 'x'.repeat(65))).rejects.toThrow('1 to 64 characters');
  });

  it('is missing where nobody can be asked', async () => {
    await expect(wantOf({}, nobody)).rejects.toThrow('--num-leads is missing; allowed: a whole');
    await expect(want({ ask: false })).rejects.toThrow('--num-leads is missing');
  });

  it('is not asked for where a flag is wrong', async () => {
    await expect(want({ industry: 'Tech' })).rejects.toThrow('--industry is "Tech"; allowed: one');
    await expect(want({ numLeads: '101' })).rejects.toThrow('--num-leads is 101');
  });
});

describe('a rating', () => {
  it('is a whole number, 1 to 10, or is said later', async () => {
    expect([await askRating(answering('10')), await askRating(answering(' '))]).toEqual([
      10,
      undefined,
    ]);
    for (const answer of ['0', '11', 'good', '1.5']) {
      await expect(askRating(answering(answer))).rejects.toThrow('a whole number, 1 to 10');
    }
  });
});

const want = (flags: WantFlags, ...answers: string[]) => wantOf(flags, answering(...answers));

const nobody: Person = {
  canAsk: false,
  text: () => Promise.reject(new Error('nobody is there')),
  choose: () => Promise.reject(new Error('nobody is there')),
};

/** Gives each answer once; throws what a wrong one is told, and where it is asked more. */
function answering(...answers: string[]): Person {
  const next = (): string => {
    const answer = answers.shift();
    if (answer === undefined) throw new Error('asked too much');
    return answer;
  };
  return {
    canAsk: true,
    async text({ check }) {
      const answer = next();
      const trouble = check(answer);
      if (trouble !== undefined) throw new Error(trouble);
      return answer;
    },
    async choose({ options }) {
      const answer = next();
      expect(options.map(({ value }) => value)).toContain(answer);
      return answer;
    },
  };
}
