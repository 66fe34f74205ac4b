//! Funding: time alone pays it, in whatever pieces; moving it costs more than it earns (A8, A49).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/scene.rs"]
#[allow(dead_code, reason = "not every test uses every scene")]
mod scene;
#[path = "common/world.rs"]
#[allow(dead_code, reason = "not every test uses every verb")]
mod world;

use breakwater_engine::funding::{accrue, left_after, sample, Fills};
use breakwater_engine::market::STOPS_FUNDING;
use breakwater_engine::params::logarithm::{ln_ceil, MICROS};
use breakwater_engine::state::{MarketBooks, MarketParams};
use breakwater_engine::units::{Now, PICO};
use breakwater_engine::wide::I128;
use breakwater_engine::{Bps, Error, Lots, Price, Side};
use common::Rng;
use scene::{worth, M};
use world::{usd, World};

/// An atom a lot.
const MARK: f64 = 1e12;
const HOUR: u64 = 3_600;

/// The defaults with an average of an hour.
fn hourly() -> MarketParams {
    MarketParams { funding_ema_seconds: HOUR, ..MarketParams::standard() }
}

/// A market at an atom a lot with so many lots on either side.
fn market(params: &MarketParams, lots: u64) -> Box<MarketBooks> {
    let mut market = Box::new(MarketBooks { params: *params, ..MarketBooks::default() });
    market.mark.price = Price(PICO);
    market.sides.iter_mut().for_each(|side| side.lots = Lots(lots));
    market
}

fn at(time: u64) -> Now {
    Now { slot: 0, time: i64::try_from(time).unwrap() }
}

/// Lots change hands at a distance from the mark, in bps of it; open interest stays.
fn fill(market: &mut MarketBooks, lots: u64, bps: i64) {
    let mut fills = Fills::default();
    let price = Price(PICO.checked_add_signed(bps * (PICO / 10_000) as i64).unwrap());
    fills.add(market, Lots(lots), price).unwrap();
    sample(market, &fills).unwrap();
}

/// What a long lot has paid, 1e-12 atom; a short lot has received as much.
fn paid(market: &MarketBooks) -> i128 {
    assert_eq!(market.sides[0].index, market.sides[1].index);
    -market.sides[0].index.get()
}

fn premium(market: &MarketBooks) -> f64 {
    market.funding.premium.get() as f64 / 4_294_967_296.0
}

#[test]
fn the_factor_is_the_exponential() {
    for ema in [60, 61, 600, 3_600, 86_400, 604_800] {
        for seconds in [0, 1, 2, 59, 60, 3_600, 86_400, 10_000_000] {
            let naive = (-(seconds as f64) / ema as f64).exp();
            let found = left_after(seconds, ema) as f64 / (1u64 << 63) as f64;
            assert!((found - naive).abs() < 1e-13, "{seconds} of {ema}: {found}, not {naive}");
        }
    }
    assert_eq!((left_after(0, 60), left_after(u64::MAX, 60)), (1 << 63, 0));
}

#[test]
fn the_logarithm_is_bounded_from_above() {
    for part in (1..=2_000).step_by(7) {
        for whole in 1..=2_000 {
            let (naive, found) =
                ((f64::from(whole) / f64::from(part)).ln().max(0.0) * 1e6, ln_ceil(whole, part) as f64);
            assert!(found >= naive && found <= naive * 1.01 + 20.0, "ln({whole} / {part}): {found}, not {naive}");
        }
    }
    assert_eq!((ln_ceil(u32::MAX, 1) / MICROS, ln_ceil(5, 0), ln_ceil(5, 5), ln_ceil(4, 5)), (22, 0, 0, 0));
}

