//! What those who govern an exchange do, for whoever watches them.

use anchor_lang::prelude::*;

/// Pauses were set, lifted or taken off the books.
#[event]
pub struct PauseBitsSet {
    /// Number of the market; 65535: the whole exchange.
    pub market: u16,
    /// What is paused there now.
    pub bits: u64,
    /// End of the authority's pause, unix seconds; 0: none.
    pub authority_until: i64,
    /// End of the guardian's.
    pub guardian_until: i64,
    /// End of the freeze.
    pub frozen_until: i64,
}

/// A change was proposed. An offer of the authority is one.
#[event]
pub struct ChangeProposed {
    /// Number of the proposal.
    pub id: u64,
    /// What kind of change.
    pub kind: u64,
    /// Number of the market, where it concerns one.
    pub market: u64,
    /// Number of the parameter, of the seat or of the address.
    pub field: u64,
    /// What the parameter is.
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
}

/// A proposal was executed or cancelled.
#[event]
pub struct ProposalClosed {
    /// Number of the proposal.
    pub id: u64,
    /// 1: executed. 2: cancelled.
    pub closed: u64,
    /// Who signed.
    pub by: Pubkey,
}

/// A parameter was tightened at once.
#[event]
pub struct Tightened {
    /// Number of the market; 65535: a parameter of the exchange.
    pub market: u16,
    /// Number of the parameter.
    pub parameter: u16,
    /// What it was.
    pub from: u64,
    /// What it is.
    pub to: u64,
}

/// A market that had not opened was taken back.
#[event]
pub struct ListingCancelled {
    /// Its number.
    pub market: u16,
    /// Who signed.
    pub by: Pubkey,
}

/// The authority was handed over.
#[event]
pub struct AuthorityAccepted {
    /// Who governed.
    pub from: Pubkey,
    /// Who governs now.
    pub to: Pubkey,
}

/// An offer of the authority was taken back.
#[event]
pub struct OfferRevoked {
    /// Whom it was made to.
    pub to: Pubkey,
    /// Who signed.
    pub by: Pubkey,
}
