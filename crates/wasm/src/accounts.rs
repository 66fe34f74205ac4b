//! Which bytes may be read as which of the engine's structs.

use breakwater_engine::state::{self, Key};
use breakwater_engine::units::{Atoms, Bps, Lots, Price};
use breakwater_engine::wide::{I128, U128};

/// Data that any bytes are: no padding, no references, every bit pattern valid.
///
/// # Safety
/// As it says. The lists of the engine are expanded to this trait, which the compiler checks field by field.
pub unsafe trait Plain: Copy {}

macro_rules! leaf {
    ($($type:ty),+) => {$(
        // SAFETY: an integer, or a transparent wrapper of integers.
        unsafe impl Plain for $type {}
    )+};
}
leaf!(u8, u16, u32, u64, i32, i64, Atoms, Bps, Lots, Price, I128, U128, Key);

// SAFETY: an array has no bytes but its elements'.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

macro_rules! plain {
    ($(
        $(#[$meta:meta])*
        $kind:ident $name:ident $(= $discriminator:tt)? {
            $($(#[$field_meta:meta])* $field:ident: $type:tt,)+
        }
    )+) => {$(
        const _: fn(&state::$name) = |value| {
            const fn is_plain<T: Plain>(_: &T) {}
            $(is_plain(&value.$field);)+
        };
        // SAFETY: the engine asserts that there is no padding, the line above that every field is plain.
        unsafe impl Plain for state::$name {}
    )+};
}
breakwater_engine::collateral_fields!(plain);
breakwater_engine::exchange_fields!(plain);
breakwater_engine::insurance_fields!(plain);
breakwater_engine::ladder_fields!(plain);
breakwater_engine::margin_account_fields!(plain);
breakwater_engine::market_fields!(plain);
breakwater_engine::params_fields!(plain);
breakwater_engine::quote_fields!(plain);

/// What is wrong with an account's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There are fewer than an account of this type has.
    Short = 1,
    /// They begin with another type's discriminator.
    Foreign = 2,
    /// There are more: a newer program wrote them.
    Newer = 3,
}

/// An account type: its discriminator and the size of what follows it.
pub type Type = ([u8; 8], usize);

/// The types that the module reads, in the order of the numbers they are asked by.
pub const TYPES: [(&str, Type); 7] = [
    ("marginAccount", (state::MarginAccount::DISCRIMINATOR, size_of::<state::MarginAccount>())),
    ("market", (state::Market::DISCRIMINATOR, size_of::<state::Market>())),
    ("ladder", (state::Ladder::DISCRIMINATOR, size_of::<state::Ladder>())),
    ("exchange", (state::Exchange::DISCRIMINATOR, size_of::<state::Exchange>())),
    ("collateral", (state::Collateral::DISCRIMINATOR, size_of::<state::Collateral>())),
    ("insurance", (state::Insurance::DISCRIMINATOR, size_of::<state::Insurance>())),
    ("stake", (state::Stake::DISCRIMINATOR, size_of::<state::Stake>())),
];

/// What is wrong with bytes that are to be an account of a type. The discriminator is asked first: of a foreign account the
/// length says nothing.
#[must_use]
pub fn fault_in(bytes: &[u8], (discriminator, size): Type) -> Option<Fault> {
    let Some((head, body)) = bytes.split_first_chunk::<8>() else { return Some(Fault::Short) };
    if *head != discriminator {
        return Some(Fault::Foreign);
    }
    match body.len().cmp(&size) {
        core::cmp::Ordering::Less => Some(Fault::Short),
        core::cmp::Ordering::Equal => None,
        core::cmp::Ordering::Greater => Some(Fault::Newer),
    }
}
