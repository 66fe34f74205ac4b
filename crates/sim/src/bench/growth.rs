//! What each instruction costs, and what makes it cost more.

use breakwater_engine::hand::Hand;
use breakwater_engine::state::AccountBooks;
use breakwater_engine::{Atoms, Lots, Side};

use super::stage::{Stage, BIRTH, UNIT, USD};
use super::{row, rows_of, Measured, Row};
use crate::venue::{MarketId, Refusal, Venue};

/// Instructions that only have one situation, and those around a market's life.
pub fn house() -> Measured<Vec<Row>> {
    let mut stage = Stage::new(1)?;
    let maker = stage.maker(1, 100_000)?;
    let taker = stage.account(10_000)?;
    stage.quote(maker, 0, 100)?;
    stage.refresh(BIRTH, 1)?;
    let refresh = stage.last("refresh_market");
    stage.quote(maker, 0, 100)?;
    stage.buy(taker, 0, 10, &[maker])?;
    stage.venue.sync(taker, None)?;
    stage.venue.allocate(taker, 0, USD as i64)?;
    let trader = stage.venue.accounts[taker];
    let isolate = stage.venue.build.isolate_position(&trader, (&stage.venue.markets[0], &[]), true);
    stage.venue.chain.send(&[("isolate_position", isolate)])?;
    let keys = stage.venue.accounts[maker];
    let cancel = stage.venue.build.cancel_quote(&keys, &stage.venue.markets[0]);
    stage.venue.chain.send(&[("cancel_quote", cancel)])?;
    let skim = stage.venue.build.skim();
    stage.venue.chain.send(&[("skim", skim)])?;
    let pause = stage.venue.build.set_pause_bits(Some(&stage.venue.markets[0]), 0);
    let authority = stage.venue.build.keys.authority;
    stage.venue.chain.give_lamports(authority);
    stage.venue.chain.send(&[("set_pause_bits", pause)])?;
    let empty = stage.venue.open()?;
    let close = stage.venue.build.close_account(&stage.venue.accounts[empty]);
    stage.venue.chain.send(&[("close_account", close)])?;
    stage.refresh(BIRTH / 10, 25)?;
    stage.venue.rebase(0, 64)?;
    let alone = [
        "initialise_exchange",
        "list_market",
        "fund_insurance",
        "open_account",
        "close_account",
        "allocate_margin",
        "isolate_position",
        "set_quote",
        "cancel_quote",
        "sync_position",
        "skim",
        "rebase",
        "set_pause_bits",
    ];
    let mut rows = rows_of(&stage, &alone);
    rows.push(row("refresh_market", refresh, Some(20_000)));
    Ok(rows)
}

/// Deposits, withdrawals, trades, liquidations and resolutions of accounts with more and more positions.
pub fn positions() -> Measured<Vec<Row>> {
    let mut rows = Vec::new();
    for count in 0..=8u64 {
        let mut stage = Stage::new(8)?;
        let maker = stage.maker(8, 100_000)?;
        let trader = stage.account(30_000)?;
        for market in 0..count as MarketId {
            stage.quote(maker, market, 100)?;
            stage.buy(trader, market, 20, &[maker])?;
        }
        stage.venue.deposit(trader, Atoms(100 * USD))?;
        rows.push(row(named("deposit", count), stage.last("deposit"), Some(14_000)));
        stage.venue.withdraw(trader, Atoms(USD))?;
        rows.push(row(named("withdraw", count), stage.last("withdraw"), Some(14_000 + 2_875 * count)));
        if count > 0 {
            rows.push(row(named("trade, 1 maker", count), stage.last("trade"), Some(30_000 + 2_500 * (count - 1))));
            let standing = liquidate(count, LIQUIDATED, STANDING)?;
            rows.push(row(named("liquidate", count), standing, Some(35_000 + 2_875 * (count - 1))));
            let together = liquidate(count, TOGETHER, TOGETHER)?;
            rows.push(row(named("liquidate, all short of margin", count), together, None));
            rows.push(row(
                named("resolve_bankruptcy, 1 line", count),
                resolve_positions(count)?,
                Some(60_000 + 4_600 * (count - 1)),
            ));
        }
    }
    rows.extend(
        [
            ("deposit", "deposit, 0 positions"),
            ("withdraw", "withdraw, 0 positions"),
            ("trade", "trade, 1 maker, 1 position"),
            ("liquidate", "liquidate, 1 position"),
        ]
        .into_iter()
        .filter_map(|(short, long)| {
            let measured = rows.iter().find(|row| row.name == long)?;
            Some(row(short, measured.units, measured.most))
        })
        .collect::<Vec<_>>(),
    );
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(rows)
}

fn named(what: &str, count: u64) -> String {
    format!("{what}, {count} position{}", if count == 1 { "" } else { "s" })
}

/// An account with `count` long positions at six times leverage, and the maker on the other side.
fn crowded(count: u64) -> Measured<(Stage, usize)> {
    let mut stage = Stage::new(8)?;
    let maker = stage.maker(8, 100_000)?;
    let victim = stage.account(700 * count)?;
    for market in 0..count as MarketId {
        stage.quote(maker, market, 100)?;
        stage.buy(victim, market, 20, &[maker])?;
        // All of it stands in the positions: each answers for itself before its siblings are asked.
        stage.venue.allocate(victim, market, 495 * USD as i64)?;
    }
    Ok((stage, victim))
}

/// Prices, in thousandths of the first: the position liquidated has little left, its siblings stand between maintenance and
/// initial margin, so that they neither need nor can give; or all of them lack margin, and each is topped up in vain.
const LIQUIDATED: i64 = 832;
const STANDING: i64 = 852;
const TOGETHER: i64 = 848;

