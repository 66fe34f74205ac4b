/** LiteSVM's native module: the runtime inside this process. It takes bytes, so no other major of kit comes with it. */
import { createRequire } from 'node:module';

/** An account as the runtime keeps it. */
export type SvmAccount = {
  lamports(): bigint;
  data(): Uint8Array;
  owner(): Uint8Array;
  executable(): boolean;
};

/** The clock programs see. */
export type SvmClock = { slot: bigint; unixTimestamp: bigint };

/** An instruction another one sent. Accounts and program by their place among the transaction's keys. */
export type SvmInner = {
  instruction(): { programIdIndex(): number; accounts(): Uint8Array; data(): Uint8Array };
  stackHeight(): number;
};

/** What a transaction did. */
export type SvmMeta = {
  logs(): string[];
  innerInstructions(): SvmInner[][];
  computeUnitsConsumed(): bigint;
  returnData(): { programId(): Uint8Array; data(): Uint8Array };
};

/** One that failed: `toString` says why in the runtime's words. */
export type SvmFailure = { err(): unknown; meta(): SvmMeta; toString(): string };

/** The runtime, as far as it is used here. */
export type Svm = {
  addProgramFromFile(program: Uint8Array, path: string): void;
  getAccount(address: Uint8Array): SvmAccount | null;
  getProgramAccounts(program: Uint8Array): readonly { readonly address: Uint8Array; account(): SvmAccount }[];
  setAccount(address: Uint8Array, account: SvmAccount): void;
  airdrop(address: Uint8Array, lamports: bigint): unknown;
  minimumBalanceForRentExemption(size: bigint): bigint;
  latestBlockhash(): string;
  expireBlockhash(): void;
  setBlockhashCheck(check: boolean): void;
  setSigverify(verify: boolean): void;
  getClock(): SvmClock;
  setClock(clock: SvmClock): void;
  sendVersionedTransaction(wire: Uint8Array): SvmMeta | SvmFailure;
  simulateVersionedTransaction(wire: Uint8Array): { meta(): SvmMeta } | SvmFailure;
};

type Module = {
  readonly LiteSvm: new () => Svm;
  readonly Account: new (
    lamports: bigint,
    data: Uint8Array,
    owner: Uint8Array,
    executable: boolean,
    rentEpoch: bigint,
  ) => SvmAccount;
};

function load(): Module {
  return createRequire(import.meta.url)('litesvm-linux-x64-gnu') as Module;
}

/** A runtime with the programs of a new cluster. */
export function newSvm(): Svm {
  const { LiteSvm } = load();
  return new LiteSvm();
}

/** Account data under an owner. */
export function svmAccount(lamports: bigint, data: Uint8Array, owner: Uint8Array): SvmAccount {
  const { Account } = load();
  return new Account(lamports, data, owner, false, 0n);
}
