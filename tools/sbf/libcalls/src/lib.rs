//! Runs one 128-bit operation over an account full of operand pairs.
//!
//! The instruction is one byte, the operation. The only account holds pairs of
//! little-endian 128-bit integers `a, b`; each pair becomes `a op b, flag`, where
//! the flag is 1 if the checked operations overflowed and 0 otherwise. Division
//! by zero, for which Rust has no answer, leaves a zero and a zero.
#![no_std]

/// A zero-filled record: what an operation without an answer leaves.
const NONE: (u128, u128) = (0, 0);

const PAIR: usize = 32;
/// Bytes of an account's record before its data: flags, address, owner, lamports, length.
const RECORD: usize = 8 + 32 + 32 + 8 + 8;
/// Room after an account's data for it to grow, before the next record.
const GROWTH: usize = 10_240;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

/// # Safety
/// `input` is the parameter block of the loader, with at least one account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *mut u8) -> u64 {
    // SAFETY: the loader's layout: account count, first account, its data and
    // room to grow padded to eight bytes, rent epoch, instruction length, bytes.
    unsafe {
        let record = input.add(8);
        let length = record.add(RECORD - 8).cast::<u64>().read() as usize;
        let pairs = record.add(RECORD);
        let instruction = pairs.add((length + GROWTH).next_multiple_of(8) + 8);
        let apply = match instruction.add(8).read() {
            0 => each(pairs, length, |a, b| (a, b)),
            1 => each(pairs, length, |a, b| (a.wrapping_mul(b), 0)),
            2 => each(pairs, length, |a, b| or_none(b, || (a / b, 0))),
            3 => each(pairs, length, |a, b| or_none(b, || (a % b, 0))),
            4 => each(pairs, length, |a, b| or_none(b, || ((a as i128).wrapping_div(b as i128) as u128, 0))),
            5 => each(pairs, length, |a, b| or_none(b, || ((a as i128).wrapping_rem(b as i128) as u128, 0))),
            6 => each(pairs, length, |a, b| flagged(a.overflowing_mul(b))),
            7 => each(pairs, length, |a, b| {
                let (product, overflow) = (a as i128).overflowing_mul(b as i128);
                flagged((product as u128, overflow))
            }),
            8 => each(pairs, length, |a, b| (a.wrapping_shl(b as u32), 0)),
            9 => each(pairs, length, |a, b| (a.wrapping_shr(b as u32), 0)),
            10 => each(pairs, length, |a, b| ((a as i128).wrapping_shr(b as u32) as u128, 0)),
            11 => each(pairs, length, |a, b| {
                on_bytes(a, b, |bytes, [from, to, count, _]| bytes.copy_within(from..from + count, to))
            }),
            12 => each(pairs, length, |a, b| {
                on_bytes(a, b, |bytes, [from, _, count, byte]| bytes[from..from + count].fill(byte as u8))
            }),
            13 => each(pairs, length, |a, b| {
                let (bytes, mut other) = (bytes_of(a, b), bytes_of(a, b));
                // One bit apart, then anything: equal prefixes of every length occur.
                let at = b as usize % PAIR;
                other[at] ^= 1 << (b >> 8 & 7);
                other[at + 1..].fill(a as u8);
                let count = (b >> 16) as usize % (PAIR + 1);
                (bytes[..count].cmp(&other[..count]) as u128, 0)
            }),
            _ => return 1,
        };
        apply
    }
}

#[inline(always)]
fn or_none(divisor: u128, answer: impl Fn() -> (u128, u128)) -> (u128, u128) {
    if divisor == 0 { NONE } else { answer() }
}

/// Changes the bytes of a pair as its first bytes say: two offsets and a count of up to
/// 16, so that they stay within the pair, and a byte.
#[inline(always)]
fn on_bytes(a: u128, b: u128, change: impl Fn(&mut [u8; PAIR], [usize; 4])) -> (u128, u128) {
    let mut bytes = bytes_of(a, b);
    let [from, to, count, byte] = [0, 8, 16, 24].map(|shift| (a >> shift) as usize & 0xff);
    change(&mut bytes, [from % 16, to % 16, count % 17, byte]);
    let (a, b) = bytes.split_at(PAIR / 2);
    let word = |half: &[u8]| half.try_into().map_or(0, u128::from_le_bytes);
    (word(a), word(b))
}

#[inline(always)]
fn bytes_of(a: u128, b: u128) -> [u8; PAIR] {
    let mut bytes = [0; PAIR];
    bytes[..PAIR / 2].copy_from_slice(&a.to_le_bytes());
    bytes[PAIR / 2..].copy_from_slice(&b.to_le_bytes());
    bytes
}

#[inline(always)]
fn flagged((product, overflow): (u128, bool)) -> (u128, u128) {
    (product, overflow as u128)
}

/// # Safety
/// `pairs` points to `length` writable bytes.
#[inline(always)]
unsafe fn each(pairs: *mut u8, length: usize, op: impl Fn(u128, u128) -> (u128, u128)) -> u64 {
    let mut at = 0;
    while at + PAIR <= length {
        // SAFETY: the pair ends at or before `length`.
        unsafe {
            let pair = pairs.add(at).cast::<[u64; 4]>();
            let [a0, a1, b0, b1] = pair.read_unaligned();
            let (x, y) = op(wide(a0, a1), wide(b0, b1));
            pair.write_unaligned([x as u64, (x >> 64) as u64, y as u64, (y >> 64) as u64]);
        }
        at += PAIR;
    }
    0
}

#[inline(always)]
fn wide(low: u64, high: u64) -> u128 {
    low as u128 | (high as u128) << 64
}
