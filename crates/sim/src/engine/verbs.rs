//! The verbs: the program's handlers over plain values.

use breakwater_engine::outflow::{self, Allowance};
use breakwater_engine::permission::{permit_order, permit_quote, permitted, Action};
use breakwater_engine::price::Observation;
use breakwater_engine::quote;
use breakwater_engine::resolve::Backing;
use breakwater_engine::state::{AccountBooks, LadderBooks, MarketBooks, MarketParams, QuoteBooks};
use breakwater_engine::trade::{Maker, Markets, Order};
use breakwater_engine::units::Now;
use breakwater_engine::{collateral, liquidation, rebase, recovery, refresh, resolve, sync, trade, Atoms, Lots, Price};

use super::{duplicate, pair, passed, EngineVenue, Touched};
use crate::venue::{may_close, AccountId, Books, Cross, MarketId, Outcome, Refusal, State, Venue};

impl Venue for EngineVenue {
    fn now(&self) -> Now {
        self.now
    }

    fn advance(&mut self, slots: u64, seconds: i64) {
        self.now.slot += slots;
        self.now.time += seconds;
    }

    fn set_clock(&mut self, now: Now) {
        self.now = now;
    }

    fn mark(&self, market: MarketId) -> Price {
        self.markets[market].market.mark.price
    }

    fn account(&self, account: AccountId) -> AccountBooks {
        self.accounts[account]
    }

    fn books(&self, market: MarketId) -> Books {
        self.markets[market].clone()
    }

    fn list(&mut self, params: &MarketParams, first: &Observation) -> Outcome<MarketId> {
        let mut market = MarketBooks::default();
        refresh::list(&mut market, params, self.markets.len() as u64, first, self.now)?;
        Ok(self.list_books(market, Box::new(LadderBooks::empty())))
    }

    fn open(&mut self) -> Outcome<AccountId> {
        self.accounts.push(AccountBooks { quote_epoch: self.now.slot << 20, ..AccountBooks::default() });
        self.owed.push(Atoms::ZERO);
        Ok(self.accounts.len() - 1)
    }

    fn fund(&mut self, amount: Atoms) -> Outcome {
        if amount.is_zero() {
            return Err(breakwater_engine::Error::ZeroAmount.into());
        }
        self.attempt(Touched { accounts: &[], markets: &[] }, |venue| {
            venue.money.fund.pay_in(amount)?;
            venue.money.insurance = venue.money.insurance.plus(amount)?;
            Ok(())
        })
    }

    fn deposit(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        // What its owner owes is passed with it.
        let owes = !self.owed[account].is_zero();
        let all = self.markets_of(account, None);
        let markets = if owes { all.clone() } else { Vec::new() };
        self.attempt(Touched { accounts: &[account], markets: &markets }, |venue| {
            let past_cap = venue.allowed_past_cap(account, amount, &all)?;
            let mut books = passed(&mut venue.markets, &markets);
            let (owed, terms) = (&mut venue.owed[account], (&venue.params, amount));
            let _ = recovery::deposit(&mut [&mut venue.accounts[account]], &mut books, owed, terms, venue.now)?;
            venue.money.collateral = venue.money.collateral.plus(amount)?;
            let fits = venue.money.collateral <= venue.params.deposits_max || amount <= past_cap;
            if fits {
                Ok(())
            } else {
                Err(Refusal("DepositsFull".into()))
            }
        })
    }

    fn withdraw(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        let markets = self.markets_of(account, None);
        self.attempt(Touched { accounts: &[account], markets: &markets }, |venue| {
            venue.pass_withdrawal(&venue.accounts[account], &markets)?;
            let mut books = passed(&mut venue.markets, &markets);
            let owner = &mut venue.accounts[account];
            collateral::withdraw(owner, &mut books, amount, venue.now)?;
            let allowance = Allowance::of(&venue.params, venue.money.collateral)?;
            outflow::withdraw(&mut venue.money.outflow, &mut owner.flow, &allowance, amount, venue.now)
                .map_err(|refused| refused.error)?;
            venue.watch_outflow();
            venue.money.collateral = venue.money.collateral.minus(amount)?;
            Ok(())
        })
    }

    fn allocate(&mut self, account: AccountId, market: MarketId, amount: i64) -> Outcome {
        self.attempt(Touched { accounts: &[account], markets: &[market] }, |venue| {
            let action = if amount < 0 { Action::TakeMargin } else { Action::AddMargin };
            venue.pass(action, market)?;
            let size = Atoms(amount.unsigned_abs());
            let (owner, books) = (&mut venue.accounts[account], venue.markets[market].books());
            if amount < 0 {
                collateral::take_margin(owner, &mut [books], market as u64, size, venue.now)?;
            } else {
                let mut books = books;
                collateral::add_margin(owner, &mut books, size, venue.now)?;
            }
            Ok(())
        })
    }

