//! Which offer is next: the best one that is live, on its own side of the mark and within the band.

use super::maker::Maker;
use super::order::Order;
use crate::clearing::error::Error;
use crate::clearing::state::MarketBooks;
use crate::error::Result;
use crate::state::{Level, QuoteBooks};
use crate::units::{Now, Price, Side};

/// Makers one trade passes at most.
pub const MAKERS: usize = 4;

/// An offer of a maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which maker.
    pub maker: usize,
    /// Which of its levels.
    pub level: usize,
    /// What the maker does.
    pub direction: Side,
    /// Its price at the mark.
    pub price: Price,
}

/// Levels that cannot fill, as bits by maker.
#[derive(Clone, Copy, Default)]
pub struct PassedOver([u8; MAKERS]);

impl PassedOver {
    /// Passes a level over.
    pub fn add(&mut self, offer: &Offer) {
        if let Some(levels) = self.0.get_mut(offer.maker) {
            *levels |= 1u8.wrapping_shl(u32::try_from(offer.level).unwrap_or(0));
        }
    }

    fn has(&self, maker: usize, level: usize) -> bool {
        let level = u32::try_from(level).unwrap_or(0);
        self.0.get(maker).is_none_or(|levels| levels.wrapping_shr(level) & 1 == 1)
    }
}

/// Whether an offer's mark is no older than the maker allows: fixed prices ask for none (A14).
fn is_pegged_well(quote: &QuoteBooks, level: &Level, market: &MarketBooks, now: Now) -> bool {
    let most = quote.mark_age_slots_max;
    level.pegged == 0 || most == 0 || market.mark.age_slots(now) <= u64::from(most)
}

/// The best offer that is not passed over, within the order's limit.
pub fn best(
    makers: &[Maker<'_>],
    market: &MarketBooks,
    order: &Order,
    passed: &PassedOver,
    now: Now,
) -> Result<Option<Offer>> {
    let direction = order.side.opposite();
    let edge = market.mark.price.moved(order.side, market.params.band)?;
    let mut best: Option<Offer> = None;
    for (at, maker) in makers.iter().enumerate().filter(|(_, maker)| maker.is_live(now)) {
        for (level, offered) in maker.quote.side(direction).iter().enumerate() {
            if offered.size.is_zero() || passed.has(at, level) || !is_pegged_well(maker.quote, offered, market, now) {
                continue;
            }
            let Some(price) = offered.price_at(&market.mark, direction) else { continue };
            let behind = !order.side.prefers(price, market.mark.price);
            let inside = !order.side.prefers(edge, price) && !order.side.prefers(order.limit, price);
            let leads = best.is_none_or(|best| order.side.prefers(price, best.price));
            if behind && inside && leads {
                best = Some(Offer { maker: at, level, direction, price });
            }
        }
    }
    Ok(best)
}

/// Why no offer is left, where nothing was filled: every quote is dead, waits for a newer mark, stands beyond the limit, or outside
/// the band or through the mark; else every one was passed over.
pub fn why_none(makers: &[Maker<'_>], market: &MarketBooks, order: &Order, passed: &PassedOver, now: Now) -> Error {
    let direction = order.side.opposite();
    if !makers.is_empty() && !makers.iter().any(|maker| maker.is_live(now)) {
        return crate::Error::QuoteNotLive.into();
    }
    let (mut waits, mut beyond_limit, mut out_of_band) = (false, false, false);
    for (at, maker) in makers.iter().enumerate().filter(|(_, maker)| maker.is_live(now)) {
        for (level, offered) in maker.quote.side(direction).iter().enumerate() {
            if offered.size.is_zero() || passed.has(at, level) {
                continue;
            }
            if !is_pegged_well(maker.quote, offered, market, now) {
                waits = true;
                continue;
            }
            let price = offered.price_at(&market.mark, direction);
            let beyond = price.is_some_and(|price| order.side.prefers(order.limit, price));
            beyond_limit |= beyond;
            out_of_band |= !beyond;
        }
    }
    let reasons = [
        (beyond_limit, crate::Error::LimitNotReached),
        (out_of_band, crate::Error::PriceOutOfBand),
        (waits, crate::Error::StaleMark),
    ];
    let found = reasons.into_iter().find(|(holds, _)| *holds);
    found.map_or(crate::Error::NothingFilled, |(_, reason)| reason).into()
}
