import { describe, expect, test } from 'vitest';
import { ERRORS, errorOfCode, explain, units } from '../src/index.js';

describe('units', () => {
  test.each([
    ['1', 6, 1_000_000n],
    ['0.000001', 6, 1n],
    ['-2.5', 6, -2_500_000n],
    ['200', -2, 2n],
  ] as const)('%s at %i decimals', (text, decimals, value) => expect(units.fromDecimal(text, decimals)).toBe(value));

  test.each(['1e3', '', '1.', '.5', '1,5', ' 1'])('%j is no decimal number', (text) => {
    expect(() => units.fromDecimal(text, 6)).toThrow('is not a decimal number');
  });

  test('digits are never lost', () => {
    expect(() => units.fromDecimal('0.0000001', 6)).toThrow('has more than 6 decimals');
    expect(() => units.fromDecimal('250', -2)).toThrow('decimals');
  });

  test('there and back', () => {
    for (const text of ['0', '1', '0.1', '123.456789', '-7.000001']) {
      expect(units.toDecimal(units.fromDecimal(text, 6), 6)).toBe(text);
    }
    expect(units.perUnit(units.price('200.25', -9), -9)).toBe('200.25');
  });
});

describe('errors', () => {
  test('every error has its own number, a name and a sentence', () => {
    expect(new Set(ERRORS.map(({ code }) => code)).size).toBe(ERRORS.length);
    expect(ERRORS.every(({ name, sentence }) => name.length > 0 && sentence.length > 10)).toBe(true);
    expect(errorOfCode(6102)?.name).toBe('ZeroAmount');
  });

  test('a failure is told by its number, else by what was logged, else as the runtime has it', () => {
    const failed = explain({ InstructionError: [2, { Custom: 6104 }] });
    expect([failed.errorName, failed.instruction]).toEqual(['InsufficientFreeCash', 2]);
    const log =
      'Program log: AnchorError occurred. Error Code: ConstraintSeeds. Error Number: 2006. Error Message: A seeds constraint was violated.';
    expect(explain({ InstructionError: [0, { Custom: 2006 }] }, { logs: [log] }).errorName).toBe('ConstraintSeeds');
    expect(explain({ InstructionError: [0, { Custom: 1 }] }).errorName).toBe('Custom(1)');
    expect(explain({ InstructionError: [1, 'MissingRequiredSignature'] }).errorName).toBe('MissingRequiredSignature');
    expect(explain('AccountNotFound').errorName).toBe('AccountNotFound');
  });
});
