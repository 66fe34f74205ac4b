/** A local network with the program deployed: JSON-RPC, WebSocket, and what only a local network can do. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Address,
  type AddressesByLookupTableAddress,
  fetchEncodedAccount,
  generateKeyPairSigner,
  type Instruction,
  type KeyPairSigner,
  type ReadonlyUint8Array,
  type Signature,
} from '@solana/kit';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  BreakwaterInstruction,
  type Budget,
  feedAddress,
  identifyBreakwaterInstruction,
  loadNow,
  type Now,
  send,
} from '@breakwater/client';
import { type Backend, liteSvm, surfpool } from './backend.js';
import { type Quote, RECEIVER, updateOf } from './pyth.js';
import type { Surfnet, SurfnetOptions } from './surfnet.js';
import { balanceOf, mintData, TOKEN_PROGRAM, walletData } from './tokens.js';

const LAMPORTS = 100_000_000_000;

/** Where `make build` leaves the program; `BREAKWATER_PROGRAM` names another. */
export function programPath(): string {
  const path =
    process.env['BREAKWATER_PROGRAM'] ??
    fileURLToPath(new URL('../../../target/deploy/breakwater.so', import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`make build\``);
  return path;
}

/** A network. */
export class Network {
  readonly rpc;
  /** Pays for what nobody else pays for. */
  readonly payer: KeyPairSigner;
  /** Instructions of the program that were sent and succeeded, by name. */
  readonly exercised = new Set<string>();
  /** Programs that send on an instruction they are passed: what each makes of its own. */
  readonly wrappers = new Map<Address, (outer: Instruction) => Instruction>();
  /** What transactions may be shortened with that would not fit. */
  lookupTables: AddressesByLookupTableAddress = {};
  /** What each feed last showed. */
  readonly #shown = new Map<Address, { feed: ReadonlyUint8Array; quote: Quote }>();

  private constructor(
    readonly backend: Backend & { readonly surfnet?: Surfnet },
    /** USDC. */
    readonly mint: Address,
  ) {
    this.rpc = backend.rpc;
    this.payer = backend.payer;
  }

  /** Starts one. A block a transaction: time passes only when something happens or {@link advance} says so. */
  static async start(
    options: SurfnetOptions = { blockProductionMode: 'transaction', slotTimeMs: 400 },
  ): Promise<Network> {
    return (await Network.bare(options)).#deployed();
  }

  /** Starts one without the program. */
  static async bare(options: SurfnetOptions): Promise<Network> {
    return Network.#on(await surfpool(options));
  }

  /** One inside this process, without addresses: where time passes by days. */
  static async inProcess(): Promise<Network> {
    return (await Network.#on(await liteSvm())).#deployed();
  }

  static async #on(backend: Backend & { readonly surfnet?: Surfnet }): Promise<Network> {
    const { address: mint } = await generateKeyPairSigner();
    const network = new Network(backend, mint);
    network.put(mint, TOKEN_PROGRAM, mintData(backend.payer.address));
    return network;
  }

  #deployed(): this {
    this.backend.deploy(BREAKWATER_PROGRAM_ADDRESS, programPath());
    return this;
  }

  /** What only Surfpool can do. Throws in process. */
  get surfnet(): Surfnet {
    if (this.backend.surfnet === undefined) throw new Error('this network is in process: it has no addresses');
    return this.backend.surfnet;
  }

  /** The cluster's clock. */
  now(): Promise<Now> {
    return loadNow(this.rpc);
  }

  /** Lets slots pass, and the time they take. */
  advance(slots: number): Promise<void> {
    return this.backend.advance(slots);
  }

  /** Lets seconds pass, and the slots they hold. */
  advanceSeconds(seconds: number): Promise<void> {
    return this.backend.advanceSeconds(seconds);
  }

  /** Writes an account whole. */
  put(address: Address, owner: Address, data: Uint8Array): void {
    this.backend.put(address, owner, data);
  }

  /** Publishes a price after a second: publishers never repeat one, and an equal time changes nothing. */
  async publish(feed: ReadonlyUint8Array, quote: Quote): Promise<Address> {
    await this.advance(3);
    return this.show(feed, quote);
  }

  /** Publishes a price at the clock's present second. */
  async show(feed: ReadonlyUint8Array, quote: Quote): Promise<Address> {
    return this.#post(feed, quote, await this.now());
  }

  /** Publishes every price again as it was: what a feed does all day. */
  async republish(): Promise<void> {
    await this.advance(3);
    await this.refeed();
  }

  /** The same at the clock's present second. */
  async refeed(): Promise<void> {
    const now = await this.now();
    for (const { feed, quote } of [...this.#shown.values()]) await this.#post(feed, quote, now);
  }

  async #post(feed: ReadonlyUint8Array, quote: Quote, now: Now): Promise<Address> {
    const address = await feedAddress(feed);
    this.put(address, RECEIVER, updateOf(feed, quote, now.time, now.slot));
    this.#shown.set(address, { feed, quote });
    return address;
  }

  /** A new key with SOL. */
  async keypair(): Promise<KeyPairSigner> {
    const signer = await generateKeyPairSigner();
    this.backend.fund(signer.address, LAMPORTS);
    return signer;
  }

  /** A new token account with USDC, in atoms. */
  async wallet(owner: Address, amount: bigint): Promise<Address> {
    const { address } = await generateKeyPairSigner();
    this.put(address, TOKEN_PROGRAM, walletData(this.mint, owner, amount));
    return address;
  }

  /** Atoms in a token account. */
  async balance(wallet: Address): Promise<bigint> {
    const account = await fetchEncodedAccount(this.rpc, wallet, { commitment: 'confirmed' });
    return account.exists ? balanceOf(new Uint8Array(account.data)) : 0n;
  }

  /** Sends instructions, and remembers which of the program's succeeded. */
  async send(payer: KeyPairSigner, instructions: readonly Instruction[], budget?: Budget): Promise<Signature> {
    const { rpc, lookupTables } = this;
    const { signature } = await send({ rpc, payer, lookupTables }, instructions, budget);
    for (const outer of instructions) {
      const { programAddress, data } = this.wrappers.get(outer.programAddress)?.(outer) ?? outer;
      if (programAddress !== BREAKWATER_PROGRAM_ADDRESS || data === undefined) continue;
      this.exercised.add(BreakwaterInstruction[identifyBreakwaterInstruction(data)]);
    }
    return signature;
  }

  /** Ends it. */
  stop(): void {
    this.backend.stop();
  }
}
