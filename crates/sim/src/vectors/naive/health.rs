//! What positions are worth against what they must hold: every position added up in plain integers.

use breakwater_engine::assess::HealthReport;
use breakwater_engine::pledge::VALUATION_SLOTS;
use breakwater_engine::state::MarketBooks;
use breakwater_engine::units::PRICE_MAX;
use breakwater_engine::Error;

use super::{is, refusal, Case, Seat, PICO};

/// Equity and requirements, before anything is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    equity: i128,
    initial_equity: i128,
    initial: i128,
    maintenance: i128,
    pledged: i128,
    positions: u32,
    unmarked: u32,
}

/// Compares an account's health and that of each position alone; says of how many.
pub fn compare(case: &Case<'_>) -> usize {
    let says = case.says();
    let mut sums = Sums { equity: i128::from(case.account.free.0) * PICO, ..Sums::default() };
    sums.initial_equity = sums.equity;
    let mut refused = pledged(case, &mut sums).err();
    for seat in case.seats() {
        if seat.report.refusal != refusal_of(None) {
            let empty = seat.slot.position.is_empty() && seat.slot.vesting.is_empty();
            refused = refused.or((!empty).then_some(Error::Rebasing));
            continue;
        }
        let alone = alone(&seat);
        same(&seat.report.health, &alone, &says);
        add(&seat, &alone, &mut sums);
    }
    // A position that cannot be assessed comes first, whatever else there is.
    let position = case.seats().find(|seat| seat.report.refusal != refusal_of(None)).map(|seat| seat.report.refusal);
    match position.or(refused.map(refusal)) {
        Some(refused) => assert_eq!(case.report.refusal, refused, "{says}"),
        None => {
            assert_eq!(case.report.refusal, refusal_of(None), "{says}");
            same(&case.report.health, &sums, &says);
        }
    }
    1
}

fn refusal_of(error: Option<Error>) -> breakwater_engine::assess::Refusal {
    error.map(refusal).unwrap_or_default()
}

fn pledged(case: &Case<'_>, sums: &mut Sums) -> Result<(), Error> {
    let pledge = &case.account.pledge;
    if pledge.amounts == [0; 3] {
        return Ok(());
    }
    if pledge.valued_at == 0 || case.moment.state.now.slot > pledge.valued_at + VALUATION_SLOTS {
        return Err(Error::CollateralUnvalued);
    }
    sums.pledged = i128::from(pledge.maintenance.0);
    sums.equity += sums.pledged * PICO;
    sums.initial_equity += i128::from(pledge.initial.0) * PICO;
    Ok(())
}

/// A position alone: cash and value, profit with its haircut, requirements by bracket.
fn alone(seat: &Seat<'_>) -> Sums {
    let (market, lots) = (&seat.books.market, i128::from(seat.report.lots.0));
    let sign = if is(seat.report.is_short) { -1 } else { 1 };
    let worth = |price: u64| seat.report.cash.get() + sign * lots * i128::from(price);
    let mark = &market.mark;
    let cautious = match sign {
        1 => mark.price.0.min(mark.ema.0).saturating_sub(mark.confidence.0),
        _ => (mark.price.0.max(mark.ema.0) + mark.confidence.0).min(PRICE_MAX),
    };
    let paid_in = i128::from(seat.slot.position.paid_in.0);
    let profit = worth(cautious) - paid_in * PICO;
    let counted = profit / PICO * i128::from(market.params.profit_counts.0) / 10_000;
    let has_lots = seat.slot.position.lots != 0;
    let [initial, maintenance] = requirements(market, lots);
    Sums {
        equity: worth(mark.price.0),
        initial_equity: if profit > 0 { (paid_in + counted) * PICO } else { worth(cautious) },
        initial,
        maintenance,
        positions: u32::from(has_lots),
        ..Sums::default()
    }
}

/// Initial and maintenance margin, atoms: each bracket's fraction of the notional in it, times the multiple, rounded up once.
fn requirements(market: &MarketBooks, lots: i128) -> [i128; 2] {
    if market.settled != 0 {
        return [0, 0];
    }
    let notional = (lots * i128::from(market.mark.price.0) + PICO - 1) / PICO;
    let (mut reached, mut sums) = (0, [0i128; 2]);
    let count = market.params.bracket_count as usize;
    for (index, bracket) in market.params.brackets[..count].iter().enumerate() {
        let top = if index + 1 == count { notional } else { notional.min(i128::from(bracket.up_to.0)) };
        sums[0] += (top - reached) * i128::from(bracket.initial.0);
        sums[1] += (top - reached) * i128::from(bracket.maintenance.0);
        reached = top;
    }
    let initial = i128::from(market.stance.initial.0);
    let maintenance = i128::from(market.stance.maintenance.0).min(initial);
    [(sums[0] * initial + 99_999_999) / 100_000_000, (sums[1] * maintenance + 99_999_999) / 100_000_000]
}

/// Adds a position to the account's: not one that answers alone; one without a mark only what it owes and must hold to open.
fn add(seat: &Seat<'_>, alone: &Sums, sums: &mut Sums) {
    let vesting = i128::from(seat.report.vesting.0) * PICO;
    sums.equity += vesting;
    if seat.slot.position.isolated != 0 {
        return;
    }
    let (market, now) = (&seat.books.market, seat.case.moment.state.now);
    let young = market.settled != 0 || now.slot <= market.mark.slot + market.params.mark_age_slots_max;
    let marked = (market.mark.quality != 0 && young) || seat.slot.position.lots == 0;
    sums.equity += if marked { alone.equity } else { alone.equity.min(0) };
    sums.initial_equity += if marked { alone.initial_equity } else { alone.equity.min(0) };
    sums.initial += alone.initial;
    sums.maintenance += if marked { alone.maintenance } else { 0 };
    sums.positions += alone.positions;
    sums.unmarked += u32::from(!marked);
}

fn same(report: &HealthReport, sums: &Sums, says: &str) {
    let said = Sums {
        equity: report.equity.get(),
        initial_equity: report.initial_equity.get(),
        initial: i128::from(report.initial.0),
        maintenance: i128::from(report.maintenance.0),
        pledged: i128::from(report.pledged.0),
        positions: report.positions,
        unmarked: report.unmarked,
    };
    assert_eq!(&said, sums, "{says}");
    let money = sums.equity - sums.pledged * PICO;
    let open = sums.positions > 0;
    let unfunded = open && sums.pledged != 0 && money <= 0;
    assert_eq!(is(report.is_unfunded), unfunded, "{says}");
    assert_eq!(is(report.is_bankrupt), open && sums.equity <= 0, "{says}");
    assert_eq!(is(report.is_distressed), open && (sums.equity < sums.maintenance * PICO || unfunded), "{says}");
    assert_eq!(is(report.is_initial), sums.initial_equity >= sums.initial * PICO && !unfunded, "{says}");
}
