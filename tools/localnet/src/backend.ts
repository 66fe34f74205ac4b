/** What a network runs on: Surfpool, with addresses of its own, or LiteSVM in this process. */
import {
  type Address,
  createKeyPairSignerFromBytes,
  createSolanaRpc,
  generateKeyPairSigner,
  type KeyPairSigner,
  type Rpc,
  type SolanaRpcApi,
} from '@solana/kit';
import { type Budget, loadNow, send } from '@breakwater/client';
import { Chain } from './chain.js';
import { chainRpc } from './chainRpc.js';
import { type Surfnet, type SurfnetOptions, startSurfnet } from './surfnet.js';

/** What keeps any account here exempt from rent. */
export const RENT = 10_000_000_000;
/** What the payer of a chain in this process begins with, lamports. */
const PURSE = 1_000_000_000_000n;
const MILLISECONDS = 1_000;
/** A transaction of nothing. */
const EMPTY: Budget = { units: 10_000, priority: 0n };

/** What a network runs on. */
export type Backend = {
  readonly rpc: Rpc<SolanaRpcApi>;
  /** Pays for what nobody else pays for. */
  readonly payer: KeyPairSigner;
  /** Puts a program there. */
  deploy(program: Address, path: string): void;
  /** Writes an account whole. */
  put(address: Address, owner: Address, data: Uint8Array): void;
  /** Gives lamports. */
  fund(address: Address, lamports: number): void;
  /** Lets slots pass, and the time they take. */
  advance(slots: number): Promise<void>;
  /** Lets seconds pass, and the slots they hold. */
  advanceSeconds(seconds: number): Promise<void>;
  stop(): void;
};

/** Surfpool as a backend: JSON-RPC and WebSocket at addresses anyone may use. */
export async function surfpool(options: SurfnetOptions): Promise<Backend & { readonly surfnet: Surfnet }> {
  const surfnet = startSurfnet(options);
  const rpc = createSolanaRpc(surfnet.rpcUrl);
  const payer = await createKeyPairSignerFromBytes(Uint8Array.from(surfnet.payerSecretKey));
  const epochInfo = () => rpc.getEpochInfo({ commitment: 'processed' }).send();
  // After a journey the clock shows the slot within its epoch, until the next block: past the first epoch one is needed.
  const arrive = async (): Promise<void> => {
    const { epoch } = await epochInfo();
    if (epoch > 0n) await send({ rpc, payer }, [], EMPTY);
  };
  return {
    surfnet,
    rpc,
    payer,
    deploy: (programId, soPath) => void surfnet.deploy({ programId, soPath }),
    put(address, owner, data) {
      // The network tells of everything it does, and stands still when nobody listens for long.
      surfnet.drainEvents();
      surfnet.setAccount(address, RENT, [...data], owner);
    },
    fund: (address, lamports) => surfnet.fundSol(address, lamports),
    async advance(slots) {
      const { absoluteSlot } = await epochInfo();
      surfnet.timeTravelToSlot(Number(absoluteSlot) + slots);
      await arrive();
    },
    async advanceSeconds(seconds) {
      const { time } = await loadNow(rpc);
      surfnet.timeTravelToTimestamp((Number(time) + seconds) * MILLISECONDS);
      await arrive();
    },
    stop: () => surfnet.stop(),
  };
}

/** LiteSVM as a backend: nothing leaves this process, and days pass at no cost. */
export async function liteSvm(): Promise<Backend> {
  const chain = new Chain();
  const payer = await generateKeyPairSigner();
  chain.fund(payer.address, PURSE);
  return {
    rpc: chainRpc(chain),
    payer,
    deploy: (program, path) => chain.deploy(program, path),
    put: (address, owner, data) => chain.put(address, BigInt(RENT), owner, data),
    fund: (address, lamports) => chain.fund(address, BigInt(lamports)),
    advance: (slots) => Promise.resolve(chain.advance(slots)),
    advanceSeconds: (seconds) => Promise.resolve(chain.advanceSeconds(seconds)),
    stop: () => undefined,
  };
}
