//! Libcalls that LLVM's BPF backend emits and that no crate provides with the
//! calling convention it expects.
//!
//! LLVM 23 passes an `i128` as two registers, low half first (`r1`, `r2` and
//! `r3`, `r4`), and wants it back in `r0` (low) and `r2` (high). rustc up to
//! 1.98 returns anything wider than eight bytes through a hidden pointer, so a
//! function of that convention cannot be written in Rust: what follows is
//! assembly around Rust functions that return one word. Every instruction costs
//! one compute unit, divisions no more than moves, and a call keeps `r6` to `r9`
//! for its caller, so that no function here has to save them.
#![no_std]
#![feature(asm_experimental_arch)]

mod divide;
mod memory;

use core::arch::naked_asm;
use divide::{narrow_quotient, wide_quotient};

/// The low 128 bits of a product: 24 units, without a branch.
///
/// With halves `a = a1:a0`, the high half is `a0 * b1 + a1 * b0` plus the upper
/// word of `a0 * b0`, which is summed from 32-bit digits; no partial sum
/// overflows, as `(2^32 - 1)^2 + 2 * (2^32 - 1) = 2^64 - 1`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __multi3() {
    naked_asm!(
        "r0 = r1",
        "r0 *= r3", // the low half
        "r4 *= r1",
        "r2 *= r3",
        "r2 += r4", // a0 * b1 + a1 * b0
        "w5 = w1",
        "r1 >>= 32", // a0 = r1:r5
        "w4 = w3",
        "r3 >>= 32", // b0 = r3:r4
        "r6 = r5",
        "r6 *= r4",
        "r6 >>= 32", // carry of low * low
        "r4 *= r1",
        "r4 += r6", // high * low
        "r5 *= r3",
        "w6 = w4",
        "r5 += r6", // low * high, with the low digit of the line above
        "r4 >>= 32",
        "r5 >>= 32",
        "r1 *= r3", // high * high
        "r2 += r1",
        "r2 += r4",
        "r2 += r5",
        "exit",
    )
}

/// Unsigned quotient. A zero divisor, which Rust refuses before it gets here,
/// divides by zero and so ends the program.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __udivti3() {
    naked_asm!(
        "r5 = r2",
        "r5 |= r4",
        "if r5 != 0 goto 1f",
        "r0 = r1", // both fit in a word
        "r0 /= r3",
        "r2 = 0",
        "exit",
        "1:",
        "if r4 != 0 goto 2f",
        "r6 = r2", // the divisor fits in a word: long division, upper word first
        "r6 /= r3",
        "r4 = r6",
        "r4 *= r3",
        "r2 -= r4",
        "call {narrow}",
        "r2 = r6",
        "exit",
        "2:",
        "r5 = r10",
        "r5 += -16", // the remainder, not wanted
        "call {wide}",
        "r2 = 0",
        "exit",
        narrow = sym narrow_quotient,
        wide = sym wide_quotient,
    )
}

/// Unsigned remainder; a zero divisor as above.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __umodti3() {
    naked_asm!(
        "r5 = r2",
        "r5 |= r4",
        "if r5 != 0 goto 1f",
        "r0 = r1",
        "r0 %= r3",
        "r2 = 0",
        "exit",
        "1:",
        "if r4 != 0 goto 2f",
        "r2 %= r3", // the upper word's quotient does not matter to the remainder
        "r6 = r1",
        "r7 = r3",
        "call {narrow}",
        "r0 *= r7",
        "r6 -= r0",
        "r0 = r6",
        "r2 = 0",
        "exit",
        "2:",
        "r5 = r10",
        "r5 += -16",
        "call {wide}",
        "r0 = *(u64 *)(r10 - 16)",
        "r2 = *(u64 *)(r10 - 8)",
        "exit",
        narrow = sym narrow_quotient,
        wide = sym wide_quotient,
    )
}

/// A signed operation as the unsigned one of magnitudes. `$sign` leaves in `r6` a
/// word that is negative if the result is; the fast path is that of `$unsigned`.
macro_rules! signed {
    ($symbol:ident, $fast:literal, $unsigned:ident, [$($sign:literal),+]) => {
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $symbol() {
            naked_asm!(
                "r5 = r2",
                "r5 |= r4",
                "if r5 != 0 goto 1f",
                "r0 = r1",
                $fast,
                "r2 = 0",
                "exit",
                "1:",
                $($sign,)+
                "if r2 s>= 0 goto 2f",
                "r1 = -r1", // -(high:low) = (-high - (low != 0)):-low
                "r2 = -r2",
                "if r1 == 0 goto 2f",
                "r2 += -1",
                "2:",
                "if r4 s>= 0 goto 3f",
                "r3 = -r3",
                "r4 = -r4",
                "if r3 == 0 goto 3f",
                "r4 += -1",
                "3:",
                "call {unsigned}",
                "if r6 s>= 0 goto 4f",
                "r0 = -r0",
                "r2 = -r2",
                "if r0 == 0 goto 4f",
                "r2 += -1",
                "4:",
                "exit",
                unsigned = sym $unsigned,
            )
        }
    };
}

// A quotient is negative if the signs differ, a remainder if the dividend is.
signed!(__divti3, "r0 /= r3", __udivti3, ["r6 = r2", "r6 ^= r4"]);
signed!(__modti3, "r0 %= r3", __umodti3, ["r6 = r2"]);
