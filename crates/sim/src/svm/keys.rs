//! Addresses of an exchange on the chain.

use breakwater::seeds;
use breakwater_engine::Atoms;
use solana_pubkey::Pubkey;

use super::chain::{address, Chain};
use super::tokens;

/// Addresses of an exchange.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the program's names")]
pub struct ExchangeKeys {
    pub id: Pubkey,
    pub exchange: Pubkey,
    pub authority: Pubkey,
    pub mint: Pubkey,
    pub collateral_vault: Pubkey,
    pub insurance_vault: Pubkey,
    pub vault_authority: Pubkey,
    pub insurance: Pubkey,
    pub ledger: Pubkey,
    pub guardian: Pubkey,
    pub treasury: Pubkey,
    pub keeper_fees: Pubkey,
}

/// Addresses of a market.
#[derive(Clone, Copy, Debug)]
pub struct MarketKeys {
    /// The market.
    pub market: Pubkey,
    /// Its ladder.
    pub ladder: Pubkey,
    /// What the ladder's address is derived from, beside the market's.
    pub ladder_base: Pubkey,
    /// Where its price updates are posted.
    pub price: Pubkey,
    /// Its feed.
    pub feed: [u8; 32],
}

/// Addresses of a margin account.
#[derive(Clone, Copy, Debug)]
pub struct AccountKeys {
    /// Who signs.
    pub owner: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// The owner's USDC.
    pub wallet: Pubkey,
    /// What the owner owes.
    pub trader: Pubkey,
}

pub(super) fn derive(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &breakwater::ID).0
}

impl ExchangeKeys {
    /// Of the exchange this process creates.
    #[must_use]
    pub fn of(number: usize) -> ExchangeKeys {
        let id = address("exchange", number);
        let exchange = derive(&[seeds::EXCHANGE, id.as_ref()]);
        let own = |seed: &[u8]| derive(&[seed, exchange.as_ref()]);
        ExchangeKeys {
            id,
            exchange,
            authority: address("authority", number),
            mint: address("usdc", 0),
            collateral_vault: own(seeds::COLLATERAL_VAULT),
            insurance_vault: own(seeds::INSURANCE_VAULT),
            vault_authority: own(seeds::VAULT_AUTHORITY),
            insurance: own(seeds::INSURANCE),
            ledger: own(seeds::LEDGER),
            guardian: address("guardian", number),
            treasury: address("treasury", number),
            keeper_fees: address("keeper-fees", number),
        }
    }

    /// What an exchange finds when it is created: lamports for its rent, and where its fees go. Its mint is there.
    pub fn prepare(&self, chain: &mut Chain) {
        chain.give_lamports(self.authority);
        for fees in [self.treasury, self.keeper_fees] {
            tokens::put_wallet(chain, fees, self.mint, self.authority, Atoms(0));
        }
    }

    /// Of its markets, by number.
    #[must_use]
    pub fn market(&self, index: u16) -> MarketKeys {
        let number = usize::from(index);
        let market = derive(&[seeds::MARKET, self.exchange.as_ref(), &index.to_le_bytes()]);
        let ladder_base = address("ladder", number);
        MarketKeys {
            market,
            ladder: ladder_of(&ladder_base, &market),
            ladder_base,
            price: address("price", number),
            feed: address("feed", number).to_bytes(),
        }
    }

    /// Of the first account of an owner, by the owner's number.
    #[must_use]
    pub fn account(&self, number: usize) -> AccountKeys {
        self.account_at(number, 0)
    }

    /// Of an account of an owner, by its own number.
    #[must_use]
    pub fn account_at(&self, number: usize, index: u16) -> AccountKeys {
        let owner = address("owner", number);
        AccountKeys {
            owner,
            account: derive(&[seeds::ACCOUNT, self.exchange.as_ref(), owner.as_ref(), &index.to_le_bytes()]),
            wallet: address("wallet", number),
            trader: derive(&[seeds::TRADER, self.exchange.as_ref(), owner.as_ref()]),
        }
    }
}

impl AccountKeys {
    /// Address of the account's quote in a market.
    #[must_use]
    pub fn quote(&self, market: &MarketKeys) -> Pubkey {
        derive(&[seeds::QUOTE, self.account.as_ref(), market.market.as_ref()])
    }
}

/// Address of a market's ladder that was created on a base.
///
/// # Panics
///
/// Never: the seed is short enough, and the program's address is none that is derived.
#[must_use]
pub fn ladder_of(base: &Pubkey, market: &Pubkey) -> Pubkey {
    Pubkey::create_with_seed(base, &seeds::ladder(market), &breakwater::ID).expect("a short seed")
}

/// The address Anchor's events are signed by.
#[must_use]
pub fn event_authority() -> Pubkey {
    derive(&[b"__event_authority"])
}
