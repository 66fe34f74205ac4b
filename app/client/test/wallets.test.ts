/** Wallets: what they add, what they change, and those that sign and send in one step. */
import {
  type Address,
  appendTransactionMessageInstruction,
  compileTransaction,
  decompileTransactionMessage,
  generateKeyPairSigner,
  getBase58Encoder,
  getBase64Encoder,
  getCompiledTransactionMessageDecoder,
  getTransactionDecoder,
  type Instruction,
  type KeyPairSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  type Transaction,
  type TransactionSigner,
} from '@solana/kit';
import { describe, expect, test } from 'vitest';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  getTradeInstruction,
  GUARD_BYTES,
  GUARD_UNITS,
  MAKER_UNITS,
  send,
  TransactionFailure,
  unitsFor,
} from '../src/index.js';
import { BUDGET, epoch, fast, instruction, LAST_BLOCK, node, slotted, status, UNKNOWN } from './node.js';

const MEMO = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr' as Address;
const NEWER = '4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi' as never;

/** A wallet that signs what it has changed. */
function changing(signer: KeyPairSigner, adds: readonly Instruction[], blockhash?: never): TransactionSigner {
  const wallet = {
    address: signer.address,
    async modifyAndSignTransactions(all: readonly Transaction[]) {
      const changed = all.map(({ messageBytes }) => {
        let message = decompileTransactionMessage(getCompiledTransactionMessageDecoder().decode(messageBytes)) as never;
        for (const guard of adds) message = appendTransactionMessageInstruction(guard, message) as never;
        const lifetime = { blockhash: blockhash as never, lastValidBlockHeight: 999n };
        if (blockhash !== undefined) message = setTransactionMessageLifetimeUsingBlockhash(lifetime, message) as never;
        return compileTransaction(message);
      });
      const signatures = await signer.signTransactions(changed as never);
      return changed.map((one, at) => ({ ...(one as object), signatures: signatures[at] }));
    },
  };
  return wallet as never;
}

/** A wallet that signs and sends: its signature is all that comes back. */
function sending(signer: KeyPairSigner, shown: Transaction[], fails?: Error): TransactionSigner {
  const wallet = {
    address: signer.address,
    async signAndSendTransactions(all: readonly Transaction[]) {
      shown.push(...all);
      if (fails !== undefined) throw fails;
      const signed = await signer.signTransactions(all as never);
      return signed.map((one) => one[signer.address]);
    },
  };
  return wallet as never;
}

const usual = (units = 50_000) => ({
  simulateTransaction: () => slotted({ err: null, logs: [], unitsConsumed: units }),
});

/** A node whose blockhash lives 100 blocks longer from its `asked`th answer on, and that confirms in between. */
const renewedAt = (asked: number) => {
  let height = LAST_BLOCK;
  return {
    ...usual(),
    getLatestBlockhash: (before: number) =>
      slotted({
        blockhash: 'EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N',
        lastValidBlockHeight: before < asked ? LAST_BLOCK : LAST_BLOCK + 100,
      }),
    getBlockHeight: () => (height += 5),
    getEpochInfo: () => epoch(1, height),
    getSignatureStatuses: () => (height > LAST_BLOCK + 80 ? status('confirmed') : UNKNOWN),
  };
};

/** A transaction that a node was sent. */
const sentTo = ({ sent }: ReturnType<typeof node>): Transaction => {
  const wire = sent.find(({ method }) => method === 'sendTransaction')?.params[0] as string;
  return getTransactionDecoder().decode(getBase64Encoder().encode(wire));
};

/** The unit limit of a transaction. */
function limitOf({ messageBytes }: Transaction): number {
  const { instructions } = decompileTransactionMessage(getCompiledTransactionMessageDecoder().decode(messageBytes));
  const data = instructions.find((one) => one.programAddress.startsWith('ComputeBudget') && one.data?.[0] === 2)?.data;
  if (data === undefined) throw new Error('it sets no limit');
  return new DataView(Uint8Array.from(data).buffer).getUint32(1, true);
}

