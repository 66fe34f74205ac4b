//! Division of 128-bit numbers by schoolbook digits, for the paths on which
//! operands do not fit in one word.

use core::arch::asm;
use core::hint::assert_unchecked;

const LOW: u64 = u32::MAX as u64;

/// `(high, low) / divisor` for `high < divisor`, so that the quotient is a word.
pub extern "C" fn narrow_quotient(low: u64, high: u64, divisor: u64) -> u64 {
    // SAFETY: nothing is below zero. Said so that no check for it is compiled.
    unsafe { assert_unchecked(divisor != 0) };
    let upper = divisor >> 32;
    if upper == 0 {
        // Two digits, each after a remainder below 2^32: no estimate needed.
        let dividend = (high << 32) | (low >> 32);
        let digit = dividend / divisor;
        let rest = dividend.wrapping_sub(digit.wrapping_mul(divisor));
        return (digit << 32) | (((rest << 32) | (low & LOW)) / divisor);
    }
    let shift = leading_zeros_above_32(upper);
    // `low >> 64` would be `low >> 0`, hence two shifts.
    let high = (high << shift) | ((low >> 1) >> (63 ^ shift));
    divide_normalized(high, low << shift, divisor << shift)
}

/// Quotient of `n / d` for `d1 > 0`, which makes it a word; the remainder goes to `rest`.
///
/// # Safety
/// `rest` points to two writable words.
pub unsafe extern "C" fn wide_quotient(n0: u64, n1: u64, d0: u64, d1: u64, rest: *mut u64) -> u64 {
    let (divisor, mut remainder) = (wide(d0, d1), wide(n0, n1));
    let mut quotient = 0;
    if divisor <= remainder {
        // Estimated from the divisor's top 64 bits the quotient is at most one too
        // large; after the decrement, at most one too small (Hacker's Delight, 9-5).
        let shift = match d1 >> 32 {
            0 => 32 + leading_zeros_above_32(d1),
            upper => leading_zeros_above_32(upper),
        };
        let top = (d1 << shift) | ((d0 >> 1) >> (63 ^ shift));
        let estimate = divide_normalized(n1 >> 1, (n0 >> 1) | (n1 << 63), top) >> (63 ^ shift);
        quotient = estimate.saturating_sub(1);
        remainder = remainder.wrapping_sub(u128::from(quotient).wrapping_mul(divisor));
        if remainder >= divisor {
            quotient = quotient.wrapping_add(1);
            remainder = remainder.wrapping_sub(divisor);
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        rest.write(remainder as u64);
        rest.add(1).write((remainder >> 64) as u64);
    }
    quotient
}

fn wide(low: u64, high: u64) -> u128 {
    u128::from(low) | u128::from(high) << 64
}

/// `(high, low) / divisor` for a divisor with its top bit set and `high < divisor`:
/// Knuth's algorithm D with two 32-bit digits.
#[inline(always)]
fn divide_normalized(high: u64, low: u64, divisor: u64) -> u64 {
    let (d1, d0) = (divisor >> 32, divisor & LOW);
    // SAFETY: the top bit is set.
    unsafe { assert_unchecked(d1 != 0) };
    // The digit of `(top, next) / divisor` and the remainder, `top` below the divisor.
    let digit = |top: u64, next: u64| {
        // At most two too large, as the divisor is normalized; so at most 2^32 + 1, and
        // `taken` at most (2^32 + 1) * (2^32 - 1), which is below 2^64.
        let mut quotient = top / d1;
        let rest = top.wrapping_sub(quotient.wrapping_mul(d1));
        let taken = quotient.wrapping_mul(d0);
        let (mut left, below) = ((rest << 32) | next).overflowing_sub(taken);
        if below {
            quotient = quotient.wrapping_sub(1);
            let above;
            (left, above) = left.overflowing_add(divisor);
            if !above {
                quotient = quotient.wrapping_sub(1);
                left = left.wrapping_add(divisor);
            }
        }
        (quotient, left)
    };
    let (upper, left) = digit(high, low >> 32);
    let (lower, _) = digit(left, low & LOW);
    (upper << 32) | lower
}

/// Zeros above the top bit of a nonzero word of 32 bits, by halves. Assembly, as the
/// compiler compares with the word this one was shifted from: constants too wide for an
/// immediate, twice the instructions.
#[inline(always)]
fn leading_zeros_above_32(word: u64) -> u64 {
    let zeros: u64;
    // SAFETY: registers only.
    unsafe {
        asm!(
            "{zeros} = 0",
            "if {word} > 0xffff goto 1f",
            "{zeros} = 16",
            "{word} <<= 16",
            "1:",
            "if {word} > 0xffffff goto 2f",
            "{zeros} += 8",
            "{word} <<= 8",
            "2:",
            "if {word} > 0xfffffff goto 3f",
            "{zeros} += 4",
            "{word} <<= 4",
            "3:",
            "if {word} > 0x3fffffff goto 4f",
            "{zeros} += 2",
            "{word} <<= 2",
            "4:",
            "if {word} > 0x7fffffff goto 5f",
            "{zeros} += 1",
            "5:",
            word = inout(reg) word => _,
            zeros = out(reg) zeros,
            options(pure, nomem, nostack),
        )
    };
    zeros
}
