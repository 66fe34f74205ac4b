/** From instructions to a confirmed transaction: version 0, units as simulated plus a tenth, a fee as others lately paid. */
import {
  type Address,
  type AddressesByLookupTableAddress,
  appendTransactionMessageInstructions,
  type Blockhash,
  compileTransaction,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  getTransactionSize,
  type GetLatestBlockhashApi,
  type GetRecentPrioritizationFeesApi,
  type Instruction,
  isWritableRole,
  pipe,
  type Rpc,
  setTransactionMessageComputeUnitLimit,
  setTransactionMessageComputeUnitPrice,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  type Signature,
  signTransactionMessageWithSigners,
  type SimulateTransactionApi,
  type Transaction,
  type TransactionSigner,
} from '@solana/kit';
import { shortened } from './compression.js';
import { confirm, type ConfirmerRpc } from './confirmation.js';
import { explain, SENDING, TransactionFailure } from './errors.js';
import { ask, plain } from './node.js';

/** What sending needs of a node. */
export type SenderRpc = ConfirmerRpc &
  Rpc<GetLatestBlockhashApi & GetRecentPrioritizationFeesApi & SimulateTransactionApi>;

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

/** The chain's limits a transaction: compute units, and bytes. */
const UNITS_MAX = 1_400_000;
const BYTES_MAX = 1_232;
/** Most to pay for priority where the sender does not say, 1e-6 lamport a unit. */
const PRIORITY_MAX = 1_000_000n;
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
  const { value } = await ask(() => rpc.getLatestBlockhash({ commitment: 'confirmed' }).send());
  return value;
}

/** A transaction that fits a packet. Throws `TooLarge`: a node would only say that it cannot be read. */
function fitting<T extends Transaction>(transaction: T): T {
  const bytes = getTransactionSize(transaction);
  if (bytes <= BYTES_MAX) return transaction;
  throw new TransactionFailure('TooLarge', `It has ${bytes} bytes, and ${BYTES_MAX} fit. ${SENDING.TooLarge}`);
}

/** What priority costs where these instructions write: the median of what was lately paid, at most `priorityMax`. */
export async function priorityFor(sender: Sender, instructions: readonly Instruction[]): Promise<bigint> {
  const accounts = instructions.flatMap((instruction) => instruction.accounts ?? []);
  const written = accounts.filter((account) => isWritableRole(account.role)).map((account) => account.address);
  const some = [...new Set<Address>(written)].slice(0, 128);
  const recent = await ask(() => sender.rpc.getRecentPrioritizationFees(some).send());
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
  const wire = getBase64EncodedWireTransaction(
    fitting(compileTransaction(message(sender, instructions, budget, lifetime))),
  );
  const config = { encoding: 'base64', commitment: 'confirmed', replaceRecentBlockhash: true } as const;
  const { value } = await ask(() => sender.rpc.simulateTransaction(wire, config).send());
  const logs = value.logs ?? [];
  if (value.err !== null) throw explain(plain(value.err), { logs, programs: programsOf(instructions) });
  return { units: Number(value.unitsConsumed ?? UNITS_MAX), logs };
}

/** Units as simulated plus a tenth, and what priority costs. */
export async function budgetFor(sender: Sender, instructions: readonly Instruction[]): Promise<Budget> {
  const [{ units }, priority] = await Promise.all([simulate(sender, instructions), priorityFor(sender, instructions)]);
  return { units: Math.min(Math.ceil(units * 1.1), UNITS_MAX), priority };
}

/**
 * Sends instructions in one transaction and waits until it is confirmed. Throws {@link TransactionFailure} where it fails: one
 * that has a signature was sent, one that has none was not. After `Expired` it may be sent again; after `Unconfirmed` only once
 * its signature has been looked up.
 *
 * @param budget - Its limits where they are known already: then nothing is simulated first.
 */
export async function send(sender: Sender, instructions: readonly Instruction[], budget?: Budget): Promise<Signature> {
  const limits = budget ?? (await budgetFor(sender, instructions));
  const lifetime = await lifetimeOf(sender.rpc);
  const signed = fitting(await signTransactionMessageWithSigners(message(sender, instructions, limits, lifetime)));
  const signature = getSignatureFromTransaction(signed);
  const wire = getBase64EncodedWireTransaction(signed);
  const { lastValidBlockHeight } = lifetime;
  await confirm(sender.rpc, { signature, wire, lastValidBlockHeight, programs: programsOf(instructions) });
  return signature;
}

function programsOf(instructions: readonly Instruction[]): Address[] {
  return instructions.map(({ programAddress }) => programAddress);
}
