//! Trades and quotes.

use breakwater_engine::clearing::error::Error as Refusal;
use breakwater_engine::clearing::margin::{touch, value, MARKETS_MAX};
use breakwater_engine::clearing::trading::{trade, Maker, Order, Traded};
use breakwater_engine::quote::LEVELS;
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::units::LOTS_MAX;
use breakwater_engine::{Error, Lots, Side};
use serde_json::{json, Value};

use super::atomic::Age;
use super::{duplicate, passed, EngineVenue};
use crate::day::venue::{AccountId, Cross, MarketId, OrderAgainst, Outcome, Report, Stop};
use crate::quantity::{per_unit, size, usd};

/// Makers that a trade passes at most.
const MAKERS_MAX: usize = 4;

// An account has a quote a market at most.
const _: () = assert!(MARKETS_MAX >= MAKERS_MAX && LEVELS == 4, "the format's limits are the engine's");

impl EngineVenue {
    /// At or above the mark the seller offers exactly what the buyer takes, below it the other way round; both or neither. What
    /// the maker offers otherwise stays.
    pub(super) fn trade_between(&mut self, cross: &Cross) -> Outcome {
        if cross.buyer == cross.seller {
            return Err(duplicate());
        }
        self.attempt_of(&[cross.buyer, cross.seller], (Some(cross.market), Age::Standing), |venue, markets| {
            let sells = cross.price >= venue.markets[cross.market].market.mark.price;
            let side = if sells { Side::Long } else { Side::Short };
            let (maker, taker) = if sells { (cross.seller, cross.buyer) } else { (cross.buyer, cross.seller) };
            let order = cross.order(side);
            let age = venue.age_of(taker, &order);
            markets.iter().try_for_each(|at| venue.need_fresh(*at, age))?;
            let offer = venue.offer(maker, cross.market, markets, cross.quote(side.opposite(), venue.now.slot))?;
            venue.fill(taker, &order, &mut [(maker, offer)], markets)
        })
    }

    pub(super) fn trade_against(&mut self, wanted: &OrderAgainst) -> Outcome {
        let OrderAgainst { account, order, makers } = wanted;
        if makers.len() > MAKERS_MAX {
            return Err(Stop::Failed(format!("at most {MAKERS_MAX} makers")));
        }
        let mut accounts = vec![*account];
        for maker in makers {
            if accounts.contains(maker) {
                return Err(duplicate());
            }
            accounts.push(*maker);
        }
        let market = order.market_index as MarketId;
        let age = self.age_of(*account, order);
        self.attempt_of(&accounts, (Some(market), age), |venue, markets| {
            let quote = |maker: &AccountId| venue.quotes.get(&(*maker, market)).copied().unwrap_or_default();
            let mut offers: Vec<_> = makers.iter().map(|maker| (*maker, quote(maker))).collect();
            let report = venue.fill(*account, order, &mut offers, markets)?;
            for (maker, quote) in offers {
                venue.quotes.entry((maker, market)).and_modify(|present| *present = quote);
            }
            Ok(report)
        })
    }

    /// Marks of what only closes may be as old as a market allows.
    fn age_of(&self, taker: AccountId, order: &Order) -> Age {
        let slot = self.accounts[taker].slot(order.market_index).ok();
        let opposite = slot.filter(|slot| slot.position.side() == Some(order.side.opposite()));
        match opposite {
            _ if order.reduce_only => Age::Standing,
            Some(slot) if order.lots <= slot.position.size() => Age::Standing,
            _ => Age::Acting,
        }
    }

    /// Fills an order; who opens needs a good price.
    fn fill(
        &mut self,
        taker: AccountId,
        order: &Order,
        offers: &mut [(AccountId, QuoteBooks)],
        markets: &[MarketId],
    ) -> Outcome {
        let EngineVenue { accounts, markets: books, now, .. } = self;
        let mut account = accounts[taker];
        let mut theirs: Vec<_> = offers.iter().map(|(maker, _)| accounts[*maker]).collect();
        let seats = theirs.iter_mut().zip(offers.iter_mut());
        let mut makers: Vec<Maker<'_>> = seats.map(|(account, (_, quote))| Maker { account, quote }).collect();
        let traded = trade(&mut account, &mut makers, &mut passed(books, markets), order, *now)?;
        let market = &books[order.market_index as MarketId].market;
        if !traded.opened.is_zero() {
            EngineVenue::need_good(market)?;
        }
        let report = report(&traded, market.params.lot_exponent);
        accounts[taker] = account;
        for ((maker, _), account) in offers.iter().zip(theirs) {
            accounts[*maker] = account;
        }
        Ok(report)
    }

