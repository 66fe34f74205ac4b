/** Compute units a transaction may need beyond those its simulation took, because the chain moves on before it is included. */
import {
  type Instruction,
  isTransactionModifyingSigner,
  isTransactionSendingSigner,
  type TransactionSigner,
} from '@solana/kit';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  BreakwaterInstruction,
  getTradeInstructionDataDecoder,
  identifyBreakwaterInstruction,
} from './generated/index.js';

/** The chain's limit a transaction. */
export const UNITS_MAX = 1_400_000;

/** Units kept free for each maker passed to a trade: another than in the simulation may answer, with a position to catch up. */
export const MAKER_UNITS = 15_000;
/** Units kept free for what a wallet adds when it signs: guard instructions, some thousand units each. */
export const GUARD_UNITS = 30_000;
/** Bytes kept free for the same where there are lookup tables to make room with. */
export const GUARD_BYTES = 180;

/** Units kept free where an instruction's cost depends on what others do meanwhile: records, lines and positions to go through. */
const ROOM: ReadonlyMap<BreakwaterInstruction, number> = new Map([
  [BreakwaterInstruction.RefreshMarket, 8_000],
  [BreakwaterInstruction.SyncPosition, 20_000],
  [BreakwaterInstruction.Liquidate, 25_000],
  [BreakwaterInstruction.ResolveBankruptcy, 70_000],
  [BreakwaterInstruction.AuctionCollateral, 25_000],
]);

/** Whether whoever signs may add instructions of his own: a wallet, where a key in memory signs what it is given. */
export function mayAdd(signers: readonly TransactionSigner[]): boolean {
  return signers.some((signer) => isTransactionModifyingSigner(signer) || isTransactionSendingSigner(signer));
}

function roomOf({ programAddress, data }: Instruction): number {
  if (programAddress !== BREAKWATER_PROGRAM_ADDRESS || data === undefined) return 0;
  try {
    const instruction = identifyBreakwaterInstruction(data);
    if (instruction !== BreakwaterInstruction.Trade) return ROOM.get(instruction) ?? 0;
    return MAKER_UNITS * getTradeInstructionDataDecoder().decode(data).makers;
  } catch {
    // An instruction of a newer program, built by somebody else's client.
    return 0;
  }
}

/**
 * The limit for instructions that took so many units in simulation: a tenth more, what others may add meanwhile (for each maker of a
 * trade, for each instruction that goes through records or lines), and room for a wallet's own instructions where one signs.
 */
export function unitsFor(
  taken: number,
  instructions: readonly Instruction[],
  signers: readonly TransactionSigner[],
): number {
  const room = instructions.map(roomOf).reduce((sum, units) => sum + units, 0);
  return Math.min(Math.ceil(taken * 1.1) + room + (mayAdd(signers) ? GUARD_UNITS : 0), UNITS_MAX);
}
