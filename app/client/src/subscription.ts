/** The program's events as they happen: told of by its logs, read from the transactions themselves, none left out. */
import {
  type Address,
  type GetSignaturesForAddressApi,
  type GetTransactionApi,
  type LogsNotificationsApi,
  type Rpc,
  type RpcSubscriptions,
  type Signature,
  type Slot,
} from '@solana/kit';
import { fetchEvents, type ProgramEvent, type UnknownEvent } from './events.js';
import { ask, jittered, PATIENCE, wait } from './node.js';

/** What is heard of one transaction. */
export type Heard = {
  readonly signature: Signature;
  readonly slot: Slot;
  readonly events: readonly (ProgramEvent | UnknownEvent)[];
};

/** What listening needs of a node. */
export type Listener = {
  readonly rpc: Rpc<GetSignaturesForAddressApi & GetTransactionApi>;
  readonly rpcSubscriptions: RpcSubscriptions<LogsNotificationsApi>;
};

const CONFIRMED = { commitment: 'confirmed' } as const;
/** Before a connection that broke is made again, and how often a transaction is asked for that a node has just told of. */
const RECONNECT_MILLISECONDS = 1_000;
const ATTEMPTS = 10;
const RETRY_MILLISECONDS = 200;
/** Signatures one request names, and how many are remembered so that none is told twice. */
const PAGE = 1_000;
const REMEMBERED = 10_000;

/** A transaction that was told of. */
type Notice = { readonly signature: Signature; readonly slot: Slot };

/** Waits for events, so that whoever reads slowly loses none. */
class Queue {
  readonly #waiting: Notice[] = [];
  #wake: (() => void) | undefined;

  push(notice: Notice): void {
    this.#waiting.push(notice);
    this.#wake?.();
  }

  wake(): void {
    this.#wake?.();
  }

  async next(isOver: () => boolean): Promise<Notice | undefined> {
    while (this.#waiting.length === 0 && !isOver()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return isOver() ? undefined : this.#waiting.shift();
  }
}

/** What happened at an address since a transaction, or ever where there was none, the oldest first. */
async function since(rpc: Listener['rpc'], address: Address, last: Signature | undefined): Promise<Notice[]> {
  const until = last === undefined ? {} : { until: last };
  const found: Notice[] = [];
  for (let before: Signature | undefined; ;) {
    const from = before === undefined ? {} : { before };
    const config = { ...CONFIRMED, ...until, limit: PAGE, ...from };
    const page = await ask(() => rpc.getSignaturesForAddress(address, config).send(), PATIENCE.read);
    found.push(...page.filter(({ err }) => err === null));
    before = page.at(-1)?.signature;
    if (page.length < PAGE || before === undefined) return found.reverse();
  }
}

/** The last transaction at an address; none where there has been none. */
async function latest(rpc: Listener['rpc'], address: Address): Promise<Signature | undefined> {
  const config = { ...CONFIRMED, limit: 1 };
  const [found] = await ask(() => rpc.getSignaturesForAddress(address, config).send(), PATIENCE.read);
  return found?.signature;
}

/**
 * Tells of transactions at an address as long as it is listened to. A connection that breaks is made again, and what happened
 * meanwhile is asked for: a subscription alone forgets it.
 */
async function listen(node: Listener, address: Address, queue: Queue, abortSignal: AbortSignal): Promise<void> {
  let last = await latest(node.rpc, address);
  const tell = (notice: Notice): void => {
    last = notice.signature;
    queue.push(notice);
  };
  while (!abortSignal.aborted) {
    try {
      const logs = node.rpcSubscriptions.logsNotifications({ mentions: [address] }, CONFIRMED);
      const notices = await logs.subscribe({ abortSignal });
      for (const notice of await since(node.rpc, address, last)) tell(notice);
      for await (const { context, value } of notices) {
        if (value.err === null) tell({ signature: value.signature, slot: context.slot });
      }
    } catch {
      // Broken: made again below, unless nobody listens any more.
    }
    if (!abortSignal.aborted) await wait(jittered(RECONNECT_MILLISECONDS));
  }
}

/** Events of a transaction that a node has told of, which another behind the same address may not know yet. */
async function eventsSoon(rpc: Listener['rpc'], signature: Signature): Promise<Heard['events']> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const events = await ask(() => fetchEvents(rpc, signature), PATIENCE.read);
    if (events !== undefined) return events;
    await wait(RETRY_MILLISECONDS);
  }
  throw new Error(`the node told of ${signature} and does not know it`);
}

/**
 * Events of transactions that name an address (the program's, an exchange's, a market's, a margin account's), from now on, in the
 * order they are heard of, each transaction once. Anchor's `addEventListener` hears none of them: they are inner instructions of
 * the program to itself, not logs. Ends when `abortSignal` is aborted.
 */
export async function* subscribeEvents(
  node: Listener,
  address: Address,
  abortSignal: AbortSignal,
): AsyncGenerator<Heard, void, void> {
  const queue = new Queue();
  abortSignal.addEventListener('abort', () => queue.wake());
  let failure: { readonly why: unknown } | undefined;
  const listening = listen(node, address, queue, abortSignal).catch((why: unknown) => {
    failure = { why };
    queue.wake();
  });
  const told = new Set<Signature>();
  const isOver = (): boolean => abortSignal.aborted || failure !== undefined;
  for (;;) {
    const notice = await queue.next(isOver);
    if (notice === undefined) break;
    const { signature, slot } = notice;
    if (told.has(signature)) continue;
    told.add(signature);
    const [oldest] = told;
    if (told.size > REMEMBERED && oldest !== undefined) told.delete(oldest);
    const events = await eventsSoon(node.rpc, signature);
    if (events.length > 0) yield { signature, slot, events };
  }
  await listening;
  if (failure !== undefined) throw failure.why;
}
