//! A kind of collateral other than USDC.

use super::{Key, Mark};
use crate::units::{Atoms, Bps};

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! collateral_fields {
    ($expand:ident) => {
        $expand! {
            /// What a kind of collateral is accepted with.
            argument CollateralParams {
                /// Most of the mint's smallest units the exchange accepts.
                total_max: u64,
                /// Value of it that counts in one account at most, before the haircut.
                account_max: Atoms,
                /// Slots its mark may be old before it no longer counts towards initial margin.
                mark_age_slots_max: u64,
                /// Seconds a published price may be old.
                price_age_seconds_max: u64,
                /// Seconds a published price may be ahead of the clock.
                price_ahead_seconds_max: u64,
                /// Slots over which the price of an account's collateral falls to nothing in its distress.
                auction_slots: u64,
                /// Taken off the value.
                haircut: Bps,
                /// Confidence over price, at most.
                confidence_max: Bps,
                /// How much the larger of spot and average exceeds the smaller, at most.
                divergence_max: Bps,
                /// How much the larger of two accepted marks exceeds the smaller per slot between them, compounded, at
                /// most.
                jump_per_slot: Bps,
                /// Discount the auction starts at.
                discount_start: Bps,
                /// 10^exponent of the asset in the mint's smallest unit (negative).
                unit_exponent: i32,
            }
            /// A kind of collateral.
            struct CollateralBooks {
                /// What it is accepted with.
                params: CollateralParams,
                /// Its last accepted price, 1e-12 atom per smallest unit.
                mark: Mark,
                /// Smallest units in all accounts: its vault holds at least this.
                booked: u64,
            }
            /// A mint accepted as collateral, pinned in the exchange.
            account Collateral = [123, 130, 234, 63, 255, 240, 255, 92] {
                /// The exchange.
                exchange: Key,
                /// The mint.
                mint: Key,
                /// Token account of all of it, of the exchange's vault authority.
                vault: Key,
                /// Pull: the feed id. Push: the address of the price account.
                feed: [u8; 32],
                /// Nothing is accepted before, unix seconds: a listing waits for the timelock like any other change.
                opens_at: i64,
                /// Its number: the index in an account's amounts.
                index: u8,
                /// `SOURCE_PULL` or `SOURCE_PUSH`.
                source: u8,
                /// Bump of its address.
                bump: u8,
                /// Padding.
                reserved: [u8; 5],
                /// Parameters, mark and total.
                books: CollateralBooks,
            }
        }
    };
}
collateral_fields!(declare);
