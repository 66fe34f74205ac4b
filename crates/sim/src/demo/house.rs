//! The exchange of the day: three markets, an insurance fund, makers, keepers, traders.

use breakwater_engine::price::Observation;
use breakwater_engine::state::{Bracket, MarketParams};
use breakwater_engine::units::PICO;
use breakwater_engine::{Atoms, Bps, Lots, Price};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::paths::{self, Anchors};
use crate::venue::{AccountId, MarketId, Outcome, Venue};

/// A dollar in atoms.
pub const USD: u64 = 1_000_000;

/// A market of the day.
#[derive(Clone, Copy)]
pub struct Plan {
    /// What people call it.
    pub name: &'static str,
    /// Its afternoon.
    pub anchors: Anchors,
    /// Noise on it, bps.
    pub noise_bps: i64,
    /// 10^this of the base asset is a lot.
    pub lot_exponent: i32,
    /// Orders come in multiples of this, lots.
    pub step: u64,
    /// First bracket: initial and maintenance, bps.
    pub margin: (u32, u32),
    /// Largest auction discount and penalty, bps.
    pub costs: (u32, u32),
    /// Set aside inside the fund, USD.
    pub cover_usd: u64,
    /// Each maker's margin in it, USD.
    pub maker_usd: u64,
    /// Share of traders who are here first, percent.
    pub crowd: u32,
}

/// The markets.
pub const PLANS: [Plan; 3] = [
    Plan {
        name: "SOL",
        anchors: paths::SOL,
        noise_bps: 12,
        lot_exponent: -9,
        step: 10_000_000,
        margin: (333, 200),
        costs: (120, 40),
        cover_usd: 500,
        maker_usd: 200_000,
        crowd: 40,
    },
    Plan {
        name: "BTC",
        anchors: paths::BTC,
        noise_bps: 6,
        lot_exponent: -12,
        step: 100_000_000,
        margin: (250, 150),
        costs: (90, 30),
        cover_usd: 500,
        maker_usd: 250_000,
        crowd: 40,
    },
    Plan {
        name: "ALT",
        anchors: paths::ALT,
        noise_bps: 40,
        lot_exponent: -6,
        step: 1_000_000,
        margin: (1_000, 600),
        costs: (300, 100),
        cover_usd: 6_000,
        maker_usd: 60_000,
        crowd: 20,
    },
];

/// The insurance fund, USD: more than the covers, as a fund should be.
pub const FUND_USD: u64 = 30_000;
/// Makers, each in every market.
pub const MAKERS: usize = 6;
/// What each brings, USD.
pub const MAKER_USD: u64 = 800_000;
/// What each keeper brings, USD.
pub const KEEPER_USD: u64 = 2_000_000;

/// Who is there.
pub struct House {
    /// Accounts that quote.
    pub makers: Vec<AccountId>,
    /// Accounts that take over, one a market.
    pub keepers: Vec<AccountId>,
    /// Everyone else.
    pub traders: Vec<Trader>,
}

/// A trader of the day.
#[derive(Clone, Copy, Debug)]
pub struct Trader {
    /// His account.
    pub account: AccountId,
    /// What he brings, atoms.
    pub equity: Atoms,
    /// Notional over equity, tenths.
    pub leverage: u64,
    /// Whether he hopes for rising prices.
    pub long: bool,
    /// Where he trades.
    pub market: MarketId,
    /// Where he trades too, one in seven.
    pub second: Option<MarketId>,
}

impl Plan {
    /// What it is listed with on a day.
    #[must_use]
    pub fn params(&self, day: &super::Plan) -> MarketParams {
        let (initial, maintenance) = self.margin;
        let bracket = |up_to: u64, times: u32| Bracket {
            up_to: Atoms(up_to * USD),
            initial: Bps(initial * times / 2),
            maintenance: Bps(maintenance * times / 2),
        };
        MarketParams {
            brackets: [bracket(100_000, 2), bracket(500_000, 3), bracket(2_000_000, 4), bracket(0, 5)],
            step: Lots(self.step),
            position_min: Lots(self.step * 10),
            open_interest_max: Lots(500_000_000 * USD),
            slice_floor: Lots(self.step * 1_000),
            cover_grant: Atoms(scaled(self.cover_usd, day.traders)),
            discount_max: Bps(self.costs.0),
            penalty: Bps(self.costs.1),
            check_slots: 150,
            lot_exponent: self.lot_exponent,
            // Half of what the thinnest position opens with: nearer than that nobody stands who has not lost.
            gauge_distance: Bps(initial / 2),
            ..day.market()
        }
    }

