//! Underwriting layers against a naive reference that draws atom by atom; and that provisioning counts on them for exactly what
//! resolution then draws, in any order and in any pieces.
#![allow(
    dead_code,
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "common/check.rs"]
mod check;
mod common;
#[path = "common/histories.rs"]
mod histories;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::books::Books;
use breakwater_engine::cover;
use breakwater_engine::layer::{self, Terms, AMOUNT_MAX};
use breakwater_engine::market::LAYERS;
use breakwater_engine::state::{InsuranceBooks, Layer, MarketBooks, MarketParams};
use breakwater_engine::units::{Atoms, Bps, Now};
use breakwater_engine::{Error, Lots, Side};
use check::check;
use common::Rng;
use histories::play;
use scene::{open, params, M};
use world::{usd, World};

const USD: u64 = 1_000_000;
const PICO: u128 = 1_000_000_000_000;
const DAY: i64 = 86_400;

fn terms(world: &World, attachment: u64, limit: u64, premium: u32) -> Terms {
    let expires_at = world.now.time + 30 * DAY;
    Terms { attachment: Atoms(attachment), limit: Atoms(limit), premium: Bps(premium), expires_at }
}

/// Offers a seat and funds it.
fn underwrite(world: &mut World, seat: usize, terms: Terms, amount: u64) {
    let (market, now) = (&mut world.markets[0].market, world.now);
    terms.take_seat(&mut market.layers, seat, now).unwrap();
    layer::fund(market, seat, &mut world.fund, Atoms(amount), now).unwrap();
    world.insurance += i128::from(amount);
}

/// What each layer pays of the next atom: nothing, or one from the first that is attached and may pay.
fn naive(layers: &mut [Layer; LAYERS], usable: &mut [u64; LAYERS], paid: &mut u64, need: u64) -> u64 {
    for drawn in 0..need {
        let attached = |at: &usize| usable[*at] > 0 && *paid >= layers[*at].base.0 + layers[*at].attachment.0;
        let Some(at) = (0..LAYERS).find(attached) else { return drawn };
        usable[at] -= 1;
        layers[at].amount.0 -= 1;
        *paid += 1;
    }
    need
}

#[test]
fn layers_are_drawn_in_order_from_where_they_attach() {
    let drawn = play(2_000, |rng| {
        let share = Bps(rng.within(1, 10_000) as u32);
        let params = MarketParams { event_share: share, ..MarketParams::bare() };
        let mut market = Box::new(MarketBooks { params, ..MarketBooks::default() });
        market.mark.sequence = 7;
        market.tally.insured = Atoms(rng.within(0, 50));
        let mut fund = InsuranceBooks::default();
        for seat in 0..LAYERS {
            let (limit, attachment) = (rng.within(1, 100), rng.within(0, 120));
            if rng.one_in(4) {
                continue;
            }
            let terms = Terms { attachment: Atoms(attachment), limit: Atoms(limit), premium: Bps(0), expires_at: 10 };
            let now = Now { slot: 1, time: 1 };
            terms.take_seat(&mut market.layers, seat, now).unwrap();
            layer::fund(&mut market, seat, &mut fund, Atoms(rng.within(1, limit)), now).unwrap();
            if rng.one_in(6) {
                market.layers[seat].expires_at = 0;
            }
        }
        let mut reference = market.layers;
        let mut usable = reference.map(|layer| {
            let live = layer.expires_at > market.mark.publish_time;
            if live {
                layer.amount.0 * u64::from(share.0) / 10_000
            } else {
                0
            }
        });
        let (mut paid, mut all) = (market.tally.insured.0, 0);
        let capacity = layer::capacity(&market, Atoms(0)).unwrap().0;
        for _ in 0..rng.within(1, 8) {
            // The cover pays first; what it pays attaches layers.
            let from_cover = if rng.one_in(3) { rng.within(0, 40) } else { 0 };
            let need = rng.within(0, 60);
            paid += from_cover;
            let expected = naive(&mut reference, &mut usable, &mut paid, need);
            let drawn = layer::draw(&mut market, &mut fund, Atoms(need), Atoms(from_cover)).unwrap().0;
            assert_eq!(drawn, expected);
            assert_eq!(market.layers.map(|layer| layer.amount), reference.map(|layer| layer.amount));
            market.tally.insured.0 += from_cover + drawn;
            all += drawn;
        }
        let total: u64 = market.layers.iter().map(|layer| layer.amount.0).sum();
        assert_eq!((fund.layers.0, fund.booked.0), (total, total));
        // Whatever the rest comes to, what was counted on at first has been or is still drawn.
        all += layer::draw(&mut market, &mut fund, AMOUNT_MAX, Atoms(0)).unwrap().0;
        assert!(all >= capacity, "{all} of {capacity}");
        all
    });
    let some = drawn.iter().filter(|drawn| **drawn > 0).count();
    println!("{} histories, {some} drew on layers", drawn.len());
    assert!(drawn.len() < 1_000 || some * 3 > drawn.len());
}

