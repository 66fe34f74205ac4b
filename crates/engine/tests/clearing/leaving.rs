//! The way out: what is bankrupt is declared and resolved, longs close against shorts, and everybody withdraws (I11).

use std::collections::BTreeMap;

use breakwater_engine::Side;

use super::{History, ACCOUNTS, MARKETS};
use crate::watch::Act;

impl History<'_> {
    /// Everybody leaves: what is bankrupt is declared and resolved, longs close against shorts.
    pub(super) fn drain(&mut self) {
        self.exchange.pages_created = true;
        for market in 0..MARKETS as usize {
            if !self.exchange.market(market).is_usable() {
                self.attempt("restore", Act::of(&[]), |exchange| exchange.restore(market)).unwrap();
            }
        }
        for market in 0..MARKETS as usize {
            if self.rng.one_in(4) {
                self.attempt("settle", Act::of(&[]), |exchange| exchange.settle_market(market)).unwrap();
            }
        }
        for round in 0..60 {
            self.attempt("tick", Act::tick(&BTreeMap::new()), |exchange| {
                exchange.tick(60, &BTreeMap::new(), &BTreeMap::new())
            })
            .unwrap();
            self.attempt("tick", Act::tick(&BTreeMap::new()), |exchange| {
                exchange.tick(6, &BTreeMap::new(), &BTreeMap::new())
            })
            .unwrap();
            self.migrate();
            for at in 0..ACCOUNTS {
                let who = format!("a{at}");
                self.attempt("sync", Act::sync(&who), |exchange| exchange.sync(&who)).unwrap();
            }
            for _ in 0..ACCOUNTS {
                self.declare();
            }
            self.resolve();
            self.collect();
            self.close_all();
            if self.exchange.is_flat() {
                break;
            }
            assert!(round < 59, "somebody cannot leave: {}", self.exchange.describe());
        }
        self.leave();
    }

    fn close_all(&mut self) {
        for market in 0..MARKETS {
            if self.exchange.market(market as usize).is_settled() {
                for who in self.exchange.positions(market) {
                    self.attempt("settle position", Act::of(&[&who]), |exchange| {
                        exchange.settle_position(&who, market)
                    });
                }
                continue;
            }
            for pair in self.exchange.pairs(market) {
                let (long, short, lots) = pair;
                self.attempt("close", Act::of(&[&long, &short]), |exchange| {
                    exchange.trade(market, &short, &long, lots)
                });
            }
            for who in self.exchange.positions(market) {
                self.attempt("close dust", Act::of(&[&who]), |exchange| exchange.close_dust(&who, market));
                self.close_against_estates(&who, market);
            }
        }
    }

    /// Who is solvent by less than a step of the grid is beyond the mark on the ladder, and no walk takes it: it buys what closes it.
    fn close_against_estates(&mut self, who: &str, market: u64) {
        for side in Side::BOTH {
            let lots = self
                .exchange
                .market(market as usize)
                .side(side)
                .estate
                .lots
                .0
                .min(self.exchange.size(who, market as usize));
            if lots > 0 {
                self.attempt("buy", Act::of(&[who]), |exchange| exchange.buy(who, market, side, lots));
            }
        }
    }

    /// Estates collect what other markets hold of theirs.
    fn collect(&mut self) {
        for market in 0..MARKETS as usize {
            let owns =
                |side: Side| self.exchange.market(market).side(side).estate.owned.iter().any(|seat| seat.market != 0);
            if Side::BOTH.into_iter().any(owns) {
                self.attempt("collect", Act::of(&[]), |exchange| exchange.fund_estate(market));
            }
        }
    }

    fn leave(&mut self) {
        for _ in 0..4 {
            self.collect();
            self.attempt("tick", Act::tick(&BTreeMap::new()), |exchange| {
                exchange.tick(500, &BTreeMap::new(), &BTreeMap::new())
            })
            .unwrap();
            for at in 0..ACCOUNTS {
                let who = format!("a{at}");
                self.attempt("sync", Act::sync(&who), |exchange| exchange.sync(&who)).unwrap();
                self.attempt("withdraw", Act::of(&[&who]), |exchange| exchange.withdraw(&who, 1 << 60));
            }
        }
        self.collateral_leaves();
        for at in 0..ACCOUNTS {
            // What a sale brought beyond a debt.
            let who = format!("a{at}");
            self.attempt("withdraw", Act::of(&[&who]), |exchange| exchange.withdraw(&who, 1 << 60));
        }
        self.exchange.check_empty();
        self.insurers_leave();
    }
}
