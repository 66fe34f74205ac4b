import type { Address } from '@solana/kit';
import { describe, expect, test } from 'vitest';
import { BREAKWATER_PROGRAM_ADDRESS, ERRORS, explain, type RawError, reopeningOf } from '../src/index.js';

const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
const SYSTEM = '11111111111111111111111111111111' as Address;
const STRANGER = 'SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf' as Address;

const custom = (code: number): RawError => ({ InstructionError: [1, { Custom: code }] });
const invoked = (program: Address, depth = 1) => `Program ${program} invoke [${depth}]`;
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
    const failure = explain(custom(6005), { logs: [invoked(STRANGER), said, failed(STRANGER, 6005)] });
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

describe('n10: an error is named by what is proven, and what is not is called unknown', () => {
  const OWN = BREAKWATER_PROGRAM_ADDRESS;
  const CUT = 'Log truncated';
  const programs = [STRANGER, OWN];

  test("after the cut a called program's number is not this program's", () => {
    const logs = [invoked(OWN), 'Program log: Instruction: Withdraw', CUT];
    const failure = explain(custom(1), { logs, programs });
    expect([failure.errorName, failure.program]).toEqual(['Custom(1)', undefined]);
    expect(failure.sentence).toContain('unknown');
  });

  test('a line that came through after the cut proves nothing: the shorter one of the caller fits where the longer did not', () => {
    const logs = [invoked(OWN), CUT, failed(OWN, 1)];
    expect(explain(custom(1), { logs, programs }).program).toBeUndefined();
    const called = explain(custom(1), { logs, programs, called: [TOKEN] });
    expect([called.errorName, called.program]).toEqual(['TokenInsufficientFunds', TOKEN]);
  });

  test('what the instruction called last is what failed, the events it sends itself apart', () => {
    const failure = explain(custom(1), { programs, called: [SYSTEM, TOKEN, OWN] });
    expect([failure.errorName, failure.program]).toEqual(['TokenInsufficientFunds', TOKEN]);
    const system = explain(custom(1), { programs, called: [TOKEN, SYSTEM] });
    expect([system.errorName, system.program]).toEqual(['InsufficientLamports', SYSTEM]);
    // Nothing was called: it can only be its own.
    expect(explain({ InstructionError: [0, { Custom: 5 }] }, { programs, called: [] }).program).toBe(STRANGER);
  });

  test("this program's own numbers are nobody else's that it calls, logs or none", () => {
    const known = explain(custom(6104), { programs, logs: [CUT] });
    expect([known.errorName, known.program]).toEqual(['InsufficientFreeCash', OWN]);
    expect(explain(custom(2006), { programs }).errorName).toBe('ConstraintSeeds');
  });

  test("a stranger's number may be that of what it called: this program's name for it is not taken", () => {
    const failure = explain({ InstructionError: [0, { Custom: 6104 }] }, { programs });
    expect([failure.errorName, failure.program]).toEqual(['Custom(6104)', undefined]);
    expect(failure.sentence).toContain('unknown');
    const both = explain({ InstructionError: [0, { Custom: 6104 }] }, { programs, called: [OWN] });
    expect(both.program).toBeUndefined();
  });

  test('n12: an error of a newer program has the name and the sentence that its own log gives it', () => {
    const said =
      'Program log: AnchorError occurred. Error Code: MakerBlocked. Error Number: 6999. Error Message: Leave out this maker.';
    const newer = explain(custom(6999), { logs: [invoked(OWN), said, failed(OWN, 6999)], programs });
    expect([newer.errorName, newer.sentence]).toEqual(['MakerBlocked', 'Leave out this maker']);
    const bare = explain(custom(6999), { programs });
    expect([bare.errorName, bare.sentence]).toEqual([
      'Custom(6999)',
      'Use a newer client: this one knows no such error',
    ]);
    // Another number, or said by another program: no name for this one.
    const other = explain(custom(6998), { logs: [invoked(OWN), said, failed(OWN, 6998)], programs });
    expect(other.errorName).toBe('Custom(6998)');
    const echoed = [invoked(OWN), invoked(TOKEN, 2), said, `Program ${TOKEN} success`, failed(OWN, 6999)];
    expect(explain(custom(6999), { logs: echoed, programs }).errorName).toBe('Custom(6999)');
  });

  test('units that ran out are told from the log, or from the units taken; where neither shows it, it is said to be unknown', () => {
    const error = { InstructionError: [0, 'ProgramFailedToComplete'] };
    const logs = [invoked(OWN), `Program ${OWN} failed: exceeded CUs meter at BPF instruction`];
    expect(explain(error, { logs }).errorName).toBe('ComputationalBudgetExceeded');
    const units = { taken: 200_000, limit: 200_000 };
    expect(explain(error, { logs: [CUT], units }).errorName).toBe('ComputationalBudgetExceeded');
    const unknown = explain(error, { logs: [invoked(OWN), CUT], programs: [OWN] });
    expect(unknown.sentence).toContain('compute units');
    expect(unknown.sentence).not.toContain('Report this');
    const fault = [invoked(OWN), `Program ${OWN} failed: Access violation in stack frame 5`];
    expect(explain(error, { logs: fault, units: { taken: 9, limit: 200_000 } }).sentence).toContain('Access violation');
    // A program's own line cannot claim it.
    const claimed = [invoked(OWN), `Program log: Program ${OWN} failed: exceeded CUs meter at BPF instruction`];
    expect(explain(error, { logs: claimed }).errorName).toBe('ProgramFailedToComplete');
  });

  test('when a window reopens is in what the program returned, which no log limit cuts', () => {
    const data = new Uint8Array(16);
    new DataView(data.buffer).setBigInt64(0, 1_700_000_000n, true);
    new DataView(data.buffer).setBigUint64(8, 5_000_000n, true);
    const limit = ERRORS.find(({ name }) => name === 'OutflowLimit')?.code ?? 0;
    const logs = [invoked(OWN), CUT];
    const told = explain(custom(limit), { logs, programs, returned: { program: OWN, data } });
    expect(reopeningOf(told)).toEqual({ reopensAt: 1_700_000_000n, most: 5_000_000n });
    const others = explain(custom(limit), { logs, programs, returned: { program: TOKEN, data } });
    expect(reopeningOf(others)).toBeUndefined();
  });
});

describe('n9: a table derived from a slot without a block', () => {
  test('is refused with what helps, and nobody else is told to use another client', () => {
    const LOOKUP = 'AddressLookupTab1e1111111111111111111111111' as Address;
    const error = { InstructionError: [0, 'InvalidInstructionData'] };
    expect(explain(error, { programs: [LOOKUP] }).sentence).toContain('loadRecentSlot');
    expect(explain(error, { programs: [BREAKWATER_PROGRAM_ADDRESS] }).sentence).toContain('same version');
    expect(explain(error, { programs: [STRANGER] }).sentence).not.toContain('same version');
  });
});
