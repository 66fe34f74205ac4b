import type { Address } from '@solana/kit';
import { describe, expect, test } from 'vitest';
import { BREAKWATER_PROGRAM_ADDRESS } from '../src/index.js';
import {
  BUDGET,
  epoch,
  failureOf,
  http,
  hurried,
  instruction,
  LAST_BLOCK,
  node,
  RpcError,
  slotted,
  status,
  UNKNOWN,
} from './node.js';

const OTHER = 'ComputeBudget111111111111111111111111111111' as Address;
const refusal = (code: number) => ({ InstructionError: [0, { Custom: code }] });
const ours = () => instruction(BREAKWATER_PROGRAM_ADDRESS, 3);

describe('before anything is sent', () => {
  test('a simulation that fails names the error, and there is no signature', async () => {
    const logs = [`Program ${BREAKWATER_PROGRAM_ADDRESS} failed: custom program error: 0x17d8`];
    const { rpc, asked } = node({ simulateTransaction: () => slotted({ err: refusal(6104), logs, unitsConsumed: 5 }) });
    const failure = await failureOf(rpc, [await ours()]);
    expect(failure.errorName).toBe('InsufficientFreeCash');
    expect(failure.instruction).toBe(0);
    expect(failure.program).toBe(BREAKWATER_PROGRAM_ADDRESS);
    expect(failure.logs).toEqual(logs);
    expect(failure.signature).toBeUndefined();
    expect(asked.has('sendTransaction')).toBe(false);
  });

  test('a transaction that does not fit says by how much, with and without a simulation', async () => {
    const { rpc, asked } = node();
    for (const budget of [undefined, BUDGET]) {
      const failure = await failureOf(rpc, [await instruction(BREAKWATER_PROGRAM_ADDRESS, 40)], budget);
      expect(failure.errorName).toBe('TooLarge');
      expect(failure.message).toMatch(/It has 1\d\d\d bytes, and 1232 fit/);
    }
    expect(asked.has('sendTransaction')).toBe(false);
  });

  test('a node that is overloaded is asked again', async () => {
    const { rpc, asked } = node({
      simulateTransaction: (before) =>
        before < 2 ? http(429) : slotted({ err: null, logs: [], unitsConsumed: 1_000 }),
    });
    expect(typeof (await hurried(rpc, [await ours()]))).toBe('string');
    expect(asked.get('simulateTransaction')).toBe(3);
  });

  test.each(['getLatestBlockhash', 'simulateTransaction'])(
    'a node that does not answer %s is unreachable, and nothing was sent',
    async (method) => {
      const { rpc, asked } = node({ [method]: () => Promise.reject(new TypeError('fetch failed')) });
      const failure = await failureOf(rpc, [await ours()]);
      expect(failure.errorName).toBe('Unreachable');
      expect(failure.cause).toBeInstanceOf(TypeError);
      expect(failure.signature).toBeUndefined();
      expect(asked.has('sendTransaction')).toBe(false);
    },
  );

  test('a node that refuses says why, and is not asked again', async () => {
    const { rpc, asked } = node({ simulateTransaction: () => http(403) });
    const failure = await failureOf(rpc, [await ours()]);
    expect(failure.errorName).toBe('Refused');
    expect(failure.message).toContain('403');
    expect(asked.get('simulateTransaction')).toBe(1);
  });
});

describe('sending', () => {
  test('a node that will not take it: nothing was sent', async () => {
    const { rpc } = node({ sendTransaction: () => new RpcError(-32602, 'invalid transaction') });
    const failure = await failureOf(rpc, [await ours()], BUDGET);
    expect(failure.errorName).toBe('Refused');
    expect(failure.signature).toBeUndefined();
  });

  test('a node that simulates all the same names the error', async () => {
    const logs = [`Program ${BREAKWATER_PROGRAM_ADDRESS} failed: custom program error: 0x17e1`];
    const data = { err: refusal(6113), logs, accounts: null, unitsConsumed: 9, returnData: null };
    const { rpc } = node({ sendTransaction: () => new RpcError(-32002, 'simulation failed', data) });
    const failure = await failureOf(rpc, [await ours()], BUDGET);
    expect(failure.errorName).toBe('NotInDistress');
    expect(failure.signature).toBeUndefined();
  });

  test('a node that has it already is no refusal', async () => {
    const data = { err: 'AlreadyProcessed', logs: [], accounts: null, unitsConsumed: 0, returnData: null };
    const { rpc } = node({ sendTransaction: () => new RpcError(-32002, 'simulation failed', data) });
    expect(typeof (await hurried(rpc, [await ours()], BUDGET))).toBe('string');
  });

  test('an answer that got lost is no refusal: it is sent again until it is seen', async () => {
    const { rpc, asked } = node({
      sendTransaction: (before) => (before === 0 ? http(502) : '1'.repeat(64)),
      getSignatureStatuses: () => ((asked.get('sendTransaction') ?? 0) < 2 ? UNKNOWN : status('confirmed')),
    });
    expect(typeof (await hurried(rpc, [await ours()], BUDGET))).toBe('string');
    expect(asked.get('sendTransaction')).toBe(2);
  });
});

