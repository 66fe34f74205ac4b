//! What a history tries: each verb with arguments that have a chance, and some that have none.

use std::collections::BTreeMap;

use breakwater_engine::clearing::insurance::LayerTerms;
use breakwater_engine::clearing::state::AccountBooks;
use breakwater_engine::clearing::trading::Order;
use breakwater_engine::clearing::waterfall::{Declared, Deleverage, Liquidated, Resolved};
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::{Lots, Price, Side};

use super::{History, MARKETS, RICH};
use crate::exchange::{slot_of, TestExchange};
use crate::watch::Act;

fn distressed(account: &AccountBooks) -> bool {
    account.clock.distress.slot != 0 && account.clock.bankrupt.slot == 0
}

fn bankrupt(account: &AccountBooks) -> bool {
    account.clock.bankrupt.slot != 0
}

impl History<'_> {
    pub(super) fn deposit(&mut self) {
        let (who, amount) = (self.name(), self.rng.magnitude(36) + 1);
        self.attempt("deposit", Act::of(&[&who]), |exchange| exchange.deposit(&who, amount));
    }

    /// Two accounts, sometimes of one owner, pay their margins in and trade with each other: from 20x to less than 2x.
    pub(super) fn enter(&mut self) {
        let (buyer, market) = (self.name(), self.any_market());
        let seller = if self.rng.one_in(5) { self.other_of(&buyer) } else { self.name() };
        let wanted = 1 << self.rng.within(26, 34);
        let lots = self.lots_for(market, wanted);
        let value = self.value_of(market, lots);
        let margins = [self.rng.within(52, 600), self.rng.within(52, 600)];
        for (who, margin) in [(&buyer, margins[0]), (&seller, margins[1])] {
            let amount = value / 1_000 * margin + 20;
            self.attempt("deposit", Act::of(&[who]), |exchange| exchange.deposit(who, amount));
        }
        self.attempt("trade", Act::opening(&[&buyer, &seller], market), |exchange| {
            exchange.trade(market, &buyer, &seller, lots)
        });
    }

    pub(super) fn trade(&mut self) {
        let (buyer, market) = (self.name(), self.any_market());
        let seller = if self.rng.one_in(5) { self.other_of(&buyer) } else { self.name() };
        let lots = self.lots_worth(market, 34);
        self.attempt("trade", Act::opening(&[&buyer, &seller], market), |exchange| {
            exchange.trade(market, &buyer, &seller, lots)
        });
    }

    /// An order against the quotes of two makers, one of them the rich.
    pub(super) fn order(&mut self) {
        let (taker, market) = (self.name(), self.any_market());
        let side = if self.rng.one_in(2) { Side::Long } else { Side::Short };
        let makers = [RICH[self.rng.within(0, 1) as usize].to_string(), self.name()];
        if makers.contains(&taker) || makers[0] == makers[1] {
            return;
        }
        let wanted = u128::from(self.rng.magnitude(32)) + 1;
        let lots = self.lots_for(market, wanted);
        let mark = self.price(market);
        let quotes = [self.rng.within(1, 40), self.rng.within(1, 40)].map(|away| {
            let away = mark / 10_000 * away;
            let level = |price: u64| Level { size: Lots(lots), price: Price(price), pegged: 0 };
            let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
            (quote.bids[0], quote.asks[0]) = (level(mark - away), level(mark + away));
            quote
        });
        let limit = side.pick(Price(1 << 59), Price(1));
        let order =
            Order { market_index: market, side, lots: Lots(lots), limit, reduce_only: false, min_fill: Lots(1) };
        let act = Act::opening(&[&taker, &makers[0], &makers[1]], market);
        self.attempt("order", act, |exchange| {
            for maker in &makers {
                exchange.check_account(maker)?;
            }
            let quoted = [(makers[0].as_str(), quotes[0]), (makers[1].as_str(), quotes[1])];
            exchange.order(&taker, &quoted, &order)
        });
    }

    pub(super) fn tick(&mut self) {
        let slots = [1, 1, 3, 5, 6, 12, 30][self.rng.within(0, 6) as usize];
        let (mut marks, mut funding) = (BTreeMap::new(), BTreeMap::new());
        for index in 0..MARKETS as usize {
            let market = self.exchange.market(index);
            let price = market.mark.price.0;
            if !market.is_usable() || self.rng.one_in(4) {
                continue;
            }
            let permille = match self.rng.within(0, 39) {
                0..=1 => self.rng.within(200, 5_000),
                2..=9 => self.rng.within(700, 1_400),
                _ => self.rng.within(self.drifts[index] - 40, self.drifts[index] + 40),
            };
            let (first, moved) = (self.firsts[index], u128::from(price) * u128::from(permille) / 1_000);
            let (least, most) = (u128::from(first / 1_000_000), u128::from(first) * 1_000);
            if moved <= least || moved >= most {
                // At the end of its range the price turns.
                self.drifts[index] = if moved <= least { 1_040 } else { 955 };
            }
            marks.insert(index, moved.clamp(least, most) as u64);
            if self.rng.one_in(8) {
                funding.insert(index, i128::from(price / 1_000) * (self.rng.within(0, 2) as i128 - 1));
            }
        }
        self.attempt("tick", Act::tick(&funding), |exchange| exchange.tick(slots, &marks, &funding));
    }

    /// A mark at which an account has a part of its maintenance margin left.
    fn squeeze_mark(&mut self) -> Option<(String, u64, u64)> {
        let who = self.in_state(|account| account.slots.iter().filter(|slot| slot.position.lots != 0).count() == 1);
        let market = self.market_of(&who);
        let slot = slot_of(self.exchange.accounts.get(&who)?, market as usize)?;
        let view = self.exchange.view(market as usize);
        let position = view.caught_up(slot).unwrap();
        let side =
            position.side.filter(|_| view.market.is_usable() && !view.market.is_settled() && position.lots.0 > 0)?;
        let mark = i128::from(self.price(market));
        let a_lot = view.equity(&position).unwrap().0 / i128::from(position.lots.0);
        let keeps = mark / 1_000 * i128::from(self.rng.within(3, 27));
        let wanted = mark - side.pick(a_lot - keeps, keeps - a_lot);
        let first = i128::from(self.firsts[market as usize]);
        (wanted > first / 1_000_000 && wanted < first * 1_000).then_some((who, market, wanted as u64))
    }

    /// The mark moves to where an account is in distress, stands, and a keeper comes.
    pub(super) fn squeeze(&mut self) {
        let Some((victim, market, mark)) = self.squeeze_mark() else { return };
        let marks = BTreeMap::from([(market as usize, mark)]);
        let still = BTreeMap::new();
        self.attempt("tick", Act::tick(&still), |exchange| exchange.tick(1, &marks, &BTreeMap::new()));
        self.attempt("tick", Act::tick(&still), |exchange| exchange.tick(6, &BTreeMap::new(), &BTreeMap::new()));
        let taker = RICH[self.rng.within(0, 1) as usize].to_string();
        self.liquidate_some(&victim, &taker, market);
    }

    pub(super) fn sync(&mut self) {
        let who = self.name();
        let keeper = self.name();
        if self.rng.one_in(4) && keeper != who {
            self.attempt("sync", Act::of(&[&who, &keeper]), |exchange| exchange.sync_paid(&who, &keeper));
        } else {
            self.attempt("sync", Act::sync(&who), |exchange| exchange.sync(&who));
        }
    }

    pub(super) fn withdraw(&mut self) {
        let (who, amount) = (self.name(), self.rng.magnitude(36) + 1);
        self.attempt("withdraw", Act::of(&[&who]), |exchange| exchange.withdraw(&who, amount));
    }

    pub(super) fn liquidate(&mut self) {
        if !self.exchange.accounts.values().any(distressed) && !self.rng.one_in(20) {
            return;
        }
        let victim = self.in_state(distressed);
        let taker = match self.rng.within(0, 5) {
            0 => self.other_of(&victim),
            1 => self.name(),
            _ => RICH[self.rng.within(0, 1) as usize].to_string(),
        };
        let market = self.market_of(&victim);
        self.liquidate_some(&victim, &taker, market);
    }

    fn liquidate_some(&mut self, victim: &str, taker: &str, market: u64) {
        let lots = self.lots_worth(market, 36);
        let done = self.attempt("liquidate", Act::liquidation(victim, taker, market), |exchange| {
            exchange.liquidate(victim, taker, market, lots)
        });
        if matches!(done, Some(Liquidated::Done { .. })) {
            self.tier("partial liquidation");
        }
    }

    pub(super) fn declare(&mut self) {
        for _ in 0..3 {
            if !self.exchange.accounts.values().any(bankrupt) && !self.rng.one_in(20) {
                continue;
            }
            let who = self.in_state(bankrupt);
            let keeper = self.name();
            let done = if keeper != who && self.rng.one_in(3) {
                let act = Act::declaring(&[&who, &keeper]);
                self.attempt("declare", act, |exchange| exchange.declare_for(&who, &keeper))
            } else {
                self.attempt("declare", Act::declaring(&[&who]), |exchange| exchange.declare(&who))
            };
            if matches!(done, Some(Declared::Done { .. })) {
                self.tier("declared");
            }
        }
        let who = self.in_state(|account| account.slots.iter().any(|slot| slot.clock.bankrupt.slot != 0));
        let slots = self.exchange.accounts.get(&who).map(|account| account.slots);
        let isolated = slots.iter().flatten().find(|slot| slot.clock.bankrupt.slot != 0).map(|slot| slot.market);
        if let Some(market) = isolated {
            self.attempt("declare isolated", Act::of(&[&who]), |exchange| exchange.declare_isolated(&who, market));
        }
    }

    pub(super) fn resolve(&mut self) {
        for market in 0..MARKETS {
            if !self.exchange.market(market as usize).has_estates() && !self.rng.one_in(20) {
                continue;
            }
            let act = Act::resolving(market);
            let Some(done) = self.attempt("resolve", act, |exchange| exchange.resolve(market)) else { continue };
            self.note(market, &done);
        }
    }

    fn note(&mut self, market: u64, done: &Resolved) {
        let paid = done.insured.total().unwrap();
        let parts = [
            ("insured", paid),
            ("absorbed", done.absorbed),
            ("socialized", done.socialized),
            ("from held", done.from_held),
            ("from vesting", done.from_vesting),
            ("last resort", done.last_resort),
            ("unfunded", done.unfunded),
        ];
        if done.continued {
            assert!(done.deficit.0 == 0 && done.charges.iter().all(|charge| charge.rate == 0), "no further charge");
            self.tier("continued");
        }
        let sum: u64 = parts.iter().map(|(_, part)| part.0).sum();
        assert_eq!(sum, done.deficit.0, "I3: the parts sum to the deficit");
        let left = self.exchange.market(market as usize).left_to_draw(&self.exchange.fund).unwrap();
        assert!(sum == paid.0 || left.0 == 0, "I4: no account is charged while insurance holds {left:?}");
        for (name, _) in parts.into_iter().filter(|(_, part)| part.0 > 0) {
            self.tier(name);
        }
        if done.deleveraged.iter().any(|lots| lots.0 > 0) {
            self.tier("deleveraged");
        }
    }

    pub(super) fn buy(&mut self) {
        for market in 0..MARKETS {
            for side in Side::BOTH {
                let lots = self.exchange.market(market as usize).side(side).estate.lots.0;
                if lots == 0 {
                    continue;
                }
                let who = if self.rng.one_in(2) { RICH[self.rng.within(0, 1) as usize].into() } else { self.name() };
                let lots = (lots / self.rng.within(1, 4)).max(1);
                let done = self.attempt("buy", Act::of(&[&who]), |exchange| exchange.buy(&who, market, side, lots));
                if done.is_some() {
                    self.tier("sold");
                }
            }
        }
    }

    pub(super) fn deleverage(&mut self) {
        if !self.exchange.accounts.values().any(distressed) && !self.rng.one_in(20) {
            return;
        }
        let who = self.in_state(distressed);
        let market = self.market_of(&who);
        let act = Act::deleveraging(&who, market);
        let done = self.attempt("deleverage", act, |exchange| exchange.deleverage(&who, market));
        if matches!(done, Some(Deleverage::Done(..))) {
            self.tier("pre-emptive");
        }
    }

    pub(super) fn isolate(&mut self) {
        let who = self.name();
        let market = self.market_of(&who);
        self.attempt("isolate", Act::of(&[&who]), |exchange| exchange.isolate(&who, market));
    }

    pub(super) fn silence(&mut self) {
        let market = self.any_market() as usize;
        let usable = self.exchange.market(market).is_usable();
        if usable && self.rng.one_in(3) {
            self.attempt("silence", Act::of(&[]), |exchange| exchange.silence(market));
        } else if !usable {
            self.attempt("restore", Act::of(&[]), |exchange| exchange.restore(market));
        }
    }

    pub(super) fn layer(&mut self) {
        let (market, amount) = (self.any_market() as usize, self.rng.magnitude(32) + 1);
        let until = self.exchange.slot + self.rng.within(10, 300);
        let terms = LayerTerms {
            attachment: Atoms(if self.rng.one_in(2) { 0 } else { self.rng.magnitude(30) }),
            limit: Atoms(amount + self.rng.magnitude(32)),
            premium: Bps(self.rng.within(0, 1_250) as u32),
            until,
        };
        self.attempt("layer", Act::of(&[]), |exchange| exchange.lay(market, &terms, amount));
    }

    pub(super) fn fund(&mut self) {
        for market in 0..MARKETS as usize {
            let view = self.exchange.view(market);
            let due = view.shortfalls(self.exchange.now().slot).unwrap().is_due().unwrap();
            if due || self.rng.one_in(30) {
                self.attempt("fund", Act::of(&[]), |exchange| exchange.fund_estate(market));
            }
        }
    }

    pub(super) fn epoch(&mut self) {
        self.attempt("epoch", Act::of(&[]), TestExchange::begin_epoch);
        let (market, amount) = (self.any_market() as usize, self.rng.magnitude(30) + 1);
        self.attempt("earn", Act::earning(&[]), |exchange| exchange.earn(market, amount));
    }

    pub(super) fn unstake(&mut self) {
        let there = self.exchange.fund.common().unwrap().0;
        if there == 0 && !self.rng.one_in(10) {
            return;
        }
        let amount = self.rng.within(1, there / 2 + 1);
        self.attempt("unstake", Act::of(&[]), |exchange| exchange.unstake(amount));
    }

    pub(super) fn gift(&mut self) {
        let (market, amount) = (self.any_market() as usize, self.rng.magnitude(30) + 1);
        let owed = |side: &Side| !self.exchange.market(market).side(*side).claims.outstanding.is_zero();
        let side = Side::BOTH.into_iter().find(owed).unwrap_or(Side::Long);
        self.attempt("gift", Act::of(&[]), |exchange| exchange.gift(market, side, amount));
    }

    pub(super) fn end_events(&mut self) {
        let market = self.any_market() as usize;
        self.attempt("end events", Act::of(&[]), |exchange| exchange.end_loss_events(market));
    }

    /// Lots that rounding left are closed against, where there are some.
    pub(super) fn dust(&mut self) {
        let who = self.name();
        let market = self.market_of(&who);
        self.attempt("close dust", Act::of(&[&who]), |exchange| exchange.close_dust(&who, market));
    }

    pub(super) fn migrate(&mut self) {
        for market in 0..MARKETS as usize {
            let books = self.exchange.market(market);
            let indices = Side::BOTH.map(|side| books.side(side).index.get());
            if books.grid.is_due(books.mark.price, indices).unwrap() {
                self.attempt("migrate", Act::of(&[]), |exchange| exchange.migrate_grid(market));
            }
        }
    }
}
