//! Wide arithmetic: 128-bit numbers as accounts store them, and products that need more bits than their factors.

use crate::error::{Error, Result};

/// An `i128` as two words, low first: account data is 8-aligned and `i128` is not.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct I128(pub [u64; 2]);

/// A `u128` as two words, low first.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct U128(pub [u64; 2]);

impl U128 {
    /// Zero.
    pub const ZERO: U128 = U128([0, 0]);

    /// The number.
    #[must_use]
    pub fn get(self) -> u128 {
        let [low, high] = self.0;
        (u128::from(high) << 64) | u128::from(low)
    }

    /// A number to store.
    #[must_use]
    pub fn new(value: u128) -> U128 {
        U128([low(value), low(value >> 64)])
    }
}

impl I128 {
    /// Zero.
    pub const ZERO: I128 = I128([0, 0]);

    /// The number.
    #[must_use]
    pub fn get(self) -> i128 {
        U128(self.0).get().cast_signed()
    }

    /// A number to store.
    #[must_use]
    pub fn new(value: i128) -> I128 {
        I128(U128::new(value.cast_unsigned()).0)
    }

    /// Adds in place.
    pub fn add(&mut self, value: i128) -> Result<()> {
        *self = I128::new(self.get().checked_add(value).ok_or(Error::Overflow)?);
        Ok(())
    }
}

impl U128 {
    /// Adds in place.
    pub fn add(&mut self, value: u128) -> Result<()> {
        *self = U128::new(self.get().checked_add(value).ok_or(Error::Overflow)?);
        Ok(())
    }

    /// Subtracts in place; fails below zero.
    pub fn sub(&mut self, value: u128) -> Result<()> {
        *self = U128::new(self.get().checked_sub(value).ok_or(Error::Overflow)?);
        Ok(())
    }
}

/// The low 64 bits.
#[must_use]
pub fn low(value: u128) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = value.to_le_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// `a * b`. Cannot overflow: the product of two 64-bit numbers is below 2^128.
#[must_use]
pub fn mul(a: u64, b: u64) -> u128 {
    u128::from(a).wrapping_mul(u128::from(b))
}

/// `k * n` for a signed key or index and a count.
pub fn mul_signed(k: i128, n: u64) -> Result<i128> {
    let magnitude = match u64::try_from(k.unsigned_abs()) {
        Ok(k) => mul(k, n),
        Err(_) => k.unsigned_abs().checked_mul(u128::from(n)).ok_or(Error::Overflow)?,
    };
    let magnitude = i128::try_from(magnitude).map_err(|_| Error::Overflow)?;
    Ok(if k < 0 { magnitude.wrapping_neg() } else { magnitude })
}

/// `a * b / d`, rounded down. Fails when `d` is zero or the quotient exceeds 64 bits.
pub fn mul_div_floor(a: u64, b: u64, d: u64) -> Result<u64> {
    let quotient = mul(a, b).checked_div(u128::from(d)).ok_or(Error::Overflow)?;
    u64::try_from(quotient).map_err(|_| Error::Overflow)
}

/// `a * b / d`, rounded up. Fails when `d` is zero or the quotient exceeds 64 bits.
pub fn mul_div_ceil(a: u64, b: u64, d: u64) -> Result<u64> {
    u64::try_from(div_ceil(mul(a, b), u128::from(d))?).map_err(|_| Error::Overflow)
}

/// `n / d`, rounded up.
pub fn div_ceil(n: u128, d: u128) -> Result<u128> {
    let floor = n.checked_div(d).ok_or(Error::Overflow)?;
    let exact = floor.wrapping_mul(d) == n;
    Ok(if exact { floor } else { floor.wrapping_add(1) })
}

/// `n / d`, rounded toward minus infinity, for a positive `d`.
pub fn div_floor_signed(n: i128, d: u64) -> Result<i128> {
    n.checked_div_euclid(i128::from(d)).ok_or(Error::Overflow)
}

/// `n / d`, rounded toward plus infinity, for a positive `d`.
pub fn div_ceil_signed(n: i128, d: u64) -> Result<i128> {
    let floor = div_floor_signed(n, d)?;
    let exact = mul_signed(floor, d)? == n;
    if exact {
        return Ok(floor);
    }
    floor.checked_add(1).ok_or(Error::Overflow)
}

/// `a * b / d` with a 192-bit product, rounded down. Fails when `d` is zero or the quotient exceeds 128 bits.
pub fn mul_div_long_floor(a: u128, b: u64, d: u64) -> Result<u128> {
    let (quotient, _) = mul_div_long(a, b, d)?;
    Ok(quotient)
}

/// `a * b / d` with a 192-bit product, rounded up.
pub fn mul_div_long_ceil(a: u128, b: u64, d: u64) -> Result<u128> {
    let (quotient, rest) = mul_div_long(a, b, d)?;
    if rest == 0 {
        return Ok(quotient);
    }
    quotient.checked_add(1).ok_or(Error::Overflow)
}

