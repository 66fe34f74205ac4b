/** The connection to a node: few requests, and patience where it limits them. */
import { createDefaultRpcTransport, createSolanaRpcFromTransport, type RpcTransport } from '@solana/kit';
import { patient } from '@breakwater/client';
import type { Node } from './operator.js';

/** Accounts one request may ask for. */
const MOST = 100;
/** How long requests for single accounts are collected, milliseconds. */
const COLLECT_MILLISECONDS = 5;
/** What never changes while a run lasts. */
const CONSTANT: readonly string[] = ['getMinimumBalanceForRentExemption', 'getGenesisHash'];

type Payload = { readonly id: unknown; readonly method: string; readonly params?: readonly unknown[] };
type Config = Parameters<RpcTransport>[0];
type Answer = { readonly error?: unknown; readonly result?: { readonly context: unknown; readonly value: unknown[] } };
type Waiting = {
  readonly payload: Payload;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
};

const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, held: unknown) => (typeof held === 'bigint' ? `${held}n` : held));

/** Asks once for what is constant. */
function remembering(transport: RpcTransport): RpcTransport {
  const known = new Map<string, Promise<object>>();
  return (async (config: Config) => {
    const payload = config.payload as Payload;
    if (!CONSTANT.includes(payload.method)) return transport(config);
    const key = keyOf([payload.method, payload.params]);
    const asked = known.get(key) ?? transport<object>(config);
    known.set(key, asked);
    asked.catch(() => known.delete(key));
    const answer = await asked;
    if ('error' in answer) known.delete(key);
    return { ...answer, id: payload.id };
  }) as RpcTransport;
}

/** Collects requests for single accounts that are made together, and asks for them in one. */
function collecting(transport: RpcTransport): RpcTransport {
  const open = new Map<string, Waiting[]>();

  const ask = async (waiting: readonly Waiting[]): Promise<void> => {
    const [first] = waiting;
    if (first === undefined) return;
    const addresses = waiting.map(({ payload }) => payload.params?.[0]);
    const params = [addresses, configOf(first.payload)];
    const payload = { ...first.payload, method: 'getMultipleAccounts', params };
    try {
      const answer = await transport<Answer>({ payload });
      for (const [at, { payload: own, resolve }] of waiting.entries()) {
        const { result } = answer;
        const one = result === undefined ? {} : { result: { context: result.context, value: result.value[at] } };
        resolve({ ...answer, ...one, id: own.id });
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  };

  return (async (config: Config) => {
    const payload = config.payload as Payload;
    if (payload.method !== 'getAccountInfo') return transport(config);
    return new Promise<unknown>((resolve, reject) => {
      const key = keyOf(configOf(payload));
      const waiting = open.get(key) ?? [];
      waiting.push({ payload, resolve, reject });
      if (waiting.length === 1) {
        open.set(key, waiting);
        setTimeout(() => {
          if (open.get(key) === waiting) open.delete(key);
          void ask(waiting);
        }, COLLECT_MILLISECONDS);
      }
      if (waiting.length === MOST) open.delete(key);
    });
  }) as RpcTransport;
}

const configOf = ({ params }: Payload): unknown => params?.[1];

/** A node at an address. */
export function createNode(url: string): Node {
  return createSolanaRpcFromTransport(remembering(collecting(patient(createDefaultRpcTransport({ url })))));
}