    fn publish(&mut self, market: MarketId, observation: &Observation) -> Outcome {
        self.attempt(Touched { accounts: &[], markets: &[market] }, |venue| {
            venue.pass(Action::Refresh, market)?;
            let _ = refresh::refresh(&mut venue.markets[market].books(), observation, venue.now)?;
            Ok(())
        })
    }

    fn quote(&mut self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Outcome {
        self.attempt(Touched { accounts: &[account], markets: &[] }, |venue| venue.set_quote(account, market, quote))
    }

    fn trade(&mut self, account: AccountId, market: MarketId, order: Order, makers: &[AccountId]) -> Outcome {
        let mut parties = makers.to_vec();
        parties.push(account);
        let markets = self.traded_in(account, market, &order);
        let touched = Touched { accounts: &parties, markets: &markets };
        self.attempt(touched, |venue| venue.take(account, market, order, makers))
    }

    fn cross(&mut self, market: MarketId, cross: &Cross) -> Outcome {
        let quote = cross.quote(self.now);
        let markets = self.traded_in(cross.taker, market, &cross.order);
        let touched = Touched { accounts: &[cross.maker, cross.taker], markets: &markets };
        self.attempt(touched, |venue| {
            venue.set_quote(cross.maker, market, &quote)?;
            venue.take(cross.taker, market, cross.order, &[cross.maker])
        })
    }

    fn liquidate(&mut self, victim: AccountId, market: MarketId, by: AccountId, lots: Lots) -> Outcome {
        let markets = self.markets_of(victim, Some(market));
        self.attempt(Touched { accounts: &[victim, by], markets: &markets }, |venue| {
            let (at, debt) = (victim, venue.accounts[victim].debt()?);
            let conditions = venue.conditions(market);
            let [victim, liquidator] = pair(&mut venue.accounts, victim, by)?;
            permitted(Action::Liquidate, &conditions)?;
            let mut books = passed(&mut venue.markets, &markets);
            let parties = (liquidator, &mut venue.money.fund, venue.params.staker_share);
            let report = liquidation::liquidate(victim, &mut books, market as u64, parties, lots, venue.now)?;
            venue.note_debt(at, debt)?;
            venue.watch_fund()?;
            venue.money.move_to_insurance(report.to_insurance)?;
            venue.money.move_to_collateral(report.from_insurance)
        })
    }

    fn resolve(&mut self, victim: AccountId, market: MarketId, against: Option<AccountId>) -> Outcome {
        let markets = self.markets_of(victim, Some(market));
        let parties: Vec<_> = [victim].into_iter().chain(against).collect();
        self.attempt(Touched { accounts: &parties, markets: &markets }, |venue| {
            let debts = parties.iter().map(|at| Ok((*at, venue.accounts[*at].debt()?)));
            let debts: Vec<_> = debts.collect::<breakwater_engine::Result<_>>()?;
            let conditions = venue.conditions(market);
            let mut parties = several(&mut venue.accounts, &parties)?.into_iter();
            let Some(victim) = parties.next() else { return Err(duplicate()) };
            permitted(Action::Resolve, &conditions)?;
            let mut books = passed(&mut venue.markets, &markets);
            let backing = Backing { fund: &mut venue.money.fund, against: parties.next() };
            let report = resolve::resolve(victim, &mut books, market as u64, backing, venue.now)?;
            venue.watch_fund()?;
            if report.cured {
                venue.pass(Action::Deleverage, market)?;
            }
            debts.into_iter().try_for_each(|(at, before)| venue.note_debt(at, before))?;
            venue.money.move_to_collateral(report.from_insurance)
        })
    }

    fn sync(&mut self, account: AccountId, payee: Option<AccountId>) -> Outcome {
        let markets = self.markets_of(account, None);
        let parties: Vec<_> = [account].into_iter().chain(payee).collect();
        self.attempt(Touched { accounts: &parties, markets: &markets }, |venue| {
            let passes = markets.iter().try_for_each(|at| venue.pass(Action::Sync, *at));
            let mut parties = several(&mut venue.accounts, &parties)?.into_iter();
            let Some(account) = parties.next() else { return Err(duplicate()) };
            passes?;
            let mut books = passed(&mut venue.markets, &markets);
            let _ = sync::sync(account, &mut books, parties.next(), venue.now)?;
            Ok(())
        })
    }

    fn rebase(&mut self, market: MarketId, lines: u32) -> Outcome {
        self.attempt(Touched { accounts: &[], markets: &[market] }, |venue| {
            let _ = rebase::rebase(&mut venue.markets[market].books(), lines)?;
            Ok(())
        })
    }

    fn state(&self) -> State {
        self.everything()
    }
}

impl EngineVenue {
    /// What a deposit may bring although it would pass the cap.
    fn allowed_past_cap(&self, account: AccountId, amount: Atoms, markets: &[MarketId]) -> Outcome<Atoms> {
        if self.money.collateral.plus(amount)? <= self.params.deposits_max {
            return Ok(Atoms::ZERO);
        }
        let views = markets.iter().map(|at| self.markets[*at].view());
        Ok(collateral::cure_max(&self.accounts[account], views, self.now)?)
    }

