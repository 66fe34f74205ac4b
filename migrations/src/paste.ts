/** An instruction as a multisig's page or command takes it. */
import {
  appendTransactionMessageInstruction,
  type Blockhash,
  compileTransactionMessage,
  createNoopSigner,
  createTransactionMessage,
  getBase58Decoder,
  getBase64Decoder,
  getCompiledTransactionMessageEncoder,
  type Address,
  type Instruction,
  isSignerRole,
  isWritableRole,
  pipe,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
} from '@solana/kit';

/** The multisig's program puts it into a transaction of its own: this one is never sent, so its blockhash is nothing. */
const NO_BLOCKHASH = { blockhash: '11111111111111111111111111111111' as Blockhash, lastValidBlockHeight: 0n };

/** The instruction alone in a message the vault would pay for. */
function messageOf(instruction: Instruction, vault: Address): Uint8Array {
  const message = pipe(
    createTransactionMessage({ version: 'legacy' }),
    (m) => setTransactionMessageFeePayerSigner(createNoopSigner(vault), m),
    (m) => setTransactionMessageLifetimeUsingBlockhash(NO_BLOCKHASH, m),
    (m) => appendTransactionMessageInstruction(instruction, m),
  );
  return Uint8Array.from(getCompiledTransactionMessageEncoder().encode(compileTransactionMessage(message)));
}

/** Lines to print. */
export function pasteLines(instruction: Instruction, vault: Address): string[] {
  const message = messageOf(instruction, vault);
  const accounts = (instruction.accounts ?? []).map(({ address, role }) => {
    const marks = [isWritableRole(role) ? 'writable' : 'read', ...(isSignerRole(role) ? ['signer'] : [])];
    return `    ${address} ${marks.join(', ')}`;
  });
  return [
    `  program  ${instruction.programAddress}`,
    '  accounts',
    ...accounts,
    `  data (base64)     ${getBase64Decoder().decode(instruction.data ?? new Uint8Array())}`,
    `  message (base58)  ${getBase58Decoder().decode(message)}`,
    `  message (base64)  ${getBase64Decoder().decode(message)}`,
  ];
}