/// `whole * part / parts`, rounded down, for `part <= parts < 2^126`: the quotient is at most `whole`. One bit of `whole` at a
/// time, which no division of 192 by 128 bits is needed for.
pub fn part_floor(whole: u64, part: u128, parts: u128) -> Result<u64> {
    if parts == 0 || part > parts || parts >> 126 != 0 {
        return Err(Error::Overflow);
    }
    let (mut quotient, mut rest) = (0u64, 0u128);
    for bit in (0..64).rev() {
        // Cannot overflow: the rest is below `parts`, so this is below three times that.
        rest = rest.wrapping_shl(1).wrapping_add(if (whole >> bit) & 1 == 1 { part } else { 0 });
        let mut digit = 0u64;
        while rest >= parts {
            rest = rest.wrapping_sub(parts);
            digit = digit.wrapping_add(1);
        }
        quotient = quotient.wrapping_shl(1).wrapping_add(digit);
    }
    Ok(quotient)
}

/// Schoolbook division of a three-word product by one word: each step's remainder is below `d`, so each quotient digit
/// fits one word and `(rest, digit)` fits two.
fn mul_div_long(a: u128, b: u64, d: u64) -> Result<(u128, u64)> {
    if d == 0 {
        return Err(Error::Overflow);
    }
    let bottom = mul(low(a), b);
    // Cannot overflow: (2^64 - 1)^2 + 2^64 is below 2^128.
    let top = mul(low(a >> 64), b).wrapping_add(bottom >> 64);
    let wide_d = u128::from(d);
    let high_digit = low(top >> 64);
    if high_digit >= d {
        return Err(Error::Overflow);
    }
    let rest = top;
    let upper = rest.checked_div(wide_d).ok_or(Error::Overflow)?;
    let rest = rest.wrapping_sub(upper.wrapping_mul(wide_d));
    let rest = (rest << 64) | u128::from(low(bottom));
    let lower = rest.checked_div(wide_d).ok_or(Error::Overflow)?;
    let rest = rest.wrapping_sub(lower.wrapping_mul(wide_d));
    Ok(((upper << 64) | lower, low(rest)))
}

/// `a * b / d`, rounded up, where the quotient may need more than 64 bits.
pub fn mul_div_ceil_u128(a: u64, b: u64, d: u64) -> Result<u128> {
    div_ceil(mul(a, b), u128::from(d))
}

/// `a * b` as four words, low first.
fn mul_full(a: u128, b: u128) -> (u128, u128) {
    let (a0, a1, b0, b1) = (low(a), low(a >> 64), low(b), low(b >> 64));
    let bottom = mul(a0, b0);
    // Cannot overflow: each product is at most (2^64 - 1)^2, and what is added to it is below 2^64 each.
    let middle = mul(a0, b1).wrapping_add(bottom >> 64);
    let (cross, carry) = mul(a1, b0).overflowing_add(u128::from(low(middle)));
    debug_assert!(!carry, "a product and a word fit");
    let high = mul(a1, b1).wrapping_add(middle >> 64).wrapping_add(cross >> 64);
    (high, (cross << 64) | u128::from(low(bottom)))
}

/// `a * b / 2^63`, rounded down. Fails when the quotient exceeds 128 bits.
pub fn mul_high(a: u128, b: u128) -> Result<u128> {
    let (high, low) = mul_full(a, b);
    if high >> 63 != 0 {
        return Err(Error::Overflow);
    }
    Ok((high << 65) | (low >> 63))
}

/// `a * b / 2^63`, rounded up.
pub fn mul_high_ceil(a: u128, b: u128) -> Result<u128> {
    let floor = mul_high(a, b)?;
    let (_, low) = mul_full(a, b);
    if low & ((1 << 63) - 1) == 0 {
        return Ok(floor);
    }
    floor.checked_add(1).ok_or(Error::Overflow)
}

/// `amount * part / whole` of 128-bit numbers, rounded down, for `part <= whole`: the quotient is at most `amount`. One bit
/// of `amount` at a time, which no division of 256 by 128 bits is needed for.
pub fn mul_div_wide_floor(amount: u128, part: u128, whole: u128) -> Result<u128> {
    if whole == 0 || part > whole || whole >> 126 != 0 {
        return Err(Error::Overflow);
    }
    if let (Ok(part), Ok(whole)) = (u64::try_from(part), u64::try_from(whole)) {
        return mul_div_long_floor(amount, part, whole);
    }
    let (mut quotient, mut rest) = (0u128, 0u128);
    for bit in (0..128).rev() {
        // Cannot overflow: the rest is below `whole`, so this is below three times that.
        rest = rest.wrapping_shl(1).wrapping_add(if (amount >> bit) & 1 == 1 { part } else { 0 });
        let mut digit = 0u128;
        while rest >= whole {
            rest = rest.wrapping_sub(whole);
            digit = digit.wrapping_add(1);
        }
        quotient = quotient.wrapping_shl(1).wrapping_add(digit);
    }
    Ok(quotient)
}
