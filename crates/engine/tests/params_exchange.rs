//! Rules of the exchange's parameters: each refuses with its own error, at its bound and not before.
#![allow(clippy::arithmetic_side_effects, reason = "a test that panics has found something")]

use breakwater_engine::state::ExchangeParams;
use breakwater_engine::{Atoms, Bps, Error};

#[test]
fn exchange_rules() {
    let rows = [
        ("no smallest deposit", 0, 1, Err(Error::RuleDeposits)),
        ("limit below it", 2, 1, Err(Error::RuleDeposits)),
        ("limit at it", 1, 1, Ok(())),
        ("largest limit", 1, 1 << 56, Ok(())),
        ("larger", 1, (1 << 56) + 1, Err(Error::RuleDeposits)),
    ];
    for (name, least, most, expected) in rows {
        let params =
            ExchangeParams { deposit_min: Atoms(least), deposits_max: Atoms(most), ..ExchangeParams::standard() };
        assert_eq!(params.validate(), expected, "{name}");
    }
}

#[test]
fn outflow() {
    type Row = (&'static str, fn(&mut ExchangeParams), breakwater_engine::Result<()>);
    let rows: [Row; 16] = [
        ("a hundredth an hour", |p| p.outflow_hour = Bps(100), Ok(())),
        ("less", |p| p.outflow_hour = Bps(99), Err(Error::RuleOutflow)),
        ("a day lets through what an hour does", |p| p.outflow_day = p.outflow_hour, Ok(())),
        ("less than an hour", |p| p.outflow_day = Bps(p.outflow_hour.0 - 1), Err(Error::RuleOutflow)),
        ("all in a day", |p| p.outflow_day = Bps(10_000), Ok(())),
        ("more than all", |p| p.outflow_day = Bps(10_001), Err(Error::RuleOutflow)),
        ("no floor", |p| p.outflow_floor = Atoms(0), Err(Error::RuleOutflow)),
        (
            "a floor below a dollar",
            |p| (p.outflow_floor, p.outflow_exempt) = (Atoms(999_999), Atoms(0)),
            Err(Error::RuleOutflow),
        ),
        ("a dollar", |p| (p.outflow_floor, p.outflow_exempt) = (Atoms(1_000_000), Atoms(0)), Ok(())),
        ("the largest floor", |p| p.outflow_floor = Atoms(1 << 56), Ok(())),
        ("beyond it", |p| p.outflow_floor = Atoms((1 << 56) + 1), Err(Error::RuleOutflow)),
        ("nothing exempt", |p| p.outflow_exempt = Atoms(0), Ok(())),
        ("as much as the floor", |p| p.outflow_exempt = p.outflow_floor, Ok(())),
        ("more exempt than counted", |p| p.outflow_exempt = Atoms(p.outflow_floor.0 + 1), Err(Error::RuleOutflow)),
        ("guarded by nothing", |p| p.outflow_guard = Bps(0), Err(Error::RuleOutflow)),
        ("never", |p| p.outflow_guard = Bps(20_001), Err(Error::RuleOutflow)),
    ];
    for (name, change, expected) in rows {
        let mut params = ExchangeParams::standard();
        change(&mut params);
        assert_eq!(params.validate(), expected, "{name}");
    }
    assert_eq!(ExchangeParams::bare().validate(), Ok(()));
}

#[test]
fn insurance_rules() {
    type Row = (&'static str, fn(&mut ExchangeParams), breakwater_engine::Result<()>);
    let rows: &[Row] = &[
        ("all to stakers", |p| p.staker_share = Bps(10_000), Ok(())),
        ("more than all", |p| p.staker_share = Bps(10_001), Err(Error::RuleInsurance)),
        ("all to keepers", |p| p.keeper_share = Bps(10_000), Ok(())),
        ("more than all to keepers", |p| p.keeper_share = Bps(10_001), Err(Error::RuleInsurance)),
        ("no target", |p| p.insurance_target = Bps(0), Ok(())),
        ("all open interest", |p| p.insurance_target = Bps(10_000), Ok(())),
        ("more than all open interest", |p| p.insurance_target = Bps(10_001), Err(Error::RuleInsurance)),
        ("smallest stake", |p| p.stake_min = Atoms(10_000), Ok(())),
        ("a stake of less than a cent", |p| p.stake_min = Atoms(9_999), Err(Error::RuleInsurance)),
        ("dearest stake", |p| p.stake_min = Atoms(1_000_000_000_000), Ok(())),
        ("nobody can stake", |p| p.stake_min = Atoms(1_000_000_000_001), Err(Error::RuleInsurance)),
        ("any fall guards", |p| p.drawdown_guard = Bps(1), Ok(())),
        ("no fall guards", |p| p.drawdown_guard = Bps(0), Err(Error::RuleInsurance)),
        ("a day", |p| p.exit_cooldown_seconds = 86_400, Ok(())),
        ("exits at once", |p| p.exit_cooldown_seconds = 86_399, Err(Error::RuleTimelock)),
        ("a quarter", |p| p.exit_cooldown_seconds = 90 * 86_400, Ok(())),
        ("locked in", |p| p.exit_cooldown_seconds = 90 * 86_400 + 1, Err(Error::RuleTimelock)),
    ];
    for (name, change, expected) in rows {
        let mut params = ExchangeParams::standard();
        change(&mut params);
        assert_eq!(params.validate(), *expected, "{name}");
    }
    assert_eq!(ExchangeParams::bare().validate(), Ok(()));
}

#[test]
fn timelocks() {
    let month = 30 * 86_400;
    let rows = [
        ("none, on a network for tests", 0, Ok(())),
        ("a second", 1, Err(Error::RuleTimelock)),
        ("less than an hour", 3_599, Err(Error::RuleTimelock)),
        ("an hour", 3_600, Ok(())),
        ("a month", month, Ok(())),
        ("longer", month + 1, Err(Error::RuleTimelock)),
    ];
    for (name, timelock_seconds, expected) in rows {
        let params = ExchangeParams { timelock_seconds, ..ExchangeParams::standard() };
        assert_eq!(params.validate(), expected, "{name}");
    }
}
