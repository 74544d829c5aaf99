import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withDots } from './underscores.ts';

describe('withDots', () => {
  it('takes the subnet’s underscores for dots', () => {
    const args = [
      '--wallet_name',
      'a_b',
      '--wallet_hotkey=c_d=e',
      '--logging_trace',
      '--netuid',
      '1',
    ];
    expect(withDots(args)).toEqual([
      '--wallet.name',
      'a_b',
      '--wallet.hotkey=c_d=e',
      '--logging.trace',
      '--netuid',
      '1',
    ]);
    expect(withDots(['--subtensor_chain_endpoint', '--use_open_source_lead_model'])).toEqual([
      '--subtensor.chain_endpoint',
      '--use_open_source_lead_model',
    ]);
    expect(withDots(['x', '--', '--wallet_name'])).toEqual(['x', '--', '--wallet_name']);
  });

  it('leaves everything else as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (args) => {
        expect(withDots(args)).toEqual(args);
      }),
    );
  });
});
