/** Deploying a program from its buffer, replacing it, and handing on who may. */
import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import {
  getDeployWithMaxDataLenInstruction,
  getExtendProgramInstruction,
  getSetAuthorityInstruction,
  getUpgradeInstruction,
  LOADER_V3_PROGRAM_ADDRESS,
} from '@solana-program/loader-v3';
import {
  getAllocateInstruction,
  getAssignInstruction,
  getTransferSolInstruction,
  SYSTEM_PROGRAM_ADDRESS,
} from '@solana-program/system';
import { DATA_HEADER, PROGRAM_SIZE, programDataAddress } from './state.js';

/** The loader extends by no less, since SIMD-0431. */
const EXTENSION_MIN = 10_240;
/** No account is larger. */
const ACCOUNT_MAX = 10 * 1024 * 1024;

/** What a program is deployed with. */
export type Deployment = {
  readonly program: Address;
  readonly buffer: Address;
  /** Room for later upgrades included, bytes. */
  readonly room: number;
};

/**
 * Makes a program's account and deploys to it, in one transaction: between the two anyone could deploy there.
 *
 * @param reserve - The program's own key and what its account lacks of its rent; none where the account has been made.
 */
export async function deployInstructions(
  operator: TransactionSigner,
  { program, buffer, room }: Deployment,
  reserve?: { readonly signer: TransactionSigner; readonly lamports: bigint },
): Promise<Instruction[]> {
  const made =
    reserve === undefined
      ? []
      : [
          getTransferSolInstruction({ source: operator, destination: program, amount: reserve.lamports }),
          getAllocateInstruction({ newAccount: reserve.signer, space: PROGRAM_SIZE }),
          getAssignInstruction({ account: reserve.signer, programAddress: LOADER_V3_PROGRAM_ADDRESS }),
        ];
  const deploy = getDeployWithMaxDataLenInstruction({
    payerAccount: operator,
    programDataAccount: await programDataAddress(program),
    programAccount: program,
    bufferAccount: buffer,
    authority: operator,
    maxDataLen: room,
  });
  return [...made, deploy];
}

/** By how much a program's room must grow to hold so many bytes; nothing where they fit. */
export function extensionFor(room: number, wanted: number): number {
  if (wanted <= room) return 0;
  const most = ACCOUNT_MAX - DATA_HEADER - room;
  if (wanted - room > most) throw new Error(`a program of ${wanted} bytes is more than an account holds`);
  return Math.min(Math.max(wanted - room, EXTENSION_MIN), most);
}

/** Gives a program more room. Anyone may. */
export async function extendInstruction(
  payer: TransactionSigner,
  program: Address,
  additionalBytes: number,
): Promise<Instruction> {
  const programDataAccount = await programDataAddress(program);
  return getExtendProgramInstruction({
    programDataAccount,
    programAccount: program,
    // Optional to the loader only where no rent is to be paid.
    systemProgram: SYSTEM_PROGRAM_ADDRESS,
    payer,
    additionalBytes,
  });
}

/** Replaces a program by what its buffer holds; the buffer's rent goes back to `spill`. */
export async function upgradeInstruction(
  authority: TransactionSigner,
  program: Address,
  buffer: Address,
  spill: Address,
): Promise<Instruction> {
  return getUpgradeInstruction({
    programDataAccount: await programDataAddress(program),
    programAccount: program,
    bufferAccount: buffer,
    spillAccount: spill,
    authority,
  });
}

/** Hands on who may upgrade a program. */
export async function giveProgram(authority: TransactionSigner, program: Address, to: Address): Promise<Instruction> {
  return getSetAuthorityInstruction({
    bufferOrProgramDataAccount: await programDataAddress(program),
    currentAuthority: authority,
    newAuthority: to,
  });
}
