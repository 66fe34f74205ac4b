/** A chain of one transaction a slot on LiteSVM: its clock, its blockhashes, what every transaction did. */
import {
  type Address,
  type Base64EncodedWireTransaction,
  getAddressDecoder,
  getAddressEncoder,
  getBase58Decoder,
  getBase64Encoder,
  getCompiledTransactionMessageDecoder,
  getTransactionDecoder,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { newSvm, type Svm, type SvmAccount, svmAccount, type SvmFailure, type SvmMeta } from './litesvm.js';

/** When every such chain begins, unix seconds: so a story is the same on every day. */
const GENESIS = 1_767_225_600;
const SLOT_MILLISECONDS = 400;
const SECOND_MILLISECONDS = 1_000;
/** Blockhashes the chain remembers: as many slots a transaction may be old. */
export const BLOCKHASHES = 150;
/** Bytes of a lookup table before its addresses. */
const TABLE_HEADER = 56;

/** Why a transaction failed, as nodes say it. */
export type Failure = string | { readonly InstructionError: readonly [number, string | { readonly Custom: number }] };

/** A transaction the chain has included. */
export type Included = {
  readonly slot: bigint;
  /** Unix seconds. */
  readonly time: bigint;
  readonly failure: Failure | null;
  readonly meta: SvmMeta;
  /** Its own keys. */
  readonly keys: readonly Address[];
  /** Keys from lookup tables. */
  readonly loaded: { readonly writable: readonly Address[]; readonly readonly: readonly Address[] };
};

/** What a simulation found. */
export type Simulated = { readonly failure: Failure | null; readonly meta: SvmMeta };

/** A transaction the chain does not include, by the runtime's name for why. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

const bytesOf = (address: Address): Uint8Array => new Uint8Array(getAddressEncoder().encode(address));

/** The runtime's own words, `InstructionError(2, Custom(6104))`, as a node would say them. */
export function failureOf(failed: SvmFailure): Failure {
  const [, kind, at, what, code] = /err: (\w+)(?:\((\d+), (\w+)(?:\((\d+)\))?)?/.exec(failed.toString()) ?? [];
  if (kind === undefined) throw new Error(`no reason in ${failed.toString()}`);
  if (kind !== 'InstructionError' || at === undefined || what === undefined) return kind;
  return { InstructionError: [Number(at), code === undefined ? what : { Custom: Number(code) }] };
}

const hasFailed = (outcome: object): outcome is SvmFailure => 'err' in outcome;

/** A chain of one transaction a slot. */
export class Chain {
  readonly #svm: Svm = newSvm();
  readonly #blockhashes: string[] = [];
  readonly #included = new Map<string, Included>();
  #milliseconds = GENESIS * SECOND_MILLISECONDS;

  constructor() {
    // The runtime knows one blockhash only; a chain takes the last 150.
    this.#svm.setBlockhashCheck(false);
    this.#setClock(this.slot);
  }

  /** The slot at hand. */
  get slot(): bigint {
    return this.#svm.getClock().slot;
  }

  /** Lets slots pass, and the time they take. */
  advance(slots: number): void {
    this.#milliseconds += slots * SLOT_MILLISECONDS;
    this.#setClock(this.slot + BigInt(slots));
  }

  /** Lets seconds pass, and the slots they hold. */
  advanceSeconds(seconds: number): void {
    if (seconds < 0) throw new RangeError('time does not run backwards');
    const passed = seconds * SECOND_MILLISECONDS;
    this.#milliseconds += passed;
    this.#setClock(this.slot + BigInt(Math.floor(passed / SLOT_MILLISECONDS)));
  }

  /** Sets the clock to another's: what is rehearsed here then happens when it does there. */
  setNow(slot: bigint, time: bigint): void {
    this.#milliseconds = Number(time) * SECOND_MILLISECONDS;
    this.#setClock(slot);
  }

  /** Unix seconds. */
  get #time(): bigint {
    return BigInt(Math.floor(this.#milliseconds / SECOND_MILLISECONDS));
  }

  #setClock(slot: bigint): void {
    const clock = this.#svm.getClock();
    clock.slot = slot;
    clock.unixTimestamp = this.#time;
    this.#svm.setClock(clock);
  }

  deploy(program: Address, path: string): void {
    this.#svm.addProgramFromFile(bytesOf(program), path);
  }

  put(address: Address, lamports: bigint, owner: Address, data: Uint8Array): void {
    this.#svm.setAccount(bytesOf(address), svmAccount(lamports, data, bytesOf(owner)));
  }

  fund(address: Address, lamports: bigint): void {
    this.#svm.airdrop(bytesOf(address), lamports);
  }

  /** An account; none where there are no lamports. */
  account(address: Address): SvmAccount | undefined {
    const found = this.#svm.getAccount(bytesOf(address));
    return found === null || found.lamports() === 0n ? undefined : found;
  }

  /** Every account of a program. */
  accountsOf(program: Address): readonly { readonly address: Address; readonly account: SvmAccount }[] {
    const found = this.#svm.getProgramAccounts(bytesOf(program));
    return found.map((one) => ({ address: getAddressDecoder().decode(one.address), account: one.account() }));
  }

  rent(size: bigint): bigint {
    return this.#svm.minimumBalanceForRentExemption(size);
  }

  blockhash(): string {
    return this.#svm.latestBlockhash();
  }

  /** What became of a transaction; none where the chain does not know it. */
  find(signature: string): Included | undefined {
    return this.#included.get(signature);
  }

  /** Runs a transaction without its signatures and changes nothing. */
  simulate(wire: Base64EncodedWireTransaction): Simulated {
    this.#svm.setSigverify(false);
    const outcome = this.#svm.simulateVersionedTransaction(new Uint8Array(getBase64Encoder().encode(wire)));
    this.#svm.setSigverify(true);
    return { failure: hasFailed(outcome) ? failureOf(outcome) : null, meta: outcome.meta() };
  }

  /** Includes a transaction in the slot at hand, and begins the next; returns its signature. */
  include(wire: Base64EncodedWireTransaction): string {
    const bytes = new Uint8Array(getBase64Encoder().encode(wire));
    const decoded = getTransactionDecoder().decode(bytes);
    const [first] = Object.values(decoded.signatures);
    if (first === null || first === undefined) throw new Refused('SignatureFailure');
    const signature = getBase58Decoder().decode(first);
    if (this.#included.has(signature)) throw new Refused('AlreadyProcessed');
    const message = this.#keysOf(decoded.messageBytes);
    if (message.lifetime !== this.blockhash() && !this.#blockhashes.includes(message.lifetime)) {
      throw new Refused('BlockhashNotFound');
    }
    const outcome = this.#svm.sendVersionedTransaction(bytes);
    const failed = hasFailed(outcome);
    const failure = failed ? failureOf(outcome) : null;
    // Where no instruction is at fault nothing was run: nobody includes that.
    if (typeof failure === 'string') throw new Refused(failure);
    const meta = failed ? outcome.meta() : outcome;
    this.#included.set(signature, { slot: this.slot, time: this.#time, failure, meta, ...message });
    this.#next();
    return signature;
  }

  #next(): void {
    this.#blockhashes.push(this.blockhash());
    if (this.#blockhashes.length >= BLOCKHASHES) this.#blockhashes.shift();
    this.#svm.expireBlockhash();
    this.advance(1);
  }

  /** Keys of a message in the order its instructions number them, and its blockhash. */
  #keysOf(bytes: ReadonlyUint8Array): Pick<Included, 'keys' | 'loaded'> & { readonly lifetime: string } {
    const message = getCompiledTransactionMessageDecoder().decode(bytes);
    const lookups = 'addressTableLookups' in message ? (message.addressTableLookups ?? []) : [];
    const loaded = (kind: 'writableIndexes' | 'readonlyIndexes') =>
      lookups.flatMap((lookup) => lookup[kind].map((at) => this.#looked(lookup.lookupTableAddress, at)));
    return {
      keys: message.staticAccounts,
      loaded: { writable: loaded('writableIndexes'), readonly: loaded('readonlyIndexes') },
      lifetime: message.lifetimeToken,
    };
  }

  #looked(table: Address, at: number): Address {
    const data = this.account(table)?.data();
    if (data === undefined) throw new Refused('AddressLookupTableNotFound');
    return getAddressDecoder().decode(data, TABLE_HEADER + 32 * at);
  }
}
