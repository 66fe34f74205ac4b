import type { Memory } from './webassembly.js';

/** The module's memory, read and written as words. Everything there is aligned to eight bytes and little endian. */
export class Words {
  readonly #memory: Memory;
  #buffer: ArrayBuffer | undefined;
  #bytes = new Uint8Array();
  #small = new Uint32Array();
  #unsigned = new BigUint64Array();
  #signed = new BigInt64Array();

  constructor(memory: Memory) {
    this.#memory = memory;
    this.renew();
  }

  /** Views of memory end when it grows: to be called after whatever may let it grow. */
  renew(): void {
    const { buffer } = this.#memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#small = new Uint32Array(buffer);
    this.#unsigned = new BigUint64Array(buffer);
    this.#signed = new BigInt64Array(buffer);
  }

  /** Bytes of memory. */
  get size(): number {
    return this.#bytes.length;
  }

  u32(at: number): number {
    return this.#small[at >>> 2] ?? 0;
  }

  u64(at: number): bigint {
    return this.#unsigned[at >>> 3] ?? 0n;
  }

  i64(at: number): bigint {
    return this.#signed[at >>> 3] ?? 0n;
  }

  u128(at: number): bigint {
    return joined(this.u64(at), this.u64(at + 8));
  }

  i128(at: number): bigint {
    return joined(this.u64(at), this.i64(at + 8));
  }

  setU32(at: number, value: number): void {
    this.#small[at >>> 2] = value;
  }

  setU64(at: number, value: bigint): void {
    this.#unsigned[at >>> 3] = value;
  }

  setBytes(at: number, bytes: ArrayLike<number>): void {
    this.#bytes.set(bytes, at);
  }
}

/** A wide number from its words: the high one may be signed. Most are small, and then need no arithmetic. */
function joined(low: bigint, high: bigint): bigint {
  return high === 0n ? low : (high << 64n) + low;
}

/** The words of an unsigned wide number, low first. */
export function split(value: bigint): readonly [low: bigint, high: bigint] {
  return [BigInt.asUintN(64, value), BigInt.asUintN(64, value >> 64n)];
}