describe('after it was sent', () => {
  test('it failed on the chain: named from what it logged, with its signature', async () => {
    const token = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
    const logMessages = [
      `Program ${token} failed: custom program error: 0x1`,
      `Program ${BREAKWATER_PROGRAM_ADDRESS} failed: custom program error: 0x1`,
    ];
    const { rpc } = node({
      getSignatureStatuses: () => status('confirmed', refusal(1)),
      getTransaction: () => ({ meta: { err: refusal(1), logMessages }, slot: 1, transaction: {} }),
    });
    const failure = await failureOf(rpc, [await ours()], BUDGET);
    expect(failure.errorName).toBe('TokenInsufficientFunds');
    expect(failure.program).toBe(token);
    expect(failure.signature).toMatch(/^\w{60,}$/);
  });

  test('the node does not tell what it logged: the number still means what its own program says', async () => {
    const { rpc } = node({
      getSignatureStatuses: () => status('confirmed', refusal(6000)),
      getTransaction: () => http(500),
    });
    expect((await failureOf(rpc, [await ours()], BUDGET)).errorName).toBe('Unauthorised');
    expect((await failureOf(rpc, [await instruction(OTHER)], BUDGET)).errorName).toBe('Custom(6000)');
  });

  test('what only some have seen is not over, not even a failure', async () => {
    const { rpc } = node({
      getSignatureStatuses: (before) =>
        before < 3 ? status('processed', refusal(6104)) : before < 4 ? UNKNOWN : status('finalized'),
    });
    expect(typeof (await hurried(rpc, [await ours()], BUDGET))).toBe('string');
  });

  test('its blockhash ran out: expired, and sent again until then', async () => {
    const { rpc, asked } = node({
      getSignatureStatuses: () => UNKNOWN,
      getBlockHeight: (before) => (before < 20 ? LAST_BLOCK : LAST_BLOCK + 1),
      getEpochInfo: () => epoch(1, LAST_BLOCK + 1),
    });
    const failure = await failureOf(rpc, [await ours()], BUDGET);
    expect(failure.errorName).toBe('Expired');
    expect(failure.signature).toBeDefined();
    expect(asked.get('sendTransaction')).toBeGreaterThan(2);
  });

  test('included in the last block it could be: not expired', async () => {
    // The block comes between two questions.
    let height = LAST_BLOCK;
    const { rpc } = node({
      getBlockHeight: () => (height += 1),
      getEpochInfo: () => epoch(1, height),
      getSignatureStatuses: () => (height > LAST_BLOCK ? status('confirmed') : UNKNOWN),
    });
    expect(typeof (await hurried(rpc, [await ours()], BUDGET))).toBe('string');
  });

  test('the node goes away: nobody can tell, and the signature says where to look', async () => {
    const { rpc } = node({
      getBlockHeight: (before) => (before < 2 ? 1 : Promise.reject(new TypeError('fetch failed'))),
      getSignatureStatuses: () => UNKNOWN,
    });
    const failure = await failureOf(rpc, [await ours()], BUDGET);
    expect(failure.errorName).toBe('Unconfirmed');
    expect(failure.signature).toBeDefined();
    expect(failure.cause).toBeInstanceOf(TypeError);
  });

  test('the node comes back: confirmed', async () => {
    const { rpc } = node({
      getSignatureStatuses: (before) => (before < 10 ? http(503) : status('confirmed')),
    });
    expect(typeof (await hurried(rpc, [await ours()], BUDGET))).toBe('string');
  });

  test('a node that counts no blocks: after minutes nobody can tell', async () => {
    const { rpc } = node({ getSignatureStatuses: () => UNKNOWN, getBlockHeight: () => 0 });
    expect((await failureOf(rpc, [await ours()], BUDGET)).errorName).toBe('Unconfirmed');
  });
});
