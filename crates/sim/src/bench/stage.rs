//! Where instructions are measured: eight like markets at 200 USD, a deep maker, and whoever the situation needs.

use breakwater_engine::price::Observation;
use breakwater_engine::state::{Bracket, ExchangeParams, Level, MarketParams, QuoteBooks};
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Bps, Lots, Side};

use crate::svm::SvmVenue;
use crate::venue::{AccountId, MarketId, Outcome, Refusal, Venue};

/// A dollar in atoms.
pub const USD: u64 = 1_000_000;
/// A unit of the base asset in lots.
pub const UNIT: u64 = 1_000_000_000;
/// First price, 1e-8 USD.
pub const BIRTH: i64 = 200 * 100_000_000;

/// The stage.
pub struct Stage {
    /// The exchange.
    pub venue: SvmVenue,
    /// Price of all markets, 1e-8 USD.
    pub price: i64,
}

/// Parameters of every market here.
#[must_use]
pub fn params() -> MarketParams {
    let bracket = |up_to: u64, initial, maintenance| Bracket {
        up_to: Atoms(up_to * USD),
        initial: Bps(initial),
        maintenance: Bps(maintenance),
    };
    MarketParams {
        brackets: [
            bracket(50_000, 500, 300),
            bracket(250_000, 750, 400),
            bracket(1_000_000, 1_000, 600),
            bracket(0, 2_000, 1_200),
        ],
        lot_exponent: -9,
        position_min: Lots(UNIT / 100),
        open_interest_max: Lots(1_000_000 * UNIT),
        slice_floor: Lots(UNIT),
        auction_slots: 20,
        cover_grant: Atoms(100 * USD),
        walk_max: 24,
        ..MarketParams::bare()
    }
}

impl Stage {
    /// `markets` markets, a funded insurance.
    pub fn new(markets: usize) -> Outcome<Stage> {
        let cluster = SvmVenue::new(&ExchangeParams::bare()).map_err(Refusal)?;
        let mut stage = Stage { venue: cluster?, price: BIRTH };
        for _ in 0..markets {
            let first = stage.seen();
            stage.venue.list(&params(), &first)?;
        }
        stage.venue.fund(Atoms(100_000 * USD))?;
        Ok(stage)
    }

    /// What a feed says now, at the markets' price.
    pub fn seen(&self) -> Observation {
        let time = self.venue.now().time;
        Observation {
            price: self.price,
            confidence: 0,
            ema_price: self.price,
            ema_confidence: 0,
            exponent: -8,
            publish_time: time,
        }
    }

    /// Moves all markets to a price, `slots` later.
    pub fn refresh(&mut self, price: i64, slots: u64) -> Outcome {
        self.refresh_apart(price, price, slots)
    }

    /// Moves the first market to one price and all others to another, `slots` later.
    pub fn refresh_apart(&mut self, first: i64, others: i64, slots: u64) -> Outcome {
        self.venue.advance(slots, 1 + slots as i64 / 2);
        for market in 0..self.venue.markets.len() {
            self.price = if market == 0 { first } else { others };
            let observation = self.seen();
            self.venue.publish(market, &observation)?;
        }
        Ok(())
    }

    /// An account with free cash.
    pub fn account(&mut self, usd: u64) -> Outcome<AccountId> {
        let account = self.venue.open()?;
        self.venue.deposit(account, Atoms(usd * USD))?;
        Ok(account)
    }

    /// An account that can quote in the first `markets` markets.
    pub fn maker(&mut self, markets: usize, margin_usd: u64) -> Outcome<AccountId> {
        let maker = self.account(margin_usd * (markets as u64 + 1))?;
        for market in 0..markets {
            self.venue.allocate(maker, market, (margin_usd * USD) as i64)?;
        }
        Ok(maker)
    }

    /// A maker's quote: one level a side at the mark, `units` of the base asset.
    pub fn quote(&mut self, maker: AccountId, market: MarketId, units: u64) -> Outcome {
        let price = self.venue.mark(market);
        let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
        for side in Side::BOTH {
            quote.side_mut(side)[0] = Level { size: Lots(units * UNIT), price, pegged: 0 };
        }
        self.venue.quote(maker, market, &quote)
    }

    /// An account buys at the mark from makers.
    pub fn buy(&mut self, account: AccountId, market: MarketId, units: u64, makers: &[AccountId]) -> Outcome {
        let limit = self.venue.mark(market);
        let order = Order { side: Side::Long, lots: Lots(units * UNIT), limit, reduce_only: false, min_fill: Lots(0) };
        self.venue.trade(account, market, order, makers)
    }

    /// Compute units of the last run of an instruction.
    #[must_use]
    pub fn last(&self, instruction: &str) -> u64 {
        self.venue.costs().get(instruction).map_or(0, |cost| cost.last)
    }
}
