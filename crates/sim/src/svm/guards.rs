//! Instructions of the guards, and what no client could do to them.

use anchor_lang::solana_program::instruction::Instruction;
use breakwater::layout::{books, books_mut};
use breakwater::state::{Exchange, Insurance, Market};
use breakwater::{accounts, instruction};
use breakwater_engine::state::{Breaker, InsuranceBooks};
use solana_pubkey::Pubkey;

use super::instructions::{assemble, Build};
use super::keys::MarketKeys;
use super::{decode, SvmVenue};
use crate::venue::MarketId;

impl Build {
    /// Reads a market's price from two sources.
    #[must_use]
    pub fn refresh_with(&self, market: &MarketKeys, second: Pubkey) -> Instruction {
        let accounts = accounts::RefreshMarket {
            exchange: self.keys.exchange,
            market: market.market,
            ladder: market.ladder,
            price: market.price,
            second: Some(second),
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::RefreshMarket {})
    }

    /// Has the exchange's breaker look.
    #[must_use]
    pub fn trip_breaker(&self) -> Instruction {
        let accounts = accounts::TripBreaker {
            exchange: self.keys.exchange,
            insurance: self.keys.insurance,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::TripBreaker {})
    }
}

impl SvmVenue {
    /// The exchange's breaker.
    #[must_use]
    pub fn exchange_breaker(&self) -> Breaker {
        *books(&decode::state::<Exchange>(self.chain.data(&self.build.keys.exchange)).breaker)
    }

    /// Writes the fund's books: what days of revenue and losses would leave.
    pub fn change_fund(&mut self, change: impl FnOnce(&mut InsuranceBooks)) {
        let at = self.build.keys.insurance;
        let mut insurance = decode::state::<Insurance>(self.chain.data(&at));
        change(books_mut(&mut insurance.books));
        self.chain.put_data(at, breakwater::ID, decode::bytes(&*insurance));
    }

    /// Writes what a market is beside its money: pauses that ended, a timelock that runs.
    pub fn change_market(&mut self, market: MarketId, change: impl FnOnce(&mut Market)) {
        let at = self.markets[market].market;
        let mut listed = decode::state::<Market>(self.chain.data(&at));
        change(&mut listed);
        self.chain.put_data(at, breakwater::ID, decode::bytes(&*listed));
    }

    /// The same of the exchange.
    pub fn change_exchange(&mut self, change: impl FnOnce(&mut Exchange)) {
        let at = self.build.keys.exchange;
        let mut exchange = decode::state::<Exchange>(self.chain.data(&at));
        change(&mut exchange);
        self.chain.put_data(at, breakwater::ID, decode::bytes(&*exchange));
    }
}
