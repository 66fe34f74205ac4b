//! The verbs: one transaction each.

use breakwater_engine::state::{AccountBooks, MarketParams, QuoteBooks};
use std::collections::BTreeMap;

use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::Discriminator;
use breakwater::state::Ladder;
use breakwater_engine::price::Observation;
use breakwater_engine::trade::Order;
use breakwater_engine::units::Now;
use breakwater_engine::{Atoms, Lots, Price};
use solana_pubkey::Pubkey;

use super::keys::{AccountKeys, MarketKeys};
use super::{decode, pyth, tokens, SvmVenue};
use crate::venue::{may_close, AccountId, Books, Cross, MarketId, Outcome, State, Venue};
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;

impl Venue for SvmVenue {
    fn now(&self) -> Now {
        self.chain.now()
    }

    fn advance(&mut self, slots: u64, seconds: i64) {
        let now = self.now();
        self.set_now(Now { slot: now.slot + slots, time: now.time + seconds });
    }

    fn set_clock(&mut self, now: Now) {
        self.set_now(now);
    }

    fn mark(&self, market: MarketId) -> Price {
        self.books(market).market.mark.price
    }

    fn account(&self, account: AccountId) -> AccountBooks {
        self.books_of(account)
    }

    fn books(&self, market: MarketId) -> Books {
        let keys = &self.markets[market];
        decode::market(self.chain.data(&keys.market), self.chain.data(&keys.ladder))
    }

    fn units(&self) -> BTreeMap<&'static str, u64> {
        self.chain.costs.iter().map(|(name, cost)| (*name, cost.max)).collect()
    }

    fn list(&mut self, params: &MarketParams, first: &Observation) -> Outcome<MarketId> {
        let id = self.markets.len();
        let keys = self.build.keys.market(id as u16);
        self.post(&keys, first);
        let list = self.build.list_market(id as u16, &keys, decode::market_params(params));
        let create = self.create_ladder(&keys);
        self.chain.send(&[("", create), ("list_market", list)])?;
        self.markets.push(keys);
        Ok(id)
    }

    fn open(&mut self) -> Outcome<AccountId> {
        let id = self.accounts.len();
        let keys = self.build.keys.account(id);
        self.chain.give_lamports(keys.owner);
        self.chain.send(&[("open_account", self.build.open_account(&keys))])?;
        self.accounts.push(keys);
        Ok(id)
    }

    fn fund(&mut self, amount: Atoms) -> Outcome {
        let payer = self.chain.payer();
        let wallet = super::chain::address("insurer", 0);
        self.fill_wallet(wallet, payer, amount);
        self.chain.send(&[("fund_insurance", self.build.fund_insurance(payer, wallet, amount))])
    }

    fn deposit(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        let keys = self.accounts[account];
        self.fill_wallet(keys.wallet, keys.owner, amount);
        let built = self.deposit_serving(account, amount);
        self.chain.send(&[("deposit", built)])
    }

    fn withdraw(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        let keys = self.accounts[account];
        self.fill_wallet(keys.wallet, keys.owner, Atoms::ZERO);
        let markets = self.others(account, None);
        self.chain.send(&[("withdraw", self.build.withdraw(&keys, &markets, amount))])
    }

    fn allocate(&mut self, account: AccountId, market: MarketId, amount: i64) -> Outcome {
        let built = self.build.allocate_margin(&self.accounts[account], &self.markets[market], amount);
        self.chain.send(&[("allocate_margin", built)])
    }

    fn publish(&mut self, market: MarketId, observation: &Observation) -> Outcome {
        let keys = self.markets[market];
        self.post(&keys, observation);
        self.chain.send(&[("refresh_market", self.build.refresh_market(&keys))])
    }

    fn quote(&mut self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Outcome {
        let built = self.set_quote(account, market, quote);
        self.chain.send(&[("set_quote", built)])
    }

    fn trade(&mut self, account: AccountId, market: MarketId, order: Order, makers: &[AccountId]) -> Outcome {
        let built = self.take(account, market, &order, makers);
        self.chain.send(&[("trade", built)])
    }

    fn cross(&mut self, market: MarketId, cross: &Cross) -> Outcome {
        let quote = self.set_quote(cross.maker, market, &cross.quote(self.now()));
        let take = self.take(cross.taker, market, &cross.order, &[cross.maker]);
        self.chain.send(&[("set_quote", quote), ("trade", take)])
    }

    fn liquidate(&mut self, victim: AccountId, market: MarketId, by: AccountId, lots: Lots) -> Outcome {
        let others = self.others(victim, Some(market));
        let parties = (&self.accounts[victim], &self.accounts[by]);
        let built = self.build.liquidate(parties, (&self.markets[market], &others), lots);
        self.chain.send(&[("liquidate", built)])
    }

    fn resolve(&mut self, victim: AccountId, market: MarketId, against: Option<AccountId>) -> Outcome {
        let others = self.others(victim, Some(market));
        let against = against.map(|at| self.accounts[at]);
        let at = (&self.markets[market], &others[..]);
        let built = self.build.resolve_bankruptcy(&self.accounts[victim], against.as_ref(), at);
        self.chain.send(&[("resolve_bankruptcy", built)])
    }

    fn sync(&mut self, account: AccountId, payee: Option<AccountId>) -> Outcome {
        let markets = self.others(account, None);
        let payee = payee.map(|at| self.accounts[at]);
        let built = self.build.sync_position(&self.accounts[account], payee.as_ref(), &markets);
        self.chain.send(&[("sync_position", built)])
    }

    fn rebase(&mut self, market: MarketId, lines: u32) -> Outcome {
        let built = self.build.rebase(&self.markets[market], lines);
        self.chain.send(&[("rebase", built)])
    }

    fn state(&self) -> State {
        State {
            now: self.now(),
            collateral_vault: tokens::balance(&self.chain, &self.build.keys.collateral_vault),
            insurance_vault: tokens::balance(&self.chain, &self.build.keys.insurance_vault),
            fund: decode::fund(self.chain.data(&self.build.keys.insurance)),
            markets: (0..self.markets.len()).map(|market| self.books(market)).collect(),
            accounts: (0..self.accounts.len()).map(|account| self.account(account)).collect(),
        }
    }
}

