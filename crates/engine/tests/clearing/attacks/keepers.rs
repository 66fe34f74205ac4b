//! Keepers at work on a stage, and its end: what is due and permissionless, in any order (I11).

use breakwater_engine::units::Side;

use crate::stage::Stage;

impl Stage {
    fn names(&self) -> Vec<String> {
        self.ex.accounts.keys().cloned().collect()
    }

    fn is_under_water(&self, who: &str) -> bool {
        (0..self.ex.len()).any(|market| {
            self.ex.market(market).is_usable() && self.equity(who, market).is_some_and(|equity| equity <= 0)
        })
    }

    /// Does what is due and permissionless, until nothing is.
    fn keep(&mut self, sync: bool) {
        for _ in 0..4 {
            for who in self.names() {
                if sync && self.is_under_water(&who) {
                    let _ = self.attempt(|ex| ex.sync(&who));
                }
                if self.ex.accounts[&who].clock.bankrupt.slot != 0 {
                    let _ = self.attempt(|ex| ex.declare(&who));
                }
            }
            for market in 0..self.ex.len() {
                self.migrate_grid(market);
                let _ = self.attempt(|ex| ex.fund_estate(market));
                if let Ok(report) = self.attempt(|ex| ex.resolve(market as u64)) {
                    self.reports.push(report);
                }
            }
        }
    }

    /// Moves the grid where the mark or an index has left it.
    fn migrate_grid(&mut self, market: usize) {
        let books = self.ex.market(market);
        let indices = Side::BOTH.map(|side| books.side(side).index.get());
        if books.grid.is_due(books.mark.price, indices).unwrap() {
            self.act(|ex| ex.migrate_grid(market));
        }
    }

    fn rounds(mut self, rounds: u64, sync: bool) -> Stage {
        for _ in 0..rounds {
            self.keep(sync);
            self = self.wait(6);
        }
        self
    }

    /// Keepers at work for so many rounds of six slots, at unchanged marks.
    pub fn keepers(self, rounds: u64) -> Stage {
        self.rounds(rounds, true)
    }

    /// The same, but no account is synced before it is declared.
    pub fn keepers_that_sync_nobody(self, rounds: u64) -> Stage {
        self.rounds(rounds, false)
    }

    fn is_quiet(&self) -> bool {
        let markets = (0..self.ex.len()).map(|market| self.ex.market(market));
        let lives = markets.flat_map(|market| Side::BOTH.map(|side| market.side(side)));
        lives.fold(true, |quiet, side| quiet && side.event.alive == 0 && side.estate.open == 0)
            && !self.names().iter().any(|who| self.is_under_water(who))
    }

    /// Until everything has ended, vested and been collected.
    pub fn end(mut self) -> Stage {
        for market in 0..self.ex.len() {
            if !self.ex.market(market).is_usable() {
                self = self.restore(market);
            }
        }
        for _ in 0..60 {
            self.keep(true);
            self = self.wait(6);
            if self.is_quiet() {
                break;
            }
        }
        assert!(self.is_quiet(), "I11: something does not end: {}", self.ex.describe());
        self = self.wait(1_001);
        for who in self.names() {
            self = self.sync(&who);
        }
        self
    }
}
