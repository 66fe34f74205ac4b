/** What a local network tells of itself: in a file for programs, and on the screen. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Address } from '@solana/kit';
import { BREAKWATER_PROGRAM_ADDRESS } from '@breakwater/client';
import type { Stage } from './stage.js';

/** What `target/localnet.json` holds. */
export type Addresses = {
  /** JSON-RPC. */
  readonly rpc: string;
  /** WebSocket. */
  readonly ws: string;
  readonly program: Address;
  readonly exchange: Address;
  /** The mint of USDC here. */
  readonly mint: Address;
};

/** Where it is, if nobody says otherwise. */
export const ADDRESSES_PATH = fileURLToPath(new URL('../../../target/localnet.json', import.meta.url));

/** The addresses of an exchange behind two ports. */
export function addressesAt(stage: Stage, rpcPort: number, wsPort: number): Addresses {
  return {
    rpc: `http://127.0.0.1:${rpcPort}`,
    ws: `ws://127.0.0.1:${wsPort}`,
    program: BREAKWATER_PROGRAM_ADDRESS,
    exchange: stage.exchange.address,
    mint: stage.network.mint,
  };
}

/** Writes it whole or not at all, whoever reads meanwhile. Returns what takes it away again: a network that is gone has none. */
export function writeAddresses(path: string, addresses: Addresses): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(addresses, null, 2)}\n`);
  renameSync(draft, path);
  return () => rmSync(path, { force: true });
}

/** The same for people. */
export function addressLines(stage: Stage, addresses: Addresses): string[] {
  const markets = stage.exchange.markets.map(({ number, address }) => {
    return `market ${number}   ${address} ${stage.listings[number]?.name ?? ''}`;
  });
  return [
    `rpc        ${addresses.rpc}`,
    `websocket  ${addresses.ws}`,
    `program    ${addresses.program}`,
    `exchange   ${addresses.exchange}`,
    `USDC       ${addresses.mint} (surfnet_setTokenAccount gives you some)`,
    ...markets,
  ];
}
