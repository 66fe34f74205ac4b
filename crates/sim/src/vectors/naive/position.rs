//! One position: lifted off a copy of its market.

use breakwater_engine::state::{LadderBooks, MarketBooks};
use breakwater_engine::{Error, Side};

use super::{is, refusal, Seat, PICO};

/// Compares a seat's position; says of how many.
pub fn compare(seat: &Seat<'_>) -> usize {
    let says = seat.case.says();
    let (mut account, mut after) = (seat.case.account, seat.books.clone());
    let lifted = match after.books().lift(&mut account) {
        Ok(lifted) => lifted,
        // Nothing without lots stands on the ladder that is on its way.
        Err(Error::Rebasing) if seat.slot.position.lots == 0 => return 0,
        Err(error) => {
            assert_eq!(seat.report.refusal, refusal(error), "{says}");
            return 1;
        }
    };
    let report = seat.report;
    assert_eq!(report.refusal, Default::default(), "{says}");
    assert_eq!(report.market, seat.slot.market);
    assert_eq!((is(report.is_short), report.lots), (lifted.side == Side::Short, lifted.lots), "{says}");
    let position = &seat.slot.position;
    let freed = report.freed_per_lot.get() * i128::from(position.size().0);
    let spare = i128::from(position.spare.0);
    assert_eq!(report.cash.get(), report.key_cash.get() + spare * PICO + freed, "{says}");
    let whole = report.key_cash.get().div_euclid(PICO) + spare + freed.div_euclid(PICO);
    assert_eq!(whole, lifted.cash, "{says}");
    assert_eq!(is(report.is_isolated), position.isolated != 0);
    bankruptcy(seat, lifted.side);
    claims(seat, &account, &after.market);
    place(seat, lifted.side, &after.ladder);
    1
}

/// At the price the position without its spare owes or is worth nothing, one 1e-12 atom towards its safe side it is worth something:
/// rounded down, so that for shorts it is the other way round. On a line it is the key less the index.
fn bankruptcy(seat: &Seat<'_>, side: Side) {
    let (report, says) = (seat.report, seat.case.says());
    let (price, lots) = (report.bankruptcy_price.get(), i128::from(report.lots.0));
    if lots == 0 {
        assert_eq!(price, 0, "{says}");
        return;
    }
    let owed = if side == Side::Long { -report.key_cash.get() } else { report.key_cash.get() };
    assert!(lots * price <= owed && owed < lots * (price + 1), "{says}");
    if !is(report.is_pooled) {
        let scale = &seat.books.market.grid.scale;
        let mantissa = i128::from(128 + report.place % 128) << (scale.shift + u64::from(report.place / 128));
        let key = scale.origin(side) + mantissa;
        assert_eq!(price, key - seat.books.market.side(side).index.get(), "{says}");
    }
}

/// What lifting paid, what the slot's claims are worth after it, and what its profit was worth before.
fn claims(seat: &Seat<'_>, account: &breakwater_engine::AccountBooks, after: &MarketBooks) {
    let (report, says) = (seat.report, seat.case.says());
    let pot = |market: &MarketBooks| Side::BOTH.map(|side| market.side(side).claims.paid.0).iter().sum::<u64>();
    assert_eq!(report.paid.0, pot(&seat.books.market) - pot(after), "{says}");
    let held = account.slots[seat.at].units;
    assert_eq!(report.units.map(|units| units.get()), held.map(|held| held.units.get()), "{says}");
    for ((side, held), owed) in Side::BOTH.into_iter().zip(held).zip(report.owed) {
        let claims = &after.side(side).claims;
        assert_eq!(held.epoch, claims.now.epoch, "{says}");
        // Units of 1e-12 atom at H, of which one is 2^63: by halves, so that no product leaves 128 bits.
        let (high, low) = (held.units.get() >> 63, held.units.get() & ((1 << 63) - 1));
        let worth = high * u128::from(claims.index) + ((low * u128::from(claims.index)) >> 63);
        assert_eq!(u128::from(owed.0), worth / PICO.unsigned_abs(), "{says}");
    }
    let (vesting, book) = (&seat.slot.vesting, &seat.books.market.vesting);
    let left = |amount: breakwater_engine::Atoms| match vesting.epoch == book.epoch && amount.0 > 0 {
        true => u128::from(amount.0) * u128::from(book.index) / u128::from(vesting.index),
        false => 0,
    };
    let vesting: u128 = [vesting.vested, vesting.old.amount, vesting.new.amount].map(left).iter().sum();
    assert_eq!(u128::from(report.vesting.0), vesting, "{says}");
}

/// Lifting reads the record it names, and takes the shares it names out of the pool it names; or leaves the line it names.
fn place(seat: &Seat<'_>, side: Side, after: &LadderBooks) {
    let (report, says) = (seat.report, seat.case.says());
    if seat.slot.position.lots == 0 {
        assert!(!is(report.is_pooled), "{says}");
        return;
    }
    let sides = [seat.books.ladder.side(side), after.side(side)];
    let place = report.place as usize;
    if !is(report.is_pooled) {
        let [before, after] = sides.map(|side| side.lines[place].lots.0);
        assert_eq!(before - after, report.lots.0, "{says}");
        return;
    }
    let [before, after] = sides.map(|side| side.records[report.record as usize].unread);
    assert_eq!((before - after, report.shares > 0 || report.lots.is_zero()), (1, true), "{says}");
    let [before, after] = sides.map(|side| side.pools[place]);
    // The last one out takes what rounding left.
    assert!(before.shares - after.shares == report.shares || after.members == 0, "{says}");
    assert!(before.lots.0 - after.lots.0 - report.lots.0 <= 1 || after.members == 0, "{says}");
}
