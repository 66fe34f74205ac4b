//! The order of deleveraging: every line and pool of a side, sorted; and the order is the walk's.

use breakwater_engine::ladder::{live, LineIndex, LINES};
use breakwater_engine::{Result, Side};

use super::{is, Seat};
use crate::venue::Books;

/// Distance from the mark, and whether it is a line: the order of the walk.
type Key = (u64, bool);

/// Compares the rank of a seat; says of how many.
pub fn compare(seat: &Seat<'_>) -> usize {
    let Some(side) = seat.slot.position.side() else { return 0 };
    if seat.report.refusal != Default::default() {
        return 0;
    }
    let found = rank(seat.books, side, (!is(seat.report.is_pooled), seat.report.place)).expect("a rank");
    let said = [seat.report.ahead, seat.report.group, seat.report.total].map(|lots| lots.0);
    assert_eq!(found.unwrap_or_default(), said, "{}", seat.case.says());
    1
}

/// Lots ahead, lots of the group and lots in all; none where the group is bankrupt at the mark: nobody there is deleveraged.
fn rank(books: &Books, side: Side, place: (bool, u32)) -> Result<Option<[u64; 3]>> {
    let groups = groups(books, side)?;
    let Some(found) = groups.iter().find(|group| (group.0 .1, group.1) == place) else { return Ok(None) };
    let ahead = groups.iter().filter(|group| (group.0, group.1) < (found.0, found.1)).map(|group| group.2).sum();
    Ok(Some([ahead, found.2, groups.iter().map(|group| group.2).sum()]))
}

/// Key, number and lots of every solvent line and pool with lots.
fn groups(books: &Books, side: Side) -> Result<Vec<(Key, u32, u64)>> {
    let ladder = books.ladder.side(side);
    let scale = &books.market.grid.scale;
    let mark = books.market.mark_key(side)?;
    let mut groups = Vec::new();
    for index in 0..LINES as u16 {
        let Some(at) = LineIndex::new(index) else { continue };
        let lots = ladder.line(at)?.lots.0;
        let distance = side.signed(mark - scale.key(side, at)?)?;
        if lots > 0 && distance > 0 {
            groups.push(((u64::try_from(distance).unwrap_or(u64::MAX), true), u32::from(index), lots));
        }
    }
    for at in live(ladder.live_pools) {
        let pool = ladder.pool(at)?;
        let equity = pool.equity(side, mark)?;
        if pool.lots.0 > 0 && equity > 0 {
            let distance = u64::try_from(equity / i128::from(pool.lots.0)).unwrap_or(u64::MAX);
            groups.push(((distance, false), u32::from(at), pool.lots.0));
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use breakwater_engine::ladder::walk::{Rung, Walk, WALK_MAX};
    use breakwater_engine::Lots;

    use super::*;
    use crate::vectors::moments;

    #[test]
    fn the_order_is_the_walks() {
        let mut compared = 0;
        for moment in moments(0, 1_000).expect("moments") {
            let books = moment.state.markets.iter().filter(|books| books.market.grid.cursor == 0);
            for (books, side) in books.flat_map(|books| Side::BOTH.map(|side| (books, side))) {
                let mut groups = groups(books, side).expect("groups");
                groups.sort_unstable();
                let mut walk = Walk::new();
                let at = (side, &books.market.grid.scale, books.market.mark_key(side).expect("a mark"));
                let all = Lots(groups.iter().map(|group| group.2).sum());
                walk.run(books.ladder.side(side), at, all, WALK_MAX, true).expect("a walk");
                for (walked, group) in walk.groups().iter().zip(&groups) {
                    let number = match walked.rung {
                        Rung::Line(at) => (true, u32::from(at.get())),
                        Rung::Pool(at) => (false, u32::from(at)),
                    };
                    assert_eq!((number, walked.lots.0), ((group.0 .1, group.1), group.2), "day {}", moment.seed);
                    compared += 1;
                }
            }
        }
        println!("{compared} places");
        assert!(compared > 1_000);
    }
}
