/** Durable nonces: transactions that never expire. The real thing, account and lifetime. */
import {
  AccountRole,
  type Address,
  appendTransactionMessageInstructions,
  assertIsTransactionWithinSizeLimit,
  createTransactionMessage,
  fetchEncodedAccount,
  generateKeyPairSigner,
  getAddressEncoder,
  getBase58Decoder,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  getU32Encoder,
  getU64Encoder,
  type Instruction,
  type KeyPairSigner,
  type Nonce,
  pipe,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingDurableNonce,
  type Signature,
  signTransactionMessageWithSigners,
} from '@solana/kit';
import { explain, type RawError } from '@breakwater/client';
import type { Network } from './network.js';

const SYSTEM = '11111111111111111111111111111111' as Address;
const RECENT_BLOCKHASHES = 'SysvarRecentB1ockHashes11111111111111111111' as Address;
const RENT = 'SysvarRent111111111111111111111111111111111' as Address;
/** Bytes of a nonce account. */
const NONCE_SIZE = 80;
/** Of a nonce account: after version, state and authority comes the nonce. */
const NONCE_AT = 40;
const POLL_MILLISECONDS = 20;

function signing(signer: KeyPairSigner, role: AccountRole.READONLY_SIGNER | AccountRole.WRITABLE_SIGNER) {
  return { address: signer.address, role, signer };
}

/** A nonce account and whoever may advance it. */
export class DurableNonce {
  private constructor(
    readonly network: Network,
    readonly address: Address,
    /** Advances it, and pays. */
    readonly authority: KeyPairSigner,
  ) {}

  /** Creates one, by the system program's own instructions. */
  static async create(network: Network, authority: KeyPairSigner): Promise<DurableNonce> {
    const account = await generateKeyPairSigner();
    const rent = await network.rpc.getMinimumBalanceForRentExemption(BigInt(NONCE_SIZE)).send();
    const create = {
      programAddress: SYSTEM,
      accounts: [signing(authority, AccountRole.WRITABLE_SIGNER), signing(account, AccountRole.WRITABLE_SIGNER)],
      data: Uint8Array.from([
        ...getU32Encoder().encode(0),
        ...getU64Encoder().encode(rent),
        ...getU64Encoder().encode(NONCE_SIZE),
        ...getAddressEncoder().encode(SYSTEM),
      ]),
    };
    const initialise: Instruction = {
      programAddress: SYSTEM,
      accounts: [
        { address: account.address, role: AccountRole.WRITABLE },
        { address: RECENT_BLOCKHASHES, role: AccountRole.READONLY },
        { address: RENT, role: AccountRole.READONLY },
      ],
      data: Uint8Array.from([...getU32Encoder().encode(6), ...getAddressEncoder().encode(authority.address)]),
    };
    await network.send(authority, [create, initialise]);
    return new DurableNonce(network, account.address, authority);
  }

  /** The nonce as it is now. */
  async value(): Promise<Nonce> {
    const account = await fetchEncodedAccount(this.network.rpc, this.address, { commitment: 'confirmed' });
    if (!account.exists) throw new Error(`no nonce at ${this.address}`);
    return getBase58Decoder().decode(account.data.slice(NONCE_AT, NONCE_AT + 32)) as Nonce;
  }

  /** Signs instructions on the nonce, paid by its authority: good at any later time, until the nonce is used. */
  async sign(instructions: readonly Instruction[]) {
    const lifetime = {
      nonce: await this.value(),
      nonceAccountAddress: this.address,
      nonceAuthorityAddress: this.authority.address,
    };
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (m) => setTransactionMessageFeePayerSigner(this.authority, m),
      (m) => setTransactionMessageLifetimeUsingDurableNonce(lifetime, m),
      (m) => appendTransactionMessageInstructions(instructions, m),
    );
    const signed = await signTransactionMessageWithSigners(message);
    assertIsTransactionWithinSizeLimit(signed);
    return signed;
  }

  /** Sends what was signed on it. Throws the program's refusal by name. */
  async send(signed: Awaited<ReturnType<DurableNonce['sign']>>): Promise<Signature> {
    const { rpc } = this.network;
    const wire = getBase64EncodedWireTransaction(signed);
    const { value } = await rpc.simulateTransaction(wire, { encoding: 'base64', sigVerify: true }).send();
    if (value.err !== null)
      throw explain(JSON.parse(JSON.stringify(value.err, whole)) as RawError, { logs: value.logs ?? [] });
    await rpc.sendTransaction(wire, { encoding: 'base64', skipPreflight: true }).send();
    const signature = getSignatureFromTransaction(signed);
    for (;;) {
      const [status] = (await rpc.getSignatureStatuses([signature]).send()).value;
      if (status?.err) throw explain(JSON.parse(JSON.stringify(status.err, whole)) as RawError);
      if (status?.confirmationStatus === 'confirmed' || status?.confirmationStatus === 'finalized') return signature;
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
  }
}

/** Numbers of an error as JSON has them. */
function whole(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