impl SvmVenue {
    /// Posts a price update, as the receiver would.
    pub fn post(&mut self, market: &MarketKeys, observation: &Observation) {
        let mut bytes = pyth::update(market.feed, observation, self.now().slot);
        bytes.resize(PriceUpdateV2::LEN, 0);
        self.chain.put_data(market.price, pyth::RECEIVER, bytes);
    }

    /// An instruction that replaces a maker's offers.
    #[must_use]
    pub fn set_quote(&self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Instruction {
        let others = self.others(account, Some(market));
        self.build.set_quote(&self.accounts[account], (&self.markets[market], &others), quote)
    }

    /// An instruction that trades.
    #[must_use]
    pub fn take(&self, account: AccountId, market: MarketId, order: &Order, makers: &[AccountId]) -> Instruction {
        let others = self.others(account, Some(market));
        let makers: Vec<AccountKeys> = makers.iter().map(|maker| self.accounts[*maker]).collect();
        let closes = may_close(&self.books_of(account), market, order);
        self.build.trade(&self.accounts[account], (&self.markets[market], &others, closes), order, &makers)
    }

    /// The client creates the ladder in the transaction that lists its market.
    fn create_ladder(&self, keys: &MarketKeys) -> Instruction {
        let size = Ladder::DISCRIMINATOR.len() + size_of::<Ladder>();
        create_ladder(self.chain.payer(), keys, self.chain.rent(size), size as u64)
    }
}

/// The system program's `CreateAccountWithSeed`, for a ladder: its seed is its market's.
fn create_ladder(from: Pubkey, keys: &MarketKeys, lamports: u64, size: u64) -> Instruction {
    use anchor_lang::solana_program::instruction::AccountMeta;
    let seed = breakwater::seeds::ladder(&keys.market);
    let mut data = 3u32.to_le_bytes().to_vec();
    data.extend(keys.ladder_base.to_bytes());
    data.extend((seed.len() as u64).to_le_bytes());
    data.extend(seed.bytes());
    data.extend(lamports.to_le_bytes());
    data.extend(size.to_le_bytes());
    data.extend(breakwater::ID.to_bytes());
    let accounts = vec![
        AccountMeta::new(from, true),
        AccountMeta::new(keys.ladder, false),
        AccountMeta::new_readonly(keys.ladder_base, true),
    ];
    Instruction { program_id: anchor_lang::system_program::ID, accounts, data }
}
