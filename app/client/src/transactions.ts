/** From instructions to a confirmed transaction: version 0, units as simulated plus a tenth, a fee as others lately paid. */
import {
  type Address,
  type AddressesByLookupTableAddress,
  appendTransactionMessageInstructions,
  type Base64EncodedWireTransaction,
  type Blockhash,
  compileTransaction,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  type GetLatestBlockhashApi,
  type GetBlockHeightApi,
  type GetRecentPrioritizationFeesApi,
  type GetSignatureStatusesApi,
  type Instruction,
  isSolanaError,
  isWritableRole,
  pipe,
  type Rpc,
  type SendTransactionApi,
  setTransactionMessageComputeUnitLimit,
  setTransactionMessageComputeUnitPrice,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  type Signature,
  signTransactionMessageWithSigners,
  type SimulateTransactionApi,
  type TransactionSigner,
} from '@solana/kit';
import { shortened } from './compression.js';
import { explain, type RawError, TransactionFailure } from './errors.js';

/** What sending needs of a node. */
export type SenderRpc = Rpc<
  GetBlockHeightApi &
    GetLatestBlockhashApi &
    GetRecentPrioritizationFeesApi &
    GetSignatureStatusesApi &
    SendTransactionApi &
    SimulateTransactionApi
>;

/** Who sends, and how. */
export type Sender = {
  /** The node. */
  readonly rpc: SenderRpc;
  /** Pays the fee. */
  readonly payer: TransactionSigner;
  /** Lookup tables: used where a transaction would not fit without, and only there. */
  readonly lookupTables?: AddressesByLookupTableAddress;
  /** Most to pay for priority, 1e-6 lamport a unit. */
  readonly priorityMax?: bigint;
};

/** The chain's limit a transaction. */
const UNITS_MAX = 1_400_000;
/** Most to pay for priority where the sender does not say, 1e-6 lamport a unit. */
const PRIORITY_MAX = 1_000_000n;
const POLL_MILLISECONDS = 50;
/** A transaction not seen is sent again this often: nodes drop what they cannot forward. */
const RESEND_MILLISECONDS = 2_000;
/** A blockhash lives about a minute; nodes that do not count blocks never say that it is over. */
const EXPIRY_MILLISECONDS = 90_000;

/** A transaction's limits: compute units, and what each is paid, 1e-6 lamport. */
export type Budget = { readonly units: number; readonly priority: bigint };

type Lifetime = { readonly blockhash: Blockhash; readonly lastValidBlockHeight: bigint };

function message(sender: Sender, instructions: readonly Instruction[], budget: Budget, lifetime: Lifetime) {
  const built = pipe(
    createTransactionMessage({ version: 0 }),
    (m) => setTransactionMessageFeePayerSigner(sender.payer, m),
    (m) => setTransactionMessageLifetimeUsingBlockhash(lifetime, m),
    (m) => appendTransactionMessageInstructions(instructions, m),
    (m) => setTransactionMessageComputeUnitLimit(budget.units, m),
    (m) => setTransactionMessageComputeUnitPrice(budget.priority, m),
  );
  return shortened(built, sender.lookupTables);
}

async function lifetimeOf(rpc: SenderRpc): Promise<Lifetime> {
  const { value } = await rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
  return value;
}

/** What priority costs where these instructions write: the median of what was lately paid, at most `priorityMax`. */
export async function priorityFor(sender: Sender, instructions: readonly Instruction[]): Promise<bigint> {
  const accounts = instructions.flatMap((instruction) => instruction.accounts ?? []);
  const written = accounts.filter((account) => isWritableRole(account.role)).map((account) => account.address);
  const some = [...new Set<Address>(written)].slice(0, 128);
  const recent = await sender.rpc.getRecentPrioritizationFees(some).send();
  const fees = recent.map((slot) => BigInt(slot.prioritizationFee)).sort((a, b) => (a < b ? -1 : 1));
  const median = fees[Math.floor(fees.length / 2)] ?? 0n;
  const most = sender.priorityMax ?? PRIORITY_MAX;
  return median < most ? median : most;
}