fn bare() -> MarketParams {
    MarketParams {
        taker_fee: Bps(0),
        maker_fee: Bps(0),
        funding_rate_max: Bps(0),
        deleverage_after_slots: 0,
        ..MarketParams::bare()
    }
}

/// Pairs of a long and a short; longs at 6 to 30 % margin, shorts at 10 to 60 %; a cover and up to four layers.
fn market(rng: &mut Rng) -> World {
    let pairs = rng.within(3, 12) as usize;
    let cover = USD * [0, 5, 50, 200][rng.within(0, 3) as usize] / rng.within(1, 3);
    let event_share = Bps([2_500, 10_000][rng.within(0, 1) as usize]);
    let mut world = World::new(&[MarketParams { cover_grant: Atoms(cover), event_share, ..bare() }], 2 * pairs);
    world.insure(cover.max(1)).unwrap();
    world.pass(1, DAY);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    let _ = world.refill(0).unwrap();
    for seat in 0..LAYERS {
        if rng.one_in(3) {
            continue;
        }
        let limit = USD * rng.within(1, 100);
        let attachment = if rng.one_in(3) { 0 } else { cover / 10_000 * rng.within(0, 30_000) };
        let terms = terms(&world, attachment, limit, 0);
        underwrite(&mut world, seat, terms, rng.within(1, limit));
    }
    for pair in 0..pairs {
        let lots = USD * rng.within(1, 500);
        let margins = [lots * rng.within(60, 300) / 1_000, lots * rng.within(100, 600) / 1_000];
        for (who, margin) in [2 * pair, 2 * pair + 1].into_iter().zip(margins) {
            world.deposit(who, margin + USD).unwrap();
        }
        let _ = world.open([2 * pair, 2 * pair + 1], 0, lots, margins).unwrap();
    }
    world
}

/// Resolves a piece of a position the way `resolve` does, but only so many lots.
fn piece(world: &mut World, who: usize, lots: u64) {
    let (now, mut account) = (world.now, world.accounts[who]);
    let debt = account.debt().unwrap();
    let listed = &mut world.markets[0];
    let mut books = Books { market: &mut listed.market, ladder: &mut listed.ladder };
    let _ = books.begin(now).unwrap();
    let _ = books.catch_up(&mut account).unwrap();
    let open_interest = books.market.open_interest();
    let walked = books.side_at(Side::Short).unwrap().deleverage(Lots(lots), 24).unwrap();
    let parts = books
        .close_bankrupt(&mut account, walked.closed, (walked.closed, open_interest), &mut world.fund, now)
        .unwrap();
    assert_eq!(parts.deficit.0, parts.insured.0 + parts.absorbed.0 + parts.socialised.0 + parts.unfunded.0, "I3");
    let _ = books.provision().unwrap();
    world.accounts[who] = account;
    world.note_debt(who, debt).unwrap();
    world.collateral += i128::from(parts.insured.0);
    world.insurance -= i128::from(parts.insured.0);
}

/// What a crash did: charged per lot at the mark and in the end, what insurance and each layer paid, what nobody bore.
#[derive(Debug)]
struct Crash {
    first: u128,
    charged: u128,
    insured: u64,
    layers: [u64; LAYERS],
    unfunded: u64,
}

