//! Trades and quotes.

use breakwater_engine::clearing::error::Result;
use breakwater_engine::clearing::margin::MARKETS_MAX;
use breakwater_engine::clearing::markets::MarketMut;
use breakwater_engine::clearing::state::{AccountBooks, Position};
use breakwater_engine::clearing::trading::{
    cancel, liquidate_into_quotes, set, trade, Context, Fills, Maker, Order, Sold, Traded,
};
use breakwater_engine::funding;
use breakwater_engine::permission::Action;
use breakwater_engine::quote::LEVELS;
use breakwater_engine::state::{Level, QuoteBooks};
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

/// Makers of an order, with their quotes in its market.
type Offers = Vec<(AccountId, QuoteBooks)>;

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
            markets.iter().try_for_each(|at| venue.renew(*at, age))?;
            let offer = venue.offer(maker, cross.market, markets, cross.quote(side.opposite(), venue.now.slot))?;
            let report = venue.fill(taker, &order, &mut vec![(maker, offer)], markets)?;
            venue.stand_by(maker, cross.market);
            Ok(report)
        })
    }

    pub(super) fn trade_against(&mut self, wanted: &OrderAgainst) -> Outcome {
        let OrderAgainst { account, order, makers } = wanted;
        let accounts = with_makers(*account, makers)?;
        let market = order.market_index as MarketId;
        let age = self.age_of(*account, order);
        self.attempt_of(&accounts, (Some(market), age), |venue, markets| {
            let mut offers = venue.offers_of(makers, market);
            let report = venue.fill(*account, order, &mut offers, markets)?;
            venue.keep_offers(offers, market);
            Ok(report)
        })
    }

    /// Tier 1 into standing quotes.
    pub(super) fn sell_to(&mut self, victim: AccountId, market: MarketId, makers: &[AccountId], lots: Lots) -> Outcome {
        let accounts = with_makers(victim, makers)?;
        self.attempt_of(&accounts, (Some(market), Age::Acting), |venue, markets| {
            venue.permit(Action::Liquidate, market)?;
            let mut offers = venue.offers_of(makers, market);
            let what = (market as u64, lots);
            let sold = venue.among(victim, &mut offers, markets, |account, makers, markets, context| {
                liquidate_into_quotes(account, makers, markets, what, context)
            })?;
            venue.keep_offers(offers, market);
            let exponent = venue.markets[market].market.params.lot_exponent;
            Ok(match sold {
                Sold::Observed(due) => super::waterfall::observed(due),
                Sold::Done { fills, discount, paid, penalty, .. } => {
                    let mut report = fills_of(&fills, exponent);
                    report.insert("discount_bps".into(), json!(discount.0));
                    report.insert("discount_usd".into(), json!(usd(paid)));
                    report.insert("penalty_usd".into(), json!(usd(penalty)));
                    report
                }
            })
        })
    }

    fn offers_of(&self, makers: &[AccountId], market: MarketId) -> Offers {
        let quote = |maker: &AccountId| self.quotes.get(&(*maker, market)).copied().unwrap_or_default();
        makers.iter().map(|maker| (*maker, quote(maker))).collect()
    }

    fn keep_offers(&mut self, offers: Offers, market: MarketId) {
        for (maker, quote) in offers {
            self.quotes.entry((maker, market)).and_modify(|present| *present = quote);
        }
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

    /// Fills an order as what it is permitted to be, and lets its fills move the premium.
    fn fill(&mut self, taker: AccountId, order: &Order, offers: &mut Offers, markets: &[MarketId]) -> Outcome {
        let at = order.market_index as MarketId;
        let slot = self.accounts[taker].slot(order.market_index).ok();
        let opposite = slot.filter(|slot| slot.position.side() == Some(order.side.opposite()));
        let reduces = opposite.is_some_and(|slot| slot.position.size() >= order.lots);
        let actions = (Action::TradeIncrease, Action::TradeReduce);
        let reduce_only = self.permit_one_of(actions, at, (order.reduce_only, reduces))?;
        let order = Order { reduce_only, ..*order };
        let traded = self.among(taker, offers, markets, |account, makers, markets, context| {
            trade(account, makers, markets, &order, context)
        })?;
        let market = &mut self.markets[at].market;
        let mut fills = funding::Fills::default();
        for fill in traded.fills.each() {
            fills.note((&market.params, &market.mark), fill.lots, fill.price)?;
        }
        market.funding_books()?.sample(&fills)?;
        Ok(report(&traded, market.params.lot_exponent))
    }

    /// Runs a verb over one account and makers with their quotes.
    fn among<R>(
        &mut self,
        who: AccountId,
        offers: &mut Offers,
        markets: &[MarketId],
        verb: impl FnOnce(&mut AccountBooks, &mut [Maker<'_>], &mut [MarketMut<'_>], &Context<'_>) -> Result<R>,
    ) -> Outcome<R> {
        let EngineVenue { accounts, markets: books, fund, now, .. } = self;
        let mut account = accounts[who];
        let mut theirs: Vec<_> = offers.iter().map(|(maker, _)| accounts[*maker]).collect();
        let seats = theirs.iter_mut().zip(offers.iter_mut());
        let mut makers: Vec<Maker<'_>> = seats.map(|(account, (_, quote))| Maker { account, quote }).collect();
        let context = Context { fund, now: *now };
        let done = verb(&mut account, &mut makers, &mut passed(books, markets), &context)?;
        accounts[who] = account;
        for ((maker, _), account) in offers.iter().zip(theirs) {
            accounts[*maker] = account;
        }
        Ok(done)
    }

    /// Checks an offer and its account, and backs it. Returns it as it stands.
    fn offer(
        &mut self,
        maker: AccountId,
        market: MarketId,
        markets: &[MarketId],
        wanted: QuoteBooks,
    ) -> Outcome<QuoteBooks> {
        let slot = self.accounts[maker].slot(market as u64).ok();
        let reduces = slot.is_some_and(|slot| reduces(&wanted, &slot.position));
        let actions = (Action::SetQuote, Action::QuoteReduction);
        let reduce_only = self.permit_one_of(actions, market, (wanted.reduce_only != 0, reduces))?;
        let wanted = QuoteBooks { reduce_only: reduce_only.into(), ..wanted };
        let EngineVenue { accounts, markets: books, now, .. } = self;
        let mut quote = QuoteBooks::default();
        set((&mut quote, wanted), &mut accounts[maker], &mut passed(books, markets), market as u64, *now)?;
        Ok(quote)
    }

    /// What an account offers in a market is again what its standing quote says.
    fn stand_by(&mut self, maker: AccountId, market: MarketId) {
        let standing = self.quotes.get(&(maker, market)).copied().unwrap_or_default();
        if let Ok(slot) = self.accounts[maker].slot_mut(market as u64) {
            (slot.quoted, slot.quoted_until) = (standing.offered(), standing.expires);
        }
    }

    pub(super) fn set_quote(&mut self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Outcome {
        let quote = QuoteBooks { expires: u64::MAX, ..*quote };
        self.attempt_of(&[account], (Some(market), Age::Acting), |venue, markets| {
            let quote = venue.offer(account, market, markets, quote)?;
            venue.quotes.insert((account, market), quote);
            let checked_until = venue.accounts[account].checked_until;
            Ok(Report::from_iter([
                ("checked_until_slot".into(), json!(checked_until)),
                ("reduce_only".into(), json!(quote.reduce_only != 0)),
            ]))
        })
    }

    pub(super) fn remove_quote(&mut self, account: AccountId, market: MarketId) -> Outcome {
        self.attempt_of(&[account], (Some(market), Age::Any), |venue, _| {
            let mut quote = venue.quotes.remove(&(account, market)).ok_or_else(|| Stop::from(Error::QuoteNotLive))?;
            cancel(&mut quote, &mut venue.accounts[account], market as u64);
            Ok(Report::new())
        })
    }
}

/// Whether all that is offered reduces a position, and no more of it than there is.
fn reduces(quote: &QuoteBooks, position: &Position) -> bool {
    let offered = |side: Side| quote.side(side).iter().map(|level| u128::from(level.size.0)).sum::<u128>();
    let fits = |side: Side| offered(side) == 0 && offered(side.opposite()) <= u128::from(position.size().0);
    position.side().is_some_and(fits)
}

/// An account and the makers it meets, each once.
fn with_makers(account: AccountId, makers: &[AccountId]) -> Outcome<Vec<AccountId>> {
    if makers.len() > MAKERS_MAX {
        return Err(Stop::Failed(format!("at most {MAKERS_MAX} makers")));
    }
    let mut accounts = vec![account];
    for maker in makers {
        if accounts.contains(maker) {
            return Err(duplicate());
        }
        accounts.push(*maker);
    }
    Ok(accounts)
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

fn report(traded: &Traded, exponent: i32) -> Report {
    let mut report = fills_of(&traded.fills, exponent);
    report.insert("opened".into(), json!(size(i128::from(traded.opened.0), exponent)));
    report.insert("taker_fee_usd".into(), json!(usd(traded.taker_fee)));
    report
}

fn fills_of(fills: &Fills, exponent: i32) -> Report {
    let lots = |lots: Lots| json!(size(i128::from(lots.0), exponent));
    let each = fills.each().iter().map(|fill| {
        json!({"maker": fill.maker, "size": lots(fill.lots), "price": per_unit(i128::from(fill.price.0), 1, exponent)})
    });
    Report::from_iter([
        ("filled".into(), lots(fills.lots)),
        ("value_usd".into(), json!(usd(fills.value))),
        ("maker_fees_usd".into(), json!(usd(fills.maker_fees))),
        ("fills".into(), Value::Array(each.collect())),
    ])
}
