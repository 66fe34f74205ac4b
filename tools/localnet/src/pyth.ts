/** Pyth price updates as the receiver program would have posted them. */
import {
  type Address,
  getBase16Encoder,
  getBytesEncoder,
  getI32Encoder,
  getI64Encoder,
  getStructEncoder,
  getU64Encoder,
  getU8Encoder,
  fixEncoderSize,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { BPS, units } from '@breakwater/client';
import { share } from './units.js';

/** The receiver these networks trust: one of the two that are live. */
export const RECEIVER = 'rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ' as Address;
/** Owner of push accounts. */
export const PUSH_ORACLE = 'FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH' as Address;

const DISCRIMINATOR = new Uint8Array([34, 241, 35, 99, 157, 126, 244, 205]);
const FULLY_VERIFIED = 1;
/** Bytes the receiver gives an update: a fully verified one uses one fewer. */
const SIZE = 134;
/** Digits behind the point, as most feeds publish. */
const EXPONENT = -8;
/** Confidence of a quote that states none, bps of its price. */
const CONFIDENCE_BPS = 5n;

/** What is published: USD per unit of the asset. */
export type Quote = { readonly price: string; readonly confidence?: string; readonly average?: string };

const number = (text: string): bigint => units.fromDecimal(text, -EXPONENT);

/** A quote's numbers as feeds publish them. */
function publishedOf(quote: Quote): { price: bigint; average: bigint; confidence: bigint } {
  const price = number(quote.price);
  const average = quote.average === undefined ? price : number(quote.average);
  const confidence = quote.confidence === undefined ? share(price, CONFIDENCE_BPS, BPS) : number(quote.confidence);
  return { price, average, confidence };
}

const encoder = getStructEncoder([
  ['discriminator', fixEncoderSize(getBytesEncoder(), 8)],
  ['writeAuthority', fixEncoderSize(getBytesEncoder(), 32)],
  ['verification', getU8Encoder()],
  ['feed', fixEncoderSize(getBytesEncoder(), 32)],
  ['price', getI64Encoder()],
  ['confidence', getU64Encoder()],
  ['exponent', getI32Encoder()],
  ['publishTime', getI64Encoder()],
  ['previousTime', getI64Encoder()],
  ['averagePrice', getI64Encoder()],
  ['averageConfidence', getU64Encoder()],
  ['slot', getU64Encoder()],
]);

/** Account data of a fully verified update. */
export function updateOf(feed: ReadonlyUint8Array, quote: Quote, time: bigint, slot: bigint): Uint8Array {
  const { price, average, confidence } = publishedOf(quote);
  const bytes = encoder.encode({
    discriminator: DISCRIMINATOR,
    writeAuthority: new Uint8Array(32),
    verification: FULLY_VERIFIED,
    feed,
    price,
    confidence,
    exponent: EXPONENT,
    publishTime: time,
    previousTime: time - 1n,
    averagePrice: average,
    averageConfidence: confidence,
    slot,
  });
  const data = new Uint8Array(SIZE);
  data.set(bytes);
  return data;
}

/** A feed's id from its hex, as Pyth writes it. */
export const feedId = (hex: string): ReadonlyUint8Array => getBase16Encoder().encode(hex);

/** Bytes of a push account: 240 of head, 32 publishers of 96. */
const PUSH_SIZE = 3_312;
/** Magic, version, account type, size, price type, status and count of publishers, by their place. */
const PUSH_WORDS = [
  [0, 0xa1b2c3d4],
  [4, 2],
  [8, 3],
  [12, PUSH_SIZE],
  [16, 1],
  [28, 3],
  [224, 1],
] as const;
const PUSH_EXPONENT_AT = 20;
const PUSH_AVERAGE_AT = 48;
const PUSH_TIME_AT = 96;
const PUSH_PRICE_AT = 208;
const PUSH_CONFIDENCE_AT = 216;

/** Account data of a push account, as Pyth's program lays it out. */
export function pushAccountOf(quote: Quote, time: bigint): Uint8Array {
  const data = new Uint8Array(PUSH_SIZE);
  const view = new DataView(data.buffer);
  for (const [at, word] of PUSH_WORDS) view.setUint32(at, word, true);
  view.setInt32(PUSH_EXPONENT_AT, EXPONENT, true);
  const { price, average, confidence } = publishedOf(quote);
  view.setBigInt64(PUSH_AVERAGE_AT, average, true);
  view.setBigInt64(PUSH_TIME_AT, time, true);
  view.setBigInt64(PUSH_PRICE_AT, price, true);
  view.setBigUint64(PUSH_CONFIDENCE_AT, confidence, true);
  return data;
}