    /// What its feed says.
    #[must_use]
    pub fn observation(&self, price: i64, ema: i64, time: i64) -> Observation {
        let confidence = price.unsigned_abs() / 2_000;
        let exponent = -(paths::DECIMALS as i32);
        Observation { price, confidence, ema_price: ema, ema_confidence: confidence, exponent, publish_time: time }
    }

    /// Whole steps worth an amount at a price.
    #[must_use]
    pub fn lots(&self, worth: Atoms, price: Price) -> Lots {
        let lots = u128::from(worth.0) * u128::from(PICO) / u128::from(price.0.max(1));
        let step = u128::from(self.step);
        Lots(u64::try_from(lots / step * step).unwrap_or(0))
    }
}

/// Dollars for a crowd of 300, in atoms for one of another size.
#[must_use]
pub fn scaled(dollars: u64, traders: usize) -> u64 {
    dollars * USD / super::CROWD as u64 * traders as u64
}

/// Lists the markets, funds the insurance, opens everyone's account.
pub fn build(venue: &mut dyn Venue, day: &super::Plan, rng: &mut ChaCha8Rng) -> Outcome<House> {
    for plan in &PLANS {
        let first = plan.anchors[0].1;
        venue.list(&plan.params(day), &plan.observation(first, first, venue.now().time))?;
    }
    venue.fund(Atoms(scaled(FUND_USD, day.traders)))?;
    let mut house = House { makers: Vec::new(), keepers: Vec::new(), traders: Vec::new() };
    for _ in 0..MAKERS {
        let maker = open(venue, Atoms(MAKER_USD * USD))?;
        for (market, plan) in PLANS.iter().enumerate() {
            venue.allocate(maker, market, (plan.maker_usd * USD) as i64)?;
        }
        house.makers.push(maker);
    }
    for _ in &PLANS {
        house.keepers.push(open(venue, Atoms(KEEPER_USD * USD))?);
    }
    for _ in 0..day.traders {
        let trader = draw(rng);
        let account = open(venue, trader.equity)?;
        house.traders.push(Trader { account, ..trader });
    }
    Ok(house)
}

fn open(venue: &mut dyn Venue, deposit: Atoms) -> Outcome<AccountId> {
    let account = venue.open()?;
    venue.deposit(account, deposit)?;
    Ok(account)
}

/// A trader by chance: many small and some large ones, most of them long, leverage as books show it: the median at 5, one in
/// six beyond 15.
fn draw(rng: &mut ChaCha8Rng) -> Trader {
    let dollars = match rng.random_range(0..100) {
        0..50 => rng.random_range(150..1_500),
        50..80 => rng.random_range(1_500..6_000),
        80..96 => rng.random_range(6_000..25_000),
        _ => rng.random_range(25_000..90_000),
    };
    let leverage = match rng.random_range(0..100) {
        0..25 => rng.random_range(10..30),
        25..55 => rng.random_range(30..70),
        55..82 => rng.random_range(70..150),
        82..95 => rng.random_range(150..250),
        _ => rng.random_range(250..380),
    };
    let market = pick(rng);
    let second = (rng.random_range(0..7) == 0).then(|| pick(rng)).filter(|second| *second != market);
    let long = rng.random_range(0..100) < 78;
    Trader { account: 0, equity: Atoms(dollars * USD), leverage, long, market, second }
}

/// What so many traders bring, atoms, as [`build`] draws them.
#[must_use]
pub fn drawn(traders: usize, rng: &mut ChaCha8Rng) -> Vec<u64> {
    (0..traders).map(|_| draw(rng).equity.0).collect()
}

fn pick(rng: &mut ChaCha8Rng) -> MarketId {
    let mut ticket = rng.random_range(0..100);
    for (market, plan) in PLANS.iter().enumerate() {
        if ticket < plan.crowd {
            return market;
        }
        ticket -= plan.crowd;
    }
    0
}
