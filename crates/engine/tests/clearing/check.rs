//! What must be true of a [`TestExchange`] after every verb.

use breakwater_engine::clearing::insurance::Elsewhere;
use breakwater_engine::clearing::ladder::POOLS;
use breakwater_engine::clearing::markets::MarketRef;
use breakwater_engine::clearing::state::{EndedList, Held, LadderSide, MarketSlot};
use breakwater_engine::units::{Atoms, Side};

use crate::exchange::{slot_of, TestExchange};

/// Everything that can be read off one state.
pub fn check(exchange: &TestExchange) {
    check_money(exchange);
    for market in 0..exchange.len() {
        for side in Side::BOTH {
            check_side(exchange, market, side);
            check_held(exchange, market, side);
            check_claims(exchange, market, side);
        }
    }
}

/// I1, I17: what came in is somewhere; the fund is the sum of its parts.
fn check_money(exchange: &TestExchange) {
    let (fund, mut total) = (&exchange.fund, 0i128);
    let (mut covers, mut layers, mut allowances) = (0, 0, 0);
    for index in 0..exchange.len() {
        let market = exchange.market(index);
        total += i128::from(market.booked);
        covers += market.cover.amount.0;
        layers += market.layers.iter().map(|layer| layer.amount.0 + layer.earned.0).sum::<u64>();
        allowances += market.allowance(fund).unwrap().0;
    }
    // What a maker's fill freed in a pledged market waits for its owner's next touch.
    total += exchange.accounts.values().map(|account| i128::from(account.free.0 + account.pledged.0)).sum::<i128>();
    total += i128::from(fund.own().unwrap().0 + fund.layers.0);
    assert_eq!(total, exchange.outside, "I1: money is conserved");
    assert_eq!((covers, layers), (fund.covers.0, fund.layers.0), "I17: covers and layers add up");
    fund.check().unwrap();
    let markets = (0..exchange.len()).map(|index| exchange.market(index));
    assert_eq!(
        Elsewhere::of(fund, markets).unwrap(),
        Elsewhere::default(),
        "I17: the fund's sums are its markets' parts"
    );
    assert!(allowances <= fund.allowances.0, "I17: allowances {allowances} are at most {:?}", fund.allowances);
}

fn slots(exchange: &TestExchange, market: usize) -> impl Iterator<Item = &MarketSlot> {
    exchange.accounts.values().filter_map(move |account| slot_of(account, market))
}

/// I2: lines, pools and dust are the side's lots; positions are claims on them; spare and members add up.
fn check_side(exchange: &TestExchange, market: usize, side: Side) {
    let view = exchange.view(market);
    let (book, ladder) = (view.market.side(side), view.ladder.side(side));
    let (mut members, mut spare, mut lots, mut lacking) = (0u32, 0u64, 0u64, 0u128);
    for slot in slots(exchange, market) {
        let own = slot.position.side();
        if own.unwrap_or(Side::Long) != side {
            continue;
        }
        spare += slot.position.spare.0;
        if own.is_some() {
            members += 1;
            lots += view.caught_up(slot).unwrap().lots.0;
            let located = ladder.locate(&view.market.grid, side, &slot.position).unwrap();
            let moved = located.lacking_per_lot.unsigned_abs() * u128::from(slot.position.size().0);
            lacking += moved + slot.position.lacking.cash().0.unsigned_abs();
        }
    }
    assert_eq!(lacking, book.lacking.get(), "A9: {market} {side:?}: what is lacking beyond the grid");
    let on_ladder: u64 = ladder.buckets.iter().map(|bucket| bucket.lots.0).sum::<u64>()
        + ladder.pools.iter().map(|pool| pool.lots.0).sum::<u64>();
    assert_eq!((members, spare), (book.totals.members, book.spare.0), "{market} {side:?}: members and spare");
    assert_eq!(on_ladder + book.dust.lots.0, book.totals.lots.0, "I2: {market} {side:?}: lines, pools and dust");
    assert!(lots <= on_ladder && on_ladder - lots <= u64::from(members), "{market} {side:?}: {lots} of {on_ladder}");
    let estate = &book.estate;
    let left = estate.sold.0 + estate.crossed.0 + estate.deleveraged.0 + estate.lots.0;
    assert_eq!(estate.entered.0, left, "I3: {market} {side:?}: an estate's lots");
}

/// I17: held money is the sum of its owners': accounts, estates, pools and checkpoints.
fn check_held(exchange: &TestExchange, market: usize, side: Side) {
    let view = exchange.view(market);
    let (book, ladder) = (view.market.side(side), view.ladder.side(side));
    let mut owners: Vec<Held> = slots(exchange, market).map(|slot| side.of(slot.held)).collect();
    owners.extend(of_ladder(ladder));
    owners.extend(of_estates(exchange, market, side));
    let units = |list: u64| owners.iter().filter(|held| held.list == list).map(|held| held.units.get()).sum::<u128>();
    assert_eq!(units(book.event.list), book.event.units.get(), "I17: {market} {side:?}: units of the present list");
    let pages = exchange.pages(market).iter().filter(|page| page.side == u64::from(side == Side::Short));
    let ended: Vec<&EndedList> = pages.flat_map(|page| &page.lists).filter(|ended| ended.list != 0).collect();
    for list in &ended {
        assert_eq!(units(list.list), list.units.get(), "I17: {market} {side:?}: units of list {}", list.list);
    }
    let sum: u128 = ended.iter().map(|list| list.held.get()).sum();
    assert_eq!(sum, book.ended_held.get(), "I17: {market} {side:?}: what ended lists hold");
}

/// What was paid into a side's claims, and what is outstanding, is enough for all that its holders are due or are owed, whoever
/// collects first.
fn check_claims(exchange: &TestExchange, market: usize, side: Side) {
    let claims = exchange.market(market).side(side).claims;
    let there = claims.paid.0 + claims.outstanding.0;
    if there == 0 {
        return;
    }
    // As if all of it were paid now, and on the other side nothing.
    let mut paid = *exchange.market(market);
    let _ = paid.side_mut(side).claims.pay(claims.outstanding).unwrap();
    paid.side_mut(side).claims.paid = Atoms(u64::MAX >> 8);
    paid.side_mut(side.opposite()).claims.paid = Atoms::ZERO;
    let view = MarketRef { market: &paid, ..exchange.view(market) };
    let due = |slot: &MarketSlot| view.claims_due(slot, &view.caught_up(slot).unwrap()).unwrap().0;
    let due: u64 = slots(exchange, market).map(due).sum();
    // Units are rounded in proportion to what they stand for: a part in 2^40 beside the atoms of single roundings.
    assert!(due <= there + 64 + (there >> 40), "{market} {side:?}: {due} are due and owed of {there} in its claims");
}

fn of_ladder(ladder: &LadderSide) -> Vec<Held> {
    let mut found: Vec<Held> = ladder.pools[..POOLS].iter().flat_map(|pool| [pool.held, pool.older]).collect();
    found.extend(ladder.checkpoints.iter().filter(|checkpoint| checkpoint.unread > 0).map(|read| read.held));
    found
}

fn of_estates(exchange: &TestExchange, market: usize, side: Side) -> Vec<Held> {
    let mut found = Vec::new();
    for owner in 0..exchange.len() {
        for of in Side::BOTH {
            let owned = &exchange.market(owner).side(of).estate.owned;
            let here = owned.iter().filter(|seat| seat.is_of(market as u64) && seat.side() == side);
            found.extend(here.map(|seat| seat.held));
        }
    }
    found
}