/// The same fills at the same times, touched in between at random or not at all: X is the same to the unit or two, and it is
/// the integral of a premium that decays exponentially.
#[test]
fn a49_splitting_time_changes_nothing() {
    let mut rng = Rng::seeded(49);
    for _ in 0..300 {
        let params = MarketParams {
            funding_ema_seconds: rng.within(60, 6 * HOUR),
            funding_period_seconds: rng.within(8, 24) * HOUR,
            funding_gap_seconds_max: 8 * HOUR,
            ..MarketParams::standard()
        };
        let (ema, period) = (params.funding_ema_seconds as f64, params.funding_period_seconds as f64);
        let mut whole = market(&params, 1 << 40);
        let mut split = whole.clone();
        let (mut time, mut naive, mut integral) = (0, 0.0, 0.0);
        for _ in 0..rng.within(1, 20) {
            let (lots, bps) = (rng.magnitude(41), rng.within(0, 400) as i64 - 200);
            fill(&mut whole, lots, bps);
            fill(&mut split, lots, bps);
            let weight = (lots as f64 / (1u64 << 40) as f64).min(1.0);
            naive += weight * (bps.clamp(-25, 25) as f64 * MARK / 1e4 - naive);
            let end = time + rng.within(1, 8 * HOUR);
            let step = 1 + rng.magnitude(15);
            (time + 1..end)
                .step_by(usize::try_from(step).unwrap())
                .for_each(|time| accrue(&mut split, at(time)).unwrap());
            accrue(&mut whole, at(end)).unwrap();
            accrue(&mut split, at(end)).unwrap();
            let left = naive * (-((end - time) as f64) / ema).exp();
            integral += (naive - left) * ema / period;
            (naive, time) = (left, end);
        }
        assert!(paid(&whole).abs_diff(paid(&split)) <= 2, "{} in one, {} in pieces", paid(&whole), paid(&split));
        assert!((premium(&whole) - premium(&split)).abs() < 1e-4);
        assert!((paid(&whole) as f64 - integral).abs() < 20.0, "{} against {integral}", paid(&whole));
        assert!((premium(&whole) - naive).abs() < 1.0);
    }
}

/// Touched every second, every minute, every 61 s, when the mark is old, or once: an hour costs the same.
#[test]
fn a49_a_late_touch_erases_nothing() {
    let costs = [1, 60, 61, 600, HOUR].map(|step| {
        let mut world = World::new(&[hourly()], 2);
        (0..2).for_each(|who| world.deposit(who, 50_000 * M).unwrap());
        let _ = world.open([0, 1], 0, 20_000 * M, [20_000 * M; 2]).unwrap();
        world.markets[0].market.funding.premium = I128::new(i128::from(usd(0.2)) << 32);
        let end = world.now.time + HOUR as i64;
        while world.now.time < end {
            let seconds = i64::try_from(step).unwrap().min(end - world.now.time);
            // 151 slots: what the market allows a mark is 150.
            world.pass(151, seconds);
            let _ = world.sync(0).unwrap();
        }
        paid(world.market(0))
    });
    // 0.2 % of the mark, decaying for one average: 20 bps * (1 - 1/e) / 8 of 1e12.
    let naive = 0.002 * MARK * (1.0 - (-1.0f64).exp()) / 8.0;
    for cost in costs {
        assert!((cost as f64 - naive).abs() < 3.0, "{costs:?}, not {naive}");
    }
}

/// Beyond the gap nothing is paid, and the premium has decayed all the same.
#[test]
fn a49_time_beyond_the_gap_is_not_paid() {
    let params = hourly();
    let mut late = market(&params, 1 << 40);
    fill(&mut late, 1 << 40, 20);
    let mut in_time = late.clone();
    accrue(&mut late, at(2 * HOUR)).unwrap();
    accrue(&mut in_time, at(HOUR)).unwrap();
    assert_eq!(paid(&late), paid(&in_time));
    accrue(&mut in_time, at(2 * HOUR)).unwrap();
    assert!(paid(&in_time) > paid(&late));
    assert_eq!(premium(&late), premium(&in_time));
}

/// While it stands still nobody pays, and the premium decays.
#[test]
fn a49_what_stands_still_decays_unpaid() {
    let mut market = market(&hourly(), 1 << 40);
    fill(&mut market, 1 << 40, 20);
    let before = premium(&market);
    market.stopped = STOPS_FUNDING;
    accrue(&mut market, at(HOUR)).unwrap();
    assert_eq!(paid(&market), 0);
    assert!((premium(&market) / before - (-1.0f64).exp()).abs() < 1e-9);
    // Never back in time, either way.
    market.stopped = 0;
    accrue(&mut market, at(0)).unwrap();
    accrue(&mut market, at(HOUR)).unwrap();
    assert_eq!(paid(&market), 0);
}

