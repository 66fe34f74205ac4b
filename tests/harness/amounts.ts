/** Amounts, times and bounds that stories compute, under names that state the rounding where there is one. */
export { pico, share, wholeParts } from '@breakwater/localnet';

/** `2^n`: the integer with only this bit set. */
export const bit = (n: number): bigint => 1n << BigInt(n);

/** The largest 64-bit integer. */
export const U64_MAX = bit(64) - 1n;

/** Days in seconds, as the program counts them. */
export const daysInSeconds = (count: number): bigint => BigInt(count * 86_400);
