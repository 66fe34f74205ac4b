//! Listing rules: each refuses with its own error, at its bound and not before.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

use breakwater_engine::params::BRACKETS;
use breakwater_engine::state::{Bracket, ExchangeParams, MarketParams};
use breakwater_engine::units::{ATOMS_MAX, LOTS_MAX, PICO};
use breakwater_engine::{Atoms, Bps, Error, Lots, Price, Result};

/// One atom per lot.
const BIRTH: Price = Price(PICO);

fn with(change: impl FnOnce(&mut MarketParams)) -> Result<()> {
    let mut params = MarketParams::standard();
    change(&mut params);
    params.validate(BIRTH)
}

type Row = (&'static str, fn(&mut MarketParams), Result<()>);

fn check(rows: &[Row]) {
    for (name, change, expected) in rows {
        assert_eq!(with(*change), *expected, "{name}");
    }
}

#[test]
fn standard_passes() {
    assert_eq!(MarketParams::standard().validate(BIRTH), Ok(()));
    assert_eq!(ExchangeParams::standard().validate(), Ok(()));
}

#[test]
fn zeroed_params_are_refused() {
    assert_eq!(MarketParams::default().validate(BIRTH), Err(Error::RuleBracketsRise));
    assert_eq!(ExchangeParams::default().validate(), Err(Error::RuleDeposits));
}

#[test]
fn brackets_rise() {
    check(&[
        ("no bracket", |p| p.bracket_count = 0, Err(Error::RuleBracketsRise)),
        ("five brackets", |p| p.bracket_count = 5, Err(Error::RuleBracketsRise)),
        ("one bracket", |p| p.bracket_count = 1, Ok(())),
        ("first bound zero", |p| p.brackets[0].up_to = Atoms(0), Err(Error::RuleBracketsRise)),
        ("equal bounds", |p| p.brackets[1].up_to = p.brackets[0].up_to, Err(Error::RuleBracketsRise)),
        ("falling bounds", |p| p.brackets[2].up_to = Atoms(1), Err(Error::RuleBracketsRise)),
        ("bound beyond atoms", |p| p.brackets[2].up_to = Atoms(ATOMS_MAX + 1), Err(Error::RuleBracketsRise)),
        ("the last bound is ignored", |p| p.brackets[3].up_to = Atoms(0), Ok(())),
        ("initial falls", |p| p.brackets[1].initial = Bps(499), Err(Error::RuleBracketsRise)),
        ("maintenance falls", |p| p.brackets[1].maintenance = Bps(299), Err(Error::RuleBracketsRise)),
        ("equal fractions", |p| p.brackets[1] = Bracket { up_to: p.brackets[1].up_to, ..p.brackets[0] }, Ok(())),
        (
            "uncounted brackets do not matter",
            |p| {
                p.bracket_count = 1;
                p.brackets[3] = Bracket::default()
            },
            Ok(()),
        ),
        ("bound at the largest amount", |p| p.brackets[2].up_to = Atoms(ATOMS_MAX), Ok(())),
    ]);
}

#[test]
fn maintenance_below_initial_below_one() {
    for at in 0..BRACKETS {
        let equal = with(|p| p.brackets[at..].iter_mut().for_each(|bracket| bracket.maintenance = bracket.initial));
        assert_eq!(equal, Err(Error::RuleInitialAboveMaintenance), "bracket {at}");
    }
    check(&[
        (
            "equal, alone",
            |p| {
                p.bracket_count = 1;
                p.brackets[0].initial = Bps(300)
            },
            Err(Error::RuleInitialAboveMaintenance),
        ),
        (
            "initial of one, which nothing multiplies",
            |p| {
                p.brackets[3].initial = Bps(10_000);
                (p.volatility_multiplier_max, p.stress_margin) = (Bps(10_000), Bps(10_000))
            },
            Ok(()),
        ),
        ("initial above one", |p| p.brackets[3].initial = Bps(10_001), Err(Error::RuleInitialAboveMaintenance)),
    ]);
}

#[test]
fn liquidation_costs_less_than_maintenance() {
    // 200 + 50 + 5 * 1.5 of 300; the first bracket is the tightest.
    check(&[
        ("299 of 300", |p| p.penalty = Bps(91), Ok(())),
        ("300 of 300", |p| p.penalty = Bps(92), Err(Error::RulePenaltyBelowMaintenance)),
        (
            "fee counts",
            |p| {
                p.penalty = Bps(91);
                p.taker_fee = Bps(6)
            },
            Err(Error::RulePenaltyBelowMaintenance),
        ),
        (
            "stress makes fees dearer",
            |p| {
                p.penalty = Bps(91);
                p.stress_fee = Bps(18_001)
            },
            Err(Error::RulePenaltyBelowMaintenance),
        ),
        ("discount counts", |p| p.discount_max = Bps(242), Err(Error::RulePenaltyBelowMaintenance)),
        (
            "no wrap",
            |p| {
                p.discount_max = Bps(u32::MAX);
                p.penalty = Bps(u32::MAX)
            },
            Err(Error::RulePenaltyBelowMaintenance),
        ),
        ("a tighter first bracket", |p| p.brackets[0].maintenance = Bps(258), Err(Error::RulePenaltyBelowMaintenance)),
    ]);
}

#[test]
fn lot_value() {
    let params = MarketParams::standard();
    let rows = [
        ("two atoms", 2 * PICO, Ok(())),
        ("more than two atoms", 2 * PICO + 1, Err(Error::RuleLotValue)),
        ("no grid can be built", (1 << 24) - 1, Err(Error::RuleLotValue)),
        ("zero", 0, Err(Error::RuleLotValue)),
        ("the largest", u64::MAX, Err(Error::RuleLotValue)),
    ];
    for (name, birth, expected) in rows {
        assert_eq!(params.validate(Price(birth)), expected, "{name}");
    }
    let tiny = MarketParams { position_min: Lots(1_000_000_000_000), ..params };
    assert_eq!(tiny.validate(Price(1 << 24)), Ok(()));
    check(&[
        ("smallest exponent", |p| p.lot_exponent = -18, Ok(())),
        ("below it", |p| p.lot_exponent = -19, Err(Error::RuleLotValue)),
        ("largest exponent", |p| p.lot_exponent = 6, Ok(())),
        ("above it", |p| p.lot_exponent = 7, Err(Error::RuleLotValue)),
    ]);
}

#[test]
fn step_and_open_interest() {
    check(&[
        ("no step", |p| p.step = Lots(0), Err(Error::RuleStep)),
        ("position below step", |p| p.step = Lots(2_000_000), Err(Error::RuleStep)),
        ("not a multiple", |p| p.step = Lots(3), Err(Error::RuleStep)),
        ("position is the step", |p| p.step = Lots(1_000_000), Ok(())),
        ("no smallest position", |p| p.position_min = Lots(0), Err(Error::RuleStep)),
        ("a cent", |p| p.position_min = Lots(10_000), Ok(())),
        ("less than a cent", |p| p.position_min = Lots(9_999), Err(Error::RuleStep)),
        ("position beyond lots", |p| p.position_min = Lots(u64::MAX), Err(Error::RuleStep)),
        ("cap below a position", |p| p.open_interest_max = Lots(999_999), Err(Error::RuleOpenInterest)),
        ("cap of one position", |p| p.open_interest_max = p.position_min, Ok(())),
        ("largest cap", |p| p.open_interest_max = Lots(LOTS_MAX), Ok(())),
        ("beyond lots", |p| p.open_interest_max = Lots(LOTS_MAX + 1), Err(Error::RuleOpenInterest)),
        (
            "largest position",
            |p| {
                p.position_min = Lots(LOTS_MAX);
                p.open_interest_max = Lots(LOTS_MAX)
            },
            Ok(()),
        ),
    ]);
}

#[test]
fn band_and_price_bounds() {
    check(&[
        ("no band", |p| p.band = Bps(0), Err(Error::RuleBand)),
        ("widest band", |p| p.band = Bps(2_000), Ok(())),
        ("wider", |p| p.band = Bps(2_001), Err(Error::RuleBand)),
        ("no age", |p| p.price_age_seconds_max = 0, Err(Error::RulePriceBounds)),
        ("ages forever", |p| p.price_age_seconds_max = 601, Err(Error::RulePriceBounds)),
        ("far ahead", |p| p.price_ahead_seconds_max = 61, Err(Error::RulePriceBounds)),
        ("never ahead", |p| p.price_ahead_seconds_max = 0, Ok(())),
        ("no mark age", |p| p.mark_age_slots_max = 0, Err(Error::RulePriceBounds)),
        ("mark ages forever", |p| p.mark_age_slots_max = 1_501, Err(Error::RulePriceBounds)),
        ("no confidence", |p| p.confidence_good = Bps(0), Err(Error::RulePriceBounds)),
        ("good beyond usable confidence", |p| p.confidence_good = Bps(1_001), Err(Error::RulePriceBounds)),
        ("good is usable confidence", |p| p.confidence_good = Bps(1_000), Ok(())),
        ("confidence says nothing", |p| p.confidence_usable = Bps(2_001), Err(Error::RulePriceBounds)),
        ("good beyond usable divergence", |p| p.divergence_good = Bps(90_001), Err(Error::RulePriceBounds)),
        ("blind before tenfold", |p| p.divergence_usable = Bps(89_999), Err(Error::RulePriceBounds)),
        ("divergence bounds nothing", |p| p.divergence_usable = Bps(990_001), Err(Error::RulePriceBounds)),
        ("blind in a move", |p| p.jump_per_slot = Bps(99), Err(Error::RulePriceBounds)),
        ("jump bounds nothing", |p| p.jump_per_slot = Bps(10_000), Err(Error::RulePriceBounds)),
        ("as far ahead as may be", |p| p.price_ahead_seconds_max = 60, Ok(())),
        ("widest confidence", |p| p.confidence_usable = Bps(2_000), Ok(())),
        ("no divergence", |p| p.divergence_good = Bps(0), Err(Error::RulePriceBounds)),
        ("good is usable divergence", |p| p.divergence_good = Bps(90_000), Ok(())),
    ]);
}

#[test]
fn funding() {
    check(&[
        ("no funding at all", |p| p.funding_rate_max = Bps(0), Ok(())),
        ("rate", |p| p.funding_rate_max = Bps(1_001), Err(Error::RuleFunding)),
        ("no average", |p| p.funding_ema_seconds = 0, Err(Error::RuleFunding)),
        ("no period", |p| p.funding_period_seconds = 0, Err(Error::RuleFunding)),
        ("no gap", |p| p.funding_gap_seconds_max = 0, Err(Error::RuleFunding)),
        ("gap beyond period", |p| p.funding_gap_seconds_max = 28_801, Err(Error::RuleFunding)),
        // A whole period at once takes the rate; maintenance is 300.
        (
            "one accrual below maintenance",
            |p| {
                p.funding_gap_seconds_max = 28_800;
                p.funding_ema_seconds = 600;
                p.funding_rate_max = Bps(299)
            },
            Ok(()),
        ),
        (
            "one accrual of maintenance",
            |p| {
                p.funding_gap_seconds_max = 28_800;
                p.funding_rate_max = Bps(300)
            },
            Err(Error::RuleFunding),
        ),
        ("a rate that washes pay for", |p| p.funding_rate_max = Bps(1_000), Err(Error::RuleImpact)),
    ]);
}

/// Fees of 7 over a period of 16 averages: 112, against the cap, 25, times `ln(200 / 25) = 2.0794`: 52.
#[test]
fn impact() {
    check(&[
        ("no share", |p| p.impact_share_bps = Bps(0), Err(Error::RuleImpact)),
        ("more than all", |p| p.impact_share_bps = Bps(10_001), Err(Error::RuleImpact)),
        ("no floor", |p| p.impact_lots_min = Lots(0), Err(Error::RuleImpact)),
        ("floor beyond lots", |p| p.impact_lots_min = Lots(LOTS_MAX + 1), Err(Error::RuleImpact)),
        ("any floor", |p| p.impact_lots_min = Lots(1), Ok(())),
        // 51.986 of 112 is 0.46416.
        ("least share", |p| p.impact_share_bps = Bps(4_642), Ok(())),
        ("a share less", |p| p.impact_share_bps = Bps(4_641), Err(Error::RuleImpact)),
        ("least fees", |p| (p.taker_fee, p.maker_fee) = (Bps(4), Bps(0)), Ok(())),
        ("lower fees", |p| (p.taker_fee, p.maker_fee) = (Bps(3), Bps(0)), Err(Error::RuleImpact)),
        ("longest average", |p| p.funding_ema_seconds = 3_877, Ok(())),
        ("a longer average", |p| p.funding_ema_seconds = 3_878, Err(Error::RuleImpact)),
        ("a longer period", |p| (p.funding_ema_seconds, p.funding_period_seconds) = (7_755, 57_600), Ok(())),
        // From 2.72 times the cap down the logarithm is below one, and small washes bind: 112 is the most.
        ("cap near the band", |p| (p.funding_rate_max, p.band) = (Bps(112), Bps(120)), Ok(())),
        ("cap beyond fees", |p| (p.funding_rate_max, p.band) = (Bps(113), Bps(120)), Err(Error::RuleImpact)),
        ("cap beyond the band", |p| (p.funding_rate_max, p.band) = (Bps(299), Bps(112)), Ok(())),
    ]);
}

#[test]
fn auction() {
    check(&[
        ("no auction", |p| p.auction_slots = 0, Err(Error::RuleAuction)),
        ("endless auction", |p| p.auction_slots = 432_001, Err(Error::RuleAuction)),
        ("nobody observes", |p| p.observe_slots = 0, Err(Error::RuleAuction)),
        ("no window", |p| p.slice_window_slots = 0, Err(Error::RuleAuction)),
        ("no check", |p| p.check_slots = 0, Err(Error::RuleAuction)),
        ("many check slots", |p| p.check_slots = 151, Err(Error::RuleAuction)),
        ("never deleverage the solvent", |p| p.deleverage_after_slots = 0, Ok(())),
        ("before the auction ends", |p| p.deleverage_after_slots = 150, Err(Error::RuleAuction)),
        ("just after", |p| p.deleverage_after_slots = 151, Ok(())),
        (
            "no discount",
            |p| {
                p.discount_start = Bps(0);
                p.discount_max = Bps(0)
            },
            Err(Error::RuleAuction),
        ),
        ("discount falls", |p| p.discount_start = Bps(201), Err(Error::RuleAuction)),
        ("constant discount", |p| p.discount_start = Bps(200), Ok(())),
        ("depth above one", |p| p.discount_depth = Bps(10_001), Err(Error::RuleAuction)),
        ("no slice", |p| p.slice = Bps(0), Err(Error::RuleAuction)),
        ("all in a slice", |p| p.slice = Bps(10_000), Ok(())),
        ("more than all", |p| p.slice = Bps(10_001), Err(Error::RuleAuction)),
        ("floor below step", |p| p.slice_floor = Lots(0), Err(Error::RuleAuction)),
        ("no buffer", |p| p.buffer = Bps(0), Err(Error::RuleAuction)),
        ("half again", |p| p.buffer = Bps(5_000), Ok(())),
        ("more buffer", |p| p.buffer = Bps(5_001), Err(Error::RuleAuction)),
        ("depth of one", |p| p.discount_depth = Bps(10_000), Ok(())),
        ("floor of a step", |p| p.slice_floor = p.step, Ok(())),
        ("largest floor", |p| p.slice_floor = Lots(LOTS_MAX), Ok(())),
        ("floor beyond lots", |p| p.slice_floor = Lots(LOTS_MAX + 1), Err(Error::RuleAuction)),
    ]);
}

#[test]
fn cover_vesting_fees_and_limits() {
    check(&[
        ("no epoch", |p| p.cover_epoch_seconds = 0, Err(Error::RuleCover)),
        ("no event share", |p| p.event_share = Bps(0), Err(Error::RuleCover)),
        ("all in an event", |p| p.event_share = Bps(10_000), Ok(())),
        ("more than all", |p| p.event_share = Bps(10_001), Err(Error::RuleCover)),
        ("grant beyond atoms", |p| p.cover_grant = Atoms(ATOMS_MAX + 1), Err(Error::RuleCover)),
        ("profit is money at once (F1)", |p| p.profit_vesting_seconds = 0, Err(Error::RuleVesting)),
        ("an hour", |p| p.profit_vesting_seconds = 3_600, Ok(())),
        ("beyond a month", |p| p.profit_vesting_seconds = 30 * 86_400 + 1, Err(Error::RuleVesting)),
        ("profit counts more than itself", |p| p.profit_counts = Bps(10_001), Err(Error::RuleVesting)),
        ("profit counts for nothing", |p| p.profit_counts = Bps(0), Ok(())),
        ("makers pay more", |p| p.maker_fee = Bps(6), Err(Error::RuleFees)),
        (
            "dear",
            |p| {
                p.bracket_count = 1;
                p.brackets[0].maintenance = Bps(499);
                p.taker_fee = Bps(101)
            },
            Err(Error::RuleFees),
        ),
        (
            "free, and without funding",
            |p| {
                p.taker_fee = Bps(0);
                p.maker_fee = Bps(0);
                p.funding_rate_max = Bps(0)
            },
            Ok(()),
        ),
        ("short walk", |p| p.walk_max = 7, Err(Error::RuleWalk)),
        ("shortest walk", |p| p.walk_max = 8, Ok(())),
        ("longest walk", |p| p.walk_max = 64, Ok(())),
        ("long walk", |p| p.walk_max = 65, Err(Error::RuleWalk)),
        ("sync for free", |p| p.sync_reward = Bps(0), Ok(())),
        ("sync drains", |p| p.sync_reward = Bps(11), Err(Error::RuleSyncReward)),
        ("largest grant", |p| p.cover_grant = Atoms(ATOMS_MAX), Ok(())),
        ("all profit counts", |p| p.profit_counts = Bps(10_000), Ok(())),
        ("makers pay the same", |p| p.maker_fee = p.taker_fee, Ok(())),
        (
            "dearest",
            |p| {
                p.bracket_count = 1;
                p.brackets[0].maintenance = Bps(499);
                p.taker_fee = Bps(100)
            },
            Ok(()),
        ),
        ("sync at its most", |p| p.sync_reward = Bps(10), Ok(())),
    ]);
}

#[test]
fn rules_are_checked_in_a_fixed_order() {
    // All broken; each is mended in turn, and the next one speaks.
    let good = MarketParams::standard();
    let mut params = MarketParams { lot_exponent: 99, ..MarketParams::default() };
    let birth = BIRTH;
    let mut expect = |error: Error, mend: &dyn Fn(&mut MarketParams)| {
        assert_eq!(params.validate(birth), Err(error));
        mend(&mut params);
    };
    expect(Error::RuleBracketsRise, &|p| {
        p.bracket_count = 1;
        p.discount_max = Bps(300);
    });
    expect(Error::RuleInitialAboveMaintenance, &|p| p.brackets[0] = good.brackets[0]);
    expect(Error::RulePenaltyBelowMaintenance, &|p| p.discount_max = Bps(0));
    expect(Error::RuleLotValue, &|p| p.lot_exponent = good.lot_exponent);
    expect(Error::RuleStep, &|p| (p.step, p.position_min) = (good.step, good.position_min));
    expect(Error::RuleOpenInterest, &|p| p.open_interest_max = good.open_interest_max);
    expect(Error::RuleBand, &|p| p.band = good.band);
    expect(Error::RulePriceBounds, &|p| {
        (p.price_age_seconds_max, p.mark_age_slots_max) = (good.price_age_seconds_max, good.mark_age_slots_max);
        (p.confidence_good, p.confidence_usable) = (good.confidence_good, good.confidence_usable);
        (p.divergence_good, p.divergence_usable) = (good.divergence_good, good.divergence_usable);
        p.jump_per_slot = good.jump_per_slot;
    });
    expect(Error::RuleFunding, &|p| {
        (p.funding_ema_seconds, p.funding_period_seconds) = (good.funding_ema_seconds, good.funding_period_seconds);
        p.funding_gap_seconds_max = good.funding_gap_seconds_max;
    });
    expect(Error::RuleAuction, &|p| {
        (p.auction_slots, p.observe_slots, p.slice_window_slots) = (150, 150, 25);
        (p.check_slots, p.discount_max, p.slice, p.slice_floor, p.buffer) =
            (25, good.discount_max, good.slice, good.slice_floor, good.buffer);
    });
    expect(Error::RuleCover, &|p| {
        (p.cover_epoch_seconds, p.event_share) = (good.cover_epoch_seconds, good.event_share);
        p.maker_fee = Bps(1);
    });
    expect(Error::RuleVesting, &|p| p.profit_vesting_seconds = good.profit_vesting_seconds);
    expect(Error::RuleFees, &|p| p.maker_fee = Bps(0));
    expect(Error::RuleImpact, &|p| {
        (p.impact_share_bps, p.impact_lots_min) = (good.impact_share_bps, good.impact_lots_min);
    });
    expect(Error::RuleWalk, &|p| {
        p.walk_max = good.walk_max;
        p.sync_reward = Bps(11);
    });
    expect(Error::RuleSyncReward, &|p| p.sync_reward = Bps(0));
    expect(Error::RuleMultiples, &|p| {
        (p.volatility_multiplier_max, p.stress_margin, p.stress_fee) = (Bps(10_000), Bps(10_000), Bps(10_000));
        (p.gauge_distance, p.gauge_stress, p.gauge_guard) = (good.gauge_distance, good.gauge_stress, good.gauge_guard);
        p.phase_hold_seconds = good.phase_hold_seconds;
    });
    expect(Error::RuleVolatility, &|p| {
        (p.volatility_normal, p.maintenance_rate) = (good.volatility_normal, good.maintenance_rate);
        p.volatility_window_seconds = good.volatility_window_seconds;
        p.halt_hold_seconds = 3_601;
    });
    expect(Error::RuleBreakers, &|p| {
        (p.halt_hold_seconds, p.settle_after_seconds, p.disagreement) =
            (15, good.settle_after_seconds, good.disagreement);
    });
    assert_eq!(params.validate(birth), Ok(()));
}
