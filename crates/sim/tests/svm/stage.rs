//! What every test begins with: an exchange, markets at 100 USD with lots of one atom, traders with money; and how an
//! instruction is refused.

use anchor_lang::solana_program::instruction::Instruction;
use breakwater::state::Ladder;
use breakwater_engine::permission::PauseBits;
use breakwater_engine::price::Observation;
use breakwater_engine::state::{ExchangeParams, Level, MarketParams, QuoteBooks};
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Lots, Price, Side};
use breakwater_sim::audit::audit;
use breakwater_sim::svm::SvmVenue;
use breakwater_sim::venue::{AccountId, Cross, MarketId, Outcome, Refusal, Venue};

/// A dollar in atoms; at 100 USD of the base asset also a dollar's worth in lots.
pub const USD: u64 = 1_000_000;
/// The price every market begins at, cents.
pub const BIRTH: i64 = 10_000;
/// Slots from one mark to the next: any fall is within the bound on jumps.
pub const STEP_SLOTS: u64 = 10;
/// Space of a ladder account.
pub const LADDER: usize = 8 + size_of::<Ladder>();

/// An exchange on the SVM.
#[derive(Clone)]
pub struct Stage {
    /// It.
    pub venue: SvmVenue,
}

/// What a feed says: cents of a dollar, sure, at its average.
pub fn said(cents: i64, publish_time: i64) -> Observation {
    let price = cents * 1_000_000;
    Observation { price, confidence: 0, ema_price: price, ema_confidence: 0, exponent: -8, publish_time }
}

/// Cents as a price per lot.
pub const fn price(cents: i64) -> Price {
    Price(cents as u64 * 100_000_000)
}

impl Stage {
    /// An exchange and nothing else.
    pub fn empty() -> Stage {
        Stage::of(&ExchangeParams::bare())
    }

    /// An exchange with parameters of its own.
    pub fn of(params: &ExchangeParams) -> Stage {
        let created = SvmVenue::new(params).expect("make build first");
        Stage { venue: created.expect("an exchange") }
    }

    /// With markets.
    pub fn with_markets(count: usize) -> Stage {
        let mut stage = Stage::empty();
        for _ in 0..count {
            stage.list(&MarketParams::bare());
        }
        stage
    }

    /// Lists a market.
    pub fn list(&mut self, params: &MarketParams) -> MarketId {
        let first = said(BIRTH, self.venue.now().time);
        self.venue.list(params, &first).expect("a market")
    }

    /// Opens an account with free cash, USD.
    pub fn trader(&mut self, usd: u64) -> AccountId {
        let account = self.venue.open().expect("an account");
        self.venue.deposit(account, Atoms(usd * USD)).expect("a deposit");
        account
    }

    /// The next mark of a market, some slots and seconds later.
    pub fn mark(&mut self, market: MarketId, cents: i64) {
        self.venue.advance(STEP_SLOTS, 4);
        self.confirm(market, cents);
    }

    /// The mark of a market now.
    pub fn confirm(&mut self, market: MarketId, cents: i64) {
        let now = self.venue.now();
        self.venue.publish(market, &said(cents, now.time)).expect("a mark");
    }

    /// Lets slots pass; every market keeps its mark.
    pub fn wait(&mut self, slots: u64) {
        self.venue.advance(slots, slots as i64 * 2 / 5 + 1);
        for market in 0..self.venue.markets.len() {
            let cents = self.venue.mark(market).0 / 100_000_000;
            self.confirm(market, cents as i64);
        }
    }

    /// `long` buys from `short` at the mark. The maker is the short: what backs his quote is put into the position first.
    pub fn pair(&mut self, market: MarketId, long: AccountId, short: AccountId, usd: u64) {
        self.venue.allocate(short, market, (usd * USD / 4) as i64).expect("margin");
        self.cross(market, long, short, usd).expect("a trade");
    }

    /// The same without margin.
    pub fn cross(&mut self, market: MarketId, long: AccountId, short: AccountId, usd: u64) -> Outcome {
        let order = Order {
            side: Side::Long,
            lots: Lots(usd * USD),
            limit: self.venue.mark(market),
            reduce_only: false,
            min_fill: Lots(0),
        };
        self.venue.cross(market, &Cross { maker: short, taker: long, order })
    }

