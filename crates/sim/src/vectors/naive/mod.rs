//! Naive references: what assessments must say, by doing it on copies of everything and by adding up one by one. Slow, and written
//! without the engine's own helpers wherever the arithmetic is small.

mod acts;
mod distress;
mod health;
mod hostile;
mod position;
mod rank;

use breakwater_engine::account::NO_MARKET;
use breakwater_engine::assess::{AccountReport, Flag, PositionReport, Refusal};
use breakwater_engine::books::View;
use breakwater_engine::pledge;
use breakwater_engine::state::{AccountBooks, MarketSlot};
use breakwater_engine::Error;

use super::moment::Moment;
use crate::venue::Books;

/// 1e-12 atom in an atom.
const PICO: i128 = 1_000_000_000_000;

/// An account of a moment, its other collateral valued, with the engine's report.
struct Case<'m> {
    moment: &'m Moment,
    account: AccountBooks,
    report: AccountReport,
}

/// One of its positions.
struct Seat<'c> {
    case: &'c Case<'c>,
    at: usize,
    slot: MarketSlot,
    books: &'c Books,
    report: &'c PositionReport,
}

impl Case<'_> {
    /// Every account.
    fn each(moments: &[Moment], mut visit: impl FnMut(&Case<'_>)) {
        for moment in moments {
            for account in &moment.state.accounts {
                let mut valued = *account;
                let _ = pledge::value(&mut valued, &moment.kinds(), moment.state.now);
                visit(&Case { moment, account: valued, report: moment.assess(account) });
            }
        }
    }

    /// Its slots that are in use.
    fn seats(&self) -> impl Iterator<Item = Seat<'_>> {
        let used = self.account.slots.iter().zip(&self.report.positions).enumerate();
        let used = used.filter(|(_, (slot, _))| slot.market != NO_MARKET);
        used.map(|(at, (slot, report))| {
            let books = &self.moment.state.markets[slot.market as usize];
            Seat { case: self, at, slot: *slot, books, report }
        })
    }

    fn views(&self) -> impl Iterator<Item = View<'_>> + Clone {
        self.moment.state.markets.iter().map(Books::view)
    }

    fn says(&self) -> String {
        format!("day {}: {:?}", self.moment.seed, self.account)
    }
}

fn refusal(error: Error) -> Refusal {
    error.into()
}

fn is(flag: Flag) -> bool {
    flag == Flag(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{moments, shares};

    #[test]
    fn every_account_is_assessed_as_doing_it_finds() {
        let moments = moments(0, 1_000).expect("moments");
        let (mut compared, mut priced) = ([0usize; 4], [0usize; 2]);
        Case::each(&moments, |case| {
            compared[0] += health::compare(case);
            for seat in case.seats() {
                compared[1] += position::compare(&seat);
                compared[2] += rank::compare(&seat);
                compared[3] += distress::compare(&seat);
                let found = case.report.liquidations[seat.at].price.0 != 0;
                priced[usize::from(is(seat.report.is_pooled))] += usize::from(found);
            }
        });
        println!("health, positions, ranks, prices {compared:?}; of the prices on lines and in pools {priced:?}");
        assert!(compared[0] >= 1_000 && compared[1..].iter().all(|count| *count > 3_000), "{compared:?}");
        assert!(priced.iter().all(|count| *count > 300), "{priced:?}");
    }

    #[test]
    fn every_quote_is_what_acting_on_it_does() {
        let moments = moments(0, 2_000).expect("moments");
        let mut found = acts::Compared::default();
        Case::each(&moments, |case| {
            case.seats().for_each(|seat| acts::liquidation(&seat, &mut found));
            acts::sales(case, &mut found);
        });
        println!("{found:?}");
        assert!(
            found.liquidated > 200 && found.refused > 5_000 && found.sold > 30 && found.unsold > 2_000,
            "{found:?}"
        );
        assert!(found.insured > 30 && found.prepared > 50, "{found:?}");
    }

    #[test]
    fn every_state_a_client_must_read_is_frequent() {
        let found = shares(&moments(0, 1_000).expect("moments"));
        let all = found[0].1;
        let share = |state: &str| found.iter().find(|(name, _)| *name == state).expect("a state").1;
        assert!(all >= 1_000 && share("with an unread record") * 2 >= all, "{found:?}");
        for state in [
            "with eight positions",
            "with isolated positions",
            "with claims owed",
            "with claims paid",
            "with vesting profit",
            "with other collateral",
            "with an unread grid",
        ] {
            assert!(share(state) * 20 >= all, "{state}: {found:?}");
        }
        assert!(found.iter().all(|(_, count)| *count > 0), "{found:?}");
    }
}
