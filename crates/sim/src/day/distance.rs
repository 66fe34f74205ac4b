//! How far positions are from what may happen to them: the price at which what backs one comes into distress, and how many lots
//! deleveraging closes before it.

use breakwater_engine::clearing::ladder::BUCKETS;
use breakwater_engine::clearing::margin::{NO_MARKET, ROUNDED_CASH};
use breakwater_engine::clearing::markets::{equity_at, CaughtUp};
use breakwater_engine::clearing::state::{AccountBooks, MarketBooks, MarketSlot};
use breakwater_engine::ladder::LineIndex;
use breakwater_engine::units::{Cash, PRICE_MAX};
use breakwater_engine::{Price, Result, Side};

use super::venue::{Books, State};
use crate::decimal::fixed;

/// What backs a position, without what the position itself is worth and asks.
struct Rest {
    worth: Cash,
    maintenance: Cash,
}

/// The price nearest to a position's safe side at which what backs it is in distress, other marks as they are; none where no
/// price does that.
pub fn liquidation_price(account: &AccountBooks, slot: &MarketSlot, state: State<'_>) -> Result<Option<Price>> {
    let books = &state.markets[slot.market as usize];
    let position = books.view().caught_up(slot)?;
    let Some(side) = position.side else { return Ok(None) };
    let rest = if slot.position.isolated != 0 {
        Rest { worth: Cash::ZERO, maintenance: Cash::ZERO }
    } else {
        rest_of(account, slot.market, state)?
    };
    let mut market = books.market;
    let mut fails = |price: u64| is_in_distress(&mut market, &position, &rest, Price(price));
    Ok(match side {
        Side::Long => last(&mut fails).map(Price),
        Side::Short => first(&mut fails).map(Price),
    })
}

/// The account's money and cross positions but for those of one market.
fn rest_of(account: &AccountBooks, but: u64, state: State<'_>) -> Result<Rest> {
    let mut rest = Rest { worth: account.free.cash(), maintenance: Cash::ZERO };
    for slot in account.slots.iter().filter(|slot| slot.market != NO_MARKET) {
        let view = state.markets[slot.market as usize].view();
        let position = view.caught_up(slot)?;
        rest.worth = rest.worth.plus(view.beside(slot, &position)?)?;
        if slot.market == but || slot.position.isolated != 0 {
            continue;
        }
        let health = view.health_of(&position, slot.position.paid_in, 0, state.now)?;
        rest.worth = rest.worth.plus(health.solvency)?;
        rest.maintenance = rest.maintenance.plus(health.maintenance.cash())?;
    }
    Ok(rest)
}

/// Whether a position and the rest are worth less than maintenance at a price. What is beyond all numbers is.
fn is_in_distress(market: &mut MarketBooks, position: &CaughtUp, rest: &Rest, price: Price) -> Option<bool> {
    market.mark.price = price;
    let worth = equity_at(position, price).and_then(|equity| equity.plus(rest.worth)).ok()?;
    let margin = market.margin_at_mark(position.lots).ok()?;
    let needed = margin.maintenance.cash().plus(rest.maintenance).ok()?;
    Some(worth.plus(ROUNDED_CASH).ok()? < needed)
}

/// The last price at which a long fails: it fails at every lower one, and what leaves the range is too high to fail.
fn last(fails: &mut impl FnMut(u64) -> Option<bool>) -> Option<u64> {
    let (mut low, mut high) = (1u64, PRICE_MAX);
    if fails(low) != Some(true) {
        return None;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fails(middle) == Some(true) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}

/// The first price at which a short fails: it fails at every higher one, those beyond the range among them.
fn first(fails: &mut impl FnMut(u64) -> Option<bool>) -> Option<u64> {
    let (mut low, mut high) = (0u64, PRICE_MAX);
    if fails(high) == Some(false) {
        return None;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fails(middle) == Some(false) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// Lots of both sides in the order of deleveraging.
pub struct Queues([Queue; 2]);

/// Distances from the mark and the lots up to each, nearest first.
struct Queue {
    steps: Vec<(u64, u128)>,
}

impl Queues {
    /// Those of a market.
    pub fn of(books: &Books) -> Result<Queues> {
        Ok(Queues([Queue::of(books, Side::Long)?, Queue::of(books, Side::Short)?]))
    }

    /// The share of a side's solvent lots that are nearer to the mark than a position, in percent, rounded down.
    pub fn percent_before(
        &self,
        side: Side,
        (line, position): (Option<LineIndex>, &CaughtUp),
        books: &Books,
    ) -> Result<Option<String>> {
        let mark_key = books.market.mark_key(side)?;
        let distance = match line {
            Some(line) => distance(side, books.market.grid.scale.key(side, line)?, mark_key),
            None => pool_distance(position, books)?,
        };
        let [long, short] = &self.0;
        Ok(distance.map(|distance| side.pick(long, short).percent_before(distance)))
    }
}

/// How far a key is inside the mark; none beyond it.
fn distance(side: Side, key: i128, mark_key: i128) -> Option<u64> {
    let inside = side.pick(mark_key.checked_sub(key), key.checked_sub(mark_key))?;
    u64::try_from(inside).ok()
}

/// The distance of a pool's member: its equity without spare over its lots.
fn pool_distance(position: &CaughtUp, books: &Books) -> Result<Option<u64>> {
    let keyed = CaughtUp { cash: position.key_cash, ..*position };
    let equity = books.view().equity(&keyed)?.0;
    Ok(u128::try_from(equity)
        .ok()
        .and_then(|equity| equity.checked_div(u128::from(position.lots.0)))
        .and_then(|each| u64::try_from(each).ok()))
}

impl Queue {
    fn of(books: &Books, side: Side) -> Result<Queue> {
        let (ladder, mark_key) = (books.ladder.side(side), books.market.mark_key(side)?);
        let mut found: Vec<(u64, u128)> = Vec::new();
        for index in 0..BUCKETS {
            let Some(line) = u16::try_from(index).ok().and_then(LineIndex::new) else { continue };
            let lots = ladder.bucket(line)?.lots;
            if let Some(distance) =
                distance(side, books.market.grid.scale.key(side, line)?, mark_key).filter(|_| !lots.is_zero())
            {
                found.push((distance, u128::from(lots.0)));
            }
        }
        for pool in &ladder.pools {
            if let Some(distance) = pool.distance(side, mark_key)? {
                found.push((distance, u128::from(pool.lots.0)));
            }
        }
        found.sort_unstable();
        let mut sum = 0;
        for (_, lots) in &mut found {
            sum += *lots;
            *lots = sum;
        }
        Ok(Queue { steps: found })
    }

    fn percent_before(&self, distance: u64) -> String {
        let before = self.steps.partition_point(|(at, _)| *at < distance);
        let ahead = before.checked_sub(1).and_then(|at| self.steps.get(at)).map_or(0, |(_, lots)| *lots);
        let all = self.steps.last().map_or(1, |(_, lots)| (*lots).max(1));
        fixed(i128::try_from(ahead * 10_000 / all).unwrap_or(0), 2)
    }
}
