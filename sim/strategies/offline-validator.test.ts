import { describe, expect, it } from 'vitest';
import { validator } from '../../actors/validator.ts';
import { offlineValidator } from './offline-validator.ts';
import { playPanel } from './testing/panel.ts';

describe('an offline validator', () => {
  it('does nothing at all, not even at its beginning', () => {
    expect(playPanel(offlineValidator(validator)).effects).toEqual([]);
  });
});
