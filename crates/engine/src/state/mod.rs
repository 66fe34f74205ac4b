//! What accounts hold, declared once.
//!
//! Each file exports a list of fields as a macro, `position: type` with its documentation, that hands the list to a macro of
//! the caller's choosing. The engine expands it to its own structs, the program to structs that Anchor can put into the IDL,
//! and the WebAssembly module to the proof that account bytes may be read as the engine's structs. Nothing is written twice,
//! so nothing can drift.
//!
//! The kinds of entry:
//!
//! | kind | meaning |
//! |---|---|
//! | `struct` | part of an account; its default is all zero |
//! | `custom` | part of an account whose default is written by hand, or that has none |
//! | `argument` | a `struct` that instructions also carry as an argument |
//! | `account` | an account's data after its discriminator, which stands behind the name |
//!
//! Everything is `repr(C)` data of whole words without padding, so that account bytes can hold it as it is: wide numbers are
//! two words ([`crate::wide`]), because account data is 8-aligned and `i128` is not.

/// The engine's structs of a list.
macro_rules! declare {
    ($(
        $(#[$meta:meta])*
        $kind:ident $name:ident $(= $discriminator:tt)? {
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)+
        }
    )+) => {$(
        derived! { $kind
            $(#[$meta])*
            #[repr(C)]
            pub struct $name {
                $($(#[$field_meta])* pub $field: $type,)+
            }
        }

        // No padding: every byte is a field's.
        const _: () = assert!(size_of::<$name>() == size_of::<($([u8; size_of::<$type>()],)+)>());
        const _: () = assert!(align_of::<$name>() == 8);

        $(impl $name {
            /// The first eight bytes of the account.
            pub const DISCRIMINATOR: [u8; 8] = $discriminator;
        })?
    )+};
}

/// What a struct of a kind derives.
macro_rules! derived {
    (custom $($item:tt)+) => { #[derive(Clone, Copy, Debug, PartialEq, Eq)] $($item)+ };
    (account $($item:tt)+) => { #[derive(Clone, Copy, Debug, PartialEq, Eq)] $($item)+ };
    ($kind:tt $($item:tt)+) => { #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)] $($item)+ };
}

mod collateral;
mod exchange;
mod insurance;
mod ladder;
mod margin_account;
mod market;
mod params;
mod quote;

pub use collateral::{Collateral, CollateralBooks, CollateralParams};
pub use exchange::{Exchange, ExitHold, FreezeClock, GuardianWeek, Outflow, Pause, Pauses, TakenTime};
pub use insurance::{Insurance, InsuranceBooks, Stake, StakeBooks};
pub use ladder::{Block, Ladder, LadderBooks, LadderSide, Line, Pool, Record};
pub use margin_account::{
    AccountBooks, DistressClock, Flow, MarginAccount, MarketSlot, Place, Pledge, Position, Slice, Vesting, VestingPart,
};
pub use market::{
    Breaker, Claims, Cover, Funding, Grid, LastMarks, Layer, Mark, Market, MarketBooks, Residue, Scale, Second, Seen,
    SideBook, Stance, Stretch, Tally, Units, VestingBook, Volatility,
};
pub use params::{Bracket, ExchangeParams, MarketParams};
pub use quote::{Level, Quote, QuoteBooks};

/// An address.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Key(pub [u8; 32]);
