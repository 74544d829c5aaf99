import { describe, expect, it } from 'vitest';
import { ServiceFault } from '../../host.ts';
import { CALLS, ChainRefusal, inBlock, inPool, type CallName } from './refusal.ts';

describe('a refusal by the pool', () => {
  it('is read in a node’s words and in the development chain’s', () => {
    for (const call of CALLS) {
      for (let code = 0; code < 256; code++) {
        const [words, json] = inBoth(code).map((text) => nameIn(call, text));
        expect(words).toBe(json);
        expect(words).toMatch(/^[A-Z][A-Za-z]+\d*$/);
      }
    }
  });

  it.each<readonly [number, string]>([
    [0, 'ColdkeyInSwapSchedule'],
    [1, 'StakeAmountTooLow'],
    [2, 'BalanceTooLow'],
    [3, 'SubnetNotExists'],
    [4, 'HotkeyAccountDoesntExist'],
    [5, 'NotEnoughStakeToWithdraw'],
    [6, 'RateLimitExceeded'],
    [7, 'InsufficientLiquidity'],
    [8, 'SlippageTooHigh'],
    [9, 'TransferDisallowed'],
    [10, 'HotKeyNotRegisteredInNetwork'],
    [11, 'InvalidIpAddress'],
    [12, 'ServingRateLimitExceeded'],
    [13, 'InvalidPort'],
    [14, 'ZeroMaxAmount'],
    [15, 'InvalidRevealRound'],
    [16, 'CommitNotFound'],
    [17, 'CommitBlockNotInRevealRange'],
    [18, 'InputLengthsUnequal'],
    [19, 'UidNotFound'],
    [20, 'EvmKeyAssociateRateLimitExceeded'],
    [21, 'ColdkeySwapDisputed'],
    [22, 'InvalidRealAccount'],
    [23, 'FailedShieldedTxParsing'],
    [24, 'InvalidShieldedTxPubKeyHash'],
    [25, 'NonAssociatedColdKey'],
    [26, 'DelegateTakeTooLow'],
    [27, 'DelegateTakeTooHigh'],
    [28, 'Custom28'],
    [254, 'Custom254'],
    [255, 'BadRequest'],
  ])('of number %i is %s of a call that has no other name for it', (code, name) => {
    for (const text of inBoth(code)) expect(nameIn('burnedRegister', text)).toBe(name);
  });

  it.each<readonly [CallName, number, string]>([
    ['setWeights', 6, 'SettingWeightsTooFast'],
    ['setWeights', 1, 'StakeAmountTooLow'],
    ['setWeights', 18, 'WeightVecNotEqualSize'],
    ['setWeights', 10, 'HotKeyNotRegisteredInSubNet'],
    ['setWeights', 19, 'HotKeyNotRegisteredInSubNet'],
    ['commitWeights', 6, 'CommittingWeightsTooFast'],
    ['commitWeights', 10, 'HotKeyNotRegisteredInSubNet'],
    ['revealWeights', 16, 'NoWeightsCommitFound'],
    ['revealWeights', 17, 'CommitBlockNotInRevealRange'],
    ['addStake', 255, 'SubtokenDisabled'],
    ['removeStake', 255, 'SubtokenDisabled'],
    ['serveAxonTls', 255, 'BadRequest'],
    ['serveAxonTls', 10, 'HotKeyNotRegisteredInNetwork'],
  ])('of %s with number %i is %s, as it is in a block', (call, code, name) => {
    for (const text of inBoth(code)) expect(nameIn(call, text)).toBe(name);
  });

  it('for want of money says that the fee cannot be paid', () => {
    for (const text of [
      '1010: {"invalid":{"payment":null}}',
      '1010: Invalid Transaction: Inability to pay some fees (e.g. account balance too low)',
    ]) {
      expect(nameIn('addStake', text)).toBe('CannotPayFees');
    }
  });

  it('is none where what was signed upon has passed, or the node has it already', () => {
    for (const text of [
      '1010: {"invalid":{"stale":null}}',
      '1010: {"invalid":{"future":null}}',
      '1010: {"invalid":{"ancientBirthBlock":null}}',
      '1010: {"invalid":{"badProof":null}}',
      '1010: {"invalid":{"exhaustsResources":null}}',
      '1010: Invalid Transaction: Transaction is outdated',
      '1010: Invalid Transaction: Transaction will be valid in the future',
      '1010: Invalid Transaction: Transaction has an ancient birth block',
      '1010: Invalid Transaction: Transaction has a bad signature',
      '1010: Invalid Transaction: Transaction would exhaust the block limits',
      '1012: Transaction is temporarily banned',
      '1014: Priority is too low: (18446744073709551615 vs 18446744073709551615)',
    ]) {
      expect(inPool('setWeights', new Error(text))).toEqual({ is: 'outdated' });
    }
    expect(inPool('setWeights', new Error('1013: Transaction Already Imported'))).toEqual({
      is: 'known',
    });
    for (const text of ['WebSocket is not connected', 'no answer in 5 s', '']) {
      expect(inPool('setWeights', new Error(text))).toEqual({ is: 'failed' });
    }
  });

  it('that nobody has heard of is shown as it was said, but for what a terminal acts on', () => {
    const said = inPool(
      'addStake',
      new Error(`1010: Invalid Transaction: \u001b[2J${'x'.repeat(999)}`),
    );
    expect(said).toMatchObject({ is: 'refused', refusal: { refusal: 'InvalidTransaction' } });
    const text = said.is === 'refused' ? said.refusal.message : '';
    expect(text).not.toContain('\u001b');
    expect(text.length).toBeLessThan(250);
  });
});