/// A fill of one lot at the mark is no premium, whatever an atom for it comes to; one at a distance counts for one lot.
#[test]
fn a49_a_lot_at_the_mark_is_no_premium() {
    let params = MarketParams { lot_exponent: -10, position_min: Lots(100 * M), ..MarketParams::standard() };
    let mut world = World::new(&[params], 4);
    (0..4).for_each(|who| world.deposit(who, 50_000 * M).unwrap());
    let _ = world.open([0, 1], 0, 20_000 * M, [20_000 * M; 2]).unwrap();
    let _ = world.open([2, 3], 0, 100 * M, [1_000 * M; 2]).unwrap();
    let mark = world.mark(0);
    assert_eq!(mark, PICO / 100, "a hundred lots are an atom");
    let _ = world.trade([2, 3], 0, Side::Long, 1, mark).unwrap();
    assert_eq!(world.market(0).funding.premium, I128::ZERO);
    let _ = world.trade([2, 3], 0, Side::Long, 1, mark + mark / 500).unwrap();
    let found = premium(world.market(0));
    assert!((0.0..1.0).contains(&found), "{found}");
}

/// A premium nobody trades on decays: what one fill can cost is bounded.
#[test]
fn a8_a_quiet_premium_decays() {
    let mut market = market(&hourly(), 1 << 40);
    fill(&mut market, 1 << 40, 200);
    assert_eq!(premium(&market), 0.0025 * MARK, "no more than funding may charge");
    (1..=7 * 24).for_each(|hour| accrue(&mut market, at(hour * HOUR)).unwrap());
    assert!(premium(&market) < 1.0);
    // 25 bps for one average, an eighth of the period.
    let most = 0.0025 * MARK / 8.0;
    assert!((paid(&market) as f64 - most).abs() < 2.0, "{} of {most}", paid(&market));
}

/// What washes earn whoever holds all shorts, over what they cost in fees, both in atoms.
fn wash(params: &MarketParams, open: u64, washes: &[(u64, u64)]) -> (f64, f64) {
    let mut market = market(params, open);
    let (mut time, mut washed) = (0, 0);
    for (after, lots) in washes {
        time += after;
        accrue(&mut market, at(time)).unwrap();
        fill(&mut market, *lots, i64::from(params.band.0));
        washed += lots;
    }
    for _ in 0..40 {
        time += params.funding_gap_seconds_max;
        accrue(&mut market, at(time)).unwrap();
    }
    let fees = f64::from(params.taker_fee.0 + params.maker_fee.0) / 1e4;
    (paid(&market) as f64 / 1e12 * open as f64, washed as f64 * fees)
}

/// Washes of any size at any times: one large, many small, whenever the premium has fallen.
fn washes(rng: &mut Rng, open: u64) -> Vec<(u64, u64)> {
    let (size, pause) = (1 + rng.magnitude(40) % (2 * open), rng.magnitude(14));
    (0..rng.within(1, 60)).map(|_| (rng.within(0, pause), 1 + rng.within(size / 2, size))).collect()
}

/// At the edge of what may be listed, too, and whatever the strategy, wash trades cost more than they earn.
#[test]
fn a8_washing_costs_more_than_it_earns() {
    let mut rng = Rng::seeded(8);
    let (mut markets, mut best) = (0, 0.0f64);
    while markets < 300 {
        let mut params = MarketParams {
            taker_fee: Bps(rng.within(0, 30) as u32),
            maker_fee: Bps(0),
            band: Bps(rng.within(1, 1_000) as u32),
            funding_rate_max: Bps(rng.within(1, 200) as u32),
            funding_ema_seconds: rng.within(60, 2 * HOUR),
            funding_period_seconds: rng.within(1, 24) * HOUR,
            impact_share_bps: Bps(10_000),
            impact_lots_min: Lots(1),
            ..MarketParams::standard()
        };
        if params.validate_standing().is_err() {
            continue;
        }
        // The least share that may be listed.
        let (mut refused, mut listed) = (0, 10_000);
        while listed - refused > 1 {
            let middle = (listed + refused) / 2;
            params.impact_share_bps = Bps(middle);
            *if params.validate_standing().is_ok() { &mut listed } else { &mut refused } = middle;
        }
        params.impact_share_bps = Bps(listed);
        markets += 1;
        for _ in 0..30 {
            let open = 1_000_000 + rng.magnitude(40);
            let (earned, fees) = wash(&params, open, &washes(&mut rng, open));
            assert!(earned <= fees, "{earned} for {fees}: {params:?}");
            best = best.max(earned / fees);
        }
    }
    assert!(best > 0.9, "the rule asks for more than washes earn: {best}");
}

