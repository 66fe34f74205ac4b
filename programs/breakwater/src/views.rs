//! Markets that are only looked at: the others of an account, where an instruction changes one.

use crate::error::BreakwaterError;
use crate::layout::books;
use crate::open;
use crate::state::{Ladder, Market};
use anchor_lang::prelude::*;
use breakwater_engine::books::View;
use std::cell::Ref;

/// Markets with their ladders, open to read.
pub struct Views<'a> {
    exchange: &'a Pubkey,
    opened: Vec<(Ref<'a, Market>, Ref<'a, Ladder>)>,
}

impl<'a> Views<'a> {
    /// Nothing is open yet.
    pub fn of(exchange: &'a AccountInfo<'_>) -> Views<'a> {
        Views { exchange: exchange.key, opened: Vec::new() }
    }

    /// Opens a market of this exchange and the ladder that belongs to it. Open already, to read or to change: a duplicate.
    pub fn open(&mut self, market: &'a AccountInfo<'_>, ladder: &'a AccountInfo<'_>) -> Result<()> {
        let opened = open::read::<Market>(market)?;
        require_keys_eq!(opened.exchange, *self.exchange, BreakwaterError::WrongExchange);
        require_keys_eq!(opened.ladder, *ladder.key, BreakwaterError::WrongLadder);
        let twice = self.opened.iter().any(|(other, _)| other.index == opened.index);
        require!(!twice, BreakwaterError::DuplicateAccount);
        self.opened.push((opened, open::read(ladder)?));
        Ok(())
    }

    /// Opens pairs of market and ladder.
    pub fn open_pairs(&mut self, pairs: &'a [AccountInfo<'_>]) -> Result<()> {
        require!(pairs.len().is_multiple_of(2), BreakwaterError::AccountsNotInPairs);
        pairs.chunks_exact(2).try_for_each(|pair| self.open(&pair[0], &pair[1]))
    }

    /// The first market opened.
    pub fn first(&self) -> Result<&Market> {
        let (market, _) = self.opened.first().ok_or(BreakwaterError::MarketMissing)?;
        Ok(market)
    }

    /// The markets, in the order they were opened.
    pub fn markets(&self) -> impl Iterator<Item = &Market> {
        self.opened.iter().map(|(market, _)| &**market)
    }

    /// For the engine, in the order they were opened.
    pub fn iter(&self) -> impl Iterator<Item = View<'_>> + Clone {
        self.opened.iter().map(|(market, ladder)| View { market: books(&market.books), ladder: books(&ladder.books) })
    }
}
