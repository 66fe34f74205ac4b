/** Surfpool's native module: a whole network inside this process. Its wrapper package is not on every mirror. */
import { createRequire } from 'node:module';

/** What the module offers, as far as it is used here. */
export type Surfnet = {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly payer: string;
  readonly payerSecretKey: Uint8Array | readonly number[];
  deploy(options: { readonly programId: string; readonly soPath: string }): unknown;
  setAccount(address: string, lamports: number, data: readonly number[], owner: string): void;
  fundSol(address: string, lamports: number): void;
  timeTravelToSlot(slot: number): unknown;
  timeTravelToTimestamp(milliseconds: number): unknown;
  drainEvents(): unknown;
  stop(): void;
};

/** How a network runs: a block a transaction, or a block every slot's time. */
export type SurfnetOptions = {
  readonly blockProductionMode: 'transaction' | 'clock';
  readonly slotTimeMs: number;
};

type Module = {
  readonly Surfnet: {
    startWithConfig(options: SurfnetOptions & { readonly offline: true; readonly airdropSol: number }): Surfnet;
  };
};

const LAMPORTS = 1_000_000_000_000;

/** Starts a network that reaches out to nobody. It keeps the process alive until it is stopped. */
export function startSurfnet(options: SurfnetOptions): Surfnet {
  const require = createRequire(import.meta.url);
  const { Surfnet: found } = require('@solana/surfpool-linux-x64-gnu') as Module;
  return found.startWithConfig({ ...options, offline: true, airdropSol: LAMPORTS });
}
