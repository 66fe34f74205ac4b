//! A change that waits.

use anchor_lang::prelude::*;

/// Kinds of change, as a proposal stores them. Append only.
pub mod kind {
    /// A market's parameter: `market`, its number in `field`, `to`.
    pub const MARKET_PARAMETER: u64 = 0;
    /// The exchange's parameter: its number in `field`, `to`.
    pub const EXCHANGE_PARAMETER: u64 = 1;
    /// The guardian: `key`.
    pub const GUARDIAN: u64 = 2;
    /// Where protocol fees go: `field` 0 the treasury, 1 the keepers; `key`, a token account.
    pub const FEE_ACCOUNT: u64 = 3;
    /// Whose prices count: `field` 0 the receiver of pull updates, 1 the owner of push accounts; `key`.
    pub const ORACLE: u64 = 4;
    /// A market's price source: `market`, `to` its kind, `key` its feed.
    pub const SOURCE: u64 = 5;
    /// The second one, or none: the same.
    pub const SECOND_SOURCE: u64 = 6;
    /// An underwriting layer is offered: `market`, its seat in `field`, the underwriter in `key`; `numbers`: limit,
    /// attachment, premium, end.
    pub const LAYER: u64 = 7;
    /// Kept free: collateral is listed by an instruction of its own, and waits for the timelock like a market.
    pub const COLLATERAL: u64 = 8;
    /// The authority is offered to `key`. Only `offer_authority` proposes it.
    pub const AUTHORITY: u64 = 9;
}

/// Of a proposal: it waits.
pub const WAITS: u64 = 0;
/// Of a proposal: it was executed.
pub const EXECUTED: u64 = 1;
/// Of a proposal: it was cancelled.
pub const CANCELLED: u64 = 2;

/// What is to change.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What kind of change it is: a number of `kind`.
    pub kind: u64,
    /// Number of the market, where it concerns one; else 0.
    pub market: u64,
    /// Number of the parameter, of the seat or of the address; else 0.
    pub field: u64,
    /// What a parameter is to be.
    pub to: u64,
    /// An address it is to be, or a feed.
    pub key: Pubkey,
    /// Further numbers of the change.
    pub numbers: [u64; 4],
}

/// A change the authority has proposed. It waits for the timelock, and lapses if nobody executes it.
#[account(zero_copy)]
pub struct Proposal {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its number: seed of its address.
    pub id: u64,
    /// What kind of change: a number of `kind`.
    pub kind: u64,
    /// Number of the market, where it concerns one.
    pub market: u64,
    /// Number of the parameter, of the seat or of the address.
    pub field: u64,
    /// What the parameter was when this was proposed; of an address or a feed its first eight bytes.
    pub from: u64,
    /// What it is to be.
    pub to: u64,
    /// An address it is to be, or a feed.
    pub key: Pubkey,
    /// Further numbers of the change.
    pub numbers: [u64; 4],
    /// Not executed before, unix seconds.
    pub ready_at: i64,
    /// Not executed from here on, unix seconds.
    pub expires_at: i64,
    /// How far the exchange's pauses of exits had pushed proposals back when it was made: what has come since moves both times.
    pub pushed_back: i64,
    /// 0: waits. 1: executed. 2: cancelled.
    pub closed: u64,
}

impl Proposal {
    /// What it would change.
    pub const fn change(&self) -> Change {
        let Proposal { kind, market, field, to, key, numbers, .. } = *self;
        Change { kind, market, field, to, key, numbers }
    }
}
