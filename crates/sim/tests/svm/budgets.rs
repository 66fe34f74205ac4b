//! Compute units: the limits every instruction is promised to stay within, measured on the compiled program. What a further
//! position may cost is 15 % more than it was before there were guards.

use breakwater_engine::state::{Level, MarketParams, QuoteBooks};
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Lots, Price, Side};
use breakwater_sim::venue::{AccountId, Venue};

use crate::stage::{none, price, Stage, BIRTH, USD};

/// Collects what was above its limit, so that one run names everything.
#[derive(Default)]
struct Limits(Vec<String>);

impl Limits {
    fn at_most(&mut self, what: &str, measured: u64, limit: u64) {
        println!("{what}: {measured} of {limit}");
        if measured == 0 || measured > limit {
            self.0.push(format!("{what}: {measured} units, at most {limit}"));
        }
    }

    fn done(self) {
        none(self.0);
    }
}

/// An account long in so many markets, from the first.
fn holder(stage: &mut Stage, positions: usize, usd: u64) -> AccountId {
    let (long, short) = (stage.trader(100_000), stage.trader(1_000_000));
    for market in 0..positions {
        stage.pair(market, long, short, usd);
    }
    long
}

#[test]
fn deposits_and_withdrawals() {
    let mut limits = Limits::default();
    let mut stage = Stage::with_markets(8);
    for positions in 0..=8 {
        let account = holder(&mut stage, positions, 1_000);
        let limit = 14_000 + 2_875 * positions as u64;
        stage.venue.deposit(account, Atoms(10 * USD)).expect("a deposit");
        limits.at_most(&format!("deposit, {positions} positions"), stage.units("deposit"), limit);
        stage.venue.withdraw(account, Atoms(10 * USD)).expect("a withdrawal");
        limits.at_most(&format!("withdraw, {positions} positions"), stage.units("withdraw"), limit);
    }
    limits.done();
}

#[test]
fn refreshing() {
    let mut limits = Limits::default();
    let mut stage = Stage::with_markets(1);
    let (long, short) = (stage.trader(100_000), stage.trader(100_000));
    for usd in 1..=20 {
        let (other, maker) = (stage.trader(1_000 + usd), stage.trader(10_000));
        stage.venue.allocate(other, 0, (100 * usd * USD) as i64 / 2).expect("margin");
        stage.pair(0, other, maker, usd * 100);
    }
    stage.pair(0, long, short, 100_000);
    for (what, cents) in [("a rise", 10_100), ("no move", 10_100), ("a fall of 70 %", 3_030), ("half back", 6_000)] {
        stage.mark(0, cents);
        limits.at_most(&format!("refresh_market, {what}"), stage.units("refresh_market"), 20_000);
    }
    limits.done();
}

#[test]
fn refreshing_with_an_uninsured_shortfall_on_every_line() {
    let mut limits = Limits::default();
    let mut stage = Stage::with_markets(1);
    crowd(&mut stage, Crowd { opposing: 64, lines: 16, long_share: 80 });
    for cents in [7_000, 3_000, 2_999] {
        stage.mark(0, cents);
        limits.at_most(&format!("refresh_market, bankrupt crowd at {cents}"), stage.units("refresh_market"), 20_000);
    }
    limits.done();
}

#[test]
fn trading() {
    let mut limits = Limits::default();
    for positions in 0..=7 {
        for makers in 1..=4 {
            let units = trade(positions, makers);
            let limit = 30_000 + 9_000 * (makers - 1) + 2_500 * positions as u64;
            limits.at_most(&format!("trade, {makers} makers, {positions} further positions"), units, limit);
        }
    }
    limits.done();
}

/// A taker with positions elsewhere enlarges his position against makers who enlarge theirs.
fn trade(positions: usize, makers: u64) -> u64 {
    let mut stage = Stage::with_markets(positions + 1);
    let taker = holder(&mut stage, positions + 1, 1_000);
    let market = positions;
    let makers: Vec<AccountId> = (0..makers)
        .map(|at| {
            let maker = stage.maker(market, 2_000, 10 + at);
            let order = stage.buy(market, 100);
            stage.venue.trade(taker, market, order, &[maker]).expect("a first fill");
            maker
        })
        .collect();
    let order = stage.buy(market, 1_900 * makers.len() as u64);
    stage.venue.trade(taker, market, order, &makers).expect("a trade");
    stage.units("trade")
}

#[test]
fn liquidating() {
    let mut limits = Limits::default();
    for positions in 1..=8 {
        let mut stage = Stage::with_markets(positions);
        let (victim, short, keeper) = (stage.trader(600), stage.trader(1_000_000), stage.trader(100_000));
        stage.pair(0, victim, short, 10_000);
        for market in 1..positions {
            stage.venue.deposit(victim, Atoms(10 * USD)).expect("a deposit");
            stage.pair(market, victim, short, 100);
        }
        stage.mark(0, 9_640);
        stage.venue.liquidate(victim, 0, keeper, Lots::ZERO).expect("a liquidation");
        let limit = 35_000 + 2_875 * (positions as u64 - 1);
        limits.at_most(&format!("liquidate, {positions} positions"), stage.units("liquidate"), limit);
        stage.conserved("after a liquidation");
    }
    limits.done();
}

