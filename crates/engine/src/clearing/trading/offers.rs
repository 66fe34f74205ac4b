//! Which offer is next: the best one that is live, on its own side of the mark and within the band.

use super::maker::Maker;
use super::trade::Order;
use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::error::Result;
use crate::state::QuoteBooks;
use crate::units::{Now, Price};

/// Makers one trade passes at most.
pub const MAKERS: usize = 4;

/// An offer of a maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which maker.
    pub maker: usize,
    /// Which of his levels.
    pub level: usize,
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

/// Whether a maker's quote may fill: it has not expired, and the account passed a whole check lately and has not been in distress
/// since.
fn is_live(quote: &QuoteBooks, account: &AccountBooks, now: Now) -> bool {
    quote.expires >= now.slot && quote.epoch == account.quote_epoch && account.checked_until >= now.slot
}

/// The best offer that is not passed over, within the order's limit.
pub fn best(
    makers: &[Maker<'_>],
    market: &MarketBooks,
    order: &Order,
    passed: &PassedOver,
    now: Now,
) -> Result<Option<Offer>> {
    let side = order.side.opposite();
    let edge = market.mark.price.moved(order.side, market.params.band)?;
    let mut best: Option<Offer> = None;
    for (at, maker) in makers.iter().enumerate().filter(|(_, maker)| is_live(maker.quote, maker.account, now)) {
        for (level, offered) in maker.quote.side(side).iter().enumerate() {
            if offered.size.is_zero() || passed.has(at, level) {
                continue;
            }
            let Some(price) = offered.price_at(&market.mark, side) else { continue };
            let behind = !order.side.prefers(price, market.mark.price);
            let inside = !order.side.prefers(edge, price) && !order.side.prefers(order.limit, price);
            let leads = best.is_none_or(|best| order.side.prefers(price, best.price));
            if behind && inside && leads {
                best = Some(Offer { maker: at, level, price });
            }
        }
    }
    Ok(best)
}
