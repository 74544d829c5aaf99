import { describe, expect, it } from 'vitest';
import { validator } from '../../actors/validator.ts';
import { offlineValidator } from './offline-validator.ts';
import { playPanel } from './testing/panel.ts';

describe('an offline validator', () => {
  it('does nothing at all, not even at its beginning', () => {
    expect(playPanel(offlineValidator(validator)).effects).toEqual([]);
  });

  it('takes no notice of anything that is said to it', () => {
    const { on } = offlineValidator(validator);
    for (const kind of ['batch', 'proposal', 'settlement', 'feedback', 'missing'] as const) {
      // Nothing of it is looked at.
      const never = undefined as never;
      expect(on[kind](never, never, never)).toEqual([]);
    }
  });
});
