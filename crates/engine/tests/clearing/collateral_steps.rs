//! Other collateral in a random history: it comes and goes, its prices crash, feeds and vaults stop.

use breakwater_engine::clearing::collateral::Bought;
use breakwater_engine::clearing::state::COLLATERAL_ASSETS;

use super::{History, ACCOUNTS};
use crate::watch::Act;

const ATOMS: u64 = 1_000_000;

impl History<'_> {
    pub(super) fn collateral(&mut self) {
        match self.rng.within(0, 9) {
            0..=2 => self.pledge(),
            3 => self.take_out(),
            4 | 5 => self.sell(),
            6 => self.sell_forfeited(),
            7 | 8 => self.reprice(),
            _ => {
                let at = self.asset();
                self.exchange.assets.silent[at] ^= true;
            }
        }
    }

    fn asset(&mut self) -> usize {
        self.rng.within(0, COLLATERAL_ASSETS as u64 - 1) as usize
    }

    fn pledge(&mut self) {
        let (who, at, amount) = (self.name(), self.asset(), ATOMS + self.rng.magnitude(34));
        self.attempt("deposit collateral", Act::earning(&[&who]), |exchange| {
            exchange.deposit_collateral(&who, at, amount)
        });
    }

    /// An account with some of an asset, else any.
    fn holder(&mut self, at: usize, forfeited: bool) -> String {
        let of = |who: &String| {
            let holding = &self.exchange.accounts[who].collateral.assets[at];
            if forfeited {
                holding.forfeited
            } else {
                holding.amount
            }
        };
        let found: Vec<String> = self.exchange.accounts.keys().filter(|who| of(who) != 0).cloned().collect();
        match found.len() as u64 {
            0 => self.name(),
            count => found[self.rng.within(0, count - 1) as usize].clone(),
        }
    }

    fn take_out(&mut self) {
        let at = self.asset();
        let who = self.holder(at, false);
        let part = self.rng.within(1, 4);
        let amount = (self.exchange.holds(&who, at) / part).max(1);
        self.attempt("withdraw collateral", Act::earning(&[&who]), |exchange| {
            exchange.withdraw_collateral(&who, at, amount)
        });
    }

    /// From whoever is in distress.
    fn sell(&mut self) {
        for at in 0..COLLATERAL_ASSETS {
            let distressed: Vec<String> = self
                .exchange
                .accounts
                .iter()
                .filter(|(_, account)| account.collateral.distress_at != 0 && account.collateral.assets[at].amount != 0)
                .map(|(who, _)| who.clone())
                .collect();
            for who in distressed {
                let wanted = if self.rng.one_in(3) { self.rng.magnitude(28) } else { 0 };
                let sold = self.attempt("buy collateral", Act::earning(&[&who]), |exchange| {
                    exchange.buy_collateral(&who, at, wanted)
                });
                if matches!(sold, Some(Bought::Done { .. })) {
                    self.tier("collateral sold");
                }
            }
        }
    }

    fn sell_forfeited(&mut self) {
        for at in 0..COLLATERAL_ASSETS {
            let who = self.holder(at, true);
            let owned = self.exchange.accounts.get(&who).map_or(0, |one| one.collateral.assets[at].forfeited);
            if owned == 0 {
                continue;
            }
            self.tier("collateral forfeited");
            let released =
                self.attempt("release", Act::earning(&[&who]), |exchange| exchange.release_forfeited(&who, at));
            if released == Some(0) {
                self.attempt("buy forfeited", Act::earning(&[&who]), |exchange| exchange.buy_forfeited(&who, at, 0));
            }
        }
    }

    fn reprice(&mut self) {
        let at = self.asset();
        let permille = if self.rng.one_in(3) { self.rng.within(200, 1_400) } else { self.rng.within(950, 1_050) };
        let price = self.exchange.assets.books[at].mark.price.0 / 1_000_000 * permille / 1_000;
        if !self.exchange.assets.silent[at] {
            self.exchange.price_asset(at, price.clamp(1_000, 1_000_000_000));
        }
    }

    /// Whatever became of feeds, all of it leaves: what owners owe is served by its sale, the rest they take out.
    pub(super) fn collateral_leaves(&mut self) {
        for at in 0..COLLATERAL_ASSETS {
            for who in (0..ACCOUNTS).map(|number| format!("a{number}")) {
                let Some(account) = self.exchange.accounts.get(&who) else { continue };
                if account.collateral.assets[at].forfeited != 0 {
                    self.attempt("release", Act::earning(&[&who]), |exchange| exchange.release_forfeited(&who, at))
                        .unwrap();
                }
                if self.exchange.accounts[&who].collateral.assets[at].forfeited != 0 {
                    let sold = self.attempt("buy forfeited", Act::earning(&[&who]), |exchange| {
                        exchange.buy_forfeited(&who, at, 0)
                    });
                    assert!(sold.is_some(), "insurance cannot sell what it owns of {who}");
                }
                let held = self.exchange.holds(&who, at);
                if held != 0 {
                    let out =
                        |exchange: &mut crate::exchange::TestExchange| exchange.withdraw_collateral(&who, at, held);
                    self.attempt("withdraw collateral", Act::earning(&[&who]), out).unwrap();
                }
            }
        }
        assert_eq!(self.exchange.assets.vaults, [0; COLLATERAL_ASSETS], "collateral that nothing moves");
    }
}