/** Compute units of a transaction by simulation, and what it logs. Throws {@link TransactionFailure} where it would fail. */
export async function simulate(
  sender: Sender,
  instructions: readonly Instruction[],
): Promise<{ readonly units: number; readonly logs: readonly string[] }> {
  const lifetime = await lifetimeOf(sender.rpc);
  const budget = { units: UNITS_MAX, priority: 0n };
  const wire = getBase64EncodedWireTransaction(compileTransaction(message(sender, instructions, budget, lifetime)));
  const config = { encoding: 'base64', commitment: 'confirmed', replaceRecentBlockhash: true } as const;
  const { value } = await sender.rpc.simulateTransaction(wire, config).send();
  const logs = value.logs ?? [];
  if (value.err !== null) throw explain(plain(value.err), logs);
  return { units: Number(value.unitsConsumed ?? UNITS_MAX), logs };
}

/** What a node says of a failure, as plain JSON. */
function plain(error: unknown): RawError {
  return JSON.parse(
    JSON.stringify(error, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
  ) as RawError;
}

/** Units as simulated plus a tenth, and what priority costs. */
export async function budgetFor(sender: Sender, instructions: readonly Instruction[]): Promise<Budget> {
  const [{ units }, priority] = await Promise.all([simulate(sender, instructions), priorityFor(sender, instructions)]);
  return { units: Math.min(Math.ceil(units * 1.1), UNITS_MAX), priority };
}

/**
 * Sends instructions in one transaction and waits until it is confirmed. Throws {@link TransactionFailure} where it fails, in
 * simulation or on the chain, and `Expired` where its blockhash ran out before anyone included it.
 *
 * @param budget - Its limits where they are known already: then nothing is simulated first.
 */
export async function send(sender: Sender, instructions: readonly Instruction[], budget?: Budget): Promise<Signature> {
  const limits = budget ?? (await budgetFor(sender, instructions));
  const lifetime = await lifetimeOf(sender.rpc);
  const signed = await signTransactionMessageWithSigners(message(sender, instructions, limits, lifetime));
  const signature = getSignatureFromTransaction(signed);
  const wire = getBase64EncodedWireTransaction(signed);
  await confirm(sender.rpc, signature, wire, lifetime.lastValidBlockHeight);
  return signature;
}

async function submit(rpc: SenderRpc, wire: Base64EncodedWireTransaction): Promise<void> {
  try {
    await rpc.sendTransaction(wire, { encoding: 'base64', skipPreflight: true, maxRetries: 5n }).send();
  } catch (error) {
    throw isSolanaError(error) ? explain('SendFailed', [error.message]) : error;
  }
}

/** Sends until a transaction is confirmed or can no longer be. */
async function confirm(
  rpc: SenderRpc,
  signature: Signature,
  wire: Base64EncodedWireTransaction,
  lastValidBlockHeight: bigint,
): Promise<void> {
  await submit(rpc, wire);
  const began = Date.now();
  let sent = began;
  for (;;) {
    const { value } = await rpc.getSignatureStatuses([signature]).send();
    const status = value[0];
    if (status?.err) throw explain(plain(status.err));
    if (status?.confirmationStatus === 'confirmed' || status?.confirmationStatus === 'finalized') return;
    const height = await rpc.getBlockHeight({ commitment: 'confirmed' }).send();
    const isOver = height > lastValidBlockHeight || Date.now() - began > EXPIRY_MILLISECONDS;
    if (isOver && status === null) {
      throw new TransactionFailure('Expired', 'Sign and send it again with a newer blockhash', undefined, []);
    }
    if (status === null && Date.now() - sent > RESEND_MILLISECONDS) {
      sent = Date.now();
      // Refused where the first one has arrived meanwhile: its status says so.
      await submit(rpc, wire).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}
