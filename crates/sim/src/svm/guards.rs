//! Instructions of the guards.

use anchor_lang::solana_program::instruction::Instruction;
use breakwater::{accounts, instruction};
use solana_pubkey::Pubkey;

use super::instructions::{assemble, Build};
use super::keys::MarketKeys;

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

    /// Has the exchange's breaker look, and a market's.
    #[must_use]
    pub fn trip_breaker(&self, market: Option<&MarketKeys>) -> Instruction {
        let accounts = accounts::TripBreaker {
            exchange: self.keys.exchange,
            insurance: self.keys.insurance,
            market: market.map(|keys| keys.market),
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::TripBreaker {})
    }
}
