import { describe, expect, it } from 'vitest';
import type { QueryId } from '../../protocols/units.ts';
import { lineAgain, lineToRate } from './invitation.ts';
import { program } from './program.ts';
import { troubleOf } from './testing/reading.ts';

describe('a line to type next', () => {
  it('rates by the first digits of the query, at the same node', () => {
    const options = { mock: true, dataDir: "it's mine", 'wallet.hotkey': 'b1', numLeads: '3' };
    expect(lineToRate(options, 'ab'.repeat(32) as QueryId)).toBe(
      String.raw`leadpoet rate abababababab 9 --mock --wallet.hotkey b1 --data-dir 'it'\''s mine'`,
    );
  });

  it('asks the same again, and nothing besides', () => {
    const again = lineAgain({ netuid: '5' }, { leads: 3, industry: 'Tech & AI', sealed: true });
    expect(again).toBe(
      "leadpoet buy --num-leads 3 --industry 'Tech & AI' --sealed --no-ask --netuid 5",
    );
    expect(troubleOf(program, 'leadpoet', again.replaceAll("'", '"'))).toBeUndefined();
  });
});
