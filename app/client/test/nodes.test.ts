/** Nodes that lag, limit or leave things out, and what is never said because of them. */
import { createSolanaRpcFromTransport, generateKeyPairSigner } from '@solana/kit';
import { describe, expect, test, vi } from 'vitest';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  loadNow,
  priorityFor,
  type Reader,
  send,
  type SenderRpc,
  TransactionFailure,
} from '../src/index.js';
import {
  BUDGET,
  epoch,
  failureOf,
  fast,
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

const ours = () => instruction(BREAKWATER_PROGRAM_ADDRESS, 3);
const at = (slot: number, value: unknown) => ({ context: { slot }, value });

describe('n3: Expired is said only where one node can prove it', () => {
  /** A node at the tip counts blocks, one that lags tells of signatures, until `seen` questions were asked. */
  const behind = (seen: number) =>
    node({
      getBlockHeight: () => LAST_BLOCK + 10,
      getEpochInfo: () => epoch(1_000, LAST_BLOCK + 10),
      getSignatureStatuses: (before) => (before < seen ? at(900, [null]) : status('confirmed')),
    });

  test('a transaction that landed is waited for until the node that lags has seen it', async () => {
    expect(typeof (await hurried(behind(40).rpc, [await ours()], BUDGET))).toBe('string');
  });

  test('a node that never comes so far leaves it unconfirmed', async () => {
    const failure = await failureOf(behind(Infinity).rpc, [await ours()], BUDGET);
    expect(failure.errorName).toBe('Unconfirmed');
    expect(failure.signature).toBeDefined();
  });

  test.each([
    ['a height without its slot', { getEpochInfo: () => new RpcError(-32601, 'Method not found') }],
    ['a height that is not final', { getEpochInfo: () => epoch(1_000, LAST_BLOCK) }],
    ['a status of one slot before', { getSignatureStatuses: () => at(999, [null]) }],
  ])('%s proves nothing', async (_, own) => {
    const { rpc } = node({
      getBlockHeight: () => LAST_BLOCK + 10,
      getEpochInfo: () => epoch(1_000, LAST_BLOCK + 1),
      getSignatureStatuses: () => at(1_000, [null]),
      ...own,
    });
    expect((await failureOf(rpc, [await ours()], BUDGET)).errorName).toBe('Unconfirmed');
  });

  test('both answers of one node do, and old signatures are looked for too', async () => {
    const { rpc, sent } = node({
      getBlockHeight: () => LAST_BLOCK + 10,
      getEpochInfo: () => epoch(1_000, LAST_BLOCK + 1),
      getSignatureStatuses: () => at(1_000, [null]),
    });
    expect((await failureOf(rpc, [await ours()], BUDGET)).errorName).toBe('Expired');
    const asked = sent.filter(({ method }) => method === 'getSignatureStatuses').at(-1);
    expect(asked?.params[1]).toEqual({ searchTransactionHistory: true });
    // Finalized, which kit does not spell out.
    expect(sent.find(({ method }) => method === 'getEpochInfo')?.params).toEqual([]);
  });

  test('it shows at the last question: confirmed', async () => {
    const { rpc } = node({
      getBlockHeight: () => LAST_BLOCK + 10,
      getEpochInfo: () => epoch(1_000, LAST_BLOCK + 1),
      getSignatureStatuses: (before) => (before === 0 ? at(1_000, [null]) : status('finalized')),
    });
    expect(typeof (await hurried(rpc, [await ours()], BUDGET))).toBe('string');
  });
});

describe('a37: two calls are two transactions', () => {
  test('of the same instructions, with the same blockhash and limits, at the same moment', async () => {
    const { rpc, sent } = node();
    const payer = await generateKeyPairSigner();
    const built = [await ours()];
    const found = await fast(() => Promise.all(Array.from({ length: 25 }, () => send({ rpc, payer }, built, BUDGET))));
    if (found instanceof Error) throw found;
    expect(new Set(found.map(({ signature }) => signature)).size).toBe(25);
    const wires = sent.filter(({ method }) => method === 'sendTransaction').map(({ params }) => params[0]);
    expect(new Set(wires).size).toBe(25);
  });

  test('of another process with the same key: limits differ by chance', async () => {
    const payer = await generateKeyPairSigner();
    const built = [await ours()];
    vi.spyOn(Math, 'random').mockReturnValue(0.1);
    const first = await fast(() => send({ rpc: node().rpc, payer }, built, BUDGET));
    vi.mocked(Math.random).mockReturnValue(0.7);
    vi.resetModules();
    const other = (await import('../src/index.js')) as { send: typeof send };
    const second = await fast(() => other.send({ rpc: node().rpc, payer }, built, BUDGET));
    vi.restoreAllMocks();
    if (first instanceof Error || second instanceof Error) throw new Error('both are sent');
    expect(second.signature).not.toBe(first.signature);
  });

  test('a wallet that makes one of two is an error, and says so', async () => {
    const signer = await generateKeyPairSigner();
    // Returns the first transaction it signed, whatever it is shown.
    let kept: unknown;
    const stubborn = {
      address: signer.address,
      async modifyAndSignTransactions(all: readonly never[]) {
        const [first] = all as readonly { messageBytes: Uint8Array; signatures: object }[];
        if (first === undefined) return [];
        const [signatures] = await signer.signTransactions(all);
        kept ??= { ...first, signatures: { ...first.signatures, ...signatures } };
        return [kept];
      },
    };
    const { rpc } = node();
    const built = [await ours()];
    const sender = { rpc, payer: stubborn as never };
    const once = await fast(() => send(sender, built, BUDGET));
    if (once instanceof Error) throw once;
    const twice = await fast(() => send(sender, built, BUDGET));
    expect(twice).toBeInstanceOf(TransactionFailure);
    expect(twice).toMatchObject({ errorName: 'AlreadySent', signature: once.signature });
  });
});

describe('n13: what is read after a send is not older', () => {
  const clock = () =>
    slotted({
      data: [Buffer.alloc(40).toString('base64'), 'base64'],
      executable: false,
      lamports: 1,
      owner: BREAKWATER_PROGRAM_ADDRESS,
      rentEpoch: 0,
      space: 40,
    });

  test('send tells the slot, and reads through the same node ask for it; so does whoever passes it on', async () => {
    const first = node({
      getSignatureStatuses: () =>
        at(80, [{ slot: 77, confirmations: 0, err: null, confirmationStatus: 'confirmed', status: { Ok: null } }]),
      getAccountInfo: clock,
    });
    const payer = await generateKeyPairSigner();
    await loadNow(first.rpc);
    const told = await fast(async () => send({ rpc: first.rpc, payer }, [await ours()], BUDGET));
    if (told instanceof Error) throw told;
    expect(told.slot).toBe(77n);
    await loadNow(first.rpc);
    await loadNow(first.rpc, { minContextSlot: 90n });
    await loadNow(first.rpc, { minContextSlot: 9n });
    const other = node({ getAccountInfo: clock });
    await loadNow(other.rpc, { minContextSlot: told.slot });
    const slots = (asked: typeof first.sent) =>
      asked
        .filter(({ method }) => method === 'getAccountInfo')
        .map(({ params }) => (params[1] as { minContextSlot?: number }).minContextSlot);
    expect(slots(first.sent)).toEqual([undefined, 77, 90, 77]);
    expect(slots(other.sent)).toEqual([77]);
    await fast(async () => send({ rpc: first.rpc, payer }, [await ours()]));
    expect(first.sent.find(({ method }) => method === 'simulateTransaction')?.params[1]).toMatchObject({
      minContextSlot: 77,
    });
  });

  test('a node that has not come so far is asked again', async () => {
    const { rpc, asked } = node({
      getAccountInfo: (before) =>
        before < 6 ? new RpcError(-32016, 'Minimum context slot has not been reached', { contextSlot: 1 }) : clock(),
    });
    expect(await fast(() => loadNow(rpc, { minContextSlot: 5n }))).toEqual({ slot: 0n, time: 0n });
    expect(asked.get('getAccountInfo')).toBe(7);
  });
});

describe('n14: a node that limits is asked later, and advice is optional', () => {
  const limited = (code: number) => new RpcError(code, 'Too many requests: 15/second request limit reached');
  const page = () => Promise.reject(new SyntaxError("Unexpected token '<'"));
  const REFUSALS: readonly (readonly [string, () => unknown])[] = [
    ['HTTP 429', () => http(429)],
    ['HTTP 503', () => http(503)],
    ['HTTP 408', () => http(408)],
    ['a page with 403', () => http(403, { 'content-type': 'text/html; charset=utf-8' })],
    ['a page with 200', page],
    ['-32429', () => limited(-32429)],
    ['429 in JSON-RPC', () => limited(429)],
    ['-32005', () => new RpcError(-32005, 'Node is unhealthy', { numSlotsBehind: 3 })],
    ['-32007 with a text', () => limited(-32007)],
    ['a broken connection', () => Promise.reject(new TypeError('fetch failed'))],
  ];
  const METHODS = [
    'getLatestBlockhash',
    'simulateTransaction',
    'getRecentPrioritizationFees',
    'sendTransaction',
    'getBlockHeight',
    'getSignatureStatuses',
  ];
  const USUAL: Readonly<Record<string, () => unknown>> = {
    getLatestBlockhash: () =>
      slotted({ blockhash: 'EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N', lastValidBlockHeight: LAST_BLOCK }),
    simulateTransaction: () => slotted({ err: null, logs: [], unitsConsumed: 1_000 }),
    getRecentPrioritizationFees: () => [],
    sendTransaction: () => '1'.repeat(64),
    getBlockHeight: () => 1,
    getSignatureStatuses: () => status('confirmed'),
  };

  test.each(METHODS.flatMap((method) => REFUSALS.map(([name, how]) => [method, name, how] as const)))(
    '%s, refused a dozen times: %s',
    async (method, _, how) => {
      const { rpc } = node({ [method]: (before) => (before < 12 ? how() : USUAL[method]?.()) });
      expect(typeof (await hurried(rpc, [await ours()]))).toBe('string');
    },
  );

  test.each([
    ['a node without the method', () => new RpcError(-32601, 'Method not found')],
    ['a node that forbids it', () => http(403)],
    ['a node that never answers it', () => http(429)],
  ])('%s: priority is not advised, and something small is paid', async (_, how) => {
    const { rpc, asked } = node({ getRecentPrioritizationFees: how });
    expect(typeof (await hurried(rpc, [await ours()]))).toBe('string');
    expect(asked.get('sendTransaction')).toBe(1);
    const payer = await generateKeyPairSigner();
    expect(await fast(async () => priorityFor({ rpc, payer }, [await ours()]))).toBe(10_000n);
    expect(await fast(async () => priorityFor({ rpc, payer, priorityMax: 7n }, [await ours()]))).toBe(7n);
  });

  test('patience ends with what a blockhash lives, and waits grow and are not alike', async () => {
    const waits: number[] = [];
    const { rpc } = node({
      getLatestBlockhash: () => {
        waits.push(Date.now());
        return http(429);
      },
    });
    const failure = await failureOf(rpc, [await ours()], BUDGET);
    expect(failure.errorName).toBe('Unreachable');
    const apart = waits.slice(1).map((time, index) => time - (waits[index] ?? 0));
    expect(Math.max(...apart)).toBeLessThanOrEqual(4_200);
    expect((waits.at(-1) ?? 0) - (waits[0] ?? 0)).toBeGreaterThan(55_000);
    expect((waits.at(-1) ?? 0) - (waits[0] ?? 0)).toBeLessThan(65_000);
    expect(new Set(apart.slice(5)).size).toBeGreaterThan(1);
  });

  test('a node that says how long is left alone so long', async () => {
    const asked: number[] = [];
    const { rpc } = node({
      getLatestBlockhash: (before) => {
        asked.push(Date.now());
        return before === 0 ? http(429, { 'retry-after': '9' }) : USUAL['getLatestBlockhash']?.();
      },
    });
    expect(typeof (await hurried(rpc, [await ours()], BUDGET))).toBe('string');
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(9_000);
  });

  test('a limited read is read later', async () => {
    const data = [Buffer.alloc(40).toString('base64'), 'base64'];
    const account = {
      data,
      executable: false,
      lamports: 1,
      owner: BREAKWATER_PROGRAM_ADDRESS,
      rentEpoch: 0,
      space: 40,
    };
    const { rpc } = node({ getAccountInfo: (before) => (before < 5 ? http(429) : slotted(account)) });
    expect(await fast(() => loadNow(rpc))).toEqual({ slot: 0n, time: 0n });
  });
});
