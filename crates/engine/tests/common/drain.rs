//! Everyone leaves: two rich accounts, the closers, trade with whoever holds lots and liquidate and resolve the rest; profits
//! vest, positions and accounts are emptied, and what stays in the books is named.

use super::check::check;
use super::world::World;
use breakwater_engine::{totals, Side};

/// Rounds after which a market must be empty.
const ROUNDS: u32 = 60;

/// Lots the closers hold against each other: more than anyone else, so that none of their fills leaves them dust.
const LARGE: u64 = 1 << 35;

pub fn drain(world: &mut World) {
    let closers = [world.accounts.len() - 2, world.accounts.len() - 1];
    for who in closers {
        world.deposit(who, 1 << 50).unwrap();
    }
    for round in 0..ROUNDS {
        // Past every auction, slice window and record; the price is confirmed by a new one.
        world.pass(600, 240);
        finish_rebases(world);
        for market in 0..world.markets.len() {
            let _ = world.refresh(market, world.mark(market)).unwrap();
            let thin = world.lots(closers[0], market) < (LARGE / 4) as i64
                || world.lots(closers[1], market) > -((LARGE / 4) as i64);
            if thin && somebody_is_in(world, market) {
                let _ = world.attempt(|world| world.open(closers, market, LARGE, [1 << 44, 1 << 44]));
            }
        }
        if (0..world.markets.len()).all(|market| !somebody_is_in(world, market)) {
            break;
        }
        for who in 0..closers[0] {
            leave(world, who, closers);
        }
        check(world);
        assert!(round + 1 < ROUNDS, "somebody cannot leave: {}", stuck(world));
    }
    for market in 0..world.markets.len() {
        close_the_closers(world, market, closers);
    }
    take_everything_out(world);
    check_what_is_left(world);
}

fn finish_rebases(world: &mut World) {
    for market in 0..world.markets.len() {
        while world.attempt(|world| world.rebase(market, 4_096)).is_ok() {}
    }
}

/// Whether anyone but the closers has lots in a market.
fn somebody_is_in(world: &World, market: usize) -> bool {
    let others = &world.accounts[..world.accounts.len() - 2];
    others.iter().any(|account| account.slot(market as u64).is_ok_and(|slot| slot.position.lots != 0))
}

fn stuck(world: &World) -> String {
    let mut text = String::new();
    for (who, account) in world.accounts.iter().enumerate() {
        for slot in account.slots.iter().filter(|slot| slot.position.lots != 0) {
            let market = slot.market as usize;
            let (lots, equity) = (world.lots(who, market), world.equity(who, market));
            text += &format!(
                "\n{who} holds {lots} lots in {market}, equity {equity}, free {:?}, {:?} {}",
                account.free, account.clock, slot.position.isolated
            );
            for (name, error) in [
                (
                    "open",
                    world
                        .clone()
                        .open([world.accounts.len() - 2, world.accounts.len() - 1], market, LARGE, [1 << 44, 1 << 44])
                        .err(),
                ),
                ("sync", world.clone().sync(who).err()),
                (
                    "trade",
                    world
                        .clone()
                        .trade(
                            [who, world.accounts.len() - 1 - usize::from(lots < 0)],
                            market,
                            if lots > 0 { Side::Short } else { Side::Long },
                            lots.unsigned_abs().max(1),
                            world.mark(market),
                        )
                        .err(),
                ),
                ("resolve", world.clone().resolve(who, market, None).err()),
                ("liquidate", world.clone().liquidate(who, market, world.accounts.len() - 1, 0).err()),
            ] {
                text += &format!(" {name}: {error:?}");
            }
        }
    }
    for listed in &world.markets {
        let sides = listed.market.sides.map(|side| (side.lots.0, side.members, side.residue));
        text += &format!("\nsides {sides:?}");
    }
    text
}

/// One try at each way out: a long sells to the closer who is short, so that both reduce.
fn leave(world: &mut World, who: usize, closers: [usize; 2]) {
    let _ = world.attempt(|world| world.sync(who));
    for market in 0..world.markets.len() {
        let lots = world.lots(who, market);
        let (side, closer) = if lots > 0 { (Side::Short, closers[1]) } else { (Side::Long, closers[0]) };
        if lots != 0 {
            let mark = world.mark(market);
            let _ = world.attempt(|world| world.trade([who, closer], market, side, lots.unsigned_abs(), mark));
        }
        if world.lots(who, market) != 0 {
            let _ = world.attempt(|world| world.liquidate(who, market, closer, 0));
        }
        if world.lots(who, market) != 0 {
            let _ = world.attempt(|world| world.resolve(who, market, None));
        }
        for other in 0..closers[0] {
            // Nobody solvent on the other side: the bankrupt close against each other.
            if world.lots(who, market) != 0 && other != who {
                let _ = world.attempt(|world| world.resolve(who, market, Some(other)));
            }
        }
    }
}

