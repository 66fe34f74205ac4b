//! `trip_breaker`, which anyone may send, over a fund that fell.

use breakwater_engine::state::ExchangeParams;
use breakwater_engine::Atoms;
use breakwater_sim::venue::Venue;

use super::scene::Scene;
use super::{check, row, swap, Change};
use crate::stage::{Stage, USD};

#[test]
fn trip_breaker() {
    let mut scene = Scene::new();
    let stage: &mut Stage = &mut scene.stage;
    let drawdown_guard = ExchangeParams::standard().drawdown_guard;
    stage.venue.change_exchange(|exchange| {
        exchange.params.guard_hold_seconds = 3_600;
        exchange.params.drawdown_guard = drawdown_guard.0;
    });
    stage.venue.fund(Atoms(100 * USD)).expect("insurance");
    stage.venue.advance(200, 80);
    let now = stage.venue.now().time;
    stage.venue.change_fund(|fund| (fund.peak, fund.peak_since) = (Atoms(1_000 * USD), now));
    let instruction = scene.build().trip_breaker();
    let (insurance, foreign) = (scene.keys().insurance, scene.other.keys.insurance);
    let copy = scene.copy(insurance);
    let exchange = scene.keys().exchange;
    let mut rows = scene.typed("exchange", exchange);
    rows.extend(scene.program_rows(false));
    rows.extend([
        swap("another exchange", exchange, scene.other.keys.exchange, "WrongInsurance"),
        row("exchange read only", Change::ReadOnly(exchange), "ConstraintMut"),
        swap("insurance of another exchange", insurance, foreign, "WrongInsurance"),
        swap("a copy of insurance", insurance, copy, "WrongInsurance"),
    ]);
    check(&mut scene.stage, "trip_breaker", &instruction, &rows);
}
