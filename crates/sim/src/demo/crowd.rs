//! Makers who quote around the mark, traders who take.

use breakwater_engine::quote::LEVELS;
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Bps, Lots, Price, Side};
use rand::seq::SliceRandom;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::house::{House, Trader, PLANS, USD};
use crate::venue::{AccountId, MarketId, Refusal, Venue};

/// What a maker offers a level and side, USD.
pub const LEVEL_USD: u64 = 150_000;
/// How far from the mark a taker goes: every market's band.
const BAND: u32 = 200;
/// Makers a taker passes: as many as one transaction fits.
const PASSED: usize = 4;

/// Every maker quotes pegged offers in every market; those the exchange refuses stay out for now.
pub fn quote_all(venue: &mut dyn Venue, house: &House) {
    for (rank, maker) in (1u64..).zip(&house.makers) {
        for market in 0..PLANS.len() {
            let quote = pegged(venue, market, rank);
            let _ = venue.quote(*maker, market, &quote);
        }
    }
}

/// An offer a side behind the mark: the first maker's at 3 bps, each next maker's a little farther.
fn pegged(venue: &dyn Venue, market: MarketId, rank: u64) -> QuoteBooks {
    let mark = venue.mark(market);
    let size = PLANS[market].lots(Atoms(LEVEL_USD * USD), mark);
    let mut levels = [Level::default(); LEVELS];
    levels[0] = Level { size, price: Price(mark.0 / 10_000 * (2 + rank)), pegged: 1 };
    QuoteBooks { bids: levels, asks: levels, expires: u64::MAX, ..QuoteBooks::default() }
}

/// A market order against the first makers whose quotes live. Whether anything filled.
pub fn take(
    venue: &mut dyn Venue,
    house: &House,
    account: AccountId,
    at: (MarketId, Side, Lots),
    reduce_only: bool,
) -> bool {
    let (market, side, lots) = at;
    if lots.is_zero() {
        return false;
    }
    let Ok(limit) = venue.mark(market).moved(side, Bps(BAND)) else { return false };
    // All of it, or whoever's offer is used up quotes again; then what there is.
    for min_fill in [lots, Lots(0)] {
        let order = Order { side, lots, limit, reduce_only, min_fill };
        let makers = live_makers(venue, house);
        match venue.trade(account, market, order, &makers) {
            Ok(()) => return true,
            Err(Refusal(error)) if is_used_up(&error) => quote_all(venue, house),
            Err(_) => return false,
        }
    }
    false
}

fn is_used_up(error: &str) -> bool {
    matches!(error, "QuoteNotLive" | "NothingFilled" | "MinFillNotReached")
}

/// The first makers whose account was checked lately.
fn live_makers(venue: &dyn Venue, house: &House) -> Vec<AccountId> {
    let now = venue.now();
    let live = |maker: &&AccountId| {
        let books = venue.account(**maker);
        books.checked_until >= now.slot && books.swept == 0
    };
    house.makers.iter().filter(live).take(PASSED).copied().collect()
}

/// Everyone opens, in a random order. How many did.
pub fn open_all(venue: &mut dyn Venue, house: &House, rng: &mut ChaCha8Rng) -> usize {
    let mut order: Vec<&Trader> = house.traders.iter().collect();
    order.shuffle(rng);
    let mut opened = 0;
    for (number, trader) in order.into_iter().enumerate() {
        if number % 20 == 0 {
            quote_all(venue, house);
        }
        opened += usize::from(open(venue, house, trader));
    }
    opened
}

fn open(venue: &mut dyn Venue, house: &House, trader: &Trader) -> bool {
    let side = if trader.long { Side::Long } else { Side::Short };
    let worth = trader.equity.0 / 10 * trader.leverage;
    let parts = if trader.second.is_some() { 2 } else { 1 };
    let mut opened = false;
    for market in [Some(trader.market), trader.second].into_iter().flatten() {
        // Less and less until the exchange accepts it: the leverage the bracket allows.
        for tenths in [10, 8, 6, 4, 2] {
            let lots = PLANS[market].lots(Atoms(worth / parts * tenths / 10), venue.mark(market));
            if take(venue, house, trader.account, (market, side, lots), false) {
                opened = true;
                break;
            }
        }
    }
    opened
}

/// A few traders act: most cut what they hold, some take the other side of the crowd.
pub fn act(venue: &mut dyn Venue, house: &House, actions: usize, rng: &mut ChaCha8Rng) {
    for _ in 0..actions {
        let trader = &house.traders[rng.random_range(0..house.traders.len())];
        let market = trader.market;
        let held = venue.account(trader.account).slot(market as u64).map_or(0, |slot| slot.position.lots);
        let step = PLANS[market].step;
        let half = held.unsigned_abs() / 2 / step * step;
        let closing = if held > 0 { Side::Short } else { Side::Long };
        if held != 0 && rng.random_range(0..3) > 0 {
            take(venue, house, trader.account, (market, closing, Lots(half)), true);
        } else {
            let side = if rng.random_range(0..2) == 0 { Side::Long } else { Side::Short };
            let worth = Atoms(trader.equity.0 / 10 * rng.random_range(5..30));
            let lots = PLANS[market].lots(worth, venue.mark(market));
            take(venue, house, trader.account, (market, side, lots), false);
        }
    }
}

/// Keepers sell on what they took over.
pub fn unload(venue: &mut dyn Venue, house: &House) {
    for (market, keeper) in house.keepers.iter().enumerate() {
        let held = venue.account(*keeper).slot(market as u64).map_or(0, |slot| slot.position.lots);
        if held == 0 {
            continue;
        }
        let side = if held > 0 { Side::Short } else { Side::Long };
        let most = PLANS[market].lots(Atoms(3 * LEVEL_USD * USD), venue.mark(market));
        take(venue, house, *keeper, (market, side, Lots(held.unsigned_abs()).least(most)), true);
    }
}
