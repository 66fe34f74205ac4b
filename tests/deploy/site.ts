/** A network, an operator, a multisig and a file: what the deployment script is run with. It runs as people run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExchangeHandle, exchangeAddress, loadExchange, units } from '@breakwater/client';
import { Multisig, Network, TOKEN_PROGRAM, walletData } from '@breakwater/localnet';
import { bufferAddress } from '@breakwater/migrations/loader/buffer';
import { programDataAddress } from '@breakwater/migrations/loader/state';
import { associatedAccount } from '@breakwater/migrations/steps/exchange';
import { LOADER_V3_PROGRAM_ADDRESS } from '@solana-program/loader-v3';
import {
  type Address,
  createKeyPairSignerFromBytes,
  generateKeyPairSigner,
  getAddressEncoder,
  getBase16Encoder,
  type KeyPairSigner,
} from '@solana/kit';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { pasted } from './pasted.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = join(ROOT, 'migrations/dist/deploy.js');
/** The compiled program. */
export const PROGRAM = join(ROOT, 'target/deploy/breakwater.so');
const SOL = 1_000_000_000;
const FIRST: Readonly<Record<string, string>> = { SOL: '200', BTC: '100000', ETH: '4000' };

/** A configuration, free to be bent. */
export type Draft = {
  cluster: string;
  program: { id: string; room: number };
  multisig: { vault: string };
  exchange: Record<string, unknown> & { id: string; params: Record<string, unknown> };
  insurance: { paidIn: string };
  markets: {
    name: string;
    price: { source: string; feed: string };
    secondPrice: { source: string; feed?: string };
    params: Record<string, unknown>;
  }[];
};

/** What the repository ships for local networks. */
export function shipped(name: 'localnet' | 'devnet' | 'mainnet'): Draft {
  return JSON.parse(readFileSync(join(ROOT, `migrations/config/${name}.json`), 'utf8')) as Draft;
}

/** How a run ended. */
export type Run = { readonly code: number | null; readonly out: string };

/** A new key, with its 64 bytes as key files hold them. */
export async function keyFile(path: string): Promise<KeyPairSigner> {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new Error('a key has two halves');
  const bytes = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]);
  writeFileSync(path, JSON.stringify([...bytes]));
  return createKeyPairSignerFromBytes(new Uint8Array(bytes));
}

function header(tag: number, size: number): DataView {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, tag, true);
  return view;
}

/** A place to deploy to. */
export class Site {
  readonly #drain: NodeJS.Timeout;
  #runs = 0;

  private constructor(
    readonly network: Network,
    readonly folder: string,
    readonly operator: KeyPairSigner,
    readonly multisig: Multisig,
    readonly genesis: string,
    readonly draft: Draft,
  ) {
    // The script runs in another process: nobody here calls the network meanwhile, and it must not stand still.
    this.#drain = setInterval(() => network.surfnet.drainEvents(), 50);
  }

  /** A network without the program; the operator holds `sol`. */
  static async open(sol = 100): Promise<Site> {
    const network = await Network.bare({ blockProductionMode: 'clock', slotTimeMs: 50 });
    const folder = mkdtempSync(join(tmpdir(), 'breakwater-deploy-'));
    const operator = await keyFile(join(folder, 'operator.json'));
    network.surfnet.fundSol(operator.address, sol * SOL);
    const multisig = await Multisig.create(network, 2, 3);
    const draft = shipped('localnet');
    draft.multisig.vault = multisig.vault;
    Object.assign(draft.exchange, {
      id: (await generateKeyPairSigner()).address,
      mint: network.mint,
      guardian: (await generateKeyPairSigner()).address,
      treasury: await network.wallet(multisig.vault, 0n),
      keeperFees: await network.wallet(multisig.vault, 0n),
    });
    const genesis = await network.rpc.getGenesisHash().send();
    return new Site(network, folder, operator, multisig, genesis, draft);
  }

