//! What a history ends with: who is lifted, who can close against whom, and that nothing is left.

use breakwater_engine::clearing::margin::ROUNDED_CASH;
use breakwater_engine::clearing::recovery::vesting;
use breakwater_engine::clearing::state::AccountBooks;
use breakwater_engine::units::Side;

use super::{slot_of, TestExchange};

impl TestExchange {
    /// I13: after a touch no position of an account that is solvent net of holdbacks, held money apart, is under water by more
    /// than a grid step.
    pub fn check_lifted(&self, who: &str) {
        let account = &self.accounts[who];
        let (mut net, mut worst) = (i128::from(account.free.0), 0i128);
        for (index, slot) in (0..self.len()).filter_map(|index| Some((index, slot_of(account, index)?))) {
            let view = self.view(index);
            net += i128::from(vesting::worth(view.market, slot).unwrap().0);
            if slot.position.lots == 0 || slot.position.isolated != 0 {
                continue;
            }
            if !view.market.is_usable() {
                // What a silent sibling gives is its assured equity: such accounts are the histories' of the reference.
                return;
            }
            let position = view.caught_up(slot).unwrap();
            let equity = view.equity(&position).unwrap().atoms_floor();
            let h = view.market.side(position.side.unwrap()).event.rate.get();
            net += equity - (h * u128::from(position.lots.0) / 1_000_000_000_000) as i128 - 1;
            worst = worst.min(equity);
        }
        assert!(net < 0 || worst >= -20, "I13: {who} has {net} and a position at {worst}");
    }

    /// Longs and shorts that can close against each other.
    pub fn pairs(&self, market: u64) -> Vec<(String, String, u64)> {
        let view = self.view(market as usize);
        let mut sides: [Vec<(String, u64)>; 2] = [Vec::new(), Vec::new()];
        for (who, account) in &self.accounts {
            let Some(slot) = slot_of(account, market as usize) else { continue };
            let position = view.caught_up(slot).unwrap();
            let Some(side) = position.side.filter(|_| !position.lots.is_zero()) else { continue };
            // What roundings took holds up no close.
            if view.equity(&position).unwrap().0 >= -ROUNDED_CASH.0 {
                sides[usize::from(side == Side::Short)].push((who.clone(), position.lots.0));
            }
        }
        let [longs, shorts] = sides;
        pair_up(longs, shorts)
    }

    /// Lots of an account's position, as it last stood on a line.
    pub fn size(&self, who: &str, market: usize) -> u64 {
        let slot = self.accounts.get(who).and_then(|account| slot_of(account, market));
        slot.map_or(0, |slot| self.view(market).caught_up(slot).unwrap().lots.0)
    }

    /// Who has lots in a market.
    pub fn positions(&self, market: u64) -> Vec<String> {
        let has =
            |account: &AccountBooks| slot_of(account, market as usize).is_some_and(|slot| slot.position.lots != 0);
        self.accounts.iter().filter(|(_, account)| has(account)).map(|(who, _)| who.clone()).collect()
    }

    /// Whether no account has lots and no estate is open.
    pub fn is_flat(&self) -> bool {
        let lots = self.accounts.values().flat_map(|account| &account.slots).any(|slot| slot.position.lots != 0);
        let estates = self.listed.iter().any(|listed| listed.market.has_estates());
        !lots && !estates
    }

    pub fn describe(&self) -> String {
        let mut text = String::new();
        for (who, account) in &self.accounts {
            for slot in account.slots.iter().filter(|slot| slot.position.lots != 0) {
                let view = self.view(slot.market as usize);
                let position = view.caught_up(slot).unwrap();
                let equity = view.equity(&position).unwrap();
                text += &format!(
                    "\n{who} in {}: {:?} lots {:?} equity {equity:?}",
                    slot.market, position.side, position.lots
                );
            }
        }
        for listed in &self.listed {
            for side in Side::BOTH {
                let book = listed.market.side(side);
                text += &format!("\n{side:?} {:?} estate {:?}", book.totals, book.estate.lots);
            }
        }
        text
    }

    /// Every account has left: only dust is in the sides, and nobody is owed anything held or vesting.
    pub fn check_empty(&self) {
        for account in self.accounts.values() {
            assert_eq!(account.free.0, 0);
        }
        for listed in &self.listed {
            for side in Side::BOTH {
                let book = listed.market.side(side);
                assert_eq!(book.totals.lots, book.dust.lots, "only dust is left");
                assert_eq!((book.totals.members, book.spare.0), (0, 0));
                assert_eq!(book.event.units.get(), 0, "held money returned");
                assert_eq!(book.ended_held.get(), 0, "ended lists were collected");
            }
        }
    }
}

fn pair_up(longs: Vec<(String, u64)>, shorts: Vec<(String, u64)>) -> Vec<(String, String, u64)> {
    let (mut found, mut shorts) = (Vec::new(), shorts.into_iter());
    let mut short = shorts.next();
    for (long, mut lots) in longs {
        while lots > 0 {
            let Some((name, left)) = short.as_mut() else { return found };
            let closing = lots.min(*left);
            found.push((long.clone(), name.clone(), closing));
            lots -= closing;
            *left -= closing;
            if *left == 0 {
                short = shorts.next();
            }
        }
    }
    found
}
