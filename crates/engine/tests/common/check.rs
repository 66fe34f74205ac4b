//! Everything that must be true of a [`World`] after every verb.

use super::world::World;
use breakwater_engine::account::SLOTS;
use breakwater_engine::ladder::locate::Place;
use breakwater_engine::ladder::{live, Bits, LineIndex, LINES, POOLS};
use breakwater_engine::state::{Grid, LadderSide, MarketBooks};
use breakwater_engine::{totals, vesting, Side};

/// What the positions of a side add up to, read from the accounts.
struct Members {
    lots: u64,
    spare: u64,
    count: u32,
    line_lots: Vec<u64>,
    line_members: Vec<u32>,
    unread: Vec<u32>,
    pool_members: Vec<u32>,
    /// What they owe at the mark: with key cash only, and with everything they have in the market.
    owed_by_key: i128,
    owed: i128,
}

/// I1, I2, and the ladder's own bookkeeping.
pub fn check(world: &World) {
    let mut collateral = 0i128;
    let mut covers = 0u64;
    for (at, listed) in world.markets.iter().enumerate() {
        let market = &listed.market;
        let sum = totals::sum(market).unwrap().0 - i128::from(market.booked) * 1_000_000_000_000;
        let lots = market.sides.map(|side| side.lots.0);
        assert_eq!(totals::check(market), Ok(()), "market {at}: lots {lots:?}, classes exceed the booked by {sum}");
        collateral += i128::from(market.booked);
        covers += market.cover.amount.0;
        check_vesting(world, at);
        if market.grid.cursor != 0 {
            continue;
        }
        check_standing(world, at, &market.grid);
        for side in Side::BOTH {
            let members = members(world, at, side);
            check_side(market, listed.ladder.side(side), side, &members);
            check_certificate(world, at, side, &members);
        }
    }
    for account in &world.accounts {
        collateral += i128::from(account.free.0);
        let swept = account.slots.iter().map(|slot| slot.swept).sum::<u64>();
        assert_eq!(swept, account.swept, "swept positions are counted");
    }
    for (owner, owed) in world.owed.iter().enumerate() {
        let own = world.accounts.iter().zip(&world.owners).filter(|(_, of)| **of == owner);
        let debts: u64 = own.map(|(account, _)| account.debt().unwrap().0).sum();
        assert_eq!(owed.0, debts, "what owner {owner} owes is the sum of the debts of all his accounts");
    }
    assert_eq!(collateral, world.collateral, "I1: the collateral vault is the sum of its classes");
    assert_eq!(i128::from(world.fund.booked.0), world.insurance, "I1: the insurance vault");
    assert_eq!(covers, world.fund.covers.0, "covers add up");
    let fund = &world.fund;
    assert!(fund.covers <= fund.own().unwrap(), "covers are inside the fund's own tranches");
    assert_eq!(fund.booked, fund.own().unwrap().plus(fund.layers).unwrap(), "the fund is the sum of its tranches");
    let layers = world.markets.iter().flat_map(|listed| &listed.market.layers);
    assert_eq!(layers.map(|layer| layer.amount.0 + layer.earned.0).sum::<u64>(), fund.layers.0, "layers add up");
}

fn members(world: &World, market: usize, side: Side) -> Members {
    let view = world.view(market);
    let (ladder, grid, mark) = (view.ladder.side(side), &view.market.grid, view.market.mark.price);
    let zeros = || vec![0u32; LINES];
    let mut found = Members {
        lots: 0,
        spare: 0,
        count: 0,
        line_lots: vec![0; LINES],
        line_members: zeros(),
        unread: vec![0; POOLS],
        pool_members: vec![0; POOLS],
        owed_by_key: 0,
        owed: 0,
    };
    for slot in world.accounts.iter().flat_map(|account| &account.slots).filter(|slot| slot.market == market as u64) {
        let position = &slot.position;
        if position.side().unwrap_or(Side::Long) != side {
            continue;
        }
        found.spare += position.spare.0;
        if position.lots == 0 {
            continue;
        }
        let held = view.holding(slot).unwrap();
        found.lots += held.lots.0;
        found.count += 1;
        let located = ladder.locate(grid, side, position).unwrap();
        match located.place {
            Place::Line(at) => {
                found.line_lots[usize::from(at.get())] += position.size().0;
                found.line_members[usize::from(at.get())] += 1;
            }
            Place::Pool { record, pool, .. } => {
                found.unread[usize::from(record)] += 1;
                found.pool_members[usize::from(pool)] += 1;
            }
        }
        let equity = view.equity_at(&held, mark).unwrap().0;
        let aside = position.spare.cash().0 + located.freed_per_lot * i128::from(position.size().0);
        found.owed_by_key += (aside - equity).max(0);
        found.owed += (-equity).max(0);
    }
    found
}

