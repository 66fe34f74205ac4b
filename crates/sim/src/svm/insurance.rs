//! Instructions of stakers and underwriters, and what moves surplus and fees.

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use anchor_lang::system_program;
use breakwater::{accounts, instruction, seeds};
use breakwater_engine::Atoms;
use solana_pubkey::Pubkey;

use super::instructions::{assemble, pairs, Build};
use super::keys::MarketKeys;

/// Who signs, and the token account he pays from or is paid to.
#[derive(Clone, Copy, Debug)]
pub struct Wallet {
    /// Who signs.
    pub owner: Pubkey,
    /// His USDC.
    pub tokens: Pubkey,
}

impl Build {
    /// Pays into the fund.
    #[must_use]
    pub fn fund_insurance(&self, payer: Pubkey, from: Pubkey, amount: Atoms) -> Instruction {
        let accounts = accounts::FundInsurance {
            payer,
            exchange: self.keys.exchange,
            insurance: self.keys.insurance,
            from,
            insurance_vault: self.keys.insurance_vault,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::FundInsurance { amount: amount.0 })
    }

    /// Address of an owner's stake.
    #[must_use]
    pub fn stake_of(&self, owner: &Pubkey) -> Pubkey {
        let seeds = [seeds::STAKE, self.keys.exchange.as_ref(), owner.as_ref()];
        Pubkey::find_program_address(&seeds, &breakwater::ID).0
    }

    /// Stakes.
    #[must_use]
    pub fn stake(&self, wallet: &Wallet, amount: Atoms) -> Instruction {
        let accounts = accounts::PlaceStake {
            owner: wallet.owner,
            exchange: self.keys.exchange,
            insurance: self.keys.insurance,
            stake: self.stake_of(&wallet.owner),
            from: wallet.tokens,
            insurance_vault: self.keys.insurance_vault,
            token_program: spl_token::ID,
            system_program: system_program::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::Stake { amount: amount.0 })
    }

    /// Asks for the exit of shares.
    #[must_use]
    pub fn request_exit(&self, owner: Pubkey, shares: u128) -> Instruction {
        let accounts = accounts::RequestExit {
            owner,
            exchange: self.keys.exchange,
            insurance: self.keys.insurance,
            stake: self.stake_of(&owner),
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::RequestExit { shares })
    }

    /// Takes shares out; `markets` are all of the exchange, in the order of their numbers.
    #[must_use]
    pub fn exit_stake(&self, wallet: &Wallet, markets: &[MarketKeys]) -> Instruction {
        let accounts = accounts::ExitStake {
            owner: wallet.owner,
            exchange: self.keys.exchange,
            insurance: self.keys.insurance,
            stake: self.stake_of(&wallet.owner),
            to: wallet.tokens,
            insurance_vault: self.keys.insurance_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::ExitStake {});
        built.accounts.extend(markets.iter().map(|keys| AccountMeta::new_readonly(keys.market, false)));
        built
    }

    /// Pays into a layer.
    #[must_use]
    pub fn fund_layer(&self, wallet: &Wallet, at: (&MarketKeys, u8), amount: Atoms) -> Instruction {
        let (market, seat) = at;
        let accounts = accounts::FundLayer {
            underwriter: wallet.owner,
            exchange: self.keys.exchange,
            market: market.market,
            insurance: self.keys.insurance,
            from: wallet.tokens,
            insurance_vault: self.keys.insurance_vault,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::FundLayer { seat, amount: amount.0 })
    }

    /// Takes an expired layer's money out.
    #[must_use]
    pub fn withdraw_layer(&self, wallet: &Wallet, at: (&MarketKeys, u8)) -> Instruction {
        let (market, seat) = at;
        let accounts = accounts::WithdrawLayer {
            underwriter: wallet.owner,
            exchange: self.keys.exchange,
            market: market.market,
            insurance: self.keys.insurance,
            to: wallet.tokens,
            insurance_vault: self.keys.insurance_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::WithdrawLayer { seat })
    }

    /// Takes a layer's premium.
    #[must_use]
    pub fn take_premium(&self, wallet: &Wallet, at: (&MarketKeys, u8)) -> Instruction {
        let (market, seat) = at;
        let accounts = accounts::TakePremium {
            underwriter: wallet.owner,
            exchange: self.keys.exchange,
            market: market.market,
            insurance: self.keys.insurance,
            to: wallet.tokens,
            insurance_vault: self.keys.insurance_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::TakePremium { seat })
    }

    /// Pays surplus to everyone owed; `markets` are all of the exchange, in the order of their numbers.
    #[must_use]
    pub fn distribute_surplus(&self, markets: &[MarketKeys]) -> Instruction {
        let accounts = accounts::DistributeSurplus {
            exchange: self.keys.exchange,
            insurance: self.keys.insurance,
            collateral_vault: self.keys.collateral_vault,
            insurance_vault: self.keys.insurance_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::DistributeSurplus {});
        built.accounts.extend(pairs(markets, true));
        built
    }

    /// Moves a market's fees to the keepers and the treasury.
    #[must_use]
    pub fn collect_fees(&self, market: &MarketKeys) -> Instruction {
        let accounts = accounts::CollectFees {
            exchange: self.keys.exchange,
            market: market.market,
            ladder: market.ladder,
            treasury: self.keys.treasury,
            keeper_fees: self.keys.keeper_fees,
            collateral_vault: self.keys.collateral_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::CollectFees {})
    }

    /// Books what was sent to a vault unasked.
    #[must_use]
    pub fn skim(&self) -> Instruction {
        let accounts = accounts::Skim {
            exchange: self.keys.exchange,
            insurance: self.keys.insurance,
            collateral_vault: self.keys.collateral_vault,
            insurance_vault: self.keys.insurance_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::Skim {})
    }

    /// The same as [`Build::skim`] for markets whose dues move and whose covers are looked at.
    #[must_use]
    pub fn skim_markets(&self, markets: &[MarketKeys]) -> Instruction {
        let mut built = self.skim();
        built.accounts.extend(pairs(markets, true));
        built
    }
}
