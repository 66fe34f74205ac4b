//! What passes quotes, and what sets them.

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::markets::MarketMut;
use breakwater_engine::clearing::state::AccountBooks;
use breakwater_engine::clearing::trading::{
    cancel, check, liquidate_into_quotes, set, trade, Context, Maker, Order, Sold, Traded,
};
use breakwater_engine::state::QuoteBooks;
use breakwater_engine::units::Lots;

use super::TestExchange;

impl TestExchange {
    /// A verb of one account that passes makers with their quotes; what is left of the quotes comes back.
    fn with_makers<R>(
        &mut self,
        who: &str,
        makers: &[(&str, QuoteBooks)],
        verb: impl FnOnce(&mut AccountBooks, &mut [Maker<'_>], &mut [MarketMut<'_>], &Context<'_>) -> Result<R>,
    ) -> Result<(R, Vec<QuoteBooks>)> {
        let known = makers
            .iter()
            .enumerate()
            .all(|(at, (name, _))| *name != who && !makers[..at].iter().any(|(other, _)| other == name));
        if !known {
            return Err(Error::SelfTrade);
        }
        let account_of = |name: &str| self.accounts.get(name).copied().unwrap_or_default();
        let mut accounts: Vec<AccountBooks> = makers.iter().map(|(name, _)| account_of(name)).collect();
        let mut quotes: Vec<QuoteBooks> = makers.iter().map(|(_, quote)| *quote).collect();
        let mut after = self.clone();
        let done = after.with(who, |account, markets, fund, now| {
            let seats = accounts.iter_mut().zip(&mut quotes);
            let mut makers: Vec<Maker<'_>> = seats.map(|(account, quote)| Maker { account, quote }).collect();
            verb(account, &mut makers, markets, &Context { fund, now })
        })?;
        *self = after;
        for ((name, _), account) in makers.iter().zip(accounts) {
            self.accounts.insert((*name).to_string(), account);
        }
        Ok((done, quotes))
    }

    /// An order against makers with their quotes.
    pub fn order(&mut self, who: &str, makers: &[(&str, QuoteBooks)], order: &Order) -> Result<Traded> {
        self.order_with_quotes(who, makers, order).map(|(done, _)| done)
    }

    /// The same; what is left of the quotes comes back.
    pub fn order_with_quotes(
        &mut self,
        who: &str,
        makers: &[(&str, QuoteBooks)],
        order: &Order,
    ) -> Result<(Traded, Vec<QuoteBooks>)> {
        self.with_makers(who, makers, |account, makers, markets, context| {
            trade(account, makers, markets, order, context)
        })
    }

    /// Sells a victim's lots to makers' quotes; what is left of the quotes comes back.
    pub fn liquidate_into(
        &mut self,
        victim: &str,
        makers: &[(&str, QuoteBooks)],
        (market, lots): (u64, u64),
    ) -> Result<(Sold, Vec<QuoteBooks>)> {
        self.with_makers(victim, makers, |account, makers, markets, context| {
            liquidate_into_quotes(account, makers, markets, (market, Lots(lots)), context)
        })
    }

    /// Sets a quote, which comes back as it stands.
    pub fn quote(&mut self, who: &str, market: u64, quote: QuoteBooks) -> Result<QuoteBooks> {
        self.with(who, |account, markets, _, now| {
            let mut standing = QuoteBooks::default();
            set((&mut standing, quote), account, markets, market, now)?;
            Ok(standing)
        })
    }

    /// A whole-account check, which extends the life of the account's quotes.
    pub fn check_quotes(&mut self, who: &str) -> Result<()> {
        self.with(who, |account, markets, _, now| check(account, markets, now))
    }

    pub fn cancel(&mut self, who: &str, market: u64) -> Result<()> {
        self.with(who, |account, _, _, _| {
            cancel(&mut QuoteBooks::default(), account, market);
            Ok(())
        })
    }
}
