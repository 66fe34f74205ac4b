//! The one place where bytes of accounts become values of the engine. Nothing is converted: both are the same bytes.
//!
//! Each engine struct an account holds has a mirror here, which Anchor can put into the IDL and bytemuck can vouch for. The
//! compiler checks, on the host and for the SVM alike, that a mirror has the engine struct's fields, all of them, each of the
//! same kind at the same offset; that is all a cast between the two relies on.
#![allow(unsafe_code)]

mod account;
mod insurance;
mod ladder;
mod market;
mod outflow;
mod params;
mod pause;
mod pledge;
mod quote;
mod stake;

pub use account::{AccountBooks, DistressClock, Flow, MarketSlot, Maturing, Pledge, Position, Slice};
pub use insurance::InsuranceBooks;
pub use ladder::{Block, LadderBooks, LadderSide, Line, Pool, Record};
pub use market::{
    Breaker, Claims, Cover, Funding, Grid, Layer, Mark, MarketBooks, MaturingBook, Residue, Scale, Second, Seen,
    SideBook, Stance, Tally, Units, Volatility,
};
pub use outflow::Outflow;
pub use params::{Bracket, ExchangeParams, MarketParams};
pub use pause::{GuardianWeek, Pause, Pauses};
pub use pledge::{CollateralBooks, CollateralParams};
pub use quote::{Level, QuoteBooks};
pub use stake::StakeBooks;

use anchor_lang::prelude::*;
use breakwater_engine as engine;
use bytemuck::Pod;

/// A 128-bit number as two words, low first: account data is 8-aligned and `i128` is not. Signed where the engine says so.
#[zero_copy]
#[derive(PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Wide {
    /// Low word, high word.
    pub words: [u64; 2],
}

impl From<u128> for Wide {
    fn from(value: u128) -> Wide {
        Wide { words: engine::wide::U128::new(value).0 }
    }
}

/// A type whose bytes are those of `E`: same size, same alignment, every bit pattern valid in both.
///
/// # Safety
/// Both must be plain data without padding. `mirror!` proves it field by field; the leaves are listed below.
pub unsafe trait Same<E>: Pod {}

macro_rules! leaf {
    ($mirror:ty: $($engine:ty),+) => {$(
        const _: () = assert!(size_of::<$mirror>() == size_of::<$engine>() && align_of::<$mirror>() == align_of::<$engine>());
        // SAFETY: integers, or `repr(transparent)` and `repr(C)` wrappers of one integer or of two words.
        unsafe impl Same<$engine> for $mirror {}
    )+};
}

leaf!(u8: u8);
leaf!(u16: u16);
leaf!(u32: u32, engine::Bps);
leaf!(i32: i32);
leaf!(u64: u64, engine::Atoms, engine::Lots, engine::Price);
leaf!(i64: i64);
leaf!(Wide: engine::wide::I128, engine::wide::U128);

// SAFETY: an array has no bytes but its elements'.
unsafe impl<M: Same<E>, E, const N: usize> Same<[E; N]> for [M; N] where [M; N]: Pod {}

/// A struct of this crate with the bytes of one of the engine's.
///
/// # Safety
/// `Self` must be `Same` as `Books`.
pub unsafe trait Mirror: Pod {
    /// The engine's struct.
    type Books;
}

/// Reads a mirror as what the engine calls it.
pub fn books<M: Mirror>(mirror: &M) -> &M::Books {
    // SAFETY: `Mirror` promises the same size, alignment and valid bit patterns.
    unsafe { &*std::ptr::from_ref(mirror).cast() }
}

/// Hands a mirror to the engine to change in place.
pub fn books_mut<M: Mirror>(mirror: &mut M) -> &mut M::Books {
    // SAFETY: as for `books`; the borrow is exclusive for as long as the result lives.
    unsafe { &mut *std::ptr::from_mut(mirror).cast() }
}

/// Declares a mirror and proves it: the struct pattern names every field of the engine's struct, `same` compares the
/// fields' kinds, and the assertions compare offsets, size and alignment.
macro_rules! mirror {
    (
        $(#[$meta:meta])* $name:ident = $engine:path {
            $($(#[$field_meta:meta])* $field:ident: $kind:tt,)+
        }
    ) => {
        $(#[$meta])*
        #[zero_copy]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $kind,)+
        }

        const _: () = {
            assert!(size_of::<$name>() == size_of::<$engine>());
            assert!(align_of::<$name>() == align_of::<$engine>());
            assert!(align_of::<$name>() == 8);
            $(assert!(core::mem::offset_of!($name, $field) == core::mem::offset_of!($engine, $field));)+
        };

        const _: fn(&$engine) = |books| {
            const fn same<M: $crate::layout::Same<E>, E>(_: &E) {}
            let $engine { $($field),+ } = books;
            $(same::<$kind, _>($field);)+
        };

        // SAFETY: proved by the two constants above; `zero_copy` derives `Pod`, which refuses padding.
        unsafe impl $crate::layout::Same<$engine> for $name {}
        // SAFETY: the line above.
        unsafe impl $crate::layout::Mirror for $name {
            type Books = $engine;
        }
    };
}
use mirror;