fn crash(seed: u64, order: u64, pieces: u64) -> Crash {
    let rng = &mut Rng::of(seed);
    let mut world = market(rng);
    let before = world.market(0).layers;
    let price = world.mark(0) / 1_000 * rng.within(720, 940);
    world.reprice(0, price);
    let first = world.market(0).side(Side::Short).claims.now.loss.get();
    let bankrupt = |world: &World, who: &usize| world.lots(*who, 0) > 0 && world.equity(*who, 0) < 0;
    let mut victims: Vec<_> = (0..world.accounts.len()).filter(|who| bankrupt(&world, who)).collect();
    let shuffle = &mut Rng::of(order);
    for at in (1..victims.len()).rev() {
        victims.swap(at, shuffle.within(0, at as u64) as usize);
    }
    for who in victims {
        for lots in (0..pieces).map(|_| world.lots(who, 0).unsigned_abs().div_ceil(pieces)).collect::<Vec<_>>() {
            let left = world.lots(who, 0).unsigned_abs();
            if left > 0 {
                piece(&mut world, who, lots.min(left));
                check(&world);
            }
        }
        let left = world.lots(who, 0).unsigned_abs();
        if left > 0 {
            piece(&mut world, who, left);
        }
    }
    let market = world.market(0);
    Crash {
        first,
        charged: market.side(Side::Short).claims.now.loss.get(),
        insured: market.tally.insured.0,
        layers: std::array::from_fn(|at| before[at].amount.0 - market.layers[at].amount.0),
        unfunded: market.unfunded.0,
    }
}

/// What provisioning counts on is drawn, and what it charges is enough: in any order and in any pieces nobody is charged again,
/// every layer pays the same, and nothing is unfunded.
#[test]
fn provision_counts_on_exactly_what_resolution_draws() {
    let found = play(150, |rng| {
        let seed = rng.next();
        let one = crash(seed, 0, 1);
        for (order, pieces) in [(1, 1), (2, 1), (0, 7), (3, 13)] {
            let other = crash(seed, order, pieces);
            // A piece costs insurance at most an atom, and a charge at most that per lot.
            let dust = 12 * pieces + 2;
            let per_lot = u128::from(dust) * PICO / u128::from(USD);
            assert!(other.charged - other.first <= per_lot, "charged again: {other:?}");
            assert!(other.charged.abs_diff(one.charged) <= per_lot, "{one:?} and {other:?}");
            assert!(other.insured.abs_diff(one.insured) <= dust, "{one:?} and {other:?}");
            for at in 0..LAYERS {
                assert!(other.layers[at].abs_diff(one.layers[at]) <= dust, "{one:?} and {other:?}");
            }
            assert_eq!((one.unfunded, other.unfunded), (0, 0));
        }
        one
    });
    let (charged, drawn) =
        (found.iter().filter(|one| one.charged > 0), found.iter().filter(|one| one.layers != [0; 4]));
    let (charged, drawn) = (charged.count(), drawn.count());
    println!("{} crashes, {charged} with a charge, {drawn} with layers drawn", found.len());
    assert!(found.len() < 100 || (charged > 20 && drawn > 20));
}

/// One bankruptcy split over ten accounts is one event for a layer's cap too: of 100 in the layer an event may use a tenth.
#[test]
fn g11_one_mark_is_one_event_for_a_layer() {
    let mut world = World::new(&[MarketParams { event_share: Bps(1_000), ..params(0) }], 20);
    world.insure(1).unwrap();
    let terms = terms(&world, 0, 100 * M, 0);
    underwrite(&mut world, 0, terms, 100 * M);
    for at in 0..10 {
        open(&mut world, [at, 10 + at], 0, 100 * M, [6 * M, 50 * M]);
    }
    world.reprice(0, usd(89.0));
    for who in 0..10 {
        let _ = world.sync(who).unwrap();
    }
    // The price source keeps publishing the same second: one accepted mark.
    world.markets[0].market.params.auction_slots = 20;
    world.pass(20, 0);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    let insured: u64 = (0..10).map(|who| world.resolve(who, 0, None).unwrap().insured.0).sum();
    assert_eq!((insured, world.market(0).layers[0].amount.0), (10 * M, 90 * M));
    check(&world);
}

