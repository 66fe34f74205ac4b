//! Settling a market whose sources are gone: at a time-weighted average of the last accepted marks, not at one print (A56).

use super::ExchangeGuards;
use crate::clearing::markets::MarketMut;
use crate::clearing::state::MarketBooks;
use crate::price::Quality;
use crate::settle;
use crate::state::Mark;
use crate::units::{Now, Price};
use crate::{wide, Error, Result};

impl MarketMut<'_> {
    /// Makes the average of the last accepted marks final and returns it: positions close at it. Refused with `MarketSettled` where one
    /// is, and with `SettleTooEarly` until the last mark was published `settle_after_seconds` ago.
    pub fn settle_at_average(&mut self, exchange: &ExchangeGuards<'_>, now: Now) -> Result<Price> {
        if self.market.is_settled() {
            return Err(Error::MarketSettled);
        }
        settle::is_due(&self.market.params, &self.market.mark, now)?;
        self.accrue(exchange, now)?;
        let price = self.market.settlement_price()?;
        let quality = Quality::Good.number();
        self.market.mark = Mark { price, ema: price, confidence: Price(0), quality, ..self.market.mark };
        self.make_final(now)?;
        self.stand(exchange, now)?;
        Ok(price)
    }
}

impl MarketBooks {
    /// What a settlement would be made at: the last mark counts like any other, for as long as the market lets a price stand.
    pub fn settlement_price(&self) -> Result<Price> {
        self.average_with(self.params.price_age_seconds_max)
    }

    /// The average with the present mark, had it stood for some seconds: `(average * window + mark * seconds) / (window + seconds)`,
    /// rounded down. It needs no history, lies between the two, and however often a price is repeated it counts for its time alone.
    /// Seconds beyond what a price may be old do not count: then it did not stand.
    pub(super) fn average_with(&self, seconds: u64) -> Result<Price> {
        if self.average.0 == 0 {
            return Ok(self.mark.price);
        }
        let window = self.guards.settle_window_seconds;
        let seconds = seconds.min(self.params.price_age_seconds_max);
        let whole = window.checked_add(seconds).ok_or(Error::Overflow)?;
        if whole == 0 {
            return Ok(self.mark.price);
        }
        let sum = wide::mul(self.average.0, window).checked_add(wide::mul(self.mark.price.0, seconds));
        let mean = sum.and_then(|sum| sum.checked_div(u128::from(whole))).ok_or(Error::Overflow)?;
        u64::try_from(mean).map(Price).map_err(|_| Error::Overflow)
    }
}