describe('a refusal in a block', () => {
  it.each<readonly [CallName, string, string]>([
    ['burnedRegister', 'SubNetworkDoesNotExist', 'SubnetNotExists'],
    ['burnedRegister', 'SubnetNotExists', 'SubnetNotExists'],
    ['burnedRegister', 'NotEnoughBalanceToStake', 'NotEnoughBalanceToStake'],
    ['burnedRegister', 'HotKeyAlreadyRegisteredInSubNet', 'HotKeyAlreadyRegisteredInSubNet'],
    ['burnedRegister', 'NonAssociatedColdKey', 'NonAssociatedColdKey'],
    ['burnedRegister', 'TooManyRegistrationsThisBlock', 'TooManyRegistrationsThisBlock'],
    ['addStake', 'NotEnoughBalanceToStake', 'BalanceTooLow'],
    ['addStake', 'AmountTooLow', 'StakeAmountTooLow'],
    ['addStake', 'SubtokenDisabled', 'SubtokenDisabled'],
    ['removeStake', 'NotEnoughStakeToWithdraw', 'NotEnoughStakeToWithdraw'],
    ['serveAxonTls', 'HotKeyNotRegisteredInSubNet', 'HotKeyNotRegisteredInNetwork'],
    ['serveAxonTls', 'ServingRateLimitExceeded', 'ServingRateLimitExceeded'],
    ['setWeights', 'HotKeyNotRegisteredInSubNet', 'HotKeyNotRegisteredInSubNet'],
    ['setWeights', 'WeightVecNotEqualSize', 'WeightVecNotEqualSize'],
    ['setWeights', 'DuplicateUids', 'DuplicateUids'],
    ['setWeights', 'UidVecContainInvalidOne', 'UidVecContainInvalidOne'],
    ['setWeights', 'UidsLengthExceedUidsInSubNet', 'UidsLengthExceedUidsInSubNet'],
    ['setWeights', 'WeightVecLengthIsLow', 'WeightVecLengthIsLow'],
    ['setWeights', 'IncorrectWeightVersionKey', 'IncorrectWeightVersionKey'],
    ['setWeights', 'SettingWeightsTooFast', 'SettingWeightsTooFast'],
    ['setWeights', 'NeuronNoValidatorPermit', 'NeuronNoValidatorPermit'],
    ['setWeights', 'NotEnoughStakeToSetWeights', 'StakeAmountTooLow'],
    ['setWeights', 'MaxWeightExceeded', 'MaxWeightExceeded'],
    ['setWeights', 'CommitRevealEnabled', 'CommitRevealEnabled'],
    ['setWeights', 'MechanismDoesNotExist', 'SubnetNotExists'],
    ['commitWeights', 'CommitRevealDisabled', 'CommitRevealDisabled'],
    ['commitWeights', 'CommittingWeightsTooFast', 'CommittingWeightsTooFast'],
    ['commitWeights', 'TooManyUnrevealedCommits', 'TooManyUnrevealedCommits'],
    ['revealWeights', 'RevealTooEarly', 'RevealTooEarly'],
    ['revealWeights', 'InvalidRevealCommitHashNotMatch', 'InvalidRevealCommitHashNotMatch'],
    ['revealWeights', 'NoWeightsCommitFound', 'NoWeightsCommitFound'],
    ['revealWeights', 'ExpiredWeightCommit', 'ExpiredWeightCommit'],
    ['setWeights', 'SomethingNewOfNextYear', 'SomethingNewOfNextYear'],
  ])('of %s with %s is %s', (call, pallets, name) => {
    const refusal = inBlock(call, pallets);
    expect(refusal).toBeInstanceOf(ServiceFault);
    expect(refusal).toMatchObject({ fault: 'refused', call, refusal: name });
    expect(refusal.message.split(':')[0]).toBe(name);
  });
});

/** As a node of Subtensor says it, and as the development chain does. */
const inBoth = (code: number): readonly [string, string] => [
  `1010: Invalid Transaction: Custom error: ${code}`,
  `1010: {"invalid":{"custom":${code}}}`,
];

function nameIn(call: CallName, text: string): string {
  const said = inPool(call, new Error(text));
  if (said.is !== 'refused') return said.is;
  expect(said.refusal).toBeInstanceOf(ChainRefusal);
  return said.refusal.refusal;
}
