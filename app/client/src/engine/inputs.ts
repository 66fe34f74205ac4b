/** Decoded books as the module reads them: encoded again, the ladder's 203 kB only once. */
import type { FixedSizeEncoder, ReadonlyUint8Array } from '@solana/kit';
import {
  type AccountBooks,
  type CollateralBooks,
  getAccountBooksEncoder,
  getCollateralBooksEncoder,
  getLadderBooksEncoder,
  getMarketBooksEncoder,
  type LadderBooks,
} from '../generated/index.js';
import { KINDS_MAX } from '../generated/engine.js';
import type { Kinds, MarketView } from '../numbers/views.js';
import { type Frame, place, room } from './module.js';

/** Bytes of a pair of addresses. */
const PAIR = 8;
const ADDRESS = 4;

/** Ladders with the bytes they were decoded from, or were encoded to: nothing changes a ladder once it is read. */
const ladders = new WeakMap<LadderBooks, ReadonlyUint8Array>();

/** Remembers the bytes a ladder was decoded from. */
export function rememberLadder(ladder: LadderBooks, bytes: ReadonlyUint8Array): LadderBooks {
  ladders.set(ladder, bytes);
  return ladder;
}

function ladderBytes(ladder: LadderBooks): ReadonlyUint8Array {
  const known = ladders.get(ladder);
  if (known !== undefined) return known;
  const bytes = getLadderBooksEncoder().encode(ladder);
  ladders.set(ladder, bytes);
  return bytes;
}

/** Copies a value in as its account holds it. */
export function placed<T>(frame: Frame, encoder: FixedSizeEncoder<T>, value: T): number {
  return place(frame, encoder.encode(value));
}

/** Copies an account's books in. */
export function placedAccount(frame: Frame, account: AccountBooks): number {
  return placed(frame, getAccountBooksEncoder(), account);
}

/** Markets with their ladders as the module is handed them: where the list lies, and how many there are. */
export type Placed = readonly [at: number, count: number];

/** Lists pairs of addresses. */
export function placedPairs(frame: Frame, pairs: readonly (readonly [number, number])[]): Placed {
  const at = room(frame, PAIR * pairs.length);
  for (const [index, [market, ladder]] of pairs.entries()) {
    frame.words.setU32(at + PAIR * index, market);
    frame.words.setU32(at + PAIR * index + ADDRESS, ladder);
  }
  return [at, pairs.length];
}

/** Copies markets with their ladders in. */
export function placedMarkets(frame: Frame, views: readonly MarketView[]): Placed {
  const pairs = views.map(({ market, ladder }): readonly [number, number] => [
    placed(frame, getMarketBooksEncoder(), market),
    place(frame, ladderBytes(ladder)),
  ]);
  return placedPairs(frame, pairs);
}

/** Lists addresses of kinds by number; zero: not there. */
export function placedKindsAt(frame: Frame, addresses: ReadonlyMap<number, number>): number {
  const at = room(frame, ADDRESS * KINDS_MAX);
  for (let number = 0; number < KINDS_MAX; number += 1) {
    frame.words.setU32(at + ADDRESS * number, addresses.get(number) ?? 0);
  }
  return at;
}

/** Copies one kind's books in. */
export function placedKind(frame: Frame, kind: CollateralBooks): number {
  return placed(frame, getCollateralBooksEncoder(), kind);
}

/** Copies kinds of other collateral in. */
export function placedKinds(frame: Frame, kinds: Kinds): number {
  return placedKindsAt(frame, new Map([...kinds].map(([number, kind]) => [number, placedKind(frame, kind)])));
}
