import { describe, expect, it } from 'vitest';
import { validator } from '../../actors/validator.ts';
import { WHOLE } from '../../protocols/units.ts';
import { because } from '../../protocols/verdict.ts';
import { lazyValidator } from './lazy-validator.ts';
import { playPanel, STAGE } from './testing/panel.ts';

describe('a lazy validator', () => {
  it('gives every batch the whole score and looks at none', () => {
    const { scores, audits } = playPanel(lazyValidator(validator), {
      finds: ({ count }) => Array.from({ length: count }, () => because('bad_email')),
    });
    expect(audits).toBe(0);
    expect([...scores]).toEqual(STAGE.miners.map((miner) => [miner, WHOLE]));
  });
});