/// A bankrupt long against a crowd of shorts on some lines.
#[derive(Clone, Copy)]
struct Crowd {
    opposing: u64,
    lines: u64,
    /// Of the open interest the bankrupt long holds, percent; the rest is a rich one's.
    long_share: u64,
}

/// Open interest of a crowd.
const CROWD_USD: u64 = 1_000_000;

/// Builds it; returns the long. Each short's margin puts him on one of the lines, 3 % of the notional apart.
fn crowd(stage: &mut Stage, crowd: Crowd) -> AccountId {
    let victim = stage.trader(2_000_000);
    let rich = stage.trader(5_000_000);
    let usd = CROWD_USD / crowd.opposing;
    for (maker, share, margin) in [(victim, crowd.long_share, 150_000), (rich, 100 - crowd.long_share, 2_000_000)] {
        stage.venue.allocate(maker, 0, (margin * USD) as i64).expect("margin");
        let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
        quote.bids[0] =
            Level { size: Lots(usd * (crowd.opposing * share).div_ceil(100) * USD), price: price(BIRTH), pegged: 0 };
        stage.venue.quote(maker, 0, &quote).expect("a quote");
        let free = stage.venue.account(maker).free.0;
        stage.venue.withdraw(maker, Atoms(free - 1_000 * USD)).expect("a withdrawal");
    }
    for at in 0..crowd.opposing {
        let percent = 25 + at % crowd.lines * 3;
        let maker = if at < crowd.opposing * crowd.long_share / 100 { victim } else { rich };
        let short = stage.venue.open().expect("an account");
        let margin = usd * USD * percent / 100;
        stage.venue.deposit(short, Atoms(margin + usd * USD / 1_000)).expect("a deposit");
        stage.venue.allocate(short, 0, margin as i64).expect("margin");
        let order =
            Order { side: Side::Short, lots: Lots(usd * USD), limit: Price(1), reduce_only: false, min_fill: Lots(0) };
        stage.venue.trade(short, 0, order, &[maker]).expect("a trade");
    }
    let free = stage.venue.account(victim).free.0;
    if free > 0 {
        stage.venue.withdraw(victim, Atoms(free)).expect("a withdrawal");
    }
    victim
}

/// Units of resolving a crowd's long, and the lines it walked.
fn resolve(shape: Crowd, further: usize) -> (u64, u32) {
    let mut stage = Stage::empty();
    stage.list(&MarketParams { walk_max: 32, ..MarketParams::bare() });
    for _ in 0..further {
        stage.list(&MarketParams::bare());
    }
    let victim = crowd(&mut stage, shape);
    let other = stage.trader(100_000);
    for market in 1..=further {
        stage.venue.deposit(victim, Atoms(100 * USD)).expect("a deposit");
        stage.pair(market, victim, other, 1_000);
    }
    stage.mark(0, 7_500);
    stage.venue.resolve(victim, 0, None).expect("a resolution");
    stage.conserved("after a resolution");
    (stage.units("resolve_bankruptcy"), stage.venue.ledger().records[0].lines_walked)
}

#[test]
fn resolving_by_lines() {
    let mut limits = Limits::default();
    for lines in [1, 4, 8, 12, 16, 20, 24] {
        let (units, walked) = resolve(Crowd { opposing: 4 * lines, lines, long_share: 75 }, 0);
        assert_eq!(u64::from(walked), lines, "lines walked");
        let limit = 60_000 + 3_000 * lines.saturating_sub(8);
        limits.at_most(&format!("resolve_bankruptcy, {lines} lines"), units, limit);
    }
    limits.done();
}

#[test]
fn resolving_by_positions() {
    let mut limits = Limits::default();
    for further in 0..=7 {
        let (units, _) = resolve(Crowd { opposing: 32, lines: 8, long_share: 75 }, further);
        let limit = 60_000 + 4_600 * further as u64;
        limits.at_most(&format!("resolve_bankruptcy, {further} further positions"), units, limit);
    }
    limits.done();
}

#[test]
fn resolving_costs_the_same_however_many_stand_opposite() {
    let shape = |opposing| Crowd { opposing, lines: 8, long_share: 70 };
    let (few, lines) = resolve(shape(10), 0);
    for opposing in [100, 1_000, 10_000] {
        let (many, walked) = resolve(shape(opposing), 0);
        println!("resolve_bankruptcy: {few} units against 10, {many} against {opposing}");
        assert_eq!(walked, lines, "the same lines");
        assert!(few.abs_diff(many) * 100 <= few * 5, "{few} units against 10, {many} against {opposing}");
    }
}
