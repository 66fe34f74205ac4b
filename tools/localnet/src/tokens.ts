/** Mints of the SPL token program, and token accounts. */
import { type Address, getAddressEncoder } from '@solana/kit';

/** The SPL token program. */
export const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;

const MINT_SIZE = 82;
const ACCOUNT_SIZE = 165;
const AMOUNT_AT = 64;
/** 2^62: more than anybody is given. */
const SUPPLY = 0x4000_0000_0000_0000n;

/** Account data of a mint: USDC has six decimals. */
export function mintData(authority: Address, decimals = 6): Uint8Array {
  const data = new Uint8Array(MINT_SIZE);
  const view = new DataView(data.buffer);
  view.setUint32(0, 1, true);
  data.set(getAddressEncoder().encode(authority), 4);
  view.setBigUint64(36, SUPPLY, true);
  data[44] = decimals;
  data[45] = 1;
  return data;
}

/** Account data of a token account. */
export function walletData(mint: Address, owner: Address, amount: bigint): Uint8Array {
  const data = new Uint8Array(ACCOUNT_SIZE);
  data.set(getAddressEncoder().encode(mint), 0);
  data.set(getAddressEncoder().encode(owner), 32);
  new DataView(data.buffer).setBigUint64(AMOUNT_AT, amount, true);
  data[108] = 1;
  return data;
}

/** Tokens in a token account. */
export function balanceOf(data: Uint8Array): bigint {
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getBigUint64(AMOUNT_AT, true);
}
