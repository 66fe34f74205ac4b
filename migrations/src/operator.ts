/** Who deploys, and through which node. */
import type { Rpc, SolanaRpcApi, TransactionSigner } from '@solana/kit';

/** A node of a cluster. */
export type Node = Rpc<SolanaRpcApi>;

/** Signs and pays for what is sent. */
export type Operator = {
  readonly rpc: Node;
  readonly payer: TransactionSigner;
  /** Requests under way at once. */
  readonly parallel?: number;
  /** What to pay for priority, 1e-6 lamport a unit; none: what others lately paid. */
  readonly priority?: bigint;
};
