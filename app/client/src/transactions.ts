/** From instructions to a confirmed transaction: version 0, units as simulated and room beside them, a fee as others lately paid. */
import {
  type Address,
  type AddressesByLookupTableAddress,
  appendTransactionMessageInstructions,
  type Blockhash,
  compileTransaction,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  type GetLatestBlockhashApi,
  type GetRecentPrioritizationFeesApi,
  getSignersFromTransactionMessage,
  getTransactionSize,
  type Instruction,
  isWritableRole,
  pipe,
  type Rpc,
  setTransactionMessageComputeUnitLimit,
  setTransactionMessageComputeUnitPrice,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  type Signature,
  type SimulateTransactionApi,
  type Slot,
  type Transaction,
  type TransactionSigner,
} from '@solana/kit';
import { GUARD_BYTES, mayAdd, UNITS_MAX, unitsFor } from './budgets.js';
import { shortened, TRANSACTION_BYTES_MAX } from './compression.js';
import { confirm, type ConfirmerRpc } from './confirmation.js';
import { type Circumstances, explain, SENDING, TransactionFailure } from './errors.js';
import { ask, atLeast, PATIENCE, plain, rememberSlot } from './node.js';
import { distinct, signed } from './signing.js';
import { calledIn, returnedOf } from './trace.js';

/** What sending needs of a node. */
export type SenderRpc = ConfirmerRpc &
  Rpc<GetLatestBlockhashApi & GetRecentPrioritizationFeesApi & SimulateTransactionApi>;

/** Who sends, and how. */
export type Sender = {
  /** The node. */
  readonly rpc: SenderRpc;
  /** Pays the fee: a key, a wallet that signs, or one that signs and sends. */
  readonly payer: TransactionSigner;
  /** Lookup tables: used where a transaction would not fit without, and only there. */
  readonly lookupTables?: AddressesByLookupTableAddress;
  /** Most to pay for priority, 1e-6 lamport a unit. */
  readonly priorityMax?: bigint;
  /** What to pay for priority, 1e-6 lamport a unit: then no node is asked what others paid. */
  readonly priority?: bigint;
};

/** A transaction that was confirmed. */
export type Sent = {
  readonly signature: Signature;
  /** The slot it was included in: what is read with it as `minContextSlot` has seen it. */
  readonly slot: Slot;
};

/** Most to pay for priority where the sender does not say, 1e-6 lamport a unit. */
const PRIORITY_MAX = 1_000_000n;
/** What is paid where the node does not say what others paid: a small part of a signature's fee. */
const PRIORITY_UNADVISED = 10_000n;
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
  const kept = mayAdd(getSignersFromTransactionMessage(built)) ? GUARD_BYTES : 0;
  return shortened(built, sender.lookupTables, TRANSACTION_BYTES_MAX - kept);
}

async function lifetimeOf(rpc: SenderRpc): Promise<Lifetime> {
  const { value } = await ask(() => rpc.getLatestBlockhash({ commitment: 'confirmed' }).send());
  return value;
}

/** A transaction that fits a packet. Throws `TooLarge`: a node would only say that it cannot be read. */
function fitting<T extends Transaction>(transaction: T): T {
  const bytes = getTransactionSize(transaction);
  if (bytes <= TRANSACTION_BYTES_MAX) return transaction;
  const sizes = `It has ${bytes} bytes, and ${TRANSACTION_BYTES_MAX} fit.`;
  throw new TransactionFailure('TooLarge', `${sizes} ${SENDING.TooLarge}`);
}

/**
 * What priority costs where these instructions write: the median of what was lately paid, at most `priorityMax`. It is advice: a
 * node that does not give it, or not soon, keeps nothing from being sent.
 */
export async function priorityFor(sender: Sender, instructions: readonly Instruction[]): Promise<bigint> {
  if (sender.priority !== undefined) return sender.priority;
  const accounts = instructions.flatMap((instruction) => instruction.accounts ?? []);
  const written = accounts.filter((account) => isWritableRole(account.role)).map((account) => account.address);
  const some = [...new Set<Address>(written)].slice(0, 128);
  const most = sender.priorityMax ?? PRIORITY_MAX;
  const asked = ask(() => sender.rpc.getRecentPrioritizationFees(some).send(), PATIENCE.advice);
  const recent = await asked.catch(() => undefined);
  const fees = recent?.map((slot) => BigInt(slot.prioritizationFee)).sort((a, b) => (a < b ? -1 : 1));
  const median = fees === undefined ? PRIORITY_UNADVISED : (fees[Math.floor(fees.length / 2)] ?? 0n);
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
  const config = {
    encoding: 'base64',
    commitment: 'confirmed',
    replaceRecentBlockhash: true,
    innerInstructions: true,
    ...atLeast(sender.rpc),
  } as const;
  const { value } = await ask(() => sender.rpc.simulateTransaction(wire, config).send());
  const logs = value.logs ?? [];
  const taken = Number(value.unitsConsumed ?? UNITS_MAX);
  if (value.err === null) return { units: taken, logs };
  const error = plain(value.err);
  const known: Circumstances = {
    logs,
    programs: programsOf(instructions),
    called: calledIn(error, value.innerInstructions as Parameters<typeof calledIn>[1]),
    returned: returnedOf(value.returnData),
    units: { taken, limit: UNITS_MAX },
  };
  throw explain(error, known);
}

/** Units as simulated with room beside them ({@link unitsFor}), and what priority costs. */
export async function budgetFor(sender: Sender, instructions: readonly Instruction[]): Promise<Budget> {
  const [{ units }, priority] = await Promise.all([simulate(sender, instructions), priorityFor(sender, instructions)]);
  const lifetime = { blockhash: '11111111111111111111111111111111' as Blockhash, lastValidBlockHeight: 0n };
  const built = message(sender, instructions, { units, priority }, lifetime);
  return { units: unitsFor(units, instructions, getSignersFromTransactionMessage(built)), priority };
}

/**
 * Sends instructions in one transaction and waits until it is confirmed. Throws {@link TransactionFailure} where it fails: one
 * that has a signature was sent, one that has none was not. After `Expired` it may be sent again; after `Unconfirmed` only once
 * its signature has been looked up. Two calls are two transactions, even of the same instructions at the same moment: what is
 * returned twice has happened twice.
 *
 * @param budget - Its limits where they are known already: then nothing is simulated first. The units are the least: a few more
 * make it unlike any other.
 */
export async function send(sender: Sender, instructions: readonly Instruction[], budget?: Budget): Promise<Sent> {
  const { rpc } = sender;
  const limits = budget ?? (await budgetFor(sender, instructions));
  const lifetime = await lifetimeOf(rpc);
  const built = distinct(limits.units, (units) => message(sender, instructions, { ...limits, units }, lifetime));
  fitting(compileTransaction(built));
  const { signature, transaction, lastValidBlockHeight } = await signed(built, lifetime, () => lifetimeOf(rpc));
  const wire = transaction === undefined ? {} : { wire: getBase64EncodedWireTransaction(fitting(transaction)) };
  const programs = programsOf(instructions);
  const { units } = limits;
  const slot = await confirm(rpc, { signature, ...wire, lastValidBlockHeight, programs, units });
  rememberSlot(rpc, slot);
  return { signature, slot };
}

function programsOf(instructions: readonly Instruction[]): Address[] {
  return instructions.map(({ programAddress }) => programAddress);
}
