/** JSON-RPC of a chain in this process: what the client asks of a node, answered as nodes answer it. */
import {
  type Address,
  type Base64EncodedWireTransaction,
  createSolanaRpcFromTransport,
  getAddressDecoder,
  getBase58Decoder,
  getBase58Encoder,
  getBase64Decoder,
  type Rpc,
  type RpcTransport,
  type SolanaRpcApi,
} from '@solana/kit';
import { BLOCKHASHES, type Chain, type Included, Refused } from './chain.js';
import type { SvmAccount, SvmInner, SvmMeta } from './litesvm.js';

type Filter =
  | { readonly memcmp: { readonly offset: number | bigint; readonly bytes: string } }
  | { readonly dataSize: number | bigint };

/** What the client asks, by method: the parameters it sends are what kit's types let it send. */
type Methods = {
  getAccountInfo(address: Address): unknown;
  getMultipleAccounts(addresses: readonly Address[]): unknown;
  getProgramAccounts(program: Address, config?: { readonly filters?: readonly Filter[] }): unknown;
  getBalance(address: Address): unknown;
  getMinimumBalanceForRentExemption(size: number | bigint): unknown;
  getRecentPrioritizationFees(): unknown;
  getLatestBlockhash(): unknown;
  getSlot(): unknown;
  getBlockHeight(): unknown;
  getEpochInfo(): unknown;
  simulateTransaction(wire: Base64EncodedWireTransaction): unknown;
  sendTransaction(wire: Base64EncodedWireTransaction): unknown;
  getSignatureStatuses(signatures: readonly string[]): unknown;
  getTransaction(signature: string): unknown;
};

/** What nodes say a method does not exist with. */
const METHOD_NOT_FOUND = -32_601;
/** What nodes say they failed with themselves. */
const INTERNAL_ERROR = -32_603;
/** What nodes say a transaction is refused with. */
const TRANSACTION_REFUSED = -32_002;

function accountJson(account: SvmAccount | undefined): unknown {
  if (account === undefined) return null;
  const data = account.data();
  return {
    data: [getBase64Decoder().decode(data), 'base64'],
    executable: account.executable(),
    lamports: account.lamports(),
    owner: getAddressDecoder().decode(account.owner()),
    rentEpoch: 0n,
    space: BigInt(data.length),
  };
}

function matches(data: Uint8Array, filter: Filter): boolean {
  if ('dataSize' in filter) return data.length === Number(filter.dataSize);
  const wanted = getBase58Encoder().encode(filter.memcmp.bytes);
  const at = Number(filter.memcmp.offset);
  return wanted.every((byte, index) => data[at + index] === byte);
}

function innerJson(sent: readonly SvmInner[][]): unknown[] {
  return sent.flatMap((instructions, index) => {
    if (instructions.length === 0) return [];
    const told = instructions.map((inner) => {
      const instruction = inner.instruction();
      return {
        programIdIndex: instruction.programIdIndex(),
        accounts: [...instruction.accounts()],
        data: getBase58Decoder().decode(instruction.data()),
        stackHeight: inner.stackHeight(),
      };
    });
    return [{ index, instructions: told }];
  });
}

function returnedJson(meta: SvmMeta): unknown {
  const returned = meta.returnData();
  const data = returned.data();
  if (data.length === 0) return null;
  const programId = getAddressDecoder().decode(returned.programId());
  return { programId, data: [getBase64Decoder().decode(data), 'base64'] };
}

function transactionJson(signature: string, included: Included): unknown {
  const { slot, time, failure, meta, keys, loaded } = included;
  return {
    slot,
    blockTime: time,
    version: 0,
    transaction: { signatures: [signature], message: { accountKeys: keys } },
    meta: {
      err: failure,
      computeUnitsConsumed: meta.computeUnitsConsumed(),
      innerInstructions: innerJson(meta.innerInstructions()),
      loadedAddresses: loaded,
      logMessages: meta.logs(),
      returnData: returnedJson(meta),
    },
  };
}

function methodsOf(chain: Chain): Methods {
  const inContext = (value: unknown): unknown => ({ context: { slot: chain.slot }, value });
  const statusOf = (signature: string): unknown => {
    const included = chain.find(signature);
    if (included === undefined) return null;
    const { slot, failure: err } = included;
    return { slot, confirmations: null, confirmationStatus: 'finalized', err };
  };
  return {
    getAccountInfo: (address) => inContext(accountJson(chain.account(address))),
    getMultipleAccounts: (addresses) => inContext(addresses.map((one) => accountJson(chain.account(one)))),
    getProgramAccounts: (program, config) =>
      chain.accountsOf(program).flatMap(({ address, account }) => {
        const data = account.data();
        const wanted = (config?.filters ?? []).every((filter) => matches(data, filter));
        return wanted ? [{ pubkey: address, account: accountJson(account) }] : [];
      }),
    getBalance: (address) => inContext(chain.account(address)?.lamports() ?? 0n),
    getMinimumBalanceForRentExemption: (size) => chain.rent(BigInt(size)),
    getRecentPrioritizationFees: () => [],
    getLatestBlockhash: () =>
      inContext({ blockhash: chain.blockhash(), lastValidBlockHeight: chain.slot + BigInt(BLOCKHASHES) }),
    getSlot: () => chain.slot,
    getBlockHeight: () => chain.slot,
    getEpochInfo: () => ({ absoluteSlot: chain.slot, blockHeight: chain.slot }),
    simulateTransaction: (wire) => {
      const { failure, meta } = chain.simulate(wire);
      const [logs, unitsConsumed] = [meta.logs(), meta.computeUnitsConsumed()];
      return inContext({ err: failure, logs, unitsConsumed, returnData: returnedJson(meta) });
    },
    sendTransaction: (wire) => chain.include(wire),
    getSignatureStatuses: (signatures) => inContext(signatures.map(statusOf)),
    getTransaction: (signature) => {
      const included = chain.find(signature);
      return included === undefined ? null : transactionJson(signature, included);
    },
  };
}

type Request = { readonly id: unknown; readonly method: string; readonly params: readonly unknown[] };

/** A node's answer to one request. */
function answer(methods: ReadonlyMap<string, (...params: readonly never[]) => unknown>, request: Request): unknown {
  const { id, method, params } = request;
  const found = methods.get(method);
  const said = (error: object): unknown => ({ jsonrpc: '2.0', id, error });
  if (found === undefined) return said({ code: METHOD_NOT_FOUND, message: `${method} is not answered in process` });
  try {
    return { jsonrpc: '2.0', id, result: found(...(params as readonly never[])) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof Refused)) return said({ code: INTERNAL_ERROR, message });
    return said({ code: TRANSACTION_REFUSED, message, data: { err: message, logs: [] } });
  }
}

/** Kit's client of a chain in this process. */
export function chainRpc(chain: Chain): Rpc<SolanaRpcApi> {
  const methods = new Map(Object.entries(methodsOf(chain)));
  const transport = ({ payload }: { readonly payload: unknown }): Promise<unknown> =>
    Promise.resolve(answer(methods, payload as Request));
  return createSolanaRpcFromTransport(transport as RpcTransport);
}