/// The larger of the last two takes: residue first, which is what they differ by (G17), then the other.
fn close_the_closers(world: &mut World, market: usize, closers: [usize; 2]) {
    for who in closers {
        let _ = world.attempt(|world| world.sync(who)).unwrap();
    }
    let [first, second] = closers.map(|who| world.lots(who, market));
    let (taker, lots, pair) = if first.abs() > second.abs() {
        (closers[0], first, closers)
    } else {
        (closers[1], second, [closers[1], closers[0]])
    };
    if lots == 0 {
        return;
    }
    let side = if lots > 0 { Side::Short } else { Side::Long };
    let mark = world.mark(market);
    let report = world.attempt(|world| world.trade(pair, market, side, lots.unsigned_abs(), mark)).unwrap();
    assert_eq!((report.filled.0, report.opened.0), (lots.unsigned_abs(), 0), "the last leg of {taker} closes");
}

/// Whoever owes deposits it, to the atom where the smallest deposit allows: what he owes then is nothing.
fn settle_debts(world: &mut World) {
    for who in 0..world.accounts.len() {
        let owed = world.owed[world.owners[who]].0;
        if owed > 0 {
            world.attempt(|world| world.deposit(who, owed.max(world.params.deposit_min.0))).unwrap();
        }
    }
    assert!(world.owed.iter().all(|owed| owed.0 == 0));
    check(world);
}

/// Spare without lots, vested profit, claims paid, free cash.
fn take_everything_out(world: &mut World) {
    settle_debts(world);
    for _ in 0..3 {
        world.pass(100_000, 40 * 86_400);
        for market in 0..world.markets.len() {
            let _ = world.refresh(market, world.mark(market)).unwrap();
        }
        for who in 0..world.accounts.len() {
            let _ = world.attempt(|world| world.sync(who)).unwrap();
            for market in 0..world.markets.len() {
                let spare = world.accounts[who].slot(market as u64).map_or(0, |slot| slot.position.spare.0);
                if spare > 0 {
                    world.attempt(|world| world.take_margin(who, market, spare)).unwrap();
                }
            }
            let free = world.accounts[who].free.0;
            if free > 0 {
                world.attempt(|world| world.withdraw(who, free)).unwrap();
            }
        }
        check(world);
    }
}

fn check_what_is_left(world: &mut World) {
    for (who, account) in world.accounts.iter().enumerate() {
        assert_eq!(account.free.0, 0);
        for slot in &account.slots {
            assert!(slot.position.is_empty() && slot.vesting.is_empty() && slot.swept == 0, "{who} {slot:?}");
            assert!(slot.debt.iter().all(|debt| debt.0 == 0), "{who} owes {slot:?}");
        }
    }
    for market in 0..world.markets.len() {
        world.collect_due(market);
        let market = world.market(market);
        let sides = &market.sides;
        assert_eq!(market.open_interest().0, 0);
        let fees = i128::from(market.fees.0) - i128::from(market.unfunded.0);
        let claims: i128 = sides.iter().map(|side| i128::from(side.claims.paid.0 + side.claims.waiting.0)).sum();
        let reserve: i128 = sides.iter().map(|side| totals::reserve(side).unwrap().atoms_floor()).sum();
        // What is neither fees nor insurance: payments nobody's rounded-down claim reached, a reserve's fraction, dust.
        let rest = i128::from(market.booked) - fees - claims - reserve - i128::from(market.vesting.total.0);
        assert!((-200..=200).contains(&rest), "{rest} atoms have no name");
        assert!(
            claims <= 2_000 && reserve <= 2,
            "claims {claims}, reserve {reserve}: {:?}",
            sides.map(|side| side.claims)
        );
        assert!(market.vesting.total.0 <= 200, "vesting {:?}", market.vesting);
        assert_eq!([sides[0].spare.0, sides[1].spare.0], [0, 0]);
    }
    check(world);
}
