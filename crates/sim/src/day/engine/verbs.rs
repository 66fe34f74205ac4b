//! The engine as a venue.

use breakwater_engine::clearing::guards;
use breakwater_engine::clearing::margin::{value, AccountValuation};
use breakwater_engine::clearing::state::{AccountBooks, CollateralParams, LadderBooks, MarketBooks};
use breakwater_engine::permission::Action;
use breakwater_engine::price::Observation;
use breakwater_engine::state::{Pauses, QuoteBooks};
use breakwater_engine::{Atoms, Lots, Side};

use super::{passed, EngineVenue};
use crate::day::op::{LayerOp, PauseOp, VaultOp};
use crate::day::venue::{
    AccountId, AssetId, Books, Cross, Listing, MarketId, OrderAgainst, Outcome, Published, State, Taker, Venue,
};

impl Venue for EngineVenue {
    fn state(&self) -> State<'_> {
        State { now: self.now, fund: &self.fund, markets: &self.markets, accounts: &self.accounts }
    }

    fn faults(&self) -> Vec<String> {
        self.all_faults()
    }

    fn valuation(&mut self, account: AccountId) -> Outcome<AccountValuation> {
        let markets = self.markets_of(&[account], None);
        Ok(value(&self.accounts[account], &passed(&mut self.markets, &markets), self.now)?)
    }

    fn take_touched(&mut self) -> Vec<AccountId> {
        std::mem::take(&mut self.touched)
    }

    fn set_refresh(&mut self, refresh: bool) {
        self.refreshes = refresh;
    }

    fn advance(&mut self, slots: u64, seconds: u32) {
        self.pass(slots, seconds);
    }

    fn list(&mut self, listing: &Listing) -> Outcome<MarketId> {
        let mut market = MarketBooks::default();
        let listed = guards::Listing {
            params: listing.params,
            waterfall: listing.waterfall,
            guards: listing.guards,
            market_index: self.markets.len() as u64,
        };
        guards::list(&mut market, &listed, &listing.first, self.now)?;
        let mut fund = self.fund;
        market.join_fund(&mut fund, self.now)?;
        self.fund = fund;
        let mut books = Books { market, ladder: Box::new(LadderBooks::empty()), pages: Vec::new() };
        books.create_pages()?;
        self.markets.push(books);
        self.published.push([Some(listing.first), None]);
        let opens_at = self.now.time.saturating_add_unsigned(self.params.timelock_seconds);
        self.watch.markets.push((Pauses::default(), opens_at));
        Ok(self.markets.len() - 1)
    }

    fn open(&mut self, _owner: &str) -> Outcome<AccountId> {
        self.permit_at_all(Action::OpenAccount)?;
        self.accounts.push(AccountBooks::default());
        Ok(self.accounts.len() - 1)
    }

    fn insurance(&mut self, amount: Atoms) -> Outcome {
        self.pay_insurance(amount)
    }

    fn cover(&mut self, market: MarketId, amount: Atoms) -> Outcome {
        self.set_aside(market, amount)
    }

    fn stake(&mut self, staker: &str, amount: Atoms) -> Outcome {
        self.put_stake(staker, amount)
    }

    fn request_unstake(&mut self, staker: &str, amount: Atoms) -> Outcome {
        self.ask_exit(staker, amount)
    }

    fn unstake(&mut self, staker: &str, amount: Atoms) -> Outcome {
        self.take_exit(staker, amount)
    }

    fn layer(&mut self, market: MarketId, layer: &LayerOp) -> Outcome {
        self.lay(market, layer)
    }

    fn deposit(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        self.pay_in(account, amount)
    }

    fn withdraw(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        self.pay_out(account, amount)
    }

    fn isolate(&mut self, account: AccountId, market: MarketId, on: bool) -> Outcome {
        self.set_isolated(account, market, on)
    }

    fn publish(&mut self, published: &Published) -> Outcome {
        self.publish_only(published)
    }

    fn price(&mut self, published: &Published) -> Outcome {
        self.publish_and_refresh(published)
    }

    fn cross(&mut self, cross: &Cross) -> Outcome {
        self.trade_between(cross)
    }

    fn quote(&mut self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Outcome {
        self.set_quote(account, market, quote)
    }

    fn cancel_quote(&mut self, account: AccountId, market: MarketId) -> Outcome {
        self.remove_quote(account, market)
    }

    fn trade(&mut self, order: &OrderAgainst) -> Outcome {
        self.trade_against(order)
    }

    fn sync(&mut self, account: AccountId) -> Outcome {
        self.touch_account(account)
    }

    fn observe(&mut self, account: AccountId) -> Outcome {
        self.look_at(account)
    }

    fn liquidate(&mut self, victim: AccountId, market: MarketId, taker: &Taker, lots: Lots) -> Outcome {
        self.take_from(victim, market, taker, lots)
    }

    fn declare(&mut self, account: AccountId, market: Option<MarketId>, keeper: Option<AccountId>) -> Outcome {
        self.declare_account(account, market, keeper)
    }

    fn buy(&mut self, market: MarketId, side: Side, by: AccountId, lots: Lots) -> Outcome {
        self.buy_lots(market, side, by, lots)
    }

    fn resolve(&mut self, market: MarketId, keeper: Option<AccountId>) -> Outcome {
        self.resolve_estates(market, keeper)
    }

    fn deleverage(&mut self, account: AccountId, market: MarketId) -> Outcome {
        self.deleverage(account, market)
    }

    fn claim(&mut self, account: AccountId, market: MarketId) -> Outcome {
        self.collect_claims(account, market)
    }

    fn donate(&mut self, market: MarketId, side: Side, amount: Atoms) -> Outcome {
        self.pay_claims(market, side, amount)
    }

    fn fund_estate(&mut self, market: MarketId) -> Outcome {
        self.fund_estates(market)
    }

    fn settle_market(&mut self, market: MarketId) -> Outcome {
        self.make_final(market)
    }

    fn migrate_grid(&mut self, market: MarketId) -> Outcome {
        self.move_grid(market)
    }

    fn settle_position(&mut self, market: MarketId, account: AccountId) -> Outcome {
        self.settle(account, market)
    }

    fn collateral(&mut self, params: &CollateralParams, first: &Observation) -> Outcome<AssetId> {
        self.accept_mint(params, first)
    }

    fn collateral_price(&mut self, mint: AssetId, observation: &Observation) -> Outcome {
        self.refresh_mint(mint, observation)
    }

    fn deposit_collateral(&mut self, account: AccountId, mint: AssetId, amount: u64) -> Outcome {
        self.put_collateral(account, mint, amount)
    }

    fn withdraw_collateral(&mut self, account: AccountId, mint: AssetId, amount: u64) -> Outcome {
        self.take_collateral(account, mint, amount)
    }

    fn buy_collateral(&mut self, account: AccountId, mint: AssetId, amount: u64) -> Outcome {
        self.sell_collateral(account, mint, amount)
    }

    fn skim(&mut self, vault: VaultOp) -> Outcome {
        self.book_gifts(vault)
    }

    fn pause(&mut self, market: Option<MarketId>, pause: &PauseOp) -> Outcome {
        self.set_pause(market, pause, false)
    }

    fn freeze(&mut self, market: Option<MarketId>, pause: &PauseOp) -> Outcome {
        self.set_pause(market, pause, true)
    }

    fn breaker(&mut self, market: Option<MarketId>, pause: &PauseOp) -> Outcome {
        self.update_breaker(market, pause)
    }

    fn level(&self, market: MarketId) -> (String, u64) {
        self.breaker_of(market, self.now)
    }
}