    /// A maker with margin in a market and an ask at a distance above the mark, bps.
    pub fn maker(&mut self, market: MarketId, usd: u64, above: u64) -> AccountId {
        let maker = self.trader(usd * 2);
        self.venue.allocate(maker, market, (usd * USD) as i64).expect("margin");
        let quote = self.ask(market, usd, above);
        self.venue.quote(maker, market, &quote).expect("a quote");
        maker
    }

    /// A quote with one ask, bps above the mark.
    pub fn ask(&self, market: MarketId, usd: u64, above: u64) -> QuoteBooks {
        let mark = self.venue.mark(market).0;
        let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
        quote.asks[0] = Level { size: Lots(usd * USD), price: Price(mark + mark / 10_000 * above), pegged: 0 };
        quote
    }

    /// An order to buy, up to 2 % above the mark.
    pub fn buy(&self, market: MarketId, usd: u64) -> Order {
        let mark = self.venue.mark(market).0;
        Order {
            side: Side::Long,
            lots: Lots(usd * USD),
            limit: Price(mark + mark / 50),
            reduce_only: false,
            min_fill: Lots(0),
        }
    }

    /// Freezes a market.
    pub fn freeze(&mut self, market: MarketId) {
        let keys = self.venue.markets[market];
        let built = self.venue.build.set_pause_bits(Some(&keys), PauseBits::FREEZE.0);
        self.send("set_pause_bits", built).expect("a freeze");
    }

    /// Sends one instruction.
    pub fn send(&mut self, name: &'static str, instruction: Instruction) -> Outcome {
        self.venue.chain.send(&[(name, instruction)])
    }

    /// Compute units of an instruction the last time it succeeded.
    pub fn units(&self, name: &str) -> u64 {
        self.venue.chain.costs.get(name).map_or(0, |cost| cost.last)
    }

    /// Every atom is accounted for.
    pub fn conserved(&self, when: &str) {
        let audit = audit(&self.venue.state());
        assert!(audit.conserved(), "{when}: {:?}", audit.faults);
    }

    /// What is wrong with how an operation was refused: another error, or anything changed (I12). `None`: nothing. For
    /// [`SILENT`]: with how it succeeded.
    pub fn fault(&mut self, name: &str, error: &str, attempt: impl FnOnce(&mut Stage) -> Outcome) -> Option<String> {
        if error == SILENT {
            return self.heard(name, attempt);
        }
        let before = self.venue.chain.accounts();
        let outcome = attempt(self);
        if outcome != Err(Refusal(error.into())) {
            let got = outcome.map_or_else(|refusal| refusal.0, |()| "no error".into());
            return Some(format!("{name}: expected {error}, got {got}"));
        }
        let after = self.venue.chain.accounts();
        let changed = before.iter().find(|(at, account)| after.get(*at) != Some(*account)).map(|(at, _)| *at);
        match changed {
            Some(at) => Some(format!("{name}: {error} changed {at}")),
            None if before.len() != after.len() => Some(format!("{name}: {error} created an account")),
            None => None,
        }
    }

    /// What is wrong with how a source that says nothing was taken: it is no error, and no mark, no second source and no breaker
    /// changes.
    fn heard(&mut self, name: &str, attempt: impl FnOnce(&mut Stage) -> Outcome) -> Option<String> {
        let told = |stage: &Stage| {
            let of = |market| {
                let books = stage.venue.books(market).market;
                (books.mark, books.second, books.breaker)
            };
            (0..stage.venue.markets.len()).map(of).collect::<Vec<_>>()
        };
        let before = told(self);
        match attempt(self) {
            Err(refusal) => Some(format!("{name}: expected no error, got {refusal}")),
            Ok(()) if told(self) != before => Some(format!("{name}: says something")),
            Ok(()) => None,
        }
    }

    /// Asserts that an operation is refused and changes nothing.
    pub fn refuses(&mut self, name: &str, error: &str, attempt: impl FnOnce(&mut Stage) -> Outcome) {
        assert_eq!(self.fault(name, error, attempt), None);
    }
}

/// What is expected instead of an error where a price source says nothing.
pub const SILENT: &str = "a source that says nothing";

/// Fails with all faults at once.
pub fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
