//! Other collateral: its addresses, and the instructions that move it.

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use anchor_lang::system_program;
use breakwater::instructions::CollateralArgs;
use breakwater::seeds;
use breakwater::state::{CollateralParams, SOURCE_PULL};
use breakwater::{accounts, instruction};
use solana_pubkey::Pubkey;

use super::chain::address;
use super::instructions::{assemble, pairs, Build, INSTRUCTIONS};
use super::keys::{derive, AccountKeys, ExchangeKeys, MarketKeys};

/// Addresses of a kind of other collateral.
#[derive(Clone, Copy, Debug)]
pub struct KindKeys {
    /// Its number.
    pub index: u8,
    /// Its account.
    pub collateral: Pubkey,
    /// Its mint.
    pub mint: Pubkey,
    /// Where all of it lies.
    pub vault: Pubkey,
    /// Where its price updates are posted.
    pub price: Pubkey,
    /// Its feed.
    pub feed: [u8; 32],
}

/// An account's other kinds and its markets.
pub type Around<'a> = (&'a [KindKeys], &'a [MarketKeys]);

impl ExchangeKeys {
    /// Of its kinds of other collateral, by number.
    #[must_use]
    pub fn kind(&self, index: u8) -> KindKeys {
        let collateral = derive(&[seeds::COLLATERAL, self.exchange.as_ref(), &[index]]);
        let number = usize::from(index);
        KindKeys {
            index,
            collateral,
            mint: address("collateral mint", number),
            vault: derive(&[seeds::COLLATERAL_TOKENS, collateral.as_ref()]),
            price: address("collateral price", number),
            feed: address("collateral feed", number).to_bytes(),
        }
    }
}

impl AccountKeys {
    /// The owner's tokens of a kind.
    #[must_use]
    pub fn tokens(&self, kind: &KindKeys) -> Pubkey {
        let mut label = self.wallet.to_string();
        label.push_str(&kind.mint.to_string());
        address(&label, 0)
    }
}

fn kinds(others: &[KindKeys]) -> impl Iterator<Item = AccountMeta> + '_ {
    others.iter().map(|kind| AccountMeta::new_readonly(kind.collateral, false))
}

impl Build {
    /// Lists a kind of other collateral.
    #[must_use]
    pub fn list_collateral(&self, kind: &KindKeys, params: CollateralParams) -> Instruction {
        let accounts = accounts::ListCollateral {
            authority: self.keys.authority,
            exchange: self.keys.exchange,
            collateral: kind.collateral,
            mint: kind.mint,
            vault: kind.vault,
            vault_authority: self.keys.vault_authority,
            price: kind.price,
            instructions: INSTRUCTIONS,
            token_program: spl_token::ID,
            system_program: system_program::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let args = CollateralArgs { index: kind.index, source: SOURCE_PULL, feed: kind.feed, params };
        assemble(accounts, instruction::ListCollateral { args })
    }

    /// Takes a listing back before it opens.
    #[must_use]
    pub fn cancel_collateral(&self, signer: Pubkey, kind: &KindKeys) -> Instruction {
        let accounts = accounts::CancelCollateral {
            signer,
            exchange: self.keys.exchange,
            collateral: kind.collateral,
            instructions: INSTRUCTIONS,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::CancelCollateral {})
    }

    /// Reads a kind's price.
    #[must_use]
    pub fn refresh_collateral(&self, kind: &KindKeys) -> Instruction {
        let accounts = accounts::RefreshCollateral {
            exchange: self.keys.exchange,
            collateral: kind.collateral,
            price: kind.price,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::RefreshCollateral {})
    }

    /// Pays other collateral in.
    #[must_use]
    pub fn deposit_collateral(&self, account: &AccountKeys, kind: &KindKeys, amount: u64) -> Instruction {
        let accounts = accounts::DepositCollateral {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            collateral: kind.collateral,
            from: account.tokens(kind),
            vault: kind.vault,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::DepositCollateral { amount })
    }

    /// Takes other collateral out.
    #[must_use]
    pub fn withdraw_collateral(
        &self,
        account: &AccountKeys,
        kind: &KindKeys,
        around: Around<'_>,
        amount: u64,
    ) -> Instruction {
        let accounts = accounts::WithdrawCollateral {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            collateral: kind.collateral,
            to: account.tokens(kind),
            vault: kind.vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::WithdrawCollateral { amount });
        built.accounts.extend(kinds(around.0).chain(pairs(around.1, false)));
        built
    }

    /// Values an account's other collateral.
    #[must_use]
    pub fn value_collateral(&self, account: &AccountKeys, held: &[KindKeys]) -> Instruction {
        let accounts = accounts::ValueCollateral {
            exchange: self.keys.exchange,
            account: account.account,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::ValueCollateral {});
        built.accounts.extend(kinds(held));
        built
    }

    /// Buys other collateral of an account in distress: from the victim, by the buyer.
    #[must_use]
    pub fn auction_collateral(
        &self,
        parties: (&AccountKeys, &AccountKeys),
        kind: &KindKeys,
        around: Around<'_>,
        amount: u64,
    ) -> Instruction {
        let (victim, buyer) = parties;
        let accounts = accounts::AuctionCollateral {
            buyer: buyer.owner,
            exchange: self.keys.exchange,
            account: victim.account,
            collateral: kind.collateral,
            from: buyer.wallet,
            to: buyer.tokens(kind),
            collateral_vault: self.keys.collateral_vault,
            vault: kind.vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::AuctionCollateral { amount });
        built.accounts.extend(kinds(around.0).chain(pairs(around.1, true)));
        built
    }
}
