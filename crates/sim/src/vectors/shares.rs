//! How many of the accounts are in a state that a client must read.

use breakwater_engine::assess::{AccountReport, Flag, PositionReport, Refusal, SaleReport};
use breakwater_engine::state::AccountBooks;
use breakwater_engine::Error;

use super::moment::Moment;

const YES: Flag = Flag(1);

/// An account with what the engine says of it.
struct Found<'a> {
    account: &'a AccountBooks,
    report: AccountReport,
    sales: Vec<(usize, u64, SaleReport)>,
}

impl Found<'_> {
    fn any(&self, is: impl Fn(&PositionReport) -> bool) -> bool {
        self.report.positions.iter().any(is)
    }

    fn refused(&self, error: Error) -> bool {
        self.report.refusal == Refusal::from(error)
    }

    fn open(&self) -> usize {
        self.account.slots.iter().filter(|slot| slot.position.lots != 0).count()
    }
}

type State = (&'static str, fn(&Found<'_>) -> bool);

const STATES: [State; 17] = [
    ("accounts", |_| true),
    ("with an unread record", |found| found.any(|position| position.is_pooled == YES)),
    ("with an unread grid", |found| found.any(|position| position.freed_per_lot.get() != 0)),
    ("with eight positions", |found| found.open() == 8),
    ("with isolated positions", |found| found.any(|position| position.is_isolated == YES)),
    ("with claims owed", |found| found.any(|position| position.owed.iter().any(|owed| !owed.is_zero()))),
    ("with claims paid", |found| found.any(|position| !position.paid.is_zero())),
    ("with vesting profit", |found| found.any(|position| !position.vesting.is_zero())),
    ("with other collateral", |found| found.account.pledge.is_held()),
    ("with a rank", |found| found.any(|position| !position.group.is_zero())),
    ("in distress", |found| found.report.health.is_distressed == YES),
    ("bankrupt", |found| found.report.health.is_bankrupt == YES),
    ("with a position without a mark", |found| found.report.health.unmarked > 0),
    ("that can be liquidated", |found| found.report.liquidations.iter().any(|quote| !quote.lots.is_zero())),
    ("with collateral to buy", |found| found.sales.iter().any(|(_, _, sale)| sale.amount != 0)),
    ("refused for a ladder on its way", |found| found.refused(Error::Rebasing)),
    ("refused for an old valuation", |found| found.refused(Error::CollateralUnvalued)),
];

/// Each state with the number of accounts in it; the first is all of them.
#[must_use]
pub fn shares(moments: &[Moment]) -> Vec<(&'static str, usize)> {
    let mut counts = STATES.map(|(name, _)| (name, 0));
    for moment in moments {
        for account in &moment.state.accounts {
            let found = Found { account, report: moment.assess(account), sales: moment.attempts(account) };
            for ((_, count), (_, is)) in counts.iter_mut().zip(&STATES) {
                *count += usize::from(is(&found));
            }
        }
    }
    counts.to_vec()
}