    /// Markets a trade may change: the taker's others too where it may close.
    fn traded_in(&self, taker: AccountId, market: MarketId, order: &Order) -> Vec<MarketId> {
        let closes = may_close(&self.accounts[taker], market, order);
        if closes {
            self.markets_of(taker, Some(market))
        } else {
            vec![market]
        }
    }

    /// What an account owes more, its owner owes more.
    fn note_debt(&mut self, account: AccountId, before: Atoms) -> Outcome {
        self.owed[account] = recovery::note_debt(self.owed[account], before, &self.accounts[account])?;
        Ok(())
    }

    fn set_quote(&mut self, account: AccountId, market: MarketId, wanted: &QuoteBooks) -> Outcome {
        let mut wanted = *wanted;
        permit_quote(&mut wanted, &self.conditions(market), market as u64, &self.accounts[account])?;
        let others = self.markets_of(account, Some(market));
        let views = others.iter().map(|at| self.markets[*at].view());
        let view = self.markets[market].view();
        let quote = self.quotes.entry((account, market)).or_default();
        quote::set(quote, wanted, &mut self.accounts[account], view, views, self.now)?;
        Ok(())
    }

    fn take(&mut self, account: AccountId, market: MarketId, mut order: Order, makers: &[AccountId]) -> Outcome {
        let all_markets = self.markets_of(account, Some(market));
        let changed = self.traded_in(account, market, &order);
        // Who has no quote, or is the taker himself, is passed over.
        let quotes = |maker: &&AccountId| **maker != account && self.quotes.contains_key(&(**maker, market));
        let makers: Vec<AccountId> = makers.iter().filter(quotes).copied().collect();
        let all: Vec<_> = [account].into_iter().chain(makers.iter().copied()).collect();
        let conditions = self.conditions(market);
        let mut parties = several(&mut self.accounts, &all)?;
        let taker = parties.remove(0);
        permit_order(&mut order, &conditions, market as u64, taker)?;
        let mut quotes = Vec::new();
        for maker in &makers {
            quotes.push(self.quotes.get(&(*maker, market)).copied().unwrap_or_default());
        }
        let [mut changed, seen] = split(&mut self.markets, &all_markets, &changed);
        let mut changed: Vec<_> = changed.iter_mut().map(|books| books.books()).collect();
        let views: Vec<_> = seen.iter().map(|books| books.view()).collect();
        let (traded, siblings) = changed.split_first_mut().ok_or_else(duplicate)?;
        let mut seats: Vec<_> =
            parties.into_iter().zip(&mut quotes).map(|(account, quote)| Maker { account, quote }).collect();
        let markets = Markets { traded, siblings, others: &views };
        let _ = trade::trade(taker, markets, &mut seats, order, self.now)?;
        for (maker, quote) in makers.iter().zip(quotes) {
            self.quotes.insert((*maker, market), quote);
        }
        Ok(())
    }
}

/// Of the markets passed, in their order: those to change, and those to look at.
fn split<'m>(markets: &'m mut [Books], passed: &[MarketId], changed: &[MarketId]) -> [Vec<&'m mut Books>; 2] {
    let mut found: Vec<_> = markets.iter_mut().enumerate().filter(|(at, _)| passed.contains(at)).collect();
    found.sort_by_key(|(at, _)| passed.iter().position(|wanted| wanted == at));
    let (changed, seen): (Vec<_>, Vec<_>) = found.into_iter().partition(|(at, _)| changed.contains(at));
    [changed, seen].map(|part| part.into_iter().map(|(_, books)| books).collect())
}

/// Several accounts to change, in the order asked for.
fn several<'a>(accounts: &'a mut [AccountBooks], order: &[AccountId]) -> Outcome<Vec<&'a mut AccountBooks>> {
    let mut found: Vec<_> = accounts.iter_mut().enumerate().filter(|(at, _)| order.contains(at)).collect();
    if found.len() != order.len() {
        return Err(duplicate());
    }
    found.sort_by_key(|(at, _)| order.iter().position(|wanted| wanted == at));
    Ok(found.into_iter().map(|(_, account)| account).collect())
}

impl super::Money {
    fn move_to_insurance(&mut self, amount: Atoms) -> Outcome {
        self.collateral = self.collateral.minus(amount)?;
        self.insurance = self.insurance.plus(amount)?;
        Ok(())
    }

    fn move_to_collateral(&mut self, amount: Atoms) -> Outcome {
        self.insurance = self.insurance.minus(amount)?;
        self.collateral = self.collateral.plus(amount)?;
        Ok(())
    }
}
