//! The compiled program on an in-process SVM, with real token and price accounts.

pub mod chain;
pub mod decode;
pub mod governance;
mod guards;
pub mod instructions;
pub mod insurance;
pub mod keys;
pub mod pledge;
pub mod pyth;
mod recovery;
pub mod settle;
pub mod tokens;
mod verbs;

use breakwater_engine::state::{AccountBooks, ExchangeParams};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use breakwater_engine::units::Now;
use breakwater_engine::Atoms;
use solana_pubkey::Pubkey;

use crate::venue::{AccountId, MarketId, Outcome, START};
use chain::{Chain, Cost};
use instructions::Build;
use keys::{AccountKeys, ExchangeKeys, MarketKeys};

/// An exchange on the compiled program.
#[derive(Clone)]
pub struct SvmVenue {
    /// The cluster.
    pub chain: Chain,
    /// Builds its instructions.
    pub build: Build,
    /// Markets, in the order of listing.
    pub markets: Vec<MarketKeys>,
    /// Margin accounts, in the order of opening.
    pub accounts: Vec<AccountKeys>,
}

/// Where `tools/sbf/build` leaves the program; `BREAKWATER_PROGRAM` names another build to compare with.
#[must_use]
pub fn program_path() -> PathBuf {
    if let Some(path) = std::env::var_os("BREAKWATER_PROGRAM") {
        return path.into();
    }
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/breakwater.so")
}

impl SvmVenue {
    /// A cluster with the program and an exchange. The outer error is the cluster's, the inner the program's.
    pub fn new(params: &ExchangeParams) -> Result<Outcome<SvmVenue>, String> {
        let mut chain = Chain::new(breakwater::ID, &program_path(), START)?;
        let build = Build { keys: ExchangeKeys::of(0), event_authority: keys::event_authority() };
        let payer = chain.payer();
        tokens::put_mint(&mut chain, build.keys.mint, payer);
        build.keys.prepare(&mut chain);
        let params = decode::exchange_params(params);
        let created = chain.send(&[("initialise_exchange", build.initialise_exchange(params))]);
        Ok(created.map(|()| SvmVenue { chain, build, markets: Vec::new(), accounts: Vec::new() }))
    }

    /// Compute units by instruction so far.
    #[must_use]
    pub const fn costs(&self) -> &BTreeMap<&'static str, Cost> {
        &self.chain.costs
    }

    fn books_of(&self, account: AccountId) -> AccountBooks {
        decode::account(self.chain.data(&self.accounts[account].account))
    }

    /// The loss ledger.
    #[must_use]
    pub fn ledger(&self) -> Box<breakwater::state::LossLedger> {
        decode::state(self.chain.data(&self.build.keys.ledger))
    }

    /// Markets an account has a slot in, except one.
    fn others(&self, account: AccountId, except: Option<MarketId>) -> Vec<MarketKeys> {
        let books = self.books_of(account);
        let slots = books.slots.iter().filter_map(|slot| usize::try_from(slot.market).ok());
        slots.filter(|at| Some(*at) != except).filter_map(|at| self.markets.get(at).copied()).collect()
    }

    /// Sends tokens to a wallet first, so that a deposit never fails for want of them.
    fn fill_wallet(&mut self, wallet: Pubkey, owner: Pubkey, amount: Atoms) {
        let mint = self.build.keys.mint;
        let held = tokens::balance(&self.chain, &wallet);
        let amount = Atoms(held.0.max(amount.0));
        tokens::put_wallet(&mut self.chain, wallet, mint, owner, amount);
    }

    fn set_now(&mut self, now: Now) {
        self.chain.set_clock(now);
    }
}

/// What no client could do: for situations that would take a client minutes to build.
impl SvmVenue {
    /// Runs the engine over the bytes of a market and its ladder.
    pub fn change_books(
        &mut self,
        market: MarketId,
        change: impl FnOnce(&mut breakwater_engine::books::Books<'_>) -> breakwater_engine::Result<()>,
    ) -> Outcome {
        let keys = self.markets[market];
        let mut listed = decode::state::<breakwater::state::Market>(self.chain.data(&keys.market));
        let mut ladder = decode::state::<breakwater::state::Ladder>(self.chain.data(&keys.ladder));
        let mut books = breakwater_engine::books::Books {
            market: breakwater::layout::books_mut(&mut listed.books),
            ladder: breakwater::layout::books_mut(&mut ladder.books),
        };
        change(&mut books)?;
        self.chain.put_data(keys.market, breakwater::ID, decode::bytes(&*listed));
        self.chain.put_data(keys.ladder, breakwater::ID, decode::bytes(&*ladder));
        Ok(())
    }

    /// Puts collateral into the vault and books it with the exchange, for positions `change_books` placed.
    pub fn fill_collateral(&mut self, amount: Atoms) {
        let keys = self.build.keys;
        let held = tokens::balance(&self.chain, &keys.collateral_vault);
        let (mint, owner) = (keys.mint, keys.vault_authority);
        tokens::put_wallet(&mut self.chain, keys.collateral_vault, mint, owner, Atoms(held.0 + amount.0));
        let mut exchange = decode::state::<breakwater::state::Exchange>(self.chain.data(&keys.exchange));
        exchange.collateral_booked += amount.0;
        self.chain.put_data(keys.exchange, breakwater::ID, decode::bytes(&*exchange));
    }
}