  close(): void {
    clearInterval(this.#drain);
    this.network.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Everything the first price of a listing is read from, at the clock's present second. */
  async publish(): Promise<void> {
    for (const { name, price } of this.draft.markets) {
      await this.network.show(getBase16Encoder().encode(price.feed), { price: FIRST[name] ?? '1' });
    }
  }

  /** Starts the script with a draft as its file. */
  start(draft: Draft, flags: readonly string[], heard: (out: string) => void = () => undefined) {
    this.#runs += 1;
    const file = join(this.folder, `config-${this.#runs}.json`);
    writeFileSync(file, JSON.stringify(draft));
    const common = ['--config', file, '--rpc', this.network.surfnet.rpcUrl];
    const env = { PATH: process.env['PATH'], BREAKWATER_KEYPAIR: join(this.folder, 'operator.json') };
    const child: ChildProcess = spawn(process.execPath, [SCRIPT, ...common, ...flags], { env, cwd: this.folder });
    let out = '';
    const hear = (chunk: Buffer): void => {
      out += chunk.toString();
      heard(out);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    const ended = new Promise<Run>((resolve) => child.on('close', (code) => resolve({ code, out })));
    return { child, ended };
  }

  /** Runs it to its end on this network. */
  run(flags: readonly string[], draft: Draft = this.draft): Promise<Run> {
    return this.start(draft, ['--genesis', this.genesis, ...flags]).ended;
  }

  /** Lamports of the operator: whether anything was sent. */
  async balance(): Promise<bigint> {
    return (await this.network.rpc.getBalance(this.operator.address).send()).value;
  }

  /** What must be there before: the program's account, its first pieces, prices, and the money to pay into the fund. */
  async prepare(): Promise<void> {
    await this.reserve();
    await this.writeBuffer(new Uint8Array(readFileSync(PROGRAM)), 9_000);
    await this.publish();
    const { network, operator } = this;
    const wallet = await associatedAccount(operator.address, network.mint);
    network.put(wallet, TOKEN_PROGRAM, walletData(network.mint, operator.address, units.atoms('5000')));
  }

  /** Runs it until all is done, with what others have to do in between. */
  async deploy(): Promise<void> {
    const expectCode = ({ code, out }: Run, wanted: number): string => {
      if (code !== wanted) throw new Error(`it ended with ${code}, not ${wanted}:\n${out}`);
      return out;
    };
    expectCode(await this.run(['--yes']), 3);
    await this.network.advanceSeconds(Number(this.draft.exchange.params['timelockSeconds']) + 1);
    await this.multisig.send([pasted(expectCode(await this.run(['--yes']), 3))]);
    expectCode(await this.run(['--yes']), 0);
  }

  /** The exchange as it is. */
  async exchange(): Promise<ExchangeHandle> {
    return loadExchange(this.network.rpc, await exchangeAddress(this.draft.exchange.id as Address));
  }

  /** Writes an account of the loader whole, exempt from rent. */
  async #putLoader(address: Address, data: Uint8Array): Promise<void> {
    const rent = await this.network.rpc.getMinimumBalanceForRentExemption(BigInt(data.length)).send();
    this.network.surfnet.drainEvents();
    this.network.surfnet.setAccount(address, Number(rent), [...data], LOADER_V3_PROGRAM_ADDRESS);
  }

  /**
   * The account of the program as its key's owner leaves it: made, not deployed to. The key of the declared address is not in
   * the repository.
   */
  reserve(): Promise<void> {
    return this.#putLoader(this.draft.program.id as Address, new Uint8Array(36));
  }

  /**
   * A buffer in which an earlier run wrote all but the last pieces. The local network keeps every state of every account it
   * wrote, so it cannot take the thousands of transactions of a whole program.
   */
  async writeBuffer(program: Uint8Array, missing: number): Promise<Address> {
    const address = await bufferAddress(this.operator.address, program);
    const data = new Uint8Array(37 + program.length);
    const view = header(1, 37);
    view.setUint8(4, 1);
    data.set(new Uint8Array(view.buffer));
    data.set(getAddressEncoder().encode(this.operator.address), 5);
    data.set(program.subarray(0, program.length - missing), 37);
    await this.#putLoader(address, data);
    return address;
  }

  /** A program that somebody deployed before. */
  async putProgram(id: Address, bytes: Uint8Array, authority: Address | undefined): Promise<void> {
    const at = await programDataAddress(id);
    const data = new Uint8Array(45 + bytes.length);
    const view = header(3, 45);
    view.setBigUint64(4, 1n, true);
    view.setUint8(12, authority === undefined ? 0 : 1);
    data.set(new Uint8Array(view.buffer));
    if (authority !== undefined) data.set(getAddressEncoder().encode(authority), 13);
    data.set(bytes, 45);
    await this.#putLoader(at, data);
    const program = new Uint8Array(36);
    program.set(new Uint8Array(header(2, 4).buffer));
    program.set(getAddressEncoder().encode(at), 4);
    await this.#putLoader(id, program);
  }
}

/** Opens a site for each test, or one for a file's tests that only look at it or put back what they change; closes it after. */
export function useSite(each: 'test' | 'file' = 'test'): () => Site {
  const [before, after] = each === 'test' ? [beforeEach, afterEach] : [beforeAll, afterAll];
  let site: Site | undefined;
  before(async () => {
    site = await Site.open();
  });
  after(() => site?.close());
  return () => {
    if (site === undefined) throw new Error('the site has not been opened');
    return site;
  };
}
