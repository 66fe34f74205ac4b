//! Quotes: by doing on copies of everything what they foretell.

use breakwater_engine::account::PLEDGES;
use breakwater_engine::assess::{self, AccountReport, LiquidationReport, Refusal, SaleReport};
use breakwater_engine::pledge::sale::{self, Sale};
use breakwater_engine::pledge::{Kinds, Stock};
use breakwater_engine::state::{AccountBooks, InsuranceBooks};
use breakwater_engine::units::Now;
use breakwater_engine::{liquidation, sweep, transfer, Atoms, Bps, Lots, Result};

use super::{is, Case, Seat};
use crate::venue::Books;

/// How much was compared.
#[derive(Debug, Default)]
pub struct Compared {
    /// Liquidations.
    pub liquidated: usize,
    /// Those that insurance pays a part of: a deficit, or some of the discount.
    pub insured: usize,
    /// Those compared once a top-up or a sweep had moved money.
    pub prepared: usize,
    /// Refusals to liquidate.
    pub refused: usize,
    /// Sales of other collateral.
    pub sold: usize,
    /// Refused ones.
    pub unsold: usize,
    /// What was not compared, because money moves before it.
    pub moved: usize,
}

/// Copies to act on.
struct Scene {
    account: AccountBooks,
    markets: Vec<Books>,
    now: Now,
}

impl Scene {
    fn of(case: &Case<'_>) -> Scene {
        let state = &case.moment.state;
        Scene { account: case.account, markets: state.markets.clone(), now: state.now }
    }

    /// What comes before a liquidation in a market, or before a sale; says whether it moved money.
    fn prepare(&mut self, only: Option<u64>) -> bool {
        let mut books: Vec<_> = self.markets.iter_mut().map(Books::books).collect();
        let Ok(done) = transfer::top_up(&mut self.account, &mut books, only, self.now) else { return false };
        let isolated = only.is_some_and(|only| self.account.slot(only).is_ok_and(|slot| slot.position.isolated != 0));
        let sweeps = only.is_some() && done.health.is_bankrupt() && !isolated && self.account.swept == 0;
        let sweeps = sweeps && !self.account.pledge.is_held();
        if sweeps {
            let _ = sweep::sweep(&mut self.account, &mut books, self.now);
        }
        // Positions may stand on other lines now: what others bear of that is charged as it would be by the next instruction.
        for books in &mut books {
            let _ = books.begin(self.now);
        }
        sweeps || !done.moved.is_zero()
    }

    fn assess(&self) -> AccountReport {
        let views = assess::views_of(&self.account, self.markets.iter().map(Books::view));
        assess::assess(&self.account, &views, self.now)
    }

    /// By somebody rich.
    fn liquidate(mut self, market: u64) -> Result<liquidation::LiquidationReport> {
        let mut rich = AccountBooks { free: Atoms(1 << 50), checked_until: u64::MAX, ..AccountBooks::default() };
        // Nothing beyond the covers: a refill, which no quote knows of, adds nothing.
        let covers = Atoms(self.markets.iter().map(|books| books.market.cover.amount.0).sum());
        let mut fund = InsuranceBooks { protocol: covers, booked: covers, covers, ..InsuranceBooks::default() };
        let mut books: Vec<_> = self.markets.iter_mut().map(Books::books).collect();
        let parties = (&mut rich, &mut fund, Bps(0));
        liquidation::liquidate(&mut self.account, &mut books, market, parties, Lots::ZERO, self.now)
    }

    fn sell(mut self, kinds: &Kinds<'_>, at: usize, wanted: u64) -> Result<Sale> {
        let mut kind = *kinds[at].expect("a kind");
        let mut books: Vec<_> = self.markets.iter_mut().map(Books::books).collect();
        let others = std::array::from_fn(|other| kinds[other].filter(|_| other != at));
        sale::sell(&mut self.account, &mut books, Stock { at, kind: &mut kind, others }, wanted, self.now)
    }
}

/// Liquidates the seat on copies of everything, as much as allowed.
pub fn liquidation(seat: &Seat<'_>, compared: &mut Compared) {
    let (case, says, market) = (seat.case, seat.case.says(), seat.slot.market);
    if seat.slot.position.lots == 0 || case.report.refusal != Refusal::default() {
        return;
    }
    let mut scene = Scene::of(case);
    let mut report = case.report;
    assert_eq!(report, scene.assess(), "{says}");
    let prepared = scene.prepare(Some(market));
    if prepared {
        // What comes first has come.
        report = scene.assess();
        let mut again = Scene { markets: scene.markets.clone(), ..scene };
        if again.prepare(Some(market)) {
            compared.moved += 1;
            return;
        }
    }
    let said = report.liquidations[seat.at];
    match scene.liquidate(market) {
        Err(error) => {
            let nothing = LiquidationReport { price: said.price, ..LiquidationReport::default() };
            assert_eq!(said, LiquidationReport { refusal: error.into(), ..nothing }, "{error:?} {says}");
            compared.refused += 1;
        }
        Ok(done) => {
            let found = LiquidationReport {
                price: said.price,
                refusal: Refusal::default(),
                discount: done.discount,
                lots: done.lots,
                value: done.value,
                discount_by_account: done.discount_by_victim,
                discount_by_cover: done.discount_by_cover,
                deficit: done.deficit,
                penalty: done.to_insurance,
            };
            assert_eq!(said, found, "{says}");
            compared.liquidated += 1;
            compared.insured += usize::from(done.from_insurance.0 > 0);
            compared.prepared += usize::from(prepared);
        }
    }
}

/// Buys an account's other collateral on copies of everything.
pub fn sales(case: &Case<'_>, compared: &mut Compared) {
    let (kinds, now) = (case.moment.kinds(), case.moment.state.now);
    let attempts = case.moment.attempts(&case.account);
    let known = attempts.into_iter().filter(|(kind, ..)| *kind < case.moment.kinds.len());
    for (kind, wanted, mut said) in known {
        let says = format!("{kind} {wanted} {said:?} {}", case.says());
        let mut scene = Scene::of(case);
        if scene.prepare(None) {
            let views = scene.markets.iter().map(Books::view);
            said = assess::assess_sale(&scene.account, views, (&kinds, kind), wanted, now);
            let mut again = Scene { markets: scene.markets.clone(), ..scene };
            if again.prepare(None) {
                compared.moved += 1;
                continue;
            }
        }
        match scene.sell(&kinds, kind, wanted) {
            Ok(sold) => {
                let numbers = (said.amount, said.proceeds, said.discount, is(said.is_bankrupt));
                assert_eq!(numbers, (sold.amount, sold.proceeds, sold.discount, sold.bankrupt), "{says}");
                assert_eq!(said.refusal, Refusal::default(), "{says}");
                compared.sold += 1;
            }
            Err(error) => {
                let nothing = SaleReport {
                    first: said.first,
                    initial: said.initial,
                    maintenance: said.maintenance,
                    ..SaleReport::default()
                };
                assert_eq!(said, SaleReport { refusal: error.into(), ..nothing }, "{error:?} {says}");
                compared.unsold += 1;
            }
        }
        let counted = (case.account.pledge.initial, case.account.pledge.maintenance);
        let valued = case.moment.kinds.len() == PLEDGES;
        assert!(!valued || (said.initial, said.maintenance) == counted, "{says}");
    }
}
