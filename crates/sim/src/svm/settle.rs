//! Settling a market: the instructions, and the verbs that send them.

use anchor_lang::solana_program::instruction::Instruction;
use breakwater::{accounts, instruction};

use super::instructions::{assemble, pairs, Build};
use super::keys::{AccountKeys, MarketKeys};
use super::SvmVenue;
use crate::venue::{AccountId, MarketId, Outcome};

impl Build {
    /// Makes a market's last mark final.
    #[must_use]
    pub fn settle_market(&self, market: &MarketKeys) -> Instruction {
        let accounts = accounts::SettleMarket {
            exchange: self.keys.exchange,
            market: market.market,
            ladder: market.ladder,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::SettleMarket {})
    }

    /// Closes a position at the final mark; `others` are the account's other markets.
    #[must_use]
    pub fn settle_position(&self, account: &AccountKeys, market: &MarketKeys, others: &[MarketKeys]) -> Instruction {
        let accounts = accounts::SettlePosition {
            exchange: self.keys.exchange,
            account: account.account,
            market: market.market,
            ladder: market.ladder,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::SettlePosition {});
        built.accounts.extend(pairs(others, true));
        built
    }
}

impl SvmVenue {
    /// Makes a market's last mark final.
    pub fn settle_market(&mut self, market: MarketId) -> Outcome {
        let built = self.build.settle_market(&self.markets[market]);
        self.chain.send(&[("settle_market", built)])
    }

    /// Closes a position at the final mark.
    pub fn settle_position(&mut self, account: AccountId, market: MarketId) -> Outcome {
        let others = self.others(account, Some(market));
        let built = self.build.settle_position(&self.accounts[account], &self.markets[market], &others);
        self.chain.send(&[("settle_position", built)])
    }
}
