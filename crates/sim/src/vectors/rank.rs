//! Where a position stands in its side's order of deleveraging.

use breakwater_engine::ladder::locate::Place;
use breakwater_engine::ladder::{live, LineIndex, LINES};
use breakwater_engine::{Result, Side};
use serde::Serialize;

use crate::venue::Books;

/// Lots of a side by the order deleveraging takes them in: nearest to the mark first, a pool before a line as near.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rank {
    /// Lots taken before any of this position's group.
    pub ahead: String,
    /// Lots of its line or pool, its own included: they close in proportion.
    pub group: String,
    /// Solvent lots of the side in all.
    pub total: String,
}

/// Distance from the mark, and whether it is a line: the order of the walk.
type Seat = (u64, bool);

/// Of a place on a side; none where it is bankrupt at the mark: nobody there is deleveraged.
pub fn rank(books: &Books, side: Side, place: &Place) -> Result<Option<Rank>> {
    let groups = groups(books, side)?;
    let own = |group: &&(Seat, u32, u64)| match place {
        Place::Line(at) => group.0 .1 && group.1 == u32::from(at.get()),
        Place::Pool { pool, .. } => !group.0 .1 && group.1 == u32::from(*pool),
    };
    let Some(found) = groups.iter().find(own) else { return Ok(None) };
    let ahead: u64 = groups.iter().filter(|group| (group.0, group.1) < (found.0, found.1)).map(|group| group.2).sum();
    let total: u64 = groups.iter().map(|group| group.2).sum();
    Ok(Some(Rank { ahead: ahead.to_string(), group: found.2.to_string(), total: total.to_string() }))
}

/// Seat, number and lots of every solvent line and pool with lots.
fn groups(books: &Books, side: Side) -> Result<Vec<(Seat, u32, u64)>> {
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
    use breakwater_engine::{ExchangeParams, Lots};

    use super::*;
    use crate::engine::EngineVenue;
    use crate::replay::{parse, random_day, run};
    use crate::venue::Venue;

    #[test]
    fn the_order_is_the_walks() {
        let mut compared = 0;
        for seed in 0..30 {
            let mut venue = EngineVenue::new(&ExchangeParams::bare()).expect("an exchange");
            let _ = run(&parse(&random_day(seed, 120)).expect("a script"), &mut venue).expect("a day");
            for (books, side) in venue.state().markets.iter().flat_map(|books| Side::BOTH.map(|side| (books, side))) {
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
                    assert_eq!((number, walked.lots.0), ((group.0 .1, group.1), group.2), "seed {seed}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 100);
    }
}
