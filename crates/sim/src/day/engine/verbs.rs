//! The engine as a venue.

use breakwater_engine::clearing::margin::{value, AccountValuation};
use breakwater_engine::clearing::state::{AccountBooks, LadderBooks, MarketBooks};
use breakwater_engine::price::{grade_within, Bounds, Quality};
use breakwater_engine::state::{Funding, Grid, QuoteBooks, Scale, Stance, VestingBook};
use breakwater_engine::wide::I128;
use breakwater_engine::{claims, Atoms, Error, Lots, Side};

use super::{passed, EngineVenue};
use crate::day::op::{LayerOp, PauseOp, VaultOp};
use crate::day::venue::{
    AccountId, Books, Cross, Listing, MarketId, OrderAgainst, Outcome, Published, State, Stop, Taker, Venue,
};

fn not_yet(what: &str) -> Outcome {
    Err(Stop::Failed(format!("{what} not on this venue yet")))
}

impl EngineVenue {
    fn birth(&self, listing: &Listing) -> Outcome<Books> {
        let now = self.now;
        let birth = listing.first.per_lot(listing.params.lot_exponent)?.positive()?;
        listing.params.validate(birth.price)?;
        let mut market = MarketBooks {
            params: listing.params,
            waterfall: listing.waterfall,
            market_index: self.markets.len() as u64,
            vesting_clock_at: now.time,
            grid: Grid { scale: Scale::around(birth.price, [I128::ZERO; 2])?, ..Grid::default() },
            funding: Funding { accrued_at: now.time, ..Funding::default() },
            vesting: VestingBook { index: claims::WHOLE, ..VestingBook::default() },
            stance: Stance { moved_at: now.time, ..Stance::default() },
            ..MarketBooks::default()
        };
        for side in &mut market.sides {
            side.event.window_start = now.slot;
        }
        let against = (&Bounds::of(&listing.params), &market.mark);
        let graded = grade_within(against, (listing.first.publish_time, birth), true, now)?;
        let graded = graded.ok_or(Error::PriceFromFuture)?;
        if graded.quality != Quality::Good {
            return Err(Error::PriceQuality.into());
        }
        graded.record(&mut market.mark);
        Ok(Books { market, ladder: Box::new(LadderBooks::empty()) })
    }
}

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
        let books = self.birth(listing)?;
        self.fund.weights += u64::from(listing.waterfall.allowance_weight.0);
        self.markets.push(books);
        self.published.push([Some(listing.first), None]);
        Ok(self.markets.len() - 1)
    }

    fn open(&mut self, _owner: &str) -> Outcome<AccountId> {
        self.accounts.push(AccountBooks::default());
        Ok(self.accounts.len() - 1)
    }

    fn insurance(&mut self, amount: Atoms) -> Outcome {
        self.pay_insurance(amount)
    }

    fn cover(&mut self, market: MarketId, amount: Atoms) -> Outcome {
        self.set_aside(market, amount)
    }

    fn stake(&mut self, _staker: &str, _amount: Atoms) -> Outcome {
        not_yet("stakes are")
    }

    fn request_unstake(&mut self, _staker: &str, _amount: Atoms) -> Outcome {
        not_yet("stakes are")
    }

    fn unstake(&mut self, _staker: &str, _amount: Atoms) -> Outcome {
        not_yet("stakes are")
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

    fn skim(&mut self, _vault: VaultOp) -> Outcome {
        not_yet("what is sent unasked is")
    }

    fn pause(&mut self, _market: Option<MarketId>, _pause: &PauseOp) -> Outcome {
        not_yet("pauses are")
    }

    fn freeze(&mut self, _market: Option<MarketId>, _pause: &PauseOp) -> Outcome {
        not_yet("freezes are")
    }

    fn breaker(&mut self, _market: Option<MarketId>, _pause: &PauseOp) -> Outcome {
        not_yet("breakers are")
    }
}
