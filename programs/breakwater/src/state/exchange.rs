//! The exchange: who governs it, where its money lies.

use super::{Breaker, ExchangeParams};
use crate::layout::{books, mirror};
use anchor_lang::prelude::*;
use breakwater_engine::Bps;

breakwater_engine::exchange_fields!(mirror);

impl Exchange {
    /// Share of insurance revenue that belongs to stakers.
    pub fn staker_share(&self) -> Bps {
        books(&self.params).staker_share
    }

    /// The authority is offered to nobody any more.
    pub fn withdraw_offer(&mut self) {
        self.next_authority = Pubkey::default();
        self.offer_lapses_at = 0;
    }
}
