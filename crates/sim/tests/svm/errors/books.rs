//! The ladder: its grid, its records, and a market with nobody solvent in it.

use anchor_lang::solana_program::instruction::AccountMeta;
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Lots, Side};
use breakwater_sim::venue::{AccountId, Cross, Venue};

use super::{as_is, case, Case, BOB, CAROL};
use crate::stage::{Stage, BIRTH, USD};

/// A price out of the grid's middle octaves.
const FAR: i64 = BIRTH / 10;

/// Runs a rebase to its end.
fn rebase(stage: &mut Stage, market: usize) {
    let epoch = stage.venue.books(market).market.grid.epoch;
    while stage.venue.books(market).market.grid.epoch == epoch {
        stage.venue.rebase(market, 512).expect("a step of a rebase");
    }
}

/// A position that survives everything, and is never touched, through eight rebases.
fn eight_grids(stage: &mut Stage) {
    let hodler = stage.trader(10_000);
    stage.venue.allocate(hodler, 1, 1_200 * USD as i64).expect("margin");
    stage.pair(1, hodler, BOB, 1_000);
    for round in 0..8 {
        far_and_back(stage, round);
        rebase(stage, 1);
    }
    far_and_back(stage, 8);
}

fn far_and_back(stage: &mut Stage, round: usize) {
    stage.venue.advance(100, 40);
    stage.confirm(1, if round.is_multiple_of(2) { FAR } else { BIRTH });
}

fn rebasing(stage: &mut Stage) {
    stage.venue.advance(20, 8);
    stage.mark(0, FAR);
    stage.venue.rebase(0, 64).expect("a step");
}

/// Puts insurance behind the second market.
fn cover(stage: &mut Stage) {
    stage.venue.fund(Atoms(1_000_000 * USD)).expect("insurance");
    let mut skim = stage.venue.build.skim();
    let keys = stage.venue.markets[1];
    skim.accounts.extend([keys.market, keys.ladder].map(|key| AccountMeta::new(key, false)));
    stage.send("", skim).expect("a skim");
}

/// A bankrupt long against a bankrupt short and nobody else: each was opened at a price the other's partner has left at.
fn both_bankrupt(stage: &mut Stage) -> AccountId {
    cover(stage);
    let (long, rich_short) = (stage.trader(51), stage.trader(10_000));
    stage.pair(1, long, rich_short, 1_000);
    stage.mark(1, 8_000);
    let (rich_long, short) = (stage.trader(10_000), stage.trader(42));
    stage.venue.allocate(rich_long, 1, 2_000 * USD as i64).expect("margin");
    let order = Order {
        side: Side::Short,
        lots: Lots(1_000 * USD),
        limit: stage.venue.mark(1),
        reduce_only: false,
        min_fill: Lots(0),
    };
    stage.venue.cross(1, &Cross { maker: rich_long, taker: short, order }).expect("a trade");
    stage.mark(1, 9_000);
    stage.cross(1, rich_short, rich_long, 1_000).expect("the rich leave");
    stage.venue.sync(long, None).expect("a sync");
    stage.wait(151);
    long
}

/// Fills the records: each time a new, most levered short is walked for a bankrupt long, and never touched again. Leaves one
/// more of each.
fn records_full(stage: &mut Stage) {
    let whale = stage.trader(10_000_000);
    stage.venue.allocate(whale, 1, 5_000_000 * USD as i64).expect("margin");
    while stage.venue.books(1).ladder.sides[1].live_records != [u64::MAX; 4] {
        let long = bankrupt_long(stage, whale);
        stage.venue.resolve(long, 1, None).expect("a resolution");
        stage.mark(1, BIRTH);
    }
    bankrupt_long(stage, whale);
}

fn bankrupt_long(stage: &mut Stage, whale: AccountId) -> AccountId {
    let (long, short) = (stage.trader(51), stage.trader(300));
    stage.venue.allocate(short, 1, 200 * USD as i64).expect("margin");
    for buyer in [long, whale] {
        stage.cross(1, buyer, short, 1_000).expect("a trade");
    }
    stage.mark(1, 9_490);
    long
}

pub const CASES: &[Case] = &[
    case!("a rebase nobody needs", RebaseNotDue, as_is, |stage| stage.venue.rebase(0, 1)),
    case!("a trade during a rebase", Rebasing, rebasing, |stage| stage.venue.trade(CAROL, 0, stage.buy(0, 1), &[])),
    case!("margin during a rebase", Rebasing, rebasing, |stage| stage.venue.allocate(BOB, 0, USD as i64)),
    case!("resolving during a rebase", Rebasing, rebasing, |stage| stage.venue.resolve(super::ALICE, 0, None)),
    case!("a ninth grid before anyone is synced", GridHistoryFull, eight_grids, |stage| stage.venue.rebase(1, 1)),
    case!(
        "a long far above the grid",
        KeyOffGrid,
        |stage| {
            stage.venue.advance(1_000, 300);
            stage.confirm(1, BIRTH * 70);
            stage.venue.allocate(BOB, 1, 5_000 * USD as i64).expect("margin");
        },
        |stage| stage.cross(1, CAROL, BOB, 100)
    ),
    case!(
        "resolving where nobody is solvent",
        NobodySolvent,
        |stage| {
            both_bankrupt(stage);
            // The first resolution sweeps what the account has, which is progress; then there is nobody to close against.
            let long = stage.venue.accounts.len() - 4;
            stage.venue.resolve(long, 1, None).expect("a sweep");
        },
        |stage| {
            let long = stage.venue.accounts.len() - 4;
            stage.venue.resolve(long, 1, None)
        }
    ),
    case!("a resolution without a record", RecordsFull, records_full, |stage| {
        let long = stage.venue.accounts.len() - 2;
        stage.venue.resolve(long, 1, None)
    }),
];