describe('a45: a wallet that only signs and sends', () => {
  test('is asked once, and its transaction is waited for', async () => {
    const signer = await generateKeyPairSigner();
    const shown: Transaction[] = [];
    const { rpc, asked } = node({
      ...usual(),
      getSignatureStatuses: (before) => (before < 5 ? UNKNOWN : status('confirmed')),
    });
    const payer = sending(signer, shown);
    const sent = await fast(async () => send({ rpc, payer }, [await instruction(BREAKWATER_PROGRAM_ADDRESS, 3)]));
    if (sent instanceof Error) throw sent;
    expect(getBase58Encoder().encode(sent.signature)).toHaveLength(64);
    expect(shown).toHaveLength(1);
    // It was sent by the wallet, and nobody else can send it.
    expect(asked.get('sendTransaction')).toBeUndefined();
  });

  test('beside keys that sign their part', async () => {
    const [signer, other] = [await generateKeyPairSigner(), await generateKeyPairSigner()];
    const shown: Transaction[] = [];
    const needs: Instruction = {
      programAddress: MEMO,
      accounts: [{ address: other.address, role: 2, signer: other } as never],
      data: new Uint8Array(1),
    };
    const { rpc } = node(usual());
    const sent = await fast(() => send({ rpc, payer: sending(signer, shown) }, [needs]));
    if (sent instanceof Error) throw sent;
    expect(shown[0]?.signatures[other.address]).not.toBeNull();
  });

  test('expired is proven like any other, by the newest blockhash there was', async () => {
    const signer = await generateKeyPairSigner();
    // Asked again once the wallet has signed, somebody having read its screen for long.
    const { rpc } = node(renewedAt(2));
    const payer = sending(signer, []);
    const sent = await fast(async () => send({ rpc, payer }, [await instruction(BREAKWATER_PROGRAM_ADDRESS, 3)]));
    expect(sent).toMatchObject({ slot: 1n });
  });

  test('that refuses: nobody says that it was sent, nor that it was not', async () => {
    const signer = await generateKeyPairSigner();
    const { rpc } = node(usual());
    const payer = sending(signer, [], new Error('User rejected the request'));
    const failure = await fast(() => send({ rpc, payer }, [], BUDGET));
    expect(failure).toBeInstanceOf(TransactionFailure);
    expect(failure).toMatchObject({ errorName: 'Unsigned', signature: undefined });
    expect((failure as Error).cause).toMatchObject({ message: 'User rejected the request' });
  });
});

describe('n18: a wallet that adds guard instructions of its own', () => {
  test('has room for them in the limit, and a key in memory pays for none', async () => {
    const signer = await generateKeyPairSigner();
    const guard = { programAddress: MEMO, data: new TextEncoder().encode('guard') };
    const limitFor = async (payer: TransactionSigner, shown?: readonly Transaction[]): Promise<number> => {
      const network = node(usual(50_000));
      const outcome = await fast(() => send({ rpc: network.rpc, payer }, [{ programAddress: MEMO }]));
      if (outcome instanceof Error) throw outcome;
      return limitOf(shown?.[0] ?? sentTo(network));
    };
    const [shown, enough] = [[] as Transaction[], 50_000 * 1.1];
    expect(await limitFor(signer)).toBeLessThan(enough + 1_000);
    expect(await limitFor(changing(signer, [guard, guard]))).toBeGreaterThanOrEqual(enough + GUARD_UNITS);
    expect(await limitFor(sending(signer, shown), shown)).toBeGreaterThanOrEqual(enough + GUARD_UNITS);
  });

  test('has room for them in the packet, where there is a lookup table to make it with', async () => {
    const signer = await generateKeyPairSigner();
    const many = await instruction(MEMO, 30);
    const addresses = (many.accounts ?? []).map(({ address }) => address);
    const [table] = (await instruction(MEMO, 1)).accounts ?? [];
    if (table === undefined) throw new Error('an address');
    const short = { ...many, accounts: (many.accounts ?? []).slice(0, 29) };
    const lookupTables = { [table.address]: addresses };
    const network = node(usual());
    const { rpc } = network;
    const key = await fast(() => send({ rpc, payer: signer, lookupTables }, [short], BUDGET));
    if (key instanceof Error) throw key;
    // It fits as it is: a key's depends on no table.
    expect(sentTo(network).messageBytes.length).toBeGreaterThan(1_232 - 65 - GUARD_BYTES);
    const shown: Transaction[] = [];
    const wallet = await fast(() => send({ rpc, payer: sending(signer, shown), lookupTables }, [short], BUDGET));
    if (wallet instanceof Error) throw wallet;
    expect(shown[0]?.messageBytes.length).toBeLessThanOrEqual(1_232 - 65 - GUARD_BYTES);
  });

  test('that takes a newer blockhash is waited for as long as that lives', async () => {
    const signer = await generateKeyPairSigner();
    const { rpc } = node(renewedAt(1));
    const payer = changing(signer, [], NEWER);
    expect(await fast(async () => send({ rpc, payer }, [await instruction(MEMO, 3)], BUDGET))).toMatchObject({
      slot: 1n,
    });
  });
});

describe('n6: limits are bounds for each builder and maker', () => {
  const trade = (makers: number): Instruction => {
    const none = '11111111111111111111111111111111' as Address;
    const accounts = { owner: { address: none } as never, exchange: none, account: none, market: none, ladder: none };
    return getTradeInstruction({ ...accounts, side: 0, lots: 1n, limit: 1n, reduceOnly: false, minFill: 0n, makers });
  };

  test('each maker of a trade has units of his own, however few answered in simulation', () => {
    const [one, four] = [unitsFor(20_000, [trade(1)], []), unitsFor(20_000, [trade(4)], [])];
    expect(one).toBe(22_000 + MAKER_UNITS);
    expect(four).toBe(22_000 + 4 * MAKER_UNITS);
  });

  test("others' instructions, and those of a newer program, have a tenth; none passes the chain's limit", async () => {
    expect(unitsFor(20_000, [await instruction(MEMO)], [])).toBe(22_000);
    expect(unitsFor(20_000, [await instruction(BREAKWATER_PROGRAM_ADDRESS)], [])).toBe(22_000);
    expect(unitsFor(1_390_000, [trade(4)], [])).toBe(1_400_000);
  });
});
