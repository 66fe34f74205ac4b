import type { Address } from '@solana/kit';
import { describe, expect, test } from 'vitest';
import { BREAKWATER_PROGRAM_ADDRESS, ERRORS, explain, type RawError } from '../src/index.js';

const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
const SYSTEM = '11111111111111111111111111111111' as Address;
const STRANGER = 'SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf' as Address;

const custom = (code: number): RawError => ({ InstructionError: [1, { Custom: code }] });
const failed = (program: Address, code: number) =>
  `Program ${program} failed: custom program error: 0x${code.toString(16)}`;

test('every error of the program is found by its number, with a sentence', () => {
  for (const { code, name, sentence } of ERRORS) {
    const failure = explain(custom(code), { logs: [failed(BREAKWATER_PROGRAM_ADDRESS, code)] });
    expect([failure.errorName, failure.sentence, failure.instruction]).toEqual([name, sentence, 1]);
  }
});

describe('a number means what the program says that raised it', () => {
  const cases: readonly (readonly [string, number, readonly Address[], string])[] = [
    ["the token program's, called", 1, [TOKEN, BREAKWATER_PROGRAM_ADDRESS], 'TokenInsufficientFunds'],
    ["the token program's, called", 4, [TOKEN, BREAKWATER_PROGRAM_ADDRESS], 'TokenOwnerMismatch'],
    ["the system program's, called", 1, [SYSTEM, BREAKWATER_PROGRAM_ADDRESS], 'InsufficientLamports'],
    ["the system program's, called", 0, [SYSTEM, BREAKWATER_PROGRAM_ADDRESS], 'AccountAlreadyInUse'],
    ["Anchor's", 2006, [BREAKWATER_PROGRAM_ADDRESS], 'ConstraintSeeds'],
    ["Anchor's", 3007, [BREAKWATER_PROGRAM_ADDRESS], 'AccountOwnedByWrongProgram'],
    ['this one, called by another', 6135, [BREAKWATER_PROGRAM_ADDRESS, STRANGER], 'Paused'],
    ["another's", 6000, [STRANGER], 'Custom(6000)'],
    ['this one, a number it does not have', 6999, [BREAKWATER_PROGRAM_ADDRESS], 'Custom(6999)'],
  ];
  test.each(cases)('%s: %i', (_, code, programs, name) => {
    const failure = explain(custom(code), { logs: programs.map((program) => failed(program, code)) });
    expect(failure.errorName).toBe(name);
    expect(failure.program).toBe(programs[0]);
    expect(failure.sentence).not.toBe('');
  });

  test("another program's is named as it names itself", () => {
    const said =
      'Program log: AnchorError thrown in lib.rs:9. Error Code: NotAMember. Error Number: 6005. Error Message: Provided account is not a member.';
    const failure = explain(custom(6005), { logs: [said, failed(STRANGER, 6005)] });
    expect(failure.errorName).toBe('NotAMember');
    expect(failure.sentence).toBe('Provided account is not a member');
  });

  test('without logs the instruction says whose it is', () => {
    const programs = [TOKEN, STRANGER];
    expect(explain(custom(6000), { programs }).errorName).toBe('Custom(6000)');
    expect(explain(custom(6000), { programs: [TOKEN, BREAKWATER_PROGRAM_ADDRESS] }).errorName).toBe('Unauthorised');
    expect(explain(custom(1), { programs: [STRANGER, TOKEN] }).errorName).toBe('TokenInsufficientFunds');
  });
});

describe('what the runtime says', () => {
  const cases: readonly (readonly [RawError, string])[] = [
    ['BlockhashNotFound', 'Sign and send it again with a newer blockhash'],
    ['InsufficientFundsForFee', 'Give the fee payer more SOL'],
    [{ InsufficientFundsForRent: { account_index: 3 } }, 'Give the account enough lamports for its rent'],
    [
      { InstructionError: [0, 'ComputationalBudgetExceeded'] },
      'Ask for more compute units, or do less in one transaction',
    ],
    [{ InstructionError: [0, 'MissingRequiredSignature'] }, 'Sign with every account that must sign'],
    ['SomethingNew', 'The runtime refused it'],
    [{ InstructionError: [0, { BorshIoError: 'x' }] }, 'The runtime refused it'],
    ['toString', 'The runtime refused it'],
  ];
  test.each(cases)('%j', (error, sentence) => {
    expect(explain(error).sentence).toBe(sentence);
  });

  test('units that ran out, where it only says that the program did not complete', () => {
    const logs = [`Program ${BREAKWATER_PROGRAM_ADDRESS} failed: exceeded CUs meter at BPF instruction`];
    const error = { InstructionError: [0, 'ProgramFailedToComplete'] };
    expect(explain(error, { logs }).errorName).toBe('ComputationalBudgetExceeded');
    expect(explain(error).errorName).toBe('ProgramFailedToComplete');
  });
});