/// A layer pays for marks published before it expires, whenever they are resolved, and for no later one.
#[test]
fn a_layer_answers_for_the_marks_of_its_term() {
    for late in [false, true] {
        let mut world = World::new(&[MarketParams { settle_after_seconds: 7 * 86_400, ..params(0) }], 4);
        let terms = Terms { expires_at: world.now.time + 100, ..terms(&world, 0, 100 * M, 0) };
        underwrite(&mut world, 0, terms, 100 * M);
        open(&mut world, [0, 1], 0, 100 * M, [6 * M, 50 * M]);
        if late {
            world.pass(1, 200);
        }
        world.reprice(0, usd(90.0));
        let charged = world.market(0).side(Side::Short).claims.now.loss.get();
        assert_eq!(charged > 0, late, "{charged}");
        if late {
            continue;
        }
        let now = Now { time: terms.expires_at, ..world.now };
        let fund = &mut world.fund.clone();
        let mut market = *world.market(0);
        assert_eq!(layer::withdraw(&mut market, 0, fund, now), Err(Error::LayerBound), "U needs it");
        let _ = world.sync(0).unwrap();
        world.pass(149, 150);
        let report = world.resolve(0, 0, None).unwrap();
        assert!(report.insured.0 > 3 * M && report.socialised.is_zero(), "{report:?}");
        check(&world);
    }
}

/// What one actor with an account on each side can draw by bankrupting one of them: never more than cover and layers hold.
#[test]
fn f9_self_dealing_takes_at_most_cover_and_layers() {
    let mut world = World::new(&[params(20 * M)], 2);
    world.insure(20 * M).unwrap();
    world.insure(500 * M).unwrap();
    world.pass(1, DAY);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    let _ = world.refill(0).unwrap();
    let terms = terms(&world, 10 * M, 30 * M, 0);
    underwrite(&mut world, 0, terms, 30 * M);
    let held = cover::capacity(world.market(0)).unwrap().0;
    assert_eq!(held, 50 * M);
    open(&mut world, [0, 1], 0, 2_000 * M, [110 * M, 400 * M]);
    let invested = 510 * i128::from(M);
    world.reprice(0, usd(70.0));
    scene::wait(&mut world, 200);
    let _ = world.sync(0).unwrap();
    scene::wait(&mut world, 200);
    let report = world.resolve(0, 0, None).unwrap();
    assert_eq!(report.insured.0, held, "{report:?}");
    assert_eq!(world.fund.own().unwrap().0, 500 * M, "the fund beyond the cover stands apart");
    let gained = scene::worth(&mut world, 0) + scene::worth(&mut world, 1) - invested;
    assert!(gained <= i128::from(held), "{gained}");
    check(&world);
}

/// Cover and layer of one market are out of the other's reach, however much they hold: where insurance ends deleveraging
/// follows at once.
#[test]
fn f4_one_markets_backstop_is_out_of_anothers_reach() {
    let mut world = World::new(&[params(0), params(100 * M)], 4);
    world.insure(100 * M).unwrap();
    world.pass(1, DAY);
    for market in [0, 1] {
        world.refresh(market, world.mark(market)).map(drop).unwrap();
        let _ = world.refill(market).unwrap();
    }
    let (terms, now, listed) = (terms(&world, 0, 50 * M, 0), world.now, &mut world.markets[1].market);
    terms.take_seat(&mut listed.layers, 0, now).unwrap();
    layer::fund(listed, 0, &mut world.fund, Atoms(50 * M), now).unwrap();
    world.insurance += i128::from(50 * M);
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 100 * M]);
    let before = (world.fund, world.market(1).cover, world.market(1).layers);
    world.reprice(0, usd(90.0));
    let _ = world.sync(0).unwrap();
    scene::wait(&mut world, 200);
    let report = world.resolve(0, 0, None).unwrap();
    assert_eq!((report.insured.0, report.unfunded.0, report.deleveraged.0), (0, 0, 100 * M), "{report:?}");
    assert!(report.absorbed.0 > 3 * M);
    let (fund, cover, layers) = before;
    assert_eq!((world.fund.booked, world.market(1).cover, world.market(1).layers), (fund.booked, cover, layers));
    check(&world);
}