fn liquidate(count: u64, first: i64, others: i64) -> Measured<u64> {
    let (mut stage, victim) = crowded(count)?;
    let keeper = stage.account(50_000)?;
    stage.refresh_apart(BIRTH * first / 1_000, BIRTH * others / 1_000, 2)?;
    stage.venue.liquidate(victim, 0, keeper, Lots::ZERO)?;
    Ok(stage.last("liquidate"))
}

fn resolve_positions(count: u64) -> Measured<u64> {
    let (mut stage, victim) = crowded(count)?;
    stage.refresh(BIRTH * 75 / 100, 4)?;
    stage.venue.sync(victim, None)?;
    stage.refresh(BIRTH * 74 / 100, 25)?;
    // Free cash went to the first position, which may be solvent now; the last has had none.
    stage.venue.resolve(victim, count as MarketId - 1, None)?;
    Ok(stage.last("resolve_bankruptcy"))
}

/// One order against more and more makers.
pub fn makers() -> Measured<Vec<Row>> {
    let mut rows = Vec::new();
    for count in 1..=4u64 {
        let mut stage = Stage::new(1)?;
        let mut makers = Vec::new();
        for _ in 0..count {
            let maker = stage.maker(1, 10_000)?;
            stage.quote(maker, 0, 5)?;
            makers.push(maker);
        }
        let taker = stage.account(10_000)?;
        stage.buy(taker, 0, 5 * count, &makers)?;
        let name = format!("trade, {count} maker{}", if count == 1 { "" } else { "s" });
        rows.push(row(name, stage.last("trade"), Some(30_000 + 9_000 * (count - 1))));
    }
    Ok(rows)
}

/// One resolution that walks more and more lines.
pub fn lines() -> Measured<Vec<Row>> {
    let mut rows = Vec::new();
    for lines in [8, 12, 16, 24] {
        let units = resolve_against(lines * 10, lines)?;
        let name = if lines == 8 { "resolve_bankruptcy".into() } else { format!("resolve_bankruptcy, {lines} lines") };
        rows.push(row(name, units, Some(60_000 + 3_000 * (lines as u64 - 8))));
    }
    Ok(rows)
}

/// A bankrupt long against `positions` shorts that stand on `lines` lines, as many lots however many they are.
pub fn resolve_against(positions: usize, lines: usize) -> Measured<u64> {
    let mut stage = Stage::new(1)?;
    let maker = stage.maker(1, 600_000)?;
    let victim = stage.account(40_000)?;
    stage.quote(maker, 0, 2_000)?;
    stage.buy(victim, 0, 1_000, &[maker])?;
    populate(&mut stage, positions, lines)?;
    stage.refresh(BIRTH * 80 / 100, 3)?;
    stage.venue.sync(victim, None)?;
    stage.refresh(BIRTH * 79 / 100, 25)?;
    stage.venue.resolve(victim, 0, None)?;
    let record = stage.venue.ledger().records[0];
    if record.lines_walked as usize != lines {
        return Err(Refusal(format!("{} lines walked, not {lines}", record.lines_walked)));
    }
    Ok(stage.last("resolve_bankruptcy"))
}

/// Puts shorts on lines 20 to 48 % above the first price and one long of the same size far below, by the engine itself over
/// the accounts' bytes: ten thousand positions through the program would take minutes and leave the same bytes. Who the
/// members are is not on chain for a ladder, so their margin accounts are left out; the vault gets their cash.
fn populate(stage: &mut Stage, positions: usize, lines: usize) -> Measured<()> {
    const LOTS: u64 = 2_400 * UNIT;
    let each = LOTS / positions as u64;
    let before = stage.venue.books(0).market.booked;
    stage.venue.change_books(0, |books| {
        for number in 0..positions {
            let fine = 2_800 * (number % lines) as u64 / lines as u64;
            let price = books.market.mark.price.0 / 10_000 * (12_000 + fine);
            place(books, Side::Short, Lots(each), price)?;
        }
        let price = books.market.mark.price.0 / 10;
        place(books, Side::Long, Lots(each * positions as u64), price)
    })?;
    let booked = stage.venue.books(0).market.booked - before;
    stage.venue.fill_collateral(Atoms(booked.unsigned_abs()));
    Ok(())
}

/// A member whose bankruptcy price is a price.
fn place(
    books: &mut breakwater_engine::books::Books<'_>,
    side: Side,
    lots: Lots,
    price: u64,
) -> breakwater_engine::Result<()> {
    let mut account = AccountBooks::default();
    let worth = breakwater_engine::Price(price).value_ceil(lots)?;
    let cash = match side {
        Side::Long => -i128::from(worth.0),
        Side::Short => i128::from(worth.0),
    };
    account.slot_or_new(books.market.id)?;
    books.place(&mut account, Hand { side, lots, cash })?;
    if cash < 0 {
        books.market.book_out(worth)
    } else {
        books.market.book_in(worth)
    }
}

/// The dearest refresh: 70 % down at once, a crowd of bankrupt longs in the ladder, the charge and the jump both due.
pub fn refresh_after_fall() -> Measured<Row> {
    let mut stage = Stage::new(1)?;
    let maker = stage.maker(1, 600_000)?;
    stage.quote(maker, 0, 2_000)?;
    for usd in [2_000, 3_000, 5_000, 8_000, 13_000] {
        let trader = stage.account(usd)?;
        stage.buy(trader, 0, usd / 30, &[maker])?;
    }
    stage.refresh(BIRTH * 30 / 100, 13)?;
    Ok(row("refresh_market, after a fall of 70 %", stage.last("refresh_market"), Some(20_000)))
}
