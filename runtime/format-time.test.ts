import { describe, expect, it } from 'vitest';
import { formatVerdict, readWebUrl, webHostOf } from '../protocols/rules/format.ts';
import { reasonsOf, type Reason } from '../protocols/verdict.ts';
import { computing } from './testing/computing.ts';

// Here and not beside the rule: in its folder nobody knows a clock.
describe('the format of a lead', () => {
  it('is not slowed down by what nearly matches', () => {
    const took = computing(() => {
      for (const text of ['a.'.repeat(500_000), `a@${'a.'.repeat(500_000)}`]) {
        expect(reasons({ ...ANN, 'Owner(s) Email': text, Website: text })).toEqual(['too_long']);
      }
      expect(reasons({ ...ANN, Website: `http://${'a.'.repeat(500)}` })).toEqual(['bad_website']);
    });
    expect(took).toBeLessThan(MOMENT_MS);
  });

  it('takes no time over what is nearly plain', () => {
    const took = computing(() => {
      for (const part of ['a', 'a-', 'a.', 'a-b.', '1']) {
        expect(webHostOf(`https://${part.repeat(1_000)}!`)).toBe(
          readWebUrl(`https://${part.repeat(1_000)}!`)?.hostname,
        );
      }
    });
    expect(took).toBeLessThan(MOMENT_MS);
  });
});

/** Of computing: some hundred times what it takes, and next to nothing of what going back and forth would. */
const MOMENT_MS = 5_000;

const reasons = (lead: unknown): readonly Reason[] => reasonsOf(formatVerdict(lead));
const ANN = {
  Business: 'Acme',
  'Owner Full name': 'Ann Lee',
  First: 'Ann',
  Last: 'Lee',
  'Owner(s) Email': 'ann@acme.com',
  LinkedIn: 'https://www.linkedin.com/in/ann',
  Website: 'https://acme.com',
  Industry: 'Tech & AI',
  Region: 'US',
};
