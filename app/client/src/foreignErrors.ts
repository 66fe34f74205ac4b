/** Errors of what the program stands on: its framework, the programs it calls, and the runtime. Each with what to do. */

import { BREAKWATER_PROGRAM_ADDRESS } from './generated/index.js';
import type { Told } from './logs.js';

/** An error's name and its sentence. */
export type Explained = { readonly name: string; readonly sentence: string };

type Table = Readonly<Record<number, readonly [name: string, sentence: string]>>;

/** Of Anchor, which the program is written with: raised before its own code, mostly about accounts passed. */
const FRAMEWORK = {
  100: ['InstructionMissing', 'Send an instruction: its data is empty'],
  101: ['InstructionFallbackNotFound', 'Use a newer client: the program knows no such instruction'],
  102: ['InstructionDidNotDeserialize', 'Use a client of the same version: the arguments cannot be read'],
  2000: ['ConstraintMut', 'Pass this account writable'],
  2001: ['ConstraintHasOne', 'Pass the account that the other one names'],
  2002: ['ConstraintSigner', 'Sign with this account'],
  2003: ['ConstraintRaw', 'Pass an account that fits the others'],
  2004: ['ConstraintOwner', 'Pass an account of the right program'],
  2005: ['ConstraintRentExempt', 'Give this account enough lamports for its rent'],
  2006: ['ConstraintSeeds', 'Pass the address that is derived for this exchange, owner and number'],
  2012: ['ConstraintAddress', 'Pass the account at the fixed address'],
  2013: ['ConstraintZero', 'Pass a new account: this one is in use'],
  2014: ['ConstraintTokenMint', 'Pass a token account of the right mint'],
  2015: ['ConstraintTokenOwner', 'Pass a token account of the right owner'],
  2019: ['ConstraintSpace', 'Pass an account of the right size'],
  2020: ['ConstraintAccountIsNone', 'Pass the account that was left out'],
  2021: ['ConstraintTokenTokenProgram', 'Pass a token account of the SPL token program'],
  2022: ['ConstraintMintTokenProgram', 'Pass a mint of the SPL token program'],
  2040: ['ConstraintDuplicateMutableAccount', 'Pass each account once'],
  2500: ['RequireViolated', 'Report this: the program names no reason'],
  3000: ['AccountDiscriminatorAlreadySet', 'Pass a new account: this one is in use'],
  3001: ['AccountDiscriminatorNotFound', 'Pass an account that has been opened'],
  3002: ['AccountDiscriminatorMismatch', 'Pass an account of the type this instruction expects'],
  3003: ['AccountDidNotDeserialize', 'Pass an account of the type this instruction expects'],
  3005: ['AccountNotEnoughKeys', 'Pass every account of the instruction'],
  3006: ['AccountNotMutable', 'Pass this account writable'],
  3007: ['AccountOwnedByWrongProgram', 'Pass an account of the right program'],
  3008: ['InvalidProgramId', 'Pass the program itself: another stands in its place'],
  3009: ['InvalidProgramExecutable', 'Pass a program: this account cannot be run'],
  3010: ['AccountNotSigner', 'Sign with this account'],
  3011: ['AccountNotSystemOwned', 'Pass an account of the system program'],
  3012: ['AccountNotInitialized', 'Open the account first'],
  3015: ['AccountSysvarMismatch', 'Pass the sysvar itself'],
  4100: ['DeclaredProgramIdMismatch', 'Use the program where it was built to be'],
} as const satisfies Table;

/** Of the SPL token program, which moves USDC and other collateral. */
const TOKEN = {
  0: ['TokenNotRentExempt', 'Give the token account enough lamports for its rent'],
  1: ['TokenInsufficientFunds', 'Use a smaller amount: the token account does not hold as many tokens'],
  2: ['TokenInvalidMint', 'Pass a mint'],
  3: ['TokenMintMismatch', 'Pass a token account of the same mint'],
  4: ['TokenOwnerMismatch', 'Sign with the owner of the token account, or pass one of the signer'],
  5: ['TokenFixedSupply', 'Use another mint: this one issues no more'],
  6: ['TokenAlreadyInUse', 'Pass a new account: this one is in use'],
  9: ['TokenUninitialized', 'Create the token account first'],
  10: ['TokenNativeNotSupported', 'Use another token: wrapped SOL cannot do this'],
  11: ['TokenNotEmpty', 'Empty the token account first'],
  13: ['TokenInvalidState', 'Pass an initialised token account'],
  14: ['TokenOverflow', 'Use a smaller amount: the balance would leave its bounds'],
  17: ['TokenAccountFrozen', "Ask the mint's issuer: the token account is frozen"],
  18: ['TokenDecimalsMismatch', 'Use as many decimals as the mint'],
} as const satisfies Table;

/** Of the system program, which creates accounts and moves SOL. */
const SYSTEM = {
  0: ['AccountAlreadyInUse', 'Use it: there is an account at this address already'],
  1: ['InsufficientLamports', 'Give the payer more SOL: it cannot pay the rent'],
  3: ['InvalidAccountDataLength', 'Ask for a smaller account'],
} as const satisfies Table;

