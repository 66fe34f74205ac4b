//! What stakers and underwriters do in a history, and how they leave in the end.

use std::collections::BTreeMap;

use super::{History, MARKETS};
use crate::exchange::TestExchange;
use crate::watch::Act;

const STAKERS: u64 = 3;

impl History<'_> {
    /// Somebody stakes, asks for his exit or takes it; income comes in, is collected or set aside.
    pub(super) fn insure(&mut self) {
        let (who, market) = (format!("k{}", self.rng.within(0, STAKERS - 1)), self.any_market() as usize);
        let amount = self.rng.magnitude(30) + 1;
        match self.rng.within(0, 5) {
            0 => drop(self.attempt("stake", Act::of(&[]), |exchange| exchange.stake(&who, amount))),
            1 => drop(self.attempt("request unstake", Act::of(&[]), |exchange| exchange.request_unstake(&who))),
            2 => self.take_exit(&who),
            3 => drop(self.attempt("collect income", Act::earning(&[]), |exchange| exchange.collect(market, amount))),
            4 => drop(self.attempt("refill", Act::earning(&[]), |exchange| exchange.refill(market))),
            _ => self.report(market),
        }
    }

    /// Only a market that can be valued is as old as its mark; all marks here are of the last tick.
    fn report(&mut self, market: usize) {
        self.attempt("report", Act::earning(&[]), |exchange| exchange.report(market));
    }

    fn take_exit(&mut self, who: &str) {
        let stake = self.exchange.stake_of(who);
        if stake.leaving.get() == 0 || self.exchange.now().time < stake.leaves_at {
            return;
        }
        for market in 0..MARKETS as usize {
            self.report(market);
        }
        self.attempt("unstake", Act::of(&[]), |exchange| exchange.take_exit(who));
    }

    /// Once every account has left nothing holds stakers and underwriters back, and markets that are settled end (I11).
    pub(super) fn insurers_leave(&mut self) {
        for who in (0..STAKERS).map(|at| format!("k{at}")) {
            self.attempt("request unstake", Act::of(&[]), |exchange| exchange.request_unstake(&who)).unwrap();
        }
        let wait = TestExchange::COOLDOWN;
        self.attempt("tick", Act::tick(&BTreeMap::new()), |exchange| {
            exchange.tick(wait, &BTreeMap::new(), &BTreeMap::new())
        })
        .unwrap();
        for market in 0..MARKETS as usize {
            if self.exchange.market(market).is_settled() {
                self.attempt("retire", Act::earning(&[]), |exchange| exchange.retire(market)).unwrap();
            } else {
                self.attempt("report", Act::earning(&[]), |exchange| exchange.report(market)).unwrap();
                self.attempt("release", Act::earning(&[]), |exchange| exchange.release(market)).unwrap();
            }
            for seat in 0..4 {
                if self.exchange.market(market).layers[seat].limit.0 > 0 {
                    self.attempt("withdraw layer", Act::earning(&[]), |exchange| exchange.withdraw_layer(market, seat))
                        .unwrap();
                }
            }
        }
        for who in (0..STAKERS).map(|at| format!("k{at}")) {
            let _ = self.attempt("unstake", Act::of(&[]), |exchange| exchange.take_exit(&who)).unwrap();
        }
        let fund = &self.exchange.fund;
        assert_eq!((fund.shares.get(), fund.staked.0, fund.layers.0, fund.covers.0), (0, 0, 0, 0), "insurers are left");
    }
}
