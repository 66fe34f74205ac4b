//! The mark at which distress begins: bisected over valuations of the whole account.

use breakwater_engine::assess::LiquidationReport;
use breakwater_engine::books::View;
use breakwater_engine::health::{self, Depth};
use breakwater_engine::units::PRICE_MAX;
use breakwater_engine::{Price, Result, Side};

use super::{Seat, PICO};

/// Marks are searched up to this multiple of the present one.
const SEARCH: u64 = 16;

/// Compares a seat's liquidation price; says of how many.
pub fn compare(seat: &Seat<'_>) -> usize {
    let (case, says) = (seat.case, seat.case.says());
    let found: &LiquidationReport = &case.report.liquidations[seat.at];
    let Some(side) = seat.slot.position.side() else {
        assert_eq!(*found, LiquidationReport::default(), "{says}");
        return 0;
    };
    if case.report.refusal != Default::default() {
        return 0;
    }
    if !seat.books.market.has_mark(case.moment.state.now) {
        assert_eq!(found.price, Price(0), "{says}");
        return 1;
    }
    let distressed = |price: u64| distressed(seat, price).expect("a health");
    let top = seat.books.market.mark.price.0.saturating_mul(SEARCH).min(PRICE_MAX);
    let (mut bad, mut good) = side.pick((1, top), (top, 1));
    if !distressed(bad) || distressed(good) {
        assert_eq!(found.price, Price(0), "{says}");
        return 1;
    }
    while bad.abs_diff(good) > 1 {
        let middle = bad.midpoint(good);
        *(if distressed(middle) { &mut bad } else { &mut good }) = middle;
    }
    let price = found.price.0;
    let next = if side == Side::Long { price + 1 } else { price - 1 };
    assert!(distressed(price) && !distressed(next), "{} {price} {bad} {says}", seat.at);
    // Where requirements round up by an atom, marks close to each other may alternate between distress and none.
    let noise = 4 * PICO / i128::from(seat.report.lots.0.max(1)) + 1;
    assert!(i128::from(price.abs_diff(bad)) <= noise, "{price} {bad} {noise} {says}");
    1
}

/// Whether what backs the position is in distress at another mark.
fn distressed(seat: &Seat<'_>, price: u64) -> Result<bool> {
    let mut moved = seat.books.market;
    moved.mark.price = Price(price);
    let views = seat.case.views().map(|view| match view.market.id == moved.id {
        true => View { market: &moved, ladder: view.ladder },
        false => view,
    });
    let now = seat.case.moment.state.now;
    Ok(health::of_slot(&seat.case.account, seat.slot.market, views, Depth::Initial, now)?.is_distressed())
}
