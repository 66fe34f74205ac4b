//! Paying back, and the queue of withdrawals.

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use breakwater::state::{Exchange, Trader};
use breakwater::{accounts, instruction};
use breakwater_engine::state::{AccountBooks, Outflow};
use breakwater_engine::{Atoms, Side};
use solana_pubkey::Pubkey;

use super::decode;
use super::instructions::{assemble, pairs, Build};
use super::keys::{AccountKeys, MarketKeys};
use super::SvmVenue;
use crate::venue::AccountId;

impl Build {
    /// Pays collateral in and shows the account's markets: a deposit that restores it passes the cap.
    #[must_use]
    pub fn deposit_beside(&self, account: &AccountKeys, markets: &[MarketKeys], amount: Atoms) -> Instruction {
        let mut built = self.deposit(account, amount);
        built.accounts.extend(pairs(markets, false));
        built
    }

    /// Pays collateral in where the owner owes: `debtors` are his other accounts that do, `markets` those he owes in.
    #[must_use]
    pub fn deposit_with_debts(
        &self,
        account: &AccountKeys,
        debtors: &[Pubkey],
        markets: &[MarketKeys],
        amount: Atoms,
    ) -> Instruction {
        let mut built = self.deposit(account, amount);
        built.accounts.extend(debtors.iter().map(|key| AccountMeta::new(*key, false)));
        built.accounts.extend(pairs(markets, true));
        built
    }

    /// Takes a place in the queue of withdrawals; zero gives it up.
    #[must_use]
    pub fn request_withdrawal(&self, account: &AccountKeys, amount: Atoms) -> Instruction {
        let accounts = accounts::RequestWithdrawal {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::RequestWithdrawal { amount: amount.0 })
    }

    /// Pays an account what its claims were paid.
    #[must_use]
    pub fn claim(&self, account: &AccountKeys, market: &MarketKeys) -> Instruction {
        let accounts = accounts::Claim {
            exchange: self.keys.exchange,
            account: account.account,
            market: market.market,
            ladder: market.ladder,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::Claim {})
    }

    /// Pays into a side's claims.
    #[must_use]
    pub fn donate(&self, from: (Pubkey, Pubkey), market: &MarketKeys, side: Side, amount: Atoms) -> Instruction {
        let (payer, wallet) = from;
        let accounts = accounts::Donate {
            payer,
            exchange: self.keys.exchange,
            market: market.market,
            ladder: market.ladder,
            from: wallet,
            collateral_vault: self.keys.collateral_vault,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::Donate { side: if side == Side::Long { 0 } else { 1 }, amount: amount.0 })
    }
}

impl SvmVenue {
    /// What an account's owner owes.
    #[must_use]
    pub fn owed(&self, account: AccountId) -> Atoms {
        Atoms(decode::state::<Trader>(self.chain.data(&self.accounts[account].trader)).owed)
    }

    /// Up to when the windows' time is taken.
    #[must_use]
    pub fn outflow(&self) -> Outflow {
        *breakwater::layout::books(&decode::state::<Exchange>(self.chain.data(&self.build.keys.exchange)).outflow)
    }

    /// A deposit with everything its owner owes: his other accounts that do, and the markets of their debts.
    #[must_use]
    pub fn deposit_serving(&self, account: AccountId, amount: Atoms) -> Instruction {
        let keys = &self.accounts[account];
        if self.owed(account).is_zero() {
            return self.build.deposit_beside(keys, &self.others(account, None), amount);
        }
        let own = self.accounts.iter().filter(|other| other.owner == keys.owner);
        let owing: Vec<(Pubkey, AccountBooks)> = own
            .map(|own| (own.account, decode::account(self.chain.data(&own.account))))
            .filter(|(at, books)| *at == keys.account || books.debt().is_ok_and(|debt| !debt.is_zero()))
            .collect();
        let debtors: Vec<Pubkey> = owing.iter().map(|(at, _)| *at).filter(|at| *at != keys.account).collect();
        let owes = |number: usize| owing.iter().any(|(_, books)| owes_in(books, number as u64));
        let markets = self.markets.iter().enumerate().filter(|(number, _)| owes(*number));
        let markets: Vec<MarketKeys> = markets.map(|(_, keys)| *keys).collect();
        self.build.deposit_with_debts(keys, &debtors, &markets, amount)
    }
}

fn owes_in(account: &AccountBooks, market: u64) -> bool {
    account.slot(market).is_ok_and(|slot| slot.debt.iter().any(|debt| !debt.is_zero()))
}
