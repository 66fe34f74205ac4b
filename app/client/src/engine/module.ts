/** The engine as a WebAssembly module: loaded at first use, once, without a fetch. */
import { MODULE } from '../generated/module.js';
import { type Memory, type Module, platform } from './webassembly.js';
import { Words } from './words.js';

/** What the module exports: see `crates/wasm/src/module.rs`. Addresses are numbers, 64-bit numbers are bigints. */
export type Exports = {
  readonly memory: Memory;
  reserve(bytes: number): number;
  reserved(): number;
  release(mark: number): void;
  check(type: number, bytes: number, length: number): number;
  assess_account(
    account: number,
    markets: number,
    count: number,
    kinds: number,
    slot: bigint,
    time: bigint,
    out: number,
  ): void;
  assess_position(slot: number, markets: number, count: number, out: number): void;
  cross_health(account: number, markets: number, count: number, slot: bigint, time: bigint, out: number): number;
  distress_price(
    account: number,
    market: bigint,
    markets: number,
    count: number,
    slot: bigint,
    time: bigint,
    out: number,
  ): number;
  requirement(market: number, notional: bigint, out: number): number;
  rank(market: number, ladder: number, isShort: number, isPool: number, place: number, out: number): number;
  value(price: bigint, lots: bigint, out: number): number;
  moved(price: bigint, isDown: number, by: number, out: number): number;
  has_mark(market: number, slot: bigint): number;
  guards(exchange: number, market: number, slot: bigint, time: bigint, out: number): void;
  in_force(breaker: number, time: bigint): bigint;
  level(breaker: number, time: bigint): number;
  paused(pauses: number, time: bigint): bigint;
  step_max(step: bigint, from: bigint): bigint;
  vesting(market: number, slot: number, out: number): number;
  collateral_sale(
    account: number,
    markets: number,
    count: number,
    kinds: number,
    kind: number,
    wanted: bigint,
    slot: bigint,
    time: bigint,
    out: number,
  ): void;
  valuation(account: number, kinds: number, slot: bigint, out: number): number;
  auction_discount(account: number, markets: number, count: number, kind: number, slot: bigint, out: number): number;
  counted(kind: number, amount: bigint, price: bigint, out: number): number;
  proceeds(kind: number, held: bigint, amount: bigint, discount: number, out: number): number;
  is_priced(kind: number, slot: bigint): number;
  shares_worth(fund: number, low: bigint, high: bigint, out: number): number;
};

/** The module trapped: a fault in the engine, never the caller's. What it worked on says nothing; the next call has a new one. */
export class EngineFault extends Error {
  override readonly name = 'EngineFault';

  constructor(cause: unknown) {
    super('the engine trapped: please report the accounts it was given', { cause });
  }
}

/** The module could not be loaded here. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `the engine's WebAssembly does not load here (${why}): a content security policy must allow 'wasm-unsafe-eval'`,
      {
        cause,
      },
    );
  }
}

/** One call's use of the module: memory it has reserved is taken back when it ends. */
export type Frame = { readonly exports: Exports; readonly words: Words };

let compiled: Module | undefined;
let instance: Frame | undefined;

function decoded(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function instantiate(): Frame {
  try {
    compiled ??= new platform.Module(decoded(MODULE));
    const exports = new platform.Instance(compiled).exports as unknown as Exports;
    return { exports, words: new Words(exports.memory) };
  } catch (error) {
    throw new EngineUnavailable(error);
  }
}

/** Lets a test put another module in the engine's place; `undefined` puts the engine back. */
export function replaceModule(bytes: Uint8Array | undefined): void {
  compiled = bytes === undefined ? undefined : new platform.Module(bytes);
  instance = undefined;
}

/** Bytes of memory the module holds now. */
export function memorySize(): number {
  return (instance ??= instantiate()).words.size;
}

/** Uses the module. Throws `EngineFault` where it traps, and forgets it then: its memory may be anything. */
export function withEngine<T>(use: (frame: Frame) => T): T {
  const frame = (instance ??= instantiate());
  const mark = frame.exports.reserved();
  try {
    return use(frame);
  } catch (error) {
    if (!(error instanceof platform.RuntimeError)) throw error;
    instance = undefined;
    throw new EngineFault(error);
  } finally {
    if (instance === frame) frame.exports.release(mark);
  }
}

/** Reserves bytes. */
export function room({ exports, words }: Frame, size: number): number {
  const at = exports.reserve(size);
  if (at === 0) throw new RangeError(`the engine has no memory for ${size} bytes more`);
  words.renew();
  return at;
}

/** Copies bytes in; returns where they lie. */
export function place(frame: Frame, bytes: ArrayLike<number>): number {
  const at = room(frame, bytes.length);
  frame.words.setBytes(at, bytes);
  return at;
}