fn check_side(market: &MarketBooks, ladder: &LadderSide, side: Side, members: &Members) {
    let book = market.side(side);
    assert_eq!(book.spare.0, members.spare, "{side:?}: spare");
    assert_eq!(book.members, members.count, "{side:?}: members");
    let (mut lots, mut moment) = (book.residue.lots.0, 0i128);
    for at in 0..LINES {
        let index = LineIndex::new(at as u16).unwrap();
        let line = ladder.line(index).unwrap();
        assert_eq!(
            (line.lots.0, line.members),
            (members.line_lots[at], members.line_members[at]),
            "{side:?}: line {at}"
        );
        lots += line.lots.0;
        moment += i128::from(line.lots.0) * market.grid.scale.key(side, index).unwrap();
    }
    let mut dust = 0;
    for at in live(ladder.live_pools) {
        let pool = ladder.pool(at).unwrap();
        lots += pool.lots.0;
        moment += pool.moment.get();
        dust += u64::from(pool.members);
    }
    assert_eq!(lots, book.lots.0, "{side:?}: lines, pools and residue are the side's lots");
    assert_eq!(moment, book.moment.get(), "{side:?}: moments");
    let held = members.lots + book.residue.lots.0;
    assert!(held <= book.lots.0 && book.lots.0 - held <= dust, "{side:?}: {held} lots of {}, dust {dust}", book.lots.0);
    check_blocks(market, ladder);
    check_pools(ladder, side, members);
}

fn check_blocks(market: &MarketBooks, ladder: &LadderSide) {
    for (at, block) in ladder.blocks.iter().enumerate() {
        assert_eq!(ladder.occupied >> at & 1 == 1, block.occupied != 0, "block {at}");
        let (mut lots, mut moment) = (0u64, 0u128);
        for bit in 0..64 {
            let index = LineIndex::at(at, bit).unwrap();
            let line = ladder.line(index).unwrap();
            assert_eq!(block.occupied >> bit & 1 == 1, line.members > 0, "line {index:?}");
            lots += line.lots.0;
            moment += u128::from(line.lots.0) * u128::from(market.grid.scale.offset(index));
        }
        assert_eq!((block.lots.0, block.moment.get()), (lots, moment), "block {at}");
    }
}

fn check_pools(ladder: &LadderSide, side: Side, members: &Members) {
    let records: Vec<u8> = live(ladder.live_records).collect();
    let pools: Vec<u8> = live(ladder.live_pools).collect();
    for at in 0..=u8::MAX {
        let (unread, count) = (members.unread[usize::from(at)], members.pool_members[usize::from(at)]);
        if records.contains(&at) {
            assert_eq!(ladder.record(at).unwrap().unread, unread, "{side:?}: record {at}");
        }
        assert_eq!(records.contains(&at), unread > 0, "{side:?}: record {at} is live while unread");
        assert_eq!(pools.contains(&at), count > 0, "{side:?}: pool {at} is live while it has members");
        assert_eq!(ladder.pool(at).unwrap().members, count, "{side:?}: pool {at}");
    }
    assert_eq!(Bits(ladder.occupied).count() as u32, ladder.occupied.count_ones());
}

fn check_standing(world: &World, market: usize, grid: &Grid) {
    let mut standing = [0u32; 16];
    let slots = world.accounts.iter().flat_map(|account| &account.slots);
    for slot in slots.filter(|slot| slot.market == market as u64 && slot.position.lots != 0) {
        standing[slot.position.grid_epoch as usize % 16] += 1;
    }
    assert_eq!(standing, grid.standing, "positions by grid");
}

/// U is never less than what positions owe, and more only by spare; dust of pools apart.
fn check_certificate(world: &World, market: usize, side: Side, members: &Members) {
    let view = world.view(market);
    let key = view.market.mark_key(side).unwrap();
    let found = view.ladder.side(side).beyond(side, &view.market.grid.scale, key).unwrap().shortfall as i128;
    let dust = i128::from(view.market.mark.price.0) * i128::from(members.count);
    assert!(found >= members.owed - dust, "{side:?}: U {found} hides part of {}", members.owed);
    assert!(found <= members.owed_by_key + dust, "{side:?}: U {found} exceeds {}", members.owed_by_key);
}

fn check_vesting(world: &World, at: usize) {
    let market = world.market(at);
    let slots = world.accounts.iter().flat_map(|account| &account.slots);
    let sum: u64 =
        slots.filter(|slot| slot.market == at as u64).map(|slot| vesting::worth(market, slot).unwrap().0).sum();
    assert!(sum <= market.vesting.total.0, "vesting profit {sum} exceeds {:?}", market.vesting.total);
    assert!(market.vesting.total.0 - sum <= (world.accounts.len() * SLOTS * 64) as u64, "vesting dust");
}