/** Of the runtime: about one instruction, or about the transaction as a whole. */
const RUNTIME = {
  AccountBorrowFailed: 'Pass each account once',
  AccountInUse: 'Send it again: another transaction is at this account',
  AccountNotFound: 'Give the fee payer SOL: it has none',
  AddressLookupTableNotFound: 'Create the lookup table first',
  AlreadyProcessed: 'Look its signature up: it was included before',
  BlockhashNotFound: 'Sign and send it again with a newer blockhash',
  CallDepth: 'Call with fewer programs in between',
  ComputationalBudgetExceeded: 'Ask for more compute units, or do less in one transaction',
  DuplicateInstruction: 'Leave out the instruction that is there twice',
  ExternalAccountDataModified: 'Pass an account of the right program',
  IncorrectProgramId: 'Pass an account of the right program',
  InsufficientFundsForFee: 'Give the fee payer more SOL',
  InsufficientFundsForRent: 'Give the account enough lamports for its rent',
  InvalidAccountData: 'Pass an account that holds what the program called expects',
  InvalidAccountForFee: 'Pay with an account of the system program',
  InvalidAddressLookupTableIndex: 'Wait a slot: the lookup table has just been extended',
  InvalidArgument: 'Pass an argument that the program called accepts',
  InvalidInstructionData: 'Pass the program called what it can read',
  MaxLoadedAccountsDataSizeExceeded: 'Pass fewer markets: their accounts are too large together',
  MissingAccount: 'Pass every account of the instruction',
  MissingRequiredSignature: 'Sign with every account that must sign',
  NotEnoughAccountKeys: 'Pass every account of the instruction',
  PrivilegeEscalation: 'Pass the account writable or signing, as the program called needs it',
  ProgramAccountNotFound: 'Use a cluster where the program is deployed',
  ProgramFailedToComplete:
    'Ask for more compute units: the program broke off, and why is unknown; where it had enough of them, report this',
  ReadonlyDataModified: 'Pass this account writable',
  SanitizeFailure: 'Report this: the transaction is malformed',
  SignatureFailure: 'Sign it again: a signature does not fit',
  TooManyAccountLocks: 'Name at most 64 accounts: pass fewer makers, or send it in two',
  UnsupportedProgramId: 'Use a cluster where the program is deployed',
  WouldExceedMaxAccountCostLimit: 'Send it again later: too much is written to one account in this block',
  WouldExceedMaxBlockCostLimit: 'Send it again later: the block is full',
} as const satisfies Readonly<Record<string, string>>;

type NameIn<T extends Table> = T[keyof T & number][0];

/** Name of an error that is not the program's own. */
export type ForeignErrorName =
  NameIn<typeof FRAMEWORK> | NameIn<typeof TOKEN> | NameIn<typeof SYSTEM> | keyof typeof RUNTIME;

function among(table: Table, code: number): Explained | undefined {
  const found = table[code];
  return found === undefined ? undefined : { name: found[0], sentence: found[1] };
}

/** An error number of Anchor's. */
export const frameworkError = (code: number): Explained | undefined => among(FRAMEWORK, code);

const TOKEN_2022 = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';
const LOOKUP_TABLES = 'AddressLookupTab1e1111111111111111111111111';
const PROGRAMS: ReadonlyMap<string, Table> = new Map<string, Table>([
  ['TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA', TOKEN],
  [TOKEN_2022, TOKEN],
  ['11111111111111111111111111111111', SYSTEM],
]);

/** An error number of a program that this one calls. */
export function calledError(program: string, code: number): Explained | undefined {
  const table = PROGRAMS.get(program);
  return table === undefined ? undefined : among(table, code);
}

/** Whether a program is known to call no other: a number its instruction fails with is its own. */
export function callsNone(program: string): boolean {
  return program !== TOKEN_2022 && PROGRAMS.has(program);
}

/** What an error of the runtime means where a certain program, or a reason that was logged, makes it plainer. */
function plainer(name: string, program: string | undefined, { reason }: Told): string | undefined {
  if (name === 'ProgramFailedToComplete' && reason !== undefined)
    return `Report this: the program broke off (${reason})`;
  if (name !== 'InvalidInstructionData') return undefined;
  if (program === BREAKWATER_PROGRAM_ADDRESS) return 'Use a client of the same version: the instruction cannot be read';
  if (program !== LOOKUP_TABLES) return undefined;
  return 'Derive the table from a slot that had a block lately: `loadRecentSlot` finds one';
}

/** What to do about an error the runtime has a word for. */
export function runtimeSentence(name: string, program: string | undefined, told: Told): string | undefined {
  const sentences: Readonly<Record<string, string>> = RUNTIME;
  return plainer(name, program, told) ?? (Object.hasOwn(sentences, name) ? sentences[name] : undefined);
}
