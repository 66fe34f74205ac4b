/** What a multisig's page makes of what the script printed: the message, as text, back into an instruction. */
import {
  decompileTransactionMessage,
  getBase58Encoder,
  getCompiledTransactionMessageDecoder,
  type Instruction,
} from '@solana/kit';

/** The one instruction of the message a run printed. */
export function pasted(out: string): Instruction {
  const message = /message \(base58\) +(\w+)/.exec(out)?.[1];
  if (message === undefined) throw new Error(`nothing was printed to sign:\n${out}`);
  const compiled = getCompiledTransactionMessageDecoder().decode(getBase58Encoder().encode(message));
  if (compiled.version !== 'legacy') throw new Error('multisigs take legacy messages');
  const { instructions } = decompileTransactionMessage(compiled);
  const [instruction] = instructions;
  if (instruction === undefined || instructions.length > 1) throw new Error('one instruction was to be signed');
  return instruction;
}
