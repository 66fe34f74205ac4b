/** Keys are read from files, whose paths come from flags or the environment; never from the configuration. */
import { readFileSync } from 'node:fs';
import { createKeyPairSignerFromBytes, type KeyPairSigner } from '@solana/kit';

/** A key cannot be read. */
export class BadKey extends Error {
  override readonly name = 'BadKey';
}

/** What somebody with a hardware wallet does: it cannot press a button for each of two thousand writes. */
const ELSEWHERE =
  'a hardware wallet cannot sign the thousands of writes of a deployment: make a new key file for the operator ' +
  '(solana-keygen new -o operator.json), see with --operator ADDRESS what it will need, and send it that much SOL from the ' +
  'hardware wallet. After the hand-over it governs nothing: make the hardware wallet a member of the multisig, and send what is left back';

/** A key as Solana's tools write it: a JSON list of 64 bytes. What is in the file is never shown. */
export async function readKey(path: string): Promise<KeyPairSigner> {
  if (/^(usb|prompt|stdin):/.test(path)) throw new BadKey(ELSEWHERE);
  let bytes: unknown;
  try {
    bytes = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new BadKey(`${path} cannot be read as a key: a JSON list of 64 bytes`);
  }
  const isKey = Array.isArray(bytes) && bytes.length === 64 && bytes.every((byte) => Number.isInteger(byte));
  if (!isKey) throw new BadKey(`${path} holds no key: a JSON list of 64 bytes`);
  try {
    return await createKeyPairSignerFromBytes(Uint8Array.from(bytes as number[]));
  } catch {
    throw new BadKey(`${path} holds no key: its second half is not the address of the first`);
  }
}