    /// Checks an offer and its account: initial margin over all of it, but for an offer that only reduces (A47). Returns it as
    /// it stands.
    fn offer(
        &mut self,
        maker: AccountId,
        market: MarketId,
        markets: &[MarketId],
        wanted: QuoteBooks,
    ) -> Outcome<QuoteBooks> {
        let now = self.now;
        let params = self.markets[market].market.params;
        check_levels(&wanted, params.step)?;
        let EngineVenue { accounts, markets: books, .. } = self;
        let account = &mut accounts[maker];
        let position = account.slot_or_new(market as u64)?.position;
        let mut books = passed(books, markets);
        let reduces = side_reduced(&wanted).is_some_and(|side| position.side() == Some(side));
        let has_margin = {
            let _ = touch(account, &mut books, now.slot)?;
            value(account, &books, now)?.initial_surplus()?.0 >= 0
        };
        if has_margin {
            account.checked_until = now.slot.saturating_add(params.check_slots);
        } else if reduces || wanted.reduce_only != 0 {
            account.checked_until = account.checked_until.max(now.slot);
        } else {
            return Err(Refusal::InsufficientMargin.into());
        }
        let reduce_only = u32::from(wanted.reduce_only != 0 || !has_margin);
        Ok(QuoteBooks { epoch: account.quote_epoch, reduce_only, ..wanted })
    }

    pub(super) fn set_quote(&mut self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Outcome {
        let quote = QuoteBooks { expires: u64::MAX, ..*quote };
        self.attempt_of(&[account], (Some(market), Age::Acting), |venue, markets| {
            let quote = venue.offer(account, market, markets, quote)?;
            venue.quotes.insert((account, market), quote);
            Ok(Report::from_iter([("checked_until".into(), json!(venue.accounts[account].checked_until))]))
        })
    }

    pub(super) fn remove_quote(&mut self, account: AccountId, market: MarketId) -> Outcome {
        self.quotes.remove(&(account, market)).ok_or_else(|| Stop::from(Error::QuoteNotLive))?;
        Ok(Report::new())
    }
}

impl Cross {
    fn order(&self, side: Side) -> Order {
        Order {
            market_index: self.market as u64,
            side,
            lots: self.lots,
            limit: self.price,
            reduce_only: self.reduce_only,
            min_fill: Lots::ZERO,
        }
    }

    /// One level at the price, for the whole size, dead after this slot.
    fn quote(&self, side: Side, slot: u64) -> QuoteBooks {
        let reduce_only = u32::from(self.reduce_only);
        let mut quote = QuoteBooks { expires: slot, reduce_only, ..QuoteBooks::default() };
        let [level, ..] = quote.side_mut(side);
        *level = Level { size: self.lots, price: self.price, pegged: 0 };
        quote
    }
}

/// The side of a position that a quote can only reduce: it offers on one side alone.
fn side_reduced(quote: &QuoteBooks) -> Option<Side> {
    let offers = |side: Side| quote.side(side).iter().any(|level| !level.size.is_zero());
    match (offers(Side::Long), offers(Side::Short)) {
        (true, false) => Some(Side::Short),
        (false, true) => Some(Side::Long),
        _ => None,
    }
}

fn check_levels(quote: &QuoteBooks, step: Lots) -> Outcome<()> {
    for level in Side::BOTH.iter().flat_map(|side| quote.side(*side)) {
        if level.size.0.checked_rem(step.0.max(1)) != Some(0) || level.size.0 > LOTS_MAX {
            return Err(Error::WrongStep.into());
        }
    }
    Ok(())
}

fn report(traded: &Traded, exponent: i32) -> Report {
    let lots = |lots: Lots| json!(size(i128::from(lots.0), exponent));
    let fills = traded.fills.iter().take(traded.count).map(|fill| {
        json!({"maker": fill.maker, "size": lots(fill.lots), "price": per_unit(i128::from(fill.price.0), 1, exponent)})
    });
    Report::from_iter([
        ("filled".into(), lots(traded.filled)),
        ("opened".into(), lots(traded.opened)),
        ("value_usd".into(), json!(usd(traded.value))),
        ("taker_fee_usd".into(), json!(usd(traded.taker_fee))),
        ("maker_fees_usd".into(), json!(usd(traded.maker_fees))),
        ("fills".into(), Value::Array(fills.collect())),
    ])
}