/// Were the logarithm all that is asked, small washes would earn more than their fees: the cap of 50 stands at half the band
/// of 100, and `7 * 0.62 * 8 >= 50 * ln 2`.
#[test]
fn a8_the_logarithm_alone_leaves_a_gain() {
    let params = MarketParams { band: Bps(100), funding_rate_max: Bps(50), impact_share_bps: Bps(6_200), ..hourly() };
    assert!(7.0 * 0.62 * 8.0 >= 50.0 * 2.0f64.ln());
    assert_eq!(params.validate_standing(), Err(Error::RuleImpact));
    let (earned, fees) = wash(&params, 1 << 50, &[(0, 1 << 40)]);
    assert!(earned > 1.4 * fees, "{earned} for {fees}");
}

/// Washed while open interest is small, and then others come: what they open at the mark dilutes the premium by more.
#[test]
fn a8_a_growing_market_dilutes_the_premium() {
    let params = MarketParams { impact_lots_min: Lots(1), ..hourly() };
    let mut rng = Rng::seeded(80);
    for _ in 0..200 {
        let open = 1_000_000 + rng.magnitude(30);
        let mut market = market(&params, open);
        let lots = rng.within(1, open);
        fill(&mut market, lots, 200);
        for _ in 0..rng.within(1, 20) {
            let (mut fills, more) = (Fills::default(), 1 + rng.magnitude(34));
            fills.add(&market, Lots(more), market.mark.price).unwrap();
            market.sides.iter_mut().for_each(|side| side.lots.0 += more);
            sample(&mut market, &fills).unwrap();
        }
        let open = market.open_interest().0 as f64;
        (1..=40).for_each(|hour| accrue(&mut market, at(hour * HOUR)).unwrap());
        let earned = paid(&market) as f64 / 1e12 * open;
        assert!(earned <= lots as f64 * 7e-4, "{earned} for {lots} lots");
    }
}

/// The day of the attack: a dollar washed at the band's edge every minute, against a long of a hundred thousand.
#[test]
fn a8_washes_of_a_dollar_move_nothing() {
    let mut world = World::new(&[MarketParams::bare()], 4);
    (0..4).for_each(|who| world.deposit(who, 60_000 * M).unwrap());
    let _ = world.open([0, 1], 0, 100_000 * M, [50_000 * M; 2]).unwrap();
    let _ = world.open([2, 3], 0, M, [1_000 * M; 2]).unwrap();
    let attackers = |world: &mut World| [1, 2, 3].map(|who| worth(world, who)).iter().sum::<i128>();
    let before = (worth(&mut world, 0), attackers(&mut world));
    let mark = world.mark(0);
    for minute in 0..1_440 {
        world.pass(150, 60);
        world.refresh(0, mark).map(drop).unwrap();
        let pair = if minute % 2 == 0 { [2, 3] } else { [3, 2] };
        let _ = world.trade(pair, 0, Side::Long, M, mark + mark / 50).unwrap();
    }
    let lost = before.0 - worth(&mut world, 0);
    let earned = attackers(&mut world) - before.1;
    // Fees of 7 bps on 1,440 USD at 1.02: 1.03 USD, a little more for rounding.
    assert!(lost > 0 && lost < 1_030_000, "{lost}");
    assert!(earned < 0, "{earned}");
}
