//! Settling a [`World`]'s markets: the verbs, and everyone leaving in a random order until nothing is left.

use super::check::check;
use super::common::Rng;
use super::world::World;
use breakwater_engine::books::Books;
use breakwater_engine::settle::{self, SettleReport};
use breakwater_engine::state::SideBook;
use breakwater_engine::{totals, Result};

/// Rounds after which settled markets must be empty.
const ROUNDS: u32 = 40;

/// The marks as they are have been so for longer than settling looks back.
pub fn hold(world: &mut World) {
    for _ in 0..3 {
        world.pass(4_750, 1_900);
        for market in 0..world.markets.len() {
            let mark = world.mark(market);
            let _ = world.refresh(market, mark).unwrap();
        }
    }
}

/// The marks have held; then past the longest a market waits for its oracle.
pub fn expire(world: &mut World) {
    hold(world);
    world.pass(2_000_000, 8 * 86_400);
}

/// Makes the last mark of a market final.
pub fn declare(world: &mut World, market: usize) -> Result<()> {
    let now = world.now;
    let listed = &mut world.markets[market];
    settle::declare(&mut Books { market: &mut listed.market, ladder: &mut listed.ladder }, now)
}

/// Closes a position at the final mark; where it is refused nothing has happened.
pub fn leave(world: &mut World, who: usize, market: usize) -> Result<SettleReport> {
    world.attempt(|world| leave_now(world, who, market))
}

/// The same without going back.
pub fn leave_now(world: &mut World, who: usize, market: usize) -> Result<SettleReport> {
    let now = world.now;
    let mut books: Vec<Books<'_>> = world
        .markets
        .iter_mut()
        .map(|listed| Books { market: &mut listed.market, ladder: &mut listed.ladder })
        .collect();
    settle::position(&mut world.accounts[who], &mut books, market as u64, now)
}

fn shuffled(rng: &mut Rng, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        order.swap(at, rng.within(0, at as u64) as usize);
    }
    order
}

fn is_in(world: &World, who: usize, market: usize) -> bool {
    world.accounts[who].slot(market as u64).is_ok_and(|slot| !slot.position.is_empty())
}

/// Everyone tries to leave every market, in a new order each round: closes at the mark, else is resolved, alone or against
/// whoever can be. Returns how many were resolved and how many left by themselves.
pub fn empty(world: &mut World, rng: &mut Rng) -> [u64; 2] {
    let (mut resolved, mut left) = (0, 0);
    for round in 0.. {
        let somebody =
            (0..world.accounts.len()).any(|who| (0..world.markets.len()).any(|market| is_in(world, who, market)));
        if !somebody {
            break;
        }
        assert!(round < ROUNDS, "somebody cannot leave: {}", stuck(world));
        for who in shuffled(rng, world.accounts.len()) {
            for market in shuffled(rng, world.markets.len()) {
                if !is_in(world, who, market) || rng.one_in(3) {
                    continue;
                }
                if leave(world, who, market).is_ok() {
                    left += 1;
                } else if world.attempt(|world| world.resolve(who, market, None)).is_ok() {
                    resolved += 1;
                } else {
                    let others = shuffled(rng, world.accounts.len()).into_iter().filter(|other| *other != who);
                    let mut tries = others.map(|other| world.attempt(|world| world.resolve(who, market, Some(other))));
                    resolved += u64::from(tries.any(|resolution| resolution.is_ok()));
                }
                check(world);
            }
            if rng.one_in(4) {
                let _ = world.attempt(|world| world.sync(who)).unwrap();
            }
        }
    }
    [resolved, left]
}

fn stuck(world: &World) -> String {
    let mut text = String::new();
    for who in 0..world.accounts.len() {
        for market in (0..world.markets.len()).filter(|market| is_in(world, who, *market)) {
            let (lots, equity) = (world.lots(who, market), world.equity(who, market));
            let settle = leave(&mut world.clone(), who, market).err();
            let resolve = world.clone().resolve(who, market, None).err();
            let account = &world.accounts[who];
            text += &format!("\n{who}: {lots} lots in {market}, equity {equity}, free {:?}, swept {}: settle {settle:?}, resolve {resolve:?}",
                account.free, account.swept);
        }
    }
    text
}

/// Profit vests, claims are collected, money leaves; what stays in the books has a name, to the atom.
pub fn nothing_is_left(world: &mut World) {
    for _ in 0..2 {
        world.pass(100_000, 40 * 86_400);
        for who in 0..world.accounts.len() {
            let _ = world.attempt(|world| world.sync(who)).unwrap();
            for market in 0..world.markets.len() {
                if is_in(world, who, market) {
                    let _ = leave(world, who, market).unwrap();
                }
            }
            let free = world.accounts[who].free.0;
            assert!(free == 0 || world.attempt(|world| world.withdraw(who, free)).is_ok());
        }
        check(world);
    }
    for (who, account) in world.accounts.iter().enumerate() {
        let has = |slot: &breakwater_engine::MarketSlot| !slot.position.is_empty() || !slot.vesting.is_empty();
        assert!(account.free.0 == 0 && account.swept == 0 && !account.slots.iter().any(has), "{who}: {account:?}");
    }
    for at in 0..world.markets.len() {
        world.collect_due(at);
        let market = world.market(at);
        let [long, short] = &market.sides;
        for book in [long, short] {
            assert_eq!((book.lots.0, book.members, book.spare.0, book.residue.lots.0), (0, 0, 0, 0));
            assert_eq!((book.moment.get(), book.drift.get()), (0, 0));
        }
        let fees = i128::from(market.fees.0) - i128::from(market.unfunded.0);
        let claims: u64 = market.sides.iter().map(|side| side.claims.paid.0 + side.claims.waiting.0).sum();
        let reserve: i128 = market.sides.iter().map(|side| totals::reserve(side).unwrap().atoms_floor()).sum();
        let rest = i128::from(market.booked) - fees - i128::from(claims) - reserve - i128::from(market.vesting.total.0);
        // Claims that rounded down, profit after haircuts, a reserve's fraction: by name, and not more than rounding explains.
        assert!((-60..=2).contains(&rest), "{rest} atoms have no name: {market:?}");
        let waits = |side: &SideBook| side.claims.paid.0 <= 2_000 && side.claims.waiting <= side.claims.outstanding;
        assert!(market.sides.iter().all(waits), "{:?}", market.sides.map(|side| side.claims));
        assert!(reserve <= 2 && market.vesting.total.0 <= 200, "reserve {reserve}, {:?}", market.vesting);
    }
    check(world);
}
