//! Settling a market, and leaving it.

use breakwater_sim::venue::Venue;

use super::scene::{Scene, BOB, CAROL};
use super::{check, row, swap, Change};

/// Both markets a week after their last mark.
fn expired() -> Scene {
    let mut scene = Scene::new();
    scene.stage.venue.advance(2_000_000, 8 * 86_400);
    scene
}

#[test]
fn settle_market() {
    let mut scene = expired();
    let instruction = scene.build().settle_market(&scene.market(0));
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.program_rows(false));
    check(&mut scene.stage, "settle_market", &instruction, &rows);
}

#[test]
fn settle_position() {
    let mut scene = expired();
    scene.stage.venue.settle_market(0).expect("settled");
    let (first, second) = (scene.market(0), scene.market(1));
    let (bob, carol) = (scene.account(BOB), scene.account(CAROL));
    let instruction = scene.build().settle_position(&bob, &first, &[second]);
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.account_rows(BOB));
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.program_rows(false));
    rows.extend([
        swap("an account without a position", bob.account, carol.account, "NoPosition"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("a market twice", Change::Again(first.market, first.ladder), "DuplicateAccount"),
        swap("the other market of another exchange", second.market, scene.other_market.market, "WrongExchange"),
        swap("the other ladder", second.ladder, scene.other_market.ladder, "WrongLadder"),
        row("the other market read only", Change::ReadOnly(second.market), "NotWritable"),
        row("the other ladder read only", Change::ReadOnly(second.ladder), "NotWritable"),
    ]);
    check(&mut scene.stage, "settle_position", &instruction, &rows);
}
